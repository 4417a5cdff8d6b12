"""What is said of time: times of day, days, sunset, lengths, parts of the day. Each where it begins and ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import time, timedelta

from workers.query.understanding.names import Names
from workers.query.understanding.past.words import PastWords
from workers.query.understanding.tokens import Token
from workers.query.understanding.wishes.clock_times import ClockTimes
from workers.query.understanding.wishes.lengths import Lengths
from workers.query.understanding.wishes.wish import EntityTime, Every, OnDays, SunEvent, Within
from workers.query.understanding.wishes.words import WishWords

_HOURS, _NOON, _EARLY = 24, 12, 6
_LATE = frozenset({"afternoon", "evening"})
_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time; `sure` where a time of day is on the 24-hour clock or said with its half of the day."""

    at: time | SunEvent | EntityTime
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the day: morning, afternoon, evening, night, day."""

    name: str


@dataclass(frozen=True, slots=True)
class Darkness:
    """That it is, or gets, dark or light."""

    dark: bool


@dataclass(frozen=True, slots=True)
class Length:
    """A length of time: `how` is `for`, `after` (later than what was before) or `in` (from now on)."""

    how: str
    length: timedelta


@dataclass(frozen=True, slots=True)
class Once:
    """A day that comes only once: "tomorrow"."""


@dataclass(frozen=True, slots=True)
class TooLong:
    """A length that was not said."""

    said: str


Piece = Moment | Part | Darkness | Length | Once | TooLong | Every | OnDays | Within
Read = tuple[int, Piece]


class Times:
    """Finds what is said of time in a sentence about one home."""

    def __init__(self, names: Names, words: WishWords, past: PastWords) -> None:
        self._names, self._words = names, words
        self._lengths = Lengths(words)
        self._clocks = ClockTimes(words, past, self._lengths)

    def length(self, plains: Sequence[str], at: int) -> tuple[int, timedelta] | None:
        """The longest length of time that begins at a word, and where it ends."""
        return self._lengths.length(plains, at)

    def read(self, tokens: Sequence[Token], at: int) -> Read | None:
        """The longest piece that begins at a word, and where it ends."""
        plains = [each.plain for each in tokens]
        found = [*self._pieces(tokens, plains, at)]
        return max(found, key=lambda each: each[0]) if found else None

    def _pieces(self, tokens: Sequence[Token], plains: Sequence[str], at: int) -> Iterator[Read]:
        yield from self._windows(plains, at)
        yield from self._offsets(tokens, plains, at)
        yield from self._moments(tokens, plains, at)
        yield from self._days(plains, at)
        yield from self._spans(plains, at)
        yield from self._every(plains, at)
        for section, piece in (("once", Once()),):
            for end in self._lengths.after(section, plains, at):
                yield end, piece
        for end in self._lengths.after("too_long", plains, at):
            yield end, TooLong(" ".join(plains[at:end]))
        for end, key in self._lengths.keyed("parts", plains, at):
            yield end, Part(key)
        for end, key in self._lengths.keyed("darkness", plains, at):
            yield end, Darkness(key == "dark")

    # -- lengths -------------------------------------------------------------------------------------------------------

    def _spans(self, plains: Sequence[str], at: int) -> Iterator[Read]:
        for section, how in (("for", "for"), ("after_length", "after"), ("in", "in")):
            for start in self._lengths.after(section, plains, at):
                found = self._lengths.length(plains, start)
                if found:
                    yield found[0], Length(how, found[1])
        found = self._lengths.length(plains, at)
        for end in self._lengths.after("later", plains, found[0]) if found else ():
            yield end, Length("after", found[1] if found else timedelta())

    def _every(self, plains: Sequence[str], at: int) -> Iterator[Read]:
        for start in self._lengths.after("every", plains, at):
            for end, seconds in self._lengths.keyed("units", plains, start):
                if int(seconds) < 86400:  # noqa: PLR2004 (a day: every day is no interval)
                    yield end, Every(timedelta(seconds=int(seconds)))
            found = self._lengths.length(plains, start)
            if found and found[1] < timedelta(days=1):
                yield found[0], Every(found[1])
        for end in self._lengths.after("hourly", plains, at):
            yield end, Every(timedelta(hours=1))

    # -- moments -------------------------------------------------------------------------------------------------------

    def _moments(self, tokens: Sequence[Token], plains: Sequence[str], at: int) -> Iterator[Read]:
        for end, key in self._lengths.keyed("sun", plains, at):
            yield end, Moment(SunEvent(key))
        for start in self._lengths.after("ats", plains, at):
            yield from self._points(tokens, plains, start)
        for end, clock, sure in self._clocks.clock(plains, at):
            bare = end == at + 1 and (plains[at].isdigit() or plains[at] in self._words.numbers or "." in plains[at])
            if not bare:
                yield end, Moment(clock, sure)

    def _points(self, tokens: Sequence[Token], plains: Sequence[str], at: int) -> Iterator[Read]:
        """A time of day, a sun event, or an entity that holds a time."""
        for end, clock, sure in self._clocks.clock(plains, at):
            yield end, Moment(clock, sure)
        for end, key in self._lengths.keyed("sun", plains, at):
            yield end, Moment(SunEvent(key))
        for end, entity_id in self.entity_time(tokens, at):
            yield end, Moment(EntityTime(entity_id))

    def _offsets(self, tokens: Sequence[Token], plains: Sequence[str], at: int) -> Iterator[Read]:
        """Some time before or after a moment: "half an hour before sunset"."""
        found = self._lengths.length(plains, at)
        if found is None:
            return
        for section, way in (("offset_before", -1), ("offset_after", 1)):
            for start in self._lengths.after(section, plains, found[0]):
                for end, point in self._points(tokens, plains, start):
                    if isinstance(point, Moment) and isinstance(point.at, SunEvent | EntityTime):
                        yield end, Moment(replace(point.at, offset=way * found[1]))

    def entity_time(self, tokens: Sequence[Token], at: int) -> Iterator[tuple[int, str]]:
        """The entities with a time of their own whose name begins at a word."""
        start = at + 1 if at < len(tokens) and self._words.numbers.get(tokens[at].plain) == 1 else at
        for end in range(start + 1, min(start + 6, len(tokens)) + 1):
            named = self._names.find(tokens[start:end])
            for each in named.entities if named else ():
                entity = self._names.registry.entities[each]
                if entity.domain == "input_datetime" or entity.device_class == "timestamp":
                    yield end, each

    # -- days and parts of the day -------------------------------------------------------------------------------------

    def _days(self, plains: Sequence[str], at: int) -> Iterator[Read]:
        for start in {at, *self._lengths.after("on_days", plains, at)}:
            for end, key in self._lengths.keyed("days", plains, start):
                yield from self._day_list(plains, end, tuple(key.split()))

    def _day_list(self, plains: Sequence[str], end: int, days: tuple[str, ...]) -> Iterator[Read]:
        """Some days, and those that go on: "monday to friday", "saturdays and sundays"."""
        yield end, OnDays(tuple(each for each in _WEEK if each in days))
        for start in self._lengths.after("to_day", plains, end):
            for stop, key in self._lengths.keyed("days", plains, start):
                if len(days) == 1 and key in _WEEK:
                    first, last = _WEEK.index(days[0]), _WEEK.index(key)
                    span = _WEEK[first : last + 1] if first <= last else (*_WEEK[first:], *_WEEK[: last + 1])
                    yield stop, OnDays(tuple(each for each in _WEEK if each in span))
        comma = [end + 1] if end < len(plains) and plains[end] == "," else []
        for start in (*self._lengths.after("and_day", plains, end), *comma):
            for also in {start, *self._lengths.after("on_days", plains, start)}:
                for stop, key in self._lengths.keyed("days", plains, also):
                    yield from self._day_list(plains, stop, (*days, *key.split()))

    def _windows(self, plains: Sequence[str], at: int) -> Iterator[tuple[int, Within]]:
        for start in self._lengths.after("not_between", plains, at):
            for end, window in self._windows(plains, start - 1):
                yield end, replace(window, negated=True)
        for start in self._lengths.after("between", plains, at):
            for middle, after, sure in self._bounds(plains, start):
                for behind in self._lengths.after("between_and", plains, middle):
                    for end, before, also in self._bounds(plains, behind):
                        yield end, Within(*_ordered(after, before, sure=sure, also=also))
        for section in ("since", "before"):
            for start in self._lengths.after(section, plains, at):
                for end, bound, _ in self._bounds(plains, start):
                    yield end, Within(after=bound) if section == "since" else Within(before=bound)

    def _bounds(self, plains: Sequence[str], at: int) -> Iterator[tuple[int, time | SunEvent, bool]]:
        yield from self._clocks.clock(plains, at)
        for end, key in self._lengths.keyed("sun", plains, at):
            yield end, SunEvent(key), True
        found = self._lengths.length(plains, at)
        for section, way in (("offset_before", -1), ("offset_after", 1)) if found else ():
            for start in self._lengths.after(section, plains, found[0] if found else at):
                for end, key in self._lengths.keyed("sun", plains, start):
                    yield end, SunEvent(key, way * (found[1] if found else timedelta())), True


def _ordered(
    after: time | SunEvent, before: time | SunEvent, *, sure: bool, also: bool
) -> tuple[time | SunEvent, time | SunEvent]:
    """Two ends of a part of the day: "between 8 and 10 pm" begins in the evening."""
    if not sure and also and isinstance(after, time) and isinstance(before, time):
        later = after.replace(hour=after.hour % _NOON + _NOON)
        if before.hour >= _NOON and later < before and before.hour < _HOURS and after.hour < before.hour - _NOON:
            return later, before
    return after, before


def in_part(clock: time, part: str) -> time:
    """A time of day whose half was not said, in a part of the day: 7 in the evening is 19:00."""
    late = part in _LATE or (part == "night" and clock.hour >= _EARLY)
    return clock.replace(hour=clock.hour % _NOON + _NOON) if late and 1 <= clock.hour < _NOON else clock
