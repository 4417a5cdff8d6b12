"""What a thing of the home is, by its domain, its class, and what people call it. Pure."""

from __future__ import annotations

from workers.automation.home_view import HomeView
from workers.automation.safety import words

_SWITCHES = frozenset({"switch", "input_boolean", "button", "input_button", "light"})
_MOVING_GATES = frozenset({"garage", "gate"})
_OTHER_COVERS = frozenset({"awning", "blind", "curtain", "damper", "shade", "shutter", "window"})
_OFF_HURTS = frozenset({"switch", "climate", "siren", "fan", "humidifier"})
_FAHRENHEIT_FROM = 40
"""A room can't be set to more than this at the least, in degrees Celsius."""


def domain_of(entity_id: str) -> str:
    """The part before the dot."""
    return entity_id.partition(".")[0]


def is_person(home: HomeView, entity_id: str) -> bool:
    """Whether it says where a person is: a person, a tracker, a group of them."""
    members = home.members(entity_id)
    if members:
        return all(domain_of(each) in {"person", "device_tracker", "group"} for each in members)
    return domain_of(entity_id) in {"person", "device_tracker"}


def is_known_person(home: HomeView, entity_id: str) -> bool:
    """Whether it says where a person of the home is; a tracker that no person carries may be anybody's.

    Where no person tells its trackers, all trackers pass.
    """
    if members := home.members(entity_id):
        return all(is_known_person(home, each) for each in members if not home.members(each))
    if domain_of(entity_id) != "device_tracker":
        return domain_of(entity_id) == "person"
    persons = home.ids_by_domain.get("person", ())
    carried = [told for each in persons if isinstance(told := home.attribute(each, "device_trackers"), (list, tuple))]
    used = {home.attribute(each, "source") for each in persons}
    return not any(carried) or entity_id in used or any(entity_id in each for each in carried)


def is_smoke_sensor(home: HomeView, entity_id: str) -> bool:
    """Whether it tells smoke or carbon monoxide; a group does where all its members do."""
    if members := home.members(entity_id):
        return all(is_smoke_sensor(home, each) for each in members if not home.members(each))
    if domain_of(entity_id) not in {"binary_sensor", "sensor", "siren"}:
        return False
    kind = home.device_class(entity_id)
    if kind is not None:
        return kind in {"smoke", "carbon_monoxide"}
    return words.SMOKE.in_any(home.names_of(entity_id))


def is_motion_sensor(home: HomeView, entity_id: str) -> bool:
    """Whether anybody who passes sets it off: motion, occupancy, a doorbell."""
    kind = home.device_class(entity_id)
    if domain_of(entity_id) == "event":
        return kind in {"motion", "doorbell"} or words.MOTION.in_any(home.names_of(entity_id))
    if domain_of(entity_id) != "binary_sensor":
        return False
    if kind is not None:
        return kind in {"motion", "occupancy", "presence", "moving", "vibration", "sound"}
    return words.MOTION.in_any(home.names_of(entity_id))


def says_away(home: HomeView, entity_id: str) -> bool:
    """Whether it is on while nobody is at home."""
    helpers = {"input_boolean", "switch", "binary_sensor", "schedule", "calendar"}
    return domain_of(entity_id) in helpers and words.AWAY.in_any(home.names_of(entity_id))


def is_heater(home: HomeView, entity_id: str) -> bool:
    """Whether it gets hot on a plug: a heater, a stove, an iron."""
    names = home.names_of(entity_id)
    if domain_of(entity_id) == "climate":
        return words.PLUG_IN_HEATERS.in_any(names)
    own = _own_names(home, entity_id)
    if domain_of(entity_id) not in {"switch", "fan"} or words.FIXED_HEATING.in_any(own):
        return False
    return words.HEATERS.in_any(own if _one_of_many(home, entity_id) else names) and not words.HEATER_PARTS.in_any(own)


def critical_kind(home: HomeView, entity_id: str) -> str | None:
    """Why it must stay on: `cold`, `smoke alarm`, `pump`, `medical`, `network`, `labelled`; None where it need not."""
    if domain_of(entity_id) == "automation":
        return "watching" if words.SAFETY_AUTOMATIONS.in_any(home.names_of(entity_id)) else None
    own = _own_names(home, entity_id)
    if domain_of(entity_id) not in _OFF_HURTS:
        return None
    labels = home.registry.labels
    told = (labels[each].name if each in labels else each for each in home.labels_of(entity_id))
    if words.ALWAYS_ON.in_any((*told, *own)):
        return "labelled"
    if domain_of(entity_id) not in {"switch", "climate", "siren"} or _only_a_part(own):
        return None
    names = own if _one_of_many(home, entity_id) else home.names_of(entity_id)
    network = words.NETWORK.in_any(own) or any(words.spelled(each) in words.NETWORK_ALONE for each in own)
    return next((kind for kind, said in words.CRITICAL.items() if said.in_any(names)), "network" if network else None)


def is_gate(home: HomeView, entity_id: str) -> bool:
    """Whether it opens the way into the house for a car: a garage door, a gate, or a relay that moves one."""
    domain = domain_of(entity_id)
    if domain == "cover":
        kind = home.device_class(entity_id)
        if kind in _MOVING_GATES:
            return True
        return kind not in _OTHER_COVERS and (kind == "door" or words.GATES.in_any(home.names_of(entity_id)))
    return domain in _SWITCHES - {"light"} and _moves_a_gate(home, entity_id)


def is_door_opener(home: HomeView, entity_id: str) -> bool:
    """Whether it is a relay or a button that unlocks a door."""
    return (
        domain_of(entity_id) in _SWITCHES - {"light"}
        and words.DOOR_OPENERS.in_any(_own_names(home, entity_id))
        and (not _moves_a_gate(home, entity_id))
    )


def is_room_climate(home: HomeView, entity_id: str) -> bool:
    """Whether it sets the temperature of a room, rather than of water or of a sauna."""
    return domain_of(entity_id) == "climate" and not words.SPECIAL_CLIMATES.in_any(_own_names(home, entity_id))


def sets_a_room(home: HomeView, entity_id: str) -> bool:
    """Whether it is a number that sets the temperature of a room."""
    names = _own_names(home, entity_id)
    if domain_of(entity_id) != "number" or words.SPECIAL_CLIMATES.in_any(names):
        return False
    return home.device_class(entity_id) == "temperature" and words.TARGET_TEMPERATURES.in_any(names)


def in_fahrenheit(home: HomeView) -> bool:
    """Whether this home counts in degrees Fahrenheit: no room thermostat of it goes down to 40."""
    lowest = [home.attribute(each, "min_temp") for each in home.ids_by_domain.get("climate", ())
              if is_room_climate(home, each)]  # fmt: skip
    known = [each for each in lowest if isinstance(each, (int, float))]
    return bool(known) and min(known) >= _FAHRENHEIT_FROM


def called(home: HomeView, entity_id: str) -> str:
    """An entity as people call it, with its id: `Freezer (switch.freezer)`."""
    entity = home.entity(entity_id)
    return f"{entity.name} ({entity_id})" if entity is not None and entity.name else entity_id


def _own_names(home: HomeView, entity_id: str) -> tuple[str, ...]:
    entity = home.entity(entity_id)
    friendly = home.attribute(entity_id, "friendly_name")
    names = [entity.name, *entity.aliases] if entity is not None else []
    names += [friendly] if isinstance(friendly, str) else []
    return (*names, entity_id.partition(".")[2].replace("_", " "))


def _only_a_part(own: tuple[str, ...]) -> bool:
    return words.NOT_THE_THING.in_any(own)


def _moves_a_gate(home: HomeView, entity_id: str) -> bool:
    own = _own_names(home, entity_id)
    return words.GATE_OPENERS.in_any(own) and not _only_a_part(own)


def _one_of_many(home: HomeView, entity_id: str) -> bool:
    """Whether its device has several switches, so that the device's name says little about this one."""
    entity = home.entity(entity_id)
    if entity is None or entity.device_id is None:
        return False
    domain = domain_of(entity_id)
    return sum(domain_of(each) == domain for each in home.registry.by_device.get(entity.device_id, ())) > 1
