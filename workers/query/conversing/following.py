"""A sentence read after another: alone where it can be, else as the one before with its new part."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from workers.query.conversing.turn import Turn
from workers.query.past.question import PastQuestion
from workers.query.understanding import Understanding
from workers.query.understanding.cuts import Span
from workers.query.understanding.lexicon import Role, Word
from workers.query.understanding.orders.order import Command, Missing
from workers.query.understanding.reader import AnyReading
from workers.query.understanding.reading import (
    Ambiguous,
    NameAlone,
    NoSuchThing,
    OutOfReach,
    Question,
    Unclear,
    UnknownName,
)

_OPENINGS = (
    "and what about", "what about", "how about", "and how about", "and also", "and now", "and then", "no i meant",
    "i meant", "i mean", "no i mean", "same for", "the same for", "and the same for", "do the same for",
    "and for", "and", "also", "now", "then", "or", "but", "no", "ok and", "okay and", "what of",
)  # fmt: skip
_ENDINGS = ("too", "as well", "then", "please", "instead", "again", "also", "now")
_GOOD = (Question, PastQuestion, Command)
_ASKING = (Ambiguous, Missing)
_UNREAD = (NameAlone, NoSuchThing, OutOfReach, Unclear, UnknownName, Missing)
_LONGEST_FRAGMENT = 8


@dataclass(frozen=True, slots=True)
class Followed:
    """A reading and the sentence that it is of, spelled out."""

    reading: AnyReading
    sentence: str
    chosen: dict[frozenset[str], tuple[str, ...]] = field(default_factory=dict)


def follow(mind: Understanding, sentence: str, area_id: str | None, last: Turn | None) -> Followed:
    """The reading of a sentence; `last` is the one before it in the same conversation."""
    remembered = last.entities if last is not None else ()
    alone = mind.read(sentence, area_id, remembered=remembered)
    if last is None or not last.sentence:
        return Followed(alone, sentence)
    fragment, opened = _fragment(sentence)
    if not fragment or len(fragment.split()) > _LONGEST_FRAGMENT:
        return Followed(alone, sentence)
    bare = opened and mind.says_only_what(fragment)
    if isinstance(alone, _GOOD) and not bare and not (opened and isinstance(alone, Question)):
        return Followed(alone, sentence)
    if not opened and not isinstance(alone, _UNREAD):
        return Followed(alone, sentence)
    rest = mind.read(fragment, area_id, remembered=remembered) if opened and not bare else alone
    if isinstance(rest, Command):
        return Followed(rest, fragment)
    return _as_before(mind, fragment, area_id, last) or Followed(alone, sentence)


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


def rewrites(mind: Understanding, before: str, fragment: str) -> Iterator[str]:
    """The sentence before with a part of it replaced by a fragment, likeliest first."""
    words, spans = mind.pieces(before)
    new_words, new = mind.pieces(fragment)
    places, things = _places(new), _things(new)
    if things:
        yield from _with_things(words, spans, new_words, new)
    if places and not things:
        yield from _with_place(words, spans, new_words, places)
    if not things and not places:
        yield from _with_time(words, new_words)


def _places(spans: Sequence[Span]) -> list[Span]:
    return [
        span for span in spans if span.thing.place or (isinstance(span.item, Word) and span.item.role is Role.PLACE)
    ]


def _things(spans: Sequence[Span]) -> list[Span]:
    named = (span for span in spans if span not in _places(spans))
    return [span for span in named if span.thing.thing or (isinstance(span.item, Word) and span.item.role is Role.KIND)]


def _with_things(
    words: Sequence[str], spans: Sequence[Span], new_words: Sequence[str], new: Sequence[Span]
) -> Iterator[str]:
    old = _things(spans)
    if not old:
        old = _places(spans)
    if not old:
        return
    told = [*_things(new), *_places(new)]
    first, last = min(span.start for span in told), max(span.end for span in told)
    start, end = min(span.start for span in old), max(span.end for span in old)
    yield " ".join([*words[:start], *new_words[first:last], *words[end:]])
    if _places(spans):  # the place was the old thing's
        end = max(end, *(span.end for span in _places(spans)))
        start = min(start, *(span.start for span in _places(spans)))
        yield " ".join([*words[:start], *new_words[first:last], *words[end:]])


def _with_place(
    words: Sequence[str], spans: Sequence[Span], new_words: Sequence[str], places: Sequence[Span]
) -> Iterator[str]:
    said = list(new_words[places[0].start : places[-1].end])
    old = _places(spans)
    if old:
        yield " ".join([*words[: old[0].start], *said, *words[old[-1].end :]])
        yield " ".join([*words[: old[0].start], *new_words, *words[old[-1].end :]])
    kept = [each for each in spans if each not in old]
    if not old and kept:
        lead = [] if isinstance(places[0].item, Word) else ["in", "the"]
        yield " ".join([*words, *lead, *said])
        things = _things(spans)
        if things:
            end = things[-1].end
            yield " ".join([*words[:end], *lead, *said, *words[end:]])


_TIMES = frozenset({
    "today", "yesterday", "tonight", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
    "overnight",
})  # fmt: skip
_TIME_HEADS = frozenset({"last", "this", "on", "at", "since", "in", "between", "the"})


def _with_time(words: Sequence[str], new_words: Sequence[str]) -> Iterator[str]:
    """Another time: instead of the old one, which stands at an end of the sentence."""
    for at, word in enumerate(words):
        if word in _TIMES:
            start = at - 1 if at and words[at - 1] in _TIME_HEADS else at
            yield " ".join([*words[:start], *new_words, *words[at + 1 :]])
        elif word in {"last", "this"} and at + 1 < len(words) and at:
            yield " ".join([*words[:at], *new_words, *words[at + 2 :]])


def with_sentence(turn: Turn, followed: Followed) -> Turn:
    """A turn with the sentence as it was understood."""
    return replace(turn, sentence=followed.sentence)
