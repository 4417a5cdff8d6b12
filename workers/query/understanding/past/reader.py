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
from workers.query.understanding.past.comparisons import Comparisons
from workers.query.understanding.past.fitting import against, asked_of, begun_by, is_judged, with_clause
from workers.query.understanding.past.sentence import Phrases, Sentence, token, token_list
from workers.query.understanding.past.times import cut_time
from workers.query.understanding.past.verbs import Verbs
from workers.query.understanding.past.wordings import ENDS, Wordings
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
from workers.query.understanding.spelling import Speller
from workers.query.understanding.tokens import Token

ReadNow = Callable[[Sequence[Token]], Reading]
"""Reads words as a question of now."""

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
        self._wordings = Wordings(self._phrases, words)
        self._speller = Speller(words.vocabulary)
        self._verbs = Verbs(self._phrases, words)
        self._clauses = Clauses(self._phrases, words)
        self._comparisons = Comparisons(self._phrases, words, names)

    def read(self, tokens: Sequence[Token], read_now: ReadNow) -> PastQuestion | Reading | None:
        """The question about the past; what to ask back or why it can't be read; None where it is none of these."""
        refused: list[Reading] = []
        for each in self._spelled(tokens):
            found = self._read_way(each, read_now, refused)
            if found is not None:
                return found
        told = [each for kind in _TELLING for each in refused if isinstance(each, kind) and self._tells(each)]
        return told[0] if told else None

    def _spelled(self, tokens: Sequence[Token]) -> Iterator[Sequence[Token]]:
        """As it is; then with the typos in words for the past corrected."""
        yield tokens
        better = tuple(self._known_word(each) for each in tokens)
        if better != tuple(tokens):
            yield better

    def _known_word(self, stranger: Token) -> Token:
        known = stranger.number is not None or self._names.knows(stranger) or stranger.plain in self._words.vocabulary
        better = None if known else self._speller.correct(stranger.plain)
        return token(better) if better else stranger

    def _read_way(self, tokens: Sequence[Token], read_now: ReadNow, refused: list[Reading]) -> PastQuestion | None:
        compared = self._compared(tokens, read_now, refused)
        if compared is not None:
            return compared
        for period, rest in cut_time(tokens, self._words, self._names):
            if period is None and not self._about_past(rest) and not self.asks_who(rest):
                continue
            found = self._read_all(Sentence(tuple(rest), period), read_now, refused)
            if found is not None:
                return found
        return None

    def _compared(self, tokens: Sequence[Token], read_now: ReadNow, refused: list[Reading]) -> PastQuestion | None:
        """With the other time, where two are compared."""
        for sentence, comparison in self._comparisons.of(tokens):
            found = self._read_all(sentence, read_now, refused)
            asked = against(found, comparison) if found else None
            if asked is not None:
                return asked
        return None

    def _read_all(self, sentence: Sentence, read_now: ReadNow, refused: list[Reading]) -> PastQuestion | None:
        """With what had to be so at the same time, or what its time began with, where it says so."""
        for main, clause in self._clauses.after(sentence.tokens):
            happened = self._happened(clause, read_now)
            found = self._read(replace(sentence, tokens=tuple(main)), read_now, refused) if happened else None
            begun = begun_by(found, happened) if found and happened else None
            if begun is not None:
                return begun
        for main, clause in self._clauses.during(sentence.tokens):
            then = read_now(self._present(Sentence(self._clauses.asked_of_now(clause))).tokens)
            if isinstance(then, Question) and is_judged(then):
                found = self._read(replace(sentence, tokens=tuple(main)), read_now, refused)
                absence = self._clauses.is_absence(clause)
                asked = with_clause(found, then, absence=absence) if found else None
                if asked is not None:
                    return asked
        return self._read(sentence, read_now, refused)

    def _happened(self, clause: Sequence[Token], read_now: ReadNow) -> Question | None:
        """What a clause says that happened: to be read as "when did Anna leave" is."""
        own = self._clauses.begun_with(clause)
        if own is not None:
            then = read_now(own)
            return then if isinstance(then, Question) and is_judged(then) else None
        found = self._read(Sentence(self._clauses.as_asked(clause), recall=Recall.LAST), read_now, [])
        return found.about if found is not None and is_judged(found.about) else None

    def _read(self, sentence: Sentence, read_now: ReadNow, refused: list[Reading]) -> PastQuestion | None:
        for each in self._ways(sentence):
            reading = read_now(each.tokens)
            asked = asked_of(each, reading, total=self._total(each)) if isinstance(reading, Question) else None
            if asked is not None:
                return asked
            refused.append(reading)
            if isinstance(reading, NoSuchThing) or (isinstance(reading, Ambiguous) and each.recall not in ENDS):
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
        last = tensed and bool({Recall.LAST.value, Recall.FIRST.value} & keys)
        return last or self._clauses.begins_with_absence(tokens)

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
        for each in self._clauses.left(self._without_recall(self._wordings.which(self._wordings.left_so(sentence)))):
            for one in self._wordings.modified(each):
                yield from map(self._present, self._verbs.resolved(self._wordings.got(one)))

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
