"""A reading and the home as it is in, an answer out."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from contracts.acting import Action
from contracts.query import Clarification, Option, QueryResult, QueryStatus
from shared.home import Registry, Snapshot
from workers.query.answering import english, english_refusals
from workers.query.answering.figures import attribute_of, comparison_of, extreme_of, reading_of, state_of
from workers.query.answering.finding import Finding
from workers.query.answering.labels import clean, labels
from workers.query.answering.verdicts import check, count, place, rooms, which, yes_no
from workers.query.past.question import PastQuestion
from workers.query.understanding.reading import (
    Ambiguous,
    Ask,
    Help,
    NameAlone,
    NoPlace,
    NoSuchThing,
    NotApplicable,
    OutOfReach,
    Question,
    Reach,
    Reading,
    Unclear,
    UnknownLanguage,
    UnknownName,
)

MOST_EVIDENCE = 100
"""Entities that an answer rests on and that are listed; a result's own entities are never cut."""
_TYPES = {
    Ask.CHECK: "yes_no", Ask.ANY: "yes_no", Ask.ALL: "yes_no", Ask.NONE: "yes_no", Ask.COMPARE: "yes_no",
    Ask.WHICH: "which", Ask.ROOMS: "which", Ask.COUNT: "count", Ask.COUNT_ROOMS: "count", Ask.STATE: "state",
    Ask.PLACE: "where", Ask.MEASURE: "reading", Ask.ATTRIBUTE: "reading", Ask.EXTREME: "reading",
}  # fmt: skip

_EVALUATORS: dict[Ask, Callable[[Question, Snapshot], Finding]] = {
    Ask.CHECK: check,
    Ask.WHICH: which,
    Ask.ROOMS: rooms,
    Ask.COUNT_ROOMS: rooms,
    Ask.COUNT: count,
    Ask.STATE: state_of,
    Ask.MEASURE: reading_of,
    Ask.ATTRIBUTE: attribute_of,
    Ask.PLACE: place,
    Ask.EXTREME: extreme_of,
    Ask.COMPARE: comparison_of,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a `QueryResponse` says of one sentence."""

    status: QueryStatus
    query_type: str
    text: str
    result: QueryResult | None = None
    entities: tuple[str, ...] = ()
    """The entities the answer rests on."""
    clarifications: tuple[Clarification, ...] = ()
    actions: tuple[Action, ...] = ()
    automation: dict[str, Any] | None = None
    sweeping: bool = False
    """Whether it is about everything but some: what must stay as it is may be left out, too."""
    suggestions: tuple[str, ...] = ()
    confidence: float = 0.0


@dataclass(frozen=True, slots=True)
class _Refused:
    """What is said where there is nothing to evaluate."""

    query_type: str
    text: str
    near: tuple[str, ...] = ()


def answer(reading: Reading | PastQuestion, snapshot: Snapshot) -> Answer:
    """The answer to a reading; it names the entities it rests on. The past takes a history: `answer_past`."""
    if isinstance(reading, PastQuestion):
        reading = OutOfReach(Reach.PAST)
    if isinstance(reading, Question):
        return _answered(reading, snapshot)
    if isinstance(reading, Ambiguous | NameAlone):
        return asked_back(reading, snapshot.registry)
    if isinstance(reading, Help):
        return Answer(QueryStatus.ANSWERED, "help", english_refusals.HELP, confidence=1.0)
    refused = _refused(reading, snapshot.registry)
    near = tuple(clean(each) for each in refused.near)
    return Answer(QueryStatus.NOT_UNDERSTOOD, refused.query_type, refused.text, suggestions=near)


def _answered(question: Question, snapshot: Snapshot) -> Answer:
    question = _still_there(question, snapshot.registry)
    finding = _EVALUATORS.get(question.ask, yes_no)(question, snapshot)
    text = english.phrase(question, finding, snapshot)
    if not finding.understood:
        return Answer(QueryStatus.NOT_UNDERSTOOD, "state", text, entities=question.subject.entities)
    return Answer(
        QueryStatus.ANSWERED, _TYPES[question.ask], text, _result(finding), finding.evidence[:MOST_EVIDENCE],
        confidence=question.confidence,
    )  # fmt: skip


def _still_there(question: Question, registry: Registry) -> Question:
    """A question about a registry that is not the snapshot's would name strangers: that is a mistake of the caller."""
    if any(each not in registry.entities for each in question.subject.entities):
        raise LookupError("the reading is of another registry than the snapshot")
    return question


def _result(finding: Finding) -> QueryResult:
    return QueryResult(value=finding.value, unit=finding.unit, at=finding.at, entities=list(finding.about))


def asked_back(reading: Ambiguous | NameAlone, registry: Registry) -> Answer:
    """The question which of several things is meant, or what about one."""
    question = english_refusals.which_one(reading, registry)
    ids = reading.candidates
    options = [Option(label=label, entity_id=each) for each, label in zip(ids, labels(ids, registry), strict=True)]
    kind = "which" if isinstance(reading, Ambiguous) else "what"
    return Answer(
        QueryStatus.CLARIFICATION, "clarification", question, entities=ids,
        clarifications=(Clarification(id=kind, question=question, options=options),), confidence=0.5,
    )  # fmt: skip


def _refused(reading: Reading, registry: Registry) -> _Refused:
    match reading:
        case OutOfReach():
            said = _Refused(reading.reach.value, english_refusals.beyond(reading.reach))
        case UnknownName():
            said = _Refused("unknown", english_refusals.unknown_name(reading), reading.near)
        case NoSuchThing():
            said = _Refused("unknown", english_refusals.no_such_thing(reading), reading.near)
        case NotApplicable():
            said = _Refused("unknown", english_refusals.not_applicable(reading, registry))
        case NoPlace():
            said = _Refused("unknown", english_refusals.no_place(reading))
        case UnknownLanguage():
            said = _Refused("unknown", english_refusals.unknown_language(reading))
        case _:
            said = _Refused("unknown", english_refusals.unclear(empty=isinstance(reading, Unclear) and reading.empty))
    return said
