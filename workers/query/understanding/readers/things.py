"""Questions about things that are called by their names."""

from dataclasses import replace

from workers.query.meanings.measures import has_attribute
from workers.query.understanding.cuts import Span
from workers.query.understanding.lexicon import Role
from workers.query.understanding.readers.case import (
    Case,
    about,
    choose,
    elsewhere,
    everything_named,
    named,
    not_applicable,
    span_ids,
)
from workers.query.understanding.readers.quantities import attribute_of, measure_of_things
from workers.query.understanding.reading import Ask, NameAlone, NotApplicable, Predicate, Question, Reading
from workers.query.understanding.subjects import Ids

SPEAKING = frozenset({
    "select", "input_select", "sensor", "person", "device_tracker", "climate", "weather", "media_player",
    "alarm_control_panel", "input_text", "text", "fan", "vacuum", "timer",
})  # fmt: skip
"""Domains whose states are words of their own: "is the house mode away"."""
_TELLING = frozenset({"sensor", "weather", "input_number", "number"})
_IN_WORDS = frozenset({None, "enum"})
_MOVING = frozenset({"person", "device_tracker"})
_YES_NO = frozenset({Ask.CHECK, Ask.ANY, Ask.ALL, Ask.NONE})


def of_things(case: Case) -> Reading | None:
    """The reading of a draft that names things."""
    draft = case.draft
    if "thing" in case.kinds or _who_did(case):
        return None
    for applies, reader in (
        (draft.measures, measure_of_things),
        (draft.attributes, _attribute),
        (draft.threshold, _beyond),
        (draft.states, _state),
        (draft.events, _sensed),
    ):
        if applies:
            return reader(case)
    return _alone(case)


def _who_did(case: Case) -> bool:
    """Whether it asks who: the home knows no doers."""
    named_ids = everything_named(case) if "who" in case.draft.asks else ()
    return any(case.subjects.entity(each).domain not in _MOVING for each in named_ids)


def _attribute(case: Case) -> Reading | None:
    key = case.draft.attributes[0]
    return attribute_of(case, everything_named(case, lambda each: has_attribute(key, each)), key)


def _sensed(case: Case) -> Reading:
    return named(case, Ask.CHECK, Predicate("detected", negated=case.draft.negated))


def speaking(case: Case, span: Span) -> Ids:
    """What a span names whose states are words, not numbers."""
    return span_ids(
        case, span, lambda each: each.domain in SPEAKING and (each.domain != "sensor" or each.device_class in _IN_WORDS)
    )


def in_own_words(case: Case, span: Span, words: str) -> Question | None:
    """Whether a thing is in a state that the language does not know, such as "eco"."""
    ids = speaking(case, span)
    plain_check = case.draft.form is Ask.CHECK and not (case.draft.kinds or case.draft.asks)
    if len(ids) != 1 or not plain_check or case.draft.opens is not Role.AUXILIARY:
        return None
    return about(case, Ask.CHECK, ids, Predicate(raw=words, negated=case.draft.negated))


def _beyond(case: Case) -> Reading | None:
    if not all(span.thing.entities for span in case.draft.things):
        return None
    ask = case.draft.form if case.draft.form in _YES_NO else Ask.CHECK
    return named(case, ask, Predicate(threshold=case.draft.threshold))


def _state(case: Case) -> Reading | None:
    draft = case.draft
    named_ids = everything_named(case)
    player = all(case.subjects.entity(each).domain == "media_player" for each in named_ids)
    if case.what and player and draft.state in {"playing", "on"} and draft.form is Ask.STATE:
        return attribute_of(case, named_ids, "title")
    if draft.form in {Ask.ROOMS, Ask.COUNT_ROOMS} or (case.what and not draft.quantified):
        return None
    found = named(case, case.check, Predicate(draft.state, negated=draft.negated))
    if isinstance(found, NotApplicable) and len(draft.things) == 1:
        return in_own_words(case, draft.things[0], draft.said) or found
    return found


def _alone(case: Case) -> Reading | None:
    """A name and no state: what state it has, where it is, or, with nothing asked, what about it."""
    draft = case.draft
    ids = everything_named(case)
    inside = case.subjects.within(ids, case.scope)
    if not inside:
        return elsewhere(case, draft.things[0]) if ids else not_applicable(case, draft.things[0], "")
    if {"where", "rooms"} & set(draft.asks):
        return _where(case)
    if "fill" in draft.asks:
        return _filled(case, inside)
    telling = all(case.subjects.entity(each).domain in _TELLING for each in inside)
    bare = draft.form is Ask.CHECK and Role.AUXILIARY not in draft.roles
    if draft.form is Ask.STATE or (bare and (draft.asked or telling)):
        return named(case, Ask.STATE, Predicate())
    return NameAlone(inside) if bare else None


def _filled(case: Case, ids: Ids) -> Reading | None:
    """How full a barrel is: its one sensor tells."""
    chosen = choose(case, tuple(each for each in ids if case.subjects.entity(each).domain in _TELLING))
    return about(case, Ask.STATE, chosen) if isinstance(chosen, tuple) else None


def _where(case: Case) -> Reading:
    found = named(case, Ask.PLACE, Predicate())
    if not isinstance(found, Question):
        return found
    moving = all(case.subjects.entity(each).domain in _MOVING for each in found.subject.entities)
    return replace(found, ask=Ask.STATE if moving else Ask.PLACE)
