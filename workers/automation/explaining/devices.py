"""The triggers, conditions and actions that devices offer, in words. Pure."""

from __future__ import annotations

from typing import Any, Final

from workers.automation.explaining.calls import call, known_action
from workers.automation.explaining.clause import Clause
from workers.automation.explaining.english import phrases
from workers.automation.explaining.english.states import ANYWHERE
from workers.automation.explaining.naming import Names
from workers.automation.explaining.values import quoted, seconds_of, span, value, words
from workers.automation.plan.actions import CallService, DeviceAction
from workers.automation.plan.conditions import DeviceCondition
from workers.automation.plan.target import Target
from workers.automation.plan.triggers import DeviceTrigger
from workers.automation.plan.value import Data

_SAID: Final = frozenset({"entity_id", "type", "subtype", "metadata", "discovery_id", "event", "unique_id"})
_SERVICES: Final = {
    "cover": {
        "open": "open_cover",
        "close": "close_cover",
        "stop": "stop_cover",
        "open_tilt": "open_cover_tilt",
        "close_tilt": "close_cover_tilt",
        "set_position": "set_cover_position",
        "set_tilt_position": "set_cover_tilt_position",
    },
    "alarm_control_panel": {
        "arm_away": "alarm_arm_away",
        "arm_home": "alarm_arm_home",
        "arm_night": "alarm_arm_night",
        "arm_vacation": "alarm_arm_vacation",
        "disarm": "alarm_disarm",
        "trigger": "alarm_trigger",
    },
    "vacuum": {"clean": "start", "dock": "return_to_base"},
}
"""The integrations' own actions behind the actions of devices that are called otherwise."""


def device_trigger(trigger: DeviceTrigger, names: Names) -> Clause:
    """What a device reports, with its limits and how long it lasts."""
    kind, config = str(trigger.config.get("type", "")), trigger.config
    subject, subtype = _subject(trigger, names), config.get("subtype")
    verb = phrases.DEVICE_EVENTS.get(kind) or phrases.PURPOSE.get(kind, "")
    if (happens := _limited(kind, subject, config)) is None:
        if subtype is not None and verb and "{" not in verb:
            happens = f"{phrases.THE_BUTTON.format(quoted(value(subtype)), subject)} {verb}"
        elif verb and "{" not in verb:
            happens = f"{subject} {verb}"
        elif subtype is not None and kind == "action":
            happens = phrases.REPORTS.format(subject, quoted(value(subtype)))
        else:
            happens = phrases.REPORTS.format(subject, quoted(words(kind)))
            happens = happens if subtype is None else phrases.SUBTYPE.format(happens, value(subtype))
    seconds = seconds_of(config.get("for"))
    return Clause.event(phrases.STAYS.format(happens, span(seconds)) if seconds else happens)


def _limited(kind: str, subject: str, config: Data) -> str | None:
    """A reading that comes above or below its limits, None where it has none."""
    above, below = config.get("above"), config.get("below")
    if above is None and below is None:
        return None
    measured = subject if kind in {"value", ""} else phrases.OF.format(words(kind), subject)
    if above is not None and below is not None:
        return phrases.COMES_BETWEEN.format(measured, value(above), value(below))
    if above is not None:
        return phrases.RISES.format(measured, value(above))
    return phrases.FALLS.format(measured, value(below))


def device_condition(condition: DeviceCondition, names: Names, *, holds: bool) -> str:
    """What a device must be, or its opposite."""
    kind, config = str(condition.config.get("type", "")).removeprefix("is_"), condition.config
    subject, above, below = _subject(condition, names), config.get("above"), config.get("below")
    if above is not None or below is not None:
        subject = subject if kind == "value" else phrases.OF.format(words(kind), subject)
        if above is not None and below is not None:
            limit = phrases.BETWEEN.format(value(above), value(below))
        else:
            limit = phrases.ABOVE.format(value(above)) if above is not None else phrases.BELOW.format(value(below))
        return (phrases.IS if holds else phrases.IS_NOT).format(subject, limit)
    if kind.startswith(("not_", "no_")):
        kind, holds = kind.partition("_")[2], not holds
    if kind in phrases.DEVICE_STATES:
        told = f"{subject} {phrases.DEVICE_STATES[kind][0 if holds else 1]}"
    elif kind in ANYWHERE:
        told = f"{subject} {ANYWHERE[kind].holds if holds else ANYWHERE[kind].fails}"
    else:
        told = (phrases.IS if holds else phrases.IS_NOT).format(subject, words(kind))
    seconds = seconds_of(config.get("for"))
    return phrases.SINCE.format(told, span(seconds)) if seconds else told


def device_action(action: DeviceAction, names: Names) -> str:
    """What a device does: as the action of its integration where that is known."""
    kind = str(action.config.get("type", ""))
    service = f"{action.domain}.{_SERVICES.get(str(action.domain), {}).get(kind, kind)}"
    if kind and known_action(service):
        entity_id = action.config.get("entity_id")
        known = isinstance(entity_id, str) and names.home.entity(entity_id) is not None
        target = Target(entity_id=(str(entity_id),)) if known else Target(device_id=(action.device_id,))
        data = Data({key: each for key, each in action.config.items() if key not in _SAID})
        return call(CallService(action=service, target=target, data=data), names)
    told = quoted(words(kind or action.domain))
    return phrases.DEVICE_DOES.format(_subject(action, names), told)


def _subject(of: Any, names: Names) -> str:
    """The entity by name where it is known, else the device."""
    entity_id = of.config.get("entity_id")
    if isinstance(entity_id, str) and names.home.entity(entity_id) is not None:
        return names.entity(entity_id)
    return names.device(of.device_id)
