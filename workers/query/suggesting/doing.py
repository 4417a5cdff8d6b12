"""What things do when they come to a state, in English words; and how one is told to do it. Pure."""

from __future__ import annotations

from typing import Final, NamedTuple

from shared.home import Registry
from workers.query.suggesting.calling import Calling, is_plain
from workers.query.suggesting.idea import Step

MOTION, OPENING = "motion", "opening"
_FAMILIES: Final = {
    "motion": MOTION, "occupancy": MOTION, "presence": MOTION, "moving": MOTION,
    "door": OPENING, "window": OPENING, "garage_door": OPENING, "opening": OPENING,
}  # fmt: skip
_SENSING: Final = frozenset({"motion", "movement", "occupancy", "presence"})
"""Last words of a name that say already what is sensed: "Hall motion"."""
_GATES: Final = frozenset({"garage", "gate", "door"})
_SWITCHED: Final = frozenset({"light", "switch", "fan", "humidifier", "input_boolean", "media_player"})
_CHOSEN: Final = frozenset({"select", "input_select"})
_MODES: Final = frozenset({"heat", "cool", "heat_cool", "auto", "dry", "fan_only"})


class Doing(NamedTuple):
    """What a thing does: `turns on`, and `turning on`; the latter is empty where the thing's name says enough."""

    does: str
    by_doing: str


_DOINGS: Final[dict[tuple[str, str], Doing]] = {
    ("", "on"): Doing("turns on", "turning on"),
    ("", "off"): Doing("turns off", "turning off"),
    ("", "open"): Doing("is opened", "opening"),
    ("", "closed"): Doing("is closed", "closing"),
    ("", "locked"): Doing("is locked", "being locked"),
    ("", "unlocked"): Doing("is unlocked", "being unlocked"),
    ("", "playing"): Doing("starts playing", "playing"),
    ("", "paused"): Doing("is paused", "being paused"),
    ("", "cleaning"): Doing("starts cleaning", "cleaning"),
    ("", "docked"): Doing("is docked", "docking"),
    ("light", "on"): Doing("turns on", ""),
    ("switch", "on"): Doing("turns on", ""),
    ("fan", "on"): Doing("turns on", ""),
    (MOTION, "on"): Doing("is detected", ""),
    (MOTION, "off"): Doing("is clear", "being clear"),
    (OPENING, "on"): Doing("is opened", "opening"),
    (OPENING, "off"): Doing("is closed", "closing"),
    ("person", "home"): Doing("comes home", "coming home"),
    ("person", "not_home"): Doing("leaves", "leaving"),
    ("device_tracker", "home"): Doing("comes home", "coming home"),
    ("device_tracker", "not_home"): Doing("leaves", "leaving"),
    ("sun", "above_horizon"): Doing("rises", "rising"),
    ("sun", "below_horizon"): Doing("sets", "setting"),
}


def device_class_of(entity_id: str, registry: Registry) -> str:
    """The device class of an entity; empty where the home tells none."""
    entity = registry.entities.get(entity_id)
    return (entity.device_class or "") if entity is not None else ""


def doing(step: Step, registry: Registry) -> Doing | None:
    """What a thing does that comes to a state; None where the state is no word that can be said."""
    domain = step.entity_id.partition(".")[0]
    family = domain
    if domain == "binary_sensor":
        family = _FAMILIES.get(device_class_of(step.entity_id, registry), domain)
    known = _DOINGS.get((family, step.state)) or _DOINGS.get(("", step.state))
    said = step.state.replace("_", " ")
    if known is not None or not is_plain(said):
        return known
    return Doing(f"becomes {said}", f"becoming {said}")


def happens(step: Step, calling: Calling) -> str | None:
    """A clause for after "when": `the Hall motion is detected`; None where there are no words for it."""
    found = doing(step, calling.registry)
    if found is None:
        return None
    does = found.does
    if does == "is detected" and calling.spoken(step.entity_id).casefold().split()[-1] not in _SENSING:
        does = "detects motion"
    if step.entity_id.startswith("sun."):
        return f"the sun {does}"
    return f"{calling.the(step.entity_id)} {does}"


def ordered(step: Step, calling: Calling) -> str | None:
    """A command that brings a thing into a state: `turn on the Hall light`.

    None for what nobody tells what to do, and for what no automation should: locks are not opened, nor garage doors
    and gates, nor are alarms touched.
    """
    domain, name = step.entity_id.partition(".")[0], calling.the(step.entity_id)
    said = _SAID.get((domain, step.state))
    if domain in _SWITCHED and step.state in {"on", "off"}:
        said = f"turn {step.state} {{}}"
    elif domain == "cover" and step.state == "open" and device_class_of(step.entity_id, calling.registry) in _GATES:
        said = None
    elif domain == "climate" and step.state in _MODES:
        said = f"set {{}} to {step.state.replace('_', ' ')}"
    elif domain in _CHOSEN and is_plain(step.state):
        said = f"set {{}} to {step.state}"
    return said.format(name) if said is not None else None


_SAID: Final = {
    ("media_player", "playing"): "resume {}",
    ("media_player", "paused"): "pause {}",
    ("cover", "open"): "open {}",
    ("cover", "closed"): "close {}",
    ("valve", "closed"): "close {}",
    ("lock", "locked"): "lock {}",
    ("climate", "off"): "turn off {}",
    ("vacuum", "cleaning"): "start {}",
    ("script", "on"): "run {}",
}
