"""Columns of the past, made of what became of each entity. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from shared.history import NOBODY, Columns, Context
from shared.simulator.chatter import Readings
from shared.simulator.local_days import DAY
from shared.simulator.timeline import BY_APP, BY_AUTOMATION, Timeline, Track


def assemble(timeline: Timeline, tracks: Mapping[str, Track], readings: Sequence[Readings]) -> Columns:
    """All that happened, in the order of time; states of the beginning come first, as after a restart."""
    names = sorted([*tracks, *(each.entity_id for each in readings)])
    place = {name: number for number, name in enumerate(names)}
    tenths = np.unique(np.concatenate([each.values for each in readings])) if readings else np.zeros(0, dtype=np.int64)
    texts = [*timeline.state_names, *(f"{value / 10:.1f}" for value in tenths.tolist())]
    words = sorted(set(texts))
    word = {name: number for number, name in enumerate(words)}
    ranks = np.array([word[text] for text in texts], dtype=np.int32)
    first = len(timeline.state_names)
    times, entities, states, means, persons = [], [], [], [], []
    for number, (name, track) in enumerate(tracks.items()):
        begin = timeline.start + 1.0 + 0.01 * number
        times += [np.array([round(begin, 6)]), track.times]
        entities.append(np.full(len(track) + 1, place[name], dtype=np.int32))
        states += [ranks[[timeline.state(timeline.initial[name])]], ranks[track.states]]
        means += [np.zeros(1, dtype=np.int64), track.means]
        persons += [np.full(1, -1, dtype=np.int64), track.persons]
    for each in readings:
        times.append(each.times)
        entities.append(np.full(len(each.times), place[each.entity_id], dtype=np.int32))
        states.append(ranks[first + np.searchsorted(tenths, each.values)])
        means.append(np.zeros(len(each.times), dtype=np.int64))
        persons.append(np.full(len(each.times), -1, dtype=np.int64))
    contexts, listed = _contexts(np.concatenate(means), np.concatenate(persons))
    whole = Columns(
        np.concatenate(times),
        np.concatenate(entities),
        np.concatenate(states),
        contexts,
        tuple(names),
        tuple(words),
        listed,
    )
    return taken(whole, np.lexsort((whole.states, whole.entities, whole.times)))


def taken(whole: Columns, places: NDArray[np.intp]) -> Columns:
    """Some events, named by their places, and only the names that they have."""
    entities, of_entity = np.unique(whole.entities[places], return_inverse=True)
    states, of_state = np.unique(whole.states[places], return_inverse=True)
    contexts, of_context = np.unique(np.append(0, whole.contexts[places]), return_inverse=True)
    return Columns(
        whole.times[places],
        of_entity.astype(np.int32),
        of_state.astype(np.int32),
        of_context[1:].astype(np.int32),
        tuple(whole.entity_ids[each] for each in entities.tolist()),
        tuple(whole.state_names[each] for each in states.tolist()),
        tuple(whole.context_list[each] for each in contexts.tolist()),
    )


def utc_days(whole: Columns) -> Iterator[Columns]:
    """One UTC day after the other, as `shared.history.History.days` gives them."""
    numbers = np.floor(whole.times / DAY).astype(np.int64)
    for day in np.unique(numbers).tolist():
        since, until = np.searchsorted(numbers, (day, day + 1)).tolist()
        yield taken(whole, np.arange(since, until))


def _contexts(means: NDArray[np.int64], persons: NDArray[np.int64]) -> tuple[NDArray[np.int32], tuple[Context, ...]]:
    """The place of each event's context, and the contexts: each doing has its own."""
    known = np.flatnonzero(means)
    found = np.zeros(len(means), dtype=np.int32)
    found[known] = np.arange(1, len(known) + 1)
    listed: list[Context] = [NOBODY]
    for number, (by, person) in enumerate(zip(means[known].tolist(), persons[known].tolist(), strict=True)):
        user = f"{max(person, 0) + 1:032x}" if by == BY_APP else None
        parent = f"01A{number:023d}" if by == BY_AUTOMATION else None
        listed.append(Context(user, parent, f"01C{number:023d}"))
    return found, tuple(listed)
