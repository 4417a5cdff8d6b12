"""Two times that a sentence compares: "was it colder yesterday than today"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from workers.query.past.period import Period
from workers.query.past.question import Comparison
from workers.query.understanding.names import Names
from workers.query.understanding.past.sentence import Phrases, Sentence, token_list
from workers.query.understanding.past.times import cut_time
from workers.query.understanding.past.words import PastWords
from workers.query.understanding.tokens import Token

_MOST_THANS = 2
_AMOUNT, _LENGTH = "how much", "how long"


class Comparisons:
    """Takes a sentence apart that compares two times."""

    def __init__(self, phrases: Phrases, words: PastWords, names: Names) -> None:
        self._phrases = phrases
        self._words = words
        self._names = names

    def of(self, tokens: Sequence[Token]) -> Iterator[tuple[Sentence, Comparison]]:
        """What is asked of the first time, as "how warm was it", and the other time. Of no first time it is today."""
        thans = [at for at, each in enumerate(tokens) if self._words.is_one("than", each.plain)]
        for at in thans[-_MOST_THANS:]:
            earlier = cut_time(tokens[:at], self._words, self._names)
            for (first, rest), other in product(earlier, self._other(tokens[at + 1 :])):
                yield from self._asked(rest, first or Period(), other)

    def _other(self, tokens: Sequence[Token]) -> Iterator[Period]:
        """The time behind "than", where nothing else stands there."""
        for period, rest in cut_time(tokens, self._words, self._names) if tokens else ():
            if period is not None and all(self._words.is_one("beside_than", each.plain) for each in rest):
                yield period

    def _asked(self, rest: Sequence[Token], first: Period, other: Period) -> Iterator[tuple[Sentence, Comparison]]:
        found = self._phrases.find(Sentence(tuple(rest)), "comparatives")
        if found is None:
            return
        start, end, key = found
        side, _, said = key.partition(" ")
        before, difference = self._without_amount(rest[:start])
        for one in (said, _LENGTH) if said == _AMOUNT else (said,):
            words = (*token_list(one), *self._with_it((*rest[end:], *before)))
            yield Sentence(words, first), Comparison(other, side == "above", difference)

    def _without_amount(self, before: Sequence[Token]) -> tuple[Sequence[Token], bool]:
        """Without "how much" in front, and whether it was there."""
        for end in range(len(before), 0, -1):
            if self._words.is_one("by_how_much", " ".join(each.plain for each in before[:end])):
                return before[end:], True
        return before, False

    def _with_it(self, words: tuple[Token, ...]) -> tuple[Token, ...]:
        """With "it" where nothing is named: "was yesterday colder than today"."""
        tenses = self._words.keyed["tenses"]
        bare = all(each.plain in tenses or each.plain in tenses.values() for each in words)
        return token_list(self._words.said["is_it"]) if bare else words
