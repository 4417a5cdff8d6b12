"""Odd hours: something is used at a time of day at which it never is, while the household sleeps. Pure."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from workers.pattern.clock.baseline import Baseline, Doings
from workers.pattern.clock.finding import Finding
from workers.pattern.clock.left_on import used_states

KIND: Final = "unusual_time"
FEWEST: Final = 30
"""Changes, below which the hours of a thing are not known."""
MOST_A_DAY: Final = 30
"""Changes, above which a thing follows people about, as motion sensors do: it says no more than that somebody is up."""
MOST_COMPANY: Final = 2
"""Other things that change in the half hour before and after; more of them are somebody who is up."""

_CELL, _CELLS = 300, 288
_STEPS = (12, 15, 21, 27, 36, 48, 60)
_EPISODE = 3_600


def odd_hours(baseline: Baseline, things: list[Doings]) -> list[Finding]:
    """What was used at hours of the night far from all those at which it is used on other days.

    What happens in a late night, while others are up, says nothing of the hours of a thing. How far is told by the
    widest window on the clock that no other day has a change in: `surplus` is half of it in hours. The p value is how
    often any thing of this home does so in a night.
    """
    used = used_states(baseline.changes)
    known = [each for each in things if not each.reading and _has_hours(baseline, each)]
    found = [finding for each in known for finding in _of_thing(baseline, each, used)]
    chance = len(found) / max(len(known) * baseline.days, 1)
    return [Finding(KIND, each.entity, each.begin, each.end, chance, each.surplus, each.amount) for each in found]


def _has_hours(baseline: Baseline, doings: Doings) -> bool:
    """Whether a thing rests at night, clearly more than one that goes on day and night would by chance."""
    amount = len(doings.walls)
    if not FEWEST <= amount <= MOST_A_DAY * baseline.days:
        return False
    by_chance = amount * baseline.asleep_share
    return bool(baseline.asleep(doings.walls).sum() <= by_chance - 2 * by_chance**0.5)


def _of_thing(baseline: Baseline, doings: Doings, used: NDArray[np.int64]) -> list[Finding]:
    asleep = baseline.asleep(doings.walls)
    alone = np.ones(len(asleep), dtype=np.bool_)
    alone[asleep] = baseline.company(doings.entity, doings.walls[asleep]) <= MOST_COMPANY
    cells = doings.walls // _CELL - baseline.first * _CELLS
    odd = asleep & alone & np.isin(baseline.changes.items[doings.rows], used)
    clear = np.zeros(len(cells), dtype=np.int64)
    if odd.any():
        clear[alone] = _clear(cells[alone], baseline.days)
    odd &= clear > 0
    found: list[Finding] = []
    for place in np.flatnonzero(odd).tolist():
        time = int(doings.times[place])
        if found and time - found[-1].begin <= _EPISODE:
            continue
        amount = int(np.searchsorted(doings.times, time + _EPISODE, side="right")) - place
        end = int(doings.times[place + amount - 1])
        found.append(Finding(KIND, doings.entity, time, end, 1.0, float(clear[place]) / 60, amount))
    return found


def _clear(cells: NDArray[np.int64], days: int) -> NDArray[np.int64]:
    """Of each change how many minutes around it, by the clock, no other day has a change; 0 below the least."""
    seen = np.concatenate(([0], np.cumsum(np.bincount(cells, minlength=days * _CELLS))))
    centres = np.arange(days * _CELLS)
    clear = np.zeros(len(cells), dtype=np.int64)
    for reach in _STEPS:
        low, high = np.maximum(centres - reach, 0), np.minimum(centres + reach + 1, days * _CELLS)
        near = (seen[high] > seen[low]).reshape(days, _CELLS).sum(axis=0)
        clear[near[cells % _CELLS] <= 1] = reach * _CELL // 60
    return clear
