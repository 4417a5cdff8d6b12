"""The sentences that Home Assistant's own voice assistant knows, for what our grammar does not read.

Grammar: `home-assistant-intents`, matched by hassil. Only its questions are used. Names go in as plain text, so that
nothing in a name is taken for a template.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache, cached_property
from typing import Any

from hassil import Intents, RecognizeResult, SlotList, TextSlotList, recognize_best
from home_assistant_intents import get_intents

from shared.home import Area, Entity, Floor
from workers.query.meanings.states import meant
from workers.query.understanding.reading import Ask, Predicate, Question, Reading, Subject
from workers.query.understanding.scope import Scope
from workers.query.understanding.subjects import Ids, Subjects

LONGEST = 20
"""Words of the longest sentence that is tried: matching takes longer with every word."""
MOST_ENTITIES = 1_000
"""Entities of the largest home it is tried in: in one of 5,000 its lists take half a second to build."""
CONFIDENCE = 0.9
_ASKS = {
    "any": Ask.ANY, "all": Ask.ALL, "which": Ask.WHICH, "how_many": Ask.COUNT,
    "one_yesno": Ask.CHECK, "one": Ask.STATE,
}  # fmt: skip
_STATES = {"not_home": "away"}


@cache
def _questions(language: str) -> Intents | None:
    """The questions of a language, without names; None where upstream does not know it."""
    found = get_intents(language)
    if found is None:
        return None
    return Intents.from_dict({**found, "intents": {"HassGetState": found["intents"]["HassGetState"]}})


class Upstream:
    """Reads sentences of one home by upstream's grammar."""

    def __init__(self, subjects: Subjects, language: str) -> None:
        self._subjects = subjects
        self._language = language

    def read(self, sentence: str) -> Reading | None:
        """The question a sentence asks, or None where upstream does not know it or it leads to no one answer."""
        questions = _questions(self._language)
        large = len(self._subjects.registry.entities) > MOST_ENTITIES
        if questions is None or large or len(sentence.split()) > LONGEST:
            return None
        found = recognize_best(sentence, questions, slot_lists=self._lists, best_slot_name="name")
        return self._question(found) if found else None

    @cached_property
    def _lists(self) -> dict[str, SlotList]:
        registry = self._subjects.registry
        named = [(name, each) for each in registry.entities.values() for name in (each.name, *each.aliases)]
        several = Counter(name.casefold() for name, _ in named)
        places: dict[str, Mapping[str, Area] | Mapping[str, Floor]] = {"area": registry.areas, "floor": registry.floors}
        return {
            "name": _list(
                (n, each.entity_id, {"domain": each.domain}) for n, each in named if several[n.casefold()] == 1
            ),
            **{
                slot: _list((name, key, {}) for key, each in found.items() for name in (each.name, *each.aliases))
                for slot, found in places.items()
            },
        }

    def _question(self, found: RecognizeResult) -> Question | None:
        slots = {name: entity.value for name, entity in found.entities.items()}
        ask, state = _ASKS.get(found.response or ""), slots.get("state")
        if ask is None or (state is None) is not (ask is Ask.STATE):
            return None
        word = _STATES.get(str(state), str(state)) if state is not None else None
        ids = self._entities(slots, word)
        if not ids or (ask in {Ask.CHECK, Ask.STATE} and len(ids) != 1):
            return None
        return Question(ask, Subject(ids, plural=len(ids) > 1), Predicate(word), confidence=CONFIDENCE)

    def _entities(self, slots: Mapping[str, Any], word: str | None) -> Ids:
        """The entities of the slots of which the state can be said."""
        subjects = self._subjects
        scope = self._scope(slots)
        if "name" in slots:
            found: Iterable[Entity] = [subjects.entity(str(slots["name"]))]
        else:
            found = [each for each in subjects.registry.entities.values() if _of_class(each, slots)]
        return tuple(
            each.entity_id for each in found if scope.holds(each) and (word is None or meant(word, each) is not None)
        )

    def _scope(self, slots: Mapping[str, Any]) -> Scope:
        areas = self._subjects.registry.areas.values()
        if "area" in slots:
            return Scope(frozenset({str(slots["area"])}))
        if "floor" in slots:
            return Scope(frozenset(each.area_id for each in areas if each.floor_id == slots["floor"]))
        return Scope()


def _list(values: Iterable[tuple[str, str, dict[str, Any]]]) -> TextSlotList:
    return TextSlotList.from_tuples(values, allow_template=False)


def _of_class(entity: Entity, slots: Mapping[str, Any]) -> bool:
    domain, device_class = slots.get("domain"), slots.get("device_class")
    return (domain is None or entity.domain == domain) and (device_class is None or entity.device_class == device_class)
