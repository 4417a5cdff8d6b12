"""Parts of a sentence about the past: what had to be so at the same time, and who did it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from workers.query.past.question import Recall
from workers.query.understanding.past.sentence import Phrases, Sentence, token, token_list
from workers.query.understanding.past.words import PastWords
from workers.query.understanding.tokens import Token

_LATEST = 3
"""Behind how many words "who" no longer asks who did it."""


class Clauses:
    """Takes the clauses of a sentence apart."""

    def __init__(self, phrases: Phrases, words: PastWords) -> None:
        self._phrases = phrases
        self._words = words

    def during(self, tokens: Sequence[Token]) -> Iterator[tuple[Sequence[Token], Sequence[Token]]]:
        """The ways to cut a sentence into what is asked and what had to be so then, likeliest first."""
        plains = [each.plain for each in tokens]
        for section in ("while", "when"):
            for start, end, phrase in self._phrases.parts(plains):
                inside = start > 1 and end < len(tokens)
                if inside and self._words.is_one(section, phrase) and not self._phrases.named(tokens, start, end):
                    yield tokens[:start], tokens[end:]

    def asked_of_now(self, tokens: Sequence[Token]) -> tuple[Token, ...]:
        """A clause as a question: of "nobody was home" is it "was nobody home"."""
        plains = [each.plain for each in tokens]
        if self._words.is_one("nobody_home", " ".join(plains)):
            return token_list(self._words.said["is_nobody_home"])
        at = next((at for at, each in enumerate(plains) if each in self._words.keyed["tenses"]), 0)
        return (*tokens[at : at + 1], *tokens[:at], *tokens[at + 1 :])

    def who(self, sentence: Sentence) -> Sentence | None:
        """Who did it: as if it were asked whether somebody did."""
        plains = sentence.plains
        for start, end, phrase in self._phrases.parts(plains):
            if start < _LATEST and self._words.is_one("who", phrase) and self._does(plains[end:]):
                base = self._words.keyed["doing"].get(plains[end], plains[end])
                tokens = (*token_list(self._words.said["did_somebody"]), token(base), *sentence.tokens[end + 1 :])
                return replace(sentence, tokens=tokens, recall=Recall.WHO, did=True)
        return None

    def left(self, sentence: Sentence) -> Iterator[Sentence]:
        """As it is; then, of "did somebody leave the door open", whether it was open."""
        yield sentence
        plains = sentence.plains
        for start, end, phrase in self._phrases.parts(plains):
            if self._words.is_one("left", phrase) and end < len(plains) - 1:
                tokens = (*sentence.tokens[:start], *token_list(self._words.said["is"]), *sentence.tokens[end:])
                yield replace(sentence, tokens=tokens, did=False)
                return

    def _does(self, plains: Sequence[str]) -> bool:
        """Whether words begin with a verb for what is done to a thing."""
        first = plains[0] if plains else ""
        return first in self._words.keyed["doing"] or self._words.is_one("split", first)
