"""What is so at one point of a run: the conditions that hold, what set it off, the variables. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from workers.automation.plan.actions import (
    Action,
    CheckCondition,
    Choose,
    If,
    SetVariables,
    Stop,
    WaitForTrigger,
    WaitTemplate,
)
from workers.automation.plan.conditions import Condition, TemplateCondition
from workers.automation.plan.triggers import Trigger
from workers.automation.safety.deed import Guard
from workers.automation.safety.signals import asks_for_wait, led_by


@dataclass(frozen=True)
class Setting:
    """What is so at one point of a run."""

    guards: tuple[Guard, ...] = ()
    starters: tuple[tuple[Trigger, ...], ...] = ()
    waited: tuple[Trigger, ...] = ()
    variables: Mapping[str, Any] | None = None
    path: str | None = None
    through: tuple[str, ...] = ()
    sources: tuple[Action, ...] = ()

    def given(self, *guards: Guard) -> Setting:
        """The same, where some conditions hold too."""
        known = tuple(each for each in guards if each.conditions)
        waited = self.waited and any(asks_for_wait(each) for each in known)
        starters = (*self.starters, self.waited) if waited else self.starters
        starters = tuple(led_by(each, known) for each in starters)
        return replace(self, guards=(*self.guards, *known), starters=starters)


def enabled(conditions: Iterable[Condition]) -> tuple[Condition, ...]:
    """Those conditions that are asked at all."""
    return tuple(each for each in conditions if each.enabled is not False)


def branches(action: If | Choose) -> Iterator[tuple[tuple[Guard, ...], tuple[Action, ...]]]:
    """Each branch with what must hold for it, the branches before it not."""
    if isinstance(action, If):
        asked = enabled(action.conditions)
        yield (Guard(asked),), action.then
        yield (Guard(asked, holds=False),), action.else_
        return
    before: tuple[Guard, ...] = ()
    for option in action.options:
        asked = enabled(option.conditions)
        yield (*before, Guard(asked)), option.sequence
        before = (*before, Guard(asked, holds=False))
    yield before, action.default


def after(action: Action, setting: Setting) -> Setting:  # noqa: PLR0911 (one a kind)
    """What is so after an action."""
    if isinstance(action, CheckCondition):
        return setting.given(Guard(enabled((action.condition,))))
    if isinstance(action, SetVariables):
        return replace(setting, variables={**(setting.variables or {}), **dict(action.variables)})
    if isinstance(action, WaitTemplate) and (action.timeout is None or not action.continue_on_timeout):
        return setting.given(Guard((TemplateCondition(value_template=action.wait_template),)))
    if isinstance(action, WaitForTrigger):
        if action.timeout is None or not action.continue_on_timeout:
            return replace(setting, starters=(*setting.starters, action.triggers))
        return replace(setting, waited=action.triggers)
    if isinstance(action, If) and any(isinstance(each, Stop) and each.enabled is True for each in action.then):
        return setting.given(Guard(enabled(action.conditions), holds=False))
    return setting
