"""How often each item followed each other one. Of two days it is the sum. Pure.

An occurrence is a change to one state and the next change of another entity to a state within five minutes, with
neither of the two between: each change is in one occurrence of a pair at most. It belongs to the day of the follower.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from workers.pattern.counts.day_items import DayItems, Item

WINDOWS: Final = (30_000, 60_000, 120_000, 300_000)
"""Milliseconds within which the second of a pair follows."""
TECHNICAL: Final = 2_000
"""Milliseconds within which what is told twice is told again."""
SOONEST: Final = 400
"""Milliseconds in which nobody does a second thing: what follows as soon is the same thing, or a machine's doing."""
LIMITS: Final = np.array((1, TECHNICAL + 1, *(each + 1 for each in WINDOWS)), dtype=np.int64)
"""Lags below these lie in the columns of the counts: at the same moment, technical, and within each of the windows."""

COLUMNS: Final = len(LIMITS)
_AT_ONCE = 300_000
_NONE = np.zeros(0, dtype=np.int64)
_NOTHING = np.zeros((0, COLUMNS), dtype=np.int32)


@dataclass(frozen=True, slots=True, eq=False)
class PairCounts:
    """The occurrences of some days: `leaders` and `followers` are places in `names`, `counts` has a row for each pair.

    The columns of `counts` are those of LIMITS. Two changes at the same moment count for both orders.
    """

    names: tuple[Item, ...]
    leaders: NDArray[np.int32]
    followers: NDArray[np.int32]
    counts: NDArray[np.int32]

    @classmethod
    def of(cls, day: DayItems) -> Self:
        """Count one day: O(changes x changes within five minutes)."""
        size = len(day.names)
        table = _table(day).reshape(COLUMNS, size * size)
        pairs = np.flatnonzero(table.any(axis=0))
        leaders, followers = np.divmod(pairs, max(size, 1))
        numbers = {entity_id: place for place, entity_id in enumerate({name.entity_id: 0 for name in day.names})}
        entities = np.array([numbers[name.entity_id] for name in day.names], dtype=np.int64)
        other = entities[leaders] != entities[followers]
        leaders, followers = leaders[other].astype(np.int32), followers[other].astype(np.int32)
        return cls(day.names, leaders, followers, np.ascontiguousarray(table[:, pairs[other]].T))

    @classmethod
    def joined(cls, parts: Iterable[Self], without: Iterable[Self] = ()) -> Self:
        """The sum of some parts, less that of others which are in it; names in order, without pairs of nothing."""
        more, less = list(parts), list(without)
        every = [*more, *less]
        names = tuple(sorted({name for part in every for name in part.names}))
        places = {name: place for place, name in enumerate(names)}
        keys = [_NONE]
        for part in every:
            now = np.array([places[name] for name in part.names], dtype=np.int64)
            keys.append(now[part.leaders] * len(names) + now[part.followers])
        rows = [_NOTHING, *(part.counts for part in more), *(-part.counts for part in less)]
        pairs, numbers = np.unique(np.concatenate(keys), return_inverse=True)
        counts = np.zeros((len(pairs), COLUMNS), dtype=np.int64)
        np.add.at(counts, numbers, np.concatenate(rows))
        kept = counts.any(axis=1)
        leaders, followers = np.divmod(pairs[kept], max(len(names), 1))
        return cls(names, leaders.astype(np.int32), followers.astype(np.int32), counts[kept].astype(np.int32))


def _table(day: DayItems) -> NDArray[np.int32]:
    """The occurrences by column, leader and follower, those of two states of one entity among them.

    Chunks are of a few followers each, so that the counts stay in the processor's cache.
    """
    size = len(day.names)
    table = np.zeros((COLUMNS, size, size), dtype=np.int32)
    items = day.items.astype(np.int64)
    before, after = _same(items)
    live = np.arange(day.before, len(items))
    live = live[np.argsort(items[live], kind="stable")]
    near = live
    for column, limit in enumerate(LIMITS.tolist()):
        far = np.maximum(np.searchsorted(day.times, day.times[live] - limit, side="right"), before[live] + 1)
        many = np.maximum(near - far, 0)
        for part in np.split(np.arange(len(live)), np.flatnonzero(np.diff(np.cumsum(many) // _AT_ONCE)) + 1):
            keys = _pairs(live[part], far[part], many[part], after, items, size)
            table[column] += np.bincount(keys, minlength=size * size + 1)[1:].reshape(size, size)
        near = np.minimum(near, far)
    table[0] += table[0].T
    return np.ascontiguousarray(table.transpose(0, 2, 1))


def _pairs(
    live: NDArray[np.int64],
    far: NDArray[np.int64],
    many: NDArray[np.int64],
    after: NDArray[np.int64],
    items: NDArray[np.int64],
    size: int,
) -> NDArray[np.int64]:
    """`1 + follower * size + leader` of the `many` changes from each place `far` on that lead `live`; 0 for others."""
    ends = np.cumsum(many)
    other = np.arange(ends[-1] if len(ends) else 0) + np.repeat(far - ends + many, many)
    keys = items[other] + np.repeat(items[live] * size + 1, many)
    keys *= after[other] > np.repeat(live, many)
    return np.asarray(keys)


def _same(items: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each place the last place before it and the next after it with the same number: else -1, or the end."""
    places = np.argsort(items, kind="stable")
    same = np.diff(items[places]) == 0
    before = np.full(len(items), -1, dtype=np.int64)
    after = np.full(len(items), len(items), dtype=np.int64)
    before[places[1:][same]] = places[:-1][same]
    after[places[:-1][same]] = places[1:][same]
    return before, after
