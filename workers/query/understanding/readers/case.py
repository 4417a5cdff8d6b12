"""One draft on its way to a reading, and the decisions that every kind of question shares."""

from collections.abc import Iterable
from dataclasses import dataclass

from workers.query.meanings.states import applies, meant
from workers.query.understanding.context import Context
from workers.query.understanding.cuts import Span
from workers.query.understanding.draft import Draft
from workers.query.understanding.reading import (
    Ambiguous,
    Ask,
    Extreme,
    NoSuchThing,
    NotApplicable,
    Predicate,
    Question,
    Reading,
    Subject,
    UnknownName,
)
from workers.query.understanding.scope import Scope
from workers.query.understanding.subjects import Ids, Needs, Subjects

ONE = frozenset({Ask.CHECK, Ask.STATE, Ask.MEASURE, Ask.ATTRIBUTE, Ask.PLACE})
"""Forms that ask about one thing, unless the words are plural."""
WHAT = frozenset({"what", "what_is", "which"})


@dataclass(frozen=True, slots=True)
class Case:
    """A draft with the home it is about, where it is about and where it was said."""

    draft: Draft
    subjects: Subjects
    scope: Scope
    context: Context

    @property
    def single(self) -> bool:
        """Whether one thing is meant."""
        return self.draft.form in ONE and not self.draft.plural

    @property
    def kinds(self) -> list[str]:
        """The kinds that are named."""
        return list(dict.fromkeys(kind.key for kind in self.draft.kinds))

    @property
    def check(self) -> Ask:
        """The form of the question where it has a state to check: "what is on" asks whether it is."""
        return Ask.CHECK if self.draft.form is Ask.STATE else self.draft.form

    @property
    def what(self) -> bool:
        """Whether it asks what or which."""
        return bool(WHAT & set(self.draft.asks))


def about(
    case: Case, ask: Ask, ids: Iterable[str], predicate: Predicate | None = None, *,
    plural: bool = False, measure: str | None = None, attribute: str | None = None,
    extreme: Extreme | None = None, of: Ask | None = None, kinds: Iterable[str] | None = None,
) -> Question:  # fmt: skip
    """The question about some entities."""
    found = tuple(ids)
    keys = tuple(case.kinds if kinds is None else kinds)
    subject = Subject(found, keys, case.scope.label, plural or len(found) > 1, measure, _groups(case, found))
    return Question(ask, subject, predicate or Predicate(), attribute, extreme, of)


def _groups(case: Case, ids: Ids) -> tuple[Ids, ...]:
    """The things of each place, or of each kind, that an "and" joins."""
    if case.scope.parts:
        return tuple(
            tuple(each for each in ids if case.subjects.entity(each).area_id in part) for part in case.scope.parts
        )
    if case.draft.joining("thing", "and") and len(case.kinds) > 1 and not case.draft.things:
        of_kind = (set(case.subjects.of_kinds([key], case.scope, case.draft.state)) for key in case.kinds)
        return tuple(tuple(each for each in ids if each in part) for part in of_kind)
    return ()


def nearby(case: Case, ids: Ids) -> Ids:
    """Those in the asker's room, where there are any and no other place was named."""
    area_id = case.context.area_id
    if area_id is None or case.scope.areas is not None or case.scope.whole:
        return ids
    return tuple(each for each in ids if case.subjects.entity(each).area_id == area_id) or ids


def choose(case: Case, ids: Ids) -> Ids | Ambiguous:
    """The one of several that is meant: that of the asker's room, else it has to be asked back."""
    near = nearby(case, ids)
    if len(near) == 1:
        return near
    return case.context.choice(near) or Ambiguous(case.subjects.ordered(near))


def choose_of_kind(case: Case, keys: list[str], ids: Ids) -> Ids | Ambiguous | NoSuchThing:
    """The one thing of some kinds that is meant."""
    return choose(case, ids) if ids else missing(case, keys)


def missing(case: Case, keys: list[str]) -> NoSuchThing:
    """That there is no such thing in that place."""
    return NoSuchThing(keys[0], case.scope.label, among=case.subjects.of_kinds(keys, Scope()))


def missing_measure(case: Case, key: str, scope: Scope | None = None) -> NoSuchThing:
    """That nothing tells a measure in that place."""
    among = case.subjects.of_measure(key, Scope())
    return NoSuchThing(key, (scope or case.scope).label, among=among, measure=True)


def elsewhere(case: Case, span: Span) -> NoSuchThing:
    """That what was named is in another place."""
    return NoSuchThing(span.phrase, case.scope.label, among=span_ids(case, span, lambda _: True), elsewhere=True)


def of_named_kinds(case: Case) -> Needs:
    """Whether an entity is of the kinds that the draft names beside its names ("the desk *lamp*")."""
    keys = case.kinds
    if not keys:
        return lambda _: True
    state = case.draft.state
    allowed = {*case.subjects.of_kinds(keys, Scope(), state), *case.subjects.of_kinds(keys, Scope())}
    return lambda entity: entity.entity_id in allowed


def named(case: Case, ask: Ask, predicate: Predicate) -> Reading:
    """A question about the things that a draft names, of which its state can be said."""
    state, fits = predicate.state, of_named_kinds(case)
    found: list[str] = []
    for span in case.draft.things:
        ids = span_ids(case, span, lambda each: fits(each) and (state is None or applies(state, each)))
        ids = ids or span_ids(case, span, lambda each: fits(each) and (state is None or meant(state, each) is not None))
        if not ids or _of_another(case, span, ids):
            return not_applicable(case, span, state or "")
        inside = case.subjects.within(ids, case.scope)
        if not inside:
            return elsewhere(case, span)
        chosen = choose(case, inside) if case.single or len(case.draft.things) > 1 else inside
        if isinstance(chosen, Ambiguous):
            return chosen
        found += chosen
    return about(case, ask, case.subjects.ordered(found), predicate)


def _of_another(case: Case, span: Span, ids: Ids) -> bool:
    """Whether a reading was named and something else of its device found: a battery is not open, its window is."""
    entities = [case.subjects.entity(each) for each in span.thing.entities]
    readings = bool(entities) and all(each.domain == "sensor" and each.device_class for each in entities)
    return readings and not set(ids) & {*span.thing.entities, *span.thing.kin}


def span_ids(case: Case, span: Span, needs: Needs) -> Ids:
    """The entities that a span names and that have what is needed."""
    return case.subjects.of_thing(span.thing, needs)


def everything_named(case: Case, rather: Needs | None = None) -> Ids:
    """All entities that the names of a draft may mean; those that `rather` tells, where there are any."""
    fits = of_named_kinds(case)
    found: list[str] = []
    for span in case.draft.things:
        better = span_ids(case, span, lambda each: fits(each) and rather(each)) if rather else ()
        found += better or span_ids(case, span, fits)
    return case.subjects.ordered(found)


def not_applicable(case: Case, span: Span, what: str) -> NotApplicable | UnknownName:
    """That a state or measure can't be told of what was named."""
    ids = span_ids(case, span, of_named_kinds(case))
    return NotApplicable(ids, what) if ids else UnknownName(span.phrase)
