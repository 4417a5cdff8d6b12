"""From a draft to a reading: what the sentence is about decides who reads on."""

from collections.abc import Callable
from dataclasses import replace

from workers.query.understanding.cuts import Cut
from workers.query.understanding.draft import Draft
from workers.query.understanding.readers.case import Case
from workers.query.understanding.readers.groups import of_events, of_kinds
from workers.query.understanding.readers.people import about_people, in_a_zone, of_people
from workers.query.understanding.readers.quantities import of_attribute, of_comparison, of_extreme, of_measure
from workers.query.understanding.readers.things import in_own_words, of_things
from workers.query.understanding.readers.whole import of_state
from workers.query.understanding.reading import Ask, NoPlace, NoSuchThing, Predicate, Question, Reading, UnknownName
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


def resolve(draft: Draft, subjects: Subjects, area_id: str | None) -> Reading | None:
    """The reading of a draft in a home; None where it makes no sense."""
    if not draft.consistent:
        return None
    scope = subjects.places.scope(draft, area_id)
    if scope is None:
        return NoPlace()
    case = Case(draft, subjects, scope, area_id)
    if draft.unknown:
        return _unknown(case)
    reader = next((reader for applies, reader in _READERS if applies(draft)), None)
    reading = reader(case) if reader else None
    if draft.either and isinstance(reading, Question) and reading.ask is Ask.CHECK:
        return replace(reading, ask=Ask.STATE, predicate=Predicate())
    return reading


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
