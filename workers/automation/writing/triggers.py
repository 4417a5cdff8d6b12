"""Triggers in Home Assistant's current form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from workers.automation.plan.triggers import (
    DeviceTrigger,
    EventTrigger,
    HomeAssistantTrigger,
    MqttTrigger,
    NumericStateTrigger,
    OtherTrigger,
    PurposeTrigger,
    StateTrigger,
    SunTrigger,
    TemplateTrigger,
    TimeEntity,
    TimePatternTrigger,
    TimeTrigger,
    Trigger,
    ZoneTrigger,
)
from workers.automation.plan.value import thawed
from workers.automation.writing.values import plain, said, short


def write_triggers(triggers: Sequence[Trigger]) -> Any:
    """A list of triggers; one that is a tag stands alone, as it was read."""
    written = [write_trigger(each) for each in triggers]
    return written[0] if len(written) == 1 and isinstance(written[0], str) else written


def write_trigger(trigger: Trigger) -> Any:
    """One trigger: a mapping, save where something else was read."""
    if isinstance(trigger, OtherTrigger) and not trigger.kind:
        return thawed(trigger.config)
    written = {"trigger": plain(trigger.kind), **said(id=trigger.id, alias=trigger.alias, note=trigger.note)}
    if trigger.enabled is not True:
        written["enabled"] = plain(trigger.enabled)
    return {**written, **_own(trigger), **said(variables=trigger.variables)}


def _own(trigger: Trigger) -> dict[str, Any]:  # noqa: C901, PLR0911, PLR0912 (a case for each kind)
    """The keys of a kind."""
    match trigger:
        case StateTrigger():
            return _state(trigger)
        case NumericStateTrigger():
            return {
                "entity_id": short(trigger.entity_id),
                **said(attribute=trigger.attribute, value_template=trigger.value_template),
                **said(above=trigger.above, below=trigger.below, for_=trigger.for_),
            }
        case TimeTrigger():
            times = [_time(each) for each in trigger.at]
            weekday = {"weekday": short(trigger.weekday)} if trigger.weekday else {}
            return {"at": times[0] if len(times) == 1 else times, **weekday}
        case TimePatternTrigger():
            return said(hours=trigger.hours, minutes=trigger.minutes, seconds=trigger.seconds)
        case SunTrigger():
            return said(event=trigger.event, offset=trigger.offset)
        case ZoneTrigger():
            return {"entity_id": short(trigger.entity_id), **said(zone=trigger.zone, event=trigger.event)}
        case TemplateTrigger():
            return said(value_template=trigger.value_template, for_=trigger.for_)
        case EventTrigger():
            data = said(event_data=trigger.event_data, context=trigger.context)
            return {"event_type": short(trigger.event_type), **data}
        case MqttTrigger():
            return _mqtt(trigger)
        case DeviceTrigger():
            return {**said(device_id=trigger.device_id, domain=trigger.domain), **thawed(trigger.config)}
        case HomeAssistantTrigger():
            return said(event=trigger.event)
        case PurposeTrigger():
            return said(target=trigger.target, options=trigger.options)
        case OtherTrigger():
            return {**thawed(trigger.config)} if isinstance(trigger.config, Mapping) else {}


def _state(trigger: StateTrigger) -> dict[str, Any]:
    changes = {"from": trigger.from_, "not_from": trigger.not_from, "to": trigger.to, "not_to": trigger.not_to}
    return {
        "entity_id": short(trigger.entity_id),
        **said(attribute=trigger.attribute),
        **{key: short(values) for key, values in changes.items() if values is not None},
        **said(for_=trigger.for_),
    }


def _time(at: str | TimeEntity) -> Any:
    return said(entity_id=at.entity_id, offset=at.offset) if isinstance(at, TimeEntity) else plain(at)


def _mqtt(trigger: MqttTrigger) -> dict[str, Any]:
    written = said(topic=trigger.topic, payload=trigger.payload, value_template=trigger.value_template)
    if trigger.encoding != "utf-8":
        written["encoding"] = trigger.encoding
    return {**written, "qos": trigger.qos} if trigger.qos else written
