"""Writes batches of events into the tables of a SQLite history, each event once."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.errors import InvalidRequest
from shared.history.batch import MILLISECOND, Batch, Rows
from shared.history.event import Context
from shared.history.sqlite.file import insert, numbers
from shared.history.sqlite.numbering import Contexts, Names

_EVENTS = "events (day, entity, at, state, context)"
_ASKED = """
    CREATE TEMP TABLE IF NOT EXISTS asked (
        place INTEGER PRIMARY KEY, day INTEGER, entity INTEGER, state INTEGER, low INTEGER, at INTEGER, high INTEGER
    )
"""
# A whole millisecond is any time in it; any other time is itself, or its whole millisecond where that is stored.
_STORED = """
    SELECT group_concat(place), group_concat(at), group_concat(weight) FROM (
        SELECT asked.place, events.at,
            (events.context IS NOT NULL) + (contexts.context_id IS NOT NULL) AS weight
        FROM asked CROSS JOIN events
            ON events.day = asked.day AND events.entity = asked.entity
            AND events.at BETWEEN asked.low AND asked.high AND events.state = asked.state
        LEFT JOIN contexts ON contexts.day = events.day AND contexts.id = events.context
        WHERE events.at IN (asked.low, asked.at) OR asked.high > asked.at
        ORDER BY asked.place, events.at != asked.at, events.at
    )
"""
_LAST = "SELECT last FROM entity_days WHERE entity = ? AND day = ?"
_FILL_IN = "UPDATE events SET context = ? WHERE day = ? AND entity = ? AND at = ? AND state = ?"
_MARK = "UPDATE days SET mark = random() WHERE day = ?"
_COUNT_DAY = """
    INSERT INTO days VALUES (?, ?, ?, ?, random()) ON CONFLICT (day) DO UPDATE SET
    events = events + excluded.events, first = min(first, excluded.first), last = max(last, excluded.last),
    mark = excluded.mark
"""
_COUNT_ENTITY_DAY = """
    INSERT INTO entity_days VALUES (?, ?, ?, ?) ON CONFLICT (entity, day) DO UPDATE SET
    events = events + excluded.events, last = max(last, excluded.last)
"""


@dataclass(slots=True)
class _Stored:
    """What is there already of some rows: their places, the times that it has, and the weight of its context."""

    places: NDArray[np.int64]
    at: NDArray[np.int64]
    weight: NDArray[np.int64]


class Appender:
    """Adds to the tables by one connection, within transactions that others open."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._entities, self._states = Names("entities", "entity_id"), Names("states", "state")
        self._contexts = Contexts()
        self._version = -1
        connection.execute(_ASKED)

    def forget(self) -> None:
        """Take no number from memory: a transaction was rolled back, or names have been deleted."""
        for each in (self._entities, self._states, self._contexts):
            each.clear()

    def append(self, batch: Batch) -> int:
        """Add what is new, and weightier contexts to what is there. Gives how many were new."""
        rows = self._numbered(batch)
        stored = self._stored(rows)
        new = np.ones(len(rows), dtype=np.bool_)
        new[stored.places] = False
        self._fill_in(rows, stored, batch.context_list)
        self._insert(rows.at_places(np.flatnonzero(new)), batch.context_list)
        return int(new.sum())

    def add(self, batch: Batch) -> None:
        """Add events that are known to be different ones from all that are there."""
        self._insert(self._numbered(batch, each_once=False), batch.context_list)

    def _numbered(self, batch: Batch, *, each_once: bool = True) -> Rows:
        (version,) = self._connection.execute("PRAGMA data_version").fetchone()
        if version != self._version:  # another connection wrote, and may have deleted names
            self.forget()
            self._version = version
        try:
            entities = self._entities.of(self._connection, batch.entity_ids)
            states = self._states.of(self._connection, batch.states)
        except UnicodeEncodeError as error:
            raise InvalidRequest(f"{error.object!r} is no text that can be stored: leave this event out.") from error
        return Rows.of(batch, entities, states, each_once=each_once)

    def _stored(self, rows: Rows) -> _Stored:
        """Which of the rows are there already, asked only where the entity has events as late on that day."""
        moments = rows.at - rows.at % MILLISECOND
        asked = np.flatnonzero(moments <= self._last(rows))
        if not len(asked):
            return _Stored(asked, asked, asked)
        whole = rows.at[asked] % MILLISECOND == 0
        high = rows.at[asked] + np.where(whole, MILLISECOND - 1, 0)
        keys = (asked, rows.day[asked], rows.entity[asked], rows.state[asked], moments[asked], rows.at[asked], high)
        insert(self._connection, "asked (place, day, entity, state, low, at, high)", keys)
        places, at, weight = map(numbers, self._connection.execute(_STORED).fetchone())
        self._connection.execute("DELETE FROM asked")
        # Of several the one of the same time, or else the first in the millisecond.
        places, first = np.unique(places, return_index=True)
        return _Stored(places, at[first], weight[first])

    def _last(self, rows: Rows) -> NDArray[np.int64]:
        """For each row the last time of its entity on its day that is stored; -1 where there is none."""
        starts = rows.starts
        last = []
        for entity, day in zip(rows.entity[starts].tolist(), rows.day[starts].tolist(), strict=True):
            found = self._connection.execute(_LAST, (entity, day)).fetchone()
            last.append(-1 if found is None else found[0])
        return np.repeat(np.array(last, dtype=np.int64), np.diff(np.append(starts, len(rows))))

    def _fill_in(self, rows: Rows, stored: _Stored, context_list: list[Context]) -> None:
        weights = np.array([each.weight for each in context_list], dtype=np.int64)
        fits = weights[rows.context[stored.places]] > stored.weight
        if not fits.any():
            return
        told = rows.at_places(stored.places[fits])
        contexts = self._context_numbers(told, context_list)
        columns = (contexts, told.day, told.entity, stored.at[fits], told.state)
        self._connection.executemany(_FILL_IN, zip(*(each.tolist() for each in columns), strict=True))
        self._connection.executemany(_MARK, ((day,) for day in np.unique(told.day).tolist()))

    def _insert(self, rows: Rows, context_list: list[Context]) -> None:
        if not len(rows):
            return
        contexts = self._context_numbers(rows, context_list)
        insert(self._connection, _EVENTS, (rows.day, rows.entity, rows.at, rows.state, contexts))
        self._count(rows)

    def _context_numbers(self, rows: Rows, context_list: list[Context]) -> NDArray[np.int64]:
        """The number of each row's context on its day; 0 where it has none."""
        found = np.zeros(len(rows), dtype=np.int64)
        known = np.flatnonzero(rows.context)
        if not len(known):
            return found
        keys, places = np.unique(rows.day[known] * len(context_list) + rows.context[known], return_inverse=True)
        days, contexts = np.divmod(keys, len(context_list))
        wanted = [(day, context_list[each]) for day, each in zip(days.tolist(), contexts.tolist(), strict=True)]
        found[known] = np.array(self._contexts.of(self._connection, wanted), dtype=np.int64)[places]
        return found

    def _count(self, rows: Rows) -> None:
        """Count new rows by day, and by entity and day."""
        starts = rows.starts
        ends = np.append(starts[1:], len(rows))
        day, amount, last = rows.day[starts], ends - starts, rows.at[ends - 1]
        entity_days = (rows.entity[starts], day, amount, last)
        self._connection.executemany(_COUNT_ENTITY_DAY, zip(*(each.tolist() for each in entity_days), strict=True))
        days, begin = np.unique(day, return_index=True)
        in_days = (
            days,
            np.add.reduceat(amount, begin),
            np.minimum.reduceat(rows.at[starts], begin),
            np.maximum.reduceat(last, begin),
        )
        self._connection.executemany(_COUNT_DAY, zip(*(each.tolist() for each in in_days), strict=True))
