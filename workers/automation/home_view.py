"""The home as rules and references look at it: who is where, what is reached through what, and what it can do. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from shared.home import Area, Entity, EntityState, Registry, Snapshot
from workers.automation.plan.actions import Action
from workers.automation.plan.plan import Plan
from workers.automation.plan.target import Target
from workers.automation.plan.value import Tagged, Template
from workers.automation.service import Service

_DEEPEST = 20
"""Groups within groups; Home Assistant itself gives up earlier."""
_LISTING_THEMSELVES = frozenset({"scene", "automation", "zone", "person"})
"""Domains whose attribute `entity_id` says something other than the members of a group."""


@dataclass(frozen=True)
class HomeView:
    """A home, and what its scripts, scenes and automations do as far as that is known. Never changed.

    `scripts` has the sequence of each script by its entity id, `scenes` what each scene sets (entity id to its state,
    or to a mapping with `state`), `automations` the plan of each automation by its entity id.
    """

    registry: Registry = field(default_factory=Registry)
    states: Mapping[str, EntityState] = field(default_factory=dict)
    scripts: Mapping[str, tuple[Action, ...]] = field(default_factory=dict)
    scenes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    automations: Mapping[str, Plan] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        snapshot: Snapshot,
        *,
        scripts: Mapping[str, tuple[Action, ...]] | None = None,
        scenes: Mapping[str, Mapping[str, Any]] | None = None,
        automations: Mapping[str, Plan] | None = None,
    ) -> HomeView:
        """The view of a home at one moment, with what is known of its scripts, scenes and automations."""
        return cls(snapshot.registry, snapshot.states, scripts or {}, scenes or {}, automations or {})

    # -- what there is -------------------------------------------------------------------------------------------------

    @cached_property
    def entity_ids(self) -> frozenset[str]:
        """All entities, those that have but a state too."""
        return frozenset(self.registry.entities) | frozenset(self.states)

    @cached_property
    def ids_by_domain(self) -> Mapping[str, tuple[str, ...]]:
        """The entities of each domain, sorted."""
        found: dict[str, list[str]] = {}
        for entity_id in sorted(self.entity_ids):
            found.setdefault(entity_id.partition(".")[0], []).append(entity_id)
        return {domain: tuple(entity_ids) for domain, entity_ids in found.items()}

    def entity(self, entity_id: str) -> Entity | None:
        """An entity with its name, area, device and class."""
        return self.registry.entities.get(entity_id)

    def state(self, entity_id: str) -> EntityState | None:
        """The state of an entity, None where nothing was heard of it."""
        return self.states.get(entity_id)

    def attribute(self, entity_id: str, name: str) -> Any:
        """An attribute of an entity, None where it has none."""
        state = self.states.get(entity_id)
        return None if state is None else state.attributes.get(name)

    def device_class(self, entity_id: str) -> str | None:
        """The class of an entity: `garage`, `smoke`, `motion`."""
        entity = self.entity(entity_id)
        found = entity.device_class if entity is not None else None
        found = found or self.attribute(entity_id, "device_class")
        return found if isinstance(found, str) else None

    def area_of(self, entity_id: str) -> Area | None:
        """Where an entity is."""
        entity = self.entity(entity_id)
        return self.registry.areas.get(entity.area_id) if entity is not None and entity.area_id else None

    def labels_of(self, entity_id: str) -> frozenset[str]:
        """The ids of the labels of an entity, of its device and of its area: a target by any of them reaches it."""
        entity = self.entity(entity_id)
        if entity is None:
            return frozenset()
        device = self.registry.devices.get(entity.device_id) if entity.device_id else None
        area = self.area_of(entity_id)
        return (
            frozenset(entity.labels)
            | frozenset(device.labels if device else ())
            | frozenset(area.labels if area else ())
        )

    def names_of(self, entity_id: str) -> tuple[str, ...]:
        """What an entity is called: its name and aliases, its device's name and model, its id without the domain."""
        entity = self.entity(entity_id)
        friendly = self.attribute(entity_id, "friendly_name")
        names = [entity.name, *entity.aliases] if entity is not None else []
        names += [friendly] if isinstance(friendly, str) else []
        device = self.registry.devices.get(entity.device_id) if entity is not None and entity.device_id else None
        names += [each for each in (device.name, device.model) if each] if device is not None else []
        return (*dict.fromkeys(names), entity_id.partition(".")[2].replace("_", " "))

    # -- what is reached -----------------------------------------------------------------------------------------------

    @cached_property
    def groups(self) -> Mapping[str, tuple[str, ...]]:
        """The members of each group, of `group.*` and of a light, switch or cover that is made of others."""
        found: dict[str, tuple[str, ...]] = {}
        for entity_id, state in self.states.items():
            members = state.attributes.get("entity_id")
            if entity_id.partition(".")[0] in _LISTING_THEMSELVES or not isinstance(members, (list, tuple)):
                continue
            found[entity_id] = tuple(each for each in members if isinstance(each, str) and each != entity_id)
        return found

    def members(self, entity_id: str) -> frozenset[str]:
        """All that are in a group, groups within it too, without the group itself; empty where it is none."""
        found: set[str] = set()
        edge = {entity_id}
        for _ in range(_DEEPEST):
            edge = {member for each in edge for member in self.groups.get(each, ())} - found
            if not edge:
                break
            found |= edge
        return frozenset(found - {entity_id})

    def reached(self, target: Target, domain: str | None = None) -> frozenset[str]:
        """The entities that a target reaches, groups with their members, without what it excludes.

        `all` reaches all of `domain`. What is chosen by a template, or does not exist, is not in it; an entity that
        is named and unknown is.
        """
        found = self._reached(target, domain)
        return found - self._reached(target.exclude, domain) if target.exclude is not None else found

    def _reached(self, target: Target, domain: str | None) -> frozenset[str]:
        found: set[str] = set()
        for each in _known(target.entity_id):
            if each == "all":
                found |= (
                    self.entity_ids
                    if domain in {None, "homeassistant"}
                    else set(self.ids_by_domain.get(domain or "", ()))
                )
            elif each != "none":
                found |= {each.lower(), *self.members(each.lower())}
        for kind, ids in (
            (self._by_device, target.device_id),
            (self._by_area, target.area_id),
            (self._by_floor, target.floor_id),
            (self._by_label, target.label_id),
        ):
            for each in _known(ids):
                found |= {entity_id for listed in kind.get(each, ()) for entity_id in (listed, *self.members(listed))}
        return frozenset(found)

    @cached_property
    def _by_device(self) -> Mapping[str, tuple[str, ...]]:
        return self.registry.by_device

    @cached_property
    def _by_area(self) -> Mapping[str, tuple[str, ...]]:
        return {area_id: tuple(each.entity_id for each in found) for area_id, found in self.registry.by_area.items()}

    @cached_property
    def _by_floor(self) -> Mapping[str, tuple[str, ...]]:
        return _listed((self.registry.floor_of(each), each.entity_id) for each in self.registry.entities.values())

    @cached_property
    def _by_label(self) -> Mapping[str, tuple[str, ...]]:
        ids = self.registry.entities
        return _listed((label, entity_id) for entity_id in ids for label in self.labels_of(entity_id))

    # -- what it can do ------------------------------------------------------------------------------------------------

    @property
    def services_known(self) -> bool:
        """Whether anything is known of the services of this home."""
        return any(self.registry.services.values())

    @cached_property
    def service_names(self) -> frozenset[str]:
        """All services: `light.turn_on`."""
        return frozenset(f"{domain}.{name}" for domain, services in self.registry.services.items() for name in services)

    @cached_property
    def tells_responses(self) -> bool:
        """Whether the list of services tells which of them answer; an import may leave that out."""
        listed = (each for services in self.registry.services.values() for each in services.values())
        return any(isinstance(each, Mapping) and "response" in each for each in listed)

    def service(self, name: str) -> Service | None:
        """A service, by `light.turn_on`, with its fields, its target and its response."""
        domain, _, of_it = name.partition(".")
        described = self.registry.services.get(domain, {}).get(of_it)
        return None if described is None else Service.of(name, described if isinstance(described, Mapping) else {})


def _known(ids: Iterable[str]) -> Iterator[str]:
    return (each for each in ids if not isinstance(each, (Template, Tagged)))


def _listed(pairs: Iterable[tuple[str | None, str]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for key, entity_id in pairs:
        if key is not None:
            found.setdefault(key, []).append(entity_id)
    return {key: tuple(entity_ids) for key, entity_ids in found.items()}
