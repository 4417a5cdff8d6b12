"""The changes of state among the words of one UTC day. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shared.history import Columns
from shared.home import UNKNOWN_STATES

MOST_A_DAY: Final = 1_440
"""Changes of an entity in a day, one a minute, above which they are chatter."""
_DAY: Final = 86_400_000
_LATEST: Final = 1e11
"""Seconds since 1970 that no clock shows."""


@dataclass(frozen=True, slots=True, eq=False)
class Changed:
    """Changes in the order of time; `items` are places in `names`, which are entities and states.

    `left_out` says of entities without changes here why: `numbers`, `states` or `changes`, of which there are too many.
    """

    names: list[tuple[str, str]]
    times: NDArray[np.int64]
    items: NDArray[np.int64]
    automated: NDArray[np.bool_]
    words: dict[str, int]
    left_out: dict[str, str]


def day_of(day: Columns) -> int:
    """The number of the UTC day, counted from 1970; 0 where nothing is in it."""
    return int(_clock(day.times)[len(day) // 2]) // _DAY if len(day) else 0


def tail_of(before: Columns, day: int, reach: int) -> Columns:
    """What lies in the last `reach` milliseconds before a day."""
    inside = before.times >= (day * _DAY - reach) / 1_000
    return Columns(
        before.times[inside],
        before.entities[inside],
        before.states[inside],
        before.contexts[inside],
        before.entity_ids,
        before.state_names,
        before.context_list,
    )


def changes_of(part: Columns, day: int, most_states: int) -> Changed:
    """The changes of a UTC day; words about other days are left out."""
    times = _clock(part.times)
    kept = np.flatnonzero(times // _DAY == day)
    entities, states = part.entities[kept].astype(np.int64), part.states[kept].astype(np.int64)
    amounts = np.bincount(entities, minlength=len(part.entity_ids))
    words = {name: int(each) for name, each in zip(part.entity_ids, amounts, strict=True) if each}
    kinds = _kinds(part.state_names)
    left_out = _without_states(part, entities, states, kinds, most_states)
    chosen = np.array([name not in left_out for name in part.entity_ids] or [False])
    places = _changed(entities, states, kinds)
    places = places[chosen[entities[places]]]
    often = np.bincount(entities[places], minlength=len(part.entity_ids)) > MOST_A_DAY
    left_out |= {part.entity_ids[each]: "changes" for each in np.flatnonzero(often)}
    places = places[~often[entities[places]]]
    different, items = np.unique(entities[places] * max(len(part.state_names), 1) + states[places], return_inverse=True)
    pairs = (divmod(each, max(len(part.state_names), 1)) for each in different.tolist())
    names = [(part.entity_ids[entity], part.state_names[state]) for entity, state in pairs]
    return Changed(names, times[kept][places], items, part.automated[kept][places], words, left_out)


def _clock(times: NDArray[np.float64]) -> NDArray[np.int64]:
    """Whole milliseconds; what no clock shows is before all days."""
    sane = np.abs(times) < _LATEST
    return np.where(sane, np.rint(np.where(sane, times, 0.0) * 1_000), -_DAY).astype(np.int64)


_STATE, _NUMBER, _NOTHING = 0, 1, 2


def _kinds(state_names: tuple[str, ...]) -> NDArray[np.int64]:
    """What each word is: a state, a number, or that nothing is known."""
    return np.array([_kind(name) for name in state_names] or [_NOTHING], dtype=np.int64)


def _kind(state: str) -> int:
    if state in UNKNOWN_STATES or not state:
        return _NOTHING
    try:
        float(state)
    except ValueError:
        return _STATE
    return _NUMBER


def _without_states(
    part: Columns, entities: NDArray[np.int64], states: NDArray[np.int64], kinds: NDArray[np.int64], most: int
) -> dict[str, str]:
    """The entities that have no states: most of their words are numbers, or they have too many different ones."""
    size = len(part.entity_ids)
    numbers = np.bincount(entities[kinds[states] == _NUMBER], minlength=size)
    words = np.bincount(entities[kinds[states] == _STATE], minlength=size)
    keys = np.unique(entities * max(len(part.state_names), 1) + states)
    different = np.bincount(
        keys[kinds[keys % max(len(part.state_names), 1)] == _STATE] // max(len(part.state_names), 1), minlength=size
    )
    found = {part.entity_ids[each]: "states" for each in np.flatnonzero(different > most)}
    return found | {part.entity_ids[each]: "numbers" for each in np.flatnonzero(numbers > words)}


def _changed(entities: NDArray[np.int64], states: NDArray[np.int64], kinds: NDArray[np.int64]) -> NDArray[np.int64]:
    """The places, in order, of words that tell another state than the word before about the same entity."""
    order = np.argsort(entities, kind="stable")
    entity, state = entities[order], states[order]
    first = np.diff(entity, prepend=-1) != 0
    before = np.concatenate(([0], state[:-1])) if len(state) else state
    known = kinds[state] == _STATE
    changed = known & (first | ((before != state) & (kinds[before] == _STATE)))
    return np.sort(order[changed])
