"""Home Assistant's history as CSV, as its history panel exports it: read block by block, whatever its size.

`entity_id,state,last_changed` and optionally `context_user_id,context_parent_id`, in any order; other columns are left
alone. Rows as they should be are read in one short loop; what is odd about a row is found by `_odd`, and a block that
is odd as a whole (rows over several lines, bytes that are no text) is read line by line.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count, repeat
from pathlib import Path
from typing import BinaryIO
from zoneinfo import ZoneInfo

from shared.errors import NotFound
from shared.history import Event
from shared.home import UNKNOWN_STATES
from workers.data.csv_rows import LONGEST_LINE, Columns, Line, next_row, read_header, split, turned
from workers.data.entity_ids import EntityIds
from workers.data.moments import LATEST, Moments
from workers.data.tally import BATCH, LONGEST_STATE, Tally

_LONGEST_CONTEXT = 64
_BLOCK = 65_536
_NO_STATE = UNKNOWN_STATES | {""}


class CsvFile:
    """One file: `batches()` gives its events, `tally` says what was read so far, `done` (0 to 1) how much of it.

    `time_zone` is that of times that name none. A time after `latest` (seconds since 1970) makes a row bad: from the
    far future, it would be the newest event of the home. Raises NotFound where the file can't be read.
    """

    def __init__(self, path: Path, time_zone: str, *, latest: float = LATEST) -> None:
        self.tally = Tally()
        self._path, self._moments = path, Moments(ZoneInfo(time_zone), latest)
        self._columns: Columns = (0, 1, 2, None, None)
        self._width = 0
        self._entities = EntityIds()
        self._line = 0
        self._read = 0
        with _readable(path):
            self._size = path.stat().st_size

    @property
    def done(self) -> float:
        """How much of the file was read, from 0 to 1."""
        return min(1.0, self._read / self._size) if self._size else 1.0

    def batches(self) -> Iterator[list[Event]]:
        """The events in the order of the file, some 10,000 at once; bad rows are counted and left out. Once.

        Raises InvalidRequest where the first line does not name the columns.
        """
        batch: list[Event] = []
        with _readable(self._path), self._path.open("rb") as file:
            self._columns, self._width = read_header(file.readline(LONGEST_LINE + 1))
            self._read, self._line = file.tell(), 1
            blocks = self._blocks(file)
            for block in blocks:
                batch += self._events(block, blocks)
                if len(batch) >= BATCH:
                    yield batch
                    batch = []
        if batch:
            yield batch

    def _blocks(self, file: BinaryIO) -> Iterator[bytes]:
        """Pieces of whole lines, without the last one's end. A line that is too long is told by its beginning."""
        rest = b""
        while piece := file.read(_BLOCK):
            self._read += len(piece)
            head, newline, tail = piece.rpartition(b"\n")
            if newline:
                yield rest + head
                rest = tail
            elif len(rest) <= LONGEST_LINE:
                rest += tail
        if rest:
            yield rest

    def _events(self, block: bytes, blocks: Iterator[bytes]) -> list[Event]:
        try:
            columns = turned(block, self._width)
            events = self._columnwise(columns)
        except ValueError:
            return self._one_by_one(block, blocks)
        rows = len(columns[0])
        self._line += rows
        self.tally.rows += rows
        self.tally.skipped += rows - len(events)
        self.tally.events += len(events)
        return events

    def _columnwise(self, columns: Sequence[Sequence[str]]) -> list[Event]:
        """The events of rows that are all as they should be. Raises ValueError where one is not."""
        entity, state, time, user, parent = self._columns
        said = {text: text.strip() for text in set(columns[state])}
        if max(map(len, said.values())) > LONGEST_STATE:
            raise ValueError
        told = zip(
            self._moments.column(columns[time]),
            map(self._entities.__getitem__, columns[entity]),
            map(said.__getitem__, columns[state]),
            _contexts(columns, user),
            _contexts(columns, parent),
            repeat(None),
            strict=False,
        )
        events = map(tuple.__new__, repeat(Event), told)  # calling Event takes twice as long
        if _NO_STATE.isdisjoint(said.values()):
            return [*events]
        return [event for event in events if event[2] not in _NO_STATE]

    def _one_by_one(self, block: bytes, blocks: Iterator[bytes]) -> list[Event]:
        """The events of a block that is odd somewhere."""
        try:
            lines, rows = split(block)
        except ValueError:
            return self._carefully(block, blocks)
        first = self._line + 1
        self._line += len(lines)
        self.tally.rows += len(rows)
        told = map(self._odd, count(first), rows, lines)
        events = [event for event in told if event is not None]
        self.tally.events += len(events)
        return events

    def _odd(self, number: int, row: list[str], line: str) -> Event | None:
        """The event of a row that needs a closer look; None where it has none, which is counted."""
        if not line.strip():
            self.tally.rows -= 1
            return None
        try:
            event = self._event(_cells(row, line, self._width))
        except ValueError as error:
            self.tally.reject(number, str(error))
            return None
        self.tally.skipped += event is None
        return event

    def _event(self, cells: list[str]) -> Event | None:
        """The event of a row; None where it has no state. Raises ValueError with what is wrong."""
        entity, state, time, user, parent = self._columns
        said = cells[state].strip()
        entity_id = self._entities[cells[entity]]
        at = self._moments.of(cells[time].strip())
        if said in _NO_STATE:
            return None
        if len(said) > LONGEST_STATE:
            raise ValueError(f"the state is longer than {LONGEST_STATE} characters")
        return Event(at, entity_id, said, _context(cells, user), _context(cells, parent))

    def _carefully(self, block: bytes, blocks: Iterator[bytes]) -> list[Event]:
        """The events of a block that has odd lines; a row that goes on beyond it takes the next one in."""
        ahead = deque(self._numbered(block))

        def more() -> bool:
            following = next(blocks, None)
            ahead.extend(self._numbered(following) if following is not None else ())
            return following is not None

        events = []
        while ahead:
            number, row, trouble = next_row(ahead, more)
            self.tally.rows += 1
            if trouble:
                self.tally.reject(number, trouble)
            elif (event := self._odd(number, row, ",".join(row))) is not None:
                events.append(event)
        self.tally.events += len(events)
        return events

    def _numbered(self, block: bytes) -> list[Line]:
        first = self._line + 1
        lines = block.split(b"\n")
        self._line += len(lines)
        return list(enumerate(lines, first))


def _cells(row: list[str], line: str, width: int) -> list[str]:
    """The row, where it is one. Raises ValueError."""
    if len(line) > LONGEST_LINE:
        raise ValueError(f"the line is longer than {LONGEST_LINE} bytes")
    if len(row) < width or any(row[width:]):
        raise ValueError(f"the row has {len(row)} fields, not {width}")
    return row


def _context(cells: Sequence[str], column: int | None) -> str | None:
    text = cells[column].strip() if column is not None else ""
    if len(text) > _LONGEST_CONTEXT:
        raise ValueError(f"a context id is longer than {_LONGEST_CONTEXT} characters")
    return text or None


def _contexts(columns: Sequence[Sequence[str]], column: int | None) -> Iterable[str | None]:
    """A column of contexts, which is mostly empty. Raises ValueError."""
    if column is None or not any(columns[column]):
        return repeat(None)
    return [_context(row, 0) for row in zip(columns[column], strict=True)]


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise NotFound(f"{path.name} can't be read ({error.strerror}): import it again") from error
