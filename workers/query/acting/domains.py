"""What each domain of Home Assistant is asked for a deed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from workers.query.acting.climate import of_climate, of_humidifier, of_water_heater
from workers.query.acting.covers import of_cover, of_valve
from workers.query.acting.deeds import Call, NotAble, Trouble, WhichValue
from workers.query.acting.fans import of_fan
from workers.query.acting.lights import of_light
from workers.query.acting.media import of_media_player
from workers.query.acting.numbers import of_number, of_select
from workers.query.acting.thing import Thing
from workers.query.understanding.orders.order import Deed, Order

Calls = tuple[Call, ...] | Trouble

_SWITCHES: dict[Deed, str] = {
    Deed.ON: "turn_on", Deed.OFF: "turn_off", Deed.TOGGLE: "toggle", Deed.START: "turn_on", Deed.STOP: "turn_off",
    Deed.ACTIVATE: "turn_on", Deed.CANCEL: "turn_off",
}  # fmt: skip
_TABLES: dict[str, dict[Deed, str]] = {
    "lock": {Deed.LOCK: "lock", Deed.UNLOCK: "unlock", Deed.CLOSE: "lock"},
    "vacuum": {
        Deed.START: "start", Deed.ON: "start", Deed.PLAY: "start", Deed.PAUSE: "pause", Deed.STOP: "stop",
        Deed.CANCEL: "stop", Deed.DOCK: "return_to_base", Deed.OFF: "return_to_base", Deed.LOCATE: "locate",
    },
    "lawn_mower": {
        Deed.START: "start_mowing", Deed.ON: "start_mowing", Deed.PLAY: "start_mowing", Deed.PAUSE: "pause",
        Deed.STOP: "pause", Deed.DOCK: "dock", Deed.OFF: "dock",
    },
    "button": dict.fromkeys((Deed.PRESS, Deed.ON, Deed.START, Deed.ACTIVATE), "press"),
    "input_button": dict.fromkeys((Deed.PRESS, Deed.ON, Deed.START, Deed.ACTIVATE), "press"),
    "scene": dict.fromkeys((Deed.ON, Deed.START, Deed.ACTIVATE, Deed.SET), "turn_on"),
    "siren": {**_SWITCHES, Deed.MUTE: "turn_off"},
    "script": {**_SWITCHES, Deed.PRESS: "turn_on"},
    "automation": {
        Deed.ON: "turn_on", Deed.OFF: "turn_off", Deed.TOGGLE: "toggle", Deed.START: "trigger",
        Deed.ACTIVATE: "trigger",
    },
    "timer": {
        Deed.START: "start", Deed.ON: "start", Deed.PLAY: "start", Deed.PAUSE: "pause", Deed.STOP: "cancel",
        Deed.CANCEL: "cancel", Deed.OFF: "cancel",
    },
}  # fmt: skip
_WITH_SETTINGS: dict[str, Callable[[Thing, Order], Calls]] = {
    "light": of_light,
    "cover": of_cover,
    "valve": of_valve,
    "climate": of_climate,
    "water_heater": of_water_heater,
    "humidifier": of_humidifier,
    "fan": of_fan,
    "media_player": of_media_player,
    "select": of_select,
    "input_select": of_select,
    "number": of_number,
    "input_number": of_number,
}
_CHOSEN = frozenset({"select", "input_select", "number", "input_number"})
_ONE_BY_ONE = _CHOSEN | {"fan", "media_player", "humidifier", "water_heater"}
"""Domains with a service for each thing that is set."""
_ARMED = {"away": "arm_away", "home": "arm_home", "night": "arm_night", "vacation": "arm_vacation"}
_ARM_FEATURES = {"home": 1, "away": 2, "night": 4, "vacation": 32}


def calls(thing: Thing, order: Order) -> Calls:
    """What Home Assistant is asked for one entity, or why it is not."""
    if thing.domain == "alarm_control_panel":
        found = _of_alarm(thing, order)
    elif len(order.settings) > 1 and thing.domain in _ONE_BY_ONE:
        found = _each(thing, order)
    elif thing.domain in _WITH_SETTINGS:
        found = _WITH_SETTINGS[thing.domain](thing, order)
    else:
        found = _by_table(thing, order)
    return _offered(thing, order, found)


def _each(thing: Thing, order: Order) -> Calls:
    """All that is set, one after the other; nothing where one of it can't be."""
    found: list[Call] = []
    for setting in order.settings:
        done = _WITH_SETTINGS[thing.domain](thing, replace(order, settings=(setting,)))
        if not isinstance(done, tuple):
            return done
        found += done
    several = thing.domain in _CHOSEN
    return NotAble((thing.entity_id,), order.deed, "value") if several else tuple(found)


def _by_table(thing: Thing, order: Order) -> Calls:
    service = _TABLES.get(thing.domain, _SWITCHES).get(order.deed)
    if service is None or order.settings:
        return NotAble((thing.entity_id,), order.deed, order.settings[0].what if order.settings else "")
    domain = "homeassistant" if thing.domain == "group" else thing.domain
    return (Call(f"{domain}.{service}"),)


def _offered(thing: Thing, order: Order, found: Calls) -> Calls:
    """The calls, where the home has their services."""
    if isinstance(found, tuple) and thing.services:
        for each in found:
            domain, _, service = each.service.partition(".")
            if domain == thing.domain and service not in thing.services:
                return NotAble((thing.entity_id,), order.deed)
    return found


def _of_alarm(thing: Thing, order: Order) -> Calls:
    if order.deed in {Deed.DISARM, Deed.OFF}:
        return (Call("alarm_control_panel.alarm_disarm"),)
    modes = [str(each.value) for each in order.settings if each.what in {"mode", "option"}]
    features = thing.number("supported_features")
    able = tuple(mode for mode, bit in _ARM_FEATURES.items() if features is None or int(features) & bit)
    if not modes:
        if len(able) == 1:
            return (Call(f"alarm_control_panel.alarm_{_ARMED[able[0]]}"),)
        return WhichValue(thing.entity_id, "alarm", able)
    if modes == ["off"]:
        return (Call("alarm_control_panel.alarm_disarm"),)
    if modes[0] not in able:
        return NotAble((thing.entity_id,), order.deed, "mode", modes[0], able)
    return (Call(f"alarm_control_panel.alarm_{_ARMED[modes[0]]}"),)
