"""Silence: an entity does nothing for far longer than it ever did at such hours. Pure."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from workers.pattern.clock.baseline import Baseline, Doings
from workers.pattern.clock.finding import Finding, tail_p

KIND: Final = "silent"
SHORTEST: Final = 6 * 3_600
"""Seconds; who misses a thing for less."""
LEAST_MISSED: Final = 20.0
"""Changes that were to be expected meanwhile."""
SURPLUS: Final = 2.0
"""Times the longest silence that is usual."""

_MOST = 3
_AT_MOST = 1e-3


def silences(baseline: Baseline, doings: Doings, expected: NDArray[np.float64]) -> list[Finding]:
    """The silences of one entity, measured in the changes that it missed and compared with all its other pauses."""
    begin = baseline.first * 86_400
    clock = np.arange(expected.size + 1) * 3_600 + begin
    missed = np.concatenate(([0.0], np.cumsum(expected.ravel())))
    late = 1_800 if doings.reading else 0
    moments = np.append(doings.walls + late, baseline.last_wall)
    pauses = np.diff(np.interp(moments, clock, missed))
    found: list[Finding] = []
    largest = np.argsort(pauses)[::-1][:_MOST]
    for rank, place in enumerate(largest.tolist()):
        others = np.delete(pauses, largest[: rank + 1])
        usual = float(others.max()) if len(others) else 0.0
        start = int(doings.times[place]) + 2 * late
        last = place + 1 == len(doings.times)
        end = baseline.changes.last if last else int(doings.times[place + 1])
        surplus = float(pauses[place]) / max(usual, 1.0)
        if last and baseline.renamed(doings.entity, start):
            continue
        if end - start >= SHORTEST and pauses[place] >= LEAST_MISSED and surplus >= SURPLUS:
            p_value = tail_p(float(pauses[place]), others)
            if p_value > _AT_MOST:
                break
            found.append(Finding(KIND, doings.entity, start, end, p_value, surplus, int(pauses[place])))
    return found
