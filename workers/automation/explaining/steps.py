"""What an automation does, as orders: in one line where it is short, else as a list. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from workers.automation.explaining.calls import call
from workers.automation.explaining.conditions import Checks
from workers.automation.explaining.details import with_data
from workers.automation.explaining.devices import device_action
from workers.automation.explaining.english import phrases
from workers.automation.explaining.naming import Names
from workers.automation.explaining.templates import told_by
from workers.automation.explaining.triggers import clauses
from workers.automation.explaining.values import duration, listed, number, quoted, value, words
from workers.automation.plan import actions as kinds
from workers.automation.plan.actions import Action
from workers.automation.plan.conditions import Condition
from workers.automation.plan.duration import Duration
from workers.automation.plan.value import Tagged, Template

_IF: Final = phrases.IF.format("")
_SHORT: Final = 4
"""Orders that fit into one line."""
_ORDERED: Final = (
    kinds.Delay,
    kinds.WaitTemplate,
    kinds.WaitForTrigger,
    kinds.CheckCondition,
    kinds.Stop,
    kinds.SetVariables,
)
"""Actions whose place among the others matters to the reader."""


@dataclass(frozen=True, slots=True)
class Step:
    """An order; with branches it is a heading of them: each with its own heading, such as `otherwise`."""

    text: str
    branches: tuple[tuple[str, tuple[Step, ...]], ...] = ()
    ordered: bool = False


class Steps:
    """Tells the actions of one automation."""

    def __init__(self, names: Names, checks: Checks) -> None:
        self.names, self.checks = names, checks

    def of(self, actions: Sequence[Action]) -> tuple[Step, ...]:
        """The orders of a sequence, without what is switched off."""
        found: list[Step] = []
        for each in actions:
            if each.enabled is False:
                continue
            if type(each) is kinds.Sequence and each.enabled is True:
                found += self.of(each.sequence)
                continue
            step = self._step(each)
            perhaps = each.enabled is not True and not isinstance(each, kinds.CheckCondition)
            found.append(_perhaps(step) if perhaps else step)
        return tuple(found)

    def _step(self, action: Action) -> Step:  # noqa: PLR0911 - one case a kind
        match action:
            case kinds.CallService():
                return Step(call(action, self.names))
            case kinds.Choose():
                return self._choose(action)
            case kinds.If():
                branches = [(self._if(action.conditions), self._body(action.then))]
                return Step("", (*branches, *self._otherwise(action.else_)))
            case kinds.Repeat():
                return Step("", ((self._repeat(action), self._body(action.sequence)),))
            case kinds.Parallel():
                return self._parallel(action)
            case kinds.Sequence():
                return Step("", ((phrases.IN_A_ROW, self._body(action.sequence)),))
            case _:
                return Step(self._plain(action), ordered=isinstance(action, _ORDERED))

    def _body(self, actions: Sequence[Action]) -> tuple[Step, ...]:
        return self.of(actions) or (Step(phrases.NOTHING_DONE),)

    def _choose(self, action: kinds.Choose) -> Step:
        branches: list[tuple[str, tuple[Step, ...]]] = []
        for option in action.options:
            branches.append((self._if(option.conditions, also=bool(branches)), self._body(option.sequence)))
        if not branches:
            return Step("", ((phrases.IN_A_ROW, self._body(action.default)),))
        return Step("", (*branches, *self._otherwise(action.default)))

    def _if(self, conditions: Sequence[Condition], *, also: bool = False) -> str:
        held = self.checks.all_of(conditions)
        if held == phrases.ALWAYS:
            return phrases.OTHERWISE if also else phrases.ALWAYS
        return (phrases.OTHERWISE_IF if also else phrases.IF).format(held)

    def _otherwise(self, actions: Sequence[Action]) -> tuple[tuple[str, tuple[Step, ...]], ...]:
        found = self.of(actions)
        if len(found) == 1 and found[0].branches and found[0].branches[0][0].startswith(_IF):
            (heading, body), *rest = found[0].branches
            return ((phrases.OTHERWISE_IF.format(heading.removeprefix(_IF)), body), *rest)
        return ((phrases.OTHERWISE, found),) if found else ()

    def _repeat(self, action: kinds.Repeat) -> str:
        if action.while_ is not None:
            return phrases.WHILE.format(self.checks.all_of(action.while_))
        if action.until is not None:
            return phrases.REPEAT_UNTIL.format(self.checks.all_of(action.until))
        if action.for_each is not None:
            if isinstance(action.for_each, (Template, Tagged)):
                return phrases.FOR_EACH_COMPUTED
            known = [
                self.names.entity(each) if isinstance(each, str) and self.names.home.entity(each) else value(each)
                for each in action.for_each
            ]
            return phrases.FOR_EACH.format(listed(known))
        if isinstance(action.count, int):
            return phrases.ONCE if action.count == 1 else phrases.COUNTED.format(number(action.count))
        return phrases.COUNTED_BY

    def _parallel(self, action: kinds.Parallel) -> Step:
        branches = [self._body(each.sequence) for each in action.branches if each.enabled is not False]
        if len(branches) == 1:
            return Step("", ((phrases.IN_A_ROW, branches[0]),))
        told = tuple(Step(inline(each)) if fits(each) else Step("", ((phrases.IN_A_ROW, each),)) for each in branches)
        return Step("", ((phrases.PARALLEL, told or (Step(phrases.NOTHING_DONE),)),))

    def _plain(self, action: Any) -> str:  # noqa: C901, PLR0911 - one case a kind
        match action:
            case kinds.Delay():
                return phrases.WAIT.format(duration(action.delay))
            case kinds.WaitTemplate():
                simple = told_by(action.wait_template, self.names, self.checks.triggers)
                if simple is not None:
                    until = self.checks.told(simple, outermost=True)
                else:
                    until = phrases.BECOMES_TRUE.format(self.names.calculation(action.wait_template))
                return self._wait(phrases.UNTIL.format(until), action.timeout, action.continue_on_timeout)
            case kinds.WaitForTrigger():
                until = listed([each.until for each in clauses(action.triggers, self.names)], phrases.OR)
                return self._wait(until or phrases.FOR_EVER, action.timeout, action.continue_on_timeout)
            case kinds.SetVariables():
                return phrases.REMEMBER.format(listed([quoted(words(each)) for each in action.variables]))
            case kinds.SetConversationResponse():
                return phrases.NO_ANSWER if action.response is None else phrases.ANSWER.format(quoted(action.response))
            case kinds.FireEvent():
                event = quoted(words(action.event)) if type(action.event) is str else value(action.event)
                return with_data(phrases.FIRE.format(event), action.event_data, self.names)
            case kinds.Stop():
                return _stop(action)
            case kinds.ActivateScene():
                return phrases.ACTIVATE.format(self.names.entity(action.scene))
            case kinds.DeviceAction():
                return device_action(action, self.names)
            case kinds.CheckCondition():
                return phrases.GO_ON_ONLY.format(self.checks.told(action.condition, outermost=True))
        return phrases.OTHER_ACTION

    def _wait(self, until: str, timeout: Duration | None, go_on: bool) -> str:
        told = phrases.WAIT.format(until)
        if timeout is None:
            return told
        if until == phrases.FOR_EVER and go_on:
            return phrases.WAIT.format(duration(timeout))
        return phrases.AT_MOST.format(told, duration(timeout), phrases.GO_ON if go_on else phrases.END)


def _stop(action: kinds.Stop) -> str:
    reason = quoted(action.reason) if action.reason else ""
    if action.error:
        if not reason:
            return phrases.STOP_FAILED
        return phrases.STOP_ERROR.format(reason)
    return phrases.STOP_BECAUSE.format(reason) if reason else phrases.STOP


def _perhaps(step: Step) -> Step:
    if step.text:
        return Step(phrases.IF_ENABLED.format(step.text), step.branches, step.ordered)
    (heading, body), *rest = step.branches
    return Step("", ((f"{phrases.PERHAPS} {heading}", body), *rest))


# -- writing them down -------------------------------------------------------------------------------------------------


def fits(steps: Sequence[Step]) -> bool:
    """Whether they can be told in one line."""
    return len(steps) <= _SHORT and not any(each.branches for each in steps)


def inline(steps: Sequence[Step]) -> str:
    """Orders in one line: `a and b`, or `a, then b` where the order matters."""
    texts = [each.text for each in steps]
    if any(each.ordered for each in steps):
        return f", {phrases.THEN} ".join(texts)
    return listed(texts)


def one_line(steps: Sequence[Step]) -> str | None:
    """All of it in one line, a single block with short branches too; None where it needs a list."""
    if not steps:
        return phrases.NOTHING_DONE
    if fits(steps):
        return inline(steps)
    [*before, last] = steps
    if before or not last.branches or not all(fits(body) and _brief(body) for _, body in last.branches):
        return None
    heading = last.branches[0][0]
    if heading == phrases.PARALLEL or len(last.branches) > _LONGEST_CHOICE:
        return None
    joined = [f"{_comma(each)} {inline(body)}" for each, body in last.branches]
    return "; ".join(joined)


_LONGEST_CHOICE: Final = 2


def _brief(body: Sequence[Step]) -> bool:
    return len(body) <= _SHORT - 1


def _comma(heading: str) -> str:
    return heading if heading.endswith(":") or heading == phrases.OTHERWISE else f"{heading},"


def lines(steps: Sequence[Step], depth: int = 0, *, capital: bool = True) -> list[str]:
    """A list, one order a line, with the branches of blocks below their headings."""
    found: list[str] = []
    for step in steps:
        if not step.branches:
            found.append(_line(depth, step.text, "." if capital else "", capital=capital))
            continue
        for heading, body in step.branches:
            bare = heading.removesuffix(":")
            if fits(body) and heading != phrases.PARALLEL:
                found.append(_line(depth, f"{bare}: {inline(body)}", ".", capital=True))
            else:
                found.append(_line(depth, f"{bare}:", "", capital=True))
                found += lines(body, depth + 1, capital=heading != phrases.PARALLEL)
    return found


def _line(depth: int, text: str, end: str, *, capital: bool) -> str:
    return f"{'  ' * depth}- {text[:1].upper() + text[1:] if capital else text}{end}"
