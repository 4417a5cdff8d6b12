"""Items: the changes of one entity to one state that can mean something, over all days, and what is left out. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from workers.pattern.counts.day_items import DAY, MOST_STATES, TOO_MANY_STATES, DayItems, Item

FEWEST: Final = 8
"""Changes of an entity to a state, below which nothing can be said of it."""
MOST_ITEMS: Final = 1_000
"""Items that take part; of more, those that changed the most often."""
TOO_FEW_CHANGES: Final = f"it changed to no state {FEWEST} times"
TOO_MANY_ITEMS: Final = f"the home has more than {MOST_ITEMS:,} states of things, and others changed more often"


class Items:
    """The items of a past that take part, `names`, in order, and the entities that do not, each with the reason.

    `days` are the numbers of the UTC days, `events` counts all events in them.
    """

    def __init__(self, days: Iterable[DayItems], left_out: Mapping[str, str] | None = None) -> None:
        """Of some days, in the order of time; `left_out` are entities to leave out besides, with the reason."""
        parts = list(days)
        self.days = [part.day for part in parts]
        self.events = sum(part.events for part in parts)
        self.left_out: dict[str, str] = dict(left_out or {})
        self.names = self._choose(parts)
        self.places = {name: place for place, name in enumerate(self.names)}
        kept = [self._kept(part) for part in parts]
        times, items, automated = (
            np.concatenate([part[each] for part in kept]) if kept else np.zeros(0, dtype=kind)
            for each, kind in enumerate((np.int64, np.int64, np.bool_))
        )
        order = np.argsort(items, kind="stable")
        ends = np.cumsum(np.bincount(items, minlength=len(self.names)))[:-1]
        self.times: list[NDArray[np.int64]] = np.split(times[order], ends) if self.names else []
        self.automated: list[NDArray[np.bool_]] = np.split(automated[order], ends) if self.names else []
        self.entities = [name.entity_id for name in self.names]
        self._by_entity: dict[str, tuple[NDArray[np.int64], NDArray[np.int64]]] = {}

    def __len__(self) -> int:
        return len(self.names)

    @property
    def eligible(self) -> list[str]:
        """The entities that take part."""
        return sorted(set(self.entities))

    @property
    def middle(self) -> int:
        """The end of the first half of the days, in milliseconds."""
        return (self.days[0] + (self.days[-1] + 1 - self.days[0]) // 2) * DAY if self.days else 0

    def places_of(self, part_names: Iterable[Item]) -> NDArray[np.int64]:
        """The place of each of these items, -1 where it does not take part."""
        return np.array([self.places.get(name, -1) for name in part_names], dtype=np.int64)

    def history_of(self, entity_id: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """When an entity changed to which of its items: times in order, and places."""
        known = self._by_entity.get(entity_id)
        if known is None:
            places = [place for place, name in enumerate(self.names) if name.entity_id == entity_id]
            times = np.concatenate([self.times[place] for place in places])
            items = np.repeat(places, [len(self.times[place]) for place in places]).astype(np.int64)
            order = np.argsort(times, kind="stable")
            known = self._by_entity[entity_id] = (times[order], items[order])
        return known

    def _kept(self, part: DayItems) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
        """A day's own changes to items that take part."""
        now = self.places_of(part.names)[part.items[part.before :]] if part.names else np.zeros(0, dtype=np.int64)
        kept = now >= 0
        return part.times[part.before :][kept], now[kept], part.automated[part.before :][kept]

    def _choose(self, parts: list[DayItems]) -> list[Item]:
        """The items that take part; the reasons of the others are kept."""
        amounts = _amounts(parts)
        self._leave_out_the_noisy(parts, amounts)
        by_entity: dict[str, int] = {}
        for name, amount in amounts.items():
            by_entity[name.entity_id] = max(by_entity.get(name.entity_id, 0), amount)
        for part in parts:
            for entity_id in part.words:
                if by_entity.get(entity_id, 0) < FEWEST:
                    self.left_out.setdefault(entity_id, TOO_FEW_CHANGES)
        chosen = [name for name, amount in amounts.items() if amount >= FEWEST and name.entity_id not in self.left_out]
        chosen.sort(key=lambda name: (-amounts[name], name))
        kept = {name.entity_id for name in chosen[:MOST_ITEMS]}
        self.left_out.update({name.entity_id: TOO_MANY_ITEMS for name in chosen if name.entity_id not in kept})
        return sorted(chosen[:MOST_ITEMS])

    def _leave_out_the_noisy(self, parts: list[DayItems], amounts: Mapping[Item, int]) -> None:
        """Leave out what was left out on most of the days on which something was said of it."""
        said: dict[str, int] = {}
        out: dict[str, dict[str, int]] = {}
        for part in parts:
            for entity_id in part.words:
                said[entity_id] = said.get(entity_id, 0) + 1
            for entity_id, why in part.left_out.items():
                reasons = out.setdefault(entity_id, {})
                reasons[why] = reasons.get(why, 0) + 1
        for entity_id, reasons in out.items():
            if 2 * sum(reasons.values()) > said[entity_id]:
                self.left_out.setdefault(entity_id, max(reasons, key=lambda why: (reasons[why], why)))
        states: dict[str, int] = {}
        for name in amounts:
            states[name.entity_id] = states.get(name.entity_id, 0) + 1
        self.left_out.update({name: TOO_MANY_STATES for name, number in states.items() if number > MOST_STATES})


def _amounts(parts: list[DayItems]) -> dict[Item, int]:
    """How often each item came."""
    amounts: dict[Item, int] = {}
    for part in parts:
        numbers = np.bincount(part.items[part.before :], minlength=len(part.names)).tolist()
        for name, number in zip(part.names, numbers, strict=True):
            if number:
                amounts[name] = amounts.get(name, 0) + number
    return amounts
