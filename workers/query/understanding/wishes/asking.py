"""Asking the reader of questions what a statement means, with a bound on how often."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from workers.query.understanding.context import Context
from workers.query.understanding.reading import Reading, Unclear
from workers.query.understanding.tokens import Token

QuestionReader = Callable[[Sequence[Token], Context], Reading]
"""Reads words as a question of now."""
_MOST_TRIED = 64
MOST_ASKED = 48
"""Questions that are read for one sentence: what needs more of them is no clear wish."""
MOST_WORDS = 400
"""Words that these have together: long ones take long."""


class Asking:
    """Asks the reader of questions, each question once, in the context of one sentence."""

    def __init__(self, read: QuestionReader, context: Context) -> None:
        self._read, self.context = read, context
        self._known: dict[tuple[Token, ...], Reading] = {}
        self._tried, self._words = 0, 0

    def goes_on(self) -> bool:
        """Whether another statement is tried: their number is bounded, whatever the sentence."""
        self._tried += 1
        return self._tried <= _MOST_TRIED

    def __call__(self, tokens: tuple[Token, ...]) -> Reading:
        """The reading of a question."""
        if tokens not in self._known:
            self._words += len(tokens)
            if len(self._known) >= MOST_ASKED or self._words > MOST_WORDS:
                return Unclear()
            self._known[tokens] = self._read(tokens, self.context)
        return self._known[tokens]
