"""Questions about kinds of things, and about what sensors sense."""

from workers.query.meanings.kinds import GENERIC
from workers.query.meanings.states import ACTIVE
from workers.query.understanding.lexicon import Role
from workers.query.understanding.readers.case import Case, about, choose_of_kind, missing, nearby
from workers.query.understanding.readers.quantities import attribute_of, measure_of_kind
from workers.query.understanding.reading import Ask, NotApplicable, Predicate, Question, Reading
from workers.query.understanding.subjects import LOCKABLE, Ids

_LISTS = frozenset({Ask.COUNT, Ask.ANY, Ask.ROOMS, Ask.COUNT_ROOMS})
_PLAYERS = frozenset({"tv", "speaker", "media_player"})
_MUSIC = {None: "playing", "on": "playing", "playing": "playing", "paused": "paused"}
MEASURED = {"battery": "battery", "thermometer": "temperature", "hygrometer": "humidity"}
"""Kinds of sensors that are asked for by what they measure."""


def of_kinds(case: Case) -> Reading | None:
    """The reading of a draft that names kinds of things."""
    draft = case.draft
    if draft.attributes:
        return _attribute(case, draft.attributes[0])
    if draft.threshold or (draft.measures and not set(case.kinds) & set(MEASURED)):
        return _measured(case)
    if case.what and _asks_title(case):
        return _title(case)
    keys, state = _meant(case)
    return _alone(case, keys) if state is None else _stated(case, keys, state)


def _stated(case: Case, keys: list[str], state: str) -> Reading | None:
    """Whether, which or how many things of a kind have a state."""
    draft = case.draft
    if not keys or (draft.form is Ask.STATE and "state" not in draft.asks):
        return None
    absent = [key for key in keys if not case.subjects.of_kinds([key], case.scope, state)]
    if len(keys) > 1 and absent:
        return missing(case, absent)
    ids = case.subjects.of_kinds(keys, case.scope, state)
    there = ids or case.subjects.of_kinds(keys, case.scope)
    if there != ids and not set(keys) & LOCKABLE:
        return NotApplicable(there, state)
    return _checked(case, keys, ids, Predicate(state, negated=draft.negated))


def _asks_title(case: Case) -> bool:
    """Whether it asks what is playing, or what is on TV."""
    on = case.draft.state == "on" and case.draft.form is Ask.STATE and set(case.kinds) <= _PLAYERS
    return on or (case.draft.state == "playing" and "which" not in case.draft.asks)


def _meant(case: Case) -> tuple[list[str], str | None]:
    """The kinds and the state; "everything" is what can have the state."""
    keys, state = case.kinds, case.draft.state
    if keys == ["thing"] and state is not None:
        generic = GENERIC.get(state)
        return ([generic] if generic else []), state
    return keys, state


def _checked(case: Case, keys: list[str], ids: Ids, predicate: Predicate) -> Reading:
    ask = case.check
    if ask is not Ask.CHECK:
        return about(case, ask, ids, predicate, plural=True, kinds=keys, of=throughout(case, predicate))
    if case.draft.plural:
        return about(case, ask, nearby(case, ids), predicate, plural=True, kinds=keys)
    chosen = choose_of_kind(case, keys, ids)
    return about(case, ask, chosen, predicate, kinds=keys) if isinstance(chosen, tuple) else chosen


def _alone(case: Case, keys: list[str]) -> Reading | None:
    """Which, how many or whether there are things of a kind; the state of one."""
    draft, anything = case.draft, "thing" in keys
    ids = case.subjects.of_kinds(keys, case.scope)
    if draft.form in _LISTS or (draft.form is Ask.WHICH and draft.plural):
        return None if anything and draft.form is Ask.ANY else about(case, draft.form, ids, plural=True)
    bare = draft.form is Ask.CHECK and draft.asked and draft.opens is not Role.AUXILIARY
    if anything or not (draft.form is Ask.STATE or bare):
        return None
    if draft.plural:
        return about(case, Ask.STATE, nearby(case, ids), plural=True)
    chosen = choose_of_kind(case, keys, ids)
    return about(case, Ask.STATE, chosen) if isinstance(chosen, tuple) else chosen


def _attribute(case: Case, key: str) -> Reading | None:
    chosen = choose_of_kind(case, case.kinds, case.subjects.of_kinds(case.kinds, case.scope))
    return attribute_of(case, chosen, key) if isinstance(chosen, tuple) else chosen


def _title(case: Case) -> Reading:
    ids = case.subjects.of_kinds(case.kinds, case.scope)
    return about(case, Ask.ATTRIBUTE, ids, Predicate("playing"), attribute="title", plural=True)


def _measured(case: Case) -> Reading | None:
    """A kind with a number or a measure: batteries below 20, the battery of the vacuum."""
    draft = case.draft
    key = next((MEASURED[each] for each in case.kinds if each in MEASURED), None)
    if key and draft.threshold:
        ids = case.subjects.of_measure(key, case.scope)
        predicate = Predicate(threshold=draft.threshold)
        if case.check is not Ask.CHECK or draft.plural:
            return about(case, case.check, ids, predicate, measure=key, plural=True)
        chosen = choose_of_kind(case, case.kinds, ids)
        return about(case, Ask.CHECK, chosen, predicate, measure=key) if isinstance(chosen, tuple) else chosen
    if not draft.measures or "thing" in case.kinds:
        return None
    ids = case.subjects.of_kinds(case.kinds, case.scope)
    return measure_of_kind(case, ids) if ids else missing(case, case.kinds)


def of_events(case: Case) -> Reading | None:
    """Motion, smoke, leaks, music: whether and where they are sensed."""
    draft = case.draft
    if draft.kinds or draft.measures or draft.attributes or draft.threshold:
        return None
    if "media_player" in draft.events:
        return _music(case)
    state = draft.state or "detected"
    ids = case.subjects.of_kinds(draft.events, case.scope, state)
    if not ids:
        return missing(case, draft.events)
    ask = Ask.ANY if draft.form in {Ask.CHECK, Ask.STATE} else draft.form
    ask = Ask.ALL if ask is Ask.ANY and state not in ACTIVE else ask
    predicate = Predicate(state, negated=draft.negated)
    return about(case, ask, ids, predicate, plural=True, kinds=draft.events, of=throughout(case, predicate))


def throughout(case: Case, predicate: Predicate) -> Ask | None:
    """Whether a room has to be so throughout: "where are all lights off"; an empty room is one without any motion."""
    if case.draft.form not in {Ask.ROOMS, Ask.COUNT_ROOMS}:
        return None
    nobody = (predicate.state, predicate.negated) in {("clear", False), ("detected", True)}
    return Ask.ALL if nobody or "all" in case.draft.asks else None


def _music(case: Case) -> Question | None:
    draft = case.draft
    ids = case.subjects.of_kinds(["media_player"], case.scope)
    if draft.state not in _MUSIC:
        return None
    if case.what:
        return about(case, Ask.ATTRIBUTE, ids, Predicate("playing"), attribute="title", plural=True)
    ask = Ask.ANY if draft.form is Ask.CHECK else draft.form
    predicate = Predicate(_MUSIC[draft.state], negated=draft.negated)
    return about(case, ask, ids, predicate, plural=True, kinds=["media_player"])
