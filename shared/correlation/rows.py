"""The rows of the correlation cache, as SQL: pairs with their values, and what was dropped lately."""

from __future__ import annotations

import sqlite3
import struct
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Final

from shared.errors import DatabaseError

APPLICATION_ID: Final = 0x48495143
SCHEMA_VERSION: Final = 1
MOST_ENTRIES: Final = 200_000
MOST_BYTES: Final = 64 * 1024 * 1024
"""What the file may hold; beyond it the oldest tenth goes."""
CLOCK_SLACK: Final = 1.0
"""Seconds into the future that no clock had to go back for."""

DROPS_KEPT: Final = 10_000
"""Changes after which a drop is no longer told."""
_ROWS_AT_ONCE = 512
_LARGE_ROW = 300

_TABLES = """
CREATE TABLE pair (
    a BLOB NOT NULL,
    b BLOB NOT NULL,
    value TEXT NOT NULL,
    stored_at REAL NOT NULL,
    lifetime REAL NOT NULL,
    checksum INTEGER NOT NULL,
    PRIMARY KEY (a, b)
) WITHOUT ROWID;
CREATE TABLE change (number INTEGER NOT NULL);
CREATE TABLE dropped (number INTEGER NOT NULL, a BLOB, b BLOB);
INSERT INTO change VALUES (0);
"""
_SCHEMA = "\n".join(
    (
        "BEGIN IMMEDIATE;",
        _TABLES,
        f"PRAGMA application_id={APPLICATION_ID};",
        f"PRAGMA user_version={SCHEMA_VERSION};",
        "COMMIT;",
    )
)
_DROPS = "SELECT number, a, b FROM dropped WHERE number > ?"
_READ = "SELECT value, stored_at, lifetime, checksum FROM pair WHERE a = ? AND b = ?"
_WRITE = "INSERT INTO pair (a, b, value, stored_at, lifetime, checksum) VALUES "
_OVERWRITE = """
ON CONFLICT DO UPDATE SET value = excluded.value, stored_at = excluded.stored_at, lifetime = excluded.lifetime,
    checksum = excluded.checksum
"""
_OLDEST = "DELETE FROM pair WHERE (a, b) IN (SELECT a, b FROM pair ORDER BY stored_at LIMIT ?)"

Key = tuple[str, str]


class DamagedError(Exception):
    """What the file holds can't be ours, or not of this version."""


@dataclass(frozen=True, slots=True)
class Row:
    """A value as JSON text, when it was stored (seconds since 1970) and for how many seconds it holds."""

    text: str
    stored_at: float
    lifetime: float


@dataclass(frozen=True, slots=True, eq=False)
class Drop:
    """What is no longer true: one pair, with `a` alone every pair that `a` is in, with neither all of them."""

    a: str | None = None
    b: str | None = None

    def covers(self, key: Key) -> bool:
        """Whether the pair goes with it."""
        return self.a is None or (self.a in key if self.b is None else (self.a, self.b) == key)


def prepare(connection: sqlite3.Connection, file: Path) -> None:
    """Make the tables in an empty file. A database of somebody else is not touched: its path was a mistake."""
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    owner = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if (owner, version) == (APPLICATION_ID, SCHEMA_VERSION):
        return
    if owner != APPLICATION_ID and not all("correlation" in name for name in tables):
        raise DatabaseError(f"{file} is a database of something else: set CORRELATION_CACHE_DB to another file.")
    if tables or owner or version:
        raise DamagedError(f"it has version {version}")
    if connection.execute("PRAGMA journal_mode=WAL").fetchone()[0] != "wal":
        raise DatabaseError(f"{file} must lie on a local disk: its file system has no shared memory.")
    connection.executescript(_SCHEMA)


def read(connection: sqlite3.Connection, key: Key) -> Row | None:
    """The row of a pair. Raises DamagedError where it is not what was written."""
    a, b = _bytes(key[0]), _bytes(key[1])
    found = connection.execute(_READ, (a, b)).fetchone()
    if found is None:
        return None
    value, stored_at, lifetime, checksum = found
    try:
        sound = _checksum(a, b, value, lifetime) == checksum and isinstance(stored_at, float)
    except (TypeError, struct.error):
        sound = False
    if not sound:
        raise DamagedError("a row does not match its checksum")
    return Row(value.decode("ascii"), stored_at, lifetime)


def insert(connection: sqlite3.Connection, rows: Iterable[tuple[Key, Row]]) -> int:
    """Write rows over what was there; gives their number, a large one counted as several.

    Many go with one statement: each statement gives the interpreter lock away once, and may wait 5 ms to get it back.
    """
    weight, size = 0, _ROWS_AT_ONCE
    remaining = iter(rows)
    while chunk := list(islice(remaining, _ROWS_AT_ONCE)):
        weight += sum(1 + len(row.text) // _LARGE_ROW for _, row in chunk)
        while chunk:
            while size > len(chunk):
                size //= 2
            parameters = chain.from_iterable(_parameters(*each) for each in chunk[:size])
            connection.execute(_WRITE + ",".join(["(?,?,?,?,?,?)"] * size) + _OVERWRITE, tuple(parameters))
            del chunk[:size]
    return weight


def _parameters(key: Key, row: Row) -> tuple[bytes, bytes, str, float, float, int]:
    a, b = _bytes(key[0]), _bytes(key[1])
    return a, b, row.text, row.stored_at, row.lifetime, _checksum(a, b, row.text.encode("ascii"), row.lifetime)


def _checksum(a: bytes, b: bytes, value: bytes, lifetime: float) -> int:
    """SQLite has none of its own, and a flipped bit in a number is a wrong number."""
    return zlib.crc32(b"%b%b%b%b" % (struct.pack("<d", lifetime), a, b, value))


def delete(connection: sqlite3.Connection, drop: Drop, number: int) -> None:
    """Delete what is dropped, and tell others of it, as change `number`."""
    a = None if drop.a is None else _bytes(drop.a)
    b = None if drop.b is None else _bytes(drop.b)
    if a is None:
        connection.execute("DELETE FROM pair")
    elif b is None:
        connection.execute("DELETE FROM pair WHERE a = ?1 OR b = ?1", (a,))
    else:
        connection.execute("DELETE FROM pair WHERE a = ? AND b = ?", (a, b))
    connection.execute("INSERT INTO dropped VALUES (?, ?, ?)", (number, a, b))
    connection.execute("DELETE FROM dropped WHERE number <= ?", (number - DROPS_KEPT,))


def tidy(connection: sqlite3.Connection, now: float) -> None:
    """Delete what has expired and what is too much; what is from the future counts as stored `now`."""
    connection.execute("UPDATE pair SET stored_at = ?1 WHERE stored_at > ?1 + ?2", (now, CLOCK_SLACK))
    connection.execute("DELETE FROM pair WHERE stored_at + lifetime <= ?", (now,))
    entries, used = count(connection), _used(connection)
    if entries > MOST_ENTRIES or used > MOST_BYTES:
        kept = 0.9 * min(MOST_ENTRIES, entries * MOST_BYTES / used)
        connection.execute(_OLDEST, (entries - int(kept),))


def count(connection: sqlite3.Connection) -> int:
    """How many pairs there are."""
    return int(connection.execute("SELECT count(*) FROM pair").fetchone()[0])


def _used(connection: sqlite3.Connection) -> int:
    """Bytes of the pages in use."""
    pages, free, size = (
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Holds the write lock from its start."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # SQLite has rolled back some errors itself
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
        raise


def changes(connection: sqlite3.Connection, since: int) -> tuple[int, tuple[tuple[int, Drop], ...]]:
    """The number of changes, and what was dropped after the change `since`: everything, where that is too long ago."""
    found = connection.execute("SELECT number FROM change").fetchone()
    if found is None or not isinstance(found[0], int):
        raise DamagedError("its number of changes is lost")
    number = found[0]
    if number <= since:
        return number, ()
    if number - since > DROPS_KEPT:
        return number, ((number, Drop()),)
    rows = connection.execute(_DROPS, (since,)).fetchall()
    return number, tuple((number, Drop(_text(a), _text(b))) for number, a, b in rows)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _text(stored: bytes | None) -> str | None:
    return None if stored is None else stored.decode("utf-8", "surrogatepass")
