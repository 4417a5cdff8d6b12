"""A file of events that wait until InfluxDB takes them, and of those that it will never take."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Final, NamedTuple

from shared.database_pool import BUSY_TIMEOUT, prepare_sqlite_file, translated
from shared.errors import DatabaseError
from shared.history.event import Event
from shared.history.influx.points import Arrivals
from shared.history.sqlite.file import transaction
from shared.history.sqlite.reading import ticks

VERSION: Final = 1
"""Of the schema, in the file's `user_version`."""

_TICKS_A_SECOND = 1_000_000
_BEFORE_ALL, _AFTER_ALL = -(2**63), 2**63 - 1
_COLUMNS = "at, entity_id, state, user_id, parent_id, context_id"
_TABLES = (
    # An id is never given twice: an event that got its context meanwhile is another row than the one that was sent.
    """
    CREATE TABLE waiting (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        at INTEGER NOT NULL, entity_id TEXT NOT NULL, state TEXT NOT NULL,
        user_id TEXT, parent_id TEXT, context_id TEXT,
        UNIQUE (at, entity_id, state)
    )
    """,
    """
    CREATE TABLE rejected (
        id INTEGER PRIMARY KEY,
        at INTEGER NOT NULL, entity_id TEXT NOT NULL, state TEXT NOT NULL,
        user_id TEXT, parent_id TEXT, context_id TEXT,
        reason TEXT NOT NULL, rejected_at REAL NOT NULL
    )
    """,
    f"PRAGMA user_version = {VERSION}",
)
_KEEP = f"INSERT INTO waiting ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"  # noqa: S608
_MAKE_ROOM = """
    DELETE FROM waiting WHERE at = ? AND entity_id = ? AND state = ?
    AND (user_id IS NULL AND parent_id IS NULL OR context_id IS NULL AND ?)
"""
_REJECT = f"INSERT INTO rejected ({_COLUMNS}, reason, rejected_at) SELECT {_COLUMNS}, ?, ? FROM waiting WHERE id = ?"  # noqa: S608
_TRY_AGAIN = f"INSERT INTO waiting ({_COLUMNS}) SELECT {_COLUMNS} FROM rejected WHERE true ON CONFLICT DO NOTHING"  # noqa: S608
_SELECT = f"SELECT id, {_COLUMNS} FROM waiting"  # noqa: S608
_PAGES_TO_GIVE_BACK = 1000


class Waiting(NamedTuple):
    """An event that waits, and the number of its row."""

    id: int
    event: Event


class Spool:
    """The file, made where it is missing (mode 0600). Any thread and any process may use it; a change is synced.

    Raises DatabaseError, in one sentence, where the file can't be used. Close it in the end.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._using = RLock()
        prepare_sqlite_file(path)
        with translated(path):
            self._connection = sqlite3.connect(
                path, timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False
            )
        try:
            with self._change():
                self._set_up()
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        """Let go of the file."""
        with self._using:
            self._connection.close()

    def keep(self, events: Sequence[Event]) -> int:
        """Keep events, each once, in one transaction. Gives how many were new here.

        Raises InvalidRequest for a time that is none, and for what is no text.
        """
        arrivals = Arrivals.of(events)
        columns = (arrivals.ticks.tolist(), arrivals.entity_ids, arrivals.states, arrivals.contexts)
        rows = [(at, entity_id, state, *context) for at, entity_id, state, context in zip(*columns, strict=True)]
        with_context = [(*row[:3], row[5] is not None) for row in rows if row[3] is not None or row[4] is not None]
        with self._change() as connection:
            replaced = connection.executemany(_MAKE_ROOM, with_context).rowcount if with_context else 0
            return connection.executemany(_KEEP, rows).rowcount - replaced

    def any(self) -> bool:
        """Whether anything waits."""
        return bool(self._one("SELECT EXISTS (SELECT 1 FROM waiting)"))

    def count(self) -> int:
        """How many events wait."""
        return self._one("SELECT count(*) FROM waiting")

    def rejected(self) -> int:
        """How many events InfluxDB will never take."""
        return self._one("SELECT count(*) FROM rejected")

    def first(self, amount: int) -> list[Waiting]:
        """Those that wait longest."""
        return self._rows(f"{_SELECT} ORDER BY id LIMIT ?", (amount,))

    def events(
        self, since: float | None = None, until: float | None = None, entity_ids: Collection[str] | None = None
    ) -> list[Event]:
        """What waits of a range, from `since` up to before `until`, in the order of time."""
        bounds = (ticks(since, _BEFORE_ALL), ticks(until, _AFTER_ALL))
        rows = self._rows(f"{_SELECT} WHERE at >= ? AND at < ? ORDER BY at", bounds)
        names = None if entity_ids is None else frozenset(entity_ids)
        return [row.event for row in rows if names is None or row.event.entity_id in names]

    def remove(self, waiting: Sequence[Waiting]) -> None:
        """Forget what was taken. The file gives its room back when nothing waits any more."""
        with self._change() as connection:
            connection.executemany("DELETE FROM waiting WHERE id = ?", ((each.id,) for each in waiting))
        if not self.any():
            with self._using, translated(self.path):
                if self._one("PRAGMA freelist_count") > _PAGES_TO_GIVE_BACK:
                    self._connection.execute("VACUUM")

    def reject(self, waiting: Sequence[Waiting], reason: str) -> None:
        """Put aside what will never be taken."""
        with self._change() as connection:
            connection.executemany(_REJECT, ((reason, time.time(), each.id) for each in waiting))
            connection.executemany("DELETE FROM waiting WHERE id = ?", ((each.id,) for each in waiting))

    def try_rejected_again(self) -> None:
        """Have what was put aside wait again: the bucket may be another one now."""
        if self.rejected():
            with self._change() as connection:
                connection.execute(_TRY_AGAIN)
                connection.execute("DELETE FROM rejected")

    def forget(self, before: int) -> int:
        """Forget what waits from before a time in microseconds since 1970. Gives how many events went."""
        with self._change() as connection:
            return connection.execute("DELETE FROM waiting WHERE at < ?", (before,)).rowcount

    def _set_up(self) -> None:
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        if version > VERSION:
            raise DatabaseError(f"{self.path} was made by a newer HomeIQ: install the newer HomeIQ again.")
        if not version:
            if self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                raise DatabaseError(f"{self.path} is the database of another program: move it away.")
            for statement in _TABLES:
                self._connection.execute(statement)

    def _one(self, query: str) -> int:
        with self._using, translated(self.path):
            return int(self._connection.execute(query).fetchone()[0])

    def _rows(self, query: str, values: Sequence[int]) -> list[Waiting]:
        with self._using, translated(self.path):
            rows = self._connection.execute(query, values).fetchall()
        return [Waiting(number, Event(at / _TICKS_A_SECOND, *rest)) for number, at, *rest in rows]

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        with self._using, translated(self.path):
            self._connection.execute("PRAGMA synchronous = FULL")
            with transaction(self._connection):
                yield self._connection
