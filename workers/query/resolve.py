"""From a draft to a reading: the one place that decides what a sentence asks, and of which entities."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from workers.query.draft import Draft
from workers.query.kinds import GENERIC
from workers.query.lexicon import Role
from workers.query.measures import has_attribute
from workers.query.names import Found
from workers.query.reading import (
    Ambiguous,
    Ask,
    Extreme,
    NameAlone,
    NoPlace,
    NotApplicable,
    NoSuchThing,
    Predicate,
    Question,
    Reading,
    Refusal,
    Subject,
    UnknownName,
)
from workers.query.scope import Scope
from workers.query.spans import Span
from workers.query.states import ACTIVE, meant
from workers.query.subjects import Ids, Needs, Subjects, Wanted, kinds_of

_SPEAKING = frozenset({"select", "input_select", "sensor", "person", "device_tracker", "climate", "weather",
                       "media_player", "alarm_control_panel", "input_text", "text", "fan", "vacuum", "timer"})  # fmt: skip
"""Domains whose states are words of their own: "is the house mode away"."""
_ONE = frozenset({Ask.CHECK, Ask.STATE, Ask.MEASURE, Ask.ATTRIBUTE, Ask.PLACE})
_YES_NO = frozenset({Ask.CHECK, Ask.ANY, Ask.ALL, Ask.NONE})
_MEASURED_KINDS = {"battery": "battery", "thermometer": "temperature", "hygrometer": "humidity"}
_AVERAGED = frozenset({"temperature", "humidity"})
_SUMMED = frozenset({"power", "energy"})


@dataclass(frozen=True, slots=True)
class Case:
    """A draft with where it is about and where it was said."""

    draft: Draft
    scope: Scope
    area_id: str | None
    phrase: str

    @property
    def wanted(self) -> Wanted:
        """How many things may be meant."""
        single = self.draft.form in _ONE and not self.draft.plural
        return Wanted(self.scope, single, self.area_id)


class Resolver:
    """Reads drafts in one home. Every method gives a reading, or None where the draft makes no sense."""

    def __init__(self, subjects: Subjects) -> None:
        self._subjects = subjects

    def resolve(self, draft: Draft, area_id: str | None, phrase: str) -> Reading | None:
        """The reading of one draft."""
        if not draft.consistent:
            return None
        scope = self._subjects.places.scope(draft, area_id)
        if scope is None:
            return NoPlace()
        case = Case(draft, scope, area_id, phrase)
        if draft.unknown:
            return self._unknown(case)
        for handles, handler in (
            (draft.compared, self._compare),
            (bool(draft.extremes) and draft.form is not Ask.COUNT, self._extreme),
            (self._presence_asked(draft), self._presence),
            (bool(draft.things), self._things),
            (bool(draft.events), self._events),
            (bool(draft.kinds), self._kinds),
            (bool(draft.measures), self._measure),
            (bool(draft.states), self._state_alone),
        ):
            if handles:
                return handler(case)
        return None

    # Words that nobody knows

    def _unknown(self, case: Case) -> Reading | None:
        draft = case.draft
        said = " ".join(span.phrase for span in draft.unknown)
        if len(draft.things) == 1 and not (draft.states or draft.measures or draft.kinds) and draft.form in _ONE:
            found = self._speaking(draft.things[0])
            if found and draft.opens is Role.AUXILIARY:
                return self._about(case, Ask.CHECK, found, Predicate(raw=said, negated=draft.negated))
        if len(draft.unknown) > 3 or not draft.roles:  # noqa: PLR2004
            return None
        return UnknownName(said, self._subjects.names.nearest(case.phrase if draft.kinds else said))

    def _speaking(self, span: Span) -> Ids:
        return self._ids(span, lambda entity: entity.domain in _SPEAKING)

    # Things called by name

    def _things(self, case: Case) -> Reading | None:
        draft = case.draft
        if draft.kinds and "thing" in kinds_of(draft):
            return None
        if draft.measures:
            return self._measure_of_things(case)
        if draft.attributes:
            return self._attribute_of(case, self._everything(case))
        if draft.states or draft.comparisons:
            return self._state_of_things(case)
        if draft.events:
            return self._named(case, Ask.CHECK, Predicate("detected", negated=draft.negated))
        return self._thing_alone(case)

    def _everything(self, case: Case) -> Ids:
        """All that the names of a draft may mean, of its kinds."""
        return self._subjects.ordered(
            each for span in case.draft.things for each in self._ids(span, self._of_kinds(case.draft), all_kin=True)
        )

    def _of_kinds(self, draft: Draft) -> Needs:
        keys = kinds_of(draft)
        if not keys:
            return lambda _: True
        allowed = set(
            self._subjects.of_kinds(keys, Scope(), draft.state if draft.state in {"locked", "unlocked"} else None)
        )
        return lambda entity: entity.entity_id in allowed

    def _ids(self, span: Span, needs: Needs, *, all_kin: bool = False) -> Ids:
        if not isinstance(span.item, Found):
            return ()
        found = self._subjects.of_thing(span.item, needs)
        if found or not all_kin:
            return found
        return tuple(each for each in (*span.item.entities, *span.item.kin) if needs(self._subjects.entity(each)))

    def _named(self, case: Case, ask: Ask, predicate: Predicate, *, measure: str | None = None) -> Reading | None:
        """A question about the named things of which a state can be said."""
        state = predicate.state
        kinds = self._of_kinds(case.draft)
        found: list[str] = []
        for span in case.draft.things:
            ids = self._ids(span, lambda entity: kinds(entity) and (state is None or meant(state, entity) is not None))
            if not ids:
                return self._not_applicable(case, span, state or measure or "")
            inside = tuple(each for each in ids if case.scope.holds(self._subjects.entity(each)))
            if not inside:
                return self._elsewhere(case, span)
            chosen = self._subjects.choose(inside, case.wanted)
            if isinstance(chosen, Ambiguous):
                return chosen
            found += chosen
        return self._about(case, ask, self._subjects.ordered(found), predicate)

    def _elsewhere(self, case: Case, span: Span) -> Refusal:
        return NoSuchThing(span.phrase, case.scope.label, self._subjects.names.nearest(case.phrase))

    def _not_applicable(self, case: Case, span: Span, what: str) -> Refusal:
        ids = self._ids(span, self._of_kinds(case.draft), all_kin=True)
        if not ids:
            return UnknownName(span.phrase, self._subjects.names.nearest(case.phrase))
        return NotApplicable(ids, what)

    def _state_of_things(self, case: Case) -> Reading | None:
        draft = case.draft
        if draft.threshold:
            return self._named(case, _yes_no(draft), Predicate(threshold=draft.threshold))
        if draft.state == "playing" and {"what", "what_is", "which"} & set(draft.asks):
            return self._attribute_of(case, self._everything(case), "title")
        ask = Ask.CHECK if draft.form is Ask.STATE else draft.form
        if ask is Ask.ROOMS:
            return None
        found = self._named(case, ask, Predicate(draft.state, negated=draft.negated))
        if isinstance(found, NotApplicable) and ask is Ask.CHECK and len(draft.things) == 1:
            speaking = self._speaking(draft.things[0])
            if speaking and not draft.kinds:
                return self._about(case, Ask.CHECK, speaking, Predicate(raw=draft.said, negated=draft.negated))
        return found

    def _thing_alone(self, case: Case) -> Reading | None:
        draft = case.draft
        ids = tuple(each for each in self._everything(case) if case.scope.holds(self._subjects.entity(each)))
        if not ids:
            return (
                self._not_applicable(case, draft.things[0], "")
                if case.scope.areas is None
                else self._elsewhere(case, draft.things[0])
            )
        if draft.form is Ask.STATE or draft.asked or (self._sensors(ids) and not draft.quantified):
            if draft.opens is Role.AUXILIARY and draft.form is not Ask.STATE:
                return None
            return self._named(case, Ask.STATE, Predicate())
        if "where" in draft.asks:
            return self._where(case)
        if draft.form is Ask.CHECK and draft.opens is None:
            return NameAlone(ids)
        return None

    def _sensors(self, ids: Ids) -> bool:
        return all(self._subjects.entity(each).domain in {"sensor", "weather"} for each in ids)

    def _where(self, case: Case) -> Reading | None:
        found = self._named(case, Ask.PLACE, Predicate())
        if isinstance(found, Question):
            moving = all(
                self._subjects.entity(each).domain in {"person", "device_tracker"} for each in found.subject.entities
            )
            return replace(found, ask=Ask.STATE if moving else Ask.PLACE)
        return found

    # Kinds of things

    def _kinds(self, case: Case) -> Reading | None:
        draft = case.draft
        if draft.attributes:
            return self._of_kind(case, lambda ids: self._attribute_of(case, ids))
        if draft.threshold or (draft.measures and not set(kinds_of(draft)) & set(_MEASURED_KINDS)):
            return self._measured_kind(case)
        keys, state = self._meant_kinds(case)
        if draft.state == "playing" and {"what", "what_is", "which"} & set(draft.asks):
            return self._of_kind(case, lambda ids: self._attribute_of(case, ids, "title"))
        if state is None:
            return self._kind_alone(case, keys)
        if not keys or draft.form is Ask.STATE and not draft.asked:
            return None
        ids = self._subjects.of_kinds(keys, case.scope, state)
        return self._of_ids(case, keys, ids, Predicate(state, negated=draft.negated))

    def _meant_kinds(self, case: Case) -> tuple[list[str], str | None]:
        """The kinds, "everything" made what can have the state."""
        draft = case.draft
        keys = kinds_of(draft)
        if keys == ["thing"] and draft.state is not None:
            generic = GENERIC.get(_base(draft.state))
            return ([generic] if generic else []), _base(draft.state)
        return keys, draft.state

    def _of_ids(self, case: Case, keys: list[str], ids: Ids, predicate: Predicate) -> Reading | None:
        draft = case.draft
        ask = Ask.CHECK if draft.form is Ask.STATE else draft.form
        if ask is Ask.CHECK and not draft.plural:
            chosen = self._one(case, keys, ids)
            return self._about(case, ask, chosen, predicate) if isinstance(chosen, tuple) else chosen
        if ask is Ask.CHECK:
            ids = self._subjects.nearby(ids, case.wanted)
        return self._about(case, ask, ids, predicate, plural=True)

    def _one(self, case: Case, keys: list[str], ids: Ids) -> Ids | Reading:
        """The one thing of some kinds that is meant."""
        if not ids:
            return self._subjects.missing(keys[0], keys, case.scope, case.phrase)
        return self._subjects.choose(ids, replace(case.wanted, single=True))

    def _of_kind(self, case: Case, then: object) -> Reading | None:
        """What follows from the one thing of a kind that is meant."""
        keys = kinds_of(case.draft)
        found = self._one(case, keys, self._subjects.of_kinds(keys, case.scope))
        return then(found) if isinstance(found, tuple) and callable(then) else found  # type: ignore[return-value]

    def _kind_alone(self, case: Case, keys: list[str]) -> Reading | None:
        """Which, how many or whether there are things of a kind; the state of one."""
        draft = case.draft
        ids = self._subjects.of_kinds(keys, case.scope)
        if draft.form in {Ask.COUNT, Ask.ANY, Ask.ROOMS, Ask.COUNT_ROOMS} or (draft.form is Ask.WHICH and draft.plural):
            if draft.form is Ask.ANY and "thing" in keys:
                return None
            return self._about(case, draft.form, ids, Predicate(), plural=True)
        if draft.form is not Ask.STATE and not (draft.asked and draft.opens is not Role.AUXILIARY):
            return None
        if "thing" in keys or draft.form not in {Ask.STATE, Ask.CHECK}:
            return None
        if draft.plural:
            return self._about(case, Ask.STATE, self._subjects.nearby(ids, case.wanted), Predicate(), plural=True)
        chosen = self._one(case, keys, ids)
        return self._about(case, Ask.STATE, chosen, Predicate()) if isinstance(chosen, tuple) else chosen

    def _measured_kind(self, case: Case) -> Reading | None:
        """A kind with a number or a measure: batteries below 20, the battery of the vacuum."""
        draft = case.draft
        keys = kinds_of(draft)
        measured = next((key for key in keys if key in _MEASURED_KINDS), None)
        if measured and draft.threshold:
            measure = _MEASURED_KINDS[measured]
            ids = self._subjects.of_measure(measure, case.scope)
            if draft.form is Ask.CHECK and not draft.plural:
                ids_or = self._one(case, keys, ids)
                if not isinstance(ids_or, tuple):
                    return ids_or
                ids = ids_or
            return self._about(case, _asked(draft), ids, Predicate(threshold=draft.threshold), measure=measure)
        if not draft.measures or "thing" in keys or draft.plural:
            return None
        return self._of_kind(case, lambda ids: self._measure_of(case, ids))

    def _events(self, case: Case) -> Reading | None:
        """Motion, smoke, leaks: whether, where and how often they are sensed."""
        draft = case.draft
        if draft.kinds or draft.measures or draft.attributes or draft.threshold:
            return None
        key = draft.events[0]
        if key == "media_player":
            return self._music(case)
        state = draft.state or "detected"
        ids = self._subjects.of_kinds(draft.events, case.scope, state)
        if not ids:
            return self._subjects.missing(key, draft.events, case.scope, case.phrase)
        ask = Ask.ANY if draft.form in {Ask.CHECK, Ask.STATE} else draft.form
        ask = Ask.ALL if ask is Ask.ANY and state not in ACTIVE else ask
        return self._about(case, ask, ids, Predicate(state, negated=draft.negated), plural=True, kinds=draft.events)

    def _music(self, case: Case) -> Reading | None:
        draft = case.draft
        if draft.state not in {None, "playing", "on", "paused", "off"}:
            return None
        ids = self._subjects.of_kinds(["media_player"], case.scope)
        if {"what", "what_is", "which"} & set(draft.asks):
            return self._about(case, Ask.ATTRIBUTE, ids, Predicate("playing"), attribute="title", plural=True)
        state = {"on": "playing", None: "playing"}.get(draft.state, draft.state)
        ask = Ask.ANY if draft.form is Ask.CHECK else draft.form
        return self._about(case, ask, ids, Predicate(state, negated=draft.negated), plural=True, kinds=["media_player"])

    # People

    def _presence_asked(self, draft: Draft) -> bool:
        said = {"who", "anyone", "everyone", "nobody"} & set(draft.asks)
        return (
            bool(said)
            and not draft.things
            and not draft.measures
            or {"person"} == {key.key for key in draft.kinds}
            and not draft.things
        )

    def _presence(self, case: Case) -> Reading | None:
        draft = case.draft
        if draft.events or draft.attributes or draft.extremes or draft.comparisons:
            return None
        if case.scope.areas is not None or "here" in draft.spots:
            return self._somebody(case)
        state = {"out": "away", "in": "home", "up": None, None: "home", "vacant": "away", "occupied": "home"}.get(
            draft.state, draft.state
        )
        if state not in {"home", "away"}:
            return None
        ids = self._subjects.of_kinds(["person"], case.scope)
        if not ids:
            return self._subjects.missing("person", ["person"], case.scope, case.phrase)
        return self._about(
            case, draft.form, ids, Predicate(state, negated=draft.negated), plural=True, kinds=["person"]
        )

    def _somebody(self, case: Case) -> Reading | None:
        """Whether anyone is in a room: its motion and occupancy sensors tell, but not who it is."""
        form = case.draft.form
        if case.draft.state not in {None, "detected", "home", "occupied", "moving"} or form not in {Ask.ANY, Ask.NONE}:
            return None
        ids = self._subjects.of_kinds(["somebody"], case.scope, "detected")
        if not ids:
            return self._subjects.missing("occupancy", ["somebody"], case.scope, case.phrase)
        return self._about(case, form, ids, Predicate("detected"), plural=True, kinds=["somebody"])

    # Measures and attributes

    def _measure(self, case: Case) -> Reading | None:
        draft = case.draft
        key = draft.measures[0]
        if draft.attributes or draft.states:
            return None
        if draft.form in {Ask.ROOMS, Ask.COUNT_ROOMS} or (draft.threshold and draft.form in {Ask.WHICH, Ask.COUNT}):
            ids = self._subjects.by_room(key, case.scope)
            if not draft.threshold:
                return None
            return self._about(case, draft.form, ids, Predicate(threshold=draft.threshold), measure=key, plural=True)
        if draft.form in {Ask.ANY, Ask.ALL, Ask.NONE, Ask.COUNT} and not draft.threshold:
            return None
        return self._one_reading(case, key)

    def _one_reading(self, case: Case, key: str) -> Reading | None:
        ids = self._subjects.nearby(self._subjects.of_measure(key, case.scope), case.wanted)
        if not ids:
            return self._subjects.missing_measure(key, case.scope, case.phrase)
        ids = self._narrowed(case, key, ids)
        if len(ids) == 1:
            return self._reading_of(case, key, ids)
        if case.draft.threshold and case.draft.form in {Ask.ANY, Ask.ALL, Ask.NONE}:
            return self._about(case, case.draft.form, ids, Predicate(threshold=case.draft.threshold), measure=key)
        extreme = self._gathered(case, key)
        if extreme and not case.draft.threshold:
            return self._about(case, Ask.EXTREME, ids, measure=key, extreme=extreme, plural=True)
        return Ambiguous(ids)

    def _narrowed(self, case: Case, key: str, ids: Ids) -> Ids:
        """The reading that is named by its room or by the whole home, where several would do."""
        if len(ids) < 2:  # noqa: PLR2004
            return ids
        if case.scope.areas is None and key in _SUMMED:
            whole = self._subjects.of_whole_home(key, ids)
            return whole if len(whole) == 1 else ids
        named = self._subjects.plain_ones(key, ids)
        same_room = len({self._subjects.entity(each).area_id for each in ids}) == 1
        return named if len(named) == 1 and same_room else ids

    def _gathered(self, case: Case, key: str) -> Extreme | None:
        if key in _SUMMED and (case.scope.areas is not None) and key == "power":
            return Extreme.TOTAL
        return Extreme.AVERAGE if key in _AVERAGED and case.scope.whole else None

    def _reading_of(self, case: Case, key: str, ids: Ids) -> Reading:
        threshold = case.draft.threshold
        if threshold:
            return self._about(case, Ask.CHECK, ids, Predicate(threshold=threshold), measure=key)
        return self._about(case, Ask.MEASURE, ids, measure=key)

    def _measure_of_things(self, case: Case) -> Reading | None:
        key = case.draft.measures[0]
        if len(case.draft.things) != 1 or case.draft.states or case.draft.attributes:
            return None
        thing = case.draft.things[0]
        kinds = self._of_kinds(case.draft)
        if not isinstance(thing.item, Found) or case.draft.form is Ask.ROOMS:
            return None
        found = self._subjects.of_thing(thing.item, lambda each: self._subjects.tells(key)(each) and kinds(each))
        if not found:
            return self._not_applicable(case, thing, key)
        inside = tuple(each for each in found if case.scope.holds(self._subjects.entity(each)))
        if not inside:
            return self._elsewhere(case, thing)
        return self._chosen_reading(case, key, inside)

    def _measure_of(self, case: Case, ids: Ids) -> Reading | None:
        key = case.draft.measures[0]
        found = self._subjects.of_thing(Found(entities=ids), self._subjects.tells(key))
        return self._chosen_reading(case, key, found) if found else NotApplicable(ids, key)

    def _chosen_reading(self, case: Case, key: str, ids: Ids) -> Reading:
        sensors = tuple(each for each in ids if self._subjects.entity(each).domain == "sensor") or ids
        chosen = self._subjects.choose(sensors, replace(case.wanted, single=True))
        return chosen if isinstance(chosen, Ambiguous) else self._reading_of(case, key, chosen)

    def _attribute_of(self, case: Case, ids: Ids, key: str | None = None) -> Reading | None:
        key = key or case.draft.attributes[0]
        inside = tuple(each for each in ids if case.scope.holds(self._subjects.entity(each)))
        found = tuple(each for each in inside if has_attribute(key, self._subjects.entity(each)))
        if not found:
            found = self._subjects.of_thing(
                Found(entities=inside), lambda each: has_attribute(key, each) and case.scope.holds(each)
            )
        if not found:
            return NotApplicable(ids, key) if inside else None
        if case.draft.states and key != "title":
            return None
        chosen = self._subjects.choose(found, replace(case.wanted, single=True))
        if isinstance(chosen, Ambiguous):
            return chosen
        ask, predicate = Ask.ATTRIBUTE, Predicate()
        if case.draft.threshold:
            ask, predicate = Ask.CHECK, Predicate(threshold=case.draft.threshold)
        return self._about(case, ask, chosen, predicate, attribute=key)

    # The highest, and the higher

    def _extreme(self, case: Case) -> Reading | None:
        draft = case.draft
        key = draft.measure or next(
            (_MEASURED_KINDS[each] for each in kinds_of(draft) if each in _MEASURED_KINDS), None
        )
        if key is None or draft.states or draft.things or draft.threshold:
            return None
        ids = self._subjects.by_room(key, case.scope)
        whole = self._subjects.of_whole_home(key, ids) if key in _SUMMED else ()
        if whole and draft.extremes[0] is Extreme.TOTAL and case.scope.areas is None and len(whole) == 1:
            return self._reading_of(case, key, whole)
        ids = tuple(each for each in ids if each not in whole) or ids
        if not ids:
            return self._subjects.missing_measure(key, case.scope, case.phrase)
        of = {Ask.ROOMS: Ask.ROOMS, Ask.WHICH: Ask.WHICH}.get(draft.form)
        if draft.form is Ask.WHICH and "which" in draft.asks and draft.extremes[0] in {Extreme.AVERAGE, Extreme.TOTAL}:
            of = None
        if (
            draft.measure
            and "which" in draft.asks
            and Role.ROOM not in draft.roles
            and draft.opens is Role.ASK
            and self._only_what(draft)
        ):
            of = None
        return self._about(case, Ask.EXTREME, ids, measure=key, extreme=draft.extremes[0], of=of, plural=True)

    def _compare(self, case: Case) -> Reading | None:
        draft = case.draft
        if draft.measure is None or draft.form is not Ask.CHECK:
            return None
        sides = sorted((*draft.places, *draft.things), key=lambda span: span.start)
        if len(sides) != 2:  # noqa: PLR2004
            return None
        found = [self._side(draft.measure, side) for side in sides]
        one, other = found
        if not isinstance(one, Subject) or not isinstance(other, Subject):
            return next(each for each in found if not isinstance(each, Subject))
        predicate = Predicate(state=draft.comparisons[0], negated=draft.negated)
        return Question(Ask.COMPARE, one, predicate, other=other)

    def _side(self, key: str, side: Span) -> Subject | Reading:
        scope = Scope()
        if isinstance(side.item, Found) and side.item.place:
            scope = self._subjects.places.named([side])
            ids = self._subjects.of_measure(key, scope)
            named = self._subjects.plain_ones(key, ids)
            ids = named if len(ids) > 1 and len(named) == 1 else ids
        else:
            ids = self._ids(side, self._subjects.tells(key))
        if not ids:
            return self._subjects.missing_measure(key, scope, side.phrase)
        return Subject(ids, place=scope.label, measure=key) if len(ids) == 1 else Ambiguous(ids)

    # A state and nothing else

    def _state_alone(self, case: Case) -> Reading | None:
        draft = case.draft
        state = draft.states[0]
        if state in {"dark", "light_outside", "risen", "set_sun"}:
            return self._daylight(case, state)
        if draft.form is Ask.WHICH or (draft.form in {Ask.ROOMS, Ask.COUNT_ROOMS} and state != "vacant"):
            return self._generic(case, draft.form)
        if Role.PRONOUN in draft.roles or draft.attributes:
            return None
        if case.scope.whole and draft.form is Ask.CHECK:
            return self._whole_home(case, state)
        if case.scope.areas is not None and draft.form is Ask.CHECK and draft.places:
            return self._room(case, state)
        return None

    def _generic(self, case: Case, ask: Ask) -> Reading | None:
        state = _base(case.draft.states[0])
        if state == "playing" and ask is Ask.WHICH and "who" not in case.draft.asks:
            ids = self._subjects.of_kinds(["media_player"], case.scope)
            return self._about(case, Ask.ATTRIBUTE, ids, Predicate("playing"), attribute="title", plural=True)
        key = GENERIC.get(state)
        if key is None:
            return None
        state = {"occupied": "detected", "vacant": "clear"}.get(state, state)
        ids = self._subjects.of_kinds([key], case.scope, state)
        return self._about(case, ask, ids, Predicate(state, negated=case.draft.negated), plural=True, kinds=[key])

    def _whole_home(self, case: Case, state: str) -> Reading | None:
        """Is the house empty, locked, closed?"""
        if state in {"vacant", "occupied"}:
            ids = self._subjects.of_kinds(["person"], Scope())
            ask = Ask.NONE if (state == "vacant") is not case.draft.negated else Ask.ANY
            return self._about(case, ask, ids, Predicate("home"), plural=True, kinds=["person"]) if ids else None
        if state in {"locked", "unlocked", "open", "closed"}:
            ask = Ask.ANY if state in ACTIVE else Ask.ALL
            return self._generic(case, ask)
        return None

    def _room(self, case: Case, state: str) -> Reading | None:
        """A room that is open, locked, occupied, heated: its door, lock, sensors, radiator are."""
        if state in {"occupied", "vacant"}:
            ids = self._subjects.of_kinds(["somebody"], case.scope, "detected")
            ask = Ask.ANY if (state == "occupied") is not case.draft.negated else Ask.NONE
            return self._about(case, ask, ids, Predicate("detected"), plural=True, kinds=["somebody"]) if ids else None
        key = {"open": "entrance", "closed": "entrance", "locked": "lock", "unlocked": "lock", "heating": "climate",
               "cooling": "climate"}.get(state)  # fmt: skip
        if key is None:
            return None
        ids = self._one(case, [key], self._subjects.of_kinds([key], case.scope, state))
        predicate = Predicate(state, negated=case.draft.negated)
        return self._about(case, Ask.CHECK, ids, predicate) if isinstance(ids, tuple) else ids

    def _daylight(self, case: Case, state: str) -> Reading | None:
        if case.draft.form is not Ask.CHECK or (case.scope.areas is not None and not case.scope.outside):
            return None
        ids = self._subjects.of_kinds(["sun"], Scope(), state)
        if not ids and state in {"dark", "light_outside"}:
            ids = self._subjects.of_measure("illuminance", Scope(self._subjects.places.outdoor, outside=True))
        return self._about(case, Ask.CHECK, ids[:1], Predicate(state, negated=case.draft.negated)) if ids else None

    # All readings end here

    def _about(
        self, case: Case, ask: Ask, ids: Iterable[str], predicate: Predicate | None = None, *,
        plural: bool = False, measure: str | None = None, attribute: str | None = None,
        extreme: Extreme | None = None, of: Ask | None = None, kinds: list[str] | None = None,
    ) -> Question:  # fmt: skip
        found = tuple(ids)
        keys = kinds if kinds is not None else kinds_of(case.draft)
        keys = self._meant_kinds(case)[0] if keys == ["thing"] else keys
        subject = Subject(found, tuple(keys), case.scope.label, plural or len(found) > 1, measure)
        return Question(ask, subject, predicate or Predicate(), attribute, extreme, of)


def _base(state: str) -> str:
    """A state word that is no preposition: what is out is open."""
    return {"out": "open", "in": "closed", "up": "open", "down": "closed"}.get(state, state)


def _yes_no(draft: Draft) -> Ask:
    return draft.form if draft.form in _YES_NO else Ask.CHECK


def _asked(draft: Draft) -> Ask:
    return Ask.CHECK if draft.form is Ask.STATE else draft.form
