"""From a draft to a reading: what the sentence is about decides who reads on."""

from collections.abc import Callable
from dataclasses import replace

from workers.query.meanings.states import ACTIVE
from workers.query.understanding.context import Context
from workers.query.understanding.cuts import Cut, Span
from workers.query.understanding.draft import Draft
from workers.query.understanding.lexicon import Role
from workers.query.understanding.names import Found
from workers.query.understanding.readers.case import Case
from workers.query.understanding.readers.groups import of_events, of_kinds
from workers.query.understanding.readers.people import about_people, in_a_zone, of_people
from workers.query.understanding.readers.quantities import of_attribute, of_comparison, of_extreme, of_measure
from workers.query.understanding.readers.things import in_own_words, of_things
from workers.query.understanding.readers.whole import of_state
from workers.query.understanding.reading import (
    Ask,
    NoPlace,
    NoSuchThing,
    Predicate,
    Question,
    Reading,
    Unclear,
    UnknownName,
)
from workers.query.understanding.subjects import Subjects

_READERS: tuple[tuple[Callable[[Draft], bool], Callable[[Case], Reading | None]], ...] = (
    (lambda draft: draft.compared, of_comparison),
    (lambda draft: bool(draft.extremes) and draft.form is not Ask.COUNT, of_extreme),
    (about_people, of_people),
    (lambda draft: bool(draft.things), of_things),
    (lambda draft: bool(draft.events), of_events),
    (lambda draft: bool(draft.kinds), of_kinds),
    (lambda draft: bool(draft.measures), of_measure),
    (lambda draft: bool(draft.states), of_state),
    (lambda draft: bool(draft.attributes), of_attribute),
)
_MOST_UNKNOWN = 3
_ROOMS = frozenset({Ask.ROOMS, Ask.COUNT_ROOMS})
_OF_SEVERAL = frozenset({Ask.CHECK, Ask.ANY, Ask.ALL, Ask.NONE, Ask.WHICH, Ask.COUNT, Ask.ROOMS, Ask.COUNT_ROOMS})


def resolve(draft: Draft, subjects: Subjects, context: Context) -> Reading | None:
    """The reading of a draft in a home; None where it makes no sense."""
    if not draft.consistent:
        return None
    if "here" in draft.spots and about_people(draft) and (context.area_id is None or "who" in draft.asks):
        draft = replace(draft, spots=[each for each in draft.spots if each != "here"])
    if Role.PRONOUN in draft.roles and context.remembered:
        draft = _with_remembered(draft, context)
    scope = subjects.places.scope(draft, context.area_id, context.remembered)
    if scope is None:
        return NoPlace()
    if scope.nowhere and not draft.compared:
        return Unclear()
    case = Case(draft, subjects, scope, context)
    if draft.unknown:
        return _unknown(case)
    reader = next((reader for applies, reader in _READERS if applies(draft)), None)
    reading = reader(case) if reader else None
    return _whole(reading, case) if isinstance(reading, Question) else reading


def _with_remembered(draft: Draft, context: Context) -> Draft:
    """A draft whose "it" is what was spoken of before, where it names nothing itself."""
    if draft.things or draft.kinds or draft.places or draft.spots or draft.events or draft.extremes:
        return draft
    known = Found(entities=context.remembered)
    return replace(draft, things=[Span(0, 1, known, 0.0, "it")])


def _whole(question: Question, case: Case) -> Question | None:
    """A question that says all that its draft says; None where something of it would be lost."""
    draft = case.draft
    if draft.either:
        return replace(question, ask=Ask.STATE, predicate=Predicate()) if question.ask is Ask.CHECK else None
    if _lost(question, draft):
        return None
    if draft.joining("thing", "or") or draft.joining("place", "or"):
        return _one_of(question, draft)
    return _but(question, case) if Role.EXCEPT in draft.roles else question


def _lost(question: Question, draft: Draft) -> bool:
    """Whether a word of the draft is not in the question: its "not", "no", "all" or "room"."""
    plain = question.predicate == Predicate() and question.other is None
    none_of = {"none", "nothing", "nobody"} & set(draft.asks) and question.ask is not Ask.NONE
    all_of = {"all", "everyone"} & set(draft.asks) and question.ask in _ROOMS and question.of is not Ask.ALL
    every = "everyone" in draft.asks and question.ask not in {Ask.ALL, Ask.STATE, Ask.WHICH, Ask.COUNT}
    asked = Role.AUXILIARY is draft.opens and question.ask is Ask.EXTREME and not draft.asks
    not_there = question.ask in _ROOMS and question.of is not Ask.ALL and Role.RELATIVE not in draft.roles
    compared = question.ask is Ask.COMPARE and (
        draft.asks or draft.opens not in {Role.AUXILIARY, Role.PRONOUN, None, Role.COMPARISON}
    )
    some = question.ask is Ask.NONE or _any(question)
    throughout = "throughout" in draft.spots and some
    empty = question.ask in {Ask.CHECK, Ask.ANY, Ask.ALL} and not all(question.subject.groups)
    either_place = draft.joining("place", "or") and question.ask is Ask.ALL
    negated = draft.negated and (plain or not_there)
    return bool(throughout or empty or either_place or negated or none_of or all_of or every or asked or compared)


def _any(question: Question) -> bool:
    """Whether one thing is enough: "are the lights on"."""
    active = (question.predicate.state in ACTIVE) is not question.predicate.negated
    return question.ask is Ask.ANY or (question.ask is Ask.CHECK and active and bool(question.subject.kinds))


def _one_of(question: Question, draft: Draft) -> Question | None:
    """A question with an "or": of names one will do; of kinds or places it is only clear where one is enough."""
    if question.ask is not Ask.CHECK or len(question.subject.entities) == 1:
        return question
    if draft.things:
        return replace(question, ask=Ask.ANY)
    return replace(question, ask=Ask.ANY) if _any(question) else None


def _but(question: Question, case: Case) -> Question | None:
    """A question without what its "except" leaves out."""
    subject, out = question.subject, set[str]()
    for span in case.draft.excepted:
        if span.thing.place:
            scope = case.subjects.places.named([span])
            found = {each for each in subject.entities if scope.holds(case.subjects.entity(each))}
        else:
            found = set(subject.entities) & {*case.subjects.of_thing(span.thing, lambda _: True), *span.thing.kin}
        if not found:
            return None
        out |= found
    if not out or question.ask not in _OF_SEVERAL or not subject.plural:
        return None
    rest = tuple(each for each in subject.entities if each not in out)
    return replace(question, subject=replace(subject, entities=rest, others=True, groups=()))


def _unknown(case: Case) -> Reading | None:
    """Words that nobody knows: a thing's own state, or a name that is not in the home."""
    draft = case.draft
    said = " ".join(span.phrase for span in draft.unknown)
    if len(draft.things) == 1 and not (draft.states or draft.measures or draft.places):
        found = in_own_words(case, draft.things[0], said)
        if found:
            return found
    if about_people(draft):
        return in_a_zone(case, said)
    says = draft.kinds or draft.states or draft.measures or draft.attributes or draft.places or draft.things
    asks = {"where", "state", "what_is"} & set(draft.asks)
    return UnknownName(said) if len(draft.unknown) <= _MOST_UNKNOWN and (says or asks) else None


def with_nearest(refusal: Reading, cut: Cut, subjects: Subjects) -> Reading:
    """A refusal with the names that may have been meant."""
    if isinstance(refusal, UnknownName):
        return replace(refusal, near=subjects.names.nearest(refusal.words) or subjects.names.nearest(_phrase(cut)))
    if isinstance(refusal, NoSuchThing):
        return replace(refusal, near=subjects.names.nearest(_phrase(cut), refusal.among))
    return refusal


def _phrase(cut: Cut) -> str:
    """What a cut speaks of, without its question."""
    return " ".join(span.phrase for span in cut.spans if span.telling)
