"""What the automation worker says of orders and wishes, and what it does of them: asked by message."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from contracts import acting, automation
from contracts.acting import Action, ActRequest, ActStatus
from contracts.automation import FindingSeverity, ValidateRequest, ValidateResponse
from contracts.query import Clarification, Option, QueryStatus
from shared.bus.client import Client
from shared.errors import BrokerError, NoWorker, RequestError, Unavailable
from shared.home import Registry
from workers.query.answering import Answer
from workers.query.conversing.refining import CONFIRM

PATIENCE: Final = 3.0
"""Seconds in which the automation worker has to say what it thinks."""
_ALWAYS_CONFIRMED: Final = frozenset({"lock", "alarm_control_panel"})
_CONFIRMED_COVERS: Final = frozenset({"garage", "gate", "door"})


@dataclass(frozen=True, slots=True)
class Judged:
    """An answer as it stands after the verdict, and whether its actions were done."""

    answer: Answer
    executed: bool = False


class Judge:
    """Asks the automation worker by one client. `executes` is whether this deployment does orders at once."""

    def __init__(self, client: Client, *, executes: bool = False) -> None:
        self._client, self.executes = client, executes

    async def judged(self, answer: Answer, registry: Registry, *, execute: bool, confirmed: bool = False) -> Judged:
        """The answer, refused where the rules forbid what it proposes; its actions are done where that is asked for.

        Raises Unavailable where the automation worker does not answer: nothing goes out unjudged.
        """
        if answer.automation is not None:
            verdict = await self._verdict(ValidateRequest(automation=answer.automation))
            return Judged(_wished(answer, verdict))
        if not answer.actions:
            return Judged(answer)
        verdict = await self._verdict(ValidateRequest(actions=[each.model_dump() for each in answer.actions]))
        if not (verdict.valid and verdict.safe):
            return Judged(_refused(answer, verdict))
        if not (execute and self.executes):
            return Judged(answer)
        if not confirmed and (verdict.confirm or _weighty(answer.actions, registry)):
            return Judged(_confirmation(answer))
        return await self._done(answer, confirmed=confirmed)

    async def _verdict(self, request: ValidateRequest) -> ValidateResponse:
        try:
            return await self._client.request(automation.VALIDATE, request, timeout=PATIENCE)
        except (NoWorker, BrokerError) as error:
            raise Unavailable(
                f"The automation worker, which judges orders and wishes, does not answer: {error}"
            ) from None

    async def _done(self, answer: Answer, *, confirmed: bool) -> Judged:
        request = ActRequest(actions=list(answer.actions), confirm=confirmed)
        try:
            done = await self._client.request(acting.ACT, request)
        except RequestError as error:
            return Judged(replace(answer, text=f"{answer.text} It was not done: {error.message}"))
        if done.status is ActStatus.DONE:
            return Judged(answer, executed=True)
        if done.status is ActStatus.CONFIRMATION:
            return Judged(_confirmation(answer))
        if done.status is ActStatus.REFUSED:
            return Judged(replace(answer, status=QueryStatus.REFUSED, text=done.message, actions=()))
        return Judged(replace(answer, text=f"{answer.text} {done.message}"), executed=done.executed)


def _wished(answer: Answer, verdict: ValidateResponse) -> Answer:
    """A wish with what it does in plain words, as the rules for automations see it."""
    if not (verdict.valid and verdict.safe):
        return _refused(answer, verdict)
    told = f"{answer.text} {verdict.explanation}" if verdict.explanation else answer.text
    return replace(answer, text=told)


def _refused(answer: Answer, verdict: ValidateResponse) -> Answer:
    """The answer without what it proposed, and why."""
    errors = [each.message for each in verdict.findings if each.severity is FindingSeverity.ERROR]
    reason = " ".join(dict.fromkeys(errors)) or "It would not work in this home."
    return replace(
        answer, status=QueryStatus.REFUSED, text=f"I won't do that. {reason}", actions=(), automation=None, result=None
    )


def _confirmation(answer: Answer) -> Answer:
    """The question whether it shall be done; nothing is proposed until it is answered."""
    question = f"{answer.text} Shall I?"
    options = [Option(label="yes", value=True), Option(label="no", value=False)]
    return replace(
        answer, status=QueryStatus.CLARIFICATION, text=question, actions=(),
        clarifications=(Clarification(id=CONFIRM, question=question, options=options),),
    )  # fmt: skip


def _weighty(actions: tuple[Action, ...], registry: Registry) -> bool:
    """Whether they move locks, alarms, garage doors or gates."""
    for action in actions:
        domain = action.action.partition(".")[0]
        if domain in _ALWAYS_CONFIRMED:
            return True
        for entity_id in action.target.get("entity_id", ()) if domain == "cover" else ():
            entity = registry.entities.get(entity_id)
            if entity is not None and entity.device_class in _CONFIRMED_COVERS:
                return True
    return False
