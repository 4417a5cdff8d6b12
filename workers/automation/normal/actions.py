"""The normal form of actions: their order kept where it matters, their spelling not. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from workers.automation.normal.conditions import TRUE, condition, conditions
from workers.automation.normal.triggers import triggers
from workers.automation.normal.values import Normal, key, node, target, unordered, value
from workers.automation.plan import actions as kinds
from workers.automation.plan.actions import Action
from workers.automation.plan.target import Target
from workers.automation.plan.triggers import Trigger
from workers.automation.plan.value import Data, Tagged, Template

_SWITCHED: Final = frozenset(
    {
        *("automation", "camera", "climate", "fan", "humidifier", "input_boolean", "light"),
        *("media_player", "remote", "script", "siren", "switch", "water_heater"),
    }
)
"""Domains whose own actions `homeassistant.turn_on`, `.turn_off` and `.toggle` call."""
_GENERIC: Final = frozenset({"homeassistant.turn_on", "homeassistant.turn_off", "homeassistant.toggle"})
_REPEATABLE: Final = frozenset(
    {"turn_on", "turn_off", "lock", "unlock", "open_cover", "close_cover", "set_temperature"}
)
"""Actions that done twice are as done once: neighbours of one kind are the same as one of them on all targets."""
_Triggers = Sequence[Trigger]


def actions(given: Iterable[Action], of: _Triggers = ()) -> list[Normal]:
    """A sequence; `of` are the triggers of the automation."""
    found: list[Normal] = []
    for each in given:
        if each.enabled is False:
            continue
        for form in _forms(each, of):
            if found and (joined := _joined(found[-1], form)) is not None:
                found[-1] = joined
            else:
                found.append(form)
    return found


def _joined(last: Normal, form: Normal) -> Normal | None:
    """Two neighbours as one, where that means the same."""
    if last.keys() == form.keys() == {"check"}:
        return {"check": _both(last["check"], form["check"])}
    if str(last.get("call")).partition(".")[2] not in _REPEATABLE or "target" not in last or "target" not in form:
        return None
    reached = [last["target"], form["target"]]
    if any(not isinstance(each, dict) or "exclude" in each for each in reached) or "response_variable" in form:
        return None
    if {**last, "target": None} != {**form, "target": None}:
        return None
    names = sorted(set(reached[0]) | set(reached[1]))
    return {
        **last,
        "target": {name: unordered([part for each in reached for part in each.get(name, [])]) for name in names},
    }


def _both(one: Normal, other: Normal) -> Normal:
    parts = [part for each in (one, other) for part in (each["and"] if set(each) == {"and"} else [each])]
    found = unordered(parts)
    return found[0] if len(found) == 1 else {"and": found}


def _forms(given: Action, of: _Triggers) -> list[Normal]:
    if isinstance(given, kinds.CheckCondition):
        form = condition(given.condition, of)
        return [] if form == TRUE else [{"check": form}]
    if isinstance(given, kinds.Sequence) and _plain(given):
        return actions(given.sequence, of)
    found = _form(given, of)
    if given.continue_on_error:
        found = [{**each, "continue_on_error": True} for each in found]
    return found if given.enabled is True else [{"where": value(given.enabled), "do": found}]


def _plain(given: Any) -> bool:
    return given.enabled is True and not given.continue_on_error


def _form(given: Any, of: _Triggers) -> list[Normal]:  # noqa: C901, PLR0911 - one case a kind
    match given:
        case kinds.CallService():
            return _call(given)
        case kinds.ActivateScene():
            return [{"call": "scene.turn_on", "target": {"entity_id": [value(given.scene)]}}]
        case kinds.DeviceAction():
            return [_device(given)]
        case kinds.If():
            return [_choice([(conditions(given.conditions, of), actions(given.then, of))], actions(given.else_, of))]
        case kinds.Choose():
            options = [(conditions(each.conditions, of), actions(each.sequence, of)) for each in given.options]
            return [_choice(options, actions(given.default, of))]
        case kinds.Parallel():
            return _parallel([actions([each], of) for each in given.branches])
        case kinds.Sequence():
            return [{"sequence": actions(given.sequence, of)}]
        case kinds.Repeat():
            return [_repeat(given, of)]
        case kinds.WaitForTrigger():
            rest = node(given, "kind", "triggers", "continue_on_timeout", "continue_on_error")
            return [{"wait_for": triggers(given.triggers), **rest, **_ending(given)}]
        case kinds.WaitTemplate():
            return [{**node(given, "kind", "continue_on_timeout", "continue_on_error"), **_ending(given)}]
        case kinds.Stop():
            return [{"stop": {"error": value(given.reason)} if given.error else node(given, "kind", "reason", "error")}]
        case _:
            return [node(given, "continue_on_error")]


def _ending(given: kinds.WaitForTrigger | kinds.WaitTemplate) -> dict[str, Normal]:
    """Whether it goes on after a timeout; without one that says nothing."""
    return {} if given.timeout is None or given.continue_on_timeout else {"ends": True}


def _call(given: kinds.CallService) -> list[Normal]:
    name = given.action.lower() if type(given.action) is str else given.action
    rest = node(given, "kind", "action", "target", "data", "continue_on_error")
    if given.data:
        rest["data"] = value(given.data)
    if isinstance(given.target, (Template, Tagged)):
        return [{"call": value(name), "target": value(given.target), **rest}]
    if given.target is None or (given.target.empty and given.target.exclude is None):
        return [{"call": value(name), **rest}]
    if name in _GENERIC and _by_entity(given.target):
        return _generic(name, given.target, rest)
    return [{"call": value(name), "target": target(given.target), **rest}]


def _by_entity(given: Target) -> bool:
    """Whether all it names are entities of domains that are switched by actions of their own."""
    others = (given.device_id, given.area_id, given.floor_id, given.label_id)
    plain = all(type(each) is str and each.partition(".")[0].lower() in _SWITCHED for each in given.entity_id)
    return plain and bool(given.entity_id) and not any(others) and given.exclude is None


def _generic(name: str, given: Target, rest: dict[str, Normal]) -> list[Normal]:
    """`homeassistant.turn_on` as what it calls: each domain's own action, all of them at once."""
    service = name.partition(".")[2]
    domains = sorted({each.partition(".")[0].lower() for each in given.entity_id})
    calls = [
        {
            "call": f"{domain}.{service}",
            "target": {"entity_id": unordered(each.lower() for each in given.entity_id if _of(each, domain))},
            **rest,
        }
        for domain in domains
    ]
    return calls if len(calls) == 1 else _parallel([[each] for each in calls])


def _of(entity_id: str, domain: str) -> bool:
    return entity_id.lower().startswith(f"{domain}.")


def _device(given: kinds.DeviceAction) -> Normal:
    """A device's action; where it switches an entity by its id, the same as that entity's own action."""
    entity_id, kind = given.config.get("entity_id"), given.config.get("type")
    plain = set(given.config) == {"entity_id", "type"} and isinstance(entity_id, str) and "." in entity_id
    if plain and kind in {"turn_on", "turn_off", "toggle"} and str(entity_id).startswith(f"{given.domain}."):
        return {"call": f"{given.domain}.{kind}", "target": {"entity_id": [value(entity_id)]}}
    return node(given, "continue_on_error")


def _choice(options: list[tuple[Normal, list[Normal]]], default: list[Normal]) -> Normal:
    """`if`, `choose`, and one in the `else` of another: the first that holds."""
    told: list[Normal] = [{"if": held, "then": done} for held, done in options]
    if len(default) == 1 and set(default[0]) == {"choose"}:
        return {"choose": [*told, *default[0]["choose"]]}
    return {"choose": [*told, {"if": TRUE, "then": default}] if default else told}


def _parallel(branches: list[list[Normal]]) -> list[Normal]:
    found = [each for each in branches if each]
    if len(found) < 2:  # noqa: PLR2004 - nothing beside it
        return found[0] if found else []
    return [{"parallel": sorted(found, key=key)}]


def _repeat(given: kinds.Repeat, of: _Triggers) -> Normal:
    how: dict[str, Normal] = {}
    if given.while_ is not None:
        how["while"] = conditions(given.while_, of)
    elif given.until is not None:
        how["until"] = conditions(given.until, of)
    elif given.for_each is not None:
        how["for_each"] = value(
            given.for_each if isinstance(given.for_each, (Template, Tagged, Data)) else [*given.for_each]
        )
    else:
        how["count"] = value(given.count)
    return {"repeat": how, "do": actions(given.sequence, of)}
