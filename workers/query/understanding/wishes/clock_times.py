"""Times of day as they are said in wishes: "6:45", "eleven thirty", "ten past seven", "18h"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import time

from workers.query.understanding.past.clocks import clocks
from workers.query.understanding.past.words import PastWords
from workers.query.understanding.wishes.lengths import Lengths
from workers.query.understanding.wishes.words import WishWords

_HOURS, _MINUTES, _NOON = 24, 60, 12


class ClockTimes:
    """Finds times of day in a sentence."""

    def __init__(self, words: WishWords, past: PastWords, lengths: Lengths) -> None:
        self._words, self._past, self._lengths = words, past, lengths

    def clock(self, plains: Sequence[str], at: int) -> Iterator[tuple[int, time, bool]]:
        """The times of day that begin at a word, and whether the half of the day is sure; one for each end."""
        found: dict[int, tuple[time, bool]] = {}
        for end, clock, sure in self._clocks(plains, at):
            if end not in found or (sure and not found[end][1]):
                found[end] = (clock, sure)
        yield from ((end, clock, sure) for end, (clock, sure) in found.items())

    def _clocks(self, plains: Sequence[str], at: int) -> Iterator[tuple[int, time, bool]]:
        for end, clock, _ in clocks(plains, at, self._past):
            if not self._counted(plains, end):
                yield end, time(clock.hour, clock.minute), clock.sure
            if clock.minute == 0:
                yield from self._with_minutes(plains, at, end, clock.hour, sure=clock.sure)
        yield from self._minutes_to(plains, at)
        hours, letter, rest = plains[at].partition("h") if at < len(plains) else ("", "", "")
        if letter and not rest and hours.isascii() and hours.isdigit() and int(hours) < _HOURS and len(hours) < 3:  # noqa: PLR2004
            yield at + 1, time(int(hours)), True

    def _counted(self, plains: Sequence[str], end: int) -> bool:
        return end < len(plains) and self._words.is_one("no_clock", plains[end])

    def _with_minutes(
        self, plains: Sequence[str], at: int, end: int, hour: int, *, sure: bool
    ) -> Iterator[tuple[int, time, bool]]:
        """An hour and minutes in words: "eleven thirty"."""
        if plains[end - 1].isdigit() or end != at + 1:
            return
        for stop, minutes in self._lengths.number(plains, end):
            if plains[end] in self._words.numbers and 10 <= minutes < _MINUTES and not self._counted(plains, stop):  # noqa: PLR2004
                found = time(hour, int(minutes))
                yield stop, found, sure
                yield from self._halves(plains, stop, found)

    def _halves(self, plains: Sequence[str], end: int, clock: time) -> Iterator[tuple[int, time, bool]]:
        for half, more in (("am", 0), ("pm", _NOON)):
            for stop in range(end + 1, min(end + 4, len(plains)) + 1):
                if self._past.is_one(half, " ".join(plains[end:stop])) and 1 <= clock.hour <= _NOON:
                    yield stop, clock.replace(hour=clock.hour % _NOON + more), True

    def _minutes_to(self, plains: Sequence[str], at: int) -> Iterator[tuple[int, time, bool]]:
        """Minutes past or to an hour: "ten past seven", "20 to 8"."""
        for end, minutes in self._lengths.number(plains, at):
            for word, way in (("offset_after", 1), ("offset_before", -1)):
                for start in self._lengths.after(word, plains, end):
                    for stop, clock, _ in clocks(plains, start, self._past):
                        if clock.minute == 0 and minutes in {5, 10, 20, 25, 15}:
                            whole = clock.hour * _MINUTES + way * int(minutes)
                            hour, minute = divmod(whole % (_HOURS * _MINUTES), _MINUTES)
                            yield stop, time(hour, minute), clock.sure
