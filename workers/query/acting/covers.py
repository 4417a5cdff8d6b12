"""Covers and valves: open, close, stop, a position."""

from __future__ import annotations

from workers.query.acting.deeds import Call, NotAble, OutOfRange, Trouble
from workers.query.acting.thing import Thing
from workers.query.acting.values import PERCENT, percent, stepped
from workers.query.understanding.orders.order import Deed, Order, Setting

_COVER = {
    Deed.OPEN: "open_cover", Deed.CLOSE: "close_cover", Deed.STOP: "stop_cover", Deed.TOGGLE: "toggle",
    Deed.ON: "open_cover", Deed.OFF: "close_cover",
}  # fmt: skip
_VALVE = {
    Deed.OPEN: "open_valve", Deed.CLOSE: "close_valve", Deed.STOP: "stop_valve", Deed.TOGGLE: "toggle",
    Deed.ON: "open_valve", Deed.OFF: "close_valve",
}  # fmt: skip
_ENTRANCES = frozenset({"garage", "gate", "door"})
"""What lets people in is opened by that word only: it is neither on nor off."""
_SET_POSITION = 4
_SET_TILT = 128


def of_cover(thing: Thing, order: Order) -> tuple[Call, ...] | Trouble:
    """What a cover is asked."""
    if order.deed in {Deed.ON, Deed.OFF} and thing.device_class in _ENTRANCES:
        return NotAble((thing.entity_id,), order.deed)
    if order.deed in _COVER and not order.settings:
        return (Call.of(f"cover.{_COVER[order.deed]}"),)
    if order.deed is not Deed.SET or len(order.settings) != 1:
        return NotAble((thing.entity_id,), order.deed)
    setting = order.settings[0]
    if setting.what == "tilt":
        return _tilt(thing, setting)
    return _position(thing, setting, "cover.set_cover_position", ("cover.open_cover", "cover.close_cover"))


def of_valve(thing: Thing, order: Order) -> tuple[Call, ...] | Trouble:
    """What a valve is asked."""
    if order.deed in _VALVE and not order.settings:
        return (Call.of(f"valve.{_VALVE[order.deed]}"),)
    if order.deed is not Deed.SET or len(order.settings) != 1:
        return NotAble((thing.entity_id,), order.deed)
    return _position(thing, order.settings[0], "valve.set_valve_position", ("valve.open_valve", "valve.close_valve"))


def _position(thing: Thing, setting: Setting, service: str, ends: tuple[str, str]) -> tuple[Call, ...] | Trouble:
    if setting.what not in {"", "position"} or not (isinstance(setting.value, float) or setting.step):
        return NotAble((thing.entity_id,), Deed.SET, setting.what)
    if setting.step and setting.value is None:
        return (Call.of(ends[0] if setting.step > 0 else ends[1]),)
    features = thing.number("supported_features")
    if features is not None and not int(features) & _SET_POSITION:
        return NotAble((thing.entity_id,), Deed.SET, "position")
    if setting.step:
        value = stepped(thing, setting, thing.number("current_position"), 10, "position", PERCENT)
    else:
        value = percent(thing, setting, "position")
    return value if isinstance(value, (OutOfRange, NotAble)) else (Call.of(service, position=value),)


def _tilt(thing: Thing, setting: Setting) -> tuple[Call, ...] | Trouble:
    features = thing.number("supported_features")
    if setting.value is None or (features is not None and not int(features) & _SET_TILT):
        return NotAble((thing.entity_id,), Deed.SET, "tilt")
    value = percent(thing, setting, "tilt")
    if isinstance(value, OutOfRange):
        return value
    return (Call.of("cover.set_cover_tilt_position", tilt_position=value),)
