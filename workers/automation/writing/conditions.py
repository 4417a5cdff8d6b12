"""Conditions in Home Assistant's current form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from workers.automation.plan.conditions import (
    AndCondition,
    Condition,
    DeviceCondition,
    NotCondition,
    NumericStateCondition,
    OrCondition,
    OtherCondition,
    PurposeCondition,
    StateCondition,
    SunCondition,
    TemplateCondition,
    TimeCondition,
    TriggerCondition,
    ZoneCondition,
)
from workers.automation.plan.value import thawed
from workers.automation.writing.values import plain, said, short


def write_conditions(conditions: Sequence[Condition]) -> Any:
    """A list of conditions; one that is a tag stands alone, as it was read."""
    written = [write_condition(each) for each in conditions]
    return written[0] if len(written) == 1 and isinstance(written[0], str) else written


def write_condition(condition: Condition) -> Any:
    """One condition: a mapping, save where something else was read."""
    if isinstance(condition, OtherCondition) and not condition.kind and not isinstance(condition.config, Mapping):
        return thawed(condition.config)
    kind = {"condition": plain(condition.kind)} if condition.kind else {}
    written = {**kind, **said(alias=condition.alias, note=condition.note)}
    if condition.enabled is not True:
        written["enabled"] = plain(condition.enabled)
    return {**written, **_own(condition)}


def _own(condition: Condition) -> dict[str, Any]:  # noqa: C901, PLR0911 (a case for each kind)
    """The keys of a kind."""
    match condition:
        case StateCondition():
            return _state(condition)
        case NumericStateCondition():
            return {
                "entity_id": short(condition.entity_id),
                **said(attribute=condition.attribute, value_template=condition.value_template),
                **said(above=condition.above, below=condition.below),
            }
        case TimeCondition():
            weekday = {"weekday": short(condition.weekday)} if condition.weekday else {}
            return {**said(after=condition.after, before=condition.before), **weekday}
        case SunCondition():
            return {
                **said(after=condition.after, after_offset=condition.after_offset),
                **said(before=condition.before, before_offset=condition.before_offset),
            }
        case ZoneCondition():
            return {"entity_id": short(condition.entity_id), "zone": short(condition.zone)}
        case TemplateCondition():
            return said(value_template=condition.value_template)
        case TriggerCondition():
            return {"id": short(condition.id)}
        case DeviceCondition():
            return {**said(device_id=condition.device_id, domain=condition.domain), **thawed(condition.config)}
        case AndCondition() | OrCondition() | NotCondition():
            return {"conditions": write_conditions(condition.conditions)}
        case PurposeCondition():
            return said(target=condition.target, options=condition.options)
        case OtherCondition():
            return {**thawed(condition.config)} if isinstance(condition.config, Mapping) else {}


def _state(condition: StateCondition) -> dict[str, Any]:
    written = {"entity_id": short(condition.entity_id), **said(attribute=condition.attribute)}
    if condition.match != "all":
        written["match"] = condition.match
    return {**written, "state": short(condition.state), **said(for_=condition.for_)}
