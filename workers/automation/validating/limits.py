"""Values that the entities themselves do not take: beyond their own range, none of their own options. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from workers.automation.finding import Code, Finding, Fix, error
from workers.automation.home_view import HomeView
from workers.automation.plan.actions import CallService
from workers.automation.plan.target import Target
from workers.automation.plan.value import Data, Tagged, Template, Value
from workers.automation.service import Service
from workers.automation.validating.places import child, known_text
from workers.automation.validating.selector import number_of, one_of, shown

T = TypeVar("T")
_Table = dict[str, dict[str, T]]

_RANGES: dict[str, dict[str, tuple[str, str]]] = {
    "climate.set_temperature": {
        "temperature": ("min_temp", "max_temp"),
        "target_temp_low": ("min_temp", "max_temp"),
        "target_temp_high": ("min_temp", "max_temp"),
    },
    "water_heater.set_temperature": {"temperature": ("min_temp", "max_temp")},
    "climate.set_humidity": {"humidity": ("min_humidity", "max_humidity")},
    "humidifier.set_humidity": {"humidity": ("min_humidity", "max_humidity")},
    "input_number.set_value": {"value": ("min", "max")},
    "number.set_value": {"value": ("min", "max")},
}
"""By service and field: the attributes of an entity that hold the least and the most."""
_OPTIONS: dict[str, dict[str, str]] = {
    "climate.set_hvac_mode": {"hvac_mode": "hvac_modes"},
    "climate.set_temperature": {"hvac_mode": "hvac_modes"},
    "climate.set_preset_mode": {"preset_mode": "preset_modes"},
    "climate.set_fan_mode": {"fan_mode": "fan_modes"},
    "fan.set_preset_mode": {"preset_mode": "preset_modes"},
    "humidifier.set_mode": {"mode": "available_modes"},
    "input_select.select_option": {"option": "options"},
    "select.select_option": {"option": "options"},
    "water_heater.set_operation_mode": {"operation_mode": "operation_list"},
}
"""By service and field: the attribute of an entity that lists what it takes."""


_BRIGHTNESS: dict[str, tuple[float, float]] = {
    "brightness": (0, 255),
    "brightness_pct": (0, 100),
    "brightness_step": (-255, 255),
    "brightness_step_pct": (-100, 100),
}
_SAME_EVERYWHERE: dict[str, dict[str, tuple[float, float]]] = {
    "light.turn_on": _BRIGHTNESS,
    "light.toggle": _BRIGHTNESS,
    "cover.set_cover_position": {"position": (0, 100)},
    "cover.set_cover_tilt_position": {"tilt_position": (0, 100)},
    "valve.set_valve_position": {"position": (0, 100)},
    "fan.turn_on": {"percentage": (0, 100)},
    "fan.set_percentage": {"percentage": (0, 100)},
    "media_player.volume_set": {"volume_level": (0, 1)},
    "climate.set_humidity": {"humidity": (0, 100)},
    "humidifier.set_humidity": {"humidity": (0, 100)},
}
"""By service and field: the least and the most that Home Assistant takes, whatever the home tells of its services."""
_ORDERED_RANGES: dict[str, dict[str, tuple[str, str]]] = {
    "light.turn_on": {"color_temp_kelvin": ("min_color_temp_kelvin", "max_color_temp_kelvin")},
    "light.toggle": {"color_temp_kelvin": ("min_color_temp_kelvin", "max_color_temp_kelvin")},
}
_ORDERED_OPTIONS: dict[str, dict[str, str]] = {
    "light.turn_on": {"effect": "effect_list"},
    "fan.turn_on": {"preset_mode": "preset_modes"},
    "climate.set_swing_mode": {"swing_mode": "swing_modes"},
    "climate.set_swing_horizontal_mode": {"swing_horizontal_mode": "swing_horizontal_modes"},
    "media_player.select_source": {"source": "source_list"},
    "media_player.select_sound_mode": {"sound_mode": "sound_mode_list"},
    "vacuum.set_fan_speed": {"fan_speed": "fan_speed_list"},
    "siren.turn_on": {"tone": "available_tones"},
}
"""What Home Assistant clamps or passes over: an automation may say it, but who orders it means it."""


def judge_limits(
    action: CallService, service: Service | None, home: HomeView, *, ordered: bool = False
) -> Iterator[Finding]:
    """What an action gives that an entity which it names does not take. The first such entity is told.

    What is `ordered` is judged with all that it reaches by a place too, and by what the service takes anywhere.
    """
    if not isinstance(action.data, Data) or not isinstance(action.target, Target):
        return
    entity_ids = _reached(action.target, action.domain, home) if ordered else _named(action.target)
    for field, attributes in _of(action.action, _RANGES, _ORDERED_RANGES, ordered=ordered):
        yield from _ranged(action, home, entity_ids, field, attributes)
    for field, attribute in _of(action.action, _OPTIONS, _ORDERED_OPTIONS, ordered=ordered):
        yield from _optional(action, home, entity_ids, field, attribute)
    if ordered:
        yield from _anywhere(action, service)


def _of(name: str, always: _Table[T], more: _Table[T], *, ordered: bool) -> Iterator[tuple[str, T]]:
    yield from always.get(name, {}).items()
    if ordered:
        yield from more.get(name, {}).items()


def _named(target: Target) -> list[str]:
    return [name.lower() for each in target.entity_id if (name := known_text(each)) is not None]


def _reached(target: Target, domain: str, home: HomeView) -> list[str]:
    return sorted(each for each in home.reached(target, domain) if each.startswith(f"{domain}."))


def _anywhere(action: CallService, service: Service | None) -> Iterator[Finding]:
    """Fields that the home does not describe."""
    for field, (least, most) in _SAME_EVERYWHERE.get(action.action, {}).items():
        value = _value(action, field)
        if value is None or (service is not None and field in service.fields and service.fields[field].selector):
            continue
        number = number_of(value)
        if number is None or not least <= number <= most:
            said = f"{action.action}: {field} should be a number from {least:g} to {most:g}, not {shown(value)}."
            yield error(Code.SCHEMA, child(child(action.path, "data"), field), said)


def _value(action: CallService, field: str) -> Value:
    value = action.data.get(field) if isinstance(action.data, Data) else None
    return None if isinstance(value, (Template, Tagged)) else value


def _ranged(
    action: CallService, home: HomeView, entity_ids: list[str], field: str, attributes: tuple[str, str]
) -> Iterator[Finding]:
    number = number_of(_value(action, field))
    if number is None:
        return
    for entity_id in entity_ids:
        least, most = (number_of(home.attribute(entity_id, name)) for name in attributes)
        if (least is not None and number < least) or (most is not None and number > most):
            said = f"{entity_id} takes from {_shown(least)} to {_shown(most)}, not {number:g}."
            yield error(Code.SCHEMA, child(child(action.path, "data"), field), said)
            return


def _shown(limit: float | None) -> str:
    return "any" if limit is None else f"{limit:g}"


def _optional(
    action: CallService, home: HomeView, entity_ids: list[str], field: str, attribute: str
) -> Iterator[Finding]:
    value = _value(action, field)
    path = child(child(action.path, "data"), field)
    for entity_id in entity_ids if isinstance(value, str) else ():
        options = home.attribute(entity_id, attribute)
        if not isinstance(options, (list, tuple)):
            continue
        for _, message, better in one_of(value, [str(each) for each in options]):
            fix = None if better is None else Fix(path=path, value=better)
            yield error(Code.SCHEMA, path, f"{entity_id}: {field} {message}.", fix)
            return
