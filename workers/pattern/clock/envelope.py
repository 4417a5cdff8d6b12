"""When a household is awake: what share of its doings falls into any part of a day. Pure."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from workers.pattern.clock.local_changes import LocalChanges
from workers.pattern.clock.local_clock import weekend

CELL_MINUTES: Final = 5
CELLS: Final = 288
"""Of a day, five minutes each."""

_BINS = 48
_ANYBODY = 0.35
"""Share of a usual day's doings, below which nobody is taken to be there."""
_UNIFORM = 0.05
"""How much of a day's doings may lie anywhere: nobody sleeps by the clock."""


class Envelope:
    """The doings of a home in each half hour of each of its active days.

    A doing is an entity that changed at all in a half hour, so that a motion sensor weighs no more than a lamp.
    """

    def __init__(self, changes: LocalChanges) -> None:
        self.days = changes.active_days
        self.weekend = weekend(self.days)
        self.places = np.searchsorted(self.days, changes.days)
        """Of each change the place of its day among the active ones."""
        amount = len(changes.counts.entity_ids)
        bins = (self.places * _BINS + (changes.minutes // 30).astype(np.int64)) * amount + changes.entities
        seen = np.unique(bins[~changes.steady[changes.entities]])
        self._entities = (seen % amount) if amount else seen
        self._bins = (seen // amount) if amount else seen
        self._all = np.bincount(self._bins, minlength=len(self.days) * _BINS).astype(np.float64)
        self.lived = self._lived()
        """Of each active day whether somebody was there."""

    def _lived(self) -> NDArray[np.bool_]:
        doings = self._all.reshape(-1, _BINS).sum(axis=1)
        return np.asarray(doings >= _ANYBODY * np.median(doings)) if len(doings) else np.zeros(0, dtype=np.bool_)

    def without(self, entity: int) -> NDArray[np.float64]:
        """The share of each cell in a day, shape (days, 288), told by all other entities; each day sums to 1.

        Half of it is the day's own, half that of all days of its kind: some sleep longer on some mornings.
        """
        own = np.bincount(self._bins[self._entities == entity], minlength=len(self._all))
        doings = (self._all - own).reshape(-1, _BINS)
        usual = np.empty_like(doings)
        for kind in (self.weekend, ~self.weekend):
            usual[kind] = doings[kind].mean(axis=0) if kind.any() else 0.0
        share = 0.5 * _shared(doings) + 0.5 * _shared(usual)
        return np.repeat(share, CELLS // _BINS, axis=1) * (_BINS / CELLS)


def _shared(doings: NDArray[np.float64]) -> NDArray[np.float64]:
    total = doings.sum(axis=1, keepdims=True)
    share = np.divide(doings, total, out=np.full_like(doings, 1 / _BINS), where=total > 0)
    return np.asarray((1 - _UNIFORM) * share + _UNIFORM / _BINS, dtype=np.float64)
