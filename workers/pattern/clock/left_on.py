"""Left on: a thing stays on, open or unlocked far longer than it ever did. Pure."""

from __future__ import annotations

from math import erfc, sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from workers.pattern.clock.finding import Finding
from workers.pattern.clock.local_changes import LocalChanges, Spell

KIND: Final = "left_on"
USED: Final = frozenset({"on", "unlocked", "playing", "heat", "cool", "heating", "cooling", "cleaning"})
"""States in which a thing is used, whatever it does most of the time."""
RESTING: Final = frozenset({"off", "locked", "idle", "standby", "paused", "home", "not_home", "docked", "stopped"})
LIVING: Final = frozenset({"sensor", "person", "device_tracker", "sun", "weather", "zone", "update", "automation"})
"""Domains of what nobody leaves on."""
FEWEST: Final = 8
"""Times that a thing was on before it is known for how long it usually is."""
MOST_A_DAY: Final = 30
"""Times a day, above which nobody switches it: a motion sensor that stays on is silent, and is told as that."""
SURPLUS: Final = 3.0
"""Times the longest one that is usual."""
SHORTEST: Final = 3_600
"""Seconds; what is left on for less harms nobody."""

_MOST = 3
_AT_MOST = 1e-3
_A_DAY = 86_400
_LIKELY, _LIKELY_LONGER = 0.035, 0.0025
"""How likely a thing is left on in a month, for less than a day and for longer: who is at home sees it the next day."""
_LEAST_SPREAD = 0.15
_HOURS, _HOUR = 24, 3_600
_HALF = 0.5
"""Turns as long as one that is the longest of all: what was never seen is not impossible."""
_DOUBTS = 0.4
"""Added to how many long spells lost events make in the mean, before it is rounded."""


def left_on(changes: LocalChanges) -> tuple[list[Finding], int]:
    """The spells that are far longer than all others of that thing, and how many things were looked at."""
    spells = changes.spells()
    rows = np.flatnonzero(np.isin(spells.items, used_states(changes)))
    days = max(len(changes.active_days), 1)
    found: list[Finding] = []
    tests = 0
    for group in np.split(rows, np.flatnonzero(np.diff(spells.entities[rows])) + 1):
        goes_on = ~spells.ended[group] & (spells.ends[group] == changes.last)
        if spells.ended[group].sum() >= FEWEST and len(group) <= MOST_A_DAY * days:
            tests += 1
            lost = _lost(changes, spells, group)
            known = spells.ended[group] | goes_on
            found += _longest(spells, group[known], lost[known], round(len(group) * changes.loss**2 + _DOUBTS))
    return found, tests


def used_states(changes: LocalChanges) -> NDArray[np.int64]:
    """The items (as in LocalChanges) in whose state a thing is used.

    Of states whose meaning depends on the thing, as of a blind, all but the one that it usually stays in for longest.
    """
    counts, spells = changes.counts, changes.spells()
    lasts = spells.ends - spells.begins
    order = np.lexsort((lasts, spells.items))
    usual: dict[int, dict[int, int]] = {}
    for group in np.split(order, np.flatnonzero(np.diff(spells.items[order])) + 1) if len(order) else []:
        middle = group[len(group) // 2]
        usual.setdefault(int(spells.entities[middle]), {})[int(middle)] = int(lasts[middle])
    found: list[int] = []
    for entity, middles in usual.items():
        if counts.entity_ids[entity].partition(".")[0] not in LIVING:
            longest = max(middles, key=lambda row: middles[row])
            names = {row: counts.state_names[spells.states[row]] for row in middles}
            used = (row for row in middles if names[row] in USED or (names[row] not in RESTING and row != longest))
            found += [int(spells.items[row]) for row in used]
    return np.array(found, dtype=np.int64)


def _lost(changes: LocalChanges, spells: Spell, group: NDArray[np.int64]) -> NDArray[np.float64]:
    """How likely any spell of a thing would look as long as each does because two events were lost in between.

    The end of one use and the beginning of the next are lost together with the square of the chance that one event is;
    the two then look like one use that goes on for as long as it is from one to the next, measured in uses that are
    usual at these hours.
    """
    begins, ends = changes.clock.wall(spells.begins[group]), changes.clock.wall(spells.ends[group])
    usual = np.bincount(begins % (_HOURS * _HOUR) // _HOUR, minlength=_HOURS).astype(np.float64)
    clock = np.arange(_HOURS + 1) * _HOUR
    a_day = np.concatenate(([0.0], np.cumsum(usual / max(usual.sum(), 1.0))))

    def passed(walls: NDArray[np.int64]) -> NDArray[np.float64]:
        days, seconds = np.divmod(walls, _HOURS * _HOUR)
        return np.asarray(days + np.interp(seconds, clock, a_day))

    turns = np.sort(np.diff(passed(begins)))
    longer = len(turns) - np.searchsorted(turns, passed(ends) - passed(begins))
    share = np.maximum(longer - 1, _HALF) / max(len(turns), 1)
    return np.asarray(np.minimum(len(group) * changes.loss**2 * share, 1.0))


def _longest(spells: Spell, group: NDArray[np.int64], lost: NDArray[np.float64], doubtful: int) -> list[Finding]:
    """The spells of one thing that are out of proportion; lengths are taken for log-normal.

    `lost` is how likely each is two uses with lost events between them, of which there may be some (`doubtful`): the
    longest of the others do not count for what is usual.
    """
    lasts = np.maximum(spells.ends - spells.begins, 1)
    order = np.argsort(lasts[group])[::-1]
    ranked, lost = group[order], lost[order]
    found: list[Finding] = []
    for rank, row in enumerate(ranked[:_MOST].tolist()):
        others = np.log(lasts[ranked[rank + 1 :]])
        if len(others) <= doubtful:
            break
        surplus = float(lasts[row] / np.exp(others[doubtful]))
        z = (float(np.log(lasts[row])) - float(others.mean())) / max(float(others.std()), _LEAST_SPREAD)
        p_value = min(1.0, 0.5 * erfc(z / sqrt(2)) * len(ranked))
        if surplus >= SURPLUS and lasts[row] >= SHORTEST and p_value <= _AT_MOST:
            begin, end = int(spells.begins[row]), int(spells.ends[row])
            doubt = lost[rank] / (lost[rank] + (_LIKELY if end - begin <= _A_DAY else _LIKELY_LONGER))
            found.append(Finding(KIND, int(spells.entities[row]), begin, end, p_value, surplus, doubt=float(doubt)))
    return found
