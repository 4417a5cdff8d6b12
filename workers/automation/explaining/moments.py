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
        named = names.time_of(given.entity_id)
        if given.offset is None or given.offset.seconds == 0:
            return named
        earlier = given.offset.seconds is not None and given.offset.seconds < 0
        return (phrases.BEFORE if earlier else phrases.AFTER).format(duration(given.offset), named)
    if isinstance(given, (Template, Tagged)):
        return phrases.SOME_TIME if isinstance(given, Template) else value(given)
    return clock(given) if "." not in given else names.time_of(given)


def time(trigger: kinds.TimeTrigger, names: Names) -> Clause:
    """A time of day."""
    times = listed([moment(each, names) for each in trigger.at], phrases.OR)
    shifted = any(isinstance(each, kinds.TimeEntity) and each.offset is not None for each in trigger.at)
    at = on_days(trigger.weekday) + (times if shifted and len(trigger.at) == 1 else phrases.AT.format(times))
    return Clause.moment(at, f"{times} {on_days(trigger.weekday)}".strip())


def time_pattern(trigger: kinds.TimePatternTrigger, _: Names) -> Clause:
    """A moment that comes again and again; what is smaller than what is said is 0, what is larger is any."""
    hours, minutes, seconds = trigger.hours, trigger.minutes, trigger.seconds
    minutes = "0" if minutes is None and hours is not None else minutes
    seconds = "0" if seconds is None and minutes is not None else seconds
    hour, minute, second = (each or "*" for each in (hours, minutes, seconds))
    if second == "*" or second.startswith("/"):
        return Clause.again(_within(_every("second", second), hour, minute))
    if minute == "*" or minute.startswith("/"):
        if not int_of(second):
            return Clause.again(_within(_every("minute", minute), hour))
        past = phrases.PAST.format(_count("second", second), _each("minute", minute))
        return Clause.again(_within(past, hour))
    if hour == "*" or hour.startswith("/"):
        return Clause.again(_past_the_hour(hour, minute, second))
    told = phrases.AT.format(clock(f"{int_of(hour)}:{int_of(minute):02}:{int_of(second):02}"))
    return Clause.moment(told, told.removeprefix(phrases.AT.format("")))


def _past_the_hour(hour: str, minute: str, second: str) -> str:
    if int_of(minute) == int_of(second) == 0:
        return phrases.ON_THE_HOUR if hour == "*" else _every("hour", hour)
    told = [_count(unit, each) for unit, each in (("minute", minute), ("second", second)) if int_of(each)]
    return phrases.PAST.format(" ".join(told), _each("hour", hour))


def int_of(text: str) -> int:
    """A number of a pattern; what is none counts as 0."""
    return int(text) if text.isdecimal() else 0


def _count(unit: str, step: str) -> str:
    return f"{int_of(step)} {unit}{'' if int_of(step) == 1 else 's'}"


def _every(unit: str, step: str) -> str:
    count = step.removeprefix("/")
    return phrases.EVERY.format(unit if count in {"*", "1"} else f"{count} {unit}s")


def _each(unit: str, step: str) -> str:
    """`hour`, `2nd hour`: what comes behind every."""
    count = step.removeprefix("/")
    return unit if count in {"*", "1"} else f"{phrases.ordinal(count)} {unit}"


def _within(told: str, hour: str, minute: str = "*") -> str:
    """Where larger units narrow it: `every 5 minutes, from 08:00 to 08:59`."""
    parts = [told]
    if minute.startswith("/"):
        parts.append(phrases.IN_EVERY.format(_each("minute", minute)))
    elif minute != "*":
        parts.append(
            phrases.IN_MINUTE.format(int_of(minute)) if hour == "*" else phrases.IN_UNIT.format(int_of(minute))
        )
    if hour.startswith("/"):
        parts.append(phrases.IN_EVERY.format(_each("hour", hour)))
    elif hour != "*":
        parts.append(phrases.AT_HOURS.format(f"{int_of(hour):02}"))
    return ", ".join(parts)


def sun(trigger: kinds.SunTrigger, _: Names) -> Clause:
    """Sunrise or sunset, or so long before or after."""
    event = value(trigger.event)
    if trigger.offset is None or trigger.offset.seconds == 0:
        return Clause.moment(phrases.AT.format(event), event)
    earlier = trigger.offset.seconds is not None and trigger.offset.seconds < 0
    told = (phrases.BEFORE if earlier else phrases.AFTER).format(duration(trigger.offset), event)
    return Clause.moment(told, told)
