"""What keeps a sentence from being an order: how many, how often, how far, and what is only told."""

from __future__ import annotations

from collections.abc import Sequence

from workers.query.understanding.cuts import Sentence, Span
from workers.query.understanding.lexicon import Lexicon, Role
from workers.query.understanding.names import Found, Names
from workers.query.understanding.orders.words import told
from workers.query.understanding.tokens import COMMA, STOP, Token

_LONGEST_PHRASE, _LONGEST_AMOUNT, _LONGEST_NAME = 5, 4, 8


class Limits:
    """Finds what no order can say."""

    def __init__(self, names: Names, words: Lexicon) -> None:
        self._names, self._words = names, words
        self._partly, self._telling = told(words.language, "partly"), told(words.language, "telling")
        self._changing, self._heads = told(words.language, "changing"), told(words.language, "time_heads")

    def passed(self, tokens: Sequence[Token]) -> bool:
        """Whether a phrase changes what is ordered in a way that no order has, or a bare number may be a time."""
        plains = [each.plain for each in tokens]
        for at in range(len(plains)):
            for end in range(at + 1, min(at + _LONGEST_PHRASE, len(plains)) + 1):
                if " ".join(plains[at:end]) in self._changing and not self._named_around(tokens, at, end):
                    return True
            if plains[at] in self._heads and self._bare_number(tokens, at + 1):
                return True
        return False

    def _named_around(self, tokens: Sequence[Token], start: int, end: int) -> bool:
        """Whether some words are part of a name."""
        spans = (
            (first, last)
            for first in range(max(0, end - _LONGEST_NAME), start + 1)
            for last in range(end, min(first + _LONGEST_NAME, len(tokens)) + 1)
        )
        return any(self._names.find(tokens[first:last], loosely=False) is not None for first, last in spans)

    def _bare_number(self, tokens: Sequence[Token], at: int) -> bool:
        """Whether a number stands there that has no unit, counts nothing and is no name: "in 10", "for ten"."""
        if at >= len(tokens) or not (tokens[at].number is not None or self._words.means(tokens[at].plain, Role.NUMBER)):
            return False
        if at + 1 < len(tokens) and tokens[at + 1] not in {COMMA, STOP} and not self._joins(tokens[at + 1]):
            return False
        return self._names.find(tokens[at : at + 1]) is None and self._names.place_having(tokens[at : at + 1]) is None

    def _joins(self, token: Token) -> bool:
        return self._words.means(token.plain, Role.JOIN)

    def partly(self, tokens: Sequence[Token]) -> bool:
        """Whether "a bit" or the like is said."""
        return any(
            " ".join(each.plain for each in tokens[at:end]) in self._partly
            for at in range(len(tokens))
            for end in range(at + 1, min(at + _LONGEST_AMOUNT, len(tokens)) + 1)
        )

    def told(self, span: Span, sentence: Sentence) -> bool:
        """Whether something is told of a name: "movie night is over" runs nothing."""
        around = (*sentence.tokens[: span.start], *sentence.tokens[span.end :])
        return isinstance(span.item, Found) and any(each.plain in self._telling for each in around)
