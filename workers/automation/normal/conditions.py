"""The normal form of conditions: and, or and not without order or needless nesting. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from workers.automation.normal.triggers import clock, split, weekdays
from workers.automation.normal.values import Normal, lasting, node, options, state, target, unordered, value
from workers.automation.plan import conditions as kinds
from workers.automation.plan.conditions import Condition
from workers.automation.plan.triggers import Trigger
from workers.automation.simple_template import condition_of

TRUE: Final[dict[str, Normal]] = {"and": []}
"""What always holds."""
_Triggers = Sequence[Trigger]


def conditions(given: Iterable[Condition], triggers: _Triggers = ()) -> Normal:
    """All of some conditions, in one form. `triggers` are those that `trigger` conditions ask for."""
    return _joined("and", [condition(each, triggers) for each in given if each.enabled is not False])


def condition(given: Condition, triggers: _Triggers = ()) -> Normal:
    """One condition."""
    form = _form(given, triggers)
    return form if given.enabled in {True, False} else {"where": value(given.enabled), "holds": form}


def _joined(how: str, parts: Iterable[Normal]) -> Normal:
    """Conditions joined by `and` or `or`, those of the same kind in them taken out."""
    flat: list[Normal] = []
    for each in parts:
        flat += each[how] if set(each) == {how} else [each]
    found = unordered(flat)
    return found[0] if len(found) == 1 else {how: found}


def _not(part: Normal) -> Normal:
    """The opposite: of `and` the `or` of the opposites, and the other way round."""
    if set(part) == {"not"}:
        return part["not"]
    for how, opposite in (("and", "or"), ("or", "and")):
        if set(part) == {how}:
            return _joined(opposite, [_not(each) for each in part[how]])
    return {"not": part}


def _form(given: Condition, triggers: _Triggers) -> Normal:  # noqa: C901, PLR0911 - one case a kind
    match given:
        case kinds.AndCondition():
            return conditions(given.conditions, triggers)
        case kinds.OrCondition():
            return _joined("or", [condition(each, triggers) for each in given.conditions if each.enabled is not False])
        case kinds.NotCondition():
            inner = [condition(each, triggers) for each in given.conditions if each.enabled is not False]
            return _joined("and", [_not(each) for each in inner])
        case kinds.StateCondition():
            rest = {**node(given, "entity_id", "state", "match", "for_"), **lasting(given.for_)}
            rest["state"] = unordered(state(each) for each in given.state)
            each_of = [{**rest, "entity": _id(each)} for each in given.entity_id]
            return _joined("and" if given.match == "all" else "or", each_of)
        case kinds.NumericStateCondition():
            rest = node(given, "entity_id")
            return _joined("and", [{**rest, "entity": _id(each)} for each in given.entity_id])
        case kinds.ZoneCondition():
            rest = {**node(given, "entity_id", "zone"), "zone": unordered(_id(each) for each in given.zone)}
            return _joined("and", [{**rest, "entity": _id(each)} for each in given.entity_id])
        case kinds.TimeCondition():
            return _joined("and", _times(given))
        case kinds.TriggerCondition():
            return {"kind": "trigger", "of": _asked(given, triggers)}
        case kinds.TemplateCondition():
            simple = condition_of(given.value_template)
            return node(given) if simple is None else _form(simple, triggers)
        case kinds.PurposeCondition():
            reached = {} if given.target is None else {"target": target(given.target)}
            return {**node(given, "target", "options"), **reached, "options": options(given.options)}
        case _:
            return node(given)


def _times(given: kinds.TimeCondition) -> list[Normal]:
    """The hours and the days, each a condition of its own."""
    bounds = {name: getattr(given, name) for name in ("after", "before")}
    hours = {name: clock(each) if type(each) is str else value(each) for name, each in bounds.items() if each}
    days = weekdays(given.weekday)
    return [{"kind": "time", **each} for each in (hours, {"days": days} if days else {}) if each]


def _asked(given: kinds.TriggerCondition, triggers: _Triggers) -> Normal:
    """The triggers that it asks for, whatever their ids; an id that none has stays as it is."""
    found: list[Normal] = []
    for each in given.id:
        named = [one for index, one in enumerate(triggers) if each in {one.id, str(index)}]
        found += [part for one in named if one.enabled is not False for part in split(one)]
        found += [] if named else [{"id": value(each)}]
    return unordered(found)


def _id(entity_id: str) -> Normal:
    return value(entity_id.lower() if type(entity_id) is str else entity_id)
