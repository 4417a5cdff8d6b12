"""Takes whole days out of a SQLite history, and the texts of states that nobody names any more."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from shared.history.batch import DAY_TICKS
from shared.history.sqlite.file import ROWS_AT_ONCE, day_rows, numbers
from shared.history.sqlite.reading import ticks

FEW_STATES: Final = 10_000
"""Up to so many different states stay, though nobody names them: they take less than looking for them."""

_USED = "SELECT group_concat(DISTINCT state) FROM events WHERE day = ?"


@dataclass(frozen=True, slots=True)
class Unused:
    """Numbers of states that no event had, and the days as they were then."""

    states: NDArray[np.int64]
    days: dict[int, Any]


def days_before(connection: sqlite3.Connection, before: float) -> list[int]:
    """The days that end at or before a moment, in seconds."""
    end = ticks(before, 0) // DAY_TICKS
    return [day for (day,) in connection.execute("SELECT day FROM days WHERE day < ? ORDER BY day", (end,))]


def forget_day(connection: sqlite3.Connection, day: int) -> int:
    """Delete one day, within a transaction. Gives how many events it had."""
    entities = "SELECT DISTINCT entity FROM events WHERE day = ?"
    connection.execute(f"DELETE FROM entity_days WHERE entity IN ({entities}) AND day = ?", (day, day))  # noqa: S608
    gone = connection.execute("DELETE FROM events WHERE day = ?", (day,)).rowcount
    connection.execute("DELETE FROM contexts WHERE day = ?", (day,))
    connection.execute("DELETE FROM days WHERE day = ?", (day,))
    return gone


def unused_states(connection: sqlite3.Connection) -> Unused | None:
    """States that no event has, 50,000 at most, found in a transaction a day; None where there is no need to look."""
    ids = np.array([each for (each,) in connection.execute("SELECT id FROM states")], dtype=np.int64)
    if len(ids) <= FEW_STATES:
        return None
    days = day_rows(connection)
    for day in days:
        ids = np.setdiff1d(ids, _used(connection, day), assume_unique=True)
    return Unused(ids[:ROWS_AT_ONCE], days)


def forget_states(connection: sqlite3.Connection, unused: Unused) -> None:
    """Delete them, within a transaction, save those that days which have changed since have now."""
    ids = unused.states
    for day, rows in day_rows(connection).items():
        if unused.days.get(day) != rows:
            ids = np.setdiff1d(ids, _used(connection, day), assume_unique=True)
    connection.executemany("DELETE FROM states WHERE id = ?", ((each,) for each in ids.tolist()))


def _used(connection: sqlite3.Connection, day: int) -> NDArray[np.int64]:
    return numbers(connection.execute(_USED, (day,)).fetchone()[0])
