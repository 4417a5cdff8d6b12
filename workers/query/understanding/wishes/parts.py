"""A sentence taken apart: its links ("when", "unless"), what it says of time, and the clauses in between."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from workers.query.understanding.lexicon import Lexicon, Role
from workers.query.understanding.names import Names
from workers.query.understanding.tokens import COMMA, STOP, Token
from workers.query.understanding.wishes.times import Length, Piece, Times
from workers.query.understanding.wishes.words import WishWords

_REACH = 5
_LONGEST_VERB = 3
_MOST_ENDS = 8


@dataclass(frozen=True, slots=True)
class Unit:
    """A word, a mark or separator, a link, or a piece of time; `tokens` are its words."""

    kind: str
    tokens: tuple[Token, ...]
    key: str = ""
    piece: Piece | None = None

    @property
    def plain(self) -> str:
        """Its words, joined."""
        return " ".join(each.plain for each in self.tokens)


@dataclass(frozen=True, slots=True)
class Clause:
    """Some units that belong together. `kind` is `action` or the key of the link in front of it."""

    kind: str
    units: tuple[Unit, ...] = field(default=())


class Parts:
    """Takes sentences apart."""

    def __init__(self, names: Names, words: WishWords, orders: Lexicon, times: Times) -> None:
        self._names, self._words, self._orders, self._times = names, words, orders, times

    def units(self, tokens: Sequence[Token]) -> tuple[Unit, ...]:
        """The units of a sentence, in their sequence, without what is said before a wish."""
        found: list[Unit] = []
        at = self._opening(tokens)
        named = self._named(tokens)
        while at < len(tokens):
            unit = self._unit(tokens, at, named, first=not found)
            found.append(unit)
            at += len(unit.tokens)
        return tuple(self._with_lengths(found))

    def _opening(self, tokens: Sequence[Token]) -> int:
        at = 0
        while True:
            while at < len(tokens) and tokens[at] in {COMMA, STOP}:
                at += 1
            length = self._longest("openings", tokens, at)
            if not length or at + length >= len(tokens):
                return at
            at += length

    def _named(self, tokens: Sequence[Token]) -> list[tuple[int, int]]:
        """Where names of the home stand that have several words."""
        return [
            (start, end)
            for start, end in self._names.standing(tokens)
            if 1 < end - start <= _REACH and COMMA not in tokens[start:end] and STOP not in tokens[start:end]
        ]

    def _longest(self, section: str, tokens: Sequence[Token], at: int) -> int:
        """The words of the longest phrase of a section at a place; 0 where there is none."""
        plains = [each.plain for each in tokens[at : at + self._words.longest]]
        for end in range(at + self._words.reach(section, plains, 0), at, -1):
            phrase = " ".join(plains[: end - at])
            if section in self._words.listed:
                if self._words.is_one(section, phrase):
                    return end - at
            elif self._words.keys(section, phrase):
                return end - at
        return 0

    def _unit(self, tokens: Sequence[Token], at: int, named: Sequence[tuple[int, int]], *, first: bool) -> Unit:
        token = tokens[at]
        if token in {COMMA, STOP}:
            return Unit("mark", (token,), token.plain)
        found = [each for each in self._special(tokens, at, first=first) if not _within(at, len(each.tokens), named)]
        return max(found, key=lambda each: len(each.tokens)) if found else Unit("word", (token,))

    def _special(self, tokens: Sequence[Token], at: int, *, first: bool) -> Iterator[Unit]:
        """What may begin at a word, what is preferred first."""
        read = self._times.read(tokens, at)
        if read is not None:
            yield Unit("time", tuple(tokens[at : read[0]]), piece=read[1])
        found = self._times.length([each.plain for each in tokens], at)
        if found and self._longest("after", tokens, found[0]):
            yield Unit("time", tuple(tokens[at : found[0]]), piece=Length("after", found[1]))
        length = self._longest("dropped", tokens, at)
        if length > 1:
            yield Unit("word", tuple(tokens[at : at + length]))
        length = self._longest("joins", tokens, at)
        if length:
            said = tuple(tokens[at : at + length])
            yield Unit("join", said, self._words.keys("joins", " ".join(each.plain for each in said))[0])
        for section in ("connectives", "excepts", "separators", "without", "after", *(("leading",) if first else ())):
            length = self._longest(section, tokens, at)
            if length:
                yield self._link(section, tuple(tokens[at : at + length]))

    def _link(self, section: str, said: tuple[Token, ...]) -> Unit:
        phrase = " ".join(each.plain for each in said)
        if section == "connectives":
            return Unit("link", said, self._words.keys(section, phrase)[0])
        if section == "excepts":
            return Unit("link", said, "but")
        if section == "separators":
            return Unit("mark", said, "then")
        return Unit("link", said, {"leading": "trigger"}.get(section, section))

    def _with_lengths(self, units: Sequence[Unit]) -> Iterator[Unit]:
        """The length of "after 10 minutes without …": it goes to what follows."""
        at = 0
        while at < len(units):
            unit = units[at]
            following = units[at + 1] if at + 1 < len(units) else None
            if unit.key == "but" and following and following.kind == "time":
                yield replace(unit, key="unless")
                at += 1
                continue
            if unit.key == "but":
                yield from (Unit("word", (each,)) for each in unit.tokens)
                at += 1
                continue
            if (
                isinstance(unit.piece, Length)
                and unit.piece.how == "after"
                and following
                and following.key == "without"
            ):
                yield following
                yield Unit("time", unit.tokens, piece=Length("for", unit.piece.length))
                at += 2
                continue
            yield unit
            at += 1

    # -- clauses -------------------------------------------------------------------------------------------------------

    def splits(self, units: Sequence[Unit]) -> Iterator[tuple[Clause, ...]]:
        """The ways to make clauses of a sentence, likeliest first."""
        if any(each.kind == "link" and each.key != "until" for each in units):
            yield from self._split(units, 0, acted=False)
        else:
            yield from self._without_links(units)

    def _split(self, units: Sequence[Unit], at: int, *, acted: bool) -> Iterator[tuple[Clause, ...]]:
        while at < len(units) and units[at].kind == "mark":
            at += 1
        if at == len(units):
            yield ()
            return
        if units[at].kind == "link":
            for end in self._ends(units, at + 1, acted=acted):
                clause = Clause(units[at].key, _without_ends(units[at + 1 : end]))
                yield from ((clause, *rest) for rest in self._split(units, end, acted=acted))
            return
        end = next((place for place in range(at, len(units)) if units[place].kind == "link"), len(units))
        clause = Clause("action", tuple(units[at:end]))
        worded = any(each.kind == "word" for each in clause.units)
        yield from ((clause, *rest) for rest in self._split(units, end, acted=acted or worded))
        for place in self._leads(units, at, end):
            led = Clause("implied", tuple(units[at:place])), Clause("action", tuple(units[place + 1 : end]))
            yield from ((*led, *rest) for rest in self._split(units, end, acted=True))

    def _leads(self, units: Sequence[Unit], at: int, end: int) -> list[int]:
        """Where what happens "should" lead to an order: "motion in the hall should turn on the light"."""
        inner = [place for place in range(at + 1, end - 1) if self._words.is_one("leads", units[place].plain)]
        return [place for place in inner if units[place].kind == "word" and self.begins(units, place + 1)]

    def _ends(self, units: Sequence[Unit], at: int, *, acted: bool) -> list[int]:
        """Where the clause behind a link may end, likeliest first."""
        last = next((place for place in range(at, len(units)) if units[place].kind == "link"), len(units))
        inner = range(at + 1, last)
        marks = [place for place in inner if units[place].kind == "mark"]
        begun = [place for place in marks if self.begins(units, place + 1)]
        verbs = [
            place
            for place in inner
            if units[place].kind == "word" and self.begins(units, place) and not self._is(units, place)
        ]
        rest = [*marks, last] if not acted else [last, *marks]
        verbs += [
            place for place in inner if acted and units[place].kind == "join" and self._reverses(units, place + 1)
        ]
        if not acted:
            verbs += self._wanted(units, at, last)
        found = [*begun, last, *verbs, *marks] if acted and not begun else [*begun, *verbs, *rest]
        return list(dict.fromkeys(found))[:_MOST_ENDS]

    def _wanted(self, units: Sequence[Unit], at: int, last: int) -> Iterator[int]:
        """Where what a thing should do may begin: "dad leaves | the desk lamp should go off"."""
        for place in (each for each in range(at + 2, last) if self._words.is_one("leads", units[each].plain)):
            for start in range(max(at + 1, place - _REACH), place):
                tokens = [each for unit in units[start:place] for each in unit.tokens]
                if self._names.find(tokens, loosely=False) is not None:
                    article = start > at + 1 and self._words.is_one("hollow", units[start - 1].plain)
                    yield start - 1 if article else start

    def _reverses(self, units: Sequence[Unit], at: int) -> bool:
        """Whether it goes back there: "and off at 11"."""
        behind = units[at + 1] if at + 1 < len(units) else None
        ends = behind is None or behind.kind == "time"
        return at < len(units) and ends and self._words.is_one("reversals", units[at].plain)

    def _is(self, units: Sequence[Unit], at: int) -> bool:
        """Whether the words before are an "is": "is open", "is left open" are no orders."""
        return any(
            self._words.is_one("copulas", " ".join(each.plain for each in units[start:at]))
            for start in range(max(0, at - 3), at)
        )

    def _without_links(self, units: Sequence[Unit]) -> Iterator[tuple[Clause, ...]]:
        """No link: orders at some time; else what stands before a mark is what happens."""
        whole = (Clause("action", tuple(units)),)
        until = next((place for place, each in enumerate(units) if each.kind == "link"), None)
        if until is not None:
            yield from self._split(units, 0, acted=False)
            return
        if any(each.piece is not None for each in units):
            yield whole
        for place in self._leads(units, 0, len(units)):
            yield Clause("implied", tuple(units[:place])), Clause("action", tuple(units[place + 1 :]))
        places = [place for place in range(1, len(units)) if self._breaks(units, place)]
        for place in places[:_MOST_ENDS]:
            if self._happens(units[:place]):
                yield Clause("implied", tuple(units[:place])), Clause("action", tuple(units[place:]))

    def _breaks(self, units: Sequence[Unit], place: int) -> bool:
        """Whether an order may begin there: behind a mark, or with a verb."""
        if units[place].kind == "mark":
            return place < len(units) - 1
        return units[place].kind == "word" and self.begins(units, place) and not self._is(units, place)

    def _happens(self, units: Sequence[Unit]) -> bool:
        """Whether some words say that something happens: by a verb of change, a number, or for how long."""
        plains = [each.plain for each in units]
        changed = any(
            self._words.keys("changes", " ".join(plains[start:end]))
            for start in range(1, len(plains))
            for end in range(start + 1, min(start + 4, len(plains)) + 1)
        )
        limited = any(each.kind == "word" and each.tokens[0].number is not None for each in units)
        lasting = any(isinstance(each.piece, Length) and each.piece.how == "for" for each in units)
        nobody = any(self._words.is_one("nobody", each) for each in plains[:1])
        return changed or limited or lasting or nobody

    def begins(self, units: Sequence[Unit], at: int) -> bool:
        """Whether an order begins there: with a verb, or with whom to tell."""
        while at < len(units) and (units[at].kind in {"mark", "join"} or self._filler(units[at])):
            at += 1
        if at >= len(units) or units[at].kind != "word":
            return at < len(units) and units[at].kind == "time" and self.begins(units, at + 1)
        for end in range(at + 1, min(at + _LONGEST_VERB, len(units)) + 1):
            phrase = " ".join(each.plain for each in units[at:end])
            if self._orders.means(phrase, Role.VERB) or any(
                self._words.is_one(each, phrase) for each in ("tells", "tell_nouns", "waits", "keeps")
            ):
                return True
        return False

    def _filler(self, unit: Unit) -> bool:
        return unit.kind == "word" and self._words.is_one("separators", unit.plain)


def _without_ends(units: Sequence[Unit]) -> tuple[Unit, ...]:
    """Without the joining words at the end."""
    found = list(units)
    while found and found[-1].kind in {"join", "mark"}:
        found.pop()
    return tuple(found)


def _within(at: int, length: int, named: Sequence[tuple[int, int]]) -> bool:
    """Whether words are part of a longer name of the home, or run across its edge."""
    return any(start < at + length and at < end and not (at <= start and end <= at + length) for start, end in named)
