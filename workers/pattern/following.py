"""Counts how often each item followed each other one, all at once. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

STEP: Final = 50_000
"""Changes between two words about how far it is."""
WINDOW: Final = 120.0
"""Seconds within which the second of a pair follows."""


class Counts(NamedTuple):
    """By the number of the follower and then of the leader; `ties` by both, where nobody leads."""

    followed: list[Counter[int]]
    ties: Counter[tuple[int, int]]


def follow_counts(
    order: Sequence[int] | NDArray[np.int32],
    times: Sequence[float] | NDArray[np.float64],
    size: int,
    tell: Callable[[int], None],
    window: float = WINDOW,
) -> Counts:
    """How often each item followed each other one; `tell` hears how many changes it has passed.

    A change follows the last change of another item where that lies within the window and the follower itself did not
    change in between. Found by comparing all changes with the one before, with the one before that, and so on, as long
    as any of them has one that counts.
    """
    items, at = np.array(order, dtype=np.int64), np.array(times, dtype=np.float64)
    before, after = _same_before(items), _same_after(items)
    followed, ties = _Tally(size), _Tally(size)
    for start in range(0, len(items), STEP):
        tell(start)
        live, back = np.arange(start, min(start + STEP, len(items))), 1
        while True:
            other = live - back
            # An earlier one is too early for good, as is all that lies before the follower's own last change.
            inside = before[live] < other
            live, other = live[inside], other[inside]
            inside = at[other] >= at[live] - window
            live, other = live[inside], other[inside]
            if not len(live):
                break
            latest = after[other] > live
            follower, leader = live[latest], other[latest]
            together = at[leader] == at[follower]
            keys = items[leader] * size + items[follower]
            followed.add(keys[~together])
            ties.add(keys[together])
            back += 1
        followed.settle()
        ties.settle()
    counts = Counts([Counter() for _ in range(size)], Counter())
    for (leader_item, follower_item), number in followed.counts():
        counts.followed[follower_item][leader_item] = number
    counts.ties.update(dict(ties.counts()))
    return counts


class _Tally:
    """How often each pair of numbers came, as a table where that is small."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._table = np.zeros(size * size if size <= _SMALL else 0, dtype=np.int64)
        self._sparse: Counter[int] = Counter()
        self._waiting: list[NDArray[np.int64]] = []

    def add(self, keys: NDArray[np.int64]) -> None:
        if len(keys):
            self._waiting.append(keys)

    def settle(self) -> None:
        """Count what was added."""
        if not self._waiting:
            return
        keys = np.concatenate(self._waiting)
        self._waiting.clear()
        if len(self._table):
            self._table += np.bincount(keys, minlength=len(self._table))
        else:
            different, numbers = np.unique(keys, return_counts=True)
            self._sparse.update(dict(zip(different.tolist(), numbers.tolist(), strict=True)))

    def counts(self) -> list[tuple[tuple[int, int], int]]:
        """The pairs that came, each with its number."""
        there = np.flatnonzero(self._table)
        found = {**self._sparse, **dict(zip(there.tolist(), self._table[there].tolist(), strict=True))}
        return [(divmod(key, self._size), number) for key, number in found.items()]


_SMALL: Final = 2_000


def _same_before(items: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each place the last place before it with the same number; -1 where there is none."""
    places = np.argsort(items, kind="stable")
    found = np.full(len(items), -1, dtype=np.int64)
    same = np.diff(items[places]) == 0
    found[places[1:][same]] = places[:-1][same]
    return found


def _same_after(items: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each place the next place with the same number, or else the place behind the end."""
    places = np.argsort(items, kind="stable")
    found = np.full(len(items), len(items), dtype=np.int64)
    same = np.diff(items[places]) == 0
    found[places[:-1][same]] = places[1:][same]
    return found
