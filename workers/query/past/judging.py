"""Whether a state of then is what a question asks for. The history keeps states, no attributes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from shared.home import Entity, EntityState, Snapshot
from workers.query.answering.verdicts import meant_form
from workers.query.meanings.kinds import KINDS
from workers.query.meanings.measures import Amount, in_base_unit, number
from workers.query.meanings.states import ABOUT_AVAILABILITY, holds, meant
from workers.query.past.question import PastQuestion
from workers.query.past.records import Judge, Record
from workers.query.past.steps import Steps, combined
from workers.query.understanding.reading import Ask, Question, Threshold
from workers.query.understanding.tokens import plainly

THROUGHOUT = frozenset({"closed", "locked", "off", "clear", "dry", "normal", "armed"})
"""Words that are meant for all of a time: a door that was closed last night was never open."""
_BY_ATTRIBUTE = frozenset({"heating", "cooling", *ABOUT_AVAILABILITY})
"""Words that need attributes, or states that a history leaves out."""
_NUMBERS = frozenset({"sensor", "number", "input_number", "counter"})


def unit_of(snapshot: Snapshot, entity_id: str) -> str | None:
    """The unit that an entity's readings have now, taken to be the one they had then."""
    state = snapshot.state(entity_id)
    unit = state.attributes.get("unit_of_measurement") if state else None
    return str(unit) if unit else None


def told(question: Question, snapshot: Snapshot) -> bool:
    """Whether the history of states can tell what is asked."""
    predicate = question.predicate
    entities = [snapshot.registry.entities[each] for each in question.subject.entities]
    if predicate.threshold is not None or question.ask in {Ask.MEASURE, Ask.EXTREME}:
        return question.attribute is None and all(each.domain in _NUMBERS for each in entities)
    if question.ask is Ask.STATE:
        return True
    return (predicate.state is not None and predicate.state not in _BY_ATTRIBUTE) or predicate.raw is not None


def judge(question: Question, entity: Entity, snapshot: Snapshot) -> Judge:
    """The test of one entity's raw states."""
    predicate = question.predicate
    negated = predicate.negated
    if predicate.threshold is not None:
        threshold, unit = predicate.threshold, unit_of(snapshot, entity.entity_id)
        return lambda raw: _beyond(threshold, raw, unit)
    if predicate.raw is not None:
        wanted = plainly(predicate.raw)
        return lambda raw: (plainly(raw) == wanted) is not negated
    word = meant(predicate.state or "", entity) or predicate.state or ""
    return lambda raw: _unless(holds(word, entity, EntityState(raw)), negated=negated)


def _beyond(threshold: Threshold, raw: str, unit: str | None) -> bool | None:
    value = number(raw)
    if value is None:
        return None
    limit = threshold.number
    if threshold.unit:
        value = in_base_unit(Amount(value, unit)).value
        limit = in_base_unit(Amount(limit, threshold.unit)).value
    if value == limit:
        return threshold.inclusive
    return value > limit if threshold.above else value < limit


def _unless(found: bool | None, *, negated: bool) -> bool | None:
    return found if found is None else found is not negated


def steps_of(question: Question, found: Iterable[Record], snapshot: Snapshot) -> dict[str, Steps]:
    """When it held of each entity of which the history has anything."""
    entities = snapshot.registry.entities
    return {
        each.entity_id: each.steps(judge(question, entities[each.entity_id], snapshot))
        for each in found
        if not each.nothing
    }


def verdict(question: Question, steps: dict[str, Steps]) -> Steps:
    """When it held of all, any or none, as the question asks; what an "and" joins has to hold in each."""
    form = meant_form(question)
    groups = [part for group in question.subject.groups if (part := [steps[each] for each in group if each in steps])]
    if len(groups) > 1 and form is Ask.ANY:
        return combined([combined(part, Ask.ANY) for part in groups], Ask.ALL)
    return combined(list(steps.values()), form)


def at_once(question: Question) -> bool:
    """Whether several things are one: "somebody" by two sensors is no two people, "nobody" is of all of them."""
    sensed = bool(question.subject.kinds) and all(KINDS[each].event for each in question.subject.kinds)
    return sensed or meant_form(question) in {Ask.ALL, Ask.NONE} or bool(question.subject.groups)


def throughout(asked: PastQuestion) -> bool:
    """Whether it has to have been so all the time: as it was said, or by the word."""
    predicate = asked.about.predicate
    return asked.whole or asked.about.ask is Ask.NONE or (predicate.state in THROUGHOUT) is not predicate.negated


def nothing_of(found: Sequence[Record]) -> tuple[str, ...]:
    """The entities of which the history has nothing."""
    return tuple(each.entity_id for each in found if each.nothing)
