"""What `homeiq import` takes out of a database of somebody else's and lays down for the worker: a SQLite file of ours.

The worker so opens no database that it does not know, and asks no server that a message names.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import lru_cache, partial
from itertools import repeat
from pathlib import Path
from typing import Any, Final

from shared.errors import InvalidRequest, NotFound
from shared.history import Event
from shared.history.batch import ticks_of
from workers.data.entity_ids import EntityIds
from workers.data.moments import EARLIEST, LATEST
from workers.data.tally import BATCH, LONGEST_STATE, Tally

APPLICATION: Final = 0x484F4D45
"""`HOME`, in the header of the file."""
_SCHEMA = f"""
    CREATE TABLE extract.changes (
        id INTEGER PRIMARY KEY,  -- where it stood, which is what a bad one is told by
        at REAL,
        entity_id TEXT,
        state TEXT,
        context_user_id TEXT,
        context_parent_id,
        context_id
    );
    CREATE TABLE extract.whole (rows INTEGER NOT NULL, left_out INTEGER NOT NULL);
    PRAGMA extract.application_id = {APPLICATION};
"""
# A context id is 16 bytes or a text. `whole` has its row when all is there.
_PAGE = """
    SELECT id, at, entity_id, state, context_user_id, context_parent_id, context_id
    FROM changes WHERE id > ? ORDER BY id LIMIT ?
"""
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = [first + second for first in _CROCKFORD for second in _CROCKFORD]
_MICROSECOND = 1e6
_ROWS_A_PAGE = 1_000
"""Of one fetch. So few stay in the cache of the processor: fetching them takes three quarters of the time."""
_BUSY_TIMEOUT = 10.0

_event = partial(tuple.__new__, Event)


class Extract:
    """One file, to be read as a `CsvFile` is. Raises NotFound where it is missing, InvalidRequest where it is no such.

    `skipped` counts what was left out when it was laid down, too.
    """

    def __init__(self, path: Path, *, latest: float = LATEST) -> None:
        self.tally = Tally()
        self._path, self._latest = path, min(latest, LATEST)
        self._entities = EntityIds()
        self._read = 0
        if not path.is_file():
            raise NotFound(f"{path.name} is not there any more: import it again")
        with self._opened() as connection:
            if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION:
                raise InvalidRequest(f"{path.name} was not laid down by `homeiq import`")
            found = connection.execute("SELECT rows, left_out FROM whole").fetchone()
        if found is None:
            raise InvalidRequest(f"{path.name} was not written to its end: import it again")
        self._rows, self.tally.skipped = found
        self.tally.rows = self.tally.skipped

    @property
    def done(self) -> float:
        """How much of the file was read, from 0 to 1."""
        return self._read / self._rows if self._rows else 1.0

    def batches(self) -> Iterator[list[Event]]:
        """The events in the order in which they were laid down, some 10,000 at once. Once."""
        batch: list[Event] = []
        last = -(2**63)
        with self._opened() as connection:
            while page := _fetch(connection, last):
                last = page[-1][0]
                self._read += len(page)
                self.tally.rows += len(page)
                events = self._events(page)
                self.tally.events += len(events)
                batch += events
                if len(batch) >= BATCH:
                    yield batch
                    batch = []
        if batch:
            yield batch

    def _events(self, page: Sequence[tuple[Any, ...]]) -> list[Event]:
        try:
            return self._columnwise(page)
        except (ValueError, TypeError, InvalidRequest):
            return [event for row in page if (event := self._one(row)) is not None]

    def _columnwise(self, page: Sequence[tuple[Any, ...]]) -> list[Event]:
        """The events of rows that are all as they should be. Raises ValueError, TypeError or InvalidRequest else."""
        _, at, entity_ids, states, users, parents, contexts = zip(*page, strict=True)
        times = ticks_of(at) / _MICROSECOND
        in_time = times.min() >= EARLIEST and times.max() <= self._latest
        if None in entity_ids or not in_time or max(map(len, states)) > LONGEST_STATE:
            raise ValueError
        named = map(self._entities.__getitem__, entity_ids)
        told = zip(times.tolist(), named, states, users, _contexts(parents), _contexts(contexts), strict=True)
        return [*map(_event, told)]

    def _one(self, row: tuple[Any, ...]) -> Event | None:
        """The event of one row; None where it is bad, which is counted."""
        if trouble := self._trouble(row):
            self.tally.reject(max(1, row[0]), trouble)
            return None
        (event,) = self._columnwise([row])
        return event

    def _trouble(self, row: tuple[Any, ...]) -> str:
        """What is wrong with a row, if anything."""
        _, at, entity_id, state, *_ = row
        if entity_id is None:
            return "it belongs to no entity"
        if not isinstance(at, float) or not EARLIEST <= at <= LATEST:
            return "it has no time that a home can have"
        if at > self._latest:
            return "it lies in the future"
        if len(state) > LONGEST_STATE:
            return f"the state is longer than {LONGEST_STATE} characters"
        try:
            self._entities[entity_id]
        except ValueError as error:
            return str(error)
        return ""

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        uri = f"{self._path.absolute().as_uri()}?mode=ro&immutable=1"
        try:
            with closing(sqlite3.connect(uri, uri=True, check_same_thread=False)) as connection:
                yield connection
        except sqlite3.Error as error:
            raise InvalidRequest(f"{self._path.name} can't be read ({error}): import it again") from None


@contextmanager
def begun(target: Path) -> Iterator[sqlite3.Connection]:
    """A connection with a new, empty extract as its schema `extract`. It is a draft: a crash may leave it torn."""
    with closing(sqlite3.connect("", isolation_level=None, uri=True, timeout=_BUSY_TIMEOUT)) as connection:
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("ATTACH ? AS extract", (str(target),))
        connection.execute("PRAGMA extract.journal_mode = OFF")
        connection.execute("PRAGMA extract.synchronous = OFF")
        connection.executescript(_SCHEMA)
        yield connection


def complete(connection: sqlite3.Connection, rows: int, left_out: int) -> None:
    """Say that all is there: so many rows, and so many left out."""
    connection.execute("INSERT INTO extract.whole VALUES (?, ?)", (rows, left_out))


def ulid(raw: bytes) -> str:
    """The text of a context id that is kept as 16 bytes: a ULID, as Home Assistant tells it."""
    number = int.from_bytes(raw, "big")
    return "".join([_PAIRS[number >> shift & 1023] for shift in range(120, -1, -10)])


_known = lru_cache(maxsize=50_000)(ulid)


def _contexts(column: Sequence[bytes | str | None]) -> Iterable[str | None]:
    """A column of contexts, most of which are None."""
    if not any(column):
        return repeat(None, len(column))
    return [_known(each) if isinstance(each, bytes) else each for each in column]


def _fetch(connection: sqlite3.Connection, last: int) -> list[tuple[Any, ...]]:
    """The rows after this one; bytes that are no text are read as far as that goes."""
    try:
        return connection.execute(_PAGE, (last, _ROWS_A_PAGE)).fetchall()
    except sqlite3.OperationalError as error:
        if "UTF-8" not in str(error):
            raise
    connection.text_factory = partial(str, encoding="utf-8", errors="replace")
    return connection.execute(_PAGE, (last, _ROWS_A_PAGE)).fetchall()
