"""The home's local clock: on which day and at which minute a moment lies there. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

MINUTES: Final = 1_440
"""Of a day on the clock; that the clock was changed on some makes no other minutes."""

_STEP = 900
"""Seconds; all changes of clocks happen at quarters of hours."""
_WEEKEND = 5


class LocalClock:
    """What the clock on the wall shows at moments between two times (seconds since 1970, UTC)."""

    def __init__(self, zone: ZoneInfo, first: float, last: float) -> None:
        self._begin = int(first) // 86_400 * 86_400
        steps = range(self._begin, int(last) + 86_400, 86_400)
        offsets = [_offset(zone, at) for at in steps]
        self._changes = np.array([0, *_changes(zone, steps, offsets)], dtype=np.int64)
        self._offsets = np.array(
            [offsets[0], *(_offset(zone, at) for at in self._changes[1:].tolist())], dtype=np.int64
        )

    def wall(self, times: NDArray[np.int64]) -> NDArray[np.int64]:
        """The same moments as seconds since 1970 on the local clock."""
        return times + self._offsets[np.searchsorted(self._changes, times, side="right") - 1]

    def wall_of(self, time: int) -> int:
        """The same of one moment."""
        return int(self.wall(np.array([time]))[0])

    def instant(self, wall: int) -> int:
        """The moment (seconds since 1970, UTC) at which the local clock shows this; the first one of two."""
        moments = wall - self._offsets
        shown = self.wall(moments) == wall
        return int(moments[shown].min() if shown.any() else moments.min())


def weekend(days: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of some days (since 1970) are Saturdays or Sundays."""
    return np.asarray((days + 3) % 7 >= _WEEKEND)


def _changes(zone: ZoneInfo, steps: range, offsets: list[int]) -> list[int]:
    """When the clock is changed, to the quarter of an hour."""
    found = []
    for place in range(1, len(offsets)):
        if offsets[place] != offsets[place - 1]:
            quarters = range(steps[place - 1] + _STEP, steps[place] + 1, _STEP)
            found.append(next(at for at in quarters if _offset(zone, at) == offsets[place]))
    return found


def _offset(zone: ZoneInfo, at: int) -> int:
    shown = datetime.fromtimestamp(at, UTC).astimezone(zone).utcoffset()
    return 0 if shown is None else int(shown.total_seconds())
