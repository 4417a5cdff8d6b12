"""Times of day as they are said: "7", "07:30", "half past six", "3 pm", "noon"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from workers.query.past.period import Clock
from workers.query.understanding.past.words import PastWords

_HOURS, _MINUTES, _NOON = 24, 60, 12
_LONGEST_PHRASE = 4
_HALF, _QUARTER = 30, 15


def clocks(plains: Sequence[str], at: int, words: PastWords) -> Iterator[tuple[int, Clock, bool]]:
    """The times of day that begin at a word, and whether each is more than a bare hour."""
    for end, value in called("named", plains, at, words):
        yield end, Clock(int(value)), True
    for section, minute in (("half_past", _HALF), ("quarter_past", _QUARTER), ("quarter_to", -_QUARTER)):
        for start in _after(plains, at, words, section):
            for end, clock, _ in _hours(plains, start, words):
                hour = (clock.hour - (minute < 0)) % _HOURS
                yield end, Clock(hour, minute % _MINUTES, clock.sure), True
    yield from _hours(plains, at, words)


def _after(plains: Sequence[str], at: int, words: PastWords, section: str) -> Iterator[int]:
    for end in range(at + 1, min(at + _LONGEST_PHRASE, len(plains)) + 1):
        if words.is_one(section, " ".join(plains[at:end])):
            yield end


def _hours(plains: Sequence[str], at: int, words: PastWords) -> Iterator[tuple[int, Clock, bool]]:
    if at >= len(plains):
        return
    for end, hour, minute, said in _digits(plains, at, words):
        yield end, Clock(hour, minute or 0, _sure(plains[at], hour, minute)), minute is not None
        for ending in _after(plains, end, words, "oclock"):
            yield ending, Clock(hour, minute or 0, sure=hour > _NOON), True
        for half in ("am", "pm"):
            ends = [end] if said == half else _after(plains, end, words, half) if said is None else ()
            for ending in ends:
                if 1 <= hour <= _NOON:
                    yield ending, Clock(_by_half(hour, half, plains, end, ending), minute or 0), True


def _by_half(hour: int, half: str, plains: Sequence[str], start: int, end: int) -> int:
    """The hour of am or pm; "2 at night" is none of the afternoon."""
    late = half == "pm" and not (plains[start:end] == ["at", "night"] and (hour < 6 or hour == _NOON))  # noqa: PLR2004
    return hour % _NOON + (_NOON if late else 0)


def _sure(word: str, hour: int, minute: int | None) -> bool:
    return hour > _NOON or hour == 0 or (word.startswith("0") and minute is not None)


def _digits(plains: Sequence[str], at: int, words: PastWords) -> Iterator[tuple[int, int, int | None, str | None]]:
    """An hour, perhaps with minutes, perhaps with am or pm written to it: where it ends, and what it says."""
    word = plains[at]
    said = next((half for half in ("am", "pm") if word.endswith(half) and word != half), None)
    digits = word.removesuffix(said or "")
    hour, dot, minutes = digits.partition(".")
    number = whole_number(hour, frozenset())
    if number is None:
        for end, value in called("number", plains, at, words):
            if plains[at] not in {"a", "an"} and int(value) <= _NOON:
                yield end, int(value), None, None
        return
    if number >= _HOURS:
        return
    if dot:
        if len(minutes) == 2 and int(minutes) < _MINUTES:  # noqa: PLR2004 (two digits)
            yield at + 1, number, int(minutes), said
        return
    yield at + 1, number, None, said
    if said is None and at + 1 < len(plains):
        yield from _minutes(plains[at + 1], at + 2, number)


def _minutes(word: str, end: int, hour: int) -> Iterator[tuple[int, int, int | None, str | None]]:
    said = next((half for half in ("am", "pm") if word.endswith(half)), None)
    digits = word.removesuffix(said or "")
    if len(digits) == 2 and digits.isascii() and digits.isdigit() and int(digits) < _MINUTES:  # noqa: PLR2004 (two digits)
        yield end, hour, int(digits), said


def called(slot: str, plains: Sequence[str], at: int, words: PastWords) -> Iterator[tuple[int, int | str]]:
    """What a slot of the language's words says at a place, and where it ends."""
    for end in range(at + 1, min(at + _LONGEST_PHRASE, len(plains)) + 1):
        value = words.slots[slot].get(" ".join(plains[at:end]))
        if value is not None:
            yield end, value


def whole_number(word: str, ends: frozenset[str]) -> int | None:
    """A whole number of a few digits, perhaps with an ending such as "th"; None where it is none."""
    digits = next((word.removesuffix(each) for each in ends if word.endswith(each)), word)
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= _LONGEST_PHRASE else None
