"""The ways to cut a sentence into names and words of the language, best first.

Every word of the sentence has to be accounted for. Names cost less than words, longer pieces less than shorter ones,
and what nobody knows costs most. The search is a beam, so its time is bounded whatever the sentence.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from heapq import nsmallest
from operator import itemgetter

from workers.query.understanding.lexicon import Lexicon, Role, Word
from workers.query.understanding.names import LONGEST, PLURAL, Found, Names
from workers.query.understanding.tokens import Token

BEAM = 16
"""Ways that are followed at each word."""
MOST_UNKNOWN = 4
"""Unknown words that are looked at for typos; with more of them a sentence is noise."""

_NAME, _CONTENT, _UNKNOWN, _TYPO = 0.5, 1.0, 8.0, 1.0
_COSTS = {
    Role.FILLER: 0.1, Role.LEADING: 0.1, Role.RELATIVE: 0.1, Role.AUXILIARY: 0.1, Role.ARTICLE: 0.12,
    Role.PRONOUN: 0.3, Role.JOIN: 0.12, Role.EXCEPT: 0.3, Role.THAN: 0.1, Role.ON_PLACE: 1.1, Role.ASK: 0.3,
    Role.ROOM: 0.9, Role.PLACE: 0.7, Role.UNIT: 0.3, Role.USE: 0.2, Role.NEGATION: 0.3, Role.NUMBER: 0.5,
    Role.COMPARISON: 0.6, Role.SUPERLATIVE: 0.6, Role.PAST: 2.5, Role.FUTURE: 2.5,
    Role.ORDER_FILLER: 0.1, Role.VERB: 0.5, Role.PARTICLE: 0.3, Role.TO: 0.15, Role.BY: 0.15, Role.STEP: 0.6,
    Role.AMOUNT: 0.2, Role.LEVEL: 0.6, Role.COLOR: 0.6, Role.TONE: 0.65, Role.MODE: 1.05, Role.SETTING: 0.6,
    Role.ORDER_UNIT: 0.3, Role.EVERY: 0.2, Role.OTHER: 0.4, Role.REFERENCE: 0.2, Role.AGAIN: 0.1,
}  # fmt: skip
_SILENT = frozenset({Role.FILLER, Role.LEADING, Role.ON_PLACE, Role.ORDER_FILLER, Role.AMOUNT, Role.AGAIN})
_SUBJECTS = frozenset({Role.KIND, Role.EVENT, Role.MEASURE})
_PART = 4
_GROUP = 1.2
_SHADE = 0.4
"""What a colour of two words costs more: "make the bedroom light blue" is about a light."""
_ROOM_NUMBER = 1.5
"""What a number costs more that may be a room's."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A word that nobody knows."""

    word: str


@dataclass(frozen=True, slots=True)
class Span:
    """Some words of the sentence, from `start` up to `end`, and what they are taken for."""

    start: int
    end: int
    item: Word | Found | Unknown
    cost: float
    phrase: str

    @property
    def thing(self) -> Found:
        """What it names; nothing where it is no name."""
        return self.item if isinstance(self.item, Found) else Found()

    @property
    def telling(self) -> bool:
        """Whether it says what the sentence is about: a name, a kind, a measure, an unknown word."""
        return not isinstance(self.item, Word) or self.item.role in _SUBJECTS


@dataclass(frozen=True, slots=True)
class Cut:
    """One way to cut a sentence: the spans that say something, in order."""

    spans: tuple[Span, ...]
    cost: float


@dataclass(frozen=True, slots=True)
class Sentence:
    """The tokens of a sentence after its typos were corrected; `typos` are the places of those."""

    tokens: tuple[Token, ...]
    typos: frozenset[int]
    asked: bool
    """Whether it ends in a question mark."""


def corrected(found: Sequence[Token], names: Names, *, asked: bool) -> Sentence:
    """A sentence with the typos corrected that are clear. Noise is left alone."""
    strangers = [at for at, token in enumerate(found) if token.number is None and not names.knows(token)]
    result, typos = list(found), set[int]()
    for at in strangers if len(strangers) <= MOST_UNKNOWN else ():
        better = names.correct(found[at])
        if better is not None:
            result[at] = better
            typos.add(at)
    return Sentence(tuple(result), frozenset(typos), asked)


def cuts(sentence: Sentence, names: Names, lexicon: Lexicon) -> list[Cut]:
    """The cheapest ways to cut a sentence, cheapest first."""
    found: list[Span] = []  # a way is the places in here of its spans: numbers are compared faster than spans
    ways: list[dict[tuple[int, ...], float]] = [{} for _ in range(len(sentence.tokens) + 1)]
    ways[0][()] = 0.0
    for start, following in enumerate(_spans(sentence, names, lexicon)):
        best = nsmallest(BEAM, ways[start].items(), key=itemgetter(1))
        ways[start].clear()
        steps = [(len(found) + at, ways[span.end], span.cost, _silent(span)) for at, span in enumerate(following)]
        found += following
        for said, cost in best:
            for number, behind, more, silent in steps:
                way = said if silent else (*said, number)
                total = cost + more
                if total < behind.get(way, 1e9):
                    behind[way] = total
    best = nsmallest(BEAM, ways[-1].items(), key=itemgetter(1))
    return [Cut(tuple(found[number] for number in said), cost) for said, cost in best]


def _silent(span: Span) -> bool:
    return isinstance(span.item, Word) and span.item.role in _SILENT


def _spans(sentence: Sentence, names: Names, lexicon: Lexicon) -> list[list[Span]]:
    """For each word the spans that start at it."""
    found = [
        [
            _mended(each, sentence) if sentence.typos else each
            for each in (*_named(at, sentence, names, lexicon), *_worded(at, sentence, names, lexicon))
        ]
        for at in range(len(sentence.tokens))
    ]
    for at, spans in enumerate(found):
        if not any(span.end == at + 1 for span in spans):
            token = sentence.tokens[at]
            spans.append(Span(at, at + 1, Unknown(token.word), _UNKNOWN, token.plain))
    return [[span for span in spans if _placed(span, found)] for spans in found]


def _mended(span: Span, sentence: Sentence) -> Span:
    """A span with what the typos in it cost."""
    typos = sum(1 for at in sentence.typos if span.start <= at < span.end)
    return Span(span.start, span.end, span.item, span.cost + _TYPO * typos, span.phrase)


def _worded(start: int, sentence: Sentence, names: Names, lexicon: Lexicon) -> Iterator[Span]:
    tokens = sentence.tokens
    number = tokens[start].number
    if number is not None:
        behind = tokens[start - 1].plain if start else ""
        room = names.place_having(tokens[start : start + 1]) is not None
        cost = _COSTS[Role.NUMBER] + (_ROOM_NUMBER if room and not lexicon.means(behind, Role.TO) else 0.0)
        yield Span(start, start + 1, Word(Role.NUMBER, number=number), cost, tokens[start].plain)
    for end in range(start + 1, min(start + lexicon.longest, len(tokens)) + 1):
        phrase = " ".join(each.plain for each in tokens[start:end])
        for word in lexicon.phrases.get(phrase, ()):
            shade = _SHADE if word.role is Role.COLOR and end - start > 1 else 0.0
            yield Span(start, end, word, _COSTS.get(word.role, _CONTENT) + shade, phrase)


def _named(start: int, sentence: Sentence, names: Names, lexicon: Lexicon) -> Iterator[Span]:
    tokens = sentence.tokens
    if tokens[start].plain in names.registry.entities:
        found = Found(entities=(tokens[start].plain,))
        yield Span(start, start + 1, found, _NAME, tokens[start].plain)
        return
    for end in range(start + 1, min(start + LONGEST, len(tokens)) + 1):
        part = tokens[start:end]
        if end - start > _PART and not names.begins(part):
            break
        phrase = " ".join([each.plain for each in part])
        meanings = lexicon.phrases.get(phrase, ())
        named = names.find(part, loosely=not meanings)
        if named is None and meanings:
            named = names.stem(part)
        if named is not None and named.cost == PLURAL and _group(tokens[end - 1].plain, lexicon):
            named = replace(named, cost=_GROUP)
        if named is not None:
            yield from _senses(start, end, named, phrase)
        elif end - start <= _PART and not meanings:
            partly = names.having(part)
            if partly is not None:
                yield Span(start, end, partly, _NAME + partly.cost, phrase)
        if end - start <= _PART and not meanings and not (named is not None and named.place):
            yield from _in_a_place(start, end, part, names)


def _in_a_place(start: int, end: int, part: Sequence[Token], names: Names) -> Iterator[Span]:
    """The area of whose name some words are a part: "412" of "Room 412"."""
    place = names.place_having(part)
    if place is not None:
        yield Span(start, end, place, _NAME + place.cost, " ".join(each.plain for each in part))


def _group(word: str, lexicon: Lexicon) -> bool:
    """Whether a plural orders a group: "kitchen lights" are more than the "Kitchen light"."""
    return lexicon.ordering and any(each.role is Role.KIND and each.plural for each in lexicon.phrases.get(word, ()))


def _senses(start: int, end: int, named: Found, phrase: str) -> Iterator[Span]:
    """A name that is a place and a thing is tried as either, as a place first."""
    if named.place:
        yield Span(
            start, end, Found(areas=named.areas, floors=named.floors, cost=named.cost), _NAME + named.cost, phrase
        )
    if named.thing:
        cost = _NAME + named.cost + (0.2 if named.place else 0.0) + (0.0 if named.entities else 0.2)
        yield Span(start, end, Found(named.entities, named.kin, named.devices, cost=named.cost), cost, phrase)


def _placed(span: Span, found: Sequence[Sequence[Span]]) -> bool:
    """Whether a word may stand where it does.

    "And the lamp?" opens a sentence, elsewhere "and" joins; "that are" goes on with one; "on" in front of a place is a
    preposition: "on the first floor".
    """
    role = span.item.role if isinstance(span.item, Word) else None
    if role is Role.LEADING:
        return span.start == 0
    if role is Role.RELATIVE:
        return span.start > 0
    if role is not Role.ON_PLACE:
        return True
    following = [each for start in (span.end, span.end + 1) for each in (found[start] if start < len(found) else ())]
    return any(
        (isinstance(each.item, Found) and each.item.place)
        or (isinstance(each.item, Word) and each.item.role is Role.PLACE)
        for each in following
    )
