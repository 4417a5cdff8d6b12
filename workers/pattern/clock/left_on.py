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
_LOSSY = 0.04
"""Lost ends with a lost beginning after them that a thing may have."""
_TURNS = 2.0
_LEAST_SPREAD = 0.15


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
            lossy = len(group) * changes.loss**2 > _LOSSY
            least = max(SHORTEST, _usual_turn(spells.begins[group])) if lossy else SHORTEST
            found += _longest(spells, group[spells.ended[group] | goes_on], least)
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


def _usual_turn(begins: NDArray[np.int64]) -> float:
    """How long it is from one use to the next, most times (seconds)."""
    return _TURNS * float(np.quantile(np.diff(np.sort(begins)), 0.9))


def _longest(spells: Spell, group: NDArray[np.int64], least: float) -> list[Finding]:
    """The spells of one thing that are out of proportion; lengths are taken for log-normal.

    Where events get lost, an end and the next beginning may both be: two uses then look like a long one, so that
    `least` (seconds) is more than the usual time from one to the next.
    """
    lasts = np.maximum(spells.ends - spells.begins, 1)
    ranked = group[np.argsort(lasts[group])[::-1]]
    found: list[Finding] = []
    for rank, row in enumerate(ranked[:_MOST].tolist()):
        others = np.log(lasts[ranked[rank + 1 :]])
        surplus = float(lasts[row] / np.exp(others.max()))
        z = (float(np.log(lasts[row])) - float(others.mean())) / max(float(others.std()), _LEAST_SPREAD)
        p_value = min(1.0, 0.5 * erfc(z / sqrt(2)) * len(ranked))
        if surplus >= SURPLUS and lasts[row] >= least and p_value <= _AT_MOST:
            begin, end = int(spells.begins[row]), int(spells.ends[row])
            found.append(Finding(KIND, int(spells.entities[row]), begin, end, p_value, surplus))
    return found
