"""Home Assistant's `mqtt_eventstream`: one JSON message an event, with old and new state. Pure."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from contracts.home import ENTITY_ID
from shared.home import EntityState, StateChange


def read_event(payload: bytes) -> StateChange | None:
    """The change of state in an event; None for every other event, and for what can't be read."""
    if b"state_changed" not in payload:
        return None
    try:
        event = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    if not isinstance(event, dict) or event.get("event_type") != "state_changed":
        return None
    data = event.get("event_data")
    data = data if isinstance(data, dict) else {}
    entity_id = data.get("entity_id")
    if not isinstance(entity_id, str) or not ENTITY_ID.fullmatch(entity_id):
        return None
    if data.get("new_state") is None:
        return StateChange(entity_id, None)
    state = read_state(data["new_state"])
    return StateChange(entity_id, state) if state else None


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
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
