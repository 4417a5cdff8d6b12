"""Triggers of the clock and the sun as clauses: `at 06:45`, `30 minutes before sunset`. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from workers.automation.explaining.clause import Clause
from workers.automation.explaining.english import phrases
from workers.automation.explaining.naming import Names
from workers.automation.explaining.values import (
    clock,
    duration,
    listed,
    value,
    weekdays,
)
from workers.automation.plan import triggers as kinds
from workers.automation.plan.value import Tagged, Template


def on_days(days: Sequence[str]) -> str:
    """Days as a clause, with a space behind: `on weekdays `; empty for every day."""
    said = weekdays(days)
    if not said:
        return ""
    if said == ("mon", "tue", "wed", "thu", "fri"):
        return f"{phrases.ON_WEEKDAYS} "
    if said == ("sat", "sun"):
        return f"{phrases.AT_WEEKENDS} "
    return phrases.ON_DAYS.format(listed([f"{phrases.WEEKDAYS[each]}s" for each in said])) + " "


def moment(given: str | kinds.TimeEntity, names: Names) -> str:
    """A time of day, or that which an entity holds."""
    if isinstance(given, kinds.TimeEntity):
        named = phrases.ENTITY_TIME.format(names.entity(given.entity_id))
        if given.offset is None or given.offset.seconds == 0:
            return named
        earlier = given.offset.seconds is not None and given.offset.seconds < 0
        return (phrases.BEFORE if earlier else phrases.AFTER).format(duration(given.offset), named)
    if isinstance(given, (Template, Tagged)):
        return phrases.SOME_TIME if isinstance(given, Template) else value(given)
    return clock(given) if "." not in given else phrases.ENTITY_TIME.format(names.entity(given))


def time(trigger: kinds.TimeTrigger, names: Names) -> Clause:
    """A time of day."""
    times = listed([moment(each, names) for each in trigger.at], phrases.OR)
    at = f"{on_days(trigger.weekday)}{phrases.AT.format(times)}"
    return Clause.moment(at, f"{times} {on_days(trigger.weekday)}".strip())


def time_pattern(trigger: kinds.TimePatternTrigger, _: Names) -> Clause:
    """A moment that comes again and again."""
    given = [("hour", trigger.hours), ("minute", trigger.minutes), ("second", trigger.seconds)]
    while len(given) > 1 and given[-1][1] is None:
        given.pop()
    (unit, step), above = given[-1], [(name, each) for name, each in given[:-1] if each not in {None, "*"}]
    step = step or "*"
    if step == "*":
        every = phrases.EVERY.format(unit)
    elif step.startswith("/"):
        count = step[1:]
        every = phrases.EVERY.format(unit if count == "1" else f"{count} {unit}s")
    elif unit == "hour":
        every = phrases.AT.format(f"{int(step):02}:00" if step.isdigit() else step)
    elif above == [] or unit == "second":
        larger = {"minute": "hour", "second": "minute"}[unit]
        every = phrases.PAST.format(f"{step} {unit}{'' if step == '1' else 's'}", larger)
    else:
        every = phrases.PAST.format(f"{step} {unit}{'' if step == '1' else 's'}", "hour")
    within = [_within(name, each) for name, each in above]
    return Clause.again(", ".join([every, *within]))


def _within(unit: str, step: str) -> str:
    if step.startswith("/"):
        return phrases.IN_EVERY.format(phrases.ordinal(step[1:]), unit)
    return (
        phrases.AT_HOURS.format(f"{int(step):02}")
        if unit == "hour" and step.isdigit()
        else phrases.IN_UNIT.format(unit, step)
    )


def sun(trigger: kinds.SunTrigger, _: Names) -> Clause:
    """Sunrise or sunset, or so long before or after."""
    event = value(trigger.event)
    if trigger.offset is None or trigger.offset.seconds == 0:
        return Clause.moment(phrases.AT.format(event), event)
    earlier = trigger.offset.seconds is not None and trigger.offset.seconds < 0
    told = (phrases.BEFORE if earlier else phrases.AFTER).format(duration(trigger.offset), event)
    return Clause.moment(told, told)
