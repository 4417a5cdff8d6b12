"""From words to entities: which things of the home a draft speaks of."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from shared.home import Entity, Registry
from workers.query.draft import Draft
from workers.query.kinds import KINDS, members
from workers.query.lexicon import Lexicon, Role
from workers.query.measures import MEASURES, carries, measures
from workers.query.names import Found, Names
from workers.query.reading import Ambiguous, NoSuchThing, Refusal
from workers.query.scope import Places, Scope
from workers.query.spans import Span
from workers.query.states import meant
from workers.query.tokens import plain, words

Ids = tuple[str, ...]
Needs = Callable[[Entity], bool]

LOCKABLE = frozenset({"door", "window", "gate", "garage_door", "entrance", "openable"})
"""Kinds that are said to be locked though it is their lock that is."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """How many may be meant: one thing (`single`), and where the asker stands."""

    scope: Scope
    single: bool
    area_id: str | None


class Subjects:
    """Resolves names, kinds and measures against one registry."""

    def __init__(self, registry: Registry, names: Names, lexicon: Lexicon) -> None:
        self.registry = registry
        self.names = names
        self.lexicon = lexicon
        self.places = Places(registry, lexicon)
        self._all = tuple(registry.entities.values())
        self._devices: dict[str, list[str]] = {}
        for entity in self._all:
            if entity.device_id:
                self._devices.setdefault(entity.device_id, []).append(entity.entity_id)

    def ordered(self, ids: Iterable[str]) -> Ids:
        """Ids in the order of the registry, each once."""
        wanted = set(ids)
        if len(wanted) < 2:  # noqa: PLR2004
            return tuple(wanted)
        return tuple(each for each in self.registry.entities if each in wanted)

    def entity(self, entity_id: str) -> Entity:
        """An entity by its id."""
        return self.registry.entities[entity_id]

    def name(self, span: Span) -> str:
        """What was said, for an answer."""
        return span.phrase

    def of_thing(self, thing: Found, needs: Needs) -> Ids:
        """The entities that a name may mean and that have what is needed: the named ones, else those whose name goes
        on with a class word, else those of the same device."""
        for ids in (thing.entities, thing.kin, self._siblings(thing)):
            found = tuple(each for each in ids if needs(self.entity(each)))
            if found:
                return found
        return ()

    def _siblings(self, thing: Found) -> Ids:
        devices = dict.fromkeys(thing.devices)
        for each in thing.entities:
            device = self.entity(each).device_id
            if device:
                devices[device] = None
        return tuple(each for device in devices for each in self._devices.get(device, ()))

    def of_kinds(self, keys: Iterable[str], scope: Scope, state: str | None = None) -> Ids:
        """The entities of some kinds in a scope of which a state can be said."""
        found: set[str] = set()
        for key in keys:
            for entity in self._members(key, state):
                if scope.holds(entity) and (state is None or meant(state, entity)):
                    found.add(entity.entity_id)
        return self.ordered(found)

    def _members(self, key: str, state: str | None) -> tuple[Entity, ...]:
        if key in LOCKABLE and state in {"locked", "unlocked", "jammed"}:
            locks = members("lock", self._all, self._says_so)
            named = tuple(each for each in locks if self._says_so(each, key))
            return named or (locks if key in {"door", "entrance", "openable"} else ())
        return members(key, self._all, self._says_so)

    def _says_so(self, entity: Entity, key: str) -> bool:
        return entity.entity_id in self.names.of_kind(key)

    def of_measure(self, key: str, scope: Scope) -> Ids:
        """What tells a measure in a scope: its sensors, else the other devices that know it."""
        sensors = [each for each in self._all if measures(key, each) and scope.holds(each)]
        if scope.outside:
            return self._outside(key, sensors)
        if scope.whole:
            sensors = [each for each in sensors if each.area_id not in self.places.outdoor]
        found = sensors or [
            each for each in self._all if carries(key, each) and scope.holds(each) and each.domain != "weather"
        ]
        return tuple(each.entity_id for each in found)

    def _outside(self, key: str, sensors: list[Entity]) -> Ids:
        outdoor = self.lexicon.alone[Role.OUTDOOR_NAME]
        named = [
            each
            for each in self._all
            if measures(key, each)
            and any(plain(word) in outdoor for name in (each.name, *each.aliases) for word in words(name))
        ]
        weather = [each for each in self._all if each.domain == "weather" and carries(key, each)]
        return tuple(each.entity_id for each in sensors or named or weather)

    def by_room(self, key: str, scope: Scope) -> Ids:
        """What tells a measure in each room of a scope: sensors, and other devices in rooms that have none."""
        sensors = self.of_measure(key, scope)
        rooms = {self.entity(each).area_id for each in sensors}
        more = [
            each.entity_id
            for each in self._all
            if carries(key, each)
            and each.area_id
            and each.area_id not in rooms
            and scope.holds(each)
            and each.domain in {"climate", "humidifier"}
        ]
        return self.ordered((*sensors, *more))

    def plain_ones(self, key: str, ids: Ids) -> Ids:
        """The readings that are named by their room and measure alone: "Kitchen temperature" of the kitchen."""
        found = []
        for each in ids:
            entity = self.entity(each)
            area = self.registry.areas.get(entity.area_id) if entity.area_id else None
            areas = {"", *(_plainly(name) for name in (area.name, *area.aliases))} if area else {""}
            if any(_plainly(name) in self._said_of(key, areas) for name in (entity.name, *entity.aliases)):
                found.append(each)
        return tuple(found)

    def _said_of(self, key: str, areas: set[str]) -> set[str]:
        phrases = [
            phrase
            for phrase, meanings in self.lexicon.phrases.items()
            if any(word.role is Role.MEASURE and word.key == key for word in meanings)
        ]
        return {f"{area} {phrase}".strip() for area in areas for phrase in phrases}

    def of_whole_home(self, key: str, ids: Ids) -> Ids:
        """The readings of a whole home's meter, by name: "House power", "Grid power"."""
        whole = self.lexicon.alone[Role.WHOLE_HOME_NAME]
        found = []
        for each in ids:
            for name in (self.entity(each).name, *self.entity(each).aliases):
                parts = _plainly(name).split()
                heads = {" ".join(parts[:at]) for at in range(1, len(parts) + 1)}
                if heads & whole and each not in found:
                    found.append(each)
        return tuple(found)

    def choose(self, ids: Ids, wanted: Wanted) -> Ids | Ambiguous:
        """One of several where one is meant: that of the asker's room, else it has to be asked back."""
        if not wanted.single or len(ids) < 2:  # noqa: PLR2004
            return ids
        near = self.nearby(ids, wanted)
        return near if len(near) == 1 else Ambiguous(self.ordered(near))

    def nearby(self, ids: Ids, wanted: Wanted) -> Ids:
        """Those in the asker's room, where there are any and no other place was named."""
        if wanted.area_id is None or wanted.scope.areas is not None or wanted.scope.whole:
            return ids
        return tuple(each for each in ids if self.entity(each).area_id == wanted.area_id) or ids

    def missing(self, noun: str, keys: Sequence[str], scope: Scope, phrase: str) -> Refusal:
        """That there is no such thing there, with what there is instead."""
        among = self.of_kinds(keys, Scope())
        near = self.names.nearest(phrase, among) if among else self.names.nearest(phrase)
        return NoSuchThing(noun, scope.label, near)

    def missing_measure(self, key: str, scope: Scope, phrase: str) -> Refusal:
        """That nothing tells a measure there, with what does elsewhere."""
        among = [each.entity_id for each in self._all if measures(key, each)]
        near = self.names.nearest(phrase, among) if among else ()
        return NoSuchThing(key, scope.label, near, measure=True)

    def tells(self, key: str) -> Needs:
        """Whether an entity tells a measure at all."""
        return lambda entity: measures(key, entity) or carries(key, entity)


def kinds_of(draft: Draft) -> list[str]:
    """The kinds that a draft names."""
    return list(dict.fromkeys(kind.key for kind in draft.kinds))


def is_event(key: str) -> bool:
    """Whether a kind is about what it senses."""
    return KINDS[key].event


def unit_known(key: str) -> bool:
    """Whether a measure has sensors at all."""
    return bool(MEASURES[key].classes)


def _plainly(name: str) -> str:
    return " ".join(plain(each) for each in words(name))
