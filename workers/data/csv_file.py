"""Home Assistant's history as CSV, as its history panel exports it: read line by line, whatever its size.

`entity_id,state,last_changed` and optionally `context_user_id,context_parent_id`, in any order; other columns are left
alone.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final, TypeAlias
from zoneinfo import ZoneInfo

from contracts.history import BAD_LINES, BadLine
from contracts.home import ENTITY_ID
from shared.errors import InvalidRequest, NotFound
from shared.history import EventRow
from shared.home import UNKNOWN_STATES

BATCH: Final = 5_000
"""Rows of one batch."""
LONGEST_LINE: Final = 16_384
"""Bytes. A row has some 80; other columns may hold attributes."""
LONGEST_STATE: Final = 255
"""Characters, as in Home Assistant."""
EARLIEST: Final = 946_684_800.0
"""2000-01-01. What lies before is no time of a home, but a number in another unit."""
LATEST: Final = 4_102_444_800.0
"""2100-01-01. Milliseconds lie beyond it."""

Line: TypeAlias = tuple[int, bytes | None]
"""Its number, from 1, and what it says; None where it is too long."""
Columns: TypeAlias = tuple[int, int, int, int | None, int | None]
"""Where entity, state, time, user and parent context stand in a row."""

_REQUIRED = ("entity_id", "state", "last_changed")
_LONGEST_CONTEXT = 64
_MOST_LINES = 16
"""Of one row: a quoted field may hold line breaks, but a quote that nobody closed may not take the rest of the file."""
_MOST_NAMES = 50_000
_NO_STATE = UNKNOWN_STATES | {""}


@dataclass(slots=True)
class Tally:
    """What was read: `rows` in all, which are `events`, `skipped` ones that have no state, and `bad` ones."""

    rows: int = 0
    events: int = 0
    skipped: int = 0
    bad: int = 0
    bad_lines: list[BadLine] = field(default_factory=list)
    """The first 20."""

    def reject(self, line: int, reason: str) -> None:
        """Count a bad row."""
        self.bad += 1
        if len(self.bad_lines) < BAD_LINES:
            self.bad_lines.append(BadLine(line=line, reason=reason))


class CsvFile:
    """One file: `batches()` gives its events, `tally` says what was read so far, `done` (0 to 1) how much of it.

    `time_zone` is that of times that name none. A time after `latest` (seconds since 1970) makes a row bad: from the
    far future, it would be the newest event of the home. Raises NotFound where the file can't be read.
    """

    def __init__(self, path: Path, time_zone: str, *, latest: float = LATEST) -> None:
        self.tally = Tally()
        self._path, self._zone, self._latest = path, ZoneInfo(time_zone), latest
        self._names: dict[str, str] = {}
        self._read = 0
        with _readable(path):
            self._size = path.stat().st_size

    @property
    def done(self) -> float:
        """How much of the file was read, from 0 to 1."""
        return min(1.0, self._read / self._size) if self._size else 1.0

    def batches(self) -> Iterator[list[EventRow]]:
        """The events in the order of the file, at most 5,000 at once; bad rows are counted and left out. Once.

        Raises InvalidRequest where the first line does not name the columns.
        """
        batch: list[EventRow] = []
        for event in self._events():
            batch.append(event)
            if len(batch) == BATCH:
                yield batch
                batch = []
        if batch:
            yield batch

    def _events(self) -> Iterator[EventRow]:
        with _readable(self._path), self._path.open("rb") as file:
            lines = self._lines(file)
            columns, width = read_header(next(lines, None))
            for number, row, trouble in rows(lines):
                self.tally.rows += 1
                try:
                    event = self._event(_cells(row, trouble, width), columns)
                except ValueError as error:
                    self.tally.reject(number, str(error))
                else:
                    self.tally.events += event is not None
                    self.tally.skipped += event is None
                    if event is not None:
                        yield event

    def _lines(self, file: BinaryIO) -> Iterator[Line]:
        number = 0
        while text := file.readline(LONGEST_LINE):
            number += 1
            self._read += len(text)
            if len(text) < LONGEST_LINE or text.endswith(b"\n"):
                yield number, text
                continue
            while text and not text.endswith(b"\n"):  # the rest of the line, piece by piece
                text = file.readline(LONGEST_LINE)
                self._read += len(text)
            yield number, None

    def _event(self, cells: list[str], columns: Columns) -> EventRow | None:
        """The event of a row; None where it has no state. Raises ValueError with what is wrong."""
        entity, state, time, user, parent = columns
        said = cells[state].strip()
        entity_id = self._entity(cells[entity].strip())
        at = self._time(cells[time].strip())
        if said in _NO_STATE:
            return None
        if len(said) > LONGEST_STATE:
            raise ValueError(f"the state is longer than {LONGEST_STATE} characters")
        return at, entity_id, said, _context(cells, user), _context(cells, parent)

    def _entity(self, text: str) -> str:
        """The entity id, checked once, and one text for all rows that name it."""
        known = self._names.get(text)
        if known is not None:
            return known
        if not ENTITY_ID.fullmatch(text):
            raise ValueError(f"{text[:40]!r} is no entity id")
        if len(self._names) < _MOST_NAMES:
            self._names[text] = text
        return text

    def _time(self, text: str) -> float:
        """Seconds since 1970 of an ISO 8601 time or of a number of seconds."""
        try:
            if "-" in text:
                moment = datetime.fromisoformat(text)
                at = (moment if moment.tzinfo else moment.replace(tzinfo=self._zone)).timestamp()
            else:
                at = float(text)
        except (ValueError, OverflowError):
            raise ValueError(f"{text[:40]!r} is no time in ISO 8601 and no number of seconds since 1970") from None
        if not EARLIEST <= at <= LATEST:
            raise ValueError(f"{text[:40]!r} is no time between 2000 and 2100 (in seconds, where it is a number)")
        if at > self._latest:
            raise ValueError(f"{text[:40]!r} lies in the future")
        return at


def read_header(line: Line | None) -> tuple[Columns, int]:
    """Where the columns are, from the first line, and how many there are. Raises InvalidRequest."""
    if line is None:
        raise InvalidRequest("the file is empty: its first line must be entity_id,state,last_changed")
    try:
        names = next(csv.reader([_text(line[1])]), [])
    except (ValueError, csv.Error) as error:
        raise InvalidRequest(f"the first line can't be read ({error}): save the file as CSV in UTF-8") from None
    names = [name.strip().lower() for name in names]
    if missing := [name for name in _REQUIRED if name not in names]:
        raise InvalidRequest(
            f"the file has no column {' and no column '.join(missing)}: "
            "its first line must name entity_id, state and last_changed, with commas between them",
            [{"path": name, "message": "the column is missing"} for name in missing],
        )
    known = (*_REQUIRED, "context_user_id", "context_parent_id")
    if twice := [name for name in known if names.count(name) > 1]:
        raise InvalidRequest(f"the first line names the column {twice[0]} twice")
    entity, state, time = (names.index(name) for name in _REQUIRED)
    user, parent = (names.index(name) if name in names else None for name in known[len(_REQUIRED) :])
    return (entity, state, time, user, parent), len(names)


def rows(lines: Iterator[Line]) -> Iterator[tuple[int, list[str], str]]:
    """The fields of each row with the number of its first line, and what is wrong with it, if anything.

    A quote that is not closed within 16 lines spoils the line that it is in, and no other.
    """
    ahead: list[Line] = []
    while True:
        number, raw = line = ahead.pop(0) if ahead else next(lines, (0, b""))
        if not number:
            return
        if raw is not None and not raw.strip():
            continue
        try:
            text = _text(raw)
            if '"' not in text:
                yield number, text.split(","), ""
                continue
            fields = _quoted(text, ahead, lines)
        except ValueError as error:
            yield number, [], str(error)
        else:
            yield (number, fields, "") if fields else (line[0], [], "a quote is not closed as it should be")


def _quoted(text: str, ahead: list[Line], lines: Iterator[Line]) -> list[str]:
    """The fields of a row with quotes, whose other lines are taken from `ahead`. Empty where no row comes of it."""
    for more in range(_MOST_LINES):
        try:
            fields = next(csv.reader(io.StringIO(text, newline=""), strict=True))
        except csv.Error as error:
            if "end of data" not in str(error):
                return []
        else:
            del ahead[:more]
            return fields
        if more == len(ahead):
            ahead.extend([line] if (line := next(lines, None)) else [])
        if more == len(ahead) or (raw := ahead[more][1]) is None:
            return []
        text = f"{text}\n{_text(raw)}"
    return []


def _text(raw: bytes | None) -> str:
    """A line without its end. Raises ValueError."""
    if raw is None:
        raise ValueError(f"the line is longer than {LONGEST_LINE} bytes")
    if b"\0" in raw:
        raise ValueError("the line holds a NUL byte")
    try:
        return raw.removeprefix(codecs.BOM_UTF8).decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise ValueError("the line is not in UTF-8") from None


def _cells(row: list[str], trouble: str, width: int) -> list[str]:
    """The row, where it is one. Raises ValueError."""
    if trouble:
        raise ValueError(trouble)
    if len(row) < width or any(row[width:]):
        raise ValueError(f"the row has {len(row)} fields, not {width}")
    return row


def _context(cells: list[str], column: int | None) -> str | None:
    text = cells[column].strip() if column is not None else ""
    if len(text) > _LONGEST_CONTEXT:
        raise ValueError(f"a context id is longer than {_LONGEST_CONTEXT} characters")
    return text or None


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise NotFound(f"{path.name} can't be read ({error.strerror}): import it again") from error
