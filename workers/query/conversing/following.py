"""A sentence read after another: alone where it can be, else as the one before with its new part."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from workers.query.conversing.rewriting import rewrites
from workers.query.conversing.turn import Turn
from workers.query.past.question import PastQuestion
from workers.query.understanding import Understanding
from workers.query.understanding.orders.order import Command, Missing
from workers.query.understanding.reader import AnyReading
from workers.query.understanding.reading import (
    Ambiguous,
    Ask,
    NameAlone,
    NoSuchThing,
    OutOfReach,
    Question,
    Unclear,
    UnknownName,
)
from workers.query.understanding.tokens import plainly
from workers.query.understanding.wishes.wish import Wish

_OPENINGS = (
    "and what about", "what about", "how about", "and how about", "and also", "and now", "and then", "no i meant",
    "i meant", "i mean", "no i mean", "same for", "the same for", "and the same for", "do the same for",
    "and for", "and", "also", "now", "then", "or", "but", "no", "ok and", "okay and", "what of",
)  # fmt: skip
_NO_SUCH = re.compile(r"\s*no\s+(?!the\b|my\b|in\b|on\b|i\b|it\b|that\b|make\b|\d)", re.IGNORECASE)
"""A "no" that denies what follows, and not what was said before: "no garage light please"."""
_CORRECTION = re.compile(
    r"[,.;!\u2026-]\s*(?:no wait|wait no|no sorry|sorry no|or rather|i mean|i meant|make that|scratch that|"
    r"no|sorry|oops|oh|wait|actually|rather|correction)\b(?!\s+(?:and|also)\b)",
    re.IGNORECASE,
)
_INSTEAD = re.compile(r"\binstead\W{0,9}\Z", re.IGNORECASE)
"""How a sentence takes back what it began with."""
_TAILS = frozenset({"too", "also", "as", "well", "please"})
_ENDINGS = ("too", "as well", "then", "please", "instead", "again", "also", "now")
_GOOD = (Question, PastQuestion, Command, Wish)
_ASKING = (Ambiguous, Missing)
_UNREAD = (NameAlone, NoSuchThing, OutOfReach, Unclear, UnknownName, Missing)
_LONGEST_FRAGMENT = 8
_ASKED_AGAIN = {
    "which": Ask.WHICH, "which ones": Ask.WHICH, "which one": Ask.WHICH, "who": Ask.WHICH, "what": Ask.WHICH,
    "how many": Ask.COUNT, "which one is it": Ask.WHICH, "which ones are they": Ask.WHICH, "where": Ask.ROOMS,
    "which rooms": Ask.ROOMS, "name them": Ask.WHICH, "list them": Ask.WHICH,
}  # fmt: skip
"""What asks the question before in another form."""


@dataclass(frozen=True, slots=True)
class Followed:
    """A reading and the sentence that it is of, spelled out."""

    reading: AnyReading
    sentence: str
    chosen: dict[frozenset[str], tuple[str, ...]] = field(default_factory=dict)


def follow(  # noqa: PLR0911 (one a way to go on)
    mind: Understanding, sentence: str, area_id: str | None, last: Turn | None
) -> Followed:
    """The reading of a sentence; `last` is the one before it in the same conversation."""
    remembered = last.entities if last is not None else ()
    alone = _alone(mind, sentence, area_id, remembered)
    if (
        isinstance(alone, (Command, *_UNREAD))
        and (better := _corrected(mind, sentence, area_id, last, whole=isinstance(alone, Command))) is not None
    ):
        return better
    if last is None or not last.sentence:
        return Followed(alone, sentence)
    fragment, opened = _fragment(sentence)
    asked = mind.read(last.sentence, last.area_id) if fragment in _ASKED_AGAIN else None
    if isinstance(asked, Question) and asked.subject.plural:
        return Followed(replace(asked, ask=_ASKED_AGAIN[fragment], extreme=None), last.sentence)
    if not fragment or len(fragment.split()) > _LONGEST_FRAGMENT:
        return Followed(alone, sentence)
    bare = opened and mind.says_only_what(fragment)
    if isinstance(alone, _GOOD) and not bare and not (opened and isinstance(alone, Question)):
        return Followed(alone, sentence)
    if not opened and not isinstance(alone, _UNREAD):
        return Followed(alone, sentence)
    rest = _alone(mind, fragment, area_id, remembered) if opened and not bare else alone
    if isinstance(rest, Command):
        return Followed(rest, fragment)
    return _as_before(mind, fragment, area_id, last) or Followed(alone, sentence)


def _alone(mind: Understanding, sentence: str, area_id: str | None, remembered: tuple[str, ...]) -> AnyReading:
    """The reading of a sentence for itself; its "one" at the end is no value."""
    reading = mind.read(sentence, area_id, remembered=remembered)
    if isinstance(reading, Command) and _ends_in_one(sentence):
        values = [each.value for order in reading.orders for each in order.settings]
        return Unclear() if 1.0 in values else reading
    return reading


def _ends_in_one(sentence: str) -> bool:
    """Whether it ends as "the bedroom one too" does, and not as "volume to one"."""
    words = [each for each in plainly(sentence).split() if each not in _TAILS]
    return words[-1:] in (["one"], ["ones"]) and words[-2:-1] not in (["to"], ["by"], ["at"])


def _taken_back(sentence: str) -> tuple[str, str]:
    """What a sentence takes back, and what it says in its place; empty where it takes nothing back."""
    found = _CORRECTION.search(sentence)
    if found is not None:
        return sentence[: found.start()].strip(), sentence[found.end() :].strip(" ,.;!-")
    said = _INSTEAD.search(sentence)
    before, _, after = sentence[: said.start()].rpartition(",") if said is not None else ("", "", "")
    return before.strip(), after.strip()


def _corrected(
    mind: Understanding, sentence: str, area_id: str | None, last: Turn | None, *, whole: bool
) -> Followed | None:
    """The reading of a sentence that corrects itself, "the lamp, no, the fan": only what holds at its end.

    None where it does not. `whole` is whether all of it could be read: then an order of its own is no correction.
    """
    before, after = _taken_back(sentence)
    if not before or not after:
        return None
    first = mind.read(before, area_id, remembered=last.entities if last is not None else ())
    if not isinstance(first, Command | Ambiguous):
        return None
    said = first.orders[-1].entities if isinstance(first, Command) else ()
    second = _alone(mind, after, area_id, said)
    if isinstance(second, Command):
        same = said and all(set(each.entities) <= set(said) for each in second.orders)
        return Followed(second, after) if same or not whole else None
    if isinstance(second, Wish):
        return None
    again = _as_before(mind, _fragment(after)[0], area_id, Turn("", before, area_id, entities=said))
    return again or Followed(Unclear(), sentence)


def _as_before(mind: Understanding, fragment: str, area_id: str | None, last: Turn) -> Followed | None:
    asked: Followed | None = None
    for again in rewrites(mind, last.sentence, fragment):
        reading = mind.read(again, area_id, remembered=last.entities)
        if isinstance(reading, _GOOD):
            return Followed(reading, again)
        if isinstance(reading, _ASKING) and asked is None:
            asked = Followed(reading, again)
    return asked


def _fragment(sentence: str) -> tuple[str, bool]:
    """A sentence without what leads over from the one before, and whether it had such words."""
    if _NO_SUCH.match(sentence):
        return sentence, False
    words = sentence.strip().rstrip("?!. ").replace(",", " ").lower().split()
    opened = False
    while words:
        length = next(
            (len(each.split()) for each in sorted(_OPENINGS, key=len, reverse=True)
             if words[: len(each.split())] == each.split()), 0,
        )  # fmt: skip
        if not length or length >= len(words) + (not opened):
            break
        words, opened = words[length:], True
    while len(words) > 1 and (words[-1] in _ENDINGS or " ".join(words[-2:]) in _ENDINGS):
        words, opened = words[: -2 if " ".join(words[-2:]) in _ENDINGS else -1], True
    return " ".join(words), opened


def with_sentence(turn: Turn, followed: Followed) -> Turn:
    """A turn with the sentence as it was understood."""
    return replace(turn, sentence=followed.sentence)
