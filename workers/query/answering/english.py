"""Answers in English."""

from collections.abc import Callable

from shared.home import Snapshot
from workers.query.answering.english_words import (
    ATTRIBUTES,
    DAYLIGHT,
    EVENTS,
    EXTREMES,
    NUMBERED,
    amount_text,
    asked_state,
    at_place,
    checked,
    detailed,
    each_state,
    is_existence,
    listed,
    measured_noun,
    named,
    noun,
    plain_state,
    state_word,
    unavailable,
    value_text,
    verb,
    with_amounts,
)
from workers.query.answering.finding import Finding
from workers.query.answering.labels import clean, enumerated
from workers.query.understanding.reading import Ask, Extreme, Question


def phrase(question: Question, finding: Finding, snapshot: Snapshot) -> str:
    """The answer to a question."""
    if not finding.understood:
        names = named(question.subject.entities, snapshot)
        return f"I don't know the state “{clean(question.predicate.raw or '')}” of {names}."
    return _PHRASES.get(question.ask, _yes_no)(question, finding, snapshot)


# Yes and no


def _yes_no(question: Question, finding: Finding, snapshot: Snapshot) -> str:
    if not question.subject.entities:
        return f"I know of no {noun(question.subject)}{at_place(question.subject)}."
    if len(question.subject.entities) == 1 and not _sensed(question):
        return _one(question, finding, snapshot)
    return _many(question, finding, snapshot) + unavailable(finding, snapshot)


def _one(question: Question, finding: Finding, snapshot: Snapshot) -> str:
    ids = question.subject.entities
    name = named(ids, snapshot)
    if finding.unknown:
        return f"I can't tell: {name} is {state_word(snapshot, ids[0])}."
    word = "Yes" if finding.value else "No"
    if is_existence(question):
        return f"{word}, there is {name}{at_place(question.subject)}."
    if question.predicate.state in DAYLIGHT:
        lit = (question.predicate.state == "dark") is (finding.yes == ids)
        return f"{word}, it is {'dark' if lit else 'light'}: {name} is {detailed(ids[0], snapshot)}."
    return f"{word}, {name} is {_holds(question, finding, ids[0], snapshot)}."


def _holds(question: Question, finding: Finding, entity_id: str, snapshot: Snapshot) -> str:
    """What holds of one thing: the state that was asked, else the one it has."""
    amount = finding.amounts.get(entity_id)
    if question.predicate.threshold is not None and amount is not None:
        return f"at {amount_text(amount)}"
    said = plain_state(question)
    if (entity_id in finding.yes) is not question.predicate.negated:
        return said
    now = detailed(entity_id, snapshot)
    return f"not {said} ({now})" if entity_id.partition(".")[0] in NUMBERED or now == said else now


def _many(question: Question, finding: Finding, snapshot: Snapshot) -> str:
    if _sensed(question):
        return _event(question, finding, snapshot)
    if is_existence(question):
        return f"{'Yes' if finding.value else 'No'}: {named(finding.yes, snapshot)}."
    ids, state = question.subject.entities, asked_state(question)
    if not question.subject.kinds and finding.value is not None:
        return f"{'Yes' if finding.value else 'No'}: {each_state(ids, snapshot)}."
    of_all = f"{len(ids)} {noun(question.subject, len(ids))}{at_place(question.subject)}"
    if finding.value is None:
        share = f"{len(finding.yes)} of {of_all} {verb(finding.yes)} {state}"
        return f"I can't tell for all: {share}{listed(finding.yes, finding, snapshot)}."
    return f"{'Yes' if finding.value else 'No'}, {_share(question, finding, snapshot, of_all)}."


def _share(question: Question, finding: Finding, snapshot: Snapshot, of_all: str) -> str:
    """How many of all, and which."""
    ids, state = question.subject.entities, asked_state(question)
    if len(finding.yes) == len(ids):
        return f"all {of_all} are {state}: {named(ids, snapshot)}"
    if not finding.yes and len(ids) == 1:
        return (
            f"the only {noun(question.subject, 1)}{at_place(question.subject)} is not {state}: {named(ids, snapshot)}"
        )
    if not finding.yes:
        return f"none of the {of_all} is {state}{checked(question, finding, snapshot)}"
    against = finding.about == finding.no
    told = finding.no if against else finding.yes
    if against:
        state = plain_state(question) if question.predicate.negated else f"not {state}"
    return f"{len(told)} of {of_all} {verb(told)} {state}{listed(told, finding, snapshot)}"


def _sensed(question: Question) -> bool:
    """Whether it is about something that sensors sense, such as motion."""
    return question.predicate.state == "detected" and any(kind in EVENTS for kind in question.subject.kinds)


def _event(question: Question, finding: Finding, snapshot: Snapshot) -> str:
    noun = EVENTS[next(kind for kind in question.subject.kinds if kind in EVENTS)]
    place = at_place(question.subject)
    if finding.value is None:
        return f"I can't tell whether there is {noun}{place}."
    sensed, clear = (finding.no, finding.yes) if question.predicate.negated else (finding.yes, finding.no)
    if sensed:
        return f"{'Yes' if finding.value else 'No'}, there is {noun}{place}: {named(sensed, snapshot)}."
    checked = f"{named(clear, snapshot)} {verb(clear)} clear"
    return f"{'Yes' if finding.value else 'No'}, there is no {noun.removeprefix('a ')}{place}: {checked}."


# Which, how many, where


def _which(question: Question, finding: Finding, snapshot: Snapshot) -> str:
    subject, total = question.subject, len(question.subject.entities)
    if not total:
        return f"I know of no {noun(subject)}{at_place(subject)}."
    if is_existence(question):
        return (
            f"{len(finding.yes)} {noun(subject, len(finding.yes))}{at_place(subject)}: {named(finding.yes, snapshot)}."
        )
    if not finding.yes and total == 1 and finding.no:
        only = f"The only {noun(subject, 1)}{at_place(subject)}"
        return f"{only} is not {asked_state(question)}: {named(finding.no, snapshot)}."
    if not finding.yes:
        none = f"None of the {total} {noun(subject, total)}{at_place(subject)} is {asked_state(question)}"
        return f"{none}{checked(question, finding, snapshot)}.{unavailable(finding, snapshot)}"
    share = f"{len(finding.yes)} of {total} {noun(subject, total)}"
    return (
        f"{share}{at_place(subject)} {verb(finding.yes)} {asked_state(question)}"
        f"{listed(finding.yes, finding, snapshot)}.{unavailable(finding, snapshot)}"
    )


def _rooms(question: Question, finding: Finding, snapshot: Snapshot) -> str:
    if not question.subject.entities:
        return f"I know of no {noun(question.subject)}{at_place(question.subject)}."
    what = f"{noun(question.subject)} {'' if is_existence(question) else asked_state(question)}".strip()
    if not finding.yes:
        return f"In no room: {what}. I looked at {named(finding.no, snapshot)}.{unavailable(finding, snapshot)}"
    here = {snapshot.registry.entities[each].area_id for each in finding.yes}
    rooms = [clean(area.name) for area in snapshot.registry.areas.values() if area.area_id in here]
    told = enumerated(rooms, "and", "{} more") or "no room that I know"
    return f"{told}{listed(finding.yes, finding, snapshot)}.{unavailable(finding, snapshot)}"


def _where(question: Question, finding: Finding, snapshot: Snapshot) -> str:
    name = named(question.subject.entities, snapshot)
    area = snapshot.registry.areas.get(str(finding.value))
    return f"{name} is in {clean(area.name)}." if area else f"{name} is in no room that I know of."


# States and readings


def _state(question: Question, _: Finding, snapshot: Snapshot) -> str:
    ids = question.subject.entities
    if not ids:
        return f"I know of no {noun(question.subject)}{at_place(question.subject)}."
    return f"{each_state(ids, snapshot)}."


def _measure(question: Question, finding: Finding, snapshot: Snapshot) -> str:
    ids = question.subject.entities
    name = named(ids, snapshot)
    amount = finding.amounts.get(ids[0])
    if amount is None:
        return f"I can't tell: {name} {_without(question.subject.measure, ids[0], snapshot)}."
    noun = measured_noun(question.subject.measure)
    if noun in name.casefold():
        return f"{name} is {amount_text(amount)}."
    return f"The {noun} of {name} is {amount_text(amount)}."


def _without(measure: str | None, entity_id: str, snapshot: Snapshot) -> str:
    state = snapshot.state(entity_id)
    if state is None or not state.known:
        return f"is {state_word(snapshot, entity_id)}"
    return f"tells no {measured_noun(measure)} now"


def _attribute(question: Question, finding: Finding, snapshot: Snapshot) -> str:
    if question.predicate.state == "playing":
        return _playing(finding, snapshot)
    ids = question.subject.entities
    name, noun = named(ids, snapshot), ATTRIBUTES.get(question.attribute or "", question.attribute or "")
    if finding.unknown:
        return f"I can't tell: {name} is {state_word(snapshot, ids[0])}."
    if finding.value is None:
        return f"{name} tells no {noun} now; it is {state_word(snapshot, ids[0])}."
    value = value_text(finding)
    if question.attribute in {"setting", "target"}:
        return f"{name} is set to {value}."
    if question.attribute == "action":
        return f"{name} is {value}."
    return f"The {noun} of {name} is {value}."


def _playing(finding: Finding, snapshot: Snapshot) -> str:
    if not finding.yes:
        told = f": {named(finding.no, snapshot)}" if finding.no else " that I know of"
        return f"Nothing is playing{told}.{unavailable(finding, snapshot)}"
    title = f" {clean(str(finding.value))}" if finding.value else ""
    return f"{named(finding.yes, snapshot)} {verb(finding.yes)} playing{title}.{unavailable(finding, snapshot)}"


def _extreme(question: Question, finding: Finding, snapshot: Snapshot) -> str:
    noun, place = measured_noun(question.subject.measure), at_place(question.subject)
    if finding.value is None:
        return f"I can't tell: no {noun} reading{place} is available."
    how = EXTREMES[question.extreme or Extreme.HIGHEST]
    best = finding.amounts[finding.about[0]]
    if question.extreme in {Extreme.AVERAGE, Extreme.TOTAL}:
        told = with_amounts(tuple(finding.amounts), finding, snapshot)
        return f"The {how} {noun}{place} is {value_text(finding)}: {told}.{unavailable(finding, snapshot)}"
    names = named(finding.about, snapshot)
    if question.of is Ask.ROOMS:
        area_id = snapshot.registry.entities[finding.about[0]].area_id
        area = snapshot.registry.areas.get(area_id or "")
        names = f"{clean(area.name)} ({names})" if area else names
    return f"The {how} {noun}{place} is {amount_text(best)}: {names}.{unavailable(finding, snapshot)}"


def _compare(_: Question, finding: Finding, snapshot: Snapshot) -> str:
    if finding.value is None:
        return f"I can't compare them.{unavailable(finding, snapshot)}"
    return f"{'Yes' if finding.value else 'No'}: {with_amounts(finding.about, finding, snapshot)}."


_PHRASES: dict[Ask, Callable[[Question, Finding, Snapshot], str]] = {
    Ask.WHICH: _which,
    Ask.COUNT: _which,
    Ask.ROOMS: _rooms,
    Ask.COUNT_ROOMS: _rooms,
    Ask.STATE: _state,
    Ask.MEASURE: _measure,
    Ask.ATTRIBUTE: _attribute,
    Ask.PLACE: _where,
    Ask.EXTREME: _extreme,
    Ask.COMPARE: _compare,
}
