"""What is usual in a home: how much each entity does in each hour of a day, and whether anybody is there. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from workers.pattern.clock.local_changes import LocalChanges
from workers.pattern.clock.local_clock import weekend

LONGEST: Final = 400
"""Days back from the newest change; what is older says little of what is usual."""

_HOURS = 24
_DAY = 86_400
_WEEK = 7 * _DAY
_STRENGTH = 2.0
"""Days of its kind that all days together weigh."""
_NEARBY = np.array([1.0, 2.0, 3.0, 2.0, 1.0]) / 9
_ANYBODY = 0.35
"""Share of the usual doings, below which nobody is taken to be there."""
_LIVELY = 1.5
_ASLEEP = 0.25
_NEAR = 1_800
_CROWD = 500
"""Changes, above which nobody counts whose they are."""


@dataclass(frozen=True, slots=True, eq=False)
class Doings:
    """What one entity did, in the order of time: `walls` on the local clock, `times` in UTC; whole seconds.

    Of readings only the hours are known: `amounts` are theirs, and 1 for a change. `counts` are by day and hour.
    """

    entity: int
    reading: bool
    walls: NDArray[np.int64]
    times: NDArray[np.int64]
    amounts: NDArray[np.int64]
    rows: NDArray[np.int64]
    counts: NDArray[np.float64]


class Baseline:
    """The usual day of a home, from its `first` local day (since 1970) on; arrays have the shape (days, 24)."""

    def __init__(self, changes: LocalChanges) -> None:
        self.changes = changes
        self.last_wall = int(changes.clock.wall(np.array([changes.last]))[0])
        active = changes.active_days
        self.first = max(int(active[0]), self.last_wall // _DAY - LONGEST) if len(active) else 0
        self.days = self.last_wall // _DAY - self.first + 1
        self.weekend = weekend(np.arange(self.first, self.first + self.days))

    def entities(self) -> list[Doings]:
        """What each entity did that did anything."""
        changes, counts = self.changes, self.changes.counts
        hours = changes.clock.wall(counts.hours * 3_600)
        order = np.lexsort((hours, counts.sources))
        found = [
            self._doings(rows, False, changes.walls[rows], changes.times[rows], np.ones(len(rows), dtype=np.int64))
            for rows in _split(changes.entities)
        ]
        found += [
            self._doings(rows, True, hours[rows], counts.hours[rows] * 3_600, counts.amounts[rows])
            for rows in (order[each] for each in _split(counts.sources[order]))
        ]
        return [each for each in found if len(each.walls)]

    def _doings(
        self,
        rows: NDArray[np.int64],
        reading: bool,
        walls: NDArray[np.int64],
        times: NDArray[np.int64],
        amounts: NDArray[np.int64],
    ) -> Doings:
        recent = walls >= self.first * _DAY
        rows, walls, times, amounts = rows[recent], walls[recent], times[recent], amounts[recent]
        source = self.changes.counts.sources if reading else self.changes.entities
        hours = walls // 3_600 - self.first * _HOURS
        counts = np.bincount(hours, amounts, self.days * _HOURS).astype(np.float64).reshape(-1, _HOURS)
        return Doings(int(source[rows[0]]) if len(rows) else -1, reading, walls, times, amounts, rows, counts)

    @cached_property
    def _people(self) -> NDArray[np.float64]:
        """How many entities changed in each hour."""
        changes = self.changes
        hours = changes.walls // 3_600 - self.first * _HOURS
        chosen = (hours >= 0) & ~changes.steady[changes.entities]
        seen = np.unique(changes.entities[chosen].astype(np.int64) << 32 | hours[chosen])
        return np.bincount(seen & 0xFFFFFFFF, minlength=self.days * _HOURS).astype(np.float64)

    @cached_property
    def _machines(self) -> NDArray[np.float64]:
        """How many entities had readings in each hour."""
        hours = self.changes.clock.wall(self.changes.counts.hours * 3_600) // 3_600 - self.first * _HOURS
        return np.bincount(hours[hours >= 0], minlength=self.days * _HOURS).astype(np.float64)

    def presence(self, doings: Doings) -> NDArray[np.float64]:
        """The doings of all others as a share of the usual ones: 1 on a day like any other, 0 where nobody is there.

        Readings are compared with readings: they go on in an empty home.
        """
        counted = doings.reading or not self.changes.steady[doings.entity]
        everybody = (self._machines if doings.reading else self._people).reshape(-1, _HOURS)
        others = np.maximum(everybody - (counted & (doings.counts > 0)), 0.0)
        usual = np.zeros_like(others)
        for kind in (self.weekend, ~self.weekend):
            if kind.any():
                usual[kind] = np.median(others[kind], axis=0) * 0.5 + others[kind].mean(axis=0) * 0.5
        there, expected = _smooth(others), _smooth(usual)
        share = (there + 0.3) / (expected + 0.3)
        return np.where(share < _ANYBODY, 0.0, np.minimum(share, _LIVELY))

    def automated(self, doings: Doings) -> float:
        """The share of what an entity did that automations made it do."""
        return 0.0 if doings.reading else float(self.changes.automated[doings.rows].mean())

    def renamed(self, entity: int, last: int) -> bool:
        """Whether another entity of the domain was first heard of within a week after the last of this one."""
        names = self.changes.counts.entity_ids
        domain = names[entity].partition(".")[0]
        return any(
            last < since <= last + _WEEK and names[each].partition(".")[0] == domain
            for each, since in enumerate(self._first_heard.tolist())
        )

    @cached_property
    def _first_heard(self) -> NDArray[np.int64]:
        """When each entity was first heard of, in seconds since 1970."""
        counts = self.changes.counts
        first = np.full(len(counts.entity_ids), self.changes.last + 1, dtype=np.int64)
        np.minimum.at(first, counts.entities, counts.times)
        np.minimum.at(first, counts.sources, counts.hours * 3_600 + 3_599)
        return first

    def asleep(self, walls: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether the household hardly ever does anything at these times of the day."""
        usual = np.median(self._people.reshape(-1, _HOURS), axis=0)
        around = (np.roll(usual, 1) + usual + np.roll(usual, -1)) / 3
        return np.asarray((around <= _ASLEEP * usual.mean())[walls % _DAY // 3_600])

    @property
    def asleep_share(self) -> float:
        """How much of a day the household sleeps."""
        return float(self.asleep(np.arange(_HOURS) * 3_600).mean())

    def company(self, entity: int, walls: NDArray[np.int64]) -> NDArray[np.int64]:
        """How many other entities changed within half an hour of each of these changes of an entity."""
        low = np.searchsorted(self._in_order[0], walls - _NEAR)
        high = np.searchsorted(self._in_order[0], walls + _NEAR, side="right")
        near = (self._in_order[1][since : min(until, since + _CROWD)] for since, until in zip(low, high, strict=True))
        return np.array([len(np.setdiff1d(each, entity)) for each in near], dtype=np.int64)

    @cached_property
    def _in_order(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """All changes in the order of time: their times on the local clock, and their entities."""
        order = np.argsort(self.changes.walls, kind="stable")
        order = order[~self.changes.steady[self.changes.entities[order]]]
        return self.changes.walls[order], self.changes.entities[order]

    def expected(self, doings: Doings, presence: NDArray[np.float64]) -> NDArray[np.float64]:
        """How much the entity does in each hour by what it does on the other days of that kind."""
        counts = np.where(presence > 0, doings.counts, 0.0)
        everyday = (counts.sum(axis=0) - counts) / np.maximum(presence.sum(axis=0) - presence, 1.0)
        usual = np.empty_like(counts)
        for kind in (self.weekend, ~self.weekend):
            inside = counts[kind], presence[kind]
            did, was = inside[0].sum(axis=0) - inside[0], inside[1].sum(axis=0) - inside[1]
            usual[kind] = (did + _STRENGTH * everyday[kind]) / (was + _STRENGTH)
        around = np.roll(usual, 1, axis=1) + np.roll(usual, -1, axis=1)
        return np.asarray((0.5 * usual + 0.25 * around) * presence)


def _split(numbers: NDArray[np.int32]) -> list[NDArray[np.int64]]:
    """The rows of each number, where equal ones stand together."""
    rows = np.arange(len(numbers))
    return list(np.split(rows, np.flatnonzero(np.diff(numbers)) + 1)) if len(rows) else []


def _smooth(hours: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.convolve(hours.ravel(), _NEARBY, mode="same").reshape(hours.shape)
