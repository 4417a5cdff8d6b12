"""All that detectors need of one UTC day. Pure."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Self

import numpy as np

from shared.errors import DatabaseError
from shared.history import Columns
from workers.pattern.counts.clock_counts import ClockCounts
from workers.pattern.counts.day_items import DayItems
from workers.pattern.counts.pair_counts import PairCounts

VERSION: Final = 1
"""Of what is counted: a day that another version counted is counted anew."""

_DAY = 86_400
_HEADER = struct.Struct("<ddI")


@dataclass(frozen=True, eq=False)
class DayCounts:
    """One UTC day: its changes, what they are by the clock, and its first and last event in seconds since 1970.

    All days together say all that an analysis asks of a past.
    """

    items: DayItems
    clock: ClockCounts
    first: float
    last: float

    @classmethod
    def of(cls, day: Columns, before: Columns | None = None) -> Self:
        """Count a day with events; of the day before only the last 300 s are looked at."""
        items = DayItems.of(day, before)
        begin = items.day * _DAY
        first, last = np.fmax(day.times[0], begin), np.fmin(day.times[-1], begin + _DAY)
        return cls(items, ClockCounts.of(day), float(first), float(last))

    @property
    def day(self) -> int:
        """The number of the day since 1970."""
        return self.items.day

    @cached_property
    def pairs(self) -> PairCounts:
        """How often each item followed each other one; it takes most of the time."""
        return PairCounts.of(self.items)

    def to_bytes(self) -> bytes:
        """The same for a database: 3 to 10 bytes a change."""
        items = self.items.to_bytes()
        return _HEADER.pack(self.first, self.last, len(items)) + items + self.clock.to_bytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """What `to_bytes` made. Raises DatabaseError where it is something else."""
        try:
            first, last, size = _HEADER.unpack_from(data)
        except struct.error as error:
            raise DatabaseError("A day's counts can't be read: run a full analysis to count it anew.") from error
        start = _HEADER.size
        items = DayItems.from_bytes(data[start : start + size])
        return cls(items, ClockCounts.from_bytes(data[start + size :]), first, last)
