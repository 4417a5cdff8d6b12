"""What the automation worker says of orders and wishes, and what it does of them: asked by message."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

from contracts import acting, automation
from contracts.acting import Action, ActRequest, ActStatus
from contracts.automation import FindingSeverity, ValidateRequest, ValidateResponse
from contracts.query import Clarification, Option, QueryStatus
from shared.bus.client import Client
from shared.errors import BrokerError, DeadlineExceeded, RequestError, Unavailable, outcome_unknown
from shared.home import Registry
from workers.query.answering import Answer
from workers.query.answering.english_orders import doing, must_stay_on
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
        if answer.automation is None and not answer.actions:
            return Judged(answer)
        verdict = await self._verdict(answer)
        if answer.sweeping and (out := _to_be_left_out(verdict)):
            answer = without(answer, out, registry)
            verdict = await self._verdict(answer)
        if not (verdict.valid and verdict.safe):
            return Judged(_refused(answer, verdict))
        if answer.automation is not None:
            return Judged(_told(answer, verdict))
        if not (execute and self.executes):
            return Judged(answer)
        if not confirmed and (verdict.confirm or _weighty(answer.actions, registry)):
            return Judged(_confirmation(answer))
        return await self._done(answer, confirmed=confirmed)

    async def _verdict(self, answer: Answer) -> ValidateResponse:
        if answer.automation is not None:
            request = ValidateRequest(automation=answer.automation)
        else:
            request = ValidateRequest(actions=[each.model_dump() for each in answer.actions])
        try:
            return await self._client.request(automation.VALIDATE, request, timeout=PATIENCE)
        except (RequestError, BrokerError) as error:
            raise Unavailable(
                f"The automation worker, which judges orders and wishes, does not answer: {error}"
            ) from None

    async def _done(self, answer: Answer, *, confirmed: bool) -> Judged:
        request = ActRequest(actions=list(answer.actions), confirm=confirmed)
        try:
            done = await self._client.request(acting.ACT, request)
        except (RequestError, BrokerError) as error:
            return Judged(replace(answer, text=f"{answer.text} {_undone(error)}"))
        if done.status is ActStatus.DONE:
            return Judged(answer, executed=True)
        if done.status is ActStatus.CONFIRMATION:
            return Judged(_confirmation(answer))
        if done.status is ActStatus.REFUSED:
            return Judged(replace(answer, status=QueryStatus.REFUSED, text=done.message, actions=()))
        return Judged(replace(answer, text=f"{answer.text} {done.message}"), executed=done.executed)


def _undone(error: RequestError | BrokerError) -> str:
    """That an order was not done, or that nobody can say whether it was."""
    unknown = isinstance(error, RequestError) and (outcome_unknown(error) or isinstance(error, DeadlineExceeded))
    return f"Whether it was done is not known: {error}" if unknown else f"It was not done: {error}"


def _told(answer: Answer, verdict: ValidateResponse) -> Answer:
    """A wish with what it does in plain words, as the rules for automations see it."""
    return replace(answer, text=f"{answer.text} {verdict.explanation}") if verdict.explanation else answer


def _to_be_left_out(verdict: ValidateResponse) -> frozenset[str]:
    """What must stay on, where that is all that is wrong."""
    errors = [each for each in verdict.findings if each.severity is FindingSeverity.ERROR]
    if not verdict.valid or any(each.code != "critical_off" or not each.entities for each in errors):
        return frozenset()
    return frozenset(entity_id for each in errors for entity_id in each.entities)


def without(answer: Answer, out: frozenset[str], registry: Registry) -> Answer:
    """A proposal without some things, and that they are left out."""
    actions = tuple(Action.model_validate(_spared(each.model_dump(), out)) for each in answer.actions)
    document = _spared(answer.automation, out) if answer.automation is not None else None
    actions = tuple(each for each in actions if each.target.get("entity_id"))
    text = doing(actions, registry) if actions else answer.text
    return replace(
        answer,
        text=f"{text} {must_stay_on(out, registry)}",
        actions=actions,
        automation=document,
        entities=tuple(each for each in answer.entities if each not in out),
    )


def _spared(node: Any, out: frozenset[str]) -> Any:
    """A document whose targets have some entities no more; what triggers and is asked of stays."""
    if isinstance(node, list):
        return [_spared(each, out) for each in node]
    if not isinstance(node, dict):
        return node
    spared = {key: _spared(each, out) for key, each in node.items()}
    target = spared.get("target")
    if isinstance(target, dict) and isinstance(target.get("entity_id"), list):
        spared["target"] = {**target, "entity_id": [each for each in target["entity_id"] if each not in out]}
    return spared


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
