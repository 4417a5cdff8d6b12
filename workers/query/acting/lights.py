"""Lights: on and off, brightness, colour, white tone, effect."""

from __future__ import annotations

from typing import Any

from workers.query.acting.deeds import Call, NotAble, OutOfRange, Trouble, WhichValue
from workers.query.acting.thing import Thing
from workers.query.acting.values import option, percent, tidy, within
from workers.query.understanding.orders.order import Deed, Order, Setting

_COLORED = frozenset({"hs", "rgb", "rgbw", "rgbww", "xy"})
_DIMMED = _COLORED | {"brightness", "color_temp", "white"}
_STEP = 10
_KELVIN = (1000.0, 12000.0)
_NEUTRAL = 4000


def of_light(thing: Thing, order: Order) -> tuple[Call, ...] | Trouble:
    """What a light is asked."""
    if order.deed in {Deed.OFF, Deed.STOP}:
        return (Call.of("light.turn_off"),)
    if order.deed is Deed.TOGGLE:
        return (Call.of("light.toggle"),)
    if order.deed is Deed.SET and not order.settings:
        return WhichValue(thing.entity_id, "brightness")
    data: dict[str, Any] = {}
    for setting in order.settings:
        found = _data(thing, setting)
        if not isinstance(found, dict):
            return found
        data |= found
    return (Call.of("light.turn_on", **data),)


def _data(thing: Thing, setting: Setting) -> dict[str, Any] | Trouble:  # noqa: PLR0911 (one a sort of setting)
    if setting.what in {"color", "option", "effect", "mode", "preset"} and isinstance(setting.value, str):
        return _color(thing, setting.value) if setting.what == "color" else _effect(thing, setting.value)
    if setting.what == "kelvin" or setting.unit == "kelvin":
        return _kelvin(thing, setting)
    if setting.what not in {"", "brightness"}:
        return NotAble((thing.entity_id,), Deed.SET, setting.what)
    if thing.color_modes is not None and not thing.color_modes & _DIMMED:
        return NotAble((thing.entity_id,), Deed.SET, "brightness")
    if setting.step:
        by = setting.value if isinstance(setting.value, float) else _STEP
        if by > 100:  # noqa: PLR2004 (percent)
            return OutOfRange(thing.entity_id, "brightness", by, 0.0, 100.0, "%")
        return {"brightness_step_pct": tidy(setting.step * by)}
    value = percent(thing, setting, "brightness")
    return value if isinstance(value, OutOfRange) else {"brightness_pct": value}


def _color(thing: Thing, name: str) -> dict[str, Any] | Trouble:
    modes = thing.color_modes
    if modes is None or modes & _COLORED:
        return {"color_name": name}
    if name == "white" and "color_temp" in modes:
        return {"color_temp_kelvin": _NEUTRAL}
    return NotAble((thing.entity_id,), Deed.SET, "color")


def _kelvin(thing: Thing, setting: Setting) -> dict[str, Any] | Trouble:
    modes = thing.color_modes
    if modes is not None and not modes & (_COLORED | {"color_temp"}):
        return NotAble((thing.entity_id,), Deed.SET, "kelvin")
    if setting.step or not isinstance(setting.value, float):
        return NotAble((thing.entity_id,), Deed.SET, "kelvin")
    if setting.unit != "kelvin":  # a tone by name: the nearest that the light has
        low, high = thing.limits("min_color_temp_kelvin", "max_color_temp_kelvin", _KELVIN)
        return {"color_temp_kelvin": tidy(min(max(setting.value, low), high))}
    limits = thing.limits("min_color_temp_kelvin", "max_color_temp_kelvin", _KELVIN)
    value = within(thing, setting, "color temperature", limits, " K")
    return value if isinstance(value, OutOfRange) else {"color_temp_kelvin": value}


def _effect(thing: Thing, said: str) -> dict[str, Any] | Trouble:
    effects = thing.listed("effect_list")
    found = option(said, effects)
    if found is None:
        return NotAble((thing.entity_id,), Deed.SET, "effect", said, effects)
    return {"effect": found}
