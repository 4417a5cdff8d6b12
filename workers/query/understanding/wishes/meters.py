"""What is said of numbers: which sensor tells them, and what is missing where no limit is said."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from shared.home import Entity
from workers.query.meanings.measures import measures
from workers.query.understanding.names import Names
from workers.query.understanding.reading import Ask, Predicate, Question
from workers.query.understanding.tokens import Token, plainly
from workers.query.understanding.wishes.questions import Questions
from workers.query.understanding.wishes.wish import MissingPart
from workers.query.understanding.wishes.words import WishWords

JUDGED = frozenset({Ask.CHECK, Ask.ANY, Ask.ALL, Ask.NONE})
"""Forms of questions that are so or not."""
_FINISHED = frozenset({"stopped", "docked"})
_NUMBERS = frozenset({
    "sensor", "number", "input_number", "counter", "weather", "climate", "water_heater", "humidifier",
})  # fmt: skip


class Meters:
    """Finds what measures in one home."""

    def __init__(self, names: Names, words: WishWords, questions: Questions) -> None:
        self._names, self._words, self._questions = names, words, questions

    def measured(self, question: Question) -> Question | None:
        """A question about a number, of the sensor that tells it; None where nothing tells."""
        entities, subject = self._names.registry.entities, question.subject
        threshold = question.predicate.threshold
        if threshold is None:
            plugs = all(entities[each].domain == "switch" for each in subject.entities)
            return None if plugs and question.predicate.state == "stopped" else question
        if (
            subject.measure is not None
            or question.attribute is not None
            or all(entities[each].domain in _NUMBERS for each in subject.entities)
        ):
            return question
        if len(subject.entities) != 1 or not threshold.unit or subject.measure is not None:
            return None
        found = tuple(self._sensors(entities[subject.entities[0]]))
        return replace(question, subject=replace(subject, entities=found, measure="power")) if len(found) == 1 else None

    def done(self, question: Question, tokens: tuple[Token, ...]) -> MissingPart | None:
        """That nobody knows when a machine is done: below which power, where its plug has a meter."""
        said = question.predicate.raw or question.predicate.state
        entities = [self._names.registry.entities[each] for each in question.subject.entities]
        if said not in _FINISHED or not all(each.domain in {"switch", "select", "sensor"} for each in entities):
            return None
        for start, end in self._questions.phrases(tokens, self._words.keyed["changes"]):
            words = " ".join(each.plain for each in tokens[start:end])
            if set(self._words.keys("changes", words)) & _FINISHED:
                return MissingPart("threshold", self._words.limits["power"], words, self._words.instead["power"])
        return None

    def _sensors(self, thing: Entity) -> Iterator[str]:
        """The power sensors of a plug: of the same device, or of the same name."""
        name = set(plainly(thing.name).split())
        for each in self._names.registry.entities.values():
            same = each.device_id is not None and each.device_id == thing.device_id
            if measures("power", each) and (same or name <= set(plainly(each.name).split())):
                yield each.entity_id

    def unlimited(self, reading: Question, tokens: Sequence[Token]) -> MissingPart | None:
        """That a limit is missing: "it is cold"."""
        if reading.ask is not Ask.MEASURE and not (reading.ask in JUDGED and reading.predicate == Predicate()):
            return None
        for at in range(len(tokens)):
            for end in range(min(at + 3, len(tokens)), at, -1):
                said = " ".join(each.plain for each in tokens[at:end])
                for way in self._words.keys("judged", said):
                    choices = self._words.limits.get(f"{way} {reading.subject.measure}", ())
                    return MissingPart("threshold", choices, said, self._words.instead[way])
        return None
