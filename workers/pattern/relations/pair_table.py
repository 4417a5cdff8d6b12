"""The occurrences of all pairs over all days, beside what chance gives. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from math import log1p
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from workers.pattern.counts.pair_counts import COLUMNS, WINDOWS, PairCounts
from workers.pattern.relations.items import Items

BIN: Final = 1_800_000
"""Width in milliseconds of the bins within which chance may move a change."""

_BINS_AT_ONCE = 512


class PairTable:
    """The occurrences of all days as tables, leaders by followers, beside what chance gives.

    `ties`, `technical` (within two seconds, moments included) and, for each window, `followed[window]` (moments left
    out) and `expected[window]`. `amounts` is how often each item came.
    """

    def __init__(self, items: Items, parts: Iterable[PairCounts]) -> None:
        size = len(items)
        counts = np.zeros((COLUMNS, size * size), dtype=np.int64)
        for part in parts:
            places = items.places_of(part.names)
            if not len(part.leaders):
                continue
            leaders, followers = places[part.leaders], places[part.followers]
            kept = (leaders >= 0) & (followers >= 0)
            counts[:, leaders[kept] * size + followers[kept]] += part.counts[kept].T
        table = counts.reshape(COLUMNS, size, size)
        self.amounts = np.array([len(each) for each in items.times], dtype=np.int64)
        self.ties = table[0]
        self.technical = table[0] + table[1]
        summed = np.cumsum(table[1:], axis=0)
        self.followed = {window: summed[place + 1] for place, window in enumerate(WINDOWS)}
        self.expected = expected(items)

    def only(self, whole: Items, some: Items) -> Self:
        """The table of some of its items."""
        chosen = whole.places_of(some.names)
        both = np.ix_(chosen, chosen)
        found = copy(self)
        found.amounts = self.amounts[chosen]
        found.ties, found.technical = self.ties[both], self.technical[both]
        found.followed = {window: each[both] for window, each in self.followed.items()}
        found.expected = {window: each[both] for window, each in self.expected.items()}
        return found


def expected(items: Items) -> dict[int, NDArray[np.float64]]:
    """How many leaders chance would have followed within each window, leaders by followers.

    Interval jitter (Amarasingham et al. 2012) in closed form: each change may lie anywhere in its bin of 30 minutes, so
    `n` followers in the bin of a leader miss it with the chance `(1 - window/bin) ** n`. It knows when people
    are awake.
    """
    size = len(items)
    tables = {window: np.zeros((size, size)) for window in WINDOWS}
    if not size:
        return tables
    bins = np.concatenate([each // BIN for each in items.times])
    rows = np.repeat(np.arange(size), [len(each) for each in items.times])
    different, places = np.unique(bins, return_inverse=True)
    order = np.argsort(places, kind="stable")
    places, rows = places[order], rows[order]
    for start in range(0, len(different), _BINS_AT_ONCE):
        low, high = np.searchsorted(places, (start, start + _BINS_AT_ONCE))
        keys = rows[low:high] * _BINS_AT_ONCE + places[low:high] - start
        numbers = np.bincount(keys, minlength=size * _BINS_AT_ONCE).reshape(size, _BINS_AT_ONCE).astype(np.float64)
        for window in WINDOWS:
            tables[window] += numbers @ -np.expm1(numbers * log1p(-window / BIN)).T
    return tables
