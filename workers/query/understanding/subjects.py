"""From words to entities: which things of the home are meant. Sorted as in the registry, whatever was asked."""

from collections.abc import Callable, Iterable
from itertools import pairwise

from shared.home import Area, Entity, Registry
from workers.query.meanings.kinds import KINDS, members
from workers.query.meanings.measures import carries, measures
from workers.query.meanings.states import meant
from workers.query.understanding.lexicon import Lexicon, Role
from workers.query.understanding.names import Found, Names
from workers.query.understanding.scope import Places, Scope
from workers.query.understanding.tokens import plain, plainly, words

Ids = tuple[str, ...]
Needs = Callable[[Entity], bool]

LOCKABLE = frozenset({"door", "window", "gate", "garage_door", "entrance", "openable"})
"""Kinds that are said to be locked though it is their lock that is."""
_ANY_LOCK = frozenset({"door", "entrance", "openable"})
_LOCK_STATES = frozenset({"locked", "unlocked", "jammed"})
_EVERYWHERE = frozenset({"weather", "sun"})
_ROOM_DEVICES = frozenset({"climate", "humidifier"})
_ROOM_MEASURES = frozenset({"temperature", "humidity"})


class Subjects:
    """Resolves names, kinds and measures against one registry."""

    def __init__(self, registry: Registry, names: Names, lexicon: Lexicon) -> None:
        self.registry = registry
        self.names = names
        self.lexicon = lexicon
        self.places = Places(registry, lexicon)
        self._all = tuple(registry.entities.values())
        self._position = {each.entity_id: at for at, each in enumerate(self._all)}
        self._kinds: dict[str, tuple[Entity, ...]] = {}
        self._devices: dict[str, list[str]] = {}
        self._domains: dict[str, list[Entity]] = {}
        for entity in self._all:
            self._domains.setdefault(entity.domain, []).append(entity)
            if entity.device_id:
                self._devices.setdefault(entity.device_id, []).append(entity.entity_id)

    def ordered(self, ids: Iterable[str]) -> Ids:
        """Ids in the order of the registry, each once."""
        return tuple(sorted(set(ids), key=self._position.__getitem__))

    def entity(self, entity_id: str) -> Entity:
        """An entity by its id."""
        return self.registry.entities[entity_id]

    def within(self, ids: Iterable[str], scope: Scope) -> Ids:
        """Those of some entities that are in a scope."""
        return tuple(each for each in ids if scope.holds(self.entity(each)))

    # Things called by name

    def of_thing(self, thing: Found, needs: Needs) -> Ids:
        """The entities that a name may mean and that have what is needed.

        The named ones, else those whose name goes on with a class word, else those of the same device.
        """
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

    # Kinds of things

    def of_kinds(self, keys: Iterable[str], scope: Scope, state: str | None = None) -> Ids:
        """The entities of some kinds in a scope of which a state can be said."""
        return self.ordered(
            entity.entity_id
            for key in keys
            for entity in self._members(key, state)
            if (scope.holds(entity) or key in _EVERYWHERE) and (state is None or meant(state, entity))
        )

    def _members(self, key: str, state: str | None) -> tuple[Entity, ...]:
        if key in LOCKABLE and state in _LOCK_STATES:
            locks = self._of_kind("lock")
            named = tuple(each for each in locks if self._says_so(each, key))
            return locks if key in _ANY_LOCK else named
        return self._of_kind(key)

    def _of_kind(self, key: str) -> tuple[Entity, ...]:
        if key not in self._kinds:
            kind = KINDS[key]
            domains = {each.partition(".")[0] for each in kind.selectors | kind.named | kind.wider}
            able = (each for each in self._all if "*" in domains or each.domain in domains)
            self._kinds[key] = members(key, tuple(able), self._says_so)
        return self._kinds[key]

    def _says_so(self, entity: Entity, key: str) -> bool:
        return entity.entity_id in self.names.of_kind(key)

    # Measures

    def of_measure(self, key: str, scope: Scope) -> Ids:
        """What tells a measure in a scope: its sensors, else the other devices that know it."""
        sensors = [each for each in self._domains.get("sensor", ()) if measures(key, each)]
        if key in _ROOM_MEASURES:
            sensors = [each for each in sensors if not self._of_appliance(each)]
        if scope.outside:
            return self._outside(key, sensors, scope)
        inside = [each for each in sensors if self._counts(each, scope)]
        more = [each for each in self._carriers(key) if self._counts(each, scope)]
        indoors = [each for each in more if each.domain != "weather"]
        return tuple(each.entity_id for each in inside or indoors or (() if key in _ROOM_MEASURES else more))

    def _of_appliance(self, entity: Entity) -> bool:
        """Whether a sensor is inside something: the fridge in the kitchen is colder than the kitchen."""
        device = self.registry.devices.get(entity.device_id or "")
        appliance = self.lexicon.alone[Role.APPLIANCE_NAME]
        names = (entity.name, *((device.name,) if device else ()))
        said = [word for name in names for word in self._rest(name, entity.entity_id).split()]
        return any(each in appliance for each in (*said, *map(" ".join, pairwise(said))))

    def _counts(self, entity: Entity, scope: Scope) -> bool:
        return scope.holds(entity) and not (scope.whole and entity.area_id in self.places.outdoor)

    def _carriers(self, key: str) -> list[Entity]:
        return [each for domain in self._domains for each in self._domains[domain] if carries(key, each)]

    def _outside(self, key: str, sensors: list[Entity], scope: Scope) -> Ids:
        outdoor = self.lexicon.alone[Role.OUTDOOR_NAME]
        there = [each for each in sensors if scope.holds(each)]
        named = [each for each in sensors if outdoor & {plain(word) for name in _names(each) for word in words(name)}]
        weather = [each for each in self._domains.get("weather", ()) if carries(key, each)]
        return tuple(each.entity_id for each in there or named or weather)

    def by_room(self, key: str, scope: Scope) -> Ids:
        """What tells a measure in each room of a scope: sensors, and thermostats in rooms that have none."""
        sensors = self.of_measure(key, scope)
        rooms = {self.entity(each).area_id for each in sensors}
        more = [
            each.entity_id
            for each in (self._carriers(key) if key in _ROOM_MEASURES and not scope.outside else ())
            if each.domain in _ROOM_DEVICES and each.area_id not in {None, *rooms} and self._counts(each, scope)
        ]
        return self.ordered((*sensors, *more))

    def called_plainly(self, key: str, ids: Ids) -> Ids:
        """The readings that are named by their room and measure alone: "Kitchen temperature" of the kitchen."""
        said = self.lexicon.said(Role.MEASURE, key)
        return tuple(each for each in ids if any(self._rest(name, each) in said for name in _names(self.entity(each))))

    def _rest(self, name: str, entity_id: str) -> str:
        """A name without the name of its area in front."""
        said = plainly(name)
        area = self.registry.areas.get(self.entity(entity_id).area_id or "")
        for place in map(plainly, _names(area) if area else ()):
            if place and said.startswith(f"{place} "):
                return said[len(place) + 1 :]
        return said

    def of_whole_home(self, ids: Ids) -> Ids:
        """The readings of a whole home's meter, by name: "House power", "Grid power"."""
        whole = self.lexicon.alone[Role.WHOLE_HOME_NAME]
        return tuple(each for each in ids if any(_heads(name) & whole for name in _names(self.entity(each))))

    def tells(self, key: str) -> Needs:
        """Whether an entity tells a measure at all."""
        return lambda entity: measures(key, entity) or carries(key, entity)


def _names(named: Entity | Area) -> tuple[str, ...]:
    return (named.name, *named.aliases)


def _heads(name: str) -> set[str]:
    """The first word of a name, its first two, and so on."""
    parts = plainly(name).split()
    return {" ".join(parts[:at]) for at in range(1, len(parts) + 1)}
