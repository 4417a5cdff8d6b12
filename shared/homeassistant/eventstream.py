"""Home Assistant's `mqtt_eventstream`: one JSON message an event, with old and new state. Pure."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from contracts.home import ENTITY_ID
from shared.history.event import NOBODY, Context, Event
from shared.home import EntityState, StateChange


@dataclass(frozen=True, slots=True)
class Told:
    """What an event tells: the change for the home as it is, and what belongs into its past."""

    change: StateChange
    before: str | None = None
    """The state before, where one is told."""
    context: Context = NOBODY

    @property
    def event(self) -> Event | None:
        """The event of the past; None where only attributes have changed, the entity is gone, or no time is told."""
        state = self.change.state
        if state is None or state.last_changed is None or state.state == self.before:
            return None
        return Event(
            state.last_changed.timestamp(),
            self.change.entity_id,
            state.state,
            self.context.user_id,
            self.context.parent_id,
            self.context.context_id,
        )


def read_event(payload: bytes) -> Told | None:
    """What a message of the stream tells; None for what is no change of state, or can't be read."""
    if b"state_changed" not in payload:
        return None
    try:
        event = read_json(payload)
    except ValueError:
        return None
    if not isinstance(event, dict) or event.get("event_type") != "state_changed":
        return None
    return read_change(event.get("event_data"))


def read_change(data: Any) -> Told | None:
    """The same of an event's data, which the websocket API tells alike."""
    data = data if isinstance(data, dict) else {}
    entity_id = data.get("entity_id")
    if not isinstance(entity_id, str) or not ENTITY_ID.fullmatch(entity_id):
        return None
    new, old = data.get("new_state"), data.get("old_state")
    if new is None:
        return Told(StateChange(entity_id, None))
    state = read_state(new)
    if state is None:
        return None
    before = old.get("state") if isinstance(old, dict) else None
    return Told(StateChange(entity_id, state), before, _context(new.get("context")))


def _context(fields: Any) -> Context:
    if not isinstance(fields, dict):
        return NOBODY
    found = (fields.get(name) for name in ("user_id", "parent_id", "id"))
    return Context(*(each[:_LONGEST_CONTEXT] if isinstance(each, str) and each else None for each in found))


def read_json(payload: bytes | str) -> Any:
    """What a JSON text says: NaN and Infinity, which Home Assistant writes, are null, since JSON has no such numbers.

    Half a character (a lone surrogate) becomes U+FFFD, and what is nested deeper than 32 levels null: neither could be
    written again. Raises ValueError.
    """
    text = payload if isinstance(payload, str) else payload.decode()
    try:
        found = _DECODER.decode(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if text.count("{") + text.count("[") > _DEEPEST or _SURROGATE.search(text):
        return _writable(found, _DEEPEST)
    return found


def _writable(value: Any, levels: int) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if not isinstance(value, dict | list):
        return value
    if not levels:
        return None
    if isinstance(value, list):
        return [_writable(each, levels - 1) for each in value]
    return {_writable(name, levels): _writable(each, levels - 1) for name, each in value.items()}


def read_state(fields: Any) -> EntityState | None:
    """A state as Home Assistant writes it in events and in its API; None where it is none."""
    if not isinstance(fields, dict) or not isinstance(fields.get("state"), str):
        return None
    attributes = fields.get("attributes")
    return EntityState(
        state=fields["state"],
        attributes=attributes if isinstance(attributes, dict) else {},
        last_changed=read_time(fields.get("last_changed")),
        last_updated=read_time(fields.get("last_updated")),
    )


def read_time(text: Any) -> datetime | None:
    """An ISO 8601 time, in UTC; None where it is none."""
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):  # the year 1 has no hour before its first
        return None


_DECODER = json.JSONDecoder(parse_constant=lambda _: None)
_DEEPEST = 32
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_LONGEST_CONTEXT = 64
"""Characters. Home Assistant's own have 26 and 32."""
