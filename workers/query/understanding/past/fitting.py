"""Whether what is recalled goes with what is asked, and with what had to be so at the same time."""

from __future__ import annotations

from dataclasses import replace

from workers.query.past.period import Day, Period
from workers.query.past.question import Comparison, PastQuestion, Recall
from workers.query.understanding.past.sentence import Sentence
from workers.query.understanding.past.wordings import ENDS
from workers.query.understanding.reading import Ask, Predicate, Question

_WITH_CLAUSE = frozenset({Recall.LAST, Recall.FIRST, Recall.DURATION, Recall.OFTEN, Recall.SO})
_WITHOUT_STATE = frozenset({Ask.STATE, Ask.MEASURE, Ask.EXTREME, Ask.ATTRIBUTE})
_WHICH_ONE = frozenset({Ask.WHICH, Ask.ROOMS})
_METERED = frozenset({"energy", "gas", "water"})
_JUDGED = frozenset({Ask.CHECK, Ask.ANY, Ask.ALL, Ask.NONE})


def asked_of(sentence: Sentence, reading: Question, *, total: bool) -> PastQuestion | None:
    """The question of then; None where what is recalled, or a total, does not go with it."""
    nobody_does = sentence.recall is Recall.WHO and not _done_to_a_thing(reading)
    if nobody_does or (sentence.recall is Recall.USED and reading.subject.measure not in _METERED):
        return None
    if total and reading.ask is Ask.MEASURE:
        metered = reading.subject.measure in _METERED
        return PastQuestion(Recall.USED, reading, sentence.period) if metered else None
    stateless = reading.ask not in _WITHOUT_STATE and reading.predicate == Predicate()
    if stateless or (sentence.event and reading.predicate.raw is not None):
        return None
    if sentence.listing and reading.ask not in _WHICH_ONE:
        return None
    return PastQuestion(sentence.recall, reading, sentence.period, sentence.event, moment=sentence.moment)


def with_clause(found: PastQuestion, then: Question, *, absence: bool) -> PastQuestion | None:
    """The question with what had to be so; None where that does not go with it.

    Of an absence of one's own the last one is meant, where no other day than today was said.
    """
    today = found.period is None or found.period == Period(Day())
    once = absence and today and found.recall not in {Recall.LAST, Recall.AGO}
    recall = Recall.DURATION if found.recall is Recall.HELD else found.recall
    if recall in ENDS or (once and recall in {Recall.USED, Recall.SO}):
        fits = found.about.ask not in {Ask.STATE, Ask.ATTRIBUTE}
    else:
        fits = recall in _WITH_CLAUSE and found.about.ask not in _WITHOUT_STATE
    return replace(found, recall=recall, during=then, once=once) if fits else None


def begun_by(found: PastQuestion, then: Question) -> PastQuestion | None:
    """The question of the time since something happened; None where that does not go with it."""
    recall = Recall.DURATION if found.recall is Recall.HELD else found.recall
    if recall in {Recall.SINCE, Recall.AGO} or found.about.ask in {Ask.STATE, Ask.ATTRIBUTE}:
        return None
    return replace(found, recall=recall, after=then)


def against(found: PastQuestion, comparison: Comparison) -> PastQuestion | None:
    """The question of two times; None where what is asked has no number."""
    metered = found.about.ask is Ask.MEASURE and found.about.subject.measure in _METERED
    if metered and found.recall is Recall.SO:
        return replace(found, recall=Recall.USED, against=comparison)
    reading = found.about.ask in {Ask.MEASURE, Ask.EXTREME, Ask.STATE} and found.about.of is None
    counted = found.recall in {Recall.DURATION, Recall.OFTEN, Recall.USED}
    return replace(found, against=comparison) if reading or counted else None


def _done_to_a_thing(reading: Question) -> bool:
    """Whether it is about something that people do things to."""
    people = any(each.startswith(("person.", "device_tracker.")) for each in reading.subject.entities)
    return reading.ask in _JUDGED and not people


def is_judged(then: Question) -> bool:
    """Whether a question can be a clause: it names a state or a limit, not a state in the sentence's own words."""
    return then.ask in _JUDGED and then.predicate != Predicate() and then.predicate.raw is None
