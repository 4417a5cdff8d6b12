"""What is said in English of orders: what is done, what is missing, why it is refused."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from contracts.acting import Action
from shared.home import Registry
from workers.query.acting import Deeds, NotAble, NothingToDo, OutOfRange, WhichValue
from workers.query.answering.labels import enumerated, labels
from workers.query.understanding.orders.order import CannotBe, Deed, Missing

TOO_MUCH = "That would switch the whole home, with all that must stay as it is. Please name what you mean."
LEFT_ALONE = "All right, nothing was done."
INSTEAD_OF_ALL = ("turn off all lights", "turn off all media players")
_MORE = "{} more"
_DONE = {
    "turn_on": "Turning on {}", "turn_off": "Turning off {}", "toggle": "Switching {} over", "open_cover": "Opening {}",
    "close_cover": "Closing {}", "stop_cover": "Stopping {}", "open_valve": "Opening {}", "close_valve": "Closing {}",
    "lock": "Locking {}", "unlock": "Unlocking {}", "start": "Starting {}", "stop": "Stopping {}",
    "pause": "Pausing {}", "return_to_base": "Sending {} home", "dock": "Sending {} home", "locate": "Locating {}",
    "start_mowing": "Starting {}", "media_play": "Playing on {}", "media_pause": "Pausing {}",
    "media_stop": "Stopping {}", "media_next_track": "Next track on {}", "media_previous_track": "Previous track on {}",
    "volume_up": "Turning {} up", "volume_down": "Turning {} down", "press": "Pressing {}", "trigger": "Running {}",
    "alarm_disarm": "Disarming {}", "cancel": "Cancelling {}", "increase_speed": "Speeding {} up",
    "decrease_speed": "Slowing {} down",
}  # fmt: skip
_ACTIVATING = {"scene": "Activating {}", "script": "Running {}"}
_DEEDS = {
    Deed.ON: "turned on", Deed.OFF: "turned off", Deed.TOGGLE: "toggled", Deed.SET: "set", Deed.OPEN: "opened",
    Deed.CLOSE: "closed", Deed.LOCK: "locked", Deed.UNLOCK: "unlocked", Deed.START: "started", Deed.STOP: "stopped",
    Deed.PAUSE: "paused", Deed.PLAY: "played", Deed.NEXT: "skipped", Deed.PREVIOUS: "skipped back",
    Deed.MUTE: "muted", Deed.UNMUTE: "unmuted", Deed.DOCK: "sent home", Deed.LOCATE: "located",
    Deed.ACTIVATE: "activated", Deed.ARM: "armed", Deed.DISARM: "disarmed", Deed.PRESS: "pressed",
    Deed.CANCEL: "cancelled",
}  # fmt: skip
_SETTINGS = {
    "kelvin": "color temperature", "": "value", "option": "option", "percent": "percentage", "hvac_mode": "mode",
}  # fmt: skip


def done(found: Deeds, registry: Registry) -> str:
    """What is to be done, all of it, and what was left out."""
    text = doing(found.actions, registry)
    if found.left_out:
        names = enumerated(labels(found.left_out, registry), "and", _MORE)
        text += f" I leave out {names}, which can't do that."
    return text


def doing(actions: Sequence[Action], registry: Registry) -> str:
    """What some actions do."""
    told = [_told(action, registry) for action in actions]
    return f"{'. '.join(told)}." if told else "There is nothing to do."


def must_stay_on(entity_ids: Iterable[str], registry: Registry) -> str:
    """That some things are left out of everything."""
    return f"I leave out {enumerated(labels(sorted(entity_ids), registry), 'and', _MORE)}, which must stay on."


def _told(action: Action, registry: Registry) -> str:
    domain, _, service = action.action.partition(".")
    names = enumerated(labels(action.target.get("entity_id", ()), registry), "and", _MORE)
    pattern = _ACTIVATING.get(domain) if service == "turn_on" else None
    if service.startswith("alarm_arm_"):
        return f"Arming {names} ({service.removeprefix('alarm_arm_').replace('_', ' ')})"
    if service == "volume_mute":
        return f"{'Muting' if action.data.get('is_volume_muted') else 'Unmuting'} {names}"
    pattern = pattern or _DONE.get(service)
    values = ", ".join(_value(key, value) for key, value in action.data.items())
    if pattern is None or (values and service == "turn_on"):
        return f"Setting {names} to {values}" if values else f"{service.replace('_', ' ').capitalize()}: {names}"
    return pattern.format(names)


def _value(key: str, value: Any) -> str:  # noqa: PLR0911 (one a key)
    match key:
        case "brightness_pct" | "position" | "percentage" | "tilt_position" | "humidity":
            return f"{value} %"
        case "volume_level":
            return f"volume {round(value * 100)} %"
        case "brightness_step_pct":
            return f"{abs(value)} % {'brighter' if value > 0 else 'darker'}"
        case "color_temp_kelvin":
            return f"{value} K"
        case "temperature":
            return f"{value}°"
        case "oscillating":
            return "oscillating" if value else "not oscillating"
        case _:
            return str(value).replace("_", " ")


def out_of_range(found: OutOfRange, registry: Registry) -> str:
    """That a value is not taken, and which are."""
    (name,) = labels((found.entity_id,), registry)
    unit = found.unit
    return (
        f"I can't set the {found.what} of {name} to {found.value:g}{unit}: "
        f"it takes {found.low:g}{unit} to {found.high:g}{unit}."
    )


def not_able(found: NotAble, registry: Registry) -> str:
    """That a thing can't do what was ordered, and what it can."""
    names = enumerated(labels(found.entities, registry), "and", _MORE)
    if found.value:
        choices = f" It can be: {enumerated(list(found.choices), 'or', _MORE)}." if found.choices else ""
        return f"{names} can't be set to “{found.value.replace('_', ' ')}”.{choices}"
    if found.what:
        return f"{names} has no {_SETTINGS.get(found.what, found.what)} that can be set."
    return f"{names} can't be {_DEEDS[found.deed]}."


def cannot(reading: CannotBe, names: list[str]) -> str:
    """That the named things can't follow a deed."""
    return f"{enumerated(names, 'and', _MORE) or reading.said} can't be {_DEEDS[reading.deed]}."


def nothing_to_do(found: NothingToDo, registry: Registry) -> str:
    """That none is in the state that was said."""
    names = enumerated(labels(found.entities, registry), "and", _MORE)
    return f"None of them is {found.only}: {names}."


def which_value(found: WhichValue, registry: Registry) -> str:
    """What is asked where a value is missing."""
    (name,) = labels((found.entity_id,), registry)
    if found.what == "alarm":
        return f"How shall I arm {name}?"
    return f"What shall I set {name} to?"


def missing(reading: Missing) -> tuple[str, list[tuple[str, str]]]:
    """What is asked where an order lacks a part, and ready answers as whole orders."""
    if reading.what == "kind" and reading.place is not None and reading.deed in {Deed.ON, Deed.OFF}:
        verb = f"turn {reading.deed.value}"
        options = [
            (f"the lights in {reading.place}", f"{verb} the lights in {reading.place}"),
            (f"everything in {reading.place}", f"{verb} everything in {reading.place}"),
        ]
        return f"What shall be turned {reading.deed.value} in {reading.place}?", options
    verb = _DEEDS[reading.deed] if reading.deed is not None else "done"
    where = f" in {reading.place}" if reading.place else ""
    return f"What shall be {verb}{where}?", []
