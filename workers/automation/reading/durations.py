"""Durations and times of day where they stand, in all of Home Assistant's spellings."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from datetime import time, timedelta
from typing import Any

from workers.automation.finding import Code, Severity
from workers.automation.plan.duration import Duration
from workers.automation.plan.value import Data, Tagged, Template, is_template
from workers.automation.reading.cursor import Cursor
from workers.automation.reading.texts import is_entity_id, read_entity_id

UNITS = ("days", "hours", "minutes", "seconds", "milliseconds")
_ZERO = timedelta(0)


def read_duration(cursor: Cursor | None, *, signed: bool = False) -> Duration | None:
    """A duration: `00:05:00`, seconds, a mapping of units, or templates.

    `signed` is for offsets: these may be negative, and Home Assistant takes no template for them.
    """
    if cursor is None:
        return None
    if isinstance(cursor.value, Tagged):
        return Duration(template=cursor.value, path=cursor.path)
    if isinstance(cursor.value, Mapping):
        return _from_units(cursor, cursor.value, signed)
    if isinstance(cursor.value, str) and is_template(cursor.value):
        if signed:
            cursor.wrong("A template can't stand here: write the offset, such as -00:30:00.")
        return Duration(template=Template(cursor.value), path=cursor.path)
    length = _length(cursor.value)
    if length is None:
        cursor.wrong(f"{cursor.shown} is no duration: write it as 00:05:00 or as seconds.", None)
        return None
    _check_clock(cursor)
    return _positive(cursor, length, signed)


def _length(value: Any) -> timedelta | None:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    try:
        if isinstance(value, str) and ":" in value:
            return _from_clock(value)
        return timedelta(seconds=float(value))
    except (ValueError, OverflowError):
        return None


def _from_clock(text: str) -> timedelta | None:
    parts = text.removeprefix("-").removeprefix("+" if not text.startswith("-") else "").split(":")
    if len(parts) not in (2, 3):
        return None
    seconds = float(parts[2]) if len(parts) == 3 else 0.0  # noqa: PLR2004 (hours, minutes, seconds)
    length = timedelta(hours=int(parts[0]), minutes=int(parts[1]), seconds=seconds)
    return -length if text.startswith("-") else length


def _check_clock(cursor: Cursor) -> None:
    written = cursor.written
    if written is not None and written.count(":") == 1 and isinstance(cursor.value, (int, float)):
        message = f"{written} without quotes is {cursor.value} seconds, not hours and minutes: write 00:05:00."
        cursor.note(Code.STYLE, Severity.WARNING, message)


def _positive(cursor: Cursor, length: timedelta, signed: bool) -> Duration:
    if length < _ZERO and not signed:
        cursor.wrong("A duration can't be negative here.")
    return Duration(length=length, path=cursor.path)


def _from_units(cursor: Cursor, units: Mapping[Any, Any], signed: bool) -> Duration | None:
    if not units:
        cursor.wrong(f"There is no duration here: give some of {', '.join(UNITS)}.")
        return None
    known = True
    for unit in units:
        if unit not in UNITS and not is_template(str(unit)):
            known = False
            cursor.under(str(unit), units[unit]).wrong(f"A duration has no {unit!r}, only {', '.join(UNITS)}.")
    if any(isinstance(each, str) and (is_template(each) or isinstance(each, Tagged)) for each in units.values()):
        if signed:
            cursor.wrong("A template can't stand here: write the offset, such as -00:30:00.")
        return Duration(parts=Data(units), path=cursor.path)
    amounts = {unit: _amount(cursor.under(unit, value)) for unit, value in units.items() if unit in UNITS}
    if not known and not amounts:
        return None
    try:
        length = timedelta(**{unit: amount or 0.0 for unit, amount in amounts.items()})
    except OverflowError:
        cursor.wrong("This is too long.")
        return None
    return _positive(cursor, length, signed)


def _amount(cursor: Cursor) -> float | None:
    value = cursor.value
    try:
        amount = float(value) if not isinstance(value, bool) and isinstance(value, (str, int, float)) else None
    except (ValueError, OverflowError):
        amount = None
    if amount is None or not math.isfinite(amount):
        cursor.wrong(f"This should be a number, not {cursor.shown}.")
        return None
    return amount


def read_time(cursor: Cursor | None, domains: Collection[str]) -> str | None:
    """A time of day as `HH:MM:SS`, or the id of an entity of some domains that holds one."""
    if cursor is None:
        return None
    value = cursor.value
    if isinstance(value, Tagged):
        return value
    if isinstance(value, str):
        if (found := clock_time(value)) is not None:
            return found
        if is_entity_id(value.lower()):
            return read_entity_id(cursor, domains)
    _complain(cursor)
    return clock_time(cursor.written or "")


def clock_time(text: str) -> str | None:
    """A time of day as `HH:MM:SS`, as Home Assistant reads it; None where it is none."""
    parts = text.split(":")
    try:
        hour, minute = int(parts[0]), int(parts[1])
        return time(hour, minute, int(parts[2]) if len(parts) > 2 else 0).isoformat()  # noqa: PLR2004 (has seconds)
    except (ValueError, IndexError, OverflowError):
        return None


def _complain(cursor: Cursor) -> None:
    if cursor.written is not None and (meant := clock_time(cursor.written)) is not None:
        cursor.wrong(f'{cursor.written} without quotes is the number {cursor.value}: write "{meant}".', meant)
    else:
        cursor.wrong(f"{cursor.shown} is no time of day: write it as 07:30:00.")
