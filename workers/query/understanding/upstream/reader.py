"""Reads what our own grammar does not, by Home Assistant's."""

from __future__ import annotations

from typing import TypeVar

from workers.query.understanding.orders.order import CannotBe, Command, Missing
from workers.query.understanding.reading import (
    Ambiguous,
    NoSuchThing,
    NotApplicable,
    OutOfReach,
    Question,
    Reach,
    Unclear,
    UnknownName,
)
from workers.query.understanding.subjects import Subjects
from workers.query.understanding.tokens import tokens
from workers.query.understanding.upstream.grammar import QUESTIONS, Grammar, Match
from workers.query.understanding.upstream.orders import command
from workers.query.understanding.upstream.questions import question

R = TypeVar("R")
_UNREAD = (CannotBe, Missing, NoSuchThing, NotApplicable, Unclear, UnknownName)
_BEYOND = frozenset({Reach.ORDER, Reach.PAST})
_SINGULAR = {
    "light": ("light", "lamp", "bulb"), "fan": ("fan",), "cover": ("blind", "curtain", "shutter", "window", "shade"),
}  # fmt: skip
_ALL = frozenset({"all", "every", "each", "everywhere"})


class Upstream:
    """Reads sentences of one home by upstream's grammar."""

    def __init__(self, subjects: Subjects, language: str) -> None:
        self._subjects = subjects
        self._grammar = Grammar(subjects.registry, language)

    def read(self, sentence: str) -> Question | None:
        """The question a sentence asks, or None where upstream does not know it or it leads to no one answer."""
        found = self._read(sentence)
        return found if isinstance(found, Question) else None

    def after(self, reading: R, sentence: str, area_id: str | None = None) -> R | Question | Command | Ambiguous:
        """A reading of ours, or upstream's where ours found no sense; `area_id` is where the asker stands."""
        beyond = isinstance(reading, OutOfReach) and reading.reach in _BEYOND
        if not beyond and not isinstance(reading, _UNREAD):
            return reading
        return self._read(sentence, area_id) or reading

    def _read(self, sentence: str, area_id: str | None = None) -> Question | Command | Ambiguous | None:
        said = " ".join(each.plain for each in tokens(sentence, self._subjects.lexicon.contractions))
        meant = (self._meant(each, said) for each in self._grammar.matches(said, area_id))
        return next((each for each in meant if each is not None), None)

    def _meant(self, match: Match, said: str) -> Question | Command | Ambiguous | None:
        if match.intent in QUESTIONS:
            return question(match, self._subjects)
        return command(match, self._subjects, singular=_speaks_of_one(said, str(match.slots.get("domain"))))


def _speaks_of_one(sentence: str, domain: str) -> bool:
    """Whether it says "the lamp", and neither "lamps" nor "every lamp"."""
    words = set(sentence.split())
    said = words & set(_SINGULAR.get(domain, ()))
    return bool(said) and not words & _ALL and not ("light" in said and "up" in words)
