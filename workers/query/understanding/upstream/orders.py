"""A match that orders something, as a command of ours: one deed on the entities of its slots."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from shared.home import Entity
from workers.query.understanding.orders.order import Command, Deed, Order, Setting
from workers.query.understanding.reading import Ambiguous
from workers.query.understanding.subjects import Subjects
from workers.query.understanding.upstream.grammar import Match
from workers.query.understanding.upstream.scopes import meant, scope

CONFIDENCE = 0.9
Slots = Mapping[str, Any]
DOMAINS = {
    "HassClimateSetTemperature": "climate", "HassClimateSetFanMode": "climate", "HassFanSetSpeed": "fan",
    "HassMediaNext": "media_player", "HassMediaPrevious": "media_player", "HassMediaPause": "media_player",
    "HassMediaUnpause": "media_player", "HassMediaPlayerMute": "media_player", "HassMediaPlayerUnmute": "media_player",
    "HassSetVolume": "media_player", "HassSetVolumeRelative": "media_player", "HassVacuumStart": "vacuum",
    "HassVacuumReturnToBase": "vacuum", "HassLawnMowerStartMowing": "lawn_mower", "HassLawnMowerDock": "lawn_mower",
}  # fmt: skip
"""What an intent is about where its slots don't say so."""
_ONE_OF = frozenset({"media_player", "vacuum", "lawn_mower", "climate"})
"""Of these, one is meant where none is named: that which is active, else it is asked which."""
_DEEDS = {
    "HassTurnOn": Deed.ON, "HassTurnOff": Deed.OFF, "HassMediaNext": Deed.NEXT, "HassMediaPrevious": Deed.PREVIOUS,
    "HassMediaPause": Deed.PAUSE, "HassMediaUnpause": Deed.PLAY, "HassMediaPlayerMute": Deed.MUTE,
    "HassMediaPlayerUnmute": Deed.UNMUTE, "HassVacuumStart": Deed.START, "HassVacuumReturnToBase": Deed.DOCK,
    "HassLawnMowerStartMowing": Deed.START, "HassLawnMowerDock": Deed.DOCK,
}  # fmt: skip
_MOVED = {
    "cover": {Deed.ON: Deed.OPEN, Deed.OFF: Deed.CLOSE},
    "valve": {Deed.ON: Deed.OPEN, Deed.OFF: Deed.CLOSE},
    "lock": {Deed.ON: Deed.LOCK, Deed.OFF: Deed.UNLOCK},
}
"""What upstream calls on and off of things that are neither."""


def _light(slots: Slots) -> Setting | None:
    if "brightness" in slots:
        return Setting("brightness", float(slots["brightness"]), "percent")
    if "temperature" in slots:
        return Setting("kelvin", float(slots["temperature"]), "kelvin")
    return Setting("color", str(slots["color"])) if "color" in slots else None


def _louder(slots: Slots) -> Setting | None:
    step = slots.get("volume_step")
    if step in {"up", "down"}:
        return Setting("volume", step=1 if step == "up" else -1)
    if isinstance(step, int | float) and step:
        return Setting("volume", abs(float(step)), step=1 if step > 0 else -1)
    return None


_SETTINGS: dict[str, Callable[[Slots], Setting | None]] = {
    "HassLightSet": _light,
    "HassSetPosition": lambda slots: Setting("", float(slots["position"]), "percent"),
    "HassClimateSetTemperature": lambda slots: Setting("temperature", float(slots["temperature"]), "degrees"),
    "HassClimateSetFanMode": lambda slots: Setting("fan_mode", str(slots["fan_mode"])),
    "HassFanSetSpeed": lambda slots: Setting("", float(slots["percentage"]), "percent"),
    "HassSetVolume": lambda slots: Setting("volume", float(slots["volume_level"])),
    "HassSetVolumeRelative": _louder,
}


def command(match: Match, subjects: Subjects, *, singular: bool = False) -> Command | Ambiguous | None:
    """The command, which of several things it is for, or None where there is no such thing.

    `singular` is whether one thing of a kind was spoken of: of several it is never all.
    """
    domain = match.slots.get("domain", DOMAINS.get(match.intent))
    found = meant(match, subjects, domain)
    setting = _SETTINGS[match.intent](match.slots) if match.intent in _SETTINGS else None
    if not found or (match.intent in _SETTINGS and setting is None):
        return None
    ids = tuple(each.entity_id for each in found)
    if len(found) > 1 and (match.by_name or singular):
        return Ambiguous(ids)
    deed = _deed(match, found[0]) if setting is None else Deed.SET
    place = None if match.by_name else scope(match, subjects).label
    said = found[0].name if match.by_name else ""
    implied = not match.by_name and domain in _ONE_OF
    settings = (setting,) if setting is not None else ()
    return Command((Order(deed, ids, settings, implied=implied, place=place, said=said),), CONFIDENCE)


def _deed(match: Match, entity: Entity) -> Deed:
    deed = _DEEDS[match.intent]
    return _MOVED.get(entity.domain, {}).get(deed, deed)
