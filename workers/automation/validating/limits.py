"""Values that the entities themselves do not take: beyond their own range, none of their own options. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from workers.automation.finding import Code, Finding, Fix, error
from workers.automation.home_view import HomeView
from workers.automation.plan.actions import CallService
from workers.automation.plan.target import Target
from workers.automation.plan.value import Data, Tagged, Template, Value
from workers.automation.validating.places import child, known_text
from workers.automation.validating.selector import number_of, one_of

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


def judge_limits(action: CallService, home: HomeView) -> Iterator[Finding]:
    """What an action gives that an entity which it names does not take. The first such entity is told."""
    if not isinstance(action.data, Data) or not isinstance(action.target, Target):
        return
    entity_ids = [name.lower() for each in action.target.entity_id if (name := known_text(each)) is not None]
    for field, attributes in _RANGES.get(action.action, {}).items():
        yield from _ranged(action, home, entity_ids, field, attributes)
    for field, attribute in _OPTIONS.get(action.action, {}).items():
        yield from _optional(action, home, entity_ids, field, attribute)


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
