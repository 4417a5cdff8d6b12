"""Bursts: an entity changes far more often than it ever does at such hours. Pure."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from workers.pattern.clock.baseline import Baseline, Doings
from workers.pattern.clock.finding import Finding, tail_p

KIND: Final = "burst"
LEAST: Final = 10
"""Changes within one slot of time."""

_DAY, _HOUR, _SLOT = 86_400, 3_600, 600
_SHARE = 0.05
_MOST = 5
_AT_MOST = 1e-4
_SURPLUS = 1.5


def bursts(baseline: Baseline, doings: Doings, expected: NDArray[np.float64]) -> list[Finding]:
    """The bursts of one entity: slots in which it did far more than expected, compared with all those of other days.

    A slot is ten minutes, an hour for readings. How far is told in standard deviations of a negative binomial with the
    entity's own dispersion; `surplus` is how many times its fullest slot.
    """
    width = _HOUR if doings.reading else _SLOT
    slots = (doings.walls - baseline.first * _DAY) // width
    slot_count = expected.size * _HOUR // width
    counts = np.bincount(slots, doings.amounts, slot_count).astype(np.float64)
    if counts.max(initial=0) < LEAST:
        return []
    usual = np.repeat(expected.ravel(), _HOUR // width) * width / _HOUR
    lively = (counts > 0) | (usual > 0)
    variance = usual + _dispersion(counts[lively], usual[lively]) * usual**2 + 1.0
    excess = np.where(lively, (counts - usual) / np.sqrt(variance), 0.0)
    found: list[Finding] = []
    taken, days = ~lively, np.arange(slot_count) // (_DAY // width)
    while len(found) < _MOST:
        place = int(np.argmax(np.where(taken, -np.inf, excess)))
        if taken[place] or counts[place] < LEAST:
            break
        begin, end = _episode(counts, usual, place)
        taken[begin:end] = True
        others = ~taken & (days != days[place])
        p_value = tail_p(float(excess[place]), excess[others], _SHARE)
        surplus = float(counts[place]) / max(float(counts[others].max(initial=0.0)), 1.0)
        if p_value > _AT_MOST or surplus < _SURPLUS:
            break
        inside = np.flatnonzero((slots >= begin) & (slots < end))
        found.append(_finding(doings, inside, width, p_value, surplus))
    return found


def _episode(counts: NDArray[np.float64], usual: NDArray[np.float64], place: int) -> tuple[int, int]:
    """The slots around one that are above the usual by a tenth of its surplus at least."""
    above = counts - usual > max(0.1 * (counts[place] - usual[place]), 1.0)
    before, after = np.flatnonzero(~above[:place]), np.flatnonzero(~above[place:])
    return (int(before[-1]) + 1 if len(before) else 0), (place + int(after[0]) if len(after) else len(counts))


def _dispersion(counts: NDArray[np.float64], usual: NDArray[np.float64]) -> float:
    """The variance beyond Poisson's in squares of the mean, without the highest hundredth: no burst hides another."""
    trimmed = np.minimum(counts, np.quantile(counts, 0.99))
    return max(float(((trimmed - usual) ** 2 - usual).sum() / max((usual**2).sum(), 1e-9)), 0.0)


def _finding(doings: Doings, inside: NDArray[np.int64], width: int, p_value: float, surplus: float) -> Finding:
    """From the first to the last change of the burst."""
    first, last = int(doings.times[inside[0]]), int(doings.times[inside[-1]])
    amount = int(doings.amounts[inside].sum())
    return Finding(KIND, doings.entity, first, last + (width if doings.reading else 0), p_value, surplus, amount)
