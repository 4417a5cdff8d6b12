"""The time that a sentence speaks of: its words are found, taken for a `Period`, and cut out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from workers.query.past.period import Bound, Clock, Day, Part, Period, Span, Unit
from workers.query.understanding.names import Names
from workers.query.understanding.past.clocks import called, clocks, whole_number
from workers.query.understanding.past.words import PastWords
from workers.query.understanding.tokens import Token

Value = int | str | Clock
_CLOCKS = frozenset({"at", "between", "since_clock", "after_clock", "until_clock"})
_BOUNDS = {"since_clock": Bound.SINCE, "after_clock": Bound.AFTER, "until_clock": Bound.UNTIL}
_NOON, _DAYS = 12, 31
_YEARS = range(1970, 2200)
_MOST = 10_000
"""More hours, days or weeks than that are no time that anybody speaks of."""
_LONGEST_ALWAYS = 5


@dataclass(frozen=True, slots=True)
class _Said:
    """One phrase of time: the words from `start` up to `end`."""

    start: int
    end: int
    key: str
    values: tuple[tuple[str, Value], ...]
    """What its slots say, each with its name."""

    def of(self, *slots: str) -> Value | None:
        """What one of some slots says; None where it has none of them."""
        return next((value for name, value in self.values if name in slots), None)

    def number(self, *slots: str) -> int | None:
        """The same, of slots that are numbers."""
        value = self.of(*slots)
        return value if isinstance(value, int) else None


def cut_time(tokens: Sequence[Token], words: PastWords, names: Names) -> list[tuple[Period | None, list[Token]]]:
    """The time of a sentence with the words that are left; none where it says times that don't go together.

    Of "the light on last Monday" there are two: the "on" may be the light's.
    """
    said = list(_phrases(tokens, words, names))
    days = [each for each in said if each.key not in _CLOCKS]
    hours = [each for each in said if each.key in _CLOCKS]
    if len(days) > 1 or len(hours) > 1:
        return []
    always = _always(tokens, said, words, names)
    gone = {at for each in (*said, *always) for at in range(each.start, each.end)}
    period = Period(_day(days[0]) if days else None) if said or always else None
    if period is not None and hours:
        found = tuple(value for _, value in hours[0].values if isinstance(value, Clock))
        period = replace(period, clocks=_paired(found), bound=_BOUNDS.get(hours[0].key))
    elif period is not None and days:
        before = days[0].start - 1
        if before >= 0 and words.is_one("since", tokens[before].plain):
            period = replace(period, bound=Bound.SINCE)
            gone.add(before)
    if period is not None:
        period = replace(period, whole=bool(always) or any(_is_whole(tokens, each, words) for each in said))
    mild = {each.start for each in days if words.is_one("mild", tokens[each.start].plain)}
    ways = [gone, gone - mild] if mild else [gone]
    return [(period, [token for at, token in enumerate(tokens) if at not in way]) for way in ways]


def _is_whole(tokens: Sequence[Token], said: _Said, words: PastWords) -> bool:
    return any(words.is_one("whole", each.plain) for each in tokens[said.start : said.end])


def _always(tokens: Sequence[Token], said: Sequence[_Said], words: PastWords, names: Names) -> list[_Said]:
    """Words that mean all of the time, beside those that say which one."""
    taken = {at for each in said for at in range(each.start, each.end)}
    found = [
        _Said(start, end, "always", ())
        for start in range(len(tokens))
        for end in range(start + 1, min(start + _LONGEST_ALWAYS, len(tokens)) + 1)
        if words.is_one("always", " ".join(each.plain for each in tokens[start:end]))
    ]
    free = [each for each in found if not taken & {*range(each.start, each.end)}]
    return [each for each in free if not _in_a_name(tokens, each, names)]


def _paired(clocks: tuple[Clock, ...]) -> tuple[Clock, ...]:
    """Of "between 8 and 10 pm" the 8 is pm too, of "between 11 and 1 pm" the 11 is not."""
    if len(clocks) == 2 and clocks[1].sure and not clocks[0].sure and clocks[1].hour >= _NOON:  # noqa: PLR2004
        later = replace(clocks[0], hour=clocks[0].hour % _NOON + _NOON, sure=True)
        fits = (later.hour, later.minute) < (clocks[1].hour, clocks[1].minute)
        return (later if fits else replace(clocks[0], sure=True), clocks[1])
    return clocks


def _phrases(tokens: Sequence[Token], words: PastWords, names: Names) -> Iterator[_Said]:
    """The phrases of time from left to right, the longest at each place; none that is part of a name."""
    matching, at = _Matching([each.plain for each in tokens], words), 0
    while at < len(tokens):
        found = max(matching.at(at), key=lambda each: each.end, default=None)
        if found is None or _in_a_name(tokens, found, names):
            at += 1
        else:
            yield found
            at = found.end


def _in_a_name(tokens: Sequence[Token], said: _Said, names: Names) -> bool:
    """Whether words of it are part of a name that goes beyond it, or are just that: the "Sunday room"."""
    return any(
        start < said.start or end > said.end or (start, end) == (said.start, said.end)
        for start, end in names.standing(tokens)
        if start < said.end and end > said.start
    )


class _Matching:
    """Finds the patterns of time in the words of one sentence; what a slot says at a place is looked up once."""

    def __init__(self, plains: Sequence[str], words: PastWords) -> None:
        self._plains, self._words = plains, words
        self._slots: dict[tuple[str, int], list[tuple[int, Value]]] = {}

    def at(self, start: int) -> Iterator[_Said]:
        """Every phrase that begins at a word."""
        times = self._words.times
        for key, pattern in (*times.get(self._plains[start], ()), *times.get("@", ())):
            for end, values in self._matched(pattern, start):
                yield _Said(start, end, key, values)

    def _matched(self, pattern: Sequence[str], at: int) -> Iterator[tuple[int, tuple[tuple[str, Value], ...]]]:
        """The ways in which a pattern fits: where it ends, and what its slots say."""
        if not pattern:
            yield at, ()
            return
        first, rest = pattern[0], pattern[1:]
        if at >= len(self._plains):
            return
        if not first.startswith("@"):
            if self._plains[at] == first:
                yield from self._matched(rest, at + 1)
            return
        for end, value in self._slot(first[1:], at):
            for last, more in self._matched(rest, end):
                yield last, ((first[1:], value), *more)

    def _slot(self, name: str, at: int) -> list[tuple[int, Value]]:
        if (name, at) not in self._slots:
            self._slots[name, at] = _slot(name, self._plains, at, self._words)
        return self._slots[name, at]


# Slots


def _slot(name: str, plains: Sequence[str], at: int, words: PastWords) -> list[tuple[int, Value]]:
    if name in {"clock", "exact"}:
        return [(end, clock) for end, clock, exact in clocks(plains, at, words) if exact or name == "clock"]
    if name == "named":
        return [(end, Clock(int(value))) for end, value in called("named", plains, at, words)]
    if name in {"number", "day", "year", "two"}:
        return [*_counted(name, plains, at, words)]
    return [(end, value) for end, value in called(name, plains, at, words)]


def _counted(name: str, plains: Sequence[str], at: int, words: PastWords) -> Iterator[tuple[int, int]]:
    number = whole_number(plains[at], words.ordinal_ends if name == "day" else frozenset())
    ranges = {"number": range(1, _MOST), "day": range(1, _DAYS + 1), "year": _YEARS, "two": range(1, _DAYS + 1)}
    if number is not None and number in ranges[name]:
        yield at + 1, number
    if name in {"number", "day"}:
        named = called("number" if name == "number" else "ordinal", plains, at, words)
        yield from ((end, int(value)) for end, value in named)


# Days


def _day(said: _Said) -> Day:
    """The day that a phrase means."""
    plain = _PLAIN.get(said.key)
    if plain is not None:
        return plain
    part, unit = said.of("part"), said.of("unit", "short")
    if said.key in _PARTED:
        key = "last_part" if said.key == "all_part" and part == Part.NIGHT else said.key  # "all night" is the last one
        span, count = _PARTED[key]
        return Day(span, count, Part(str(part)) if part else Part.NIGHT)
    if said.key in {"weekday", "weekday_part"}:
        return Day(Span.WEEKDAY, said.number("weekday") or 0, Part(str(part)) if part else None)
    if said.key in {"days_ago", "last_units"}:
        span = Span.AGO if said.key == "days_ago" else Span.LAST
        return Day(span, said.number("number") or 1, unit=Unit(str(unit)))
    if said.key == "iso":
        year, month, day = (value for _, value in said.values if isinstance(value, int))
        return Day(Span.DATE, day=day, month=month, year=year)
    span = Span.MONTH if said.key == "month" else Span.DATE
    return Day(span, day=said.number("day"), month=said.number("month"), year=said.number("year"))


_PLAIN = {
    "today": Day(), "tonight": Day(part=Part.NIGHT), "yesterday": Day(Span.DAYS_AGO, 1),
    "before_yesterday": Day(Span.DAYS_AGO, 2), "night_before_last": Day(Span.DAYS_AGO, 2, Part.NIGHT),
    "this_week": Day(Span.WEEK), "last_week": Day(Span.WEEK, 1), "week_before_last": Day(Span.WEEK, 2),
    "weekend": Day(Span.WEEKEND), "this_month": Day(Span.MONTH), "last_month": Day(Span.MONTH, 1),
    "this_year": Day(Span.YEAR), "last_year": Day(Span.YEAR, 1),
}  # fmt: skip
_PARTED = {
    "this_part": (Span.TODAY, 0), "all_part": (Span.TODAY, 0), "yesterday_part": (Span.DAYS_AGO, 1),
    "last_part": (Span.DAYS_AGO, 1),
}  # fmt: skip
