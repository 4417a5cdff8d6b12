"""The past of some entities as pictures need it: their changes, and where a pattern occurred. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from contracts.analysis import Pattern, PatternType
from shared.history import Columns
from shared.home import UNKNOWN_STATES
from workers.pattern.clock.local_clock import LocalClock
from workers.pattern.relations.occurrence import Times, followings, meetings

DAYS: Final = 30
"""Of a sparkline."""
DAY: Final = 86_400
_HOURS: Final = 24
_LONGEST_WINDOW: Final = 300.0
_NONE: Final[Times] = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Occurred:
    """The occurrences of a pattern: when each began, and its lag; both in milliseconds.

    Of a sequence the lag is that from its first step to the last. Of a co-occurrence it is below 0 where the second
    entity went first. What is not made of steps has no lags.
    """

    times: Times
    lags: Times


class Past:
    """The changes of entities between two moments (seconds since 1970), on the home's own clock.

    `first_day` and `last_day` are the days of these moments, counted from 1970. The first word about an entity is no
    change, nor is the first after `unavailable`.
    """

    def __init__(self, columns: Columns, zone: ZoneInfo, first: float, last: float) -> None:
        self._clock = LocalClock(zone, first, last)
        self._changes: dict[str, dict[str, Times]] = _changes(columns)
        self.first_day = self._clock.wall_of(int(first)) // DAY
        self.last_day = self._clock.wall_of(int(last)) // DAY

    def times(self, entity_id: str, state: str | None = None) -> Times:
        """When an entity changed to a state, or at all; milliseconds since 1970, in order."""
        by_state = self._changes.get(entity_id, {})
        if state is not None:
            return by_state.get(state, _NONE)
        return np.sort(np.concatenate([_NONE, *by_state.values()]))

    def occurrences(self, pattern: Pattern) -> Occurred:
        """Where a pattern occurred; of an anomaly all changes of its entity."""
        detail = pattern.detail
        states = [str(each) for each in detail.get("states") or []]
        if pattern.pattern_type is PatternType.TIME_OF_DAY:
            states = [str(detail.get("state", ""))]
        if not states or len(states) != len(pattern.entities):
            return Occurred(self.times(pattern.entities[0]), _NONE)
        steps = [self.times(entity, state) for entity, state in zip(pattern.entities, states, strict=True)]
        if len(steps) == 1:
            return Occurred(steps[0], _NONE)
        window = round(window_of(pattern) * 1_000)
        if pattern.pattern_type is PatternType.CO_OCCURRENCE:
            found = meetings(steps[0], steps[1], window)
            return Occurred(found.starts, steps[1][found.followers] - steps[0][found.leaders])
        return _completed(steps, window)

    def a_day(self, times: Times, days: int = DAYS) -> NDArray[np.int64]:
        """How many of some times lie in each of the last days."""
        numbers = self._walls(times) // DAY - (self.last_day - days + 1)
        return np.bincount(numbers[(numbers >= 0) & (numbers < days)], minlength=days)

    def a_clock(self, times: Times, parts: int = _HOURS) -> NDArray[np.int64]:
        """How many of some times lie in each part of the day; all parts are equally long."""
        return np.bincount(self._walls(times) % DAY * parts // DAY, minlength=parts)

    def a_week(self, times: Times, parts: int) -> NDArray[np.float64]:
        """How many of some times a part of a weekday has on average, shape (7, parts); Monday comes first."""
        walls = self._walls(times)
        cells = _weekday(walls // DAY) * parts + walls % DAY * parts // DAY
        told = np.bincount(cells, minlength=7 * parts).reshape(7, parts)
        days = np.bincount(_weekday(np.arange(self.first_day, self.last_day + 1)), minlength=7)
        return np.asarray(told / np.maximum(days, 1)[:, np.newaxis])

    def day_of(self, at: float) -> int:
        """The local day of a moment in seconds since 1970; one outside of this past is in its nearest day."""
        return min(max(self._clock.wall_of(int(at)) // DAY, self.first_day), self.last_day)

    def _walls(self, times: Times) -> NDArray[np.int64]:
        return self._clock.wall(times // 1_000)


def window_of(pattern: Pattern) -> float:
    """The seconds within which the steps of a pattern follow each other."""
    told = pattern.detail.get("window_seconds")
    return float(told) if isinstance(told, int | float) and 0 < told <= DAY else _LONGEST_WINDOW


def _weekday(days: NDArray[np.int64]) -> NDArray[np.int64]:
    """0 is Monday; the first day of 1970 was a Thursday."""
    return np.asarray((days + 3) % 7)


def _completed(steps: list[Times], window: int) -> Occurred:
    """Where all steps followed each other."""
    begins, ends = steps[0], steps[0]
    for _, following in pairwise(steps):
        found = followings(ends, following, window)
        begins, ends = begins[found.leaders], found.ends
    return Occurred(begins, ends - begins)


def _changes(columns: Columns) -> dict[str, dict[str, Times]]:
    """By entity and state, when it changed to it."""
    order = np.argsort(columns.entities, kind="stable")
    entities, states = columns.entities[order], columns.states[order]
    times = np.round(columns.times[order] * 1_000).astype(np.int64)
    absent = np.array([name in UNKNOWN_STATES for name in columns.state_names], dtype=np.bool_)[states]
    changed = np.zeros(len(times), dtype=np.bool_)
    changed[1:] = (entities[1:] == entities[:-1]) & (states[1:] != states[:-1]) & ~absent[1:] & ~absent[:-1]
    found: dict[str, dict[str, Times]] = {}
    keys = entities[changed].astype(np.int64) << 32 | states[changed]
    for key in np.unique(keys).tolist():
        entity, state = columns.entity_ids[key >> 32], columns.state_names[key & 0xFFFFFFFF]
        found.setdefault(entity, {})[state] = times[changed][keys == key]
    return found
