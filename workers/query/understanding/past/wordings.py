"""How a question of the past says what it asks: "what was the last door to be opened", "how hot did it get"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from workers.query.past.question import Recall
from workers.query.understanding.past.sentence import Phrases, Sentence, token_list
from workers.query.understanding.past.words import PastWords
from workers.query.understanding.tokens import Token

ENDS = frozenset({Recall.LOWEST, Recall.HIGHEST, Recall.AVERAGE, Recall.RANGE})
"""What is asked of readings."""


class Wordings:
    """Puts a sentence into the words that the rest of the reader knows."""

    def __init__(self, phrases: Phrases, words: PastWords) -> None:
        self._phrases = phrases
        self._words = words

    def left_so(self, sentence: Sentence) -> Sentence:
        """Of "which lights were left on" is it "which lights were on"."""
        for start, _, phrase in self._phrases.parts(sentence.plains):
            if self._words.is_one("left_so", phrase) and not any(
                self._words.is_one("did", each) for each in sentence.plains
            ):
                return replace(sentence, tokens=(*sentence.tokens[:start], *sentence.tokens[start + 1 :]))
        return sentence

    def which(self, sentence: Sentence) -> Sentence:
        """Of "what was the last door to be opened": "which door is opened", asked for the last one."""
        plains = sentence.plains
        for section, recall in (("which_last", Recall.LAST), ("which_first", Recall.FIRST)):
            for start, end, phrase in self._phrases.parts(plains):
                if start == 0 and self._words.is_one(section, phrase):
                    which = token_list(self._words.said["said_which"])
                    tokens = tuple(self._without_to_be(sentence.tokens[end:]))
                    return replace(sentence, tokens=(*which, *tokens), recall=recall, listing=True)
        return sentence

    def _without_to_be(self, tokens: Sequence[Token]) -> Sequence[Token]:
        plains = [each.plain for each in tokens]
        for start, end, phrase in self._phrases.parts(plains):
            if self._words.is_one("to_be", phrase):
                return (*tokens[:start], *token_list(self._words.said["is"]), *tokens[end:])
        return tokens

    def whoever(self, sentence: Sentence) -> Sentence:
        """Of "when did the first person come home": when somebody first did."""
        found = self._phrases.find(sentence, "whoever")
        if found is None or sentence.recall is not Recall.LAST:
            return sentence
        start, end, key = found
        tokens = (*sentence.tokens[:start], *token_list(self._words.said["somebody"]), *sentence.tokens[end:])
        return replace(sentence, tokens=tokens, recall=Recall(key))

    def modified(self, sentence: Sentence) -> Iterator[Sentence]:
        """Without "last" and "lowest"; then with what may be asked of several things as it stands."""
        found = self._phrases.find(sentence, "superlatives")
        if found is not None:
            start, end, key = found
            end_of, _, measure = key.partition(" ")
            measured = Token(measure, measure)
            tokens = (*sentence.tokens[:start], measured, *sentence.tokens[end:])
            moment = sentence.recall is Recall.LAST
            yield replace(sentence, tokens=tokens, recall=Recall(end_of), moment=moment)
            yield sentence
            return
        changed = sentence = self.whoever(sentence)
        while (at := self._phrases.find(changed, "modifiers")) is not None:
            start, end, key = at
            recall = Recall(key)
            if recall not in ENDS and changed.recall not in {Recall.LAST, Recall.SO, Recall.FIRST}:
                recall = changed.recall
            elif recall not in ENDS and changed.recall is Recall.SO:
                changed = replace(changed, listing=True)
            moment = recall in {Recall.LOWEST, Recall.HIGHEST} and sentence.recall is Recall.LAST
            tokens = (*changed.tokens[:start], *changed.tokens[end:])
            changed = replace(changed, tokens=tokens, recall=recall, moment=moment or changed.moment)
        yield changed
        if changed.recall in ENDS and changed.recall is not sentence.recall:
            yield sentence

    def got(self, sentence: Sentence) -> Sentence:
        """How warm it got: the highest reading; how cold: the lowest."""
        for start, end, phrase in self._phrases.parts(sentence.plains):
            if self._words.is_one("get", phrase):
                ends = self._words.keyed["ends"]
                key = next((ends[each] for each in sentence.plains if each in ends), None)
                how = bool(start) and sentence.plains[start - 1] in ends
                recall = Recall(key) if key and how and sentence.recall is Recall.SO else sentence.recall
                tokens = (*sentence.tokens[:start], *token_list(self._words.said["is_it"]), *sentence.tokens[end:])
                return replace(sentence, tokens=tokens, recall=recall, did=False)
        return self._end_reached(sentence)

    def _end_reached(self, sentence: Sentence) -> Sentence:
        """How hot did the bathroom get: as it would be asked of its highest reading."""
        plains, ends = sentence.plains, self._words.keyed["ends"]
        how = next((at for at, each in enumerate(plains[:-1]) if self._words.is_one("how", each)), None)
        got = next((at for at, each in enumerate(plains) if self._words.is_one("got", each)), None)
        if how is None or got is None or plains[how + 1] not in ends or sentence.recall is not Recall.SO:
            return sentence
        tokens = (*sentence.tokens[:got], *sentence.tokens[got + 1 :])
        return replace(sentence, tokens=tokens, recall=Recall(ends[plains[how + 1]]), did=False)
