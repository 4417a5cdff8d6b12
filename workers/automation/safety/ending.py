"""Whether what was begun has an end: later in the same run, in another branch, in another automation. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import time

from workers.automation.home_view import HomeView
from workers.automation.plan.actions import (
    Action,
    CheckCondition,
    Delay,
    Parallel,
    Sequence,
    Stop,
    WaitForTrigger,
    WaitTemplate,
)
from workers.automation.plan.conditions import Condition, NumericStateCondition, StateCondition
from workers.automation.plan.plan import Plan
from workers.automation.plan.triggers import StateTrigger, TimeTrigger, Trigger
from workers.automation.safety.course import course_of
from workers.automation.safety.deed import Course, Deed, Guard
from workers.automation.safety.outcomes import OFF, ON, outcome
from workers.automation.safety.signals import read

_DAY = 86_400.0
_NEVER = float("inf")


def follows(course: Course, deed: Deed, entity_id: str, wanted: str) -> float | None:
    """The seconds after which `wanted` is surely done to an entity in the same run; None where it need not be."""
    elapsed = 0.0
    for tail in deed.later:
        for action in tail:
            if action.enabled is False:
                continue
            if _does(course, deed, action, entity_id, wanted):
                return elapsed
            elapsed += _pause(action)
            if elapsed == _NEVER:
                return None
    return None


def answered(course: Course, deed: Deed, entity_id: str, wanted: str) -> bool:
    """Whether another branch does `wanted` to an entity: another trigger, the `else`, the other side of a limit."""
    return any(
        entity_id in each.entity_ids and outcome(each) == wanted and _apart(deed, each)
        for each in course.deeds
        if not each.open
    )


def watched(home: HomeView, entity_id: str) -> str | None:
    """The automation of the home that switches an entity off again when it has been on for a time."""
    for name, plan in home.automations.items():
        starts = any(
            isinstance(each, StateTrigger)
            and entity_id in each.entity_id
            and each.to == (ON,)
            and each.for_ is not None
            for each in plan.triggers
        )
        if starts and any(
            entity_id in each.entity_ids and outcome(each) == OFF for each in course_of(plan, home).deeds
        ):
            return name
    return None


def ended_by_clock(home: HomeView, deed: Deed, entity_id: str, longest: float) -> bool:
    """Whether each time that it is done at is followed, within `longest` seconds, by one when the home ends it.

    It is ended by an automation of the home that does so every day, whatever else is so.
    """
    begun = _times(deed.starters[0] if len(deed.starters) == 1 else ())
    ended = [at for plan in home.automations.values() for at in _off_times(plan, home, entity_id)]
    return bool(begun and ended) and all(min((end - at) % _DAY for end in ended) <= longest for at in begun)


def _off_times(plan: Plan, home: HomeView, entity_id: str) -> list[float]:
    every_day = [each for each in plan.triggers if isinstance(each, TimeTrigger) and not each.weekday]
    for deed in course_of(plan, home).deeds if every_day and not plan.conditions else ():
        if entity_id in deed.entity_ids and outcome(deed) == OFF and not deed.guards and len(deed.starters) == 1:
            return _times([each for each in every_day if each in deed.starters[0]], partly=True)
    return []


def _times(triggers: Iterable[Trigger], *, partly: bool = False) -> list[float]:
    """The seconds of the day at which triggers fire; empty where one is no plain time, unless `partly`."""
    found: list[float] = []
    for each in triggers:
        told = [_seconds(at) for at in each.at] if isinstance(each, TimeTrigger) else [None]
        if None in told and not partly:
            return []
        found += [at for at in told if at is not None]
    return found


def _seconds(at: object) -> float | None:
    try:
        told = time.fromisoformat(at) if isinstance(at, str) else None
    except ValueError:
        return None
    return None if told is None else told.hour * 3600.0 + told.minute * 60 + told.second


def _does(course: Course, deed: Deed, action: Action, entity_id: str, wanted: str) -> bool:
    """Whether an action surely does it: no branch around it that may be passed by."""
    return any(
        entity_id in each.entity_ids and outcome(each) == wanted and not each.open
        and any(source is action for source in each.sources) and set(each.guards) <= set(deed.guards)
        for each in course.deeds
    )  # fmt: skip


def _pause(action: Action) -> float:
    """The seconds an action takes; for ever where what follows may never come."""
    if isinstance(action, Delay):
        return max(action.delay.seconds or 0.0, 0.0)
    if isinstance(action, (WaitTemplate, WaitForTrigger)):
        endless = action.timeout is None or not action.continue_on_timeout
        return _NEVER if endless or action.timeout is None else action.timeout.seconds or 0.0
    if isinstance(action, (Stop, CheckCondition)):
        return _NEVER
    if isinstance(action, Sequence):
        return sum(_pause(each) for each in action.sequence if each.enabled is not False)
    if isinstance(action, Parallel):
        return max((_pause(each) for each in action.branches), default=0.0)
    return 0.0


def _apart(deed: Deed, other: Deed) -> bool:
    """Whether two deeds are never done in one run, or are asked for by conditions on the same thing.

    One action that may be `turn_on` or `turn_off` is never both.
    """
    if deed.sources == other.sources and deed.service != other.service:
        return True
    mine, theirs = deed.starters[:1], other.starters[:1]
    if (
        mine
        and theirs
        and mine[0]
        and theirs[0]
        and not {id(each) for each in mine[0]} & {id(each) for each in theirs[0]}
    ):
        return True
    if any(Guard(each.conditions, not each.holds) in other.guards for each in deed.guards):
        return True
    inner, outer = deed.guards[-1:], other.guards[-1:]
    return bool(inner and outer) and inner != outer and bool(_asked(inner) & _asked(outer))


def _asked(guards: Iterable[Guard]) -> set[str]:
    """The entities that the guards ask about."""
    return {name for guard in guards for each in guard.conditions for name in _entities(each)}


def _entities(condition: Condition) -> tuple[str, ...]:
    condition = read(condition)
    if isinstance(condition, (StateCondition, NumericStateCondition)):
        return condition.entity_id
    return tuple(name for each in getattr(condition, "conditions", ()) for name in _entities(each))
