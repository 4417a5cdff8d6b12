"""Loops that do not end, and waits that may not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from workers.automation.finding import Code, Finding, error, warning
from workers.automation.plan.actions import (
    Action,
    Choose,
    Delay,
    If,
    Parallel,
    Repeat,
    Sequence,
    Stop,
    WaitForTrigger,
    WaitTemplate,
)
from workers.automation.plan.conditions import AndCondition, Condition, OrCondition, TemplateCondition
from workers.automation.plan.walk import actions_in
from workers.automation.safety.case import Case
from workers.automation.safety.claims import always

SHORTEST_PAUSE = 1.0
"""Seconds a turn of a loop must take, where nothing counts the turns."""
MOST_TURNS = 1000
"""Turns of a counted loop without a pause."""
_COUNTS = re.compile(r"\brepeat\s*\.\s*index0?\b|\brepeat\s*\[\s*['\"]index0?['\"]\s*\]")


def unbounded_loop(case: Case) -> Iterator[Finding]:
    """A loop never ends, or runs without a pause for as long as a state lasts; a script calls itself.

    Reason: it takes the whole of Home Assistant, and the home stands still.
    Dangerous: `while` a window is open without a delay, `while` true. Harmless: three times, until the tenth turn, with
    ten minutes in each turn.
    """
    for loop in case.course.loops:
        if (why := _endless(loop.repeat)) is not None:
            yield error(Code.UNBOUNDED_LOOP, loop.path, f"This loop {why}.")
    for path, script in case.course.recursions:
        yield error(
            Code.UNBOUNDED_LOOP, path, f"{script} calls itself and never ends; let it end, or repeat inside it."
        )
    if case.course.cut is not None:
        yield error(Code.UNBOUNDED_LOOP, case.course.cut, "This does more than can be followed; make it smaller.")


def missing_timeout(case: Case) -> Iterator[Finding]:
    """A wait has no timeout: a warning.

    Reason: what is waited for may never come, and the run waits until Home Assistant is restarted.
    """
    for action in actions_in(case.plan):
        if (
            isinstance(action, (WaitTemplate, WaitForTrigger))
            and action.timeout is None
            and action.enabled is not False
        ):
            yield warning(Code.MISSING_TIMEOUT, action.path, "This may wait for ever; give it a timeout.")


def _endless(repeat: Repeat) -> str | None:
    if _ends_itself(repeat.sequence) or repeat.for_each is not None:
        return None
    pause = shortest(repeat.sequence)
    if repeat.count is not None:
        many = isinstance(repeat.count, int) and repeat.count > MOST_TURNS and pause < SHORTEST_PAUSE
        return f"runs {repeat.count} times without a pause; add a delay" if many else None
    if repeat.while_ is not None and all(_always(each) is True for each in repeat.while_):
        return "never ends, since its condition always holds; repeat a number of times, or use a time pattern"
    if repeat.until is not None and any(_always(each) is False for each in repeat.until):
        return "never ends, since its condition never holds; repeat a number of times, or use a time pattern"
    counted = any(_counts(each) for each in repeat.while_ or ()) or (
        bool(repeat.until) and all(_counts(each) for each in repeat.until or ())
    )
    if pause < SHORTEST_PAUSE and not counted:
        return "has neither a count nor a pause in every turn; add a delay of a second or more, or count its turns"
    return None


def shortest(actions: Iterable[Action]) -> float:
    """The seconds that a sequence takes at the least; a template or a wait for a trigger counts as a pause."""
    return sum(_shortest(each) for each in actions if each.enabled is not False)


def _shortest(action: Action) -> float:  # noqa: PLR0911 (one a kind)
    if isinstance(action, Delay):
        seconds = action.delay.seconds
        return SHORTEST_PAUSE if seconds is None else seconds
    if isinstance(action, WaitForTrigger):
        timeout = None if action.timeout is None else action.timeout.seconds
        return SHORTEST_PAUSE if timeout is None else min(timeout, SHORTEST_PAUSE)
    if isinstance(action, If):
        return min(shortest(action.then), shortest(action.else_))
    if isinstance(action, Choose):
        return min([shortest(action.default), *(shortest(each.sequence) for each in action.options)])
    if isinstance(action, Parallel):
        return max((shortest(each.sequence) for each in action.branches), default=0.0)
    if isinstance(action, Sequence):
        return shortest(action.sequence)
    if isinstance(action, Repeat):
        turns = 0 if action.while_ is not None or action.for_each is not None else 1
        turns = action.count if isinstance(action.count, int) else turns
        return turns * shortest(action.sequence)
    return 0.0


def _ends_itself(actions: tuple[Action, ...]) -> bool:
    return any(isinstance(each, Stop) and each.enabled is True for each in actions)


def _always(condition: Condition) -> bool | None:
    if condition.enabled is False:
        return True
    return always(condition.value_template) if isinstance(condition, TemplateCondition) else None


def _counts(condition: Condition) -> bool:
    """Whether a condition ends a loop by the number of its turns."""
    if isinstance(condition, TemplateCondition):
        return bool(_COUNTS.search(condition.value_template))
    if isinstance(condition, OrCondition):
        return any(_counts(each) for each in condition.conditions)
    return isinstance(condition, AndCondition) and any(_counts(each) for each in condition.conditions)
