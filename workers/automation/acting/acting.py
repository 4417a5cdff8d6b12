"""Doing an order at Home Assistant: action after action, up to the first that it does not do."""

from __future__ import annotations

from contracts.acting import Action, ActRequest
from shared.bus.outside import OutsideCalls
from shared.bus.requests import Call
from shared.errors import RequestError, Unavailable, outcome_unknown, unknown_outcome
from shared.homeassistant.websocket import HomeAssistant
from workers.automation.acting.act_store import ActStore
from workers.automation.acting.outcome import Order, Outcome, done, failed, unknown, withheld
from workers.automation.acting.service_call import ServiceCall, answered, intent_of
from workers.automation.verdict import Verdict
from workers.automation.writing.actions import write_actions


class Acting:
    """Does orders at one Home Assistant; without one (`client` None) it judges, and does nothing."""

    def __init__(self, client: HomeAssistant | None, outside: OutsideCalls, acts: ActStore) -> None:
        self._client, self._outside, self._acts = client, outside, acts

    async def order(self, request: ActRequest, call: Call) -> Order:
        """The order that a request stands for. Raises as `ActStore.proposed`."""
        actions = request.actions
        if actions is None:
            actions = await self._acts.proposed(request.query_id or "")
        return Order(
            call.effect_id, call.correlation_id, call.route.caller, tuple(actions), request.query_id, request.confirm
        )

    async def carry_out(self, order: Order, verdict: Verdict) -> Outcome:
        """Do an order that was judged, each action at most once, also after a crash.

        Raises Unavailable where Home Assistant is away and nothing was done, and with an unknown outcome where it did
        not say whether one was done.
        """
        if (outcome := withheld(order, verdict)) is not None:
            return outcome
        if self._client is None:
            raise Unavailable("no Home Assistant is connected: set HA_URL and HA_TOKEN for the automation worker")
        for number, action in enumerate(as_judged(verdict)):
            call = ServiceCall(self._client, action)
            try:
                await self._outside.once(f"{order.act_id}/{number}", call, intent_of(action))
            except RequestError as error:
                return await self._ended(order, number, error)
        return done(order, verdict)

    async def _ended(self, order: Order, before: int, error: RequestError) -> Outcome:
        """What an order comes to whose action has failed."""
        if outcome_unknown(error):
            outcome = unknown(order, before)
            await self._acts.add_alone(outcome)
            raise unknown_outcome(outcome.message) from None
        if not before and not answered(error):
            raise error
        return failed(order, before, error)


def as_judged(verdict: Verdict) -> list[Action]:
    """The calls of an order as the rules have read them: nothing else is sent."""
    return [] if verdict.plan is None else [Action.model_validate(each) for each in write_actions(verdict.plan.actions)]
