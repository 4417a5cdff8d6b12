"""Questions with a state and nothing that has it: "what is open", "is the house empty", "is it dark"."""

from workers.query.meanings.kinds import GENERIC
from workers.query.meanings.states import ACTIVE
from workers.query.understanding.draft import Draft
from workers.query.understanding.lexicon import Role
from workers.query.understanding.readers.case import Case, about, choose_of_kind
from workers.query.understanding.readers.groups import throughout
from workers.query.understanding.reading import Ask, Predicate, Reading
from workers.query.understanding.scope import Scope

_DAYLIGHT = frozenset({"dark", "light_outside", "risen", "set_sun"})
_ROOMS = frozenset({Ask.ROOMS, Ask.COUNT_ROOMS})
_SECURED = frozenset({"locked", "unlocked", "open", "closed"})
_OF_A_ROOM = {
    "open": "entrance", "closed": "entrance", "locked": "lock", "unlocked": "lock",
    "heating": "climate", "cooling": "climate",
}  # fmt: skip
"""A room that is open or locked: its door or lock is."""


def of_state(case: Case) -> Reading | None:
    """The reading of a draft that has a state only."""
    draft, state = case.draft, case.draft.states[0]
    if draft.attributes or draft.comparisons or _of_rooms_otherwise(draft, state):
        return None
    if state in _DAYLIGHT:
        return _daylight(case, state)
    if draft.form is Ask.WHICH or "nothing" in draft.asks or draft.form in _ROOMS:
        return _generic(case, draft.form)
    if Role.PRONOUN in draft.roles or draft.form is not Ask.CHECK:
        return None
    if case.scope.whole:
        return _house(case, state)
    return _room(case, state) if case.scope.areas is not None and draft.places else None


def _of_rooms_otherwise(draft: Draft, state: str) -> bool:
    """Whether it asks for rooms, but for what is no room: an empty one is no empty battery."""
    return (draft.form in _ROOMS and state == "low") or (draft.form is Ask.WHICH and Role.ROOM in draft.roles)


def _generic(case: Case, ask: Ask) -> Reading | None:
    """What, or which rooms, have a state."""
    state = case.draft.states[0]
    if state == "playing" and ask is Ask.WHICH and "who" not in case.draft.asks:
        ids = case.subjects.of_kinds(["media_player"], case.scope)
        return about(case, Ask.ATTRIBUTE, ids, Predicate("playing"), attribute="title", plural=True)
    key = GENERIC.get(state)
    if key is None:
        return None
    state = {"occupied": "detected", "vacant": "clear"}.get(state, state)
    ids = case.subjects.of_kinds([key], case.scope, state)
    predicate = Predicate(state, negated=case.draft.negated)
    return about(case, ask, ids, predicate, plural=True, kinds=[key], of=throughout(case, predicate))


def _house(case: Case, state: str) -> Reading | None:
    """Whether the house is empty, locked, closed."""
    if state in {"vacant", "occupied"}:
        ids = case.subjects.of_kinds(["person"], Scope())
        ask = Ask.NONE if (state == "vacant") is not case.draft.negated else Ask.ANY
        return about(case, ask, ids, Predicate("home"), plural=True, kinds=["person"]) if ids else None
    if state in _SECURED:
        return _generic(case, Ask.ANY if state in ACTIVE else Ask.ALL)
    return None


def _room(case: Case, state: str) -> Reading | None:
    """A room that is open, locked, occupied, heating: its door, lock, sensors, radiator are."""
    negated = case.draft.negated
    if state in {"occupied", "vacant"}:
        if case.draft.joining("place", "or") and (state == "vacant") is not negated:
            return None
        ids = case.subjects.of_kinds(["somebody"], case.scope, "detected")
        ask = Ask.ANY if (state == "occupied") is not negated else Ask.NONE
        return about(case, ask, ids, Predicate("detected"), plural=True, kinds=["somebody"]) if ids else None
    key = _OF_A_ROOM.get(state)
    if key is None:
        return None
    chosen = choose_of_kind(case, [key], case.subjects.of_kinds([key], case.scope, state))
    predicate = Predicate(state, negated=negated)
    return about(case, Ask.CHECK, chosen, predicate, kinds=[key]) if isinstance(chosen, tuple) else chosen


def _daylight(case: Case, state: str) -> Reading | None:
    """Is it dark: the sun tells, else a light sensor outside."""
    if case.draft.form is not Ask.CHECK or (case.scope.areas is not None and not case.scope.outside):
        return None
    ids = case.subjects.of_kinds(["sun"], Scope(), state)
    if not ids and state in {"dark", "light_outside"}:
        ids = case.subjects.of_measure("illuminance", Scope(case.subjects.places.outdoor, outside=True))
    return about(case, Ask.CHECK, ids[:1], Predicate(state, negated=case.draft.negated)) if ids else None
