"""The home as it is: a registry of what there is, and the state of each thing. Pure: no I/O, no clock.

A `Registry` is immutable and replaced as a whole, so whatever is derived from it (name indexes, grammars) can be kept
as long as it is the same object. States change all the time, and only ever forward in `last_updated`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from types import MappingProxyType
from typing import Any

from contracts.home import EntityEntry, HomeDocument

UNKNOWN_STATES = frozenset({"unknown", "unavailable"})
"""States that say nothing about the thing itself."""
LONGEST_STATE = 255
"""Characters, as in Home Assistant."""


def is_state(text: str) -> bool:
    """Whether a text can be a state: no longer than Home Assistant has them, and one that a database can keep."""
    return len(text) <= LONGEST_STATE and is_text(text)


def is_text(text: str) -> bool:
    """Whether it can be stored: it holds no NUL and no half of a character (a lone surrogate)."""
    try:
        return b"\0" not in text.encode()
    except UnicodeEncodeError:
        return False


@dataclass(frozen=True, slots=True)
class Floor:
    """A floor; `level` 0 is the ground floor."""

    floor_id: str
    name: str
    aliases: tuple[str, ...] = ()
    level: int | None = None


@dataclass(frozen=True, slots=True)
class Label:
    """A word that people put on areas, devices and entities."""

    label_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Area:
    """A room or another place; `labels` here and below are label ids."""

    area_id: str
    name: str
    aliases: tuple[str, ...] = ()
    floor_id: str | None = None
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Device:
    """A thing that carries entities."""

    device_id: str
    name: str
    area_id: str | None = None
    manufacturer: str | None = None
    model: str | None = None
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entity:
    """One entity; `area_id` is its own or its device's."""

    entity_id: str
    name: str
    aliases: tuple[str, ...] = ()
    area_id: str | None = None
    device_id: str | None = None
    device_class: str | None = None
    labels: tuple[str, ...] = ()

    @property
    def domain(self) -> str:
        """The part before the dot: `light`, `binary_sensor`."""
        return self.entity_id.partition(".")[0]


@dataclass(frozen=True, slots=True)
class EntityState:
    """What Home Assistant says of an entity. `last_changed` is when `state` became so. Times in UTC."""

    state: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    last_changed: datetime | None = None
    last_updated: datetime | None = None

    @property
    def known(self) -> bool:
        """Whether the state says anything."""
        return self.state not in UNKNOWN_STATES


@dataclass(frozen=True)
class Registry:
    """All that there is, by id. Never changed: `with_entities` and `from_document` make a new one."""

    time_zone: str = "UTC"
    complete: bool = False
    """Whether Home Assistant told all of it: what else the broker has retained is left over."""
    floors: Mapping[str, Floor] = field(default_factory=dict)
    areas: Mapping[str, Area] = field(default_factory=dict)
    devices: Mapping[str, Device] = field(default_factory=dict)
    entities: Mapping[str, Entity] = field(default_factory=dict)
    services: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    labels: Mapping[str, Label] = field(default_factory=dict)

    @classmethod
    def from_document(cls, document: HomeDocument) -> Registry:
        """The registry of an imported home; an entity without an area is where its device is."""
        devices = {
            each.device_id: Device(
                each.device_id,
                each.name or each.device_id,
                each.area_id,
                each.manufacturer,
                each.model,
                tuple(each.labels),
            )
            for each in document.devices
        }
        return cls(
            time_zone=document.time_zone,
            complete=document.complete,
            floors={
                each.floor_id: Floor(each.floor_id, each.name, tuple(each.aliases), each.level)
                for each in document.floors
            },
            areas={
                each.area_id: Area(each.area_id, each.name, tuple(each.aliases), each.floor_id, tuple(each.labels))
                for each in document.areas
            },
            devices=devices,
            entities={each.entity_id: _entity(each, devices) for each in document.entities},
            services=document.services,
            labels={each.label_id: Label(each.label_id, each.name) for each in document.labels},
        )

    def with_entities(self, entities: Iterable[Entity]) -> Registry:
        """This registry with some entities added or replaced."""
        return replace(self, entities={**self.entities, **{each.entity_id: each for each in entities}})

    def counts(self) -> dict[str, int]:
        """How many there are of each kind."""
        return {
            "floors": len(self.floors),
            "areas": len(self.areas),
            "devices": len(self.devices),
            "entities": len(self.entities),
            "services": sum(len(services) for services in self.services.values()),
        }

    @cached_property
    def entity_ids(self) -> Sequence[str]:
        """The ids of all entities, sorted."""
        return sorted(self.entities)

    @cached_property
    def by_device(self) -> Mapping[str, tuple[str, ...]]:
        """The ids of the entities of each device, sorted."""
        carried: dict[str, list[str]] = {}
        for entity_id in self.entity_ids:
            if (device_id := self.entities[entity_id].device_id) is not None:
                carried.setdefault(device_id, []).append(entity_id)
        return {device_id: tuple(entity_ids) for device_id, entity_ids in carried.items()}

    @cached_property
    def by_area(self) -> Mapping[str, tuple[Entity, ...]]:
        """The entities of each area."""
        rooms: dict[str, list[Entity]] = {}
        for entity in self.entities.values():
            if entity.area_id is not None:
                rooms.setdefault(entity.area_id, []).append(entity)
        return {area_id: tuple(entities) for area_id, entities in rooms.items()}

    def floor_of(self, entity: Entity) -> str | None:
        """The floor id an entity is on, by its area."""
        area = self.areas.get(entity.area_id) if entity.area_id else None
        return area.floor_id if area else None


def _entity(entry: EntityEntry, devices: Mapping[str, Device]) -> Entity:
    device = devices.get(entry.device_id) if entry.device_id else None
    return Entity(
        entity_id=entry.entity_id,
        name=entry.name or friendly_name(entry.entity_id, entry.attributes),
        aliases=tuple(entry.aliases),
        area_id=entry.area_id or (device.area_id if device else None),
        device_id=entry.device_id,
        device_class=entry.device_class or _class(entry.attributes),
        labels=tuple(entry.labels),
    )


def friendly_name(entity_id: str, attributes: Mapping[str, Any]) -> str:
    """The name that Home Assistant shows, else one made from the id."""
    name = attributes.get("friendly_name")
    return str(name)[:_LONGEST_NAME] if name else entity_id.partition(".")[2].replace("_", " ").capitalize()


@dataclass(frozen=True, slots=True)
class StateChange:
    """One word about an entity, from whichever feed. A null `state` means that the entity was removed."""

    entity_id: str
    state: EntityState | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The home at one moment: what a handler reads while the home goes on changing."""

    registry: Registry
    states: Mapping[str, EntityState]

    def state(self, entity_id: str) -> EntityState | None:
        """The state of an entity, or None where nothing was heard of it."""
        return self.states.get(entity_id)

    def entities(self) -> Iterator[Entity]:
        """All entities."""
        return iter(self.registry.entities.values())


class Home:
    """The live home of one process: load a registry and states once, then apply changes in any order."""

    def __init__(self) -> None:
        self._registry = Registry()
        self._newcomers: dict[str, Entity] = {}
        self._states: dict[str, EntityState] = {}
        self._told: set[str] = set()
        self._lent = False
        self.loaded = False
        """Whether a home was ever loaded."""

    @property
    def registry(self) -> Registry:
        """What there is. Entities that have joined are put into it when it is asked for, all of them at once."""
        if self._newcomers:
            self._registry = self._registry.with_entities(self._newcomers.values())
            self._newcomers = {}
        return self._registry

    @property
    def complete(self) -> bool:
        """Whether the registry was told by Home Assistant itself, and has all there is."""
        return self._registry.complete

    def knows(self, entity_id: str) -> bool:
        """Whether the registry has an entity; cheaper than to look there while others join."""
        return entity_id in self._newcomers or entity_id in self._registry.entities

    def load(self, registry: Registry, states: Mapping[str, EntityState]) -> None:
        """Take another registry and its states, save where something newer was told of an entity meanwhile."""
        merged = {**states}
        self._told &= registry.entities.keys()
        for entity_id in self._told:
            told, loaded = self._states[entity_id], merged.get(entity_id)
            if loaded is None or _newer(told, loaded):
                merged[entity_id] = told
        self._registry, self._newcomers = registry, {}
        self._states, self._lent, self.loaded = merged, False, True

    def learn(self, registry: Registry, late: Iterable[str] = ()) -> None:
        """Take another registry and keep the states, save those of entities that are gone.

        `late` are entities that joined while the registry was read, and are not in it yet.
        """
        before = self.registry.entities
        joined = [before[each] for each in late if each in before]
        self._registry = registry.with_entities(joined) if joined else registry
        known = self._registry.entities
        for entity_id in self._states.keys() - known.keys():
            del self._own()[entity_id]
        self._told &= known.keys()
        self.loaded = True

    def apply(self, change: StateChange) -> bool:
        """Apply a change unless something newer is known. Gives whether anything is other than before.

        An entity that nobody told of before joins the registry under its friendly name, in no area. What is no state
        changes nothing.
        """
        known = self._states.get(change.entity_id)
        if change.state is None:
            self._told.discard(change.entity_id)
            if known is not None:
                del self._own()[change.entity_id]
            return known is not None
        if not is_state(change.state.state) or (known is not None and _newer(known, change.state)):
            return False
        if not self.knows(change.entity_id):
            self._newcomers[change.entity_id] = _stranger(change.entity_id, change.state.attributes)
        self._own()[change.entity_id] = change.state
        self._told.add(change.entity_id)
        return known is None or known.state != change.state.state or known.attributes != change.state.attributes

    def told(self) -> list[StateChange]:
        """The states that were told since the start, as changes."""
        return [StateChange(entity_id, self._states[entity_id]) for entity_id in sorted(self._told)]

    def snapshot(self) -> Snapshot:
        """The home as it is now; later changes do not show in it."""
        self._lent = True
        return Snapshot(self.registry, MappingProxyType(self._states))

    def _own(self) -> dict[str, EntityState]:
        """The states, copied first where a snapshot holds them."""
        if self._lent:
            self._states, self._lent = dict(self._states), False
        return self._states


def _newer(one: EntityState, other: EntityState) -> bool:
    return (one.last_updated or _NEVER) > (other.last_updated or _NEVER)


def _stranger(entity_id: str, attributes: Mapping[str, Any]) -> Entity:
    return Entity(entity_id, friendly_name(entity_id, attributes), device_class=_class(attributes))


def _class(attributes: Mapping[str, Any]) -> str | None:
    found = attributes.get("device_class")
    return found if isinstance(found, str) else None


_LONGEST_NAME = 255
_NEVER = datetime.min.replace(tzinfo=UTC)
