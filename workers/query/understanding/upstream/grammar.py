"""The grammar of Home Assistant's own voice assistant: `home-assistant-intents`, matched by hassil.

Names go in as plain text, so that nothing in a name is taken for a template, and only those that a sentence may hold:
a home of 5,000 things so costs what one of 50 does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import islice
from typing import Any

from hassil import Intents, ListReference, RecognizeResult, Sentence, Sequence, TextSlotList, recognize_all
from hassil.intents import Intent, IntentData
from home_assistant_intents import get_intents

from shared.home import Area, Entity, Floor, Registry
from workers.query.understanding.tokens import plainly
from workers.query.understanding.upstream.additions import additions

LONGEST = 20
"""Words of the longest sentence that is tried: matching takes longer with every word."""
_NAMED = frozenset({"name", "area", "floor"})
MOST = 100
"""Ways to match one sentence that are looked at."""
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
    more = additions(language)
    kept = {
        intent: {**data, "data": [*data["data"], *more.get(intent, ())]}
        for intent, data in found["intents"].items()
        if intent in QUESTIONS | ORDERS
    }
    intents = Intents.from_dict({**found, "intents": kept})
    _parse(intents)
    return intents


def _parse(intents: Intents) -> int:
    """Parse all templates now and not with the first sentence, which would wait for it; their number."""
    return sum(len(data.sentences) for intent in intents.intents.values() for data in intent.data)


@dataclass(frozen=True, slots=True)
class _Needs:
    """What a template cannot do without: of each set of texts one in the sentence, and names of each of some lists."""

    texts: frozenset[frozenset[str]]
    lists: frozenset[str]


@cache
def _groups(language: str) -> tuple[tuple[str, IntentData, tuple[_Needs, ...]], ...]:
    """The groups of templates of a language, each with the name of its intent and what each template needs."""
    intents = _intents(language)
    if intents is None:
        return ()
    groups = [(name, data) for name, intent in intents.intents.items() for data in intent.data]
    rules = [{**intents.expansion_rules, **data.expansion_rules} for _, data in groups]
    return tuple(
        (name, data, tuple(_needs(each, own) for each in data.sentences))
        for (name, data), own in zip(groups, rules, strict=True)
    )


def _needs(template: Sentence, rules: dict[str, Sentence]) -> _Needs:
    items = template.expression.items if isinstance(template.expression, Sequence) else []
    lists = frozenset(each.list_name for each in items if isinstance(each, ListReference))
    return _Needs(template.get_required_clauses(rules), lists & _NAMED)


def _likely(sentence: str, language: str, intents: Intents, lists: Mapping[str, TextSlotList]) -> Intents:
    """The intents without the groups of templates that all need what a sentence has not.

    Hassil leaves those out, too, but only after it has made itself ready for each of some four hundred groups.
    """
    said = sentence.casefold()
    empty = frozenset(name for name, names in lists.items() if not names.values)
    has: dict[frozenset[str], bool] = {}

    def fits(needs: _Needs) -> bool:
        for texts in needs.texts:
            if texts not in has:
                has[texts] = any(each in said for each in texts)
            if not has[texts]:
                return False
        return not needs.lists & empty

    kept: dict[str, Intent] = {}
    for name, data, needs in _groups(language):
        if any(map(fits, needs)):
            kept.setdefault(name, Intent(name)).data.append(data)
    return replace(intents, intents=kept)


@dataclass(frozen=True)
class Grammar:
    """Matches sentences about one home."""

    registry: Registry
    language: str

    def __post_init__(self) -> None:
        _intents(self.language)

    def matches(self, sentence: str, area_id: str | None = None) -> list[Match]:
        """The ways to match a sentence in plain words, likeliest first; `area_id` is where the asker stands."""
        intents = _intents(self.language)
        if intents is None or not 0 < len(sentence.split()) <= LONGEST:
            return []
        context = {"area": area_id} if area_id in self.registry.areas else {}
        lists = self._lists(f" {sentence} ")
        likely = _likely(sentence, self.language, intents, lists)
        found = islice(recognize_all(sentence, likely, slot_lists={**lists}, intent_context=context), MOST)
        return [self._match(each) for each in sorted(found, key=_guessed)]

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

    def _lists(self, said: str) -> dict[str, TextSlotList]:
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


def _guessed(found: RecognizeResult) -> tuple[int, int]:
    """How little of a match is for sure: words that stand for anything, and what is not in a name."""
    name = found.entities.get("name")
    return sum(each.is_wildcard for each in found.entities.values()), -len(name.text) if name else 0
