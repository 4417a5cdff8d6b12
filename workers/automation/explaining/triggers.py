"""Triggers as clauses: `when Hall motion detects motion`, `at 06:45`. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

from workers.automation.explaining import changes, moments
from workers.automation.explaining.clause import Clause
from workers.automation.explaining.conditions import HOME, Checks
from workers.automation.explaining.details import with_data
from workers.automation.explaining.devices import device_trigger
from workers.automation.explaining.english import phrases
from workers.automation.explaining.naming import Names
from workers.automation.explaining.purpose import purpose_trigger
from workers.automation.explaining.templates import told_by
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
from workers.automation.plan.conditions import StateCondition
from workers.automation.plan.triggers import BaseTrigger, Trigger
from workers.automation.plan.value import Data, Value


def clauses(triggers: Sequence[Trigger], names: Names) -> list[Clause]:
    """A clause for each trigger that is not switched off; times of day that stand together are one."""
    active = [each for each in triggers if each.enabled is not False]
    found: list[Clause] = []
    for each in _joined(active):
        clause = _KINDS[type(each)](each, names)
        found.append(_perhaps(clause) if each.enabled is not True else clause)
    return found


def reasons(triggers: Sequence[Trigger], names: Names) -> list[str]:
    """Triggers as reasons: `because Anna comes home`."""
    return [each.because for each in clauses(triggers, names)]


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
    condition, lasts = told_by(trigger.value_template, names), trigger.for_
    lasting = lasts is not None and lasts.seconds != 0
    if type(condition) is StateCondition:
        as_state = kinds.StateTrigger(
            entity_id=condition.entity_id, attribute=condition.attribute, to=condition.state, for_=lasts
        )
        return changes.state(as_state, names)
    if condition is not None:
        told = Checks(names).told(condition, outermost=True)
        told = phrases.HAS_LASTED.format(told, duration(lasts)) if lasting and lasts is not None else told
        soon = phrases.AS_SOON_AS.format(told)
        return Clause(soon, soon, phrases.UNTIL.format(told))
    happens = phrases.BECOMES_TRUE.format(names.calculation(trigger.value_template))
    if trigger.for_ is not None and trigger.for_.seconds != 0:
        happens = phrases.STAYS.format(happens, duration(trigger.for_))
    return Clause.event(happens)


def _event(trigger: kinds.EventTrigger, names: Names) -> Clause:
    known = _known_event(trigger, names)
    if known is not None:
        return Clause.event(known)
    told = phrases.EVENT_HAPPENS.format(listed([_named(each) for each in trigger.event_type], phrases.OR))
    return Clause.event(with_data(told, Data({**trigger.event_data, **trigger.context}), names))


def _known_event(trigger: kinds.EventTrigger, names: Names) -> str | None:
    """An event that has a sentence of its own."""
    data = trigger.event_data
    if len(trigger.event_type) != 1 or trigger.context or len(data) > 1:
        return None
    event, entity_id, button = str(trigger.event_type[0]), data.get("entity_id"), data.get("action")
    if event in phrases.EVENTS and isinstance(entity_id, str):
        return phrases.EVENTS[event].format(names.entity(entity_id))
    if event == "mobile_app_notification_action" and isinstance(button, str):
        return phrases.TAPPED.format(quoted(words(button)))
    return phrases.HAS_STARTED if event == "homeassistant_started" and not data else None


def _named(given: str) -> str:
    return quoted(words(given)) if type(given) is str else value(given)


def _mqtt(trigger: kinds.MqttTrigger, _: Names) -> Clause:
    topic = trigger.topic if type(trigger.topic) is str else value(trigger.topic)
    if trigger.payload is None:
        return Clause.event(phrases.MESSAGE_ARRIVES.format(topic))
    told = phrases.THE_MESSAGE_ARRIVES.format(quoted(trigger.payload), topic)
    return Clause.event(f"{told} {phrases.IN_WHICH}" if trigger.value_template is not None else told)


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
    return Clause.event(with_data(phrases.UNKNOWN_TRIGGER.format(quoted(words(kind))), config, names))


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
    kinds.DeviceTrigger: device_trigger,
    kinds.HomeAssistantTrigger: _home_assistant,
    kinds.PurposeTrigger: _purpose,
    kinds.OtherTrigger: _other,
}
