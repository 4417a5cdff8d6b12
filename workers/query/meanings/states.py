"""What a state word means for each kind of entity: whether "open", "on" or "low" holds, from the raw state.

Selectors are as in `kinds`. A word and its opposite share a row: the opposite holds where the word does not.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.home import Entity, EntityState
from workers.query.meanings.measures import number

LOW_BATTERY = 20
"""Percent below which a battery is low."""
FULL_BATTERY = 95
"""Percent from which on a battery is full."""
DARK_LUX = 20
"""Lux below which it is dark outside."""


@dataclass(frozen=True, slots=True)
class Test:
    """The raw states in which a word holds, or (`but`) in which it does not."""

    raw: frozenset[str]
    but: bool = False

    def holds(self, raw: str) -> bool:
        """Whether the word holds in a raw state."""
        return (raw in self.raw) is not self.but


def _is(raw: str) -> Test:
    return Test(frozenset(raw.split()))


def _is_not(raw: str) -> Test:
    return Test(frozenset(raw.split()), but=True)


def _each(selectors: str, test: Test) -> dict[str, Test]:
    return dict.fromkeys(selectors.split(), test)


def _classes(classes: str, test: Test) -> dict[str, Test]:
    return {f"binary_sensor.{each}": test for each in classes.split()}


_EVENTS = (
    "motion moving occupancy presence moisture smoke gas carbon_monoxide vibration sound problem tamper safety heat "
    "cold light opening door window garage_door"
)

TESTS: Mapping[str, Mapping[str, Test]] = {
    "on": {
        **_each("light switch fan input_boolean humidifier siren automation remote script group schedule", _is("on")),
        **_each("media_player", _is("on playing paused buffering")),
        **_each("climate water_heater", _is_not("off")),
        **_each("vacuum", _is("on cleaning returning")),
        **_each("lawn_mower", _is("mowing")),
        **_each("camera", _is_not("off")),
        **_each("alarm_control_panel", _is_not("disarmed")),
        **_each("timer", _is("active")),
        "binary_sensor.": _is("on"),
        **_classes("power plug running light connectivity battery_charging", _is("on")),
        **_each("update", _is("on")),
    },
    "open": {
        **_each("cover valve", _is_not("closed")),
        **_classes("door window garage_door opening", _is("on")),
    },
    "unlocked": {"lock": _is("unlocked unlocking open opening"), **_classes("lock", _is("on"))},
    "locked": {"lock": _is("locked"), **_classes("lock", _is("off"))},
    "jammed": {"lock": _is("jammed")},
    "home": _each("person device_tracker", _is("home")),
    "detected": {**_classes(_EVENTS, _is("on")), "binary_sensor.": _is("on"), "update": _is("on")},
    "wet": _classes("moisture", _is("on")),
    "low": _classes("battery", _is("on")),
    "charging": {**_classes("battery_charging", _is("on")), "vacuum": _is("charging")},
    "playing": {"media_player": _is("playing")},
    "paused": {**_each("media_player vacuum timer lawn_mower", _is("paused"))},
    "idle": {"media_player": _is("idle standby"), "timer": _is("idle"), "vacuum": _is("idle docked")},
    "armed": {"alarm_control_panel": _is("armed_away armed_home armed_night armed_vacation armed_custom_bypass arming "
                                         "pending triggered")},
    "triggered": {"alarm_control_panel": _is("triggered"), **_classes(_EVENTS, _is("on"))},
    "running": {
        **_each("switch fan script humidifier siren input_boolean", _is("on")),
        **_classes("running power plug moving", _is("on")),
        "binary_sensor.": _is("on"),
        "vacuum": _is("cleaning on returning"), "lawn_mower": _is("mowing"), "automation": _is("on"),
        "climate": _is_not("off"), "water_heater": _is_not("off"),
        "timer": _is("active"), "media_player": _is("playing on"),
    },
    "cleaning": {"vacuum": _is("cleaning on")},
    "mowing": {"lawn_mower": _is("mowing")},
    "docked": {"vacuum": _is("docked"), "lawn_mower": _is("docked")},
    "returning": {"vacuum": _is("returning"), "lawn_mower": _is("returning")},
    "occupied": _classes("occupancy presence motion", _is("on")),
    "available": {"*": _is_not("unavailable")},
    "unknown": {"*": _is("unknown")},
    "opening": _each("cover valve", _is("opening")),
    "closing": _each("cover valve", _is("closing")),
    "enabled": _each("automation input_boolean", _is("on")),
    "risen": {"sun": _is("above_horizon")},
    "recording": {"camera": _is("recording streaming")},
    "moving": {**_classes("moving motion vibration", _is("on")), "cover": _is("opening closing")},
}  # fmt: skip

OPPOSITES: Mapping[str, str] = {
    "off": "on", "closed": "open", "away": "home", "clear": "detected", "dry": "wet", "normal": "low",
    "disarmed": "armed", "stopped": "running", "vacant": "occupied", "unavailable": "available",
    "disabled": "enabled", "set_sun": "risen",
}  # fmt: skip

MEANINGS: Mapping[str, Mapping[str, str]] = {
    "out": {"cover": "open", "person": "away", "device_tracker": "away"},
    "in": {"cover": "closed", "person": "home", "device_tracker": "home"},
    "up": {"cover": "open", "sun": "risen"},
    "down": {"cover": "closed", "sun": "set_sun"},
    "open": {"lock": "unlocked"},
    "closed": {"lock": "locked"},
    "clear": {"binary_sensor": "clear"},
    "triggered": {"binary_sensor": "detected"},
    "light_outside": {"light": "on"},
}
"""Words that mean another word for some domains, where they mean nothing by themselves."""

ABOUT_AVAILABILITY = frozenset({"available", "unavailable", "unknown"})
"""Words about the state itself, which hold of unavailable things too."""

ACTIVE = frozenset({
    "on", "open", "unlocked", "jammed", "detected", "wet", "low", "playing", "triggered", "running", "unavailable",
    "cleaning", "heating", "cooling", "away", "unknown", "occupied", "moving", "recording", "charging", "opening",
})  # fmt: skip
"""Words for which one thing is enough: "are the windows open" asks whether any is, "… closed" whether all are."""

_ACTIONS = {"heating": frozenset({"heating", "preheating"}), "cooling": frozenset({"cooling"})}
_SUN_DARK = {"dark": "below_horizon", "light_outside": "above_horizon"}


def applies(word: str, entity: Entity) -> bool:
    """Whether a state word can be said of an entity at all."""
    if word in _ACTIONS:
        return entity.domain == "climate"
    if word in _SUN_DARK:
        return entity.domain == "sun" or entity.device_class == "illuminance"
    if word in {"low", "normal", "full"} and entity.domain == "sensor":
        return entity.device_class == "battery"
    return _test(OPPOSITES.get(word, word), entity) is not None


def meant(word: str, entity: Entity) -> str | None:
    """The state word that a word means for an entity; None where it can't be said of it."""
    if applies(word, entity):
        return word
    other = MEANINGS.get(word, {}).get(entity.domain)
    return other if other and applies(other, entity) else None


def holds(word: str, entity: Entity, state: EntityState | None) -> bool | None:
    """Whether a state word holds of an entity now; None where its state does not tell."""
    if state is None or (not state.known and word not in ABOUT_AVAILABILITY):
        return None
    base = OPPOSITES.get(word, word)
    found = _special(base, entity, state)
    if found is None:
        test = _test(base, entity)
        found = test.holds(state.state) if test else None
    return found if found is None or base == word else not found


def _test(base: str, entity: Entity) -> Test | None:
    row = TESTS.get(base, {})
    return row.get(f"{entity.domain}.{entity.device_class or ''}") or row.get(entity.domain) or row.get("*")


def _special(base: str, entity: Entity, state: EntityState) -> bool | None:
    """Words that need more than the raw state."""
    if base in _ACTIONS:
        action = state.attributes.get("hvac_action")
        return state.state in {base[:4], base} if action is None else action in _ACTIONS[base]
    if base == "running" and entity.domain == "climate":
        return state.attributes.get("hvac_action", state.state) not in {"off", "idle"}
    if base == "low" and entity.domain == "sensor":
        level = number(state.state)
        return None if level is None else level < LOW_BATTERY
    if base == "full":
        level = number(state.state)
        return None if level is None else level >= FULL_BATTERY
    if base in _SUN_DARK:
        return _dark(base, entity, state)
    return None


def _dark(base: str, entity: Entity, state: EntityState) -> bool | None:
    if entity.domain == "sun":
        return state.state == _SUN_DARK[base]
    lux = number(state.state)
    return None if lux is None else (lux < DARK_LUX) is (base == "dark")


def said(entity: Entity, raw: str) -> str:
    """The word for a raw state: a binary sensor's class says what on and off mean, others speak for themselves."""
    if entity.domain != "binary_sensor" or raw not in {"on", "off"}:
        return raw
    on, off = _SAID.get(entity.device_class or "", ("on", "off"))
    return on if raw == "on" else off


_SAID: Mapping[str, tuple[str, str]] = {
    **dict.fromkeys(("door", "window", "garage_door", "opening"), ("open", "closed")),
    **dict.fromkeys(
        ("motion", "occupancy", "presence", "smoke", "gas", "carbon_monoxide", "vibration", "sound", "tamper", "light"),
        ("detected", "clear"),
    ),
    "moisture": ("wet", "dry"),
    "lock": ("unlocked", "locked"),
    "battery": ("low", "normal"),
    "battery_charging": ("charging", "not charging"),
    "connectivity": ("connected", "disconnected"),
    "plug": ("plugged in", "unplugged"),
    "power": ("on", "off"),
    "problem": ("problem", "ok"),
    "safety": ("unsafe", "safe"),
    "running": ("running", "stopped"),
    "moving": ("moving", "still"),
    "heat": ("hot", "normal"),
    "cold": ("cold", "normal"),
    "update": ("update available", "up to date"),
}
