"""The sentence before with a part of it replaced: what "and in the kitchen?" asks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from workers.query.understanding import Understanding
from workers.query.understanding.cuts import Span
from workers.query.understanding.lexicon import Role, Word

_NOUNS = frozenset({Role.KIND, Role.REFERENCE, Role.PRONOUN})
_BESIDE = frozenset({
    Role.JOIN, Role.EVERY, Role.OTHER, Role.REFERENCE, Role.PRONOUN, Role.ARTICLE, Role.LEADING, Role.RELATIVE,
    Role.ROOM, Role.FILLER, Role.ORDER_FILLER, Role.ON_PLACE, Role.AMOUNT, Role.AGAIN,
})  # fmt: skip
_ONES = frozenset({"one", "ones"})


def rewrites(mind: Understanding, before: str, fragment: str) -> Iterator[str]:
    """The sentence before with a part of it replaced by a fragment, likeliest first."""
    words, spans = mind.pieces(before)
    new_words, new = mind.pieces(fragment)
    places, things = _places(new), _things(new)
    if new and _is(new[0], Role.EXCEPT):
        yield " ".join([*words, *new_words])
        return
    if any(not _told(each, places, things) for each in new) and (things or places):
        return
    if things:
        yield from _with_things(words, spans, new_words, new)
    if places and not things:
        yield from _with_place(words, spans, new_words, places)
    if not things and not places:
        yield from _with_time(words, new_words)
        yield " ".join([*(_THEN.get(each, each) for each in words), *new_words])


def _told(span: Span, places: Sequence[Span], things: Sequence[Span]) -> bool:
    """Whether a piece names something, or says nothing beside it; what says more makes another sentence."""
    word = span.item if isinstance(span.item, Word) else None
    return span in places or span in things or (word is not None and (word.role in _BESIDE or span.phrase in _ONES))


def _is(span: Span, role: Role) -> bool:
    return isinstance(span.item, Word) and span.item.role is role


def _places(spans: Sequence[Span]) -> list[Span]:
    return [
        span for span in spans if span.thing.place or (isinstance(span.item, Word) and span.item.role is Role.PLACE)
    ]


def _things(spans: Sequence[Span]) -> list[Span]:
    named = (span for span in spans if span not in _places(spans))
    return [span for span in named if span.thing.thing or (isinstance(span.item, Word) and span.item.role in _NOUNS)]


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
            yield " ".join([*words[: things[0].start], *said, *words[end - 1 :]])  # the bathroom fan, the bedroom one
            yield " ".join([*words[:end], *lead, *said, *words[end:]])


_TIMES = frozenset({
    "today", "yesterday", "tonight", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
    "overnight",
})  # fmt: skip
_THEN = {"is": "was", "are": "were", "has": "had", "does": "did", "do": "did"}
_TIME_HEADS = frozenset({"last", "this", "on", "at", "since", "in", "between", "the"})


def _with_time(words: Sequence[str], new_words: Sequence[str]) -> Iterator[str]:
    """Another time: instead of the old one, which stands at an end of the sentence."""
    for at, word in enumerate(words):
        if word in _TIMES:
            start = at - 1 if at and words[at - 1] in _TIME_HEADS else at
            yield " ".join([*words[:start], *new_words, *words[at + 1 :]])
        elif word in {"last", "this"} and at + 1 < len(words) and at:
            yield " ".join([*words[:at], *new_words, *words[at + 2 :]])
