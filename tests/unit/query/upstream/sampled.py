"""Sentences drawn from the installed package's own English templates, with what they mean in one home."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from hassil import Intents
from hassil.expression import Alternative, Expression, Group, ListReference, Permutation, RuleReference, TextChunk
from hassil.intents import IntentData, RangeSlotList, TextSlotList
from home_assistant_intents import get_intents

from shared.home import Entity, Registry

A_ZONE = "home"


@dataclass
class Sampled:
    """A sentence with the values that were put into it."""

    intent: str
    response: str
    text: str = ""
    area_id: str | None = None
    slots: dict[str, Any] = field(default_factory=dict)
    named: Entity | None = None

    def entities(self, registry: Registry, domain: str | None) -> frozenset[str]:
        """The ids of what the sentence is about."""
        if self.named is not None:
            return frozenset({self.named.entity_id})
        domain, device_class = self.slots.get("domain", domain), self.slots.get("device_class")
        return frozenset(
            each.entity_id
            for each in registry.entities.values()
            if each.domain == domain
            and device_class in {None, each.device_class}
            and self._holds(registry, each.area_id)
        )

    def _holds(self, registry: Registry, area_id: str | None) -> bool:
        area, floor = self.slots.get("area", area_id), self.slots.get("floor")
        return area == area_id and (
            floor is None or (area_id is not None and registry.areas[area_id].floor_id == floor)
        )


class Sampler:
    """Draws sentences of some intents about one home."""

    def __init__(self, registry: Registry, intents: frozenset[str], seed: int) -> None:
        found = get_intents("en")
        assert found is not None
        kept = {intent: data for intent, data in found["intents"].items() if intent in intents}
        self.intents = Intents.from_dict({**found, "intents": kept})
        self._registry = registry
        self._random = random.Random(seed)

    def sentences(self, each: int) -> Iterator[Sampled]:
        """So many sentences of each group of templates that the home has things for."""
        for intent in self.intents.intents.values():
            for data in intent.data:
                for _ in range(each):
                    sampled = self._sampled(intent.name, data)
                    if sampled is not None:
                        yield sampled

    def _sampled(self, intent: str, data: IntentData) -> Sampled | None:
        sampled = Sampled(intent, data.response or "", slots=dict(data.slots))
        needs = data.requires_context or {}
        if "domain" in needs:
            domains = needs["domain"]
            able = [each for each in self._registry.entities.values() if each.domain in domains and each.area_id]
            if not able:
                return None
            sampled.named = self._random.choice(able)
        if "area" in needs:
            sampled.area_id = sampled.slots["area"] = self._random.choice([*self._registry.areas])
        words = self._words(self._random.choice(data.sentences).expression, data, sampled)
        sampled.text = " ".join(words.split())
        return sampled

    def _words(self, found: Expression, data: IntentData, sampled: Sampled) -> str:
        if isinstance(found, TextChunk):
            return found.original_text
        if isinstance(found, RuleReference):
            return self._words(self.intents.expansion_rules[found.rule_name].expression, data, sampled)
        if isinstance(found, ListReference):
            return self._value(found, data, sampled)
        assert isinstance(found, Group)
        if isinstance(found, Alternative):
            return self._words(self._random.choice(found.items), data, sampled)
        items = list(found.items)
        if isinstance(found, Permutation):
            self._random.shuffle(items)
            return " ".join(self._words(each, data, sampled) for each in items)
        return "".join(self._words(each, data, sampled) for each in items)

    def _value(self, found: ListReference, data: IntentData, sampled: Sampled) -> str:
        place = self._place(found.list_name, sampled)
        if place is not None:
            return place
        values = data.slot_lists.get(found.list_name) or self.intents.slot_lists[found.list_name]
        if isinstance(values, RangeSlotList):
            number = (
                self._random.randrange(max(values.start, 5), min(values.stop, 30) + 1) if values.stop <= 100 else 3000
            )
            sampled.slots[found.slot_name] = number
            return str(number)
        if not isinstance(values, TextSlotList):
            sampled.slots[found.slot_name] = A_ZONE
            return A_ZONE
        value = self._random.choice(values.values)
        sampled.slots[found.slot_name] = value.value_out
        return self._words(value.text_in, data, sampled)

    def _place(self, list_name: str, sampled: Sampled) -> str | None:
        """The name of a thing or a place, where that is what is to be put in."""
        registry, named = self._registry, sampled.named
        if list_name == "name":
            assert named is not None
            return self._random.choice((named.name, *named.aliases))
        if list_name == "area":
            area = (
                registry.areas[named.area_id]
                if named and named.area_id
                else self._random.choice([*registry.areas.values()])
            )
            sampled.slots["area"] = area.area_id
            return area.name
        if list_name == "floor":
            floors = [*registry.floors.values()]
            on = registry.areas[named.area_id].floor_id if named and named.area_id else None
            floor = registry.floors[on] if on else self._random.choice(floors)
            sampled.slots["floor"] = floor.floor_id
            return floor.name
        return None
