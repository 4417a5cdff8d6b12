"""The times in files of the past: ISO 8601 in any zone, or seconds since 1970."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from shared.errors import InvalidRequest
from shared.history.batch import ticks_of

EARLIEST: Final = 946_684_800.0
"""2000-01-01. What lies before is no time of a home, but a number in another unit."""
LATEST: Final = 4_102_444_800.0
"""2100-01-01. Milliseconds lie beyond it."""

_SIGNS = frozenset("+-")
_WHOLE = len("2026-03-01T12:00:00")
_MICROSECOND = 1e6


class Moments:
    """Reads times; `zone` is that of times that name none, and what lies after `latest` is no time."""

    def __init__(self, zone: ZoneInfo, latest: float = LATEST) -> None:
        self._zone, self._latest = zone, min(latest, LATEST)

    def column(self, texts: Sequence[str]) -> list[float]:
        """Those of many rows at once, ten times as fast where all are of one form. Raises ValueError if one is bad."""
        times = _numbers(texts) if texts[0][4:5] != "-" else _of_one_zone(texts)
        if times is None:
            return [self.of(text.strip()) for text in texts]
        if not (times.min() >= EARLIEST and times.max() <= self._latest):
            raise ValueError("a time is not between 2000 and now")
        found: list[float] = times.tolist()
        return found

    def of(self, text: str) -> float:
        """Seconds since 1970, exact to the microsecond. Raises ValueError, which says what is wrong."""
        return self._checked(text, self._number(text) if "-" not in text else self._seconds(text))

    def _seconds(self, text: str) -> float:
        try:
            moment = datetime.fromisoformat(text)
            return (moment if moment.tzinfo else moment.replace(tzinfo=self._zone)).timestamp()
        except (ValueError, OverflowError):
            raise _no_time(text) from None

    @staticmethod
    def _number(text: str) -> float:
        try:
            return float(ticks_of([float(text)])[0] / _MICROSECOND)
        except (ValueError, InvalidRequest):
            raise _no_time(text) from None

    def _checked(self, text: str, at: float) -> float:
        if not EARLIEST <= at <= LATEST:
            raise ValueError(f"{text[:40]!r} is no time between 2000 and 2100 (in seconds, where it is a number)")
        if at > self._latest:
            raise ValueError(f"{text[:40]!r} lies in the future")
        return at


def _numbers(texts: Sequence[str]) -> NDArray[np.float64] | None:
    try:
        return ticks_of([*map(float, texts)]) / _MICROSECOND
    except (ValueError, InvalidRequest):
        return None


def _of_one_zone(texts: Sequence[str]) -> NDArray[np.float64] | None:
    """Times that all end in `Z` or in the same offset; None where these do not."""
    ends = {text[-6:] for text in texts}
    if len(ends) == 1 and (end := ends.pop())[0] in _SIGNS:
        cut, offset = -6, datetime.fromisoformat(f"2000-01-01T00:00:00{end}").utcoffset() or timedelta()
    elif {text[-1:] for text in texts} == {"Z"}:
        cut, offset = -1, timedelta()
    else:
        return None
    # NumPy takes `today` and `2026` for times too.
    if min(map(len, texts)) + cut < _WHOLE:
        return None
    try:
        moments = np.array([text[:cut] for text in texts], dtype="datetime64[us]")
    except ValueError:
        return None
    return (moments.astype(np.int64) - offset // timedelta(microseconds=1)) / _MICROSECOND


def _no_time(text: str) -> ValueError:
    return ValueError(f"{text[:40]!r} is no time in ISO 8601 and no number of seconds since 1970")
