"""What services do to the state of a thing: `lock.unlock` makes it `unlocked`. Pure, as data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workers.automation.safety.deed import Deed

ON, OFF, TOGGLE, OPEN, CLOSED, CHANGED = "on", "off", "toggle", "open", "closed", "changed"
UNLOCKED, DISARMED = "unlocked", "disarmed"

_VERBS = {
    "turn_on": ON, "turn_off": OFF, "toggle": TOGGLE, "press": ON,
    "open_cover": OPEN, "close_cover": CLOSED, "open_valve": OPEN, "close_valve": CLOSED,
    "lock": "locked", "unlock": UNLOCKED,
    "alarm_disarm": DISARMED, "alarm_arm_away": "armed_away", "alarm_arm_home": "armed_home",
    "alarm_arm_night": "armed_night", "alarm_arm_vacation": "armed_vacation", "alarm_trigger": "triggered",
    "media_play": "playing", "media_pause": "paused", "media_stop": "idle", "play_media": "playing",
    "return_to_base": "returning", "pause": "paused",
}  # fmt: skip
_CHANGING = frozenset(
    {"set_value", "increment", "decrement", "reset", "select_option", "select_next", "select_previous", "select_first",
     "select_last", "set_datetime", "set_hvac_mode", "set_option"}
)  # fmt: skip
_SPECIAL = {"lock.open": UNLOCKED, "event.fire": CHANGED, "mqtt.publish": CHANGED}
_POSITIONS = {"set_cover_position": "position", "set_valve_position": "position"}
FOLLOWED = {"script", "scene", "automation"}
"""Domains whose entities do other things when they are started."""

POSSIBLE = (
    "lock.unlock", "lock.open", "lock.lock", "alarm_control_panel.alarm_disarm", "alarm_control_panel.alarm_arm_away",
    "cover.open_cover", "cover.close_cover", "cover.toggle", "switch.turn_on", "switch.turn_off", "switch.toggle",
    "homeassistant.turn_on", "homeassistant.turn_off", "homeassistant.toggle", "light.turn_on", "light.turn_off",
    "light.toggle", "siren.turn_on", "siren.turn_off", "automation.turn_off", "automation.turn_on", "button.press",
    "automation.trigger", "script.turn_on", "scene.turn_on", "climate.turn_off", "shell_command.run",
    "python_script.run", "fan.turn_on", "fan.turn_off", "media_player.turn_on", "media_player.turn_off",
    "input_boolean.turn_on", "input_boolean.turn_off", "notify.notify", "valve.open_valve", "valve.close_valve",
)  # fmt: skip
"""What a service that is only half known may be."""

_TYPES = {
    "open": "open_cover", "close": "close_cover", "set_position": "set_cover_position", "disarm": "alarm_disarm",
    "arm_away": "alarm_arm_away", "arm_home": "alarm_arm_home", "arm_night": "alarm_arm_night",
    "arm_vacation": "alarm_arm_vacation", "trigger": "alarm_trigger",
}  # fmt: skip


def outcome(deed: Deed) -> str:
    """What a deed makes of a thing: `on`, `off`, `toggle`, `open` ..., `changed`, or an empty text."""
    verb = deed.verb
    if deed.service in _SPECIAL:
        return _SPECIAL[deed.service]
    if verb in _POSITIONS:
        position = deed.data.get(_POSITIONS[verb])
        return CLOSED if position is not None and position.complete and position.numbers == {0.0} else OPEN
    if verb == "set_hvac_mode" and "hvac_mode" in deed.data:
        modes = deed.data["hvac_mode"]
        return str(next(iter(modes.values))) if modes.complete and len(modes.values) == 1 else CHANGED
    return _VERBS.get(verb, CHANGED if verb in _CHANGING else "")


def device_service(domain: str, kind: str) -> str:
    """The service that does what a device action does: `open` of a cover is `cover.open_cover`."""
    if domain == "lock" and kind == "open":
        return "lock.open"
    return f"{domain}.{_TYPES.get(kind, kind) if domain not in {'switch', 'light'} else kind}"


def scene_services(entity_id: str, value: Any) -> tuple[tuple[str, dict[str, Any]], ...]:
    """The services, with their data, that bring an entity to what a scene has for it."""
    domain = entity_id.partition(".")[0]
    known = dict(value) if isinstance(value, Mapping) else {"state": value}
    state = known.pop("state", None)
    state = {True: "on", False: "off"}.get(state, state) if isinstance(state, bool) else state
    service = _scene_service(domain, state) if isinstance(state, str) else ""
    found: list[tuple[str, dict[str, Any]]] = [(service, {})] if service else []
    return (*found, *_scene_settings(domain, known, state))


def _scene_service(domain: str, state: str) -> str:
    by_state = {
        "lock": {"unlocked": "lock.unlock", "open": "lock.open", "locked": "lock.lock"},
        "alarm_control_panel": {"disarmed": "alarm_control_panel.alarm_disarm"},
        "cover": {"open": "cover.open_cover", "closed": "cover.close_cover"},
        "valve": {"open": "valve.open_valve", "closed": "valve.close_valve"},
    }.get(domain, {"on": f"{domain}.turn_on", "off": f"{domain}.turn_off"})
    heating = domain in {"climate", "water_heater"} and state not in {"off", "on"}
    return f"{domain}.turn_on" if heating else by_state.get(state, "")


def _scene_settings(domain: str, known: dict[str, Any], state: Any) -> list[tuple[str, dict[str, Any]]]:
    if domain in {"climate", "water_heater"}:
        return [(f"{domain}.set_temperature", known)] if known else []
    if domain == "humidifier" and "humidity" in known:
        return [("humidifier.set_humidity", {"humidity": known["humidity"]})]
    if domain == "cover" and "current_position" in known:
        return [("cover.set_cover_position", {"position": known["current_position"]})]
    return [("number.set_value", {"value": state})] if domain == "number" else []
