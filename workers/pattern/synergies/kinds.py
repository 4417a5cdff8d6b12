"""Kinds of devices, as far as it matters what one does after the other. Pure."""

from __future__ import annotations

from typing import Final

from shared.home import Registry

_BY_DOMAIN: Final = {
    "light": "light",
    "switch": "switch",
    "fan": "fan",
    "climate": "climate",
    "cover": "cover",
    "media_player": "player",
    "lock": "lock",
    "scene": "scene",
    "script": "scene",
    "person": "presence",
    "device_tracker": "presence",
    "zone": "presence",
    "sun": "sun",
}
_BY_CLASS: Final = {
    "motion": "motion",
    "occupancy": "motion",
    "presence": "motion",
    "moving": "motion",
    "door": "door",
    "garage_door": "door",
    "opening": "door",
    "window": "window",
    "moisture": "moisture",
    "gas": "moisture",
    "running": "appliance",
    "power": "appliance",
    "enum": "appliance",
}
_ACTIONABLE: Final = frozenset({"light", "switch", "fan", "climate", "cover", "player", "lock", "scene", "mode"})
_GATES: Final = frozenset({"garage", "gate", "door"})
_ACTIVE: Final = frozenset(
    {"on", "home", "open", "opening", "playing", "heat", "cool", "heat_cool", "auto", "dry", "fan_only", "unlocked"}
)
_RESTING: Final = frozenset({"off", "closed", "idle", "standby", "paused", "stopped", "not_home"})


def device_class_of(entity_id: str, registry: Registry | None) -> str | None:
    """The device class of an entity, where the home tells one."""
    entity = registry.entities.get(entity_id) if registry else None
    return entity.device_class if entity else None


def kind_of(entity_id: str, registry: Registry | None) -> str:
    """What an entity is: by its domain, or for sensors by their device class; `sensor` where that says nothing."""
    domain = entity_id.partition(".")[0]
    if domain.startswith("input_"):
        return "mode"
    return _BY_DOMAIN.get(domain) or _BY_CLASS.get(device_class_of(entity_id, registry) or "", "sensor")


def actionable(entity_id: str, state: str, registry: Registry | None) -> bool:
    """Whether an automation may bring an entity into a state: no lock is opened, nor a garage door or a gate."""
    kind = kind_of(entity_id, registry)
    if kind == "lock":
        return state == "locked"
    if kind == "cover" and device_class_of(entity_id, registry) in _GATES:
        return state == "closed"
    return kind in _ACTIONABLE


def acts(entity_id: str, registry: Registry | None) -> bool:
    """Whether an entity is something that one acts upon at all."""
    return kind_of(entity_id, registry) in _ACTIONABLE


def active(state: str) -> bool:
    """Whether a state is the active one of two, as on, open or at home are."""
    return state in _ACTIVE


def resting(state: str) -> bool:
    """Whether a state is the one of two that something goes back to."""
    return state in _RESTING
