"""CSV as people have it: the first line that names the columns, and the fields of each row, whatever its quotes."""

from __future__ import annotations

import codecs
import csv
import io
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from shared.errors import InvalidRequest

LONGEST_LINE: Final = 16_384
"""Bytes. A row has some 80; other columns may hold attributes."""

Line: TypeAlias = tuple[int, bytes]
"""Its number, from 1, and what it says, without its end."""
Columns: TypeAlias = tuple[int, int, int, int | None, int | None]
"""Where entity, state, time, user and parent context stand in a row."""

_REQUIRED = ("entity_id", "state", "last_changed")
_MOST_LINES = 16
"""Of one row: a quoted field may hold line breaks, but a quote that nobody closed may not take the rest of the file."""


def read_header(line: bytes) -> tuple[Columns, int]:
    """Where the columns are, from the first line, and how many there are. Raises InvalidRequest."""
    if not line:
        raise InvalidRequest("the file is empty: its first line must be entity_id,state,last_changed")
    try:
        names = next(csv.reader([_text(line.removeprefix(codecs.BOM_UTF8))]), [])
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


def turned(block: bytes, width: int) -> list[Sequence[str]]:
    """The columns of a block whose rows all have so many fields. Raises ValueError where one has not.

    All rows are split at once, each end of a line being a field of its own: this takes a third of the time.
    """
    text = _block_text(block)
    if '"' in text:
        columns: list[Sequence[str]] = [*zip(*_quoted_rows(text.split("\n")), strict=True)]
        if len(columns) != width:
            raise ValueError(f"{len(columns)} columns")
        return columns
    fields = text.replace("\n", ",\n,").split(",")
    ends = fields[width :: width + 1]
    if ends.count("\n") != len(ends) or len(fields) % (width + 1) != width:
        raise ValueError("a row of another width")
    return [fields[place :: width + 1] for place in range(width)]


def split(block: bytes) -> tuple[list[str], list[list[str]]]:
    """The lines of a block, and the fields of each. Raises ValueError where a row is not one line of text."""
    text = _block_text(block)
    lines = text.split("\n")
    return lines, _quoted_rows(lines) if '"' in text else [line.split(",") for line in lines]


def _block_text(block: bytes) -> str:
    text = block.decode()
    if "\0" in text:
        raise ValueError("a NUL byte")
    return text.replace("\r\n", "\n").removesuffix("\r")


def _quoted_rows(lines: list[str]) -> list[list[str]]:
    try:
        rows = list(csv.reader(lines, strict=True))
    except csv.Error as error:
        raise ValueError(str(error)) from None
    if len(rows) != len(lines):
        raise ValueError("a row of several lines")
    return rows


def next_row(ahead: deque[Line], more: Callable[[], bool]) -> tuple[int, list[str], str]:
    """The number of the next row's first line, its fields, and what is wrong with it, if anything.

    A quote that is not closed within 16 lines spoils the line that it is in, and no other.
    """
    number, raw = ahead.popleft()
    try:
        text = _text(raw)
        fields = _quoted(text, ahead, more) if '"' in text else text.split(",")
    except ValueError as error:
        return number, [], str(error)
    return number, fields, "" if fields else "a quote is not closed as it should be"


def _quoted(text: str, ahead: deque[Line], more: Callable[[], bool]) -> list[str]:
    """The fields of a row with quotes, whose other lines are taken from `ahead`. Empty where no row comes of it."""
    for taken in range(_MOST_LINES):
        try:
            fields = next(csv.reader(io.StringIO(text, newline=""), strict=True))
        except csv.Error as error:
            if "end of data" not in str(error):
                return []
        else:
            for _ in range(taken):
                ahead.popleft()
            return fields
        if (taken == len(ahead) and not more()) or len(ahead[taken][1]) > LONGEST_LINE:
            return []
        text = f"{text}\n{_text(ahead[taken][1])}"
    return []


def _text(raw: bytes) -> str:
    """A line without its end. Raises ValueError."""
    if len(raw) > LONGEST_LINE:
        raise ValueError(f"the line is longer than {LONGEST_LINE} bytes")
    if b"\0" in raw:
        raise ValueError("the line holds a NUL byte")
    try:
        return raw.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise ValueError("the line is not in UTF-8") from None
