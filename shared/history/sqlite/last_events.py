"""The last events of entities before a moment, by a few seeks for each."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection

from shared.history.batch import DAY_TICKS
from shared.history.event import Event
from shared.history.sqlite.packed_ids import unpack_hex, unpack_ulids
from shared.history.sqlite.reading import numbers_of, ticks

_TICKS_A_SECOND = 1_000_000
_DAY = "SELECT day FROM entity_days WHERE entity = ? AND day <= ? ORDER BY day DESC LIMIT 1"
_EVENT = """
    SELECT at, states.state, user_id, parent_id, context_id
    FROM events JOIN states ON states.id = events.state
    LEFT JOIN contexts ON contexts.day = events.day AND contexts.id = events.context
    WHERE events.day = :day AND entity = :entity AND at = (
        SELECT max(at) FROM events WHERE day = :day AND entity = :entity AND at < :until
    )
    ORDER BY states.state DESC LIMIT 1
"""


def last_before(connection: sqlite3.Connection, at: float, entity_ids: Collection[str]) -> dict[str, Event]:
    """The last event of each entity before `at`, in seconds; of several at one time the last by its state."""
    until = ticks(at, 0)
    found = {}
    for entity_id, number in numbers_of(connection, entity_ids).items():
        event = _last(connection, until, entity_id, number)
        if event is not None:
            found[entity_id] = event
    return found


def _last(connection: sqlite3.Connection, until: int, entity_id: str, number: int) -> Event | None:
    day = until // DAY_TICKS
    while (row := connection.execute(_DAY, (number, day)).fetchone()) is not None:
        (day,) = row
        values = {"day": day, "entity": number, "until": until - day * DAY_TICKS}
        event = connection.execute(_EVENT, values).fetchone()
        if event is not None:
            at, state, user, *ids = event
            parent, own = unpack_ulids(ids)
            return Event((day * DAY_TICKS + at) / _TICKS_A_SECOND, entity_id, state, unpack_hex(user), parent, own)
        day -= 1
    return None
