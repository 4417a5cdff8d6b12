"""What the states of things are called in English: how one begins, holds, fails and lasts. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Wording:
    """The verbs of a state: of a lamp's `on`: turns on, is on, is not on, has been on."""

    begins: str
    holds: str
    fails: str
    lasts: str


def _is(begins: str, adjective: str) -> Wording:
    return Wording(begins, f"is {adjective}", f"is not {adjective}", f"has been {adjective}")


def _does(noun: str) -> dict[str, Wording]:
    """Of a sensor that detects something."""
    some, none = f"detects {noun}", f"detects no {noun}"
    return {
        "on": Wording(some, some, f"does not detect {noun}", f"has detected {noun}"),
        "off": Wording(f"stops detecting {noun}", none, some, f"has detected no {noun}"),
    }


def _pair(on: Wording, off: Wording) -> dict[str, Wording]:
    return {"on": on, "off": off}


def _or_not(begins: str, ends: str, adjective: str) -> dict[str, Wording]:
    off = Wording(ends, f"is not {adjective}", f"is {adjective}", f"has not been {adjective}")
    return {"on": _is(begins, adjective), "off": off}


_OPEN, _CLOSED = _is("opens", "open"), _is("closes", "closed")
_OPENING = _pair(_OPEN, _CLOSED)

ANYWHERE: Final[dict[str, Wording]] = {
    "on": _is("turns on", "on"),
    "off": _is("turns off", "off"),
    "open": _OPEN,
    "closed": _CLOSED,
    "opening": _is("begins to open", "opening"),
    "closing": _is("begins to close", "closing"),
    "locked": _is("is locked", "locked"),
    "unlocked": _is("is unlocked", "unlocked"),
    "locking": _is("begins to lock", "locking"),
    "unlocking": _is("begins to unlock", "unlocking"),
    "jammed": _is("jams", "jammed"),
    "playing": _is("starts to play", "playing"),
    "paused": _is("is paused", "paused"),
    "idle": _is("becomes idle", "idle"),
    "active": _is("becomes active", "active"),
    "unavailable": _is("becomes unavailable", "unavailable"),
    "unknown": _is("becomes unknown", "unknown"),
    "cleaning": _is("starts to clean", "cleaning"),
    "docked": _is("returns to its dock", "at its dock"),
    "returning": _is("starts to return", "on its way back"),
}
"""States that mean the same of whatever is in them."""
BY_DOMAIN: Final[dict[str, dict[str, Wording]]] = {
    **{
        each: {"home": _is("comes home", "home"), "not_home": _is("leaves home", "away")}
        for each in ("person", "device_tracker", "group")
    },
    "sun": {
        "above_horizon": Wording("rises", "is up", "is not up", "has been up"),
        "below_horizon": Wording("sets", "is down", "is not down", "has been down"),
    },
    "alarm_control_panel": {
        "triggered": _is("goes off", "going off"),
        "disarmed": _is("is disarmed", "disarmed"),
        "armed_away": _is("is armed for absence", "armed for absence"),
        "armed_home": _is("is armed for people at home", "armed for people at home"),
        "armed_night": _is("is armed for the night", "armed for the night"),
        "armed_vacation": _is("is armed for holidays", "armed for holidays"),
        "arming": _is("begins to arm", "arming"),
        "pending": _is("begins to wait for its code", "waiting for its code"),
    },
    "climate": {
        each: _is(f"switches to {words}", f"set to {words}")
        for each, words in {
            "heat": "heating",
            "cool": "cooling",
            "heat_cool": "heating and cooling",
            "auto": "automatic",
            "dry": "drying",
            "fan_only": "fan only",
        }.items()
    },
}
"""States whose meaning depends on the domain."""
BY_CLASS: Final[dict[str, dict[str, Wording]]] = {
    **{each: _does(each) for each in ("motion", "smoke", "gas", "vibration", "sound", "light", "heat")},
    "carbon_monoxide": _does("carbon monoxide"),
    "tamper": _does("tampering"),
    "occupancy": _does("presence"),
    "moving": _pair(_is("starts to move", "moving"), _is("stops moving", "still")),
    "presence": _pair(_is("comes home", "home"), _is("leaves home", "away")),
    **dict.fromkeys(("door", "window", "garage_door", "opening"), _OPENING),
    "lock": _pair(_is("is unlocked", "unlocked"), _is("is locked", "locked")),
    "moisture": _pair(_is("gets wet", "wet"), _is("gets dry", "dry")),
    "cold": _or_not("gets cold", "is no longer cold", "cold"),
    "battery": _or_not("gets low", "is no longer low", "low"),
    "battery_charging": _or_not("starts to charge", "stops charging", "charging"),
    "connectivity": _pair(_is("connects", "connected"), _is("loses its connection", "disconnected")),
    "plug": _pair(_is("is plugged in", "plugged in"), _is("is unplugged", "unplugged")),
    "power": _pair(_is("gets power", "under power"), _is("loses its power", "without power")),
    "running": _or_not("starts to run", "stops running", "running"),
    "problem": _pair(
        Wording("reports a problem", "reports a problem", "reports no problem", "has reported a problem"),
        Wording("is well again", "reports no problem", "reports a problem", "has reported no problem"),
    ),
    "safety": _pair(_is("becomes unsafe", "unsafe"), _is("becomes safe", "safe")),
}
"""What on and off of a binary sensor mean, by its device class."""


def plural(verb: str) -> str:
    """A verb of one thing for several: `is on` as are on."""
    for one, several in (
        ("is ", "are "),
        ("has ", "have "),
        ("does ", "do "),
        ("detects ", "detect "),
        ("reports ", "report "),
    ):
        if verb.startswith(one):
            return several + verb.removeprefix(one)
    return verb


def wording(domain: str, device_class: str | None, state: str) -> Wording:
    """The verbs of a state; one that is not known here is named as it is."""
    classed = BY_CLASS.get(device_class or "", {}) if domain == "binary_sensor" else {}
    found = classed.get(state) or BY_DOMAIN.get(domain, {}).get(state) or ANYWHERE.get(state)
    if found is not None:
        return found
    if domain in {"person", "device_tracker"}:
        return Wording(f"arrives at {state}", f"is at {state}", f"is not at {state}", f"has been at {state}")
    named = f"“{state}”"
    return Wording(f"changes to {named}", f"is {named}", f"is not {named}", f"has been {named}")
