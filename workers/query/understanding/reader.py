"""A sentence and a home in, a typed reading out. Built once for a registry and a language; knows no states."""

from collections.abc import Mapping, Sequence

from shared.home import Registry
from workers.query.past.question import PastQuestion, Recall
from workers.query.understanding import lexicon as lexicons
from workers.query.understanding import talk as talks
from workers.query.understanding.asides import AsideReader
from workers.query.understanding.asides.aside import Aside
from workers.query.understanding.context import Context
from workers.query.understanding.cuts import Sentence, Span, corrected, cuts
from workers.query.understanding.languages import Languages, OtherLanguage
from workers.query.understanding.lexicon import Role, Word
from workers.query.understanding.names import Found, Names
from workers.query.understanding.now import NowReader
from workers.query.understanding.orders import OrderReader
from workers.query.understanding.orders import words as order_words
from workers.query.understanding.orders.order import CannotBe, Command
from workers.query.understanding.orders.reader import OrderReading
from workers.query.understanding.past import words as past_words
from workers.query.understanding.past.reader import PastReader
from workers.query.understanding.reach import reach
from workers.query.understanding.reading import (
    Ambiguous,
    NameAlone,
    NoSuchThing,
    NotApplicable,
    OutOfReach,
    Question,
    Reach,
    Reading,
    Unclear,
    UnknownLanguage,
    UnknownName,
)
from workers.query.understanding.subjects import Subjects
from workers.query.understanding.talk import Said, Talk, TalkReader
from workers.query.understanding.tokens import ARROWS, COMMA, STOP, Token, tokens
from workers.query.understanding.upstream import Upstream
from workers.query.understanding.wishes import WishReader
from workers.query.understanding.wishes import words as wish_words
from workers.query.understanding.wishes.reader import LONGEST_WISH, WishReading
from workers.query.understanding.wishes.wish import Wish
from workers.query.understanding.wishes.words import WishWords

_LONGEST_OPENING = 4
_LONGEST_ASKING = 7

LONGEST_SENTENCE = 50
"""Words; a longer text is no question."""
_MOST_OF_THEN = 200
"""Words that are read as questions of now for one sentence about the past: what needs more of them is noise."""
_MAYBE_ORDERS = (UnknownName, Unclear, NameAlone, NoSuchThing, NotApplicable)
_NAMING = frozenset({Role.KIND, Role.PLACE, Role.EVERY, Role.REFERENCE, Role.OTHER, Role.JOIN, Role.EXCEPT})
_TELLING = frozenset({Talk.TRICK, Talk.WHAT_IF, Talk.FEEDBACK})
_NOT_READ = (Unclear, UnknownName, NoSuchThing, OutOfReach)
AnyReading = Reading | PastQuestion | OrderReading | WishReading | Said | Aside | OtherLanguage


class Understanding:
    """Reads sentences about one home in one language."""

    def __init__(self, registry: Registry, language: str = "en") -> None:
        self.registry = registry
        self.language = language.replace("_", "-").partition("-")[0].lower()
        self._known = lexicons.languages()
        if self.language in self._known:
            self._lexicon = lexicons.load(self.language)
            self._languages = Languages(registry, self._lexicon.known)
            orders, talk = order_words.load(self.language), talks.load(self.language)
            wishes = wish_words.load(self.language)
            words = past_words.load(self.language)
            more = (each.vocabulary for each in (orders, wishes, words) if each is not None)
            self._names = Names(registry, self._lexicon, frozenset[str]().union(*more))
            self._subjects = Subjects(registry, self._names, self._lexicon)
            self._now = NowReader(self._subjects, self._names, self._lexicon)
            self._upstream = Upstream(self._subjects, self.language)
            self._asides = AsideReader(registry, self.language)
            self._past = PastReader(self._names, words) if words else None
            self._orders = OrderReader(self._subjects, self._names, orders) if orders else None
            self._wishes = self._reader_of_wishes(wishes)
            self._talk = TalkReader(self._names, talk, self._lexicon.alone[Role.VOCATIVE]) if talk else None

    def _reader_of_wishes(self, words: WishWords | None) -> WishReader | None:
        if words is None or self._orders is None or self._past is None:
            return None

        def asked(found: Sequence[Token], context: Context) -> Reading:
            return self._now.read(corrected(found, self._names, asked=True), context)

        return WishReader(self._subjects, self._names, asked, self._orders, words)

    def read(
        self,
        sentence: str,
        area_id: str | None = None,
        *,
        remembered: tuple[str, ...] = (),
        chosen: Mapping[frozenset[str], tuple[str, ...]] | None = None,
    ) -> AnyReading:
        """The reading of a sentence.

        `area_id` is where the asker stands, `remembered` the entities that the sentence before was about, `chosen`
        which of some candidates were meant, where that was asked.
        """
        if self.language not in self._known:
            return UnknownLanguage(self.language, self._known)
        context = Context(area_id, tuple(each for each in remembered if each in self.registry.entities), chosen or {})
        ours = self._upstream.after(self._read_ours(sentence, context), sentence, area_id)
        reading = self._asides.after(ours, sentence)
        other = self._languages.other(self._tokens(sentence)) if isinstance(reading, _NOT_READ) else None
        return other or reading

    def _read_ours(self, sentence: str, context: Context) -> AnyReading:  # noqa: PLR0911 (one a step)
        marked = self._tokens(sentence)
        found = [each for each in marked if each not in {COMMA, STOP}]
        talk = self._talk.read(sentence, marked) if self._talk else None
        if talk is not None and (talk.talk in _TELLING or self._scene(found) is None):
            return talk
        if not found or len(found) > LONGEST_WISH:
            return Unclear(empty=not found)
        short = len(found) <= LONGEST_SENTENCE
        asks = self._read_on(sentence, marked, found, context) if short and self._seems_asked(sentence, found) else None
        if isinstance(asks, Question | PastQuestion):
            return asks
        apart = len(found) < len(marked) and not any(each in sentence for each in ARROWS)
        if asks is None and apart and short and not self._asks(marked):
            ordered = self._ordered(marked, context)
            if isinstance(ordered, Command):
                return ordered  # all of it: no word is left that could say when
        wish = self._wishes.read(marked, context) if self._wishes else None
        if isinstance(wish, Wish) or (wish is not None and not isinstance(wish, UnknownName)):
            return wish
        if not short:
            return wish or Unclear()
        reading = asks or self._read_on(sentence, marked, found, context)
        return wish if wish is not None and isinstance(reading, Unclear | OutOfReach) else reading

    @property
    def silent(self) -> bool:
        """Whether it has no words for its language."""
        return self.language not in self._known

    def pieces(self, sentence: str) -> tuple[list[str], list[Span]]:
        """The words of a sentence, and what each part of it is, by the likeliest cut; an order is cut as one."""
        found = [each for each in self._tokens(sentence) if each not in {COMMA, STOP}]
        known = corrected(found, self._names, asked=sentence.rstrip().endswith("?"))
        orders = order_words.load(self.language)
        ordered = orders is not None and reach(known.tokens, self._names, self._lexicon, asked=False) is Reach.ORDER
        best = next(iter(cuts(known, self._names, orders if ordered and orders else self._lexicon)), None)
        return [each.word for each in known.tokens], list(best.spans) if best else []

    def says_only_what(self, fragment: str) -> bool:
        """Whether some words name things and places, and nothing that is to be done or asked."""
        orders = order_words.load(self.language)
        if orders is None:
            return False
        found = [each for each in self._tokens(fragment) if each not in {COMMA, STOP}]
        best = next(iter(cuts(corrected(found, self._names, asked=False), self._names, orders)), None)
        return best is not None and all(
            isinstance(span.item, Found) or (isinstance(span.item, Word) and span.item.role in _NAMING)
            for span in best.spans
        )

    def _tokens(self, sentence: str) -> list[Token]:
        return tokens(sentence, self._lexicon.contractions, self.registry.entities, marks=True)

    def _seems_asked(self, sentence: str, found: Sequence[Token]) -> bool:
        """Whether it has the form of a question, though something in it may sound like a wish: "tell me if ..."."""
        if sentence.rstrip().endswith("?"):
            return True
        starts = (" ".join(each.plain for each in found[:end]) for end in range(2, _LONGEST_ASKING + 1))
        return any(self._lexicon.means(start, Role.FILLER) for start in starts)

    def _scene(self, found: Sequence[Token]) -> Found | None:
        """The scene or script that the words name: "good night" may be one."""
        named = self._names.find(found)
        runs = named is not None and any(
            each.startswith(("scene.", "script.")) for each in (*named.entities, *named.kin)
        )
        return named if runs else None

    def _read_on(self, sentence: str, marked: Sequence[Token], found: list[Token], context: Context) -> AnyReading:
        asked = sentence.rstrip().endswith("?")
        plain = self._now.plain(found)
        known = corrected(plain, self._names, asked=asked)
        if self._past is not None and self._past.asks_who(plain):
            asked_who = self._of_then(_ways(plain, known), context)
            if isinstance(asked_who, PastQuestion) and asked_who.recall is Recall.WHO:
                return asked_who
        beyond = reach(known.tokens, self._names, self._lexicon, asked=asked)
        if beyond is Reach.ORDER:
            ordered = self._ordered(marked, context)
            sure = isinstance(ordered, Command) or (isinstance(ordered, CannotBe) and self._definite(known.tokens))
            asks = None if sure else self._now.read(known, context)
            return asks if isinstance(asks, Question) else ordered or OutOfReach(beyond)
        reading = OutOfReach(beyond) if beyond else self._now.read(known, context)
        if isinstance(reading, OutOfReach) and self._may_be_past(reading, plain):
            return self._of_then(_ways(plain, known), context) or reading
        if any(each in sentence for each in ARROWS):
            return reading
        return self._ordered_after_all(marked, reading, context, asked=asked)

    def _definite(self, found: Sequence[Token]) -> bool:
        """Whether "the" or the like stands behind the first word: "open the windows" asks for none."""
        return len(found) > 1 and self._lexicon.means(found[1].plain, Role.FILLER)

    def _ordered(self, marked: Sequence[Token], context: Context) -> OrderReading | None:
        return self._orders.read(marked, context) if self._orders is not None else None

    def _ordered_after_all(
        self, marked: Sequence[Token], reading: Reading, context: Context, *, asked: bool
    ) -> AnyReading:
        """What is no question may be an order without a verb: "bedroom lamp 50 percent"."""
        may_be = isinstance(reading, _MAYBE_ORDERS) or (
            isinstance(reading, OutOfReach) and reading.reach is Reach.ORDER
        )
        if not may_be or asked or self._asks(marked):
            return reading
        found = self._ordered(marked, context)
        if isinstance(reading, OutOfReach):
            return found or reading
        return found if isinstance(found, Command | Ambiguous) else reading

    def _asks(self, marked: Sequence[Token]) -> bool:
        """Whether a sentence begins as a question does."""
        return any(
            word.role in {Role.AUXILIARY, Role.ASK, Role.PAST, Role.PERFECT}
            and not (word.role is Role.ASK and word.key in {"all", "any", "none"})
            for end in range(1, _LONGEST_OPENING + 1)
            for word in self._lexicon.phrases.get(" ".join(each.plain for each in marked[:end]), ())
        )

    def _may_be_past(self, reading: OutOfReach, found: Sequence[Token]) -> bool:
        """Whether it may be about the past: "at midnight …" and "when …" begin questions as well as wishes."""
        if reading.reach is Reach.WISH and self._past is not None:
            return self._past.begins_with_time(found) or self._past.asks_when(found)
        return reading.reach is Reach.PAST

    def _of_then(self, ways: Sequence[Sequence[Token]], context: Context) -> Reading | PastQuestion | None:
        """The reading of a sentence about the past: as it was written, else with its typos corrected."""
        left = _MOST_OF_THEN

        def read_now(words: Sequence[Token]) -> Reading:
            nonlocal left
            left -= len(words)
            return self._now.read(corrected(words, self._names, asked=True), context) if left >= 0 else Unclear()

        refused: Reading | None = None
        for each in ways if self._past else ():
            reading = self._past.read(each, read_now) if self._past else None
            if isinstance(reading, PastQuestion):
                return reading
            refused = refused or reading
        return refused


def _ways(plain: Sequence[Token], known: Sentence) -> tuple[Sequence[Token], ...]:
    """A sentence about the past with its typos corrected, else as it was written."""
    return (known.tokens, plain) if known.typos else (plain,)
