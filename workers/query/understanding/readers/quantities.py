"""Questions about what can be measured or set: readings, attributes, the highest and the higher."""

from dataclasses import replace

from workers.query.meanings.measures import ATTRIBUTES, has_attribute
from workers.query.understanding.cuts import Span
from workers.query.understanding.lexicon import Role
from workers.query.understanding.names import Found
from workers.query.understanding.readers.case import (
    Case,
    about,
    choose,
    elsewhere,
    everything_named,
    missing_measure,
    nearby,
    not_applicable,
    of_named_kinds,
    span_ids,
)
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
)
from workers.query.understanding.scope import Scope
from workers.query.understanding.subjects import Ids

_SUMMED = frozenset({"power", "energy"})
_AVERAGED = frozenset({"temperature", "humidity"})
_LIKE = {"illuminance": "brightness", "sound_pressure": "volume"}
_SIDES = 2
_ROOMS = frozenset({Ask.ROOMS, Ask.COUNT_ROOMS})
_ONE_DOMAIN = frozenset({"target", "mode"})
_KINDS = {"battery": "battery", "thermometer": "temperature", "hygrometer": "humidity"}


def of_measure(case: Case) -> Reading | None:
    """The reading of a draft that is about a measure and names no thing."""
    draft, key = case.draft, case.draft.measures[0]
    if draft.attributes or draft.states:
        return None
    if draft.joining("place"):
        return Ambiguous(ids) if len(ids := case.subjects.by_room(key, case.scope)) > 1 else missing_measure(case, key)
    listed = draft.form in _ROOMS or draft.form in {Ask.WHICH, Ask.COUNT}
    if listed and draft.threshold:
        rooms = draft.form in _ROOMS and case.scope.areas is None
        ids = case.subjects.by_room(key, Scope(whole=True) if rooms else case.scope)
        return about(case, draft.form, ids, Predicate(threshold=draft.threshold), measure=key, plural=True)
    if listed or (draft.form in {Ask.ANY, Ask.ALL, Ask.NONE} and not draft.threshold):
        return None
    return _one(case, key)


def _one(case: Case, key: str) -> Reading:
    draft = case.draft
    ids = _narrowed(case, key, nearby(case, case.subjects.of_measure(key, case.scope)))
    if not ids:
        return missing_measure(case, key)
    if len(ids) == 1:
        return _told(case, key, ids)
    if draft.threshold and draft.form in {Ask.ANY, Ask.ALL, Ask.NONE}:
        return about(case, draft.form, ids, Predicate(threshold=draft.threshold), measure=key)
    extreme = _gathered(case, key)
    if extreme and not draft.threshold:
        return about(case, Ask.EXTREME, ids, measure=key, extreme=extreme, plural=True)
    return Ambiguous(ids)


def _narrowed(case: Case, key: str, ids: Ids) -> Ids:
    """The reading that is named by its room or by the whole home, where several would do."""
    if len(ids) > 1 and case.scope.areas is None and key in _SUMMED:
        whole = case.subjects.of_whole_home(ids)
        return whole if len(whole) == 1 else ids
    plainly = case.subjects.called_plainly(key, ids)
    rooms = {case.subjects.entity(each).area_id for each in ids}
    return plainly if len(plainly) == 1 and len(rooms) == 1 else ids


def _gathered(case: Case, key: str) -> Extreme | None:
    """What several readings are made into: the power of a room is a sum, the warmth of a house an average."""
    if key == "power" and case.scope.areas is not None:
        return Extreme.TOTAL
    return Extreme.AVERAGE if key in _AVERAGED and case.scope.whole else None


def _told(case: Case, key: str, ids: Ids) -> Question:
    threshold = case.draft.threshold
    if threshold:
        return about(case, Ask.CHECK, ids, Predicate(threshold=threshold), measure=key)
    return about(case, Ask.MEASURE, ids, measure=key)


def measure_of_things(case: Case) -> Reading | None:
    """A measure of a thing that is named: the battery of the front door."""
    draft, key = case.draft, case.draft.measures[0]
    if len(draft.things) != 1 or draft.states or draft.attributes or draft.form in _ROOMS:
        return None
    span, fits, tells = draft.things[0], of_named_kinds(case), case.subjects.tells(key)
    found = span_ids(case, span, lambda each: tells(each) and fits(each))
    if not found:
        other = _told_by_attribute(case, key)
        return other if isinstance(other, Question) else not_applicable(case, span, key)
    inside = case.subjects.within(found, case.scope)
    return _chosen(case, key, inside) if inside else elsewhere(case, span)


def _told_by_attribute(case: Case, key: str) -> Reading | None:
    """A lamp that is brighter than 50 %: its own attribute tells it."""
    attribute = _LIKE.get(key)
    if attribute is None:
        return None
    ids = everything_named(case, lambda each: has_attribute(attribute, each))
    return attribute_of(_without_measure(case), ids, attribute)


def _without_measure(case: Case) -> Case:
    return replace(case, draft=replace(case.draft, measures=[]))


def measure_of_kind(case: Case, ids: Ids) -> Reading:
    """A measure of the one thing of a kind."""
    key = case.draft.measures[0]
    tells = case.subjects.tells(key)
    found = [each for thing in ids for each in case.subjects.of_thing(Found(entities=(thing,)), tells)]
    return _chosen(case, key, case.subjects.ordered(found)) if found else NotApplicable(ids, key)


def _chosen(case: Case, key: str, ids: Ids) -> Reading:
    sensors = tuple(each for each in ids if case.subjects.entity(each).domain == "sensor") or ids
    chosen = choose(case, sensors)
    return chosen if isinstance(chosen, Ambiguous) else _told(case, key, chosen)


def of_attribute(case: Case) -> Reading | None:
    """An attribute of nothing that is named: the target temperature in the bedroom."""
    key = case.draft.attributes[0]
    if key not in _ONE_DOMAIN or case.draft.measures or case.draft.states:
        return None
    ids = case.subjects.of_kinds(["climate"], case.scope)
    if not ids:
        return NoSuchThing("climate", case.scope.label, among=case.subjects.of_kinds(["climate"], Scope()))
    return attribute_of(case, ids, key)


def attribute_of(case: Case, ids: Ids, key: str) -> Reading | None:
    """An attribute of the one thing that is meant."""
    if case.draft.measures or (case.draft.states and key != "title" and case.draft.state != "on"):
        return None
    inside = case.subjects.within(ids, case.scope)
    if not inside:
        return elsewhere(case, case.draft.things[0]) if case.draft.things else None
    found = case.subjects.of_thing(Found(entities=inside), lambda each: has_attribute(key, each))
    found = case.subjects.within(_best(case, key, found), case.scope)
    if not found:
        return NotApplicable(inside, key)
    chosen = choose(case, found)
    if isinstance(chosen, Ambiguous):
        return chosen
    if case.draft.threshold:
        return about(case, Ask.CHECK, chosen, Predicate(threshold=case.draft.threshold), attribute=key)
    return about(case, Ask.ATTRIBUTE, chosen, attribute=key)


def _best(case: Case, key: str, ids: Ids) -> Ids:
    """Of several entities of a device those of the domain that the attribute is most at home in."""
    for domain in ATTRIBUTES[key]:
        found = tuple(each for each in ids if case.subjects.entity(each).domain == domain)
        if found:
            return found
    return ids


def of_extreme(case: Case) -> Reading | None:
    """The highest, lowest, average or total reading, the thing or the room that has it."""
    draft, extreme = case.draft, case.draft.extremes[0]
    key = draft.measure or next((_KINDS[each] for each in case.kinds if each in _KINDS), None)
    if key is None or draft.negated or draft.states or draft.things or draft.threshold or draft.attributes:
        return None
    of = _of(case, extreme)
    inside = of is Ask.ROOMS or extreme is Extreme.AVERAGE
    scope = Scope(whole=True) if inside and case.scope.areas is None else case.scope
    ids = case.subjects.by_room(key, scope)
    whole = case.subjects.of_whole_home(ids) if key in _SUMMED and case.scope.areas is None else ()
    if len(whole) == 1 and extreme is Extreme.TOTAL:
        return _told(case, key, whole)
    ids = tuple(each for each in ids if each not in whole) or ids
    if not ids:
        return missing_measure(case, key)
    return about(case, Ask.EXTREME, ids, measure=key, extreme=extreme, of=of, plural=True)


def _of(case: Case, extreme: Extreme) -> Ask | None:
    """Whether the room, the thing or the reading is asked for."""
    draft = case.draft
    if extreme in {Extreme.AVERAGE, Extreme.TOTAL}:
        return None
    one_of_rooms = draft.form is Ask.WHICH and draft.joined and draft.places
    if draft.form in _ROOMS or Role.ROOM in draft.roles or one_of_rooms:
        return Ask.ROOMS
    using = "what" in draft.asks and Role.AUXILIARY not in draft.roles and "what_is" not in draft.asks
    return Ask.WHICH if draft.form is Ask.WHICH or using else None


def of_comparison(case: Case) -> Reading | None:
    """Whether one thing or room has more than another."""
    draft = case.draft
    sides = sorted((*draft.places, *draft.things), key=lambda span: span.start)
    if draft.measure is None or draft.form is not Ask.CHECK or len(sides) != _SIDES:
        return None
    one, other = (_side(case, draft.measure, side) for side in sides)
    if not isinstance(one, Subject):
        return one
    if not isinstance(other, Subject):
        return other
    if draft.comparisons[0] not in {"above", "below"}:
        return None
    return Question(Ask.COMPARE, one, Predicate(state=draft.comparisons[0], negated=draft.negated), other=other)


def _side(case: Case, key: str, side: Span) -> Subject | Reading:
    scope = Scope()
    if side.thing.place:
        scope = case.subjects.places.named([side])
        ids = case.subjects.of_measure(key, scope)
        ids = _narrowed(Case(case.draft, case.subjects, scope, case.context), key, ids)
    else:
        ids = span_ids(case, side, case.subjects.tells(key))
    if not ids:
        return missing_measure(case, key, scope)
    return Subject(ids, place=scope.label, measure=key) if len(ids) == 1 else Ambiguous(ids)
