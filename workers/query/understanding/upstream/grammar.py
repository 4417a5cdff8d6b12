"""The grammar of Home Assistant's own voice assistant: `home-assistant-intents`, matched by hassil.

Names go in as plain text, so that nothing in a name is taken for a template, and only those that a sentence may hold:
a home of 5,000 things so costs what one of 50 does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from hassil import Intents, RecognizeResult, SlotList, TextSlotList, recognize_best
from home_assistant_intents import get_intents

from shared.home import Area, Entity, Floor, Registry
from workers.query.understanding.tokens import plainly
from workers.query.understanding.upstream.sensors import sentences

LONGEST = 20
"""Words of the longest sentence that is tried: matching takes longer with every word."""
QUESTIONS = frozenset({"HassGetState"})
ORDERS = frozenset({
    "HassTurnOn", "HassTurnOff", "HassLightSet", "HassSetPosition", "HassClimateSetTemperature",
    "HassClimateSetFanMode", "HassFanSetSpeed", "HassMediaNext", "HassMediaPrevious", "HassMediaPause",
    "HassMediaUnpause", "HassMediaPlayerMute", "HassMediaPlayerUnmute", "HassSetVolume", "HassSetVolumeRelative",
    "HassVacuumStart", "HassVacuumReturnToBase", "HassLawnMowerStartMowing", "HassLawnMowerDock",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Match:
    """A sentence as upstream reads it. `named` is every entity that is called as the sentence says."""

    intent: str
    slots: Mapping[str, Any]
    response: str = ""
    named: tuple[Entity, ...] = ()

    @property
    def by_name(self) -> bool:
        """Whether a thing was called by its name."""
        return "name" in self.slots


@cache
def _intents(language: str) -> Intents | None:
    """The questions and orders of a language, without names; None where upstream does not know it."""
    found = get_intents(language)
    if found is None:
        return None
    kept = {intent: data for intent, data in found["intents"].items() if intent in QUESTIONS | ORDERS}
    asked = kept["HassGetState"]
    more = {**asked, "data": [*asked["data"], *sentences(language)]}
    intents = Intents.from_dict({**found, "intents": {**kept, "HassGetState": more}})
    for intent in intents.intents.values():
        for data in intent.data:
            data.sentences  # noqa: B018 (parsed now: it takes half a second, and nobody waits yet)
    return intents


@dataclass(frozen=True)
class Grammar:
    """Matches sentences about one home."""

    registry: Registry
    language: str

    def match(self, sentence: str, area_id: str | None = None) -> Match | None:
        """What a sentence in plain words matches; `area_id` is where the asker stands."""
        intents = _intents(self.language)
        if intents is None or not 0 < len(sentence.split()) <= LONGEST:
            return None
        context = {"area": area_id} if area_id in self.registry.areas else {}
        lists = self._lists(f" {sentence} ")
        found = recognize_best(sentence, intents, slot_lists=lists, intent_context=context, best_slot_name="name")
        return self._match(found) if found is not None else None

    def _match(self, found: RecognizeResult) -> Match:
        slots = {slot: entity.value for slot, entity in found.entities.items()}
        named = self._named.get(slots["name"], ()) if "name" in slots else ()
        return Match(found.intent.name, slots, found.response or "", named)

    @cached_property
    def _named(self) -> Mapping[tuple[str, str], tuple[Entity, ...]]:
        """The entities by their domain and any of their names."""
        named: dict[tuple[str, str], dict[str, Entity]] = {}
        for entity in self.registry.entities.values():
            for name in (entity.name, *entity.aliases):
                named.setdefault((entity.domain, plainly(name)), {})[entity.entity_id] = entity
        return {key: tuple(found.values()) for key, found in named.items() if key[1]}

    @cached_property
    def _places(self) -> Mapping[str, tuple[tuple[str, str], ...]]:
        """The names of areas and floors with their ids; none that two of them have."""
        registry = self.registry
        places: dict[str, Iterable[tuple[str, Area | Floor]]] = {
            "area": registry.areas.items(), "floor": registry.floors.items(),
        }  # fmt: skip
        return {slot: tuple(_once(found)) for slot, found in places.items()}

    def _lists(self, said: str) -> dict[str, SlotList]:
        """The names that are in a sentence."""
        names = ((name, key) for key in self._named if f" {(name := key[1])} " in said or f" {name}s " in said)
        return {
            "name": _list((name, key, {"domain": key[0]}) for name, key in names),
            **{
                slot: _list((name, key, {}) for name, key in found if f" {name} " in said)
                for slot, found in self._places.items()
            },
        }


def _once(places: Iterable[tuple[str, Area | Floor]]) -> Iterator[tuple[str, str]]:
    named = {(plainly(name), key) for key, each in places for name in (each.name, *each.aliases)}
    several = Counter(name for name, _ in named)
    return ((name, key) for name, key in sorted(named) if name and several[name] == 1)


def _list(values: Iterable[tuple[str, Any, dict[str, Any]]]) -> TextSlotList:
    return TextSlotList.from_tuples(values, allow_template=False)
