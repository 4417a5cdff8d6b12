"""Questions about who is where."""

from workers.query.understanding.draft import Draft
from workers.query.understanding.readers.case import Case, about, missing
from workers.query.understanding.reading import Ask, Predicate, Reading, UnknownName
from workers.query.understanding.tokens import plainly

_SAID = frozenset({"who", "anyone", "everyone", "nobody"})
_STATES = {
    None: "home", "home": "home", "in": "home", "occupied": "home", "away": "away", "out": "away", "vacant": "away",
}  # fmt: skip
_IN_A_ROOM = frozenset({None, "detected", "home", "occupied", "moving"})


def about_people(draft: Draft) -> bool:
    """Whether a draft asks for people in general."""
    if draft.things:
        return False
    only_people = bool(draft.kinds) and all(kind.key == "person" for kind in draft.kinds)
    return only_people or bool(_SAID & set(draft.asks))


def of_people(case: Case) -> Reading | None:
    """Who is home, whether anyone is in the kitchen."""
    draft = case.draft
    others = any(kind.key != "person" for kind in draft.kinds)
    if others or draft.events or draft.attributes or draft.extremes or draft.comparisons or draft.measures:
        return None
    if case.scope.areas is not None:
        return _somebody(case)
    if draft.state not in _STATES:
        return None
    ids = case.subjects.of_kinds(["person"], case.scope)
    if not ids:
        return missing(case, ["person"])
    if "where" in draft.asks:
        return about(case, Ask.STATE, ids, plural=True, kinds=["person"]) if draft.state is None else None
    predicate = Predicate(_STATES[draft.state], negated=draft.negated)
    return about(case, draft.form, ids, predicate, plural=True, kinds=["person"])


def in_a_zone(case: Case, words: str) -> Reading | None:
    """Who is at work: a zone of the home that is called so."""
    zones = [each for each in case.subjects.registry.entities.values() if each.domain == "zone"]
    if case.draft.states or not any(plainly(each.name) == plainly(words) for each in zones):
        return UnknownName(words)
    ids = case.subjects.of_kinds(["person"], case.scope)
    predicate = Predicate(raw=words, negated=case.draft.negated)
    return about(case, case.draft.form, ids, predicate, plural=True, kinds=["person"]) if ids else None


def _somebody(case: Case) -> Reading | None:
    """Whether anyone is in a room: its motion and occupancy sensors tell, but not who it is."""
    form = case.draft.form
    if case.draft.state not in _IN_A_ROOM or form not in {Ask.ANY, Ask.NONE}:
        return None
    ids = case.subjects.of_kinds(["somebody"], case.scope, "detected")
    if not ids:
        return missing(case, ["somebody"])
    return about(case, form, ids, Predicate("detected"), plural=True, kinds=["somebody"])
