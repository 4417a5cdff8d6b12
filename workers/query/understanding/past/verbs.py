"""What a verb of the past leads to, asked of now: "did somebody open the door" asks whether it is opened."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from workers.query.past.question import Recall
from workers.query.understanding.past.sentence import Phrases, Sentence, token, token_list
from workers.query.understanding.past.words import PastWords
from workers.query.understanding.tokens import Token

_LIMITS = frozenset({"above", "below"})
"""Verbs that lead to no state but to one side of a number."""


class Verbs:
    """Puts the state that a verb leads to in its place."""

    def __init__(self, phrases: Phrases, words: PastWords) -> None:
        self._phrases = phrases
        self._words = words

    def resolved(self, sentence: Sentence) -> Iterator[Sentence]:
        """With the state that a verb leads to, where there is one; then as it is."""
        happened = any(
            self._words.is_one("happenings", phrase) for _, _, phrase in self._phrases.parts(sentence.plains)
        )
        sentence = replace(sentence, event=happened)
        yield from self._metered(sentence)
        yield from self._done(sentence)
        yield sentence

    def _done(self, sentence: Sentence) -> Iterator[Sentence]:
        parts = list(self._phrases.parts(sentence.plains))
        for start, end, phrase in sorted(parts, key=lambda part: self._phrases.named(sentence.tokens, *part[:2])):
            states, lasting = self._words.verbs.get(phrase, ()), self._words.keyed["lasting"].get(phrase)
            for state in states or ((lasting,) if lasting else ()):
                if self._acts(sentence, start, phrase):
                    yield self._led(sentence, start, end, state, event=bool(states))
        yield from self._split(sentence)

    def _acts(self, sentence: Sentence, start: int, phrase: str) -> bool:
        """Whether a word is a verb there: "open" behind "did", "came home" anywhere."""
        asked = sentence.did or any(self._words.is_one("did", each) for each in sentence.plains[:start])
        left = start > 0 and self._words.is_one("who", sentence.plains[start - 1])
        return asked or left or not self._words.is_one("base_forms", phrase)

    def _led(self, sentence: Sentence, start: int, end: int, state: str, *, event: bool) -> Sentence:
        """With the state in place of the verb; of who did it to something nothing is told."""
        before, after = sentence.tokens[:start], sentence.tokens[end:]
        passive = bool(after) and bool(before) and self._words.is_one("agents", before[-1].plain)
        told = (*before[:-1], *after) if passive else before
        behind = () if passive else after
        number = any(each.number is not None for each in behind)
        limits = state in _LIMITS
        word = token_list(state)
        tokens = (*told, *word, *behind) if limits or number else (*told, *behind, *word)
        return replace(sentence, tokens=tokens, event=event and not limits)

    def _split(self, sentence: Sentence) -> Iterator[Sentence]:
        """Did somebody turn the light on: without "turn", and without who did it."""
        plains = sentence.plains
        verb = next((at for at, each in enumerate(plains) if self._words.is_one("split", each)), None)
        if verb is None or not any(self._words.is_one("switched", each) for each in plains[verb:]):
            return
        agent = verb > 0 and self._words.is_one("agents", plains[verb - 1])
        tokens = (*sentence.tokens[: verb - agent], *sentence.tokens[verb + 1 :])
        yield replace(sentence, tokens=tokens, event=True)

    def _metered(self, sentence: Sentence) -> Iterator[Sentence]:
        """How much was used: what a meter counted."""
        plains, flows = sentence.plains, self._words.keyed["flows"]
        if sentence.recall is not Recall.SO or not any(self._words.is_one("uses", each) for each in plains):
            return
        counted = tuple(
            token(flows.get(each.plain, each.plain)) if each.plain in flows else each for each in sentence.tokens
        )
        tensed = tuple(
            token(self._words.said["does"]) if self._words.is_one("did", each.plain) else each for each in counted
        )
        for one in (tensed, self._with_what(tensed)):
            yield replace(sentence, tokens=one, recall=Recall.USED)

    def _with_what(self, tokens: tuple[Token, ...]) -> tuple[Token, ...]:
        """With what was used, where "how much did it use" does not say so."""
        for _, end, phrase in self._phrases.parts([each.plain for each in tokens]):
            if self._words.is_one("by_how_much", phrase):
                return (*tokens[:end], token(next(iter(self._words.keyed["flows"].values()))), *tokens[end:])
        return tokens
