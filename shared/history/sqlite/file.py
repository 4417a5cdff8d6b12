"""The file of the SQLite history: its tables, and how it is opened and written to.

A UTC day of events lies in one stretch, ordered by entity and time: who asks for one entity seeks once a day, a range
reads whole stretches, live events touch the last one only, and retention cuts off the first. `contexts` belong to a day
too, so that they go with it. `days` and `entity_days` count what there is, in the transactions that change it; the
`mark` of a day is another number whenever its events change.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from shared.database_pool import BUSY_TIMEOUT
from shared.errors import DatabaseError

VERSION: Final = 3
"""Of the schema, in the file's `user_version`."""
ROWS_AT_ONCE: Final = 50_000
"""Rows of one transaction."""

_PAGE_CACHE_KIB = 16_384
_ROWS_A_STATEMENT = 200

TABLES: Final = (
    # `at` is in microseconds since the day began, `day` in days since 1970 (UTC).
    """
    CREATE TABLE events (
        day INTEGER NOT NULL,
        entity INTEGER NOT NULL REFERENCES entities,
        at INTEGER NOT NULL,
        state INTEGER NOT NULL REFERENCES states,
        context INTEGER,
        PRIMARY KEY (day, entity, at, state)
    ) WITHOUT ROWID
    """,
    # A number that was a state's is no other's later: who reads looks names up after the events.
    "CREATE TABLE states (id INTEGER PRIMARY KEY AUTOINCREMENT, state TEXT NOT NULL UNIQUE)",
    # Identifiers of 16 bytes are blobs (`packed_ids`), others text.
    """
    CREATE TABLE contexts (
        day INTEGER NOT NULL,
        id INTEGER NOT NULL,
        user_id, parent_id, context_id,
        PRIMARY KEY (day, id)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE days (
        day INTEGER PRIMARY KEY, events INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
        mark INTEGER NOT NULL DEFAULT 0
    )
    """,
    """
    CREATE TABLE entity_days (
        entity INTEGER NOT NULL,
        day INTEGER NOT NULL,
        events INTEGER NOT NULL,
        last INTEGER NOT NULL,
        PRIMARY KEY (entity, day)
    ) WITHOUT ROWID
    """,
)
ENTITIES: Final = "CREATE TABLE entities (id INTEGER PRIMARY KEY, entity_id TEXT NOT NULL UNIQUE)"


def connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """A connection that opens its transactions itself and may go from thread to thread."""
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute(f"PRAGMA cache_size = -{_PAGE_CACHE_KIB}")
    if read_only:
        connection.execute("PRAGMA query_only = ON")
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """A transaction that holds the write lock from its start; rolled back on any error."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a full disk has SQLite roll back itself
            connection.execute("ROLLBACK")
        raise


def version_of(connection: sqlite3.Connection, path: Path) -> int:
    """The version of the schema; 0 where the file is empty. Raises DatabaseError where it is not ours to use."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        raise DatabaseError(
            f"{path} was made by a newer HomeIQ (version {version}, this one knows {VERSION}): "
            "install the newer HomeIQ again."
        )
    if not version and connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise DatabaseError(f"{path} is the database of another program: move it away.")
    return int(version)


def set_version(connection: sqlite3.Connection) -> None:
    """Write the version, which always writes a page."""
    connection.execute(f"PRAGMA user_version = {VERSION}")


def insert(connection: sqlite3.Connection, into: str, columns: Sequence[NDArray[np.int64]]) -> None:
    """Insert rows of whole numbers, `into` being a table with its columns; 0 in a column named `context` is NULL.

    200 rows a statement take half the time of one row a statement.
    """
    values = into[into.index("(") + 1 : -1].split(",")
    row = f"({', '.join('nullif(?, 0)' if each.strip() == 'context' else '?' for each in values)})"
    table = np.stack(columns, axis=1)
    whole = len(table) - len(table) % _ROWS_A_STATEMENT
    many = ", ".join([row] * _ROWS_A_STATEMENT)
    width = table.shape[1] * _ROWS_A_STATEMENT
    connection.executemany(f"INSERT INTO {into} VALUES {many}", table[:whole].reshape(-1, width).tolist())  # noqa: S608
    connection.executemany(f"INSERT INTO {into} VALUES {row}", table[whole:].tolist())  # noqa: S608


def numbers(text: str | None) -> NDArray[np.int64]:
    """The numbers that SQL's group_concat has joined: three times as fast as rows of Python's."""
    return np.fromstring(text or "", dtype=np.int64, sep=",")


def day_rows(connection: sqlite3.Connection) -> dict[int, tuple[int, Any, Any]]:
    """Of each day how many events it has, and the first and the last time in it."""
    return {day: rest for day, *rest in connection.execute("SELECT day, events, first, last FROM days")}
