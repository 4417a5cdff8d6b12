"""Parts of a sentence about the past: what had to be so at the same time, and who did it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from workers.query.past.question import Recall
from workers.query.understanding.past.sentence import Phrases, Sentence, token, token_list
from workers.query.understanding.past.words import PastWords
from workers.query.understanding.tokens import Token

_SHORTEST, _LONGEST = 2, 9
"""How many words a clause in front has at least, and fewer than how many."""
_MOST_CUTS = 4
"""Ways to cut a sentence that are tried: more of them is noise."""
_LATEST = 3
"""Behind how many words "who" no longer asks who did it."""


class Clauses:
    """Takes the clauses of a sentence apart."""

    def __init__(self, phrases: Phrases, words: PastWords) -> None:
        self._phrases = phrases
        self._words = words

    def during(self, tokens: Sequence[Token]) -> Iterator[tuple[Sequence[Token], Sequence[Token]]]:
        """The ways to cut a sentence into what is asked and what had to be so then, likeliest first."""
        for section in ("while", "when"):
            yield from islice(self._cut(tokens, section), _MOST_CUTS)

    def after(self, tokens: Sequence[Token]) -> Iterator[tuple[Sequence[Token], Sequence[Token]]]:
        """The ways to cut a sentence into what is asked and what its time began with."""
        return islice(self._cut(tokens, "after"), _MOST_CUTS)

    def _cut(self, tokens: Sequence[Token], section: str) -> Iterator[tuple[Sequence[Token], Sequence[Token]]]:
        plains = [each.plain for each in tokens]
        for start, end, phrase in self._phrases.parts(plains):
            if not self._words.is_one(section, phrase) or self._phrases.named(tokens, start, end):
                continue
            if start > 1 and end < len(tokens):
                yield tokens[:start], tokens[end:]
            elif start == 0:
                yield from self._first(tokens, end)

    def _first(self, tokens: Sequence[Token], end: int) -> Iterator[tuple[Sequence[Token], Sequence[Token]]]:
        """With the clause in front: "while we were away was the door open"."""
        for at in range(end + _SHORTEST, min(end + _LONGEST, len(tokens) - 1)):
            if self._words.is_one("openers", tokens[at].plain):
                yield tokens[at:], tokens[end:at]

    def is_absence(self, tokens: Sequence[Token]) -> bool:
        """Whether a clause speaks of one's own absence: "I was away"."""
        return self._words.is_one("nobody_home", " ".join(each.plain for each in tokens))

    def begins_with_absence(self, tokens: Sequence[Token]) -> bool:
        """Whether a sentence begins so: "when I was gone was the door open"."""
        return any(self.is_absence(clause) for section in ("while", "when") for _, clause in self._cut(tokens, section))

    def begun_with(self, tokens: Sequence[Token]) -> tuple[Token, ...] | None:
        """What one did oneself, as a question: of "I left" it is "is nobody home"; None of what others did."""
        phrase = " ".join(each.plain for each in tokens)
        for section, said in (("left_home", "is_nobody_home"), ("came_home", "is_somebody_home")):
            if self._words.is_one(section, phrase):
                return token_list(self._words.said[said])
        return None

    def as_asked(self, tokens: Sequence[Token]) -> tuple[Token, ...]:
        """What happened as a question: of "Anna left" it is "did Anna left", of "it was opened" "was it opened"."""
        asked = self._fronted(tokens)
        return asked if asked[:1] != tuple(tokens[:1]) else (token("did"), *tokens)

    def asked_of_now(self, tokens: Sequence[Token]) -> tuple[Token, ...]:
        """A clause as a question: of "nobody was home" is it "was nobody home"."""
        plains = [each.plain for each in tokens]
        if self.is_absence(tokens):
            return token_list(self._words.said["is_nobody_home"])
        for start, end, phrase in self._phrases.parts(plains):
            if end == len(plains) and start > 1 and self._words.is_one("away", phrase):
                return self._fronted((*tokens[:start], *token_list(self._words.said["is_away"])))
        return self._fronted(tokens)

    def _fronted(self, tokens: Sequence[Token]) -> tuple[Token, ...]:
        """With the tense in front, as a question has it."""
        plains = [each.plain for each in tokens]
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
