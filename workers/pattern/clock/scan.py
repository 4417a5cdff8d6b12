"""Where the changes of one item heap up on the clock: the scan over windows of the day. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log10
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from workers.pattern.clock.binomial import binomial_tail, evidence
from workers.pattern.clock.envelope import CELL_MINUTES, CELLS, Envelope
from workers.pattern.clock.local_changes import LocalChanges
from workers.pattern.clock.local_clock import MINUTES

FEWEST: Final = 5
"""Days on which a routine must have happened."""
LOWEST_RATE: Final = 0.42
"""Of its days, on how many a routine must have happened."""
WIDEST_SPREAD: Final = 24.0
"""Minutes; what varies more is a habit, and no time of day."""
STRATA: Final = ("all", "weekday", "weekend")

_HALF_WIDTHS = (1, 2, 4, 6)
_FLANK_BEFORE, _FLANK_AFTER = (-30, -9), (9, 30)
_PAD = 32
_MOST_PEAKS = 6
_LOOKED_AT = 30.0
"""Minutes around a peak that are looked at no more."""
_SCANNED = len(_HALF_WIDTHS) * len(STRATA) * CELLS / 4
"""Windows of one item that are as good as independent."""
_WORTH_A_LOOK = 1e-2
_WORTH_A_SEARCH = 5.0
"""Minus the logarithm of a bound on the p value of one window."""
_HOLDS = 0.05
_FIRST_REACH, _LEAST_REACH, _MOST_REACH = 40.0, 10.0, 45.0
_ROUNDS = 3
_NORMAL = 1.4826
"""Standard deviations of a normal distribution in its median absolute deviation."""


@dataclass(frozen=True, slots=True)
class Peak:
    """Where the changes of an item heap up: `rows` of LocalChanges, one of each day, and `places` of those days.

    `minute`, `spread` and `reach` are the circular mean, the standard deviation, and how far off a change may be;
    `share` is that of all changes of the item.
    """

    stratum: int
    minute: float
    spread: float
    reach: float
    trials: int
    places: NDArray[np.int64]
    rows: NDArray[np.int64]
    p_value: float
    share: float

    @property
    def confidence(self) -> float:
        """The probability that it is a routine: a logistic regression on 100 planted homes.

        More than 12 powers of ten prove no more. Weekends have so few days that their routines can't show as much.
        """
        powers = min(-log10(max(self.p_value, 1e-99)), 12.0)
        return 1 / (1 + exp(3.55 - 0.9 * powers - 2.8 * self.share - 1.7 * (STRATA[self.stratum] == "weekend")))

    @property
    def rate(self) -> float:
        """On how many of its days it happened."""
        return min(len(self.places) / self.trials, 1.0)


class _Left(NamedTuple):
    """What no peak explains yet: which rows, their running number by cell, how much a day, and the windows.

    For each width of a window `windows` has the centres that were hit often enough, and the evidence (3, centres).
    """

    rows: NDArray[np.bool_]
    summed: NDArray[np.float32]
    a_day: NDArray[np.float32]
    windows: list[tuple[NDArray[np.int64], NDArray[np.float32]]]


class Scan:
    """The scan of one item: its `rows` are those of LocalChanges."""

    def __init__(
        self,
        changes: LocalChanges,
        envelope: Envelope,
        rows: NDArray[np.int64],
        share: NDArray[np.float64],
        days: tuple[int, int] | None = None,
    ) -> None:
        since, until = days or (0, len(envelope.days))
        self._days = until - since
        weekend, lived = envelope.weekend[since:until], envelope.lived[since:until]
        self._share = _summed(share[since:until].ravel())
        self._strata = np.array([lived, lived & ~weekend, lived & weekend], dtype=np.float32)
        self._trials = np.maximum(self._strata.sum(axis=1)[:, None], 1.0)
        self._fewest = np.maximum(FEWEST, LOWEST_RATE * self._trials)
        self._rows, self._places = rows, envelope.places[rows] - since
        self._minutes = changes.minutes[rows]
        self._everything = np.ones(len(rows), dtype=np.bool_)

    def peaks(self) -> list[Peak]:
        """Its peaks, the clearest first; what one explains is taken away before the next is looked for."""
        found: list[Peak] = []
        left = self._left(self._everything)
        looked_at = np.zeros(CELLS, dtype=np.bool_)
        for _ in range(_MOST_PEAKS):
            place = _clearest(left, looked_at)
            if place is None:
                break
            peak = self._refined(left, *place)
            centre = place[1] if peak is None else peak.minute
            looked_at |= np.abs(_apart(np.arange(CELLS, dtype=np.float64) * CELL_MINUTES, centre)) <= _LOOKED_AT
            if peak is not None and _convincing(peak):
                found.append(peak)
                far = np.abs(_apart(self._minutes, peak.minute)) > max(3 * peak.spread, 20.0)
                left = self._left(left.rows & far)
        return found

    def near(self, stratum: int, minute: float) -> Peak | None:
        """The peak around a minute; None where there is none."""
        return self._refined(_Left(self._everything, *self._counted(self._everything), []), stratum, minute)

    def holds(self, peak: Peak) -> bool:
        """Whether the window of a peak of other days is hit here more often than by chance (one in twenty)."""
        days = np.flatnonzero(self._strata[peak.stratum][self._places] > 0)
        hits = len(self._nearest(days, peak.minute, peak.reach)[0])
        half, centre = _cells(peak.reach, peak.minute)
        chance = float(self._chance(*self._counted(self._everything), half, centre)[peak.stratum, 0])
        trials = int(self._trials[peak.stratum, 0])
        return binomial_tail(min(hits, trials), trials, chance) <= _HOLDS

    def _left(self, rows: NDArray[np.bool_]) -> _Left:
        """Some rows, and all windows on them."""
        summed, a_day = self._counted(rows)
        windows = []
        for half in _HALF_WIDTHS:
            hits = self._strata @ (self._between(summed, -half, half, np.arange(CELLS)) > 0)
            often = np.flatnonzero((hits >= self._fewest).any(axis=0))
            if len(often):
                chance = self._chance(summed, a_day, half, often)
                windows.append((often, evidence(hits[:, often], chance, self._trials)))
        return _Left(rows, summed, a_day, windows)

    def _counted(self, left: NDArray[np.bool_]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """What is left: its running number by cell, and how much a day."""
        cells = self._places[left] * CELLS + (self._minutes[left] // CELL_MINUTES).astype(np.int64)
        summed = _summed(np.bincount(cells, minlength=self._days * CELLS))
        return summed, np.bincount(self._places[left], minlength=self._days).astype(np.float32)

    def _chance(
        self, summed: NDArray[np.float32], a_day: NDArray[np.float32], half: int, centres: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """The chance of a day to hit the window, for each kind of days and each centre; shape (3, centres)."""
        share = self._between(self._share, -half, half, centres)
        by_household = self._strata @ -np.expm1(-a_day[:, None] * share) / self._trials
        before, after = (self._between(summed, low, high, centres) for low, high in (_FLANK_BEFORE, _FLANK_AFTER))
        flanks = np.maximum(self._strata @ before, self._strata @ after)
        by_flanks = -np.expm1(-(flanks + 0.5) * (2 * half / (_FLANK_AFTER[1] - _FLANK_AFTER[0])) / self._trials)
        return np.asarray(np.maximum(by_household, by_flanks), dtype=np.float32)

    def _between(
        self, summed: NDArray[np.float32], low: int, high: int, centres: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """The sum from `low` to `high` cells off each day's centres, shape (days, centres); midnight is no border."""
        places = _PAD + np.arange(self._days)[:, None] * CELLS + centres
        return np.asarray(summed[places + high] - summed[places + low])

    def _refined(self, left: _Left, stratum: int, minute: float) -> Peak | None:
        """The peak with its own centre and width."""
        chosen = np.flatnonzero(left.rows & (self._strata[stratum][self._places] > 0))
        reach, spread = _FIRST_REACH, WIDEST_SPREAD
        nearest = chosen
        for _ in range(_ROUNDS):
            nearest, offsets = self._nearest(chosen, minute, reach)
            if len(nearest) < FEWEST:
                return None
            middle = _median(offsets)
            spread = max(_NORMAL * _median(np.abs(offsets - middle)), 0.5)
            minute = (minute + middle) % MINUTES
            reach = min(max(3.0 * spread + 2.0, _LEAST_REACH), _MOST_REACH)
        nearest, offsets = self._nearest(chosen, minute, reach)
        if len(nearest) < FEWEST:
            return None
        minute, spread = (minute + float(offsets.mean())) % MINUTES, max(float(offsets.std()), 0.5)
        trials = int(self._strata[stratum].sum())
        half, centre = _cells(reach, minute)
        chance = float(self._chance(left.summed, left.a_day, half, centre)[stratum, 0])
        p_value = min(1.0, binomial_tail(min(len(nearest), trials), trials, chance) * _SCANNED)
        return Peak(
            stratum=stratum,
            minute=minute,
            spread=spread,
            reach=reach,
            trials=trials,
            places=self._places[nearest],
            rows=self._rows[nearest],
            p_value=p_value,
            share=len(nearest) / len(self._rows),
        )

    def _nearest(
        self, chosen: NDArray[np.int64], minute: float, reach: float
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Of each day the row nearest to a minute, where one is within reach, and how far off it is."""
        offsets = _apart(self._minutes[chosen], minute)
        near = np.flatnonzero(np.abs(offsets) <= reach)
        chosen, offsets = chosen[near], offsets[near]
        days = self._places[chosen] + np.rint((self._minutes[chosen] - offsets - minute) / MINUTES).astype(np.int64)
        order = np.lexsort((np.abs(offsets), days))
        first = order[np.concatenate(([True], np.diff(days[order]) != 0))[: len(order)]]
        return chosen[first], offsets[first]


def _clearest(left: _Left, looked_at: NDArray[np.bool_]) -> tuple[int, float] | None:
    """The kind of days and the minute of the best window of what is left; None where none is worth a look."""
    best, found = _WORTH_A_SEARCH, None
    for centres, found_there in left.windows:
        unseen = np.where(looked_at[centres], -np.inf, found_there)
        place = int(np.argmax(unseen))
        if unseen.flat[place] > best:
            stratum, column = divmod(place, len(centres))
            best, found = float(unseen.flat[place]), (stratum, float(centres[column] * CELL_MINUTES))
    return found


def _summed(amounts: NDArray[Any]) -> NDArray[np.float32]:
    """Running sums, with as much before and after them as any window reaches."""
    sums = np.zeros(len(amounts) + 1 + 2 * _PAD, dtype=np.float32)
    np.cumsum(amounts, out=sums[_PAD + 1 : _PAD + 1 + len(amounts)])
    sums[_PAD + 1 + len(amounts) :] = sums[_PAD + len(amounts)]
    return sums


def _median(values: NDArray[np.float64]) -> float:
    """The median of a few values, in a tenth of the time that NumPy's takes."""
    ordered = np.sort(values)
    return float(ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2


def _cells(reach: float, minute: float) -> tuple[int, NDArray[np.int64]]:
    """A window in cells: half its width, and its centre."""
    return max(round(reach / CELL_MINUTES), 1), np.array([round(minute / CELL_MINUTES) % CELLS])


def _apart(minutes: NDArray[np.float64], centre: float) -> NDArray[np.float64]:
    """How far minutes of the day are from one of them, by the shorter way round: -720 to 720."""
    return np.asarray((minutes - centre + MINUTES / 2) % MINUTES - MINUTES / 2)


def _convincing(peak: Peak) -> bool:
    return (
        peak.p_value <= _WORTH_A_LOOK
        and peak.rate >= LOWEST_RATE
        and peak.spread <= WIDEST_SPREAD
        and len(peak.places) >= FEWEST
    )
