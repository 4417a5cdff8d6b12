"""The changes of state of a home on its local clock, cleaned of restarts, repetitions and lost events. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final, Self
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from shared.home import UNKNOWN_STATES
from workers.pattern.clock.local_clock import LocalClock
from workers.pattern.counts.clock_counts import ClockCounts

MOST_STATES: Final = 20
"""States of an entity, above which they are text and no states."""

_REPEATED = 60
"""Seconds within which the same state again is the same event told twice."""
_DAY = 86_400
_HOURS, _QUIET = 24, 4
_STEADY = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class Spell:
    """How long things stayed in a state: from a change until the next, in whole seconds since 1970 (UTC).

    `items` are those of LocalChanges. `ended` is false where the end is not known: the history ends, or an event was
    lost.
    """

    items: NDArray[np.int64]
    entities: NDArray[np.int32]
    states: NDArray[np.int32]
    begins: NDArray[np.int64]
    ends: NDArray[np.int64]
    ended: NDArray[np.bool_]


class LocalChanges:
    """Changes in the order of entities, then of time; entities and states are places in names as in ClockCounts.

    The first word about an entity is no change, nor is one after `unavailable`: when it happened is not known.
    `walls` are seconds since 1970 on the local clock, `days` and `minutes` the same as days and minutes of the day.
    """

    def __init__(self, counts: ClockCounts, zone: ZoneInfo) -> None:
        self.counts = counts
        self.last = max([*counts.times[-1:].tolist(), *(counts.hours[-1:] * 3_600).tolist()], default=0)
        self.clock = LocalClock(zone, counts.first, self.last)
        self.rows = _Rows.of(counts).stated().once()
        changed = self.rows.changed
        self.times, self.entities = self.rows.times[changed], self.rows.entities[changed]
        self.states, self.automated = self.rows.states[changed], self.rows.automated[changed]
        self.walls = self.clock.wall(self.times)
        self.days = self.walls // _DAY
        self.minutes = self.walls % _DAY / 60

    @cached_property
    def active_days(self) -> NDArray[np.int64]:
        """The local days (since 1970) on which anything was told."""
        hours = np.unique(self.clock.wall(self.counts.hours * 3_600) // _DAY)
        return np.union1d(np.unique(self.days), hours)

    @cached_property
    def items(self) -> NDArray[np.int64]:
        """Of each change the number of its entity and state as one."""
        return self.entities.astype(np.int64) * max(len(self.counts.state_names), 1) + self.states

    @cached_property
    def steady(self) -> NDArray[np.bool_]:
        """Which entities go on day and night: they say nothing of whether anybody is up.

        In its four quietest hours such a thing does a third at least of what it does in any four.
        """
        amount = len(self.counts.entity_ids)
        keys = self.entities.astype(np.int64) * _HOURS + (self.minutes // 60).astype(np.int64)
        hours = np.bincount(keys, minlength=amount * _HOURS).reshape(amount, _HOURS)
        four = sum(np.roll(hours, shift, axis=1) for shift in range(_QUIET))
        return np.asarray(np.min(four, axis=1, initial=1 << 40) * _HOURS > _STEADY * _QUIET * hours.sum(axis=1))

    @property
    def loss(self) -> float:
        """The share of changes that were never told: such a state was told twice, and nothing in between."""
        return self.rows.repeated / max(len(self.times), 1)

    def spells(self) -> Spell:
        """How long things stayed as they were."""
        rows = self.rows
        begins = np.flatnonzero(rows.changed)
        following = np.searchsorted(rows.ends, begins, side="right")
        known = following < len(rows.ends)
        ends = rows.ends[np.minimum(following, len(rows.ends) - 1)] if len(rows.ends) else begins
        known &= rows.entities[ends] == rows.entities[begins]
        return Spell(
            self.items,
            rows.entities[begins],
            rows.states[begins],
            rows.times[begins],
            np.where(known, rows.times[ends], self.last),
            known & rows.changed[ends],
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """What was told, in the order of entities, then of time."""

    times: NDArray[np.int64]
    entities: NDArray[np.int32]
    states: NDArray[np.int32]
    automated: NDArray[np.bool_]
    absent: NDArray[np.bool_]
    amounts: int

    @classmethod
    def of(cls, counts: ClockCounts) -> Self:
        order = np.lexsort((np.arange(len(counts.times)), counts.times, counts.entities))
        words = np.array([name in UNKNOWN_STATES for name in counts.state_names], dtype=np.bool_)
        states = counts.states[order]
        return cls(
            counts.times[order],
            counts.entities[order],
            states,
            counts.automated[order],
            words[states] if len(words) else np.zeros(0, dtype=np.bool_),
            len(counts.entity_ids),
        )

    def where(self, chosen: NDArray[np.bool_]) -> Self:
        return type(self)(
            self.times[chosen],
            self.entities[chosen],
            self.states[chosen],
            self.automated[chosen],
            self.absent[chosen],
            self.amounts,
        )

    def stated(self) -> Self:
        """Without entities whose states are text."""
        pairs = np.unique(self.entities[~self.absent].astype(np.int64) << 32 | self.states[~self.absent])
        numbers = np.bincount(pairs >> 32, minlength=self.amounts)
        return self.where((numbers <= MOST_STATES)[self.entities]) if len(self.entities) else self

    def once(self) -> Self:
        """Without the same state told again within a minute."""
        again = self._same(self.states) & (np.diff(self.times, prepend=0) <= _REPEATED)
        return self.where(~again)

    @property
    def changed(self) -> NDArray[np.bool_]:
        """Which rows are changes."""
        after_absence = np.concatenate(([False], self.absent[:-1]))[: len(self.absent)]
        return np.asarray(self._same() & ~self._same(self.states) & ~self.absent & ~after_absence)

    @property
    def repeated(self) -> int:
        """How many states were told again, without an absence in between."""
        absent_before = np.concatenate(([False], self.absent[:-1]))[: len(self.absent)]
        return int((self._same(self.states) & ~self.absent & ~absent_before).sum())

    @property
    def ends(self) -> NDArray[np.int64]:
        """The rows that end a state: changes, and those that show that an event was lost or nobody knows.

        After an absence the same state goes on.
        """
        known = np.flatnonzero(~self.absent)
        before = np.concatenate(([-1], known[:-1]))[: len(known)]
        goes_on = (
            (before >= 0)
            & (self.entities[known] == self.entities[before])
            & (self.states[known] == self.states[before])
            & (known - before > 1)
        )
        return np.asarray(known[~goes_on], dtype=np.int64)

    def _same(self, also: NDArray[np.int32] | None = None) -> NDArray[np.bool_]:
        """Which rows are of the entity of the row before, and the same in this too."""
        same = np.zeros(len(self.entities), dtype=np.bool_)
        same[1:] = self.entities[1:] == self.entities[:-1]
        if also is not None:
            same[1:] &= also[1:] == also[:-1]
        return same
