"""What conditions say about the triggers: which of them it was, and whether a wait ended as it should. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from workers.automation.plan.conditions import (
    AndCondition,
    Condition,
    NotCondition,
    OrCondition,
    TemplateCondition,
    TriggerCondition,
)
from workers.automation.plan.triggers import NumericStateTrigger, StateTrigger, Trigger, ZoneTrigger
from workers.automation.plan.value import Template
from workers.automation.safety.claims import BY_HAND, WAITED, claim
from workers.automation.safety.deed import Guard


def read(condition: Condition) -> Condition:
    """A condition as what it claims, where it is a template that can be read."""
    if isinstance(condition, TemplateCondition):
        return claim(condition.value_template) or condition
    return condition


Says = Callable[[Condition], bool]


def _nothing(condition: Condition) -> bool:  # noqa: ARG001 (it has the shape of a judge)
    return False


def implied(condition: Condition, says: Says, unless: Says = _nothing) -> bool:
    """Whether something holds wherever a condition does.

    `says` judges a simple condition that holds, `unless` one that does not.
    """
    condition = read(condition)
    if condition.enabled is not True:
        return False
    if isinstance(condition, AndCondition):
        return any(implied(each, says, unless) for each in condition.conditions)
    if isinstance(condition, OrCondition):
        return bool(condition.conditions) and all(implied(each, says, unless) for each in condition.conditions)
    if isinstance(condition, NotCondition):
        return any(denied(each, says, unless) for each in condition.conditions)
    return says(condition)


def denied(condition: Condition, says: Says, unless: Says = _nothing) -> bool:
    """Whether something holds wherever a condition does not; the judges are as above."""
    condition = read(condition)
    if isinstance(condition, AndCondition):
        return bool(condition.conditions) and all(denied(each, says, unless) for each in condition.conditions)
    if isinstance(condition, OrCondition):
        return any(denied(each, says, unless) for each in condition.conditions)
    if isinstance(condition, NotCondition):
        return bool(condition.conditions) and all(implied(each, says, unless) for each in condition.conditions)
    return unless(condition)


def guarded(guards: Iterable[Guard], says: Says, unless: Says = _nothing) -> bool:
    """Whether something holds wherever all guards do."""
    for guard in guards:
        if guard.holds and any(implied(each, says, unless) for each in guard.conditions):
            return True
        if not guard.holds and guard.conditions and all(denied(each, says, unless) for each in guard.conditions):
            return True
    return False


def asks_for_wait(guard: Guard) -> bool:
    """Whether it goes on only where the trigger that was waited for came."""
    return guarded((guard,), lambda each: isinstance(each, TriggerCondition) and WAITED in each.id)


def led_by(triggers: tuple[Trigger, ...], guards: Iterable[Guard]) -> tuple[Trigger, ...]:
    """Those triggers that pass what conditions ask about the trigger."""
    kept = list(enumerate(triggers))
    for guard in guards:
        kept = [(at, each) for at, each in kept if _passes(guard, at, each)]
    return tuple(each for _, each in kept)


def set_off_by(triggers: tuple[Trigger, ...]) -> frozenset[str] | None:
    """The entities that may have set it off; None where it may be something that is no entity."""
    found: set[str] = set()
    for each in triggers:
        if not isinstance(each, (StateTrigger, NumericStateTrigger, ZoneTrigger)):
            return None
        if any(isinstance(entity_id, Template) for entity_id in each.entity_id):
            return None
        found.update(each.entity_id)
    return frozenset(found)


def _passes(guard: Guard, at: int, trigger: Trigger) -> bool:
    verdicts = [_verdict(each, at, trigger) for each in guard.conditions]
    if guard.holds:
        return False not in verdicts
    return not verdicts or not all(each is True for each in verdicts)


def _verdict(condition: Condition, at: int, trigger: Trigger) -> bool | None:
    """Whether a condition about the trigger holds for one; None where it is about something else."""
    condition = read(condition)
    if isinstance(condition, TriggerCondition):
        if {WAITED, BY_HAND} & set(condition.id):
            return None
        return (trigger.id or str(at)) in condition.id
    if isinstance(condition, AndCondition):
        return _and([_verdict(each, at, trigger) for each in condition.conditions])
    if isinstance(condition, OrCondition):
        verdicts = [_verdict(each, at, trigger) for each in condition.conditions]
        return True if True in verdicts else (None if None in verdicts else False)
    if isinstance(condition, NotCondition):
        verdicts = [_verdict(each, at, trigger) for each in condition.conditions]
        return False if True in verdicts else (None if None in verdicts else True)
    return None


def _and(verdicts: list[bool | None]) -> bool | None:
    return False if False in verdicts else (None if None in verdicts else True)
