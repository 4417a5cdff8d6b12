"""Lengths of time as they are said: "an hour and a half", "2 minutes and 30 seconds"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from workers.query.understanding.tokens import Token
from workers.query.understanding.wishes.words import WishWords

_MOST_DAYS = 365


class Lengths:
    """Finds lengths, numbers and phrases of the language in a sentence."""

    def __init__(self, words: WishWords) -> None:
        self._words = words

    def after(self, section: str, plains: Sequence[str], at: int) -> Iterator[int]:
        """Where the phrases of a section end that begin at a word."""
        for end in range(at + 1, at + self._words.reach(section, plains, at) + 1):
            if self._words.is_one(section, " ".join(plains[at:end])):
                yield end

    def keyed(self, section: str, plains: Sequence[str], at: int) -> Iterator[tuple[int, str]]:
        """What the phrases of a section stand for that begin at a word, and where they end."""
        for end in range(at + 1, at + self._words.reach(section, plains, at) + 1):
            for key in self._words.keys(section, " ".join(plains[at:end])):
                yield end, key

    def number(self, plains: Sequence[str], at: int) -> Iterator[tuple[int, float]]:
        """The numbers that begin at a word, in digits or words, and where they end."""
        if at >= len(plains):
            return
        number = Token(plains[at], plains[at]).number
        if number is not None:
            yield at + 1, number
        for end in range(at + 1, min(at + 3, len(plains)) + 1):
            value = self._words.numbers.get(" ".join(plains[at:end]))
            if value is not None:
                yield end, float(value)

    def length(self, plains: Sequence[str], at: int) -> tuple[int, timedelta] | None:
        """The longest length of time that begins at a word."""
        found = [*self._length(plains, at)]
        return max(found, key=lambda each: each[0]) if found else None

    def _length(self, plains: Sequence[str], at: int) -> Iterator[tuple[int, timedelta]]:
        for end, key in self.keyed("lengths", plains, at):
            yield end, timedelta(seconds=int(key))
        for end, count in self.number(plains, at):
            for start, half in ((end, 0.0), *((each, 0.5) for each in self.after("and_half", plains, end))):
                for stop, seconds in self.keyed("units", plains, start):
                    whole = timedelta(seconds=min(count + half, 1e6) * int(seconds))
                    if timedelta() < whole <= timedelta(days=_MOST_DAYS):
                        yield stop, whole
                        yield from self._more(plains, stop, whole)

    def _more(self, plains: Sequence[str], at: int, whole: timedelta) -> Iterator[tuple[int, timedelta]]:
        """A smaller length behind: "1 hour and 30 minutes"."""
        for start in (at, *self.after("and", plains, at)):
            for end, count in self.number(plains, start):
                for stop, seconds in self.keyed("units", plains, end):
                    more = timedelta(seconds=min(count, 1e6) * int(seconds))
                    if more < whole:
                        yield stop, whole + more
