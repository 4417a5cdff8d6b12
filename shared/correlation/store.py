"""The file of the correlation cache: one SQLite database that all processes of a home share.

A damaged file is moved aside and begun anew; where the disk can't be used, nothing is found and nothing kept until it
can. Neither is ever an error of the caller: it is a cache. Beside the file lies `<file>.stamp`, eight bytes of shared
memory that change after each commit, so that every process sees for 0.05 µs whether there is something new (asking
SQLite by `PRAGMA data_version` costs 6 µs, a `pread` 1 µs and the interpreter lock).
"""

from __future__ import annotations

import os
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

import structlog

from shared.correlation.file import NOWHERE, Place, make_folder, move_aside, no_stamp, place, size, stamp
from shared.correlation.rows import (
    DamagedError,
    Drop,
    Key,
    Row,
    changes,
    count,
    delete,
    insert,
    prepare,
    read,
    tidy,
    transaction,
)
from shared.database_pool import file_lock
from shared.errors import DatabaseError

RETRY_SECONDS: Final = 60.0
"""After so long a disk that could not be used is tried again."""

_BUSY_TIMEOUT = 5.0
_READER_TIMEOUT = 1.0
_TIDY_EVERY = 20_000
_PAGES_TO_CHECKPOINT = 1000


_PRAGMAS = f"""
PRAGMA synchronous=NORMAL;
PRAGMA cell_size_check=ON;
PRAGMA cache_size=-2000;
PRAGMA wal_autocheckpoint={_PAGES_TO_CHECKPOINT};
PRAGMA journal_size_limit=1048576;
"""
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CONSTRAINT}
# SQLite quotes a damaged schema in its message, which the driver then can't decode.
_FAILURES = (sqlite3.Error, OSError, DatabaseError, DamagedError, UnicodeDecodeError)
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}

Moment = tuple[int, int]
"""Which opening of the file, and the number of changes to it: a later moment is greater."""
T = TypeVar("T")
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Change:
    """Where the file stands before and after what we did, and what others dropped since the last look.

    A drop comes with the number of its change.
    """

    before: Moment
    after: Moment
    drops: tuple[tuple[int, Drop], ...] = ()


class CorrelationStore:
    """The rows on disk. For any thread; reading never waits for writing. Nothing here raises because of the disk."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.stamp = no_stamp()
        """`stamp[0]` is another number after each commit of any process."""
        self._writing, self._reading = threading.RLock(), threading.RLock()  # taken in this order
        self._writer: sqlite3.Connection | None = None
        self._reader: sqlite3.Connection | None = None
        self._session, self._place = 0, NOWHERE
        self._retry_at, self._warned = 0.0, False
        self._untidy = _TIDY_EVERY
        self._open()

    @property
    def available(self) -> bool:
        """Whether the disk is in use."""
        return self._reader is not None

    def read(self, key: Key) -> Row | None:
        """The row of a pair, if there is one."""
        return self._attempt(lambda connection: read(connection, key), None)

    def look(self, known: Moment) -> Change | None:
        """What others did since `known`; None where the disk can't be used."""
        if self.available and place(self.file) != self._place:
            self._restart(self._session, damaged=False)
        return self._attempt(lambda connection: self._changes(connection, known), None)

    def write(
        self, known: Moment, drops: Iterable[Drop], rows: Iterable[tuple[Key, Row]], *, now: float, clean: bool = False
    ) -> Change | None:
        """Drop, then write, in one transaction, but leave out what others dropped since `known`.

        From time to time, and with `clean`, what has expired and what is too much is deleted, and rows from the future
        count as stored `now`. None where nothing could be written.
        """
        if self.look(known) is None:
            return None

        def work(connection: sqlite3.Connection) -> Change:
            with transaction(connection):
                change = self._changes(connection, known)
                number = change.before[1] + 1
                connection.execute("UPDATE change SET number = ?", (number,))
                for drop in drops:
                    delete(connection, drop, number)
                dropped = [drop for _, drop in change.drops]
                self._untidy += insert(connection, (each for each in rows if not _gone(each[0], dropped)))
                if clean or self._untidy >= _TIDY_EVERY:
                    tidy(connection, now)
                    self._untidy = 0
            self.stamp[0] = secrets.randbits(64)
            return Change(change.before, (self._session, number), change.drops)

        return self._attempt(work, None, write=True)

    def count(self) -> int:
        """How many rows there are."""
        return self._attempt(count, 0)

    def size(self) -> int:
        """Bytes on disk, the write-ahead log included."""
        return sum(size(Path(f"{self.file}{suffix}")) for suffix in ("", "-wal"))

    def close(self) -> None:
        """Let go of the file. The next call opens it again."""
        with self._writing, self._reading:
            for connection in (self._reader, self._writer):
                if connection is not None:
                    with suppress(sqlite3.Error):
                        connection.close()
            self._reader = self._writer = None
            self.stamp = no_stamp()

    def hold(self) -> None:
        """Close, and keep other threads out until `release`: for a fork, which no connection of SQLite survives."""
        self._writing.acquire()
        self._reading.acquire()
        self.close()

    def release(self) -> None:
        """End `hold`, in the parent and in the child."""
        self._reading.release()
        self._writing.release()

    def _attempt(self, work: Callable[[sqlite3.Connection], T], default: T, *, write: bool = False) -> T:
        if not self.available:
            self._open()
        with self._writing if write else self._reading:
            session, connection = self._session, self._writer if write else self._reader
            if connection is None:
                return default
            try:
                return work(connection)
            except _FAILURES as error:
                failure = error
        self._recover(failure, session)
        return default

    def _recover(self, failure: Exception, session: int) -> None:
        if _code(failure) in _BUSY:
            log.warning("correlation cache is held by another process", file=str(self.file))
        elif _is_damage(failure):
            self._restart(session, damaged=True)
        else:
            with self._writing, self._reading:
                if session == self._session:
                    self._suspend(failure)

    def _restart(self, session: int, *, damaged: bool) -> None:
        with self._writing, self._reading:
            if session != self._session or not self.available:
                return  # another thread has done it
            self.close()
            self._open(damaged=self._place if damaged else NOWHERE)

    def _open(self, damaged: Place = NOWHERE) -> None:
        if time.monotonic() < self._retry_at:
            return
        with self._writing, self._reading:
            if self.available:
                return
            try:
                if not self._session:
                    make_folder(self.file.parent)
                with file_lock(self.file, timeout=_BUSY_TIMEOUT):
                    self._open_sound(damaged)
            except _FAILURES as error:
                self._suspend(error)
            else:
                self._retry_at, self._warned = 0.0, False

    def _open_sound(self, damaged: Place) -> None:
        """Open the file, or a new one where it is damaged, or is the one that was found so."""
        if damaged not in (NOWHERE, place(self.file)):
            damaged = NOWHERE  # another process has replaced it
        if damaged == NOWHERE:
            try:
                self._connect()
            except _FAILURES as error:
                if not _is_damage(error):
                    raise
                self.close()
            else:
                return
        kept = Path(f"{self.file}.damaged")
        move_aside(self.file, kept)
        log.warning(
            "correlation cache was damaged or of another version: begun anew", file=str(self.file), kept=str(kept)
        )
        self._connect()

    def _connect(self) -> None:
        # Never open an existing file but by SQLite: closing it again would drop this process's locks on it.
        with suppress(FileExistsError):
            os.close(os.open(self.file, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        self._writer = _connection(self.file, _BUSY_TIMEOUT)
        prepare(self._writer, self.file)
        reader = _connection(self.file, _READER_TIMEOUT)
        self._writer.text_factory = reader.text_factory = bytes
        self.stamp = stamp(Path(f"{self.file}.stamp"))
        self._session += 1
        self._place = place(self.file)
        self._reader = reader

    def _suspend(self, failure: Exception) -> None:
        self.close()
        self._retry_at = time.monotonic() + RETRY_SECONDS
        if not self._warned:
            log.warning("correlation cache goes on in memory only", file=str(self.file), error=str(failure))
        self._warned = True

    def _changes(self, connection: sqlite3.Connection, known: Moment) -> Change:
        number, drops = changes(connection, known[1])
        moment = (self._session, number)
        return Change(moment, moment, drops)


def _connection(file: Path, timeout: float) -> sqlite3.Connection:
    connection = sqlite3.connect(file, timeout=timeout, isolation_level=None, check_same_thread=False)
    connection.executescript(_PRAGMAS)
    return connection


def _gone(key: Key, dropped: list[Drop]) -> bool:
    return any(drop.covers(key) for drop in dropped)


def _is_damage(failure: Exception) -> bool:
    if isinstance(failure, DamagedError | UnicodeDecodeError):
        return True
    return _code(failure) in _DAMAGED or _extended(failure) == sqlite3.SQLITE_IOERR_SHORT_READ


def _extended(failure: Exception) -> int:
    return int(getattr(failure, "sqlite_errorcode", 0))


def _code(failure: Exception) -> int:
    return _extended(failure) & 0xFF
