"""From a sentence about the past to its question.

The time, what is recalled ("how often", "when … last") and the tense are taken out; what is left is read as if it were
asked of now: "how long was the light on yesterday" asks of yesterday for how long "is the light on" held. So names,
places, kinds and what has to be asked back are read by the same grammar.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from workers.query.past.period import Period
from workers.query.past.question import PastQuestion, Recall
from workers.query.understanding.names import Names
from workers.query.understanding.past.clauses import Clauses
from workers.query.understanding.past.fitting import asked_of, is_judged, with_clause
from workers.query.understanding.past.sentence import Phrases, Sentence, token, token_list
from workers.query.understanding.past.times import cut_time
from workers.query.understanding.past.verbs import Verbs
from workers.query.understanding.past.words import PastWords
from workers.query.understanding.reading import (
    Ambiguous,
    NoPlace,
    NoSuchThing,
    NotApplicable,
    Question,
    Reading,
    UnknownName,
)
from workers.query.understanding.tokens import Token

ReadNow = Callable[[Sequence[Token]], Reading]
"""Reads words as a question of now."""

_ENDS = frozenset({Recall.LOWEST, Recall.HIGHEST, Recall.AVERAGE})
_TELLING = (Ambiguous, NotApplicable, NoSuchThing, UnknownName, NoPlace)
"""What is told of a sentence that could not be read, the most helpful first."""
_SOON = 3
"""Within how many words after the question word "has" makes it a perfect: "how long has the light been on"."""


class PastReader:
    """Reads sentences about the past of one home."""

    def __init__(self, names: Names, words: PastWords) -> None:
        self._names = names
        self._words = words
        self._phrases = Phrases(names, words)
        self._verbs = Verbs(self._phrases, words)
        self._clauses = Clauses(self._phrases, words)

    def read(self, tokens: Sequence[Token], read_now: ReadNow) -> PastQuestion | Reading | None:
        """The question about the past; what to ask back or why it can't be read; None where it is none of these."""
        refused: list[Reading] = []
        for period, rest in cut_time(tokens, self._words, self._names):
            if period is None and not self._about_past(rest) and not self.asks_who(rest):
                continue
            found = self._read_all(Sentence(tuple(rest), period), read_now, refused)
            if found is not None:
                return found
        told = [each for kind in _TELLING for each in refused if isinstance(each, kind) and self._tells(each)]
        return told[0] if told else None

    def _read_all(self, sentence: Sentence, read_now: ReadNow, refused: list[Reading]) -> PastQuestion | None:
        """With what had to be so at the same time, where it says so."""
        for main, clause in self._clauses.during(sentence.tokens):
            then = read_now(self._present(Sentence(self._clauses.asked_of_now(clause))).tokens)
            if isinstance(then, Question) and is_judged(then):
                found = self._read(replace(sentence, tokens=tuple(main)), read_now, refused)
                asked = with_clause(found, then) if found else None
                if asked is not None:
                    return asked
        return self._read(sentence, read_now, refused)

    def _read(self, sentence: Sentence, read_now: ReadNow, refused: list[Reading]) -> PastQuestion | None:
        for each in self._ways(sentence):
            reading = read_now(each.tokens)
            asked = asked_of(each, reading, total=self._total(each)) if isinstance(reading, Question) else None
            if asked is not None:
                return asked
            refused.append(reading)
            if isinstance(reading, NoSuchThing) or (isinstance(reading, Ambiguous) and each.recall not in _ENDS):
                break
        return None

    def _total(self, sentence: Sentence) -> bool:
        return any(self._words.is_one("total", each) for each in sentence.plains)

    def asks_who(self, tokens: Sequence[Token]) -> bool:
        """Whether a sentence asks who did something."""
        return self._clauses.who(Sentence(tuple(tokens))) is not None

    def asks_when(self, tokens: Sequence[Token]) -> bool:
        """Whether a sentence asks for the last time in the order of a statement: "when the door was last open"."""
        plains = [each.plain for each in tokens]
        keys = {self._words.keyed["modifiers"].get(phrase) for _, _, phrase in self._phrases.parts(plains)}
        tensed = any(each in self._words.keyed["tenses"] for each in plains)
        return tensed and bool({Recall.LAST.value, Recall.FIRST.value} & keys)

    def begins_with_time(self, tokens: Sequence[Token]) -> bool:
        """Whether a sentence begins with a time, such as "at midnight"."""
        found = cut_time(tokens, self._words, self._names)
        return any(period is not None and rest[:1] != list(tokens[:1]) for period, rest in found)

    def _tells(self, reading: Reading) -> bool:
        """Whether a refusal helps: not one of words that are known, but were not understood together."""
        unknown = reading.words.split() if isinstance(reading, UnknownName) else []
        known = (self._names.knows(token(each)) or each in self._words.vocabulary for each in unknown)
        return not unknown or not all(known)

    def _about_past(self, tokens: Sequence[Token]) -> bool:
        plains = [each.plain for each in tokens]
        return any(
            phrase in self._words.keyed["recalls"] or self._words.is_one("markers", phrase)
            for _, _, phrase in self._phrases.parts(plains)
        )

    # Taking out what belongs to the past

    def _ways(self, sentence: Sentence) -> Iterator[Sentence]:
        """The ways to ask the sentence of now, likeliest first."""
        who = self._clauses.who(sentence)
        for each in self._clauses.left(who) if who is not None else ():
            yield from map(self._present, self._verbs.resolved(each))
        for each in self._clauses.left(self._without_recall(sentence)):
            for one in self._modified(each):
                yield from map(self._present, self._verbs.resolved(self._got(one)))

    def _without_recall(self, sentence: Sentence) -> Sentence:
        plains, recalls = sentence.plains, self._words.keyed["recalls"]
        for start, end, phrase in self._phrases.parts(plains):
            if phrase in recalls and not self._phrases.named(sentence.tokens, start, end):
                return self._recalled(sentence, start, end, Recall(recalls[phrase]))
        return replace(sentence, did=self._did(plains))

    def _recalled(self, sentence: Sentence, start: int, end: int, recall: Recall) -> Sentence:
        plains, tokens = sentence.plains, sentence.tokens
        did = self._did(plains)
        if recall is Recall.DURATION and self._lasting_until_now(plains[end : end + _SOON], sentence.period):
            recall = Recall.HELD
        tensed = recall is Recall.LAST and plains[end - 1] in self._words.keyed["tenses"]
        kept = tokens[end - 1 : end] if tensed else ()
        return replace(sentence, tokens=(*tokens[:start], *kept, *tokens[end:]), recall=recall, did=did)

    def _lasting_until_now(self, following: Sequence[str], period: Period | None) -> bool:
        """Whether "how long" is about what is so now: "how long has it been on", "how long is it on"."""
        tensed = any(each in self._words.keyed["tenses"] for each in following)
        perfect = any(self._words.is_one("perfect", each) for each in following)
        return period is None and (perfect or not tensed)

    def _did(self, plains: Sequence[str]) -> bool:
        return any(self._words.is_one("did", each) for each in plains)

    def _modified(self, sentence: Sentence) -> Iterator[Sentence]:
        """Without "last" and "lowest"; then with what may be asked of several things as it stands."""
        found = self._phrases.find(sentence, "superlatives")
        if found is not None:
            start, end, key = found
            end_of, _, measure = key.partition(" ")
            measured = Token(measure, measure)
            tokens = (*sentence.tokens[:start], measured, *sentence.tokens[end:])
            yield replace(sentence, tokens=tokens, recall=Recall(end_of))
            yield sentence
            return
        changed = sentence
        while (at := self._phrases.find(changed, "modifiers")) is not None:
            start, end, key = at
            recall = Recall(key)
            if recall not in _ENDS and changed.recall not in {Recall.LAST, Recall.SO, Recall.FIRST}:
                recall = changed.recall
            elif recall not in _ENDS and changed.recall is Recall.SO:
                break
            changed = replace(changed, tokens=(*changed.tokens[:start], *changed.tokens[end:]), recall=recall)
        yield changed
        if changed.recall in _ENDS and changed.recall is not sentence.recall:
            yield sentence

    def _got(self, sentence: Sentence) -> Sentence:
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

    # The rest in the present

    def _present(self, sentence: Sentence) -> Sentence:
        """As it would be asked of now."""
        tenses = self._words.keyed["tenses"]
        kept: list[Token] = []
        at, tokens = 0, sentence.tokens
        while at < len(tokens):
            dropped = self._dropped(tokens, at)
            if dropped:
                at += dropped
                continue
            kept.append(token(tenses[tokens[at].plain]) if self._tensed(tokens, at) else tokens[at])
            at += 1
        if sentence.recall is not Recall.SO and kept and not self._asks(kept):
            kept = [*token_list(self._words.said["there_is"]), *kept]
        return replace(sentence, tokens=tuple(kept))

    def _tensed(self, tokens: Sequence[Token], at: int) -> bool:
        return tokens[at].plain in self._words.keyed["tenses"] and not self._phrases.named(tokens, at, at + 1)

    def _dropped(self, tokens: Sequence[Token], start: int) -> int:
        """How many words from there on say nothing of now."""
        for end in range(min(start + self._words.longest, len(tokens)), start, -1):
            phrase = " ".join(each.plain for each in tokens[start:end])
            if self._words.is_one("dropped", phrase) and not self._phrases.named(tokens, start, end):
                return end - start
        return 0

    def _asks(self, tokens: Sequence[Token]) -> bool:
        """Whether words begin as a question does."""
        starts = {*self._words.keyed["tenses"].values(), self._words.said["does"]}
        return any(each.plain in starts for each in tokens)
