"""The changes of state that can mean something, taken out of a history. Pure."""

from __future__ import annotations

import hashlib
from array import array
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shared.history import Columns
from shared.home import UNKNOWN_STATES
from workers.pattern.evidence import BIN_SECONDS

FEWEST: Final = 10
"""Changes of an entity to a state, below which nothing can be said of it."""
MOST_STATES: Final = 20
"""States of an entity, above which they are text and no states."""
NUMERIC: Final = "its states are numbers"
TOO_MANY_STATES: Final = f"it has more than {MOST_STATES} different states"
TOO_FEW_CHANGES: Final = f"it changed to no state {FEWEST} times"


@dataclass(slots=True)
class Item:
    """The changes of one entity to one state: their times, and whether an automation made them."""

    entity_id: str
    state: str
    times: array[float]
    automated: bytes

    def bins(self) -> Counter[int]:
        """How many changes lie in each bin of 30 minutes."""
        bins, numbers = np.unique(np.array(self.times) // BIN_SECONDS, return_counts=True)
        return Counter(dict(zip(bins.astype(np.int64).tolist(), numbers.tolist(), strict=True)))


@dataclass(slots=True)
class _Rows:
    """Words about states, in the order of time; numbers of entities and states are places in lists of names."""

    times: NDArray[np.float64]
    entities: NDArray[np.int32]
    states: NDArray[np.int32]
    automated: NDArray[np.bool_]

    def where(self, chosen: NDArray[np.bool_] | NDArray[np.intp]) -> _Rows:
        return _Rows(self.times[chosen], self.entities[chosen], self.states[chosen], self.automated[chosen])


@dataclass(slots=True)
class _Names:
    """Entities and states by number, and what states each entity has had; none more once it had too many."""

    entities: dict[str, int] = field(default_factory=dict)
    states: dict[str, int] = field(default_factory=dict)
    of_entity: list[set[str]] = field(default_factory=list)
    excluded: dict[str, str] = field(default_factory=dict)

    def rows(self, part: Columns) -> _Rows:
        """What a part of the history says of entities that are not excluded, without `unknown` and `unavailable`."""
        self._count(part)
        entities = [-1 if name in self.excluded else self.entities[name] for name in part.entity_ids]
        named = {name for number in entities if number >= 0 for name in self.of_entity[number]}
        states = [self.states.setdefault(name, len(self.states)) if name in named else -1 for name in part.state_names]
        rows = _Rows(
            part.times,
            np.array(entities, dtype=np.int32)[part.entities],
            np.array(states, dtype=np.int32)[part.states],
            part.automated,
        )
        return rows.where((rows.entities >= 0) & (rows.states >= 0))

    def _count(self, part: Columns) -> None:
        """Know the states of each entity, and exclude those that have too many."""
        for name in part.entity_ids:
            if self.entities.setdefault(name, len(self.entities)) == len(self.of_entity):
                self.of_entity.append(set())
        pairs = np.unique(part.entities.astype(np.int64) * len(part.state_names) + part.states)
        for place, state in zip(*(each.tolist() for each in np.divmod(pairs, len(part.state_names))), strict=True):
            name, word = part.entity_ids[place], part.state_names[state]
            if name not in self.excluded and word not in UNKNOWN_STATES:
                self.of_entity[self.entities[name]].add(word)
        for name in part.entity_ids:
            known = self.of_entity[self.entities[name]]
            if len(known) > MOST_STATES:
                self.excluded[name] = NUMERIC if _numeric(known) else TOO_MANY_STATES
                known.clear()


class Changes:
    """What was read: `events` in all, the `items` that changed often enough, and entities left out, with the reason."""

    def __init__(self) -> None:
        self.events = 0
        self.first: float | None = None
        self.last: float | None = None
        self.excluded: dict[str, str] = {}
        self.items: list[Item] = []
        self._order = np.zeros(0, dtype=np.int32)
        self._times = np.zeros(0, dtype=np.float64)

    @classmethod
    def read(cls, parts: Iterable[Columns], tell: Callable[[int], None]) -> Changes:
        """Read the parts of a history in the order of time; `tell` hears after each how many events there were.

        The first word about an entity is no change, nor is a state that it had before, nor `unknown` and `unavailable`.
        """
        found, names, rows = cls(), _Names(), []
        for part in parts:
            if len(part):
                found.first = float(part.times[0]) if found.first is None else found.first
                found.last = float(part.times[-1])
                found.events += len(part)
                rows.append(names.rows(part))
            tell(found.events)
        if rows:
            found._settle(names, _changes(rows))
        return found

    @cached_property
    def by_entity(self) -> dict[str, list[int]]:
        """The numbers of each entity's items, which are their places in `items`."""
        found: dict[str, list[int]] = {}
        for number, item in enumerate(self.items):
            found.setdefault(item.entity_id, []).append(number)
        return found

    def times_of(self, entity_id: str) -> array[float]:
        """The times of all changes of an entity that are in its items, in order."""
        times = np.concatenate([np.array(self.items[number].times) for number in self.by_entity[entity_id]])
        return array("d", np.sort(times).tobytes())

    def order(self, entities: set[str]) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        """The changes of some entities as they came: numbers of items, and times."""
        chosen = np.array([item.entity_id in entities for item in self.items], dtype=np.bool_)[self._order]
        return self._order[chosen], self._times[chosen]

    def fingerprint(self, entity_id: str) -> str:
        """What tells these changes of an entity from all others."""
        digest = hashlib.blake2b(digest_size=12)
        for item in (self.items[number] for number in self.by_entity[entity_id]):
            digest.update(f"{item.state}\0{len(item.times)}\0".encode())
            digest.update(item.times.tobytes())
            digest.update(item.automated)
        return digest.hexdigest()

    def _settle(self, names: _Names, rows: _Rows) -> None:
        """Leave out what says nothing, now that all is known, and make items of the rest."""
        self.excluded = names.excluded
        state_names, most = list(names.states), max(len(names.states), 1)
        keys = rows.entities.astype(np.int64) * most + rows.states
        different, numbers, amounts = np.unique(keys, return_inverse=True, return_counts=True)
        often: dict[str, list[tuple[str, int]]] = {name: [] for name in names.entities}
        by_number = list(names.entities)
        for number, (key, amount) in enumerate(zip(different.tolist(), amounts.tolist(), strict=True)):
            if amount >= FEWEST:
                often[by_number[key // most]].append((state_names[key % most], number))
        for entity_id, known in zip(by_number, names.of_entity, strict=True):
            if entity_id not in self.excluded and (_numeric(known) or not often[entity_id]):
                self.excluded[entity_id] = NUMERIC if _numeric(known) else TOO_FEW_CHANGES
        chosen = [(name, *each) for name in sorted(often) if name not in self.excluded for each in sorted(often[name])]
        places = np.full(len(different), -1, dtype=np.int32)
        places[[number for _, _, number in chosen]] = np.arange(len(chosen))
        order = places[numbers]
        kept = order >= 0
        self._order, self._times = order[kept], rows.times[kept]
        self.items = _items(chosen, self._order, self._times, rows.automated[kept])


def _changes(parts: list[_Rows]) -> _Rows:
    """The words that tell another state than the one before."""
    every = _Rows(
        *(
            np.concatenate([getattr(part, each) for part in parts])
            for each in ("times", "entities", "states", "automated")
        )
    )
    by_entity = np.argsort(every.entities, kind="stable")
    entities, states = every.entities[by_entity], every.states[by_entity]
    other = (np.diff(entities) == 0) & (np.diff(states) != 0)
    return every.where(np.sort(by_entity[1:][other]))


def _items(
    chosen: list[tuple[str, str, int]],
    order: NDArray[np.int32],
    times: NDArray[np.float64],
    automated: NDArray[np.bool_],
) -> list[Item]:
    by_item = np.argsort(order, kind="stable")
    ends = np.cumsum(np.bincount(order, minlength=len(chosen)))[:-1]
    stretches = zip(np.split(times[by_item], ends), np.split(automated[by_item], ends), strict=True)
    return [
        Item(entity_id, state, array("d", at.tobytes()), automatic.tobytes())
        for (entity_id, state, _), (at, automatic) in zip(chosen, stretches, strict=False)
    ]


def _numeric(states: set[str]) -> bool:
    """Whether most of the states are numbers."""
    return 2 * sum(map(_is_number, states)) > len(states)


def _is_number(state: str) -> bool:
    try:
        float(state)
    except ValueError:
        return False
    return True
