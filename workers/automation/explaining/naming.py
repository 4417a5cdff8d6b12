"""What the things of a home are called in a sentence. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Final

from workers.automation.explaining.english import phrases
from workers.automation.explaining.values import listed, opaque, quoted, words
from workers.automation.home_view import HomeView
from workers.automation.plan.target import Target
from workers.automation.plan.value import Tagged, Template

_ENTITY: Final = re.compile(r"(?:\bstates\.|['\"])([a-z_]+\.[a-z0-9_]+)")
_LOOPED: Final = re.compile(r"\{\{\s*repeat\.item\s*\}\}")
_FEW: Final = 4


class Names:
    """The names of one home: of entities, areas, floors, labels, devices, and of targets that are made of them."""

    def __init__(self, home: HomeView) -> None:
        self.home = home

    def entity(self, entity_id: str) -> str:
        """The name of an entity; with its area where another one has the same name."""
        if isinstance(entity_id, (Template, Tagged)):
            return dynamic(entity_id)
        if entity_id == "sun.sun":
            return phrases.THE_SUN
        found = self.home.entity(entity_id)
        if found is None:
            return words(entity_id.partition(".")[2] or entity_id).capitalize()
        name = " ".join(found.name.split())
        area = self.home.registry.areas.get(found.area_id) if found.area_id else None
        return f"{name} {room(area.name)}" if area is not None and name in self._shared else name

    def entities(self, entity_ids: Iterable[str], last: str = phrases.AND) -> str:
        """Several names: `a, b and c`."""
        return listed([self.entity(each) for each in entity_ids], last)

    @cached_property
    def _shared(self) -> frozenset[str]:
        """Names that several entities have."""
        seen: set[str] = set()
        twice: set[str] = set()
        for entity in self.home.registry.entities.values():
            (twice if entity.name in seen else seen).add(entity.name)
        return frozenset(twice)

    def device(self, device_id: str) -> str:
        """The name of a device."""
        if isinstance(device_id, (Template, Tagged)):
            return dynamic(device_id)
        found = self.home.registry.devices.get(device_id)
        return found.name if found is not None else phrases.UNKNOWN_DEVICE

    def named_like(self, slug: str) -> str:
        """The device that is called like a part of an action's name: `annas_phone` is Anna's phone."""
        return self._devices_by_slug.get(slug) or words(slug).capitalize()

    @cached_property
    def _devices_by_slug(self) -> dict[str, str]:
        devices = self.home.registry.devices.values()
        return {_slug(each.name): each.name for each in devices}

    def every_one(self, entity_ids: Sequence[str]) -> str:
        """All of several: `both a and b`."""
        named = self.entities(entity_ids)
        return (phrases.BOTH_NAMED if len(entity_ids) == 2 else phrases.ALL_NAMED).format(named)  # noqa: PLR2004

    def not_one(self, entity_ids: Sequence[str]) -> str:
        """None of several: `neither a nor b`."""
        if len(entity_ids) == 2:  # noqa: PLR2004 - the two of neither
            return phrases.NEITHER_NAMED.format(*(self.entity(each) for each in entity_ids))
        return phrases.NONE_NAMED.format(self.entities(entity_ids))

    def time_of(self, entity_id: str) -> str:
        """The time that an entity holds: `Wake-up time`, `the time of Laundry`."""
        name = self.entity(entity_id)
        bare = name.rpartition(" ")[2].lower() in phrases.TIMES
        return name if bare else phrases.ENTITY_TIME.format(name)

    def zone(self, entity_id: str) -> str:
        """The name of a zone."""
        return self.entity(entity_id)

    def unit(self, entity_id: str) -> str:
        """The unit of a reading, with the space before it; empty where it has none."""
        found = self.home.attribute(entity_id, "unit_of_measurement")
        return f" {found}" if isinstance(found, str) and found else ""

    @cached_property
    def temperature_unit(self) -> str:
        """°F where the home's thermometers say so, else °C."""
        units = (each.attributes.get("unit_of_measurement") for each in self.home.states.values())
        return next((str(each) for each in units if each in {"°C", "°F"}), "°C")

    def measure(self, entity_id: str) -> str:
        """A reading by name, with what it measures where the name does not tell: `the battery of Anna's phone`."""
        name, kind = self.entity(entity_id), self.home.device_class(entity_id)
        if kind not in phrases.MEASURES or kind in name.lower():
            return name
        return phrases.OF.format(kind, name)

    def calculation(self, template: str) -> str:
        """A template by the entities that it names."""
        named = dict.fromkeys(_ENTITY.findall(template))
        found = [self.entity(each) for each in named if self.home.entity(each) is not None]
        shown = listed(found[:_FEW] + (["others"] if len(found) > _FEW else []))
        return phrases.CALCULATION_WITH.format(shown) if found else phrases.CALCULATION

    # -- targets -------------------------------------------------------------------------------------------------------

    def target(self, target: Target, domain: str) -> str:
        """All that a target reaches: `Hall lamp and all lights in the kitchen`."""
        every = phrases.EVERYTHING if domain in {"homeassistant", ""} else phrases.ALL_OF.format(noun(domain, 1))
        found = listed(list(self._parts(target, domain, every))) or phrases.NOTHING
        if target.exclude is None or target.exclude.empty:
            return found
        return phrases.EXCEPT.format(found, listed(list(self._parts(target.exclude, domain, every))))

    def _of_device(self, device_id: str, domain: str, every: str) -> str:
        """What an action reaches in a device: its one light by name, `all lights of` it where there are several."""
        ids = self.home.registry.by_device.get(device_id, ()) if type(device_id) is str else ()
        found = [each for each in ids if each.partition(".")[0] == domain]
        if len(found) == 1:
            return self.entity(found[0])
        whole = self.device(device_id)
        apart = domain not in {"homeassistant", ""} and device_id in self.home.registry.devices
        return f"{every} {phrases.OF_DEVICE.format(whole)}" if apart else whole

    def _parts(self, target: Target, domain: str, every: str) -> Iterator[str]:
        for entity_id in target.entity_id:
            yield {"all": every, "none": phrases.NOTHING}.get(entity_id) or self.entity(entity_id)
        for device_id in target.device_id:
            yield self._of_device(device_id, domain, every)
        yield from (f"{every} {each}" for each in self.places(target))

    def places(self, target: Target) -> Iterator[str]:
        """Areas, floors and labels of a target, with their prepositions."""
        for area_id in target.area_id:
            area = self.home.registry.areas.get(area_id)
            yield phrases.IN_AREA.format(_unknown(area_id)) if area is None else room(area.name)
        for floor_id in target.floor_id:
            floor = self.home.registry.floors.get(floor_id)
            yield phrases.ON_NAMED_FLOOR.format(_unknown(floor_id)) if floor is None else on_floor(floor.name)
        for label_id in target.label_id:
            label = self.home.registry.labels.get(label_id)
            yield phrases.LABELLED.format(_unknown(label_id) if label is None else quoted(label.name))

    def one_of(self, target: Target | None, domain: str, behavior: str) -> str:
        """What a purpose-made trigger or condition watches: `the first light in the kitchen`, or a name.

        `behavior` is one of the phrases for one, each, the first, the last or none of several.
        """
        target = target or Target()
        by_name = [self.entity(each) for each in target.entity_id] + [self.device(each) for each in target.device_id]
        places = list(self.places(target))
        if len(by_name) == 1 and not places:
            return by_name[0]
        if len(by_name) == len(target.entity_id) > 1 and not places:
            return self._of_named(target.entity_id, behavior)
        where = listed([f"{phrases.OF_DEVICE.format(each)}" for each in by_name] + places, phrases.OR)
        return f"{behavior.format(noun(domain, int(behavior == phrases.EACH_OF)))} {where}".strip()

    def _of_named(self, entity_ids: Sequence[str], behavior: str) -> str:
        match behavior:
            case phrases.EACH_OF:
                return self.every_one(entity_ids)
            case phrases.NONE_OF:
                return self.not_one(entity_ids)
            case phrases.FIRST_OF | phrases.LAST_OF:
                named = phrases.FIRST_NAMED if behavior == phrases.FIRST_OF else phrases.LAST_NAMED
                return named.format(self.entities(entity_ids))
            case _:
                return self.entities(entity_ids, phrases.OR)


def dynamic(given: Template | Tagged) -> str:
    """A target that is known only at run time; the one of a loop is it."""
    if isinstance(given, Tagged):
        return opaque(given)
    return phrases.IT if _LOOPED.fullmatch(given.strip()) else phrases.DYNAMIC_TARGET


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", re.sub(r"['’]", "", name.lower())).strip("_")  # noqa: RUF001 - an apostrophe


def noun(domain: str, plural: int) -> str:
    """What the things of a domain are called; `plural` is 0 or 1."""
    known = phrases.NOUNS.get(domain)
    return known[plural] if known is not None else words(domain) + ("s" if plural else "")


def room(name: str) -> str:
    """Where something is: `in the kitchen`, `in Anna's room`, `upstairs`."""
    lowered = " ".join(name.split()).lower()
    if lowered in phrases.PLACES:
        return lowered
    if lowered.rpartition(" ")[2] in phrases.ROOMS and "'" not in name and "’" not in name:  # noqa: RUF001 - an apostrophe
        return phrases.IN_ROOM.format(lowered)
    return phrases.IN_AREA.format(" ".join(name.split()))


def on_floor(name: str) -> str:
    """On which floor: `on the ground floor`, `upstairs`."""
    lowered = " ".join(name.split()).lower()
    if lowered in phrases.PLACES:
        return lowered
    return (
        (phrases.ON_FLOOR.format(lowered)) if lowered.endswith(phrases.FLOOR) else phrases.ON_NAMED_FLOOR.format(name)
    )


def _unknown(thing: str) -> str:
    return phrases.DYNAMIC_TARGET if isinstance(thing, Template) else words(thing)
