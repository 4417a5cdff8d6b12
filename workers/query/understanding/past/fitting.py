"""Whether what is recalled goes with what is asked, and with what had to be so at the same time."""

from __future__ import annotations

from dataclasses import replace

from workers.query.past.question import PastQuestion, Recall
from workers.query.understanding.past.sentence import Sentence
from workers.query.understanding.reading import Ask, Predicate, Question

_WITH_CLAUSE = frozenset({Recall.LAST, Recall.FIRST, Recall.DURATION, Recall.OFTEN, Recall.SO})
_WITHOUT_STATE = frozenset({Ask.STATE, Ask.MEASURE, Ask.EXTREME, Ask.ATTRIBUTE})
_METERED = frozenset({"energy", "gas", "water"})
_JUDGED = frozenset({Ask.CHECK, Ask.ANY, Ask.ALL, Ask.NONE})


def asked_of(sentence: Sentence, reading: Question, *, total: bool) -> PastQuestion | None:
    """The question of then; None where what is recalled, or a total, does not go with it."""
    if sentence.recall is Recall.WHO and not _done_to_a_thing(reading):
        return None
    if sentence.recall is Recall.USED and reading.subject.measure not in _METERED:
        return None
    if total and reading.ask is Ask.MEASURE:
        metered = reading.subject.measure in _METERED
        return PastQuestion(Recall.USED, reading, sentence.period) if metered else None
    if sentence.event and reading.predicate.raw is not None:
        return None
    if reading.ask not in _WITHOUT_STATE and reading.predicate == Predicate():
        return None
    return PastQuestion(sentence.recall, reading, sentence.period, sentence.event)


def with_clause(found: PastQuestion, then: Question) -> PastQuestion | None:
    """The question with what had to be so; None where that does not go with it."""
    recall = Recall.DURATION if found.recall is Recall.HELD else found.recall
    if recall not in _WITH_CLAUSE or found.about.ask in _WITHOUT_STATE:
        return None
    return replace(found, recall=recall, during=then)


def _done_to_a_thing(reading: Question) -> bool:
    """Whether it is about something that people do things to."""
    people = any(each.startswith(("person.", "device_tracker.")) for each in reading.subject.entities)
    return reading.ask in _JUDGED and not people


def is_judged(then: Question) -> bool:
    """Whether a question can be a clause: it names a state or a limit, not a state in the sentence's own words."""
    return then.ask in _JUDGED and then.predicate != Predicate() and then.predicate.raw is None
