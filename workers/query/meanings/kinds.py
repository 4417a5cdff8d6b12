"""Kinds of things, by domain and device class: what "light", "window" or "leak sensor" stand for in Home Assistant.

A selector is a domain (`light`) or a domain with a device class (`cover.garage`). The words are in
`understanding/sentences`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from shared.home import Entity


@dataclass(frozen=True, slots=True)
class Kind:
    """What belongs to a kind.

    By selector; by selector where the name says so too (`named`); where the whole home has nothing of those, by a
    `wider` selector.
    """

    selectors: frozenset[str]
    named: frozenset[str] = frozenset()
    wider: frozenset[str] = frozenset()
    event: bool = False
    """Whether being on is what it is about: motion, smoke, a leak."""


def _kind(selectors: str, named: str = "", wider: str = "", *, event: bool = False) -> Kind:
    return Kind(frozenset(selectors.split()), frozenset(named.split()), frozenset(wider.split()), event)


_SOFT_COVERS = "cover. cover.blind cover.shade cover.shutter cover.curtain"

KINDS: Mapping[str, Kind] = {
    "light": _kind("light"),
    "switch": _kind("switch"),
    "outlet": _kind("switch.outlet", "switch"),
    "fan": _kind("fan"),
    "cover": _kind("cover"),
    "blind": _kind("cover.blind cover.shade", _SOFT_COVERS, _SOFT_COVERS),
    "shutter": _kind("cover.shutter", _SOFT_COVERS, _SOFT_COVERS),
    "curtain": _kind("cover.curtain", _SOFT_COVERS, _SOFT_COVERS),
    "awning": _kind("cover.awning", "cover. cover.shade cover.blind"),
    "garage_door": _kind(
        "cover.garage binary_sensor.garage_door",
        "cover. cover.door cover.gate binary_sensor.door binary_sensor.opening",
    ),
    "gate": _kind("cover.gate", "cover. cover.door cover.garage binary_sensor.door binary_sensor.opening"),
    "door": _kind(
        "binary_sensor.door binary_sensor.garage_door cover.door cover.garage",
        "binary_sensor.opening cover. cover.gate",
    ),
    "window": _kind("binary_sensor.window cover.window", "binary_sensor.opening cover."),
    "contact": _kind("binary_sensor.door binary_sensor.window binary_sensor.garage_door binary_sensor.opening"),
    "openable": _kind(
        "binary_sensor.door binary_sensor.window binary_sensor.garage_door binary_sensor.opening cover valve"
    ),
    "entrance": _kind(
        "binary_sensor.door binary_sensor.garage_door cover.door cover.garage cover.gate",
        "binary_sensor.opening cover.",
    ),
    "lock": _kind("lock binary_sensor.lock"),
    "motion": _kind(
        "binary_sensor.motion binary_sensor.moving", wider="binary_sensor.occupancy binary_sensor.presence", event=True
    ),
    "occupancy": _kind("binary_sensor.occupancy binary_sensor.presence", wider="binary_sensor.motion", event=True),
    "somebody": _kind("binary_sensor.occupancy binary_sensor.presence binary_sensor.motion", event=True),
    "leak": _kind("binary_sensor.moisture", event=True),
    "smoke": _kind("binary_sensor.smoke", event=True),
    "gas_leak": _kind("binary_sensor.gas", event=True),
    "carbon_monoxide": _kind("binary_sensor.carbon_monoxide", event=True),
    "vibration": _kind("binary_sensor.vibration", event=True),
    "sound": _kind("binary_sensor.sound", event=True),
    "problem": _kind("binary_sensor.problem", event=True),
    "tamper": _kind("binary_sensor.tamper", event=True),
    "battery": _kind("sensor.battery binary_sensor.battery"),
    "battery_charging": _kind("binary_sensor.battery_charging"),
    "thermometer": _kind("sensor.temperature"),
    "hygrometer": _kind("sensor.humidity"),
    "sensor": _kind("sensor binary_sensor"),
    "media_player": _kind("media_player"),
    "tv": _kind("media_player.tv", "media_player"),
    "speaker": _kind("media_player.speaker", "media_player"),
    "vacuum": _kind("vacuum"),
    "lawn_mower": _kind("lawn_mower"),
    "climate": _kind("climate"),
    "humidifier": _kind("humidifier"),
    "water_heater": _kind("water_heater"),
    "valve": _kind("valve"),
    "siren": _kind("siren"),
    "camera": _kind("camera"),
    "alarm": _kind("alarm_control_panel"),
    "person": _kind("person", wider="device_tracker"),
    "tracker": _kind("device_tracker"),
    "automation": _kind("automation"),
    "script": _kind("script"),
    "scene": _kind("scene"),
    "timer": _kind("timer"),
    "update": _kind("update", event=True),
    "weather": _kind("weather"),
    "sun": _kind("sun"),
    "thing": _kind("*"),
    "switchable": _kind("light switch fan media_player humidifier siren"),
}

GENERIC: Mapping[str, str] = {
    "on": "switchable", "off": "switchable",
    "open": "openable", "closed": "openable",
    "locked": "lock", "unlocked": "lock", "jammed": "lock",
    "home": "person", "away": "person",
    "playing": "media_player", "paused": "media_player",
    "armed": "alarm", "disarmed": "alarm",
    "low": "battery", "charging": "battery_charging",
    "cleaning": "vacuum", "docked": "vacuum", "returning": "vacuum", "mowing": "lawn_mower",
    "heating": "climate", "cooling": "climate",
    "occupied": "somebody", "vacant": "somebody",
    "wet": "leak", "dry": "leak",
    "unavailable": "thing", "available": "thing", "unknown": "thing",
    "recording": "camera",
}  # fmt: skip
"""What "everything", "anything" and "what" mean with a state: "is everything locked" asks for locks."""


def selected(entity: Entity, selectors: frozenset[str]) -> bool:
    """Whether an entity is of one of some selectors; `cover.` is a cover without a class."""
    return entity.domain in selectors or f"{entity.domain}.{entity.device_class or ''}" in selectors or "*" in selectors


def members(key: str, entities: tuple[Entity, ...], says_so: Callable[[Entity, str], bool]) -> tuple[Entity, ...]:
    """The entities of a kind; `says_so` tells whether an entity's name has a word of the kind."""
    kind = KINDS[key]
    found = tuple(
        each
        for each in entities
        if selected(each, kind.selectors) or (selected(each, kind.named) and says_so(each, key))
    )
    return found or tuple(each for each in entities if kind.wider and selected(each, kind.wider))
