"""Which ideas are about the same things, and what of them comes first. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

from contracts.suggestions import QuerySuggestionKind
from shared.home import Registry
from workers.query.suggesting.calling import Calling
from workers.query.suggesting.idea import Idea
from workers.query.suggesting.wish import wish


class Near(IntEnum):
    """How near an idea is to what was asked about, the nearest first."""

    ENTITY = 0
    DEVICE = 1
    LIKE = 2
    """One of its kind in the same area."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """An idea in its place; `wish` is None where nothing can be acted upon. `same` are others that say just that."""

    idea: Idea
    near: Near
    wish: str | None
    same: tuple[Idea, ...] = ()

    def key_of(self, kind: QuerySuggestionKind) -> str | None:
        """What it is called among the patterns, or among the synergies."""
        return next((each.key for each in (self.idea, *self.same) if each.kind is kind), None)


class Vicinity:
    """What is near to some entities in one home."""

    def __init__(self, asked: Iterable[str], registry: Registry) -> None:
        self._registry = registry
        self._asked = {each for each in asked if each in registry.entities}
        entities = [registry.entities[each] for each in self._asked]
        self._devices = {each.device_id for each in entities} - {None}
        self._likes = {self._kind(each) for each in self._asked if registry.entities[each].area_id is not None}

    @property
    def siblings(self) -> set[str]:
        """The asked entities with all others of their devices."""
        carried = (self._registry.by_device.get(each or "", ()) for each in self._devices)
        return self._asked.union(*carried)

    def near(self, entity_ids: Collection[str]) -> Near | None:
        """How near some entities are, by the nearest of them; None where they are far, or not of this home."""
        known = [self._registry.entities.get(each) for each in entity_ids]
        if any(each is None for each in known):
            return None
        if not self._asked.isdisjoint(entity_ids):
            return Near.ENTITY
        if any(each is not None and each.device_id in self._devices for each in known):
            return Near.DEVICE
        return Near.LIKE if any(self._kind(each) in self._likes for each in entity_ids) else None

    def _kind(self, entity_id: str) -> tuple[str | None, str, str | None]:
        entity = self._registry.entities[entity_id]
        return entity.area_id, entity.domain, entity.device_class


def ranked(ideas: Iterable[Idea], vicinity: Vicinity, calling: Calling) -> list[Ranked]:
    """The ideas that are near, the best first, each thing once.

    The nearest come first; of these what can be acted upon; of these those of the best quality. What an idea before
    it says already, or a part of, is left out.
    """
    found = [
        Ranked(idea, near, wish(idea, calling)) for idea in ideas if (near := vicinity.near(idea.entities)) is not None
    ]
    return _once(sorted(found, key=_place))


def _place(each: Ranked) -> tuple[object, ...]:
    idea = each.idea
    return each.near, each.wish is None, -idea.quality, -idea.confidence, idea.kind, idea.key


def _once(found: Sequence[Ranked]) -> list[Ranked]:
    """Each thing once: of a chain and its links, and of a pattern and its synergy, the one that comes first."""
    told: list[Ranked] = []
    by_step: dict[object, list[int]] = {}
    for each in found:
        meaning = each.idea.meaning
        known = sorted({number for step in meaning for number in by_step.get(step, ())})
        at = next((number for number in known if _says(told[number], each, meaning)), None)
        if at is None:
            for step in meaning:
                by_step.setdefault(step, []).append(len(told))
            told.append(each)
        elif told[at].idea.meaning == meaning:
            before = told[at]
            told[at] = Ranked(before.idea, before.near, before.wish, (*before.same, each.idea))
    return told


def _says(before: Ranked, each: Ranked, meaning: frozenset[object]) -> bool:
    known = before.idea.meaning
    return known <= meaning or meaning <= known or (each.wish is not None and each.wish == before.wish)
