"""What happens to histories: lost events, repeated ones, restarts, a new name. Pure; each gives another home.

A store brings events in order and keeps each once, so these are the harms that are left of what comes out of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from shared.history import Columns, Event
from shared.simulator.assembly import taken
from shared.simulator.simulation import SimulatedHome

_SALT: Final = 0x4A


def lose(home: SimulatedHome, share: float = 0.03) -> SimulatedHome:
    """Some events never came."""
    random = np.random.default_rng([home.seed, _SALT, 1])
    return replace(home, events=taken(home.events, np.flatnonzero(random.random(len(home.events)) >= share)))


def repeat(home: SimulatedHome, share: float = 0.01) -> SimulatedHome:
    """Some events are told again, up to two seconds later."""
    random, past = np.random.default_rng([home.seed, _SALT, 2]), home.events
    again = np.flatnonzero(random.random(len(past)) < share)
    places = np.concatenate([np.arange(len(past)), again])
    late = np.round(past.times[again] + random.uniform(0.001, 2.0, len(again)), 6)
    return replace(home, events=_in_order(replace(taken(past, places), times=np.append(past.times, late))))


def restart(home: SimulatedHome, times: int = 3) -> SimulatedHome:
    """Home Assistant was started again: all is unavailable, and half a minute later told anew."""
    random, past = np.random.default_rng([home.seed, _SALT, 3]), home.events
    rows = []
    for at in random.uniform(past.times[0] + 86_400, past.times[-1] - 60, times).tolist():
        before = taken(past, np.arange(int(np.searchsorted(past.times, at))))
        last = {
            before.entity_ids[entity]: before.state_names[state]
            for entity, state in zip(before.entities.tolist(), before.states.tolist(), strict=True)
        }
        for number, (entity_id, state) in enumerate(last.items()):
            rows.append(Event(round(at + 0.001 * number, 6), entity_id, "unavailable"))
            if number % 4 == 0:
                rows.append(Event(round(at + 5 + 0.001 * number, 6), entity_id, "unknown"))
            rows.append(Event(round(at + 30 + 0.01 * number, 6), entity_id, state))
    return replace(home, events=joined(past, Columns.of(rows)))


def blink(home: SimulatedHome, entities: int = 5, times: int = 20) -> SimulatedHome:
    """Some devices are unavailable now and then, each by itself, for a minute or so."""
    random, past = np.random.default_rng([home.seed, _SALT, 5]), home.events
    rows = []
    for number in random.permutation(len(past.entity_ids))[:entities].tolist():
        own = taken(past, np.flatnonzero(past.entities == number))
        for at in random.uniform(own.times[0], own.times[-1], times).tolist():
            place = int(np.searchsorted(own.times, at)) - 1
            back = at + float(random.uniform(5, 120))
            if place >= 0 and (place + 1 == len(own) or own.times[place + 1] > back):
                rows.append(Event(round(at, 6), own.entity_ids[0], "unavailable"))
                rows.append(Event(round(back, 6), own.entity_ids[0], own.state_names[own.states[place]]))
    return replace(home, events=joined(past, Columns.of(rows)))


def rename(home: SimulatedHome) -> SimulatedHome:
    """An entity has another id from the middle of the history on, one of a planted trigger where there is one."""
    past, planted = home.events, home.truth.of_type("trigger")
    old = planted[0].entities[-1] if planted else next(each for each in past.entity_ids if each.startswith("light."))
    new = f"{old}_2"
    after = past.times >= (past.times[0] + past.times[-1]) / 2
    number = past.entity_ids.index(old)
    entities = np.where(after & (past.entities == number), len(past.entity_ids), past.entities).astype(np.int32)
    renamed = replace(past, entities=entities, entity_ids=(*past.entity_ids, new))
    truth = replace(home.truth, renamed={**home.truth.renamed, new: old})
    return replace(home, events=_in_order(renamed), truth=truth, document=_with_entity(home.document, old, new))


def out_of_order(home: SimulatedHome, share: float = 0.05) -> list[Event]:
    """The events as they come in when some are late by up to a minute: for stores, which bring them in order."""
    random = np.random.default_rng([home.seed, _SALT, 4])
    late = np.where(random.random(len(home.events)) < share, random.uniform(0, 60, len(home.events)), 0.0)
    rows = list(home.events.events())
    return [rows[place] for place in np.argsort(home.events.times + late, kind="stable").tolist()]


def joined(one: Columns, other: Columns) -> Columns:
    """Two pasts as one."""
    entities, states = _both(one.entity_ids, other.entity_ids), _both(one.state_names, other.state_names)
    whole = Columns(
        np.concatenate([one.times, other.times]),
        np.concatenate([one.entities, entities[1][other.entities]]),
        np.concatenate([one.states, states[1][other.states]]),
        np.concatenate([one.contexts, np.zeros(len(other), dtype=np.int32)]),
        entities[0],
        states[0],
        one.context_list,
    )
    return _in_order(whole)


def _both(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[tuple[str, ...], NDArray[np.int32]]:
    """The names of both, and where in them those of the second are."""
    names = (*one, *(name for name in other if name not in set(one)))
    places = {name: number for number, name in enumerate(names)}
    return names, np.array([places[name] for name in other], dtype=np.int32)


def _in_order(past: Columns) -> Columns:
    ranks = [np.argsort(np.argsort(np.array(names))) for names in (past.entity_ids, past.state_names)]
    order = np.lexsort((ranks[1][past.states], ranks[0][past.entities], past.times))
    return taken(past, order)


def _with_entity(document: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    """The entity has its new id there."""
    entities = [
        {**each, "entity_id": new if each["entity_id"] == old else each["entity_id"]} for each in document["entities"]
    ]
    return {**document, "entities": entities}


HARMS: Final[dict[str, Callable[[SimulatedHome], SimulatedHome]]] = {
    "lose": lose,
    "repeat": repeat,
    "restart": restart,
    "blink": blink,
    "rename": rename,
}
"""By the name that the evaluation knows them by."""
