"""One call of a service, as Home Assistant is asked for it."""

from __future__ import annotations

from typing import Any, Final

from contracts.acting import Action
from shared.bus.outside import Document, NoAnswerError
from shared.errors import DeadlineExceeded, RequestError, Unavailable
from shared.homeassistant.websocket import HomeAssistant

_PATIENCE: Final = 10.0
"""Seconds for one call."""
_SCRIPT_PATIENCE: Final = 2.0
"""Seconds for a script or an automation: it has begun then, goes on there, and may well take the night."""
_BEGUN: Final = frozenset({"script", "automation"})
ANSWERED: Final = "Home Assistant could not do this"
"""How the client begins where Home Assistant itself says that it has failed."""


class ServiceCall:
    """One action at one Home Assistant. It can be neither repeated nor asked about: a lamp that is toggled twice.

    A script that goes on after `script_patience` seconds counts as done: Home Assistant answers at its end alone.
    """

    name = "Home Assistant"
    repeatable = False

    def __init__(self, client: HomeAssistant, action: Action, script_patience: float = _SCRIPT_PATIENCE) -> None:
        self._client, self._action, self._script_patience = client, action, script_patience

    async def perform(self, key: str, intent: Document) -> Document:  # noqa: ARG002 (what is asked is the action)
        """Do it, and wait for its end. Raises what Home Assistant refuses, NoAnswerError where it does not say."""
        if not self._client.up:
            raise Unavailable(f"Home Assistant is away: {self._client.trouble}")
        domain, _, service = self._action.action.lower().partition(".")
        fields: dict[str, Any] = {"domain": domain, "service": service, "service_data": self._action.data}
        if self._action.target:
            fields["target"] = self._action.target
        begins = domain in _BEGUN
        patience = self._script_patience if begins else _PATIENCE
        try:
            answer = await self._client.request("call_service", timeout=patience, **fields)
        except (DeadlineExceeded, Unavailable) as trouble:
            if answered(trouble):
                raise
            if begins and isinstance(trouble, DeadlineExceeded):
                return {"goes_on": True}
            raise NoAnswerError(trouble.message) from None
        return {"context_id": _context(answer)}


def intent_of(action: Action) -> Document:
    """What is written down of an action: all but a code, which is nobody's business."""
    data = {key: "…" if key == "code" else value for key, value in action.data.items()}
    return action.model_copy(update={"data": data}).model_dump(mode="json")


def answered(error: RequestError) -> bool:
    """Whether it was Home Assistant that said no, rather than nobody who answered."""
    return not isinstance(error, (DeadlineExceeded, Unavailable)) or error.message.startswith(ANSWERED)


def _context(answer: Any) -> str | None:
    context = answer.get("context") if isinstance(answer, dict) else None
    found = context.get("id") if isinstance(context, dict) else None
    return found if isinstance(found, str) else None
