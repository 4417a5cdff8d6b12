"""The changes of state that can mean something, read from a history into compact arrays. Pure."""

from __future__ import annotations

import hashlib
from array import array
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import Final

from shared.history import EventRow
from shared.home import UNKNOWN_STATES
from workers.pattern.evidence import BIN_SECONDS

STEP: Final = 50_000
"""Events between two words about how far it is."""
FEWEST: Final = 10
"""Changes of an entity to a state, below which nothing can be said of it."""
MOST_STATES: Final = 20
"""States of an entity, above which they are text and no states."""
NUMERIC: Final = "its states are numbers"
TOO_MANY_STATES: Final = f"it has more than {MOST_STATES} different states"
TOO_FEW_CHANGES: Final = f"it changed to no state {FEWEST} times"


@dataclass(slots=True)
class Item:
    """The changes of one entity to one state: their times, and whether an automation made them.

    `seen` is how many such there were before it.
    """

    seen: int
    entity_id: str
    state: str
    times: array[float] = field(default_factory=lambda: array("d"))
    automated: bytearray = field(default_factory=bytearray)

    def bins(self) -> Counter[int]:
        """How many changes lie in each bin of 30 minutes."""
        return Counter(int(at // BIN_SECONDS) for at in self.times)


@dataclass(slots=True)
class _Entity:
    state: str | None = None
    items: dict[str, Item] = field(default_factory=dict)


class Changes:
    """What was read: `events` in all, the `items` that changed often enough, and entities left out, with the reason."""

    def __init__(self) -> None:
        self.events = 0
        self.first: float | None = None
        self.last: float | None = None
        self.excluded: dict[str, str] = {}
        self.items: list[Item] = []
        self._entities: dict[str, _Entity] = {}
        self._order, self._times = array("i"), array("d")
        self._states = 0

    @classmethod
    def read(cls, events: Iterable[EventRow], tell: Callable[[int], None]) -> Changes:
        """Read events in the order of time; `tell` hears how many there were, every 50,000 events and at the end.

        The first word about an entity is no change, nor is a state that it had before, nor `unknown` and `unavailable`.
        """
        found = cls()
        for row in events:
            found.events += 1
            if found.events % STEP == 0:
                tell(found.events)
            found._take(*row)
        found._settle()
        tell(found.events)
        return found

    @cached_property
    def by_entity(self) -> dict[str, list[int]]:
        """The numbers of each entity's items, which are their places in `items`."""
        found: dict[str, list[int]] = {}
        for number, item in enumerate(self.items):
            found.setdefault(item.entity_id, []).append(number)
        return found

    def times_of(self, entity_id: str) -> list[float]:
        """The times of all changes of an entity that are in its items, in order."""
        return sorted(chain.from_iterable(self.items[number].times for number in self.by_entity[entity_id]))

    def order(self, entities: set[str]) -> tuple[array[int], array[float]]:
        """The changes of some entities as they came: numbers of items, and times."""
        numbers = {each.seen: number for number, each in enumerate(self.items) if each.entity_id in entities}
        kept = [index for index, seen in enumerate(self._order) if seen in numbers]
        return array("i", [numbers[self._order[each]] for each in kept]), array(
            "d", [self._times[each] for each in kept]
        )

    def fingerprint(self, entity_id: str) -> str:
        """What tells these changes of an entity from all others."""
        digest = hashlib.blake2b(digest_size=12)
        for item in (self.items[number] for number in self.by_entity[entity_id]):
            digest.update(f"{item.state}\0{len(item.times)}\0".encode())
            digest.update(item.times.tobytes())
            digest.update(item.automated)
        return digest.hexdigest()

    def _take(self, at: float, entity_id: str, state: str, _user: str | None, parent: str | None) -> None:
        if self.first is None:
            self.first = at
        self.last = at
        entity = self._entities.get(entity_id)
        if entity is None:
            entity = self._entities[entity_id] = _Entity()
        if state == entity.state or state in UNKNOWN_STATES or entity_id in self.excluded:
            return
        known, entity.state = entity.state is not None, state
        item = entity.items.get(state)
        if item is None:
            if len(entity.items) == MOST_STATES:
                self.excluded[entity_id] = NUMERIC if _numeric(entity) else TOO_MANY_STATES
                return
            item = entity.items[state] = Item(self._states, entity_id, state)
            self._states += 1
        if known:
            item.times.append(at)
            item.automated.append(parent is not None)
            self._order.append(item.seen)
            self._times.append(at)

    def _settle(self) -> None:
        """Leave out what says nothing, now that all is known."""
        for entity_id, entity in self._entities.items():
            if entity_id in self.excluded:
                continue
            often = [item for item in entity.items.values() if len(item.times) >= FEWEST]
            if _numeric(entity):
                self.excluded[entity_id] = NUMERIC
            elif not often:
                self.excluded[entity_id] = TOO_FEW_CHANGES
            else:
                self.items += often
        self.items.sort(key=lambda item: (item.entity_id, item.state))


def _numeric(entity: _Entity) -> bool:
    """Whether most of its states are numbers."""
    return 2 * sum(map(_is_number, entity.items)) > len(entity.items)


def _is_number(state: str) -> bool:
    try:
        float(state)
    except ValueError:
        return False
    return True
