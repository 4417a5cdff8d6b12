"""Parts of the past put together: in their order, each event once. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from shared.history.columns import Columns
from shared.history.event import NOBODY

_Name = TypeVar("_Name")
_Places = NDArray[np.int32]


def merged(parts: Sequence[Columns]) -> Columns:
    """The events of all parts, which may overlap and be in any order themselves.

    Of an event that is there twice, the one with the weightier context stays.
    """
    entity_ids, entities = _numbered([each.entity_ids for each in parts], [each.entities for each in parts])
    states, places = _numbered([each.state_names for each in parts], [each.states for each in parts])
    contexts, by = _numbered([(NOBODY,), *(each.context_list for each in parts)], [_NONE, *(p.contexts for p in parts)])
    times = np.concatenate([_NO_TIMES, *(each.times for each in parts)])
    return _tidy(_in_order(Columns(times, entities, places, by, entity_ids, states, contexts)))


_NONE: _Places = np.zeros(0, dtype=np.int32)
_NO_TIMES = np.zeros(0, dtype=np.float64)


def _numbered(names: Sequence[Sequence[_Name]], places: Sequence[_Places]) -> tuple[tuple[_Name, ...], _Places]:
    """All names, each once, and the places in them."""
    numbers: dict[_Name, int] = {}
    moved = [_NONE]
    for some, column in zip(names, places, strict=True):
        new = np.array([numbers.setdefault(name, len(numbers)) for name in some], dtype=np.int32)
        moved.append(new[column])
    return tuple(numbers), np.concatenate(moved)


def _in_order(columns: Columns) -> Columns:
    """By time, entity and state, each event once."""
    entities = _ranks(columns.entity_ids)[columns.entities]
    states = _ranks(columns.state_names)[columns.states]
    weights = np.array([each.weight for each in columns.context_list])[columns.contexts]
    order = np.lexsort((-weights, states, entities, columns.times))
    times, entities, states = columns.times[order], entities[order], states[order]
    new = np.ones(len(order), dtype=np.bool_)
    new[1:] = (np.diff(times) != 0) | (np.diff(entities) != 0) | (np.diff(states) != 0)
    order = order[new]
    return replace(
        columns,
        times=columns.times[order],
        entities=columns.entities[order],
        states=columns.states[order],
        contexts=columns.contexts[order],
    )


def _ranks(names: tuple[str, ...]) -> _Places:
    """The place that each name has among the sorted ones."""
    ranks = np.empty(len(names), dtype=np.int32)
    ranks[sorted(range(len(names)), key=names.__getitem__)] = np.arange(len(names), dtype=np.int32)
    return ranks


def _tidy(columns: Columns) -> Columns:
    """Without the names that no event has."""
    entity_ids, entities = _used(columns.entity_ids, columns.entities)
    states, places = _used(columns.state_names, columns.states)
    contexts, by = _used(columns.context_list, columns.contexts, always=1)
    return Columns(columns.times, entities, places, by, entity_ids, states, contexts)


def _used(names: Sequence[_Name], places: _Places, always: int = 0) -> tuple[tuple[_Name, ...], _Places]:
    used = np.zeros(len(names), dtype=np.bool_)
    used[:always] = True
    used[places] = True
    if used.all():
        return tuple(names), places
    moved = np.cumsum(used, dtype=np.int32) - 1
    return tuple(name for name, each in zip(names, used.tolist(), strict=True) if each), moved[places]
