"""Relations: pairs of items that go together more often than chance has it, with all their figures. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from math import log1p
from typing import Final

import numpy as np
from numpy.typing import NDArray

from workers.pattern.counts.day_items import DAY
from workers.pattern.counts.pair_counts import WINDOWS
from workers.pattern.relations.evidence import coin_tail, poisson_tail
from workers.pattern.relations.items import Items
from workers.pattern.relations.occurrence import Times, followings, meetings, open_to, restless
from workers.pattern.relations.pair_table import BIN, PairTable

LEAST_SUPPORT: Final = 8
LEAST_LIFT: Final = 1.5
LEAST_SHARE: Final = 0.12
"""Of all changes of the leader; the share of those that could be followed is judged later."""
TESTS_A_PAIR: Final = 3 * len(WINDOWS)
"""Forward, backward and either way, in each window."""
DETECTED: Final = 0.01
VERIFIED: Final = 0.05
"""The largest p values in the first half of the days and in the second for a pattern that is replicated."""
LEAST_OPEN: Final = 6
"""Opportunities in a half of the history, below which it says nothing of a replication."""


class Relation:
    """The leader and the follower of a pair, by their places in `items`, within a window (milliseconds).

    Opportunities are the changes of the leader at which the follower's entity was not in that state already. Where it
    is not `ordered` either may go first: the leader is the one that changed more often, all of its changes count.
    """

    def __init__(self, items: Items, leader: int, follower: int, window: int, *, ordered: bool) -> None:
        self.items, self.leader, self.follower, self.window, self.ordered = items, leader, follower, window, ordered
        one, other = items.times[leader], items.times[follower]
        self.found = followings(one, other, window) if ordered else meetings(one, other, window)
        could = open_to(items, leader, follower) if ordered else np.ones(len(one), dtype=np.bool_)
        could[self.found.leaders] = True
        self._opportunities = one[could]
        self._came = np.isin(np.flatnonzero(could), self.found.leaders)
        self.chances = _chances(self._opportunities, other, window, ordered=ordered)

    def __len__(self) -> int:
        return len(self.found)

    @property
    def opportunities(self) -> int:
        """How often it could have happened: of a pair in either order, the changes of the more frequent of the two."""
        return len(self._opportunities)

    @property
    def expected(self) -> float:
        """How many occurrences chance gives."""
        return float(self.chances.sum())

    @property
    def share(self) -> float:
        """The share of the opportunities that came to an occurrence."""
        return len(self) / max(self.opportunities, 1)

    @property
    def excess(self) -> float:
        """Occurrences over what chance gives."""
        return len(self) - self.expected

    @property
    def lift(self) -> float:
        """How many times chance."""
        return len(self) / max(self.expected, 1e-9)

    @cached_property
    def p_value(self) -> float:
        """How likely chance gives as many half hours with an occurrence: bursts are one piece of evidence each."""
        _, places = np.unique(self._opportunities // BIN, return_inverse=True)
        expected = float(-np.expm1(-np.bincount(places, weights=self.chances)).sum()) if len(places) else 0.0
        return poisson_tail(len(np.unique(self._opportunities[self._came] // BIN)), expected)

    @cached_property
    def lag_seconds(self) -> float:
        """The median time from the first to the second."""
        return float(np.median(self.found.lags)) / 1_000 if len(self) else 0.0

    @cached_property
    def spread(self) -> float:
        """Seconds between the quartiles of the lag."""
        low, high = np.percentile(self.found.lags, (25, 75)) if len(self) else (0.0, 0.0)
        return float(high - low) / 1_000

    @cached_property
    def backward(self) -> int:
        """How often the follower went before the leader."""
        items = self.items
        return len(followings(items.times[self.follower], items.times[self.leader], self.window))

    @cached_property
    def direction(self) -> float:
        """How likely a coin gives the order."""
        return coin_tail(len(self), len(self) + self.backward)

    @cached_property
    def restless(self) -> float:
        """The share of occurrences in which the follower's entity only came to rest."""
        return restless(self.items, self.found, self.follower, self.window)

    @cached_property
    def automated(self) -> float:
        """The share of occurrences in which an automation made the second change."""
        flags = self.items.automated[self.follower][self.found.followers]
        if not self.ordered:
            flags = flags | self.items.automated[self.leader][self.found.leaders]
        return float(flags.mean()) if len(flags) else 0.0

    def halves(self, middle: int) -> tuple[Half, Half]:
        """What holds before and after a moment."""
        first = self._opportunities < middle
        early = int((self.found.starts < middle).sum())
        return (
            Half(early, int(first.sum()), float(self.chances[first].sum())),
            Half(len(self) - early, int((~first).sum()), float(self.chances[~first].sum())),
        )

    def without(self, others: Times, window: int) -> Half:
        """What is left where none of the others changed in the window before the second, or around the first."""
        apart = ~_near(self._opportunities, others, window, self.window)
        alone = ~_near(self.found.ends, others, max(window, self.window), 0)
        alone &= ~_near(self.found.starts, others, window, self.window)
        return Half(int(alone.sum()), int(apart.sum()), float(self.chances[apart].sum()))

    @property
    def strength(self) -> float:
        """The order in which relations explain what there is: how much is over chance, and how surely it follows."""
        return self.excess * max(self.excess, 0.0) / max(self.opportunities, 1)


@dataclass(frozen=True, slots=True)
class Half:
    """A part of a relation: occurrences, opportunities, and what chance gives."""

    support: int
    opportunities: int
    expected: float

    @property
    def share(self) -> float:
        """The share of the opportunities that came to an occurrence."""
        return self.support / max(self.opportunities, 1)

    @property
    def excess_share(self) -> float:
        """The same over what chance gives."""
        return (self.support - self.expected) / max(self.opportunities, 1)


def replicated(relation: Relation) -> bool | None:
    """Whether what the first half of the days holds, the second holds too; None where one of them has too little."""
    return holds_in_both(*relation.halves(relation.items.middle))


def holds_in_both(first: Half, second: Half) -> bool | None:
    """Whether what one half holds, which was looked at first, the other holds too; None where one has too little."""
    if min(first.opportunities, second.opportunities) < LEAST_OPEN:
        return None
    return (
        poisson_tail(first.support, first.expected) <= DETECTED
        and poisson_tail(second.support, second.expected) <= VERIFIED
        and second.excess_share >= first.excess_share / 3
    )


def screened(items: Items, table: PairTable) -> Iterator[tuple[int, int, int]]:
    """Leader, follower and window of what may be a relation in this order.

    Each pair of items once in each order: in the window in which chance would have it the least likely.
    """
    size = len(items)
    best = np.full((size, size), -1.0)
    windows = np.zeros((size, size), dtype=np.int64)
    for window in WINDOWS:
        followed, chance = table.followed[window], table.expected[window]
        share = followed / np.maximum(table.amounts, 1)[:, np.newaxis]
        good = (followed >= LEAST_SUPPORT) & (followed >= LEAST_LIFT * chance) & (share >= LEAST_SHARE / 2)
        gained = np.where(good, gain(followed, chance), -1.0)
        better = gained > best
        best[better], windows[better] = gained[better], window
    for leader, follower in zip(*(each.tolist() for each in np.nonzero(best > LEAST_GAIN)), strict=True):
        yield leader, follower, int(windows[leader, follower])


LEAST_GAIN: Final = 6.0
"""Of the log likelihood over that of chance: above it lies what is less likely than about 1e-4."""


def gain(observed: NDArray[np.int64], expected: NDArray[np.float64]) -> NDArray[np.float64]:
    """By how much the log likelihood of a Poisson count exceeds that of chance."""
    seen = np.maximum(observed, 1e-9)
    return np.asarray(seen * np.log(seen / np.maximum(expected, 1e-9)) - seen + expected)


def _chances(leaders: Times, followers: Times, window: int, *, ordered: bool) -> NDArray[np.float64]:
    """For each leader how likely chance has one of the followers within the window.

    Each follower may lie anywhere in its half hour; or, where that gives more, what follows at the same time on other
    days counts (the shift predictor, Perkel et al. 1967): two clocks that know nothing of each other keep one hour.
    """
    begins = leaders // BIN * BIN
    there = np.searchsorted(followers, begins + BIN) - np.searchsorted(followers, begins)
    chances = -np.expm1(there * log1p(-window * (1 if ordered else 2) / BIN))
    before = -1 if ordered else window
    moved = np.concatenate([leaders + days * DAY for days in _SHIFTS])
    inside = (moved >= leaders[:1].sum()) & (moved <= leaders[-1:].sum())
    near = _near(moved[inside], followers, before, window)
    shifted, mean = float(near.mean()) if len(near) else 0.0, float(chances.mean()) if len(leaders) else 0.0
    return np.full(len(leaders), shifted) if mean < shifted else chances


_SHIFTS = (-7, -2, -1, 1, 2, 7)
"""Days by which leaders are moved."""


def _near(moments: Times, others: Times, before: int, after: int) -> NDArray[np.bool_]:
    """At which moments one of the others lies from so long before to so long after."""
    return np.asarray(
        np.searchsorted(others, moments - before) < np.searchsorted(others, moments + after, side="right")
    )
