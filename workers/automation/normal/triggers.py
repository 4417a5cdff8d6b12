"""The normal form of triggers: one for each thing that starts the automation. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from workers.automation.normal.values import Normal, lasting, node, options, state, target, unordered, value
from workers.automation.plan import triggers as kinds
from workers.automation.plan.triggers import Trigger

_STATES = ("from_", "to", "not_from", "not_to")


def triggers(given: Iterable[Trigger], *, with_ids: bool = False) -> list[Normal]:
    """All that start it, each once, in no order. `with_ids`: their ids are asked for, by templates."""
    return unordered(found for each in given if each.enabled is not False for found in split(each, with_ids=with_ids))


def split(trigger: Trigger, *, with_ids: bool = False) -> list[Normal]:
    """One trigger as one for each of its entities, times or events."""
    found = [{"trigger": str(trigger.kind), **each} for each in _parts(trigger)]
    if with_ids:
        return [{**each, "id": trigger.id} for each in found]
    return found


def _parts(trigger: Trigger) -> list[dict[str, Normal]]:  # noqa: C901, PLR0911 - one case a kind
    match trigger:
        case kinds.StateTrigger():
            said = {name.rstrip("_"): _states(getattr(trigger, name)) for name in _STATES}
            said = {name: each for name, each in said.items() if each is not None}
            rest = {**node(trigger, "kind", "entity_id", "for_", *_STATES), **said, **lasting(trigger.for_)}
            apart = _apart(rest) if not lasting(trigger.for_) else [rest]
            return [{**part, "entity": _id(each)} for each in trigger.entity_id for part in apart]
        case kinds.NumericStateTrigger():
            rest = {**node(trigger, "kind", "entity_id", "for_"), **lasting(trigger.for_)}
            return [{**rest, "entity": _id(each)} for each in trigger.entity_id]
        case kinds.ZoneTrigger():
            rest = node(trigger, "kind", "entity_id")
            return [{**rest, "entity": _id(each)} for each in trigger.entity_id]
        case kinds.TimeTrigger():
            rest = node(trigger, "kind", "at", "weekday")
            days = weekdays(trigger.weekday)
            return [{**rest, "at": _moment(each), **({"days": days} if days else {})} for each in trigger.at]
        case kinds.EventTrigger():
            rest = node(trigger, "kind", "event_type")
            return [{**rest, "event": value(each)} for each in trigger.event_type]
        case kinds.TemplateTrigger():
            return [{**node(trigger, "kind", "for_"), **lasting(trigger.for_)}]
        case kinds.TimePatternTrigger():
            return [{**node(trigger, "kind", "hours", "minutes", "seconds"), "pattern": _pattern(trigger)}]
        case kinds.SunTrigger():
            rest = node(trigger, "kind", "offset")
            moved = trigger.offset is not None and trigger.offset.microseconds != 0
            return [{**rest, **({"offset": value(trigger.offset)} if moved else {})}]
        case kinds.PurposeTrigger():
            told = options(trigger.options)
            if told.get("behavior") in {"each", "any"}:
                del told["behavior"]
            if told.get("behavior") == "last":
                told["behavior"] = "all"
            reached = {} if trigger.target is None else {"target": target(trigger.target)}
            return [{**node(trigger, "kind", "target", "options"), **reached, "options": told}]
        case _:
            return [node(trigger, "kind")]


def _apart(rest: dict[str, Normal]) -> list[dict[str, Normal]]:
    """A change to one of several states as one to each: without a length of time no state knows of another."""
    wanted = rest.get("to")
    return [{**rest, "to": [each]} for each in wanted] if isinstance(wanted, list) and len(wanted) > 1 else [rest]


def _id(entity_id: str) -> Normal:
    return value(entity_id.lower() if type(entity_id) is str else entity_id)


def _states(states: Sequence[object] | None) -> Normal:
    return None if states is None else unordered(state(each) for each in states)


def _moment(at: object) -> Normal:
    if isinstance(at, kinds.TimeEntity):
        moved = at.offset is not None and at.offset.microseconds != 0
        return {"entity": _id(at.entity_id), "offset": value(at.offset)} if moved else _id(at.entity_id)
    return clock(at) if type(at) is str else value(at)


def clock(at: str) -> str:
    """A time of day with its seconds, whether they were said or not."""
    parts = at.split(":")
    if len(parts) < 2 or not all(each.isdigit() for each in parts):  # noqa: PLR2004 - hours and minutes
        return at.lower()
    return ":".join(f"{int(each):02}" for each in [*parts, "0"][:3])


def weekdays(days: Iterable[str]) -> list[Normal]:
    """The days of the week in no order; empty where all are named."""
    found = unordered(value(each) for each in days)
    return [] if len(found) == 7 else found  # noqa: PLR2004 - all days


def _pattern(trigger: kinds.TimePatternTrigger) -> list[str]:
    """Hours, minutes and seconds; what stands right of the last one said is 0, what stands left is every."""
    parts = [trigger.hours, trigger.minutes, trigger.seconds]
    last = max((index for index, each in enumerate(parts) if each is not None), default=-1)
    filled = [each if each is not None else "*" if index < last else "0" for index, each in enumerate(parts)]
    return ["*" if each == "/1" else str(int(each)) if each.isdigit() else each for each in filled]
