"""The rooms of a home, and what is in them. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import numpy as np

_ROOMS: Final = (
    "hall",
    "kitchen",
    "living_room",
    "bathroom",
    "bedroom",
    "office",
    "kids_room",
    "laundry",
    "guest_room",
)
_WITH_A_DOOR_SENSOR: Final = 0.5
_USED_OF_FEW, _USED_OF_MANY = 0.28, 0.34
_SMALL: Final = 60
"""Entities below which a home has five rooms."""


class Actuator(NamedTuple):
    """Something that people use in a room: the state that it takes, the one that it goes back to, its device class."""

    entity_id: str
    room: str
    used: str
    rest: str
    device_class: str | None = None


@dataclass
class FloorPlan:
    """Entities by their part in the life of the home, and the document of it all, which grows with them."""

    rooms: list[str]
    motion: dict[str, str] = field(default_factory=dict)
    doors: dict[str, str] = field(default_factory=dict)
    lamps: dict[str, str] = field(default_factory=dict)
    actuators: list[Actuator] = field(default_factory=list)
    numeric: list[str] = field(default_factory=list)
    diagnostic: list[str] = field(default_factory=list)
    entities: dict[str, dict[str, Any]] = field(default_factory=dict)
    devices: dict[str, dict[str, Any]] = field(default_factory=dict)

    def put(self, entity_id: str, room: str | None, device_class: str | None = None, device: str | None = None) -> str:
        """An entity of a device of its own, or of another's."""
        name = entity_id.partition(".")[2]
        device_id = device or f"device_{name}"
        self.devices.setdefault(
            device_id, {"device_id": device_id, "name": name.replace("_", " ").capitalize(), "area_id": room}
        )
        self.entities[entity_id] = {
            "entity_id": entity_id,
            "name": name.replace("_", " ").capitalize(),
            "device_id": device_id,
            "device_class": device_class,
        }
        return entity_id

    def document(self, time_zone: str) -> dict[str, Any]:
        """The home as `contracts.home.HomeDocument` reads it."""
        domains = sorted({each.partition(".")[0] for each in self.entities})
        return {
            "time_zone": time_zone,
            "areas": [{"area_id": room, "name": room.replace("_", " ").capitalize()} for room in self.rooms],
            "devices": list(self.devices.values()),
            "entities": list(self.entities.values()),
            "services": {domain: _SERVICES[domain] for domain in domains if domain in _SERVICES},
        }


_SWITCHED: Final[dict[str, Any]] = {"turn_on": {}, "turn_off": {}, "toggle": {}}
_SERVICES: Final[dict[str, dict[str, Any]]] = {
    **dict.fromkeys(("light", "switch", "fan", "input_boolean"), _SWITCHED),
    "media_player": {**_SWITCHED, "media_play": {}, "media_pause": {}},
    "cover": {"open_cover": {}, "close_cover": {}},
    "climate": {"set_temperature": {}, "set_hvac_mode": {}},
}
_USED: Final = (
    ("light", "{room}_floor_lamp", "on", "off", None),
    ("media_player", "{room}_radio", "playing", "idle", None),
    ("switch", "{room}_plug", "on", "off", "outlet"),
    ("light", "{room}_reading_lamp", "on", "off", None),
    ("fan", "{room}_fan", "on", "off", None),
    ("cover", "{room}_blind", "closed", "open", "blind"),
    ("light", "{room}_strip", "on", "off", None),
    ("switch", "{room}_heater", "on", "off", "switch"),
    ("binary_sensor", "{room}_window", "on", "off", "window"),
    ("input_boolean", "{room}_scene", "on", "off", None),
)


def floor_plan(random: np.random.Generator, entities: int, people: int) -> FloorPlan:
    """The rooms of a home of about so many entities, with what people meet there; the rest is left to other sensors."""
    plan = FloorPlan([*_ROOMS[: 5 if entities < _SMALL else 7 if entities < 2 * _SMALL else 9]])
    for room in plan.rooms:
        plan.motion[room] = plan.put(f"binary_sensor.{room}_motion", room, "motion")
        plan.lamps[room] = plan.put(f"light.{room}_ceiling", room)
        if room not in {"hall", "kitchen", "living_room"} and random.random() < _WITH_A_DOOR_SENSOR:
            plan.doors[room] = plan.put(f"binary_sensor.{room}_door", room, "door")
    plan.put("binary_sensor.front_door", "hall", "door")
    plan.put("binary_sensor.fridge_door", "kitchen", "door")
    for number in range(people):
        plan.put(f"person.person_{number + 1}", None)
    kinds = [(kind, room) for kind in _USED for room in plan.rooms]
    order = random.permutation(len(kinds))
    wanted = round(entities * (_USED_OF_FEW if entities < _SMALL else _USED_OF_MANY))
    for (domain, name, used, rest, device_class), room in (kinds[place] for place in order[:wanted]):
        entity_id = plan.put(f"{domain}.{name.format(room=room)}", room, device_class)
        plan.actuators.append(Actuator(entity_id, room, used, rest, device_class))
    return plan
