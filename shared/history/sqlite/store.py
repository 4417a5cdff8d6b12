"""The history in a SQLite file of its own, in WAL mode: readers and the writer wait for nobody."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import Any

from shared.database_pool import prepare_sqlite_file, translated
from shared.errors import DatabaseError
from shared.history.batch import DAY_TICKS, Batch
from shared.history.columns import Columns
from shared.history.event import Event, Span
from shared.history.history import History
from shared.history.sqlite import conversion, last_events, renaming, retention
from shared.history.sqlite.appending import Appender
from shared.history.sqlite.file import (
    ENTITIES,
    ROWS_AT_ONCE,
    TABLES,
    connect,
    set_version,
    transaction,
    version_of,
)
from shared.history.sqlite.reading import Reading, ticks

_TICKS_A_SECOND = 1_000_000
_SPAN = """
    SELECT
        (SELECT day * :day + first FROM days ORDER BY day LIMIT 1),
        (SELECT day * :day + last FROM days ORDER BY day DESC LIMIT 1),
        (SELECT coalesce(sum(events), 0) FROM days)
"""
_MARKS = "SELECT day, events, mark FROM days WHERE day >= ? ORDER BY day"
_COUNTS = """
    SELECT entity_id, amount FROM (SELECT entity, sum(events) AS amount FROM entity_days GROUP BY entity)
    JOIN entities ON entities.id = entity ORDER BY entity_id
"""


class SqliteHistory(History):
    """The history in one file, made where it is missing (mode 0600), converted where an older HomeIQ made it.

    One connection writes, one thread at a time, 50,000 rows a transaction; each read has its own for as long as it
    lasts, and a transaction a day. What `append` has returned for survives a power cut. Raises DatabaseError where the
    file can't be used or was made by a newer HomeIQ, and InvalidRequest for an event that has no time.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writing = Lock()
        self._trouble: str | None = None
        self._new = 0
        prepare_sqlite_file(path)
        with translated(path):
            self._writer = connect(path)
        try:
            with translated(path):
                _set_up(self._writer, path)
                self._appender = Appender(self._writer)
        except BaseException:
            self._writer.close()
            raise

    def close(self) -> None:
        """Let go of the file. Reads that run go on to their end."""
        with self._writing:
            self._writer.close()

    def append(self, events: Iterable[Event]) -> int:
        """Keep events that come in any order; they are safe when it returns. Gives how many were new.

        Raises InvalidRequest for a time that is none, and keeps nothing of its 50,000 events.
        """
        source = iter(events)
        batch, new = list(islice(source, ROWS_AT_ONCE)), 0
        while batch:
            following = list(islice(source, ROWS_AT_ONCE))
            new += self._append(Batch.of(batch), last=not following)
            batch = following
        return new

    def read(
        self, since: float | None = None, until: float | None = None, entity_ids: Collection[str] | None = None
    ) -> Columns:
        """A range as arrays; of some entities only, where they are named."""
        with self._reader() as connection:
            reading = Reading.of(connection, since, until, entity_ids)
            return reading.columns(list(reading.parts()))

    def days(self, since: float | None = None, until: float | None = None) -> Iterator[Columns]:
        """A range as arrays, one UTC day after the other; days without events are left out."""
        with self._reader() as connection:
            reading = Reading.of(connection, since, until)
            days = reading.days()
        for day, events in days:
            with self._reader() as connection:
                reading = Reading.of(connection, since, until)
                columns = reading.columns(list(reading.day(day, events)))
            if len(columns):
                yield columns

    def last_before(self, at: float, entity_ids: Collection[str]) -> dict[str, Event]:
        """The last event of each of these entities before a moment; a few steps for each of them."""
        with self._reader() as connection:
            return last_events.last_before(connection, at, entity_ids)

    def span(self) -> Span:
        """From when to when the history goes, and how many events it has."""
        with self._reader() as connection:
            first, last, rows = connection.execute(_SPAN, {"day": DAY_TICKS}).fetchone()
        return Span(_seconds(first), _seconds(last), rows)

    def counts(self) -> dict[str, int]:
        """How many events each entity has."""
        with self._reader() as connection:
            return dict(connection.execute(_COUNTS))

    def marks(self, since: float | None = None) -> dict[int, str]:
        """A mark for each UTC day with events, by its number since 1970; one row a day is read."""
        day = ticks(since, 0) // DAY_TICKS if since is not None else 0
        with self._reader() as connection:
            return {day: f"{events} {mark}" for day, events, mark in connection.execute(_MARKS, (day,))}

    def forget(self, before: float) -> int:
        """Retention: forget the whole UTC days that end at or before this moment. Gives how many events went.

        A transaction a day. The file does not shrink: later days take the room.
        """
        with self._reader() as connection:
            days = retention.days_before(connection, before)
        gone = 0
        for day in days:
            with self._change():
                gone += retention.forget_day(self._writer, day)
                self._appender.forget()
        if days:
            with self._reader() as connection:
                unused = retention.unused_states(connection)
            if unused is not None:
                with self._change():
                    retention.forget_states(self._writer, unused)
                    self._appender.forget()
        return gone

    def rename(self, old: str, new: str) -> bool:
        """An entity has another id now: give it its past, in one transaction."""
        with self._change():
            self._appender.forget()
            return renaming.rename(self._writer, old, new)

    def figures(self) -> dict[str, Any]:
        """The store, its size on the disk in MB, and how many events were new since the start."""
        size = sum(file.stat().st_size for each in ("", "-wal") if (file := Path(f"{self._path}{each}")).exists())
        return {"store": "sqlite", "size_mb": round(size / 1e6, 1), "new_events": self._new}

    def trouble(self) -> str | None:
        """Why the last write failed; None where it did not."""
        return self._trouble

    def _append(self, batch: Batch, *, last: bool) -> int:
        with self._change(durable=last):
            new = self._appender.append(batch)
            if last and not new:
                # An empty commit would not sync what was committed before it.
                set_version(self._writer)
        self._new += new
        return new

    @contextmanager
    def _change(self, *, durable: bool = False) -> Iterator[None]:
        """A transaction of the writer; what a durable one commits survives a power cut, and all before it too."""
        with self._writing:
            try:
                with translated(self._path):
                    self._writer.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
                    with transaction(self._writer):
                        yield
            except BaseException as error:
                self._appender.forget()
                if isinstance(error, DatabaseError):
                    self._trouble = str(error)
                raise
            self._trouble = None

    @contextmanager
    def _reader(self) -> Iterator[sqlite3.Connection]:
        with translated(self._path), closing(connect(self._path, read_only=True)) as connection:
            yield connection


def _set_up(connection: sqlite3.Connection, path: Path) -> None:
    with transaction(connection):
        version = version_of(connection, path)
        if version == conversion.PLAIN:
            conversion.begin(connection)
        elif version == conversion.UNMARKED:
            conversion.mark_days(connection)
        elif not version:
            for statement in (ENTITIES, *TABLES):
                connection.execute(statement)
            set_version(connection)
    if version == conversion.PLAIN:
        conversion.finish(connection, path)


def _seconds(ticks: int | None) -> float | None:
    return None if ticks is None else ticks / _TICKS_A_SECOND
