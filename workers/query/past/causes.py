"""Who made it so: what the context of an event tells."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from shared.history import Event
from shared.home import Snapshot
from workers.query.past.calendar import Interval
from workers.query.past.ending import Horizon
from workers.query.past.finding import PastFinding
from workers.query.past.moments import when
from workers.query.past.question import PastQuestion
from workers.query.past.records import Past

PERSON: Final = "person"
"""Somebody did it by Home Assistant, and it is not known who."""
AUTOMATION: Final = "automation"
"""An automation or a script did it, and it is not known which one."""
UNKNOWN: Final = "unknown"
"""Home Assistant was not told: it was done by hand, or by the device itself."""

_TICK = 1e-6
_AUTOMATED = ("automation.", "script.")


def who(
    asked: PastQuestion, snapshot: Snapshot, past: Past, interval: Interval | None, horizon: Horizon
) -> PastFinding:
    """Who last made it so: the id of a person, an automation or a script, or a word of these above."""
    found = when(asked, snapshot, past, interval, horizon)
    if found.at is None:
        return found
    events = past.read(found.at, found.at + _TICK, found.about).events()
    causes = [_cause(each, snapshot) for each in events]
    return replace(found, value=next((each for each in causes if each != UNKNOWN), UNKNOWN))


def _cause(event: Event, snapshot: Snapshot) -> str:
    """Who was behind an event. The logbook names the automation in the place of its context."""
    if event.context_parent_id is not None:
        return event.context_parent_id if event.context_parent_id.startswith(_AUTOMATED) else AUTOMATION
    if event.context_user_id is None:
        return UNKNOWN
    return _person(event.context_user_id, snapshot) or PERSON


def _person(user_id: str, snapshot: Snapshot) -> str | None:
    """The person whom a user of Home Assistant is, as the person's attributes tell."""
    for entity_id in snapshot.registry.entities:
        state = snapshot.state(entity_id) if entity_id.startswith("person.") else None
        if state is not None and state.attributes.get("user_id") == user_id:
            return entity_id
    return None
