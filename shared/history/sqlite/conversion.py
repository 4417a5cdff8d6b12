"""Turns an older history into today's. It may be cut short and goes on.

Version 1 was one plain table; the days of version 2 had no mark.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

from shared.history.batch import Batch
from shared.history.event import Event
from shared.history.sqlite.appending import Appender
from shared.history.sqlite.file import ROWS_AT_ONCE, TABLES, VERSION, set_version, transaction, version_of

PLAIN: Final = 1
"""The version of the plain table."""
UNMARKED: Final = 2
"""The version whose days had no mark."""

_TICKS_A_SECOND = 1_000_000
_IS_THERE = "SELECT count(*) FROM sqlite_master WHERE name = 'plain_events'"
_FIRST = """
    SELECT at, entity, state, entity_id, context_user, context_parent
    FROM plain_events JOIN entities ON entities.id = plain_events.entity ORDER BY at, entity, state LIMIT ?
"""
_MOVED = "DELETE FROM plain_events WHERE (at, entity, state) <= (?, ?, ?)"


def mark_days(connection: sqlite3.Connection) -> None:
    """Give the days a mark, within a transaction."""
    connection.execute("ALTER TABLE days ADD COLUMN mark INTEGER NOT NULL DEFAULT 0")
    set_version(connection)


def begin(connection: sqlite3.Connection) -> None:
    """Put the plain table aside and make the new ones, within a transaction; nothing where that was done."""
    if not connection.execute(_IS_THERE).fetchone()[0]:
        connection.execute("ALTER TABLE events RENAME TO plain_events")
        for statement in TABLES:
            connection.execute(statement)


def finish(connection: sqlite3.Connection, path: Path, *, rows_at_once: int = ROWS_AT_ONCE) -> None:
    """Move all rows, so many a transaction; another process may do the same at the same time."""
    while True:
        with transaction(connection):
            if version_of(connection, path) == VERSION:
                return
            rows = connection.execute(_FIRST, (rows_at_once,)).fetchall()
            if not rows:
                connection.execute("DROP TABLE plain_events")
                set_version(connection)
                return
            events = [
                Event(at / _TICKS_A_SECOND, entity_id, state, user, parent)
                for at, _, state, entity_id, user, parent in rows
            ]
            # A new one each time: another process may have given numbers meanwhile.
            Appender(connection).add(Batch.of(events))
            connection.execute(_MOVED, rows[-1][:3])
