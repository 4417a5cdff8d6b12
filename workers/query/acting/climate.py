"""Thermostats, water heaters and humidifiers: on and off, a target, a mode."""

from __future__ import annotations

from workers.query.acting.deeds import Call, NotAble, OutOfRange, Trouble, WhichValue
from workers.query.acting.thing import Thing
from workers.query.acting.values import option, stepped, temperature, within
from workers.query.understanding.orders.order import Deed, Order, Setting

_SWITCHED = {Deed.ON: "turn_on", Deed.OFF: "turn_off", Deed.TOGGLE: "toggle", Deed.START: "turn_on",
             Deed.STOP: "turn_off", Deed.ACTIVATE: "turn_on"}  # fmt: skip
_ROOM = (5.0, 35.0)
_WATER = (30.0, 70.0)
_SET = "climate.set_temperature"
_NUMBERS = frozenset({"", "temperature"})


def of_climate(thing: Thing, order: Order) -> tuple[Call, ...] | Trouble:
    """What a thermostat is asked; a mode beside a temperature is said in one call."""
    if not order.settings:
        return _switched(thing, order)
    found: list[Call] = []
    for setting in order.settings:
        call = _call(thing, setting)
        if not isinstance(call, Call):
            return call
        found.append(call)
    return tuple(_in_one(found))


def _call(thing: Thing, setting: Setting) -> Call | Trouble:
    if setting.what == "humidity":
        limits = thing.limits("min_humidity", "max_humidity", (30, 99))
        humidity = within(thing, setting, "humidity", limits, "%")
        return humidity if isinstance(humidity, OutOfRange) else Call.of("climate.set_humidity", humidity=humidity)
    if setting.what in _NUMBERS and not isinstance(setting.value, str):
        value = _target(thing, setting, _ROOM)
        return Call.of(_SET, temperature=value) if isinstance(value, (int, float)) else value
    return _mode(thing, setting)


def _in_one(calls: list[Call]) -> list[Call]:
    """The calls with a mode beside a temperature as one."""
    modes = [each for each in calls if each.service == "climate.set_hvac_mode"]
    degrees = [each for each in calls if each.service == _SET]
    if not (modes and degrees):
        return calls
    rest = [each for each in calls if each not in (*modes, *degrees)]
    return [Call(_SET, (*degrees[0].data, *modes[0].data)), *rest]


def _switched(thing: Thing, order: Order) -> tuple[Call, ...] | Trouble:
    if order.deed is Deed.SET:
        return WhichValue(thing.entity_id, "temperature")
    service = _SWITCHED.get(order.deed)
    return (Call.of(f"{thing.domain}.{service}"),) if service else NotAble((thing.entity_id,), order.deed)


def _target(thing: Thing, setting: Setting, otherwise: tuple[float, float]) -> int | float | Trouble:
    if setting.unit == "percent":
        return NotAble((thing.entity_id,), Deed.SET, "percent")
    if setting.step:
        limits = thing.limits("min_temp", "max_temp", otherwise)
        return stepped(thing, setting, thing.number("temperature"), 1, "temperature", limits)
    return temperature(thing, setting, otherwise)


def _mode(thing: Thing, setting: Setting) -> Call | NotAble:
    said = str(setting.value)
    modes, presets = thing.listed("hvac_modes"), thing.listed("preset_modes")
    if setting.what != "preset" and (mode := option(said.replace("_", " "), modes) or option(said, modes)):
        return Call.of("climate.set_hvac_mode", hvac_mode=mode)
    if (preset := option(said, presets)) is not None:
        return Call.of("climate.set_preset_mode", preset_mode=preset)
    if (fan := option(said, thing.listed("fan_modes"))) is not None:
        return Call.of("climate.set_fan_mode", fan_mode=fan)
    return NotAble((thing.entity_id,), Deed.SET, "mode", said, (*modes, *presets))


def of_water_heater(thing: Thing, order: Order) -> tuple[Call, ...] | Trouble:
    """What a water heater is asked."""
    if not order.settings:
        return _switched(thing, order)
    setting = order.settings[0]
    if setting.what in _NUMBERS and not isinstance(setting.value, str):
        value = _target(thing, setting, _WATER)
        return (
            (Call.of("water_heater.set_temperature", temperature=value),) if isinstance(value, (int, float)) else value
        )
    modes = thing.listed("operation_list")
    mode = option(str(setting.value), modes)
    if mode is None:
        return NotAble((thing.entity_id,), Deed.SET, "mode", str(setting.value), modes)
    return (Call.of("water_heater.set_operation_mode", operation_mode=mode),)


def of_humidifier(thing: Thing, order: Order) -> tuple[Call, ...] | Trouble:
    """What a humidifier is asked."""
    if not order.settings:
        return _switched(thing, order) if order.deed is not Deed.SET else WhichValue(thing.entity_id, "humidity")
    setting = order.settings[0]
    limits = thing.limits("min_humidity", "max_humidity", (0.0, 100.0))
    if setting.step:
        value = stepped(thing, setting, thing.number("humidity"), 5, "humidity", limits)
    elif isinstance(setting.value, str):
        modes = thing.listed("available_modes")
        mode = option(setting.value, modes)
        if mode is None:
            return NotAble((thing.entity_id,), Deed.SET, "mode", setting.value, modes)
        return (Call.of("humidifier.set_mode", mode=mode),)
    else:
        value = within(thing, setting, "humidity", limits, "%")
    return (Call.of("humidifier.set_humidity", humidity=value),) if isinstance(value, (int, float)) else value
