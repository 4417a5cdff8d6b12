"""The history in a SQLite file of its own: one table of state changes, in the order of time.

A plain store: synchronous, for threads. It is in WAL mode and writes in short transactions, so that readers wait for
nobody. A row is told apart by entity, time and state: the same row again changes nothing.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Final, NamedTuple, Self, TypeAlias

from shared.database_pool import BUSY_TIMEOUT, prepare_sqlite_file, translated
from shared.errors import DatabaseError

EventRow: TypeAlias = tuple[float, str, str, str | None, str | None]
"""When (seconds since 1970, UTC), entity id, state, the user who did it, and the context that caused it."""

VERSION: Final = 1
"""Of the schema, in the file's `user_version`."""
ROWS_AT_ONCE: Final = 5_000
"""Rows of one transaction, and of one read."""

_MICROSECONDS = 1_000_000
_PAGE_CACHE_KIB = 16_384

_SCHEMA = (
    "CREATE TABLE entities (id INTEGER PRIMARY KEY, entity_id TEXT NOT NULL UNIQUE)",
    # Ordered by time, and nothing else, so that a row is there once and reads go straight on.
    """
    CREATE TABLE events (
        at INTEGER NOT NULL,
        entity INTEGER NOT NULL REFERENCES entities,
        state TEXT NOT NULL,
        context_user TEXT,
        context_parent TEXT,
        PRIMARY KEY (at, entity, state)
    ) WITHOUT ROWID
    """,
    f"PRAGMA user_version = {VERSION}",
)
_ENTITY = "INSERT INTO entities (entity_id) VALUES (?) ON CONFLICT DO NOTHING"
_EVENT = """
    INSERT INTO events (at, entity, state, context_user, context_parent)
    VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
"""
# A row value goes on after the last row that was read, without an open statement that would hold the WAL back.
_PAGE = """
    SELECT at, entity, state, context_user, context_parent, entity_id
    FROM events CROSS JOIN entities ON entities.id = events.entity
    WHERE (at, entity, state) > (?, ?, ?) AND at < ? ORDER BY at, entity, state LIMIT ?
"""
_ENTITIES = "SELECT entity_id, id FROM entities ORDER BY entity_id"
_BEFORE_ALL = -(2**63)
_AFTER_ALL = 2**63 - 1


class Span(NamedTuple):
    """The first and the last time in the history (seconds since 1970, UTC; None where it is empty), and its size."""

    first: float | None
    last: float | None
    rows: int


class History:
    """The history in one file, made where it is missing (mode 0600). Any thread may call; calls block.

    One connection writes, one thread at a time; each read has its own for as long as it lasts. Everything raises
    DatabaseError, in one sentence, where the file can't be used or was made by a newer HomeIQ. Close it in the end.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writing = Lock()
        prepare_sqlite_file(path)
        with translated(path):
            self._writer = _connect(path)
        try:
            self._set_up()
        except BaseException:
            self._writer.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file. Reads that run go on to their end."""
        with self._writing:
            self._writer.close()

    def append(self, rows: Iterable[EventRow]) -> int:
        """Add rows in any order, 5,000 a transaction. Gives how many were new."""
        source = iter(rows)
        new = 0
        while batch := list(islice(source, ROWS_AT_ONCE)):
            with self._writing, translated(self._path), _transaction(self._writer):
                new += self._insert(batch)
        return new

    def events(self, since: float | None = None, until: float | None = None) -> Iterator[EventRow]:
        """The rows from `since` up to before `until` in the order of time; rows of one time by entity and state.

        Read in steps: a row that is added meanwhile is seen where it lies ahead.
        """
        last: tuple[int, int, str] = (_BEFORE_ALL if since is None else _ticks(since), _BEFORE_ALL, "")
        end = _AFTER_ALL if until is None else _ticks(until)
        with closing(self._reader()) as connection:
            while True:
                with translated(self._path):
                    page = connection.execute(_PAGE, (*last, end, ROWS_AT_ONCE)).fetchall()
                for at, _, state, user, parent, entity_id in page:
                    yield at / _MICROSECONDS, entity_id, state, user, parent
                if len(page) < ROWS_AT_ONCE:
                    return
                last = page[-1][:3]

    def span(self) -> Span:
        """From when to when the history goes, and how many rows it has."""
        with translated(self._path), closing(self._reader()) as connection:
            # In one transaction, so that the three belong together; min and max each take one step, the count all.
            connection.execute("BEGIN")
            first, last = connection.execute(
                "SELECT (SELECT min(at) FROM events), (SELECT max(at) FROM events)"
            ).fetchone()
            (count,) = connection.execute("SELECT count(*) FROM events").fetchone()
        return Span(_seconds(first), _seconds(last), count)

    def counts(self) -> dict[str, int]:
        """How many rows each entity has."""
        with translated(self._path), closing(self._reader()) as connection:
            # Twice as fast as GROUP BY, which sorts.
            found = Counter(entity for (entity,) in connection.execute("SELECT entity FROM events"))
            return {name: found[entity] for name, entity in connection.execute(_ENTITIES) if entity in found}

    def _insert(self, batch: Sequence[EventRow]) -> int:
        self._writer.executemany(_ENTITY, {(row[1],) for row in batch})
        ids = dict(self._writer.execute(_ENTITIES))
        rows = [(_ticks(at), ids[entity_id], state, user, parent) for at, entity_id, state, user, parent in batch]
        return self._writer.executemany(_EVENT, rows).rowcount

    def _set_up(self) -> None:
        with translated(self._path), _transaction(self._writer):
            (version,) = self._writer.execute("PRAGMA user_version").fetchone()
            if version == VERSION:
                return
            if version > VERSION:
                raise DatabaseError(
                    f"{self._path} was made by a newer HomeIQ (version {version}, this one knows {VERSION}): "
                    "install the newer HomeIQ again."
                )
            if self._writer.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                raise DatabaseError(f"{self._path} is the database of another program: move it away.")
            for statement in _SCHEMA:
                self._writer.execute(statement)

    def _reader(self) -> sqlite3.Connection:
        with translated(self._path):
            connection = _connect(self._path)
            connection.execute("PRAGMA query_only = ON")
        return connection


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(f"PRAGMA cache_size = -{_PAGE_CACHE_KIB}")
    return connection


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a full disk has SQLite roll back itself
            connection.execute("ROLLBACK")
        raise


def _ticks(seconds: float) -> int:
    """Microseconds since 1970: whole numbers, so that one moment is one value however it was written."""
    return round(seconds * _MICROSECONDS)


def _seconds(ticks: int | None) -> float | None:
    return None if ticks is None else ticks / _MICROSECONDS
