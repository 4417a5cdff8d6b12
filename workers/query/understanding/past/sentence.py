"""A sentence about the past on its way to its question, and where words of the language stand in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from workers.query.past.period import Period
from workers.query.past.question import Recall
from workers.query.understanding.names import Names
from workers.query.understanding.past.words import PastWords
from workers.query.understanding.tokens import Token


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence on its way: what was found out, and the words that are left."""

    tokens: tuple[Token, ...]
    period: Period | None = None
    recall: Recall = Recall.SO
    event: bool = False
    did: bool = False
    """Whether a verb in its plain form is to come: "did … open"."""
    listing: bool = False
    """Whether it asks which one it was: "which door was opened last"."""
    moment: bool = False
    """Whether it asks when a reading was highest or lowest."""

    @property
    def plains(self) -> list[str]:
        """Its words without accents."""
        return [each.plain for each in self.tokens]


class Phrases:
    """Finds the words of the language for the past, where they are no part of a name of the home."""

    def __init__(self, names: Names, words: PastWords) -> None:
        self._names = names
        self._words = words

    def parts(self, plains: Sequence[str]) -> Iterator[tuple[int, int, str]]:
        """All runs of words that may be a phrase, the longest first."""
        for length in range(min(self._words.longest, len(plains)), 0, -1):
            for start in range(len(plains) - length + 1):
                yield start, start + length, " ".join(plains[start : start + length])

    def named(self, tokens: Sequence[Token], start: int, end: int) -> bool:
        """Whether words are a name of the home, or part of one."""
        return any(first <= start and end <= last for first, last in self._names.standing(tokens))

    def find(self, sentence: Sentence, section: str) -> tuple[int, int, str] | None:
        """The longest phrase of a section with keys: where it is, and its key."""
        for start, end, phrase in self.parts(sentence.plains):
            key = self._words.keyed[section].get(phrase)
            if key is not None and not self.named(sentence.tokens, start, end):
                return start, end, key
        return None


def token(word: str) -> Token:
    """A word of ours as a token."""
    return Token(word, word)


def token_list(phrase: str) -> tuple[Token, ...]:
    """A phrase of ours as tokens."""
    return tuple(token(each) for each in phrase.split())
