"""A sentence as a question about now: the first way to cut it that makes sense of every word."""

from __future__ import annotations

from dataclasses import replace

from workers.query.understanding.context import Context
from workers.query.understanding.cuts import Cut, Sentence, cuts
from workers.query.understanding.draft import Draft, draft
from workers.query.understanding.lexicon import Lexicon, Role
from workers.query.understanding.names import Found, Names
from workers.query.understanding.reach import reach_at_last
from workers.query.understanding.readers import resolve, with_nearest
from workers.query.understanding.reading import (
    Ask,
    Help,
    NoSuchThing,
    OutOfReach,
    Question,
    Reach,
    Reading,
    Refusal,
    Unclear,
    UnknownName,
)
from workers.query.understanding.subjects import Subjects
from workers.query.understanding.tokens import Token

_LASTING = frozenset({"closed", "locked", "off", "armed", "docked", "in", "stopped", "full", "paused"})
"""What a thing is said to have become where now is meant: to have been opened is an event of the past."""
_WHEREABOUTS = frozenset({"home", "away", "out"})
_MARGIN = 1.2
"""How much dearer a cut may be than one that was refused, and still be believed."""
_WIDE_MARGIN = 2.8
_LONGEST_TAG = 4
_DEAREST = 1e9


class NowReader:
    """Reads questions about one home as it is."""

    def __init__(self, subjects: Subjects, names: Names, lexicon: Lexicon) -> None:
        self._subjects, self._names, self._lexicon = subjects, names, lexicon

    def plain(self, found: list[Token]) -> list[Token]:
        """The words of a question without its politeness and its tag: "okay, isn't the door open, dear?"."""
        greetings, vocatives = (self._lexicon.alone[role] for role in (Role.GREETING, Role.VOCATIVE))
        while len(found) > 1 and (found[0].plain in greetings or self._calls(found[0], vocatives)):
            found = found[1:]
        while len(found) > 1 and self._calls(found[-1], vocatives):
            found = found[:-1]
        return _positive(_untagged(found, self._lexicon), self._lexicon)

    def _calls(self, token: Token, vocatives: frozenset[str]) -> bool:
        """Whether a word only addresses the one who is asked, unless something of the home is called so."""
        return token.plain in vocatives and self._names.find([token]) is None

    def read(self, sentence: Sentence, context: Context) -> Reading:
        """The question of a sentence whose typos are corrected, or why there is none."""
        refused: tuple[Refusal, Cut] | None = None
        second: Reading | None = None
        limit = _DEAREST
        for cut in cuts(sentence, self._names, self._lexicon):
            if cut.cost > limit:
                break
            found = draft(cut, asked=sentence.asked)
            reading = self._beyond(found) or resolve(found, self._subjects, context)
            if isinstance(reading, Refusal):
                refused = refused or (reading, cut)
                limit = min(limit, cut.cost + _margin(reading))
            elif reading is not None and self._by_class_word(found):
                second = second or _sure(reading, cut, sentence)
            elif reading is not None:
                return _sure(reading, cut, sentence)
        return second or self._unread(sentence, refused)

    def _beyond(self, found: Draft) -> Reading | None:
        if "help" in found.asks and not (found.things or found.kinds):
            return Help()
        if Role.PAST in found.roles or (Role.PERFECT in found.roles and not _lasting(found)):
            return OutOfReach(Reach.PAST)
        if Role.FUTURE in found.roles:
            return OutOfReach(Reach.FUTURE)
        return OutOfReach(Reach.ORDER) if _terse_order(found) else None

    def _by_class_word(self, found: Draft) -> bool:
        """Whether "any fan", "everything" was taken for a thing that is called so: the class is meant, if it can be."""
        return any(
            self._means_all(span.phrase) or (found.quantified and self._class_word(span.phrase))
            for span in found.things
        )

    def _means_all(self, phrase: str) -> bool:
        return any(word.key == "thing" for word in self._lexicon.phrases.get(phrase, ()))

    def _class_word(self, phrase: str) -> bool:
        words = phrase.split()
        return any(self._lexicon.means(" ".join(words[at:]), Role.KIND) for at in range(len(words)))

    def _unread(self, sentence: Sentence, refused: tuple[Refusal, Cut] | None) -> Reading:
        """What is left where no cut makes sense: an order after all, a sentence of upstream's, or a refusal."""
        if refused is None or isinstance(refused[0], UnknownName | Unclear):
            beyond = reach_at_last(sentence.tokens, self._lexicon)
            if beyond is not None:
                return OutOfReach(beyond)
        return with_nearest(*refused, self._subjects) if refused else Unclear()


def _margin(refusal: Refusal) -> float:
    """What is called so and stands elsewhere may be called otherwise here."""
    return _WIDE_MARGIN if isinstance(refusal, NoSuchThing) and refusal.elsewhere else _MARGIN


def _terse_order(found: Draft) -> bool:
    """Whether it is "lights off": the same with a question mark, or with "are", is a question."""
    named = found.places or found.things or found.kinds
    asks = set(found.asks) - {"all"} or found.measures or found.roles & {Role.AUXILIARY, Role.PERFECT, Role.RELATIVE}
    moved = found.states in (["on"], ["off"]) or (found.states in (["up"], ["down"]) and found.opens is not Role.STATE)
    return bool(named) and not (found.asked or asks) and moved and not found.attributive


def _positive(found: list[Token], lexicon: Lexicon) -> list[Token]:
    """A question without its rhetorical "not": of "isn't the door open?", not of "is not a single door open?"."""
    if len(found) > 2 and lexicon.means(" ".join(each.plain for each in found[1:4]), Role.ASK):  # noqa: PLR2004
        return found
    if " ".join(each.plain for each in found[:2]) in lexicon.alone[Role.POLAR]:
        return [found[0], *found[2:]]
    return found


def _untagged(found: list[Token], lexicon: Lexicon) -> list[Token]:
    """A sentence without the tag that makes it a question: "the door is shut, isn't it?".

    "It isn't open, is it?" asks whether it is open.
    """
    for role in (Role.TAG, Role.NEGATIVE_TAG):
        for length in range(min(_LONGEST_TAG, len(found) - 2), 0, -1):
            if " ".join(each.plain for each in found[-length:]) in lexicon.alone[role]:
                rest = found[:-length]
                negations = [at for at, each in enumerate(rest) if each.plain == "not"]
                if role is Role.NEGATIVE_TAG and len(negations) != 1:
                    break
                return [each for at, each in enumerate(rest) if role is Role.TAG or at not in negations]
    return found


def _lasting(found: Draft) -> bool:
    """Whether a present perfect asks about now: "has the door been locked", "how many lights has the hall"."""
    if found.attributive and found.kinds and found.form in {Ask.ROOMS, Ask.COUNT_ROOMS}:
        return True  # "which rooms have an open window"
    if found.measures and found.things and {"which", "what"} & set(found.asks) and not found.states:
        return True  # "which temperature has the fridge"
    if Role.AUXILIARY in found.roles:
        return True  # "does the hall have": it owns
    if not found.states:
        owned = bool(found.kinds) and bool({"count", "which", "any"} & set(found.asks))
        return owned and not (found.measures or found.attributes or found.events or found.unknown)
    state, done = found.states[0], found.said.partition(" ")[0]
    if state in _WHEREABOUTS:
        return found.form in {Ask.CHECK, Ask.ALL}
    return done == "left" or state in _LASTING or (state == "on" and done in {"turned", "switched"})


def _sure(reading: Reading, cut: Cut, sentence: Sentence) -> Reading:
    """A question with how sure its names are."""
    if not isinstance(reading, Question):
        return reading
    worst = max((span.item.cost for span in cut.spans if isinstance(span.item, Found)), default=0.0)
    return replace(reading, confidence=round(max(0.5, 1.0 - 0.12 * worst - 0.1 * len(sentence.typos)), 2))
