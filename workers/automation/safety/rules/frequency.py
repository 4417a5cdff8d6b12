"""How often things are done."""

from __future__ import annotations

import re
from collections.abc import Iterator

from workers.automation.finding import Code, Finding, error
from workers.automation.plan.triggers import EventTrigger, TimePatternTrigger, Trigger
from workers.automation.safety.case import Case
from workers.automation.safety.deed import Deed

NOTIFYING = frozenset({"notify", "tts", "persistent_notification", "telegram_bot", "assist_satellite", "html5"})
"""Domains that tell people something."""
_NOTIFYING = frozenset({"media_player.play_media", "media_player.speak"})
WEARING = frozenset({"lock", "cover", "valve", "switch", "siren", "climate", "water_heater", "vacuum", "lawn_mower",
                     "homeassistant", "button", "rest_command", "backup", "recorder", "fan", "humidifier",
                     "alarm_control_panel", "update"})  # fmt: skip
"""Domains whose things wear out, or whose services are heavy."""
_WEARING = frozenset({"camera.snapshot", "camera.record", "light.toggle"})
_HARMLESS = frozenset({"homeassistant.update_entity", "homeassistant.save_persistent_states"})
_EVERYTHING = frozenset({"state_changed", "state_reported", "call_service", "time_changed", "*"})
_UNITS = (("seconds", 1), ("minutes", 60), ("hours", 3600))
_DEVICES = frozenset({"light", "media_player", "number", "select", "remote", "scene"})
_EVERY = re.compile(r"^/0*([1-9]\d*)$")


def too_often(case: Case) -> Iterator[Finding]:
    """People are told something, or what wears out is moved, every few seconds.

    Reason: relays and motors last a number of times, and people switch off what tells them too much.
    Dangerous: `time_pattern` of five seconds with a message, a lock or a switch; a message at every `state_changed`; a
    light every second, whatever it is.
    Harmless: a light every ten seconds, a reminder every two hours.
    """
    for deed in case.course.deeds:
        if not deed.starters:
            continue
        for trigger in deed.starters[-1] if len(deed.starters) == 1 else ():
            seconds = period(trigger)
            if seconds is not None and _too_often(case, deed, seconds):
                what = f"{deed.service}{deed.means}"
                yield error(
                    Code.TOO_OFTEN, deed.path, f"{what} is done every {seconds} s; do it on a change, or less often."
                )
                break


def period(trigger: Trigger) -> int | None:
    """The seconds between two times that a trigger fires by itself; None where it waits for something."""
    if isinstance(trigger, EventTrigger):
        return 1 if set(trigger.event_type) & _EVERYTHING and not trigger.event_data else None
    if not isinstance(trigger, TimePatternTrigger):
        return None
    given = [(getattr(trigger, name), unit) for name, unit in _UNITS]
    finest = next((at for at, (value, _) in enumerate(given) if value is not None), None)
    if finest is None:
        return None
    for value, unit in given[finest:]:
        if value is None or str(value).strip() == "*":
            return unit
        if every := _EVERY.match(str(value).strip()):
            return int(every[1]) * unit
    return None


def _too_often(case: Case, deed: Deed, seconds: int) -> bool:
    preset = case.preset
    if deed.domain in NOTIFYING or deed.service in _NOTIFYING:
        return seconds < preset.notifying_seconds or (not deed.guards and seconds < preset.unasked_notifying_seconds)
    wears = (deed.domain in WEARING and deed.service not in _HARMLESS) or deed.service in _WEARING
    commanded = deed.domain in _DEVICES and not deed.guards and seconds < preset.commanding_seconds
    return commanded or (wears and seconds < preset.wearing_seconds)
