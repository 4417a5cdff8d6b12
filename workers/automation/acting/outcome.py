"""An order, and what became of it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from contracts.acting import Action, ActResponse, ActStatus
from contracts.automation import AutomationFinding
from shared.errors import RequestError
from workers.automation.finding import Finding, Severity
from workers.automation.verdict import Verdict

UNKNOWN: Final = "unknown"
"""How a record says that nobody knows: the caller gets an error then, and no status."""
_MOST_FINDINGS: Final = 100


@dataclass(frozen=True)
class Order:
    """What a person orders, and who has sent it; `act_id` is the same for each repetition of the message."""

    act_id: str
    correlation_id: str
    caller: str
    actions: tuple[Action, ...]
    query_id: str | None = None
    confirmed: bool = False


@dataclass(frozen=True)
class Outcome:
    """What became of an order; `actions` are those that were done, or would be after a confirmation."""

    order: Order
    status: str
    message: str
    executed: bool = False
    actions: tuple[Action, ...] = ()
    findings: tuple[Finding, ...] = ()

    def response(self) -> ActResponse:
        """The outcome as a reply."""
        return ActResponse(
            act_id=self.order.act_id,
            status=ActStatus(self.status),
            executed=self.executed,
            message=self.message,
            actions=list(self.actions),
            findings=[AutomationFinding.model_validate(each.model_dump()) for each in self.findings[:_MOST_FINDINGS]],
        )


def withheld(order: Order, verdict: Verdict) -> Outcome | None:
    """What becomes of an order that must not be done: refused, or asked back. None where it may be done."""
    if not (verdict.valid and verdict.safe):
        errors = [each.message for each in verdict.findings if each.severity is Severity.ERROR]
        more = f" ({len(errors) - 1} more)" if len(errors) > 1 else ""
        message = f"Refused: {errors[0] if errors else 'it can not be read.'}{more}"
        return Outcome(order, ActStatus.REFUSED, message, findings=verdict.findings)
    if verdict.confirm and not order.confirmed:
        message = f"Confirm it first: {verdict.explanation}"
        return Outcome(order, ActStatus.CONFIRMATION, message, actions=order.actions, findings=verdict.findings)
    return None


def done(order: Order, verdict: Verdict) -> Outcome:
    """All of it was done."""
    message = f"Done: {verdict.explanation}"
    return Outcome(order, ActStatus.DONE, message, executed=True, actions=order.actions, findings=verdict.findings)


def failed(order: Order, before: int, error: RequestError) -> Outcome:
    """Home Assistant did not do one, after so many that were done."""
    why = error.message.rstrip(". ")[:300]
    message = f"{order.actions[before].action} was not done: {why}. {told(order.actions[:before])}"
    return Outcome(order, ActStatus.FAILED, message, executed=before > 0, actions=order.actions[:before])


def unknown(order: Order, before: int) -> Outcome:
    """Nobody knows whether one was done, after so many that were."""
    message = (
        f"Home Assistant did not say whether {order.actions[before].action} was done: look there before you ask again. "
        f"{told(order.actions[:before])}"
    )
    return Outcome(order, UNKNOWN, message, executed=before > 0, actions=order.actions[:before])


def told(actions: Sequence[Action]) -> str:
    """What was done before, as a sentence."""
    if not actions:
        return "Nothing was done before it."
    return f"Done before it: {', '.join(each.action for each in actions)}."
