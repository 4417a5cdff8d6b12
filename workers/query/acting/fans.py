"""Fans: on and off, speed, preset, oscillation, direction."""

from __future__ import annotations

from typing import Any

from workers.query.acting.deeds import Call, NotAble, OutOfRange, Trouble
from workers.query.acting.thing import Thing
from workers.query.acting.values import option, percent, tidy
from workers.query.understanding.orders.order import Deed, Order, Setting

_SWITCHED = {Deed.ON: "turn_on", Deed.OFF: "turn_off", Deed.TOGGLE: "toggle", Deed.START: "turn_on",
             Deed.STOP: "turn_off", Deed.ACTIVATE: "turn_on"}  # fmt: skip
_OSCILLATE, _DIRECTION = 2, 4
_SPEEDS = {"low": 33, "medium": 66, "high": 100}


def of_fan(thing: Thing, order: Order) -> tuple[Call, ...] | Trouble:  # noqa: PLR0911 (one a sort of setting)
    """What a fan is asked."""
    if not order.settings:
        service = _SWITCHED.get(order.deed)
        return (Call.of(f"fan.{service}"),) if service else NotAble((thing.entity_id,), order.deed)
    setting = order.settings[0]
    if setting.what == "oscillate":
        if not _able(thing, _OSCILLATE):
            return NotAble((thing.entity_id,), Deed.SET, "oscillation")
        return (Call.of("fan.oscillate", oscillating=setting.value != "off"),)
    if isinstance(setting.value, str):
        return _in_words(thing, setting)
    if setting.what not in {"", "speed"}:
        return NotAble((thing.entity_id,), Deed.SET, setting.what)
    if setting.step:
        data: dict[str, Any] = {} if setting.value is None else {"percentage_step": tidy(setting.value)}
        return (Call.of("fan.increase_speed" if setting.step > 0 else "fan.decrease_speed", **data),)
    value = percent(thing, setting, "speed")
    return value if isinstance(value, OutOfRange) else (Call.of("fan.set_percentage", percentage=value),)


def _able(thing: Thing, feature: int) -> bool:
    """Whether a fan has a feature; one that tells no features may have it."""
    features = thing.number("supported_features")
    return features is None or bool(int(features) & feature)


def _in_words(thing: Thing, setting: Setting) -> tuple[Call, ...] | Trouble:
    said = str(setting.value)
    presets = thing.listed("preset_modes")
    if setting.what == "direction" or said in {"forward", "reverse"}:
        if not _able(thing, _DIRECTION):
            return NotAble((thing.entity_id,), Deed.SET, "direction")
        return (Call.of("fan.set_direction", direction=said),)
    if (preset := option(said, presets)) is not None:
        return (Call.of("fan.set_preset_mode", preset_mode=preset),)
    if said in _SPEEDS:
        return (Call.of("fan.set_percentage", percentage=_SPEEDS[said]),)
    return NotAble((thing.entity_id,), Deed.SET, "mode", said, presets)
