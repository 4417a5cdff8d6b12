"""Triggers as clauses: `when Hall motion detects motion`, `at 06:45`. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

from workers.automation.explaining import changes, moments
from workers.automation.explaining.clause import Clause
from workers.automation.explaining.english import phrases
from workers.automation.explaining.naming import Names
from workers.automation.explaining.purpose import purpose_trigger
from workers.automation.explaining.values import (
    duration,
    listed,
    quoted,
    seconds_of,
    span,
    value,
    weekdays,
    words,
)
from workers.automation.plan import triggers as kinds
from workers.automation.plan.triggers import BaseTrigger, Trigger
from workers.automation.plan.value import Data, Value

HOME: Final = "zone.home"


def clauses(triggers: Sequence[Trigger], names: Names) -> list[Clause]:
    """A clause for each trigger that is not switched off; times of day that stand together are one."""
    active = [each for each in triggers if each.enabled is not False]
    found: list[Clause] = []
    for each in _joined(active):
        clause = _KINDS[type(each)](each, names)
        found.append(_perhaps(clause) if each.enabled is not True else clause)
    return found


def _joined(triggers: Sequence[Trigger]) -> list[Trigger]:
    joined: list[Trigger] = []
    for each in triggers:
        last = joined[-1] if joined else None
        if isinstance(each, kinds.TimeTrigger) and isinstance(last, kinds.TimeTrigger) and _alike(each, last):
            joined[-1] = last.model_copy(update={"at": (*last.at, *each.at)})
        else:
            joined.append(each)
    return joined


def _alike(one: kinds.TimeTrigger, other: kinds.TimeTrigger) -> bool:
    return (weekdays(one.weekday), one.enabled) == (weekdays(other.weekday), other.enabled)


def _perhaps(clause: Clause) -> Clause:
    return replace(clause, when=phrases.IF_ENABLED.format(clause.when), until=phrases.IF_ENABLED.format(clause.until))


def _zone(trigger: kinds.ZoneTrigger, names: Names) -> Clause:
    if trigger.zone == HOME:
        verb = phrases.LEAVES_HOME if trigger.event == "leave" else phrases.COMES_HOME
        return Clause.event(verb.format(names.entities(trigger.entity_id, phrases.OR)))
    verb = phrases.LEAVES if trigger.event == "leave" else phrases.ENTERS
    return Clause.event(verb.format(names.entities(trigger.entity_id, phrases.OR), names.zone(trigger.zone)))


def _template(trigger: kinds.TemplateTrigger, names: Names) -> Clause:
    happens = phrases.BECOMES_TRUE.format(names.calculation(trigger.value_template))
    if trigger.for_ is not None and trigger.for_.seconds != 0:
        happens = phrases.STAYS.format(happens, duration(trigger.for_))
    return Clause.event(happens)


def with_data(told: str, data: Data) -> str:
    """What is told, and in brackets with which data."""
    if not data:
        return told
    parts = [f"{words(key)} {quoted(each) if isinstance(each, str) else value(each)}" for key, each in data.items()]
    return phrases.WITH.format(told, listed(parts))


def _event(trigger: kinds.EventTrigger, _: Names) -> Clause:
    told = phrases.EVENT_HAPPENS.format(listed([_named(each) for each in trigger.event_type], phrases.OR))
    return Clause.event(with_data(told, Data({**trigger.event_data, **trigger.context})))


def _named(given: str) -> str:
    return quoted(words(given)) if type(given) is str else value(given)


def _mqtt(trigger: kinds.MqttTrigger, _: Names) -> Clause:
    topic = trigger.topic if type(trigger.topic) is str else value(trigger.topic)
    if trigger.payload is None:
        return Clause.event(phrases.MESSAGE_ARRIVES.format(topic))
    told = phrases.THE_MESSAGE_ARRIVES.format(quoted(trigger.payload), topic)
    return Clause.event(f"{told} {phrases.IN_WHICH}" if trigger.value_template is not None else told)


def _device(trigger: kinds.DeviceTrigger, names: Names) -> Clause:
    told = phrases.REPORTS.format(names.device(trigger.device_id), quoted(words(str(trigger.config.get("type", "")))))
    if (subtype := trigger.config.get("subtype")) is not None:
        told = phrases.SUBTYPE.format(told, value(subtype))
    return Clause.event(told)


def _home_assistant(trigger: kinds.HomeAssistantTrigger, _: Names) -> Clause:
    return Clause.event(phrases.HASS_STOPS if trigger.event == "shutdown" else phrases.HASS_STARTS)


def _purpose(trigger: kinds.PurposeTrigger, names: Names) -> Clause:
    happens, at = purpose_trigger(trigger, names)
    return Clause.moment(at, happens) if at else Clause.event(happens)


def _other(trigger: kinds.OtherTrigger, names: Names) -> Clause:
    config = trigger.config if isinstance(trigger.config, Data) else Data()
    kind = str(trigger.kind)
    if not kind:
        return Clause.event(phrases.UNKNOWN_TRIGGER.format(phrases.FOREIGN))
    if kind in phrases.OTHER_TRIGGERS:
        return Clause.event(phrases.OTHER_TRIGGERS[kind])
    if kind == "tag":
        return Clause.event(phrases.TAG_SCANNED.format(_listed_texts(config.get("tag_id"))))
    if kind == "conversation":
        return Clause.event(phrases.SAID.format(_listed_texts(config.get("command"))))
    if kind == "calendar":
        told = phrases.CALENDAR["end" if config.get("event") == "end" else "start"]
        return _offset(told.format(names.entity(str(config.get("entity_id", "")))), config.get("offset"))
    return Clause.event(with_data(phrases.UNKNOWN_TRIGGER.format(quoted(words(kind))), config))


def _listed_texts(given: Value) -> str:
    texts = given if isinstance(given, tuple) else (given,)
    return listed([quoted(each) if isinstance(each, str) else value(each) for each in texts], phrases.OR)


def _offset(happens: str, offset: Value) -> Clause:
    seconds = seconds_of(offset)
    if not seconds:
        return Clause.event(happens)
    earlier = (isinstance(offset, str) and offset.startswith("-")) or seconds < 0
    told = (phrases.BEFORE if earlier else phrases.AFTER).format(span(seconds), happens)
    return Clause(told, told, phrases.UNTIL.format(told))


_Telling = Callable[[Any, Names], Clause]
_KINDS: Final[dict[type[BaseTrigger], _Telling]] = {
    kinds.StateTrigger: changes.state,
    kinds.NumericStateTrigger: changes.numeric,
    kinds.TimeTrigger: moments.time,
    kinds.TimePatternTrigger: moments.time_pattern,
    kinds.SunTrigger: moments.sun,
    kinds.ZoneTrigger: _zone,
    kinds.TemplateTrigger: _template,
    kinds.EventTrigger: _event,
    kinds.MqttTrigger: _mqtt,
    kinds.DeviceTrigger: _device,
    kinds.HomeAssistantTrigger: _home_assistant,
    kinds.PurposeTrigger: _purpose,
    kinds.OtherTrigger: _other,
}
