"""What happens or is so, read with the reader of questions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from workers.query.meanings.states import OPPOSITES, TESTS, meant
from workers.query.understanding.context import Context
from workers.query.understanding.names import Names
from workers.query.understanding.reading import (
    Ambiguous,
    NoSuchThing,
    NotApplicable,
    Predicate,
    Question,
    UnknownName,
)
from workers.query.understanding.tokens import COMMA, Token
from workers.query.understanding.wishes.asking import Asking
from workers.query.understanding.wishes.meters import JUDGED, Meters
from workers.query.understanding.wishes.occasions import Occasions
from workers.query.understanding.wishes.parts import Unit
from workers.query.understanding.wishes.questions import Questions
from workers.query.understanding.wishes.said import Heard, Said
from workers.query.understanding.wishes.times import Length, Times, TooLong
from workers.query.understanding.wishes.wish import MissingPart
from workers.query.understanding.wishes.words import WishWords

Problem = Ambiguous | NoSuchThing | UnknownName | NotApplicable | MissingPart
_TELLING = (Ambiguous, MissingPart, NotApplicable, NoSuchThing, UnknownName)


LONGEST_STATEMENT = 24
"""Words of one thing that happens or is so."""


@dataclass(slots=True)
class _Around:
    """What is known beside a clause: whom to ask, what "it" may stand for, and what was refused so far."""

    ask: Asking
    spoken: tuple[str, ...] = ()
    refused: list[Problem] = field(default_factory=list)


class Statements:
    """Reads the clauses of one home."""

    def __init__(self, names: Names, words: WishWords, times: Times) -> None:
        self._names, self._words, self._times = names, words, times
        self._questions = Questions(names, words)
        self._occasions = Occasions(names, words, times, self._questions)
        self._meters = Meters(names, words, self._questions)
        self._people = tuple(each for each in names.registry.entities if each.startswith("person."))

    def read(self, units: Sequence[Unit], ask: Asking, spoken: tuple[str, ...] = ()) -> Heard | Problem | None:
        """A clause; `spoken` is what "it" may stand for. Every word is read or nothing."""
        around = _Around(ask, spoken)
        found = self._all(tuple(units), (), around)
        if found is not None:
            return found
        return next((each for kind in _TELLING for each in around.refused if isinstance(each, kind)), None)

    def _all(self, units: tuple[Unit, ...], subject: tuple[Token, ...], around: _Around) -> Heard | None:
        """The longest first part that reads, and what is joined to it."""
        joins = [at for at, each in enumerate(units) if each.kind in {"join", "mark"}]
        for end in (len(units), *reversed(joins)):
            heard = self._one(units[:end], subject, around)
            if heard is None:
                continue
            if end == len(units):
                return heard
            behind = self._subject(units[:end]) or subject
            spoken = tuple(dict.fromkeys(each for one in heard.said for each in one.entities))
            around = replace(around, spoken=around.spoken or spoken)
            rest = self._all(units[end + 1 :], behind, around)
            if rest is None:
                continue
            by = units[end].key if units[end].kind == "join" else "and"
            first = tuple(replace(each, joined=each.joined or by) for each in rest.said[:1])
            return Heard((*heard.said, *first, *rest.said[1:]), (*heard.pieces, *rest.pieces))
        return None

    def _one(self, units: tuple[Unit, ...], subject: tuple[Token, ...], around: _Around) -> Heard | None:
        tokens = self._cleaned(units)
        pieces = tuple(each.piece for each in units if each.piece is not None)
        lasting = next((each.length for each in pieces if isinstance(each, Length) and each.how == "for"), timedelta())
        others = tuple(each for each in pieces if not isinstance(each, Length | TooLong))
        lengths = [each.how for each in pieces if isinstance(each, Length)]
        if lengths not in ([], ["for"]):
            return None
        if not tokens or (self._hollow(tokens) and pieces):
            return Heard((), others) if units and not lasting else None
        if len(tokens) > LONGEST_STATEMENT or not around.ask.goes_on():
            return None
        said = self._statement(tokens, subject, around)
        if said is None:
            return None
        for each in pieces:
            if isinstance(each, TooLong):
                around.refused.insert(0, self._how_long(each))
                return None
        return Heard((replace(said, lasting=lasting),), others)

    def _how_long(self, piece: TooLong) -> MissingPart:
        return MissingPart(
            "length", ("5 minutes", "10 minutes", "30 minutes"), piece.said, self._words.instead["length"]
        )

    def _cleaned(self, units: Sequence[Unit]) -> tuple[Token, ...]:
        """The words of a clause without those that say nothing in it."""
        words = [each for unit in units if unit.kind not in {"time", "mark"} for each in unit.tokens]
        found: list[Token] = []
        at = 0
        while at < len(words):
            length = self._questions.longest(self._words.listed["dropped"], words, at)
            if length and not self._questions.in_name(words, at, at + length):
                at += length
                continue
            found.append(words[at])
            at += 1
        return tuple(found)

    def _hollow(self, tokens: Sequence[Token]) -> bool:
        at = 0
        while at < len(tokens):
            length = self._questions.longest(self._words.listed["hollow"], tokens, at)
            if not length:
                return False
            at += length
        return True

    # -- one statement -------------------------------------------------------------------------------------------------

    def _statement(self, tokens: tuple[Token, ...], subject: tuple[Token, ...], around: _Around) -> Said | None:
        known = self._occasions.read(tokens)
        if known is not None:
            return known
        if self._questions.possessive(tokens):
            spoken = around.spoken
            if len(spoken) != 1:
                return None
            tokens = (Token(spoken[0], spoken[0]), *tokens[2:])
        ways = [tokens, *([(*subject, *tokens)] if subject else [])]
        ways += [way for each in ways for way in self._referring(each, around.spoken)]
        for way in ways:
            person = self._of_myself(way, around.ask.context)
            if isinstance(person, Ambiguous):
                around.refused.insert(0, person)
                return None
            found = self._stated(person, around)
            if found is not None:
                return found
        return None

    def _stated(self, tokens: tuple[Token, ...], around: _Around) -> Said | None:
        for asked, sudden, before, alone in self._questions.of(tokens):
            reading = around.ask(asked)
            if isinstance(reading, Question):
                problem = self._meters.unlimited(reading, tokens)
                if problem is not None:
                    around.refused.insert(0, problem)
                    continue
                power = self._meters.done(reading, tokens)
                if power is not None:
                    around.refused.insert(0, power)
                    continue
                if self._senseless(reading):
                    continue
                measured = self._meters.measured(reading)
                if measured is not None and reading.ask in JUDGED and reading.predicate != Predicate():
                    return Said(measured, sudden, before=before, alone=alone)
            elif isinstance(reading, Ambiguous | NoSuchThing | UnknownName | NotApplicable):
                around.refused.append(reading)
        return None

    def _senseless(self, reading: Question) -> bool:
        """Whether it says of people what can't be said of them: they go out, but never off."""
        said = reading.predicate.state or reading.predicate.raw
        people = [
            self._names.registry.entities[each] for each in reading.subject.entities if each.startswith("person.")
        ]
        known = said in TESTS or said in OPPOSITES
        return known and bool(people) and all(meant(said or "", each) is None for each in people)

    def _subject(self, units: Sequence[Unit]) -> tuple[Token, ...]:
        """The words of a clause in front of its verb."""
        tokens = self._cleaned(units)
        starts = [
            start
            for start, _ in (
                *self._questions.phrases(tokens, frozenset(self._words.keyed["changes"])),
                *self._questions.copulas(tokens),
            )
        ]
        return tokens[: min(starts)] if starts else ()

    def _referring(self, tokens: tuple[Token, ...], spoken: tuple[str, ...]) -> Iterator[tuple[Token, ...]]:
        """With what "it" stands for."""
        if len(spoken) != 1:
            return
        for at, each in enumerate(tokens):
            if self._words.is_one("references", each.plain):
                yield (*tokens[:at], Token(spoken[0], spoken[0]), *tokens[at + 1 :])
                return

    def _of_myself(self, tokens: tuple[Token, ...], context: Context) -> tuple[Token, ...] | Ambiguous:
        at = next((at for at, each in enumerate(tokens) if self._words.is_one("myself", each.plain)), None)
        if at is None or not self._people:
            return tokens
        people = context.choice(self._people) or self._people
        if len(people) > 1:
            return Ambiguous(people)
        return (*tokens[:at], Token(people[0], people[0]), *tokens[at + 1 :])


def text(units: Sequence[Unit]) -> str:
    """The words of some units as a sentence."""
    words = [each.word for unit in units for each in unit.tokens if each != COMMA]
    said = " ".join(words)
    return said[:1].upper() + said[1:]
