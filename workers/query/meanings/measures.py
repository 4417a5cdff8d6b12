"""What can be measured or set, and where Home Assistant keeps it: a sensor's state or another entity's attribute."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.home import Entity, EntityState


@dataclass(frozen=True, slots=True)
class Measure:
    """A quantity: the device classes of its sensors and, where no sensor is, the attribute of other domains."""

    classes: frozenset[str]
    attributes: Mapping[str, str]
    """Domain to attribute."""
    unit: str | None = None
    """The unit of the attribute."""


@dataclass(frozen=True, slots=True)
class Amount:
    """A measured value with its unit."""

    value: float
    unit: str | None


def _measure(classes: str, unit: str | None = None, **attributes: str) -> Measure:
    return Measure(frozenset(classes.split()), attributes, unit)


MEASURES: Mapping[str, Measure] = {
    "temperature": _measure(
        "temperature", climate="current_temperature", water_heater="current_temperature", weather="temperature"
    ),
    "humidity": _measure(
        "humidity", "%", climate="current_humidity", humidifier="current_humidity", weather="humidity"
    ),
    "illuminance": _measure("illuminance", "lx"),
    "power": _measure("power apparent_power"),
    "energy": _measure("energy"),
    "battery": _measure(
        "battery", "%", vacuum="battery_level", device_tracker="battery_level", lock="battery_level",
        lawn_mower="battery_level", climate="battery_level", cover="battery_level",
    ),
    "carbon_dioxide": _measure("carbon_dioxide"),
    "carbon_monoxide": _measure("carbon_monoxide"),
    "pm25": _measure("pm25"),
    "pm10": _measure("pm10"),
    "voc": _measure("volatile_organic_compounds volatile_organic_compounds_parts"),
    "aqi": _measure("aqi"),
    "pressure": _measure("pressure atmospheric_pressure", weather="pressure"),
    "voltage": _measure("voltage"),
    "current": _measure("current"),
    "moisture": _measure("moisture"),
    "signal_strength": _measure("signal_strength"),
    "gas": _measure("gas"),
    "water": _measure("water"),
    "wind_speed": _measure("wind_speed", weather="wind_speed"),
    "precipitation": _measure("precipitation precipitation_intensity"),
    "sound_pressure": _measure("sound_pressure"),
    "distance": _measure("distance"),
    "weight": _measure("weight"),
    "speed": _measure("speed"),
    "frequency": _measure("frequency"),
    "uv": _measure("", weather="uv_index"),
}  # fmt: skip

ATTRIBUTES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "brightness": {"light": ("brightness",)},
    "position": {"cover": ("current_position",), "valve": ("current_position",)},
    "volume": {"media_player": ("volume_level",)},
    "speed": {"fan": ("percentage",), "vacuum": ("fan_speed",)},
    "target": {"climate": ("temperature",), "water_heater": ("temperature",), "humidifier": ("humidity",)},
    "mode": {
        "select": ("",), "input_select": ("",), "climate": ("preset_mode", ""), "humidifier": ("mode",),
        "fan": ("preset_mode",), "water_heater": ("",), "alarm_control_panel": ("",), "media_player": ("sound_mode",),
    },
    "title": {"media_player": ("media_title", "media_series_title", "source", "app_name")},
    "source": {"media_player": ("source", "app_name")},
    "color": {"light": ("rgb_color", "hs_color", "color_temp_kelvin")},
    "effect": {"light": ("effect",)},
    "action": {"climate": ("hvac_action", ""), "vacuum": ("",), "lawn_mower": ("",), "humidifier": ("action", ""),
               "media_player": ("",), "fan": ("",), "cover": ("",), "switch": ("",), "person": ("",)},
    "setting": {
        "climate": ("temperature",), "water_heater": ("temperature",), "humidifier": ("humidity",),
        "light": ("brightness",), "cover": ("current_position",), "fan": ("percentage",),
        "media_player": ("volume_level",), "number": ("",), "input_number": ("",), "select": ("",),
        "input_select": ("",), "input_text": ("",), "text": ("",), "input_datetime": ("",), "time": ("",),
        "alarm_control_panel": ("",), "input_boolean": ("",), "switch": ("",), "sensor": ("",), "valve": ("",),
    },
}  # fmt: skip
"""Attribute asked for, to domain, to the names it goes by (the first that is there); "" is the state itself."""

PERCENT = {"brightness": 255, "volume_level": 1}
"""What 100 % is, for attributes that are no percentage in Home Assistant."""

_PERCENTAGES = frozenset({"brightness", "volume_level", "current_position", "percentage"})


def measures(key: str, entity: Entity) -> bool:
    """Whether an entity is a sensor of a measure."""
    return entity.domain == "sensor" and entity.device_class in MEASURES[key].classes


def carries(key: str, entity: Entity) -> bool:
    """Whether an entity of another domain may tell a measure by an attribute."""
    return entity.domain in MEASURES[key].attributes


def has_attribute(key: str, entity: Entity) -> bool:
    """Whether an attribute can be asked of an entity."""
    return entity.domain in ATTRIBUTES[key]


def number(text: Any) -> float | None:
    """A finite number, or None; whole numbers come as int."""
    if isinstance(text, bool):
        return None
    try:
        value = float(text)
    except (TypeError, ValueError):
        return None
    if value != value or value in (float("inf"), float("-inf")):  # noqa: PLR0124 (not a number)
        return None
    return int(value) if value.is_integer() and "." not in str(text) else value


def read(key: str, entity: Entity, state: EntityState | None, home_unit: str | None) -> Amount | None:
    """What an entity says of a measure now. `home_unit` is the temperature unit of the home."""
    if state is None or not state.known:
        return None
    if entity.domain == "sensor":
        value = number(state.state)
        return None if value is None else Amount(value, state.attributes.get("unit_of_measurement"))
    value = number(state.attributes.get(MEASURES[key].attributes.get(entity.domain, "")))
    if value is None:
        return None
    unit = home_unit if key == "temperature" else MEASURES[key].unit
    return Amount(value, state.attributes.get(f"{key}_unit") or unit)


def attribute(key: str, entity: Entity, state: EntityState, home_unit: str | None) -> tuple[Any, str | None]:
    """The value of an attribute with its unit; None where the entity does not tell."""
    for name in ATTRIBUTES[key].get(entity.domain, ()):
        value = state.state if name == "" else state.attributes.get(name)
        if value is None:
            continue
        amount = number(value)
        if amount is None:
            return (value if isinstance(value, str) else str(value)), None
        if name in _PERCENTAGES:
            return round(amount * 100 / PERCENT.get(name, 100)), "%"
        return amount, _unit_of(name, entity, state, home_unit)
    return None, None


def _unit_of(name: str, entity: Entity, state: EntityState, home_unit: str | None) -> str | None:
    if name == "temperature":
        return home_unit
    if entity.domain == "humidifier" and name == "humidity":
        return "%"
    unit = state.attributes.get("unit_of_measurement")
    return str(unit) if unit else None


SCALES: Mapping[str, tuple[float, str]] = {
    "kW": (1000, "W"),
    "MW": (1_000_000, "W"),
    "mW": (0.001, "W"),
    "Wh": (0.001, "kWh"),
    "MWh": (1000, "kWh"),
}
"""Unit to factor and base unit."""


def in_base_unit(amount: Amount) -> Amount:
    """A reading in the unit that its kind is compared in."""
    scale, unit = SCALES.get(amount.unit or "", (1, amount.unit))
    return Amount(tidy(amount.value * scale), unit) if scale != 1 else amount


def tidy(value: float) -> float:
    """A computed number to two places, whole where it is."""
    rounded = round(value, 2)
    return int(rounded) if float(rounded).is_integer() else rounded
