"""Triggers where they stand: a reader for each kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from workers.automation.plan.duration import Duration
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
from workers.automation.plan.value import Data, Tagged, Template, frozen, is_template
from workers.automation.reading.cursor import Cursor, Keys
from workers.automation.reading.durations import clock_time, read_duration, read_time
from workers.automation.reading.limits import read_limits
from workers.automation.reading.targets import read_target
from workers.automation.reading.texts import (
    read_choice,
    read_data,
    read_enabled,
    read_entity_id,
    read_entity_ids,
    read_state_values,
    read_strict_text,
    read_template,
    read_text,
    read_texts,
)

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_COMMON = ("alias", "id", "enabled", "variables", "note", "platform", "trigger")
_PATTERN_MAXIMA = {"hours": 23, "minutes": 59, "seconds": 59}


def read_triggers(cursor: Cursor | None) -> tuple[Trigger, ...]:
    """A trigger or a list of them; lists below `triggers:` are taken in."""
    if cursor is None:
        return ()
    flat: list[Cursor] = []
    for each in cursor.items():
        if isinstance(each.value, Mapping) and set(each.value) == {"triggers"}:
            inner = each.under("triggers", each.value["triggers"])
            flat += inner.items()
        else:
            flat.append(each)
    numbered = (each.at(f"{cursor.path}[{index}]") for index, each in enumerate(flat))
    return tuple(read_trigger(each) for each in numbered)


def read_trigger(cursor: Cursor) -> Trigger:
    """One trigger; what can't be read as one is kept as it is, and noted."""
    if isinstance(cursor.value, Tagged):
        return OtherTrigger(kind="", config=cursor.value, path=cursor.path)
    if not isinstance(cursor.value, Mapping):
        cursor.wrong(f"A trigger is a mapping with the key trigger, not {cursor.shown}.")
        return OtherTrigger(kind="", config=cursor.value, path=cursor.path)
    keys = Keys(cursor, cursor.value)
    kind = read_strict_text(keys.take_renamed("trigger", "platform"))
    if kind is None:
        if "trigger" not in cursor.value and "platform" not in cursor.value:
            keys.require("trigger", "A trigger")
        return OtherTrigger(kind="", config=frozen(cursor.value), path=cursor.path)
    if not kind.strip():
        cursor.wrong("A trigger has a kind, such as state or time, and this one is empty.")
    if (reader := _READERS.get(kind)) is not None:
        keys.spread("options", _COMMON)
    common: dict[str, Any] = {
        "path": cursor.path,
        "alias": read_strict_text(keys.take("alias")),
        "id": read_strict_text(keys.take("id")),
        "enabled": read_enabled(keys.take("enabled")),
        "variables": read_data(keys.take("variables")),
        "note": read_text(keys.take("note")),
    }
    if reader is not None:
        trigger = reader(keys, common)
        keys.finish(f"A trigger of the kind {kind}")
        return trigger
    return _purpose_or_other(kind, keys, common)


def _purpose_or_other(kind: str, keys: Keys, common: dict[str, Any]) -> Trigger:
    if "." in kind and not is_template(kind):
        target, options = read_target(keys.take("target"), templates=False), read_data(keys.take("options"))
        keys.finish(f"A trigger of the kind {kind}")
        return PurposeTrigger(kind=kind, target=target, options=options, **common)
    return OtherTrigger(kind=kind, config=Data(keys.rest()), **common)


def _state(keys: Keys, common: dict[str, Any]) -> Trigger:
    attribute = read_text(keys.take("attribute"))
    entity_id = _entities(keys, "A state trigger")
    found = {key: keys.take(key) for key in ("from", "not_from", "to", "not_to")}
    for one, other in (("from", "not_from"), ("to", "not_to")):
        if (second := found[other]) is not None and found[one] is not None:
            second.wrong(f"{one} and {other} exclude each other: keep one.")
    states = {
        key: read_state_values(each, attribute=attribute is not None, nothing=True) for key, each in found.items()
    }
    return StateTrigger(
        entity_id=entity_id,
        attribute=attribute,
        from_=states["from"],
        not_from=states["not_from"],
        to=states["to"],
        not_to=states["not_to"],
        for_=read_duration(keys.take("for")),
        **common,
    )


def _entities(keys: Keys, what: str) -> tuple[str, ...]:
    cursor = keys.take("entity_id")
    if cursor is None:
        keys.require("entity_id", what)
    found = read_entity_ids(cursor)
    if cursor is not None and not cursor.items() and cursor.value is not None:
        cursor.wrong(f"{what} with no entity never fires: name one.")
    return found


def _numeric_state(keys: Keys, common: dict[str, Any]) -> Trigger:
    above, below = read_limits(keys, "A numeric_state trigger")
    return NumericStateTrigger(
        entity_id=_entities(keys, "A numeric_state trigger"),
        attribute=read_text(keys.take("attribute")),
        above=above,
        below=below,
        value_template=read_template(keys.take("value_template")),
        for_=read_duration(keys.take("for")),
        **common,
    )


def _time(keys: Keys, common: dict[str, Any]) -> Trigger:
    at = keys.take("at")
    if at is None:
        keys.require("at", "A time trigger")
    times = [_time_at(each) for each in at.values()] if at is not None else []
    if at is not None and not times:
        at.wrong("There is no time here: write one, such as 07:30:00.")
    return TimeTrigger(
        at=tuple(each for each in times if each is not None), weekday=read_weekdays(keys.take("weekday")), **common
    )


def _time_at(cursor: Cursor) -> str | TimeEntity | None:
    domains = ("input_datetime", "sensor")
    if isinstance(cursor.value, Mapping):
        keys = Keys(cursor, cursor.value)
        if "entity_id" not in keys:
            keys.require("entity_id", "A time with an offset")
        entity_id = read_entity_id(keys.take("entity_id"), domains)
        offset = read_duration(keys.take("offset"), signed=True)
        keys.finish("A time")
        return TimeEntity(entity_id=entity_id or "", offset=offset, path=cursor.path)
    if isinstance(cursor.value, str) and clock_time(cursor.value) is None and is_template(cursor.value):
        return Template(cursor.value)
    return read_time(cursor, domains)


def read_weekdays(cursor: Cursor | None) -> tuple[str, ...]:
    """Days, `mon` to `sun`."""
    if cursor is None:
        return ()
    days = [(each, read_choice(each, WEEKDAYS, "")) for each in cursor.values()]
    for each, day in days:
        if day and isinstance(each.value, str) and each.value != day:
            each.wrong(f"Days are written in small letters: {day}.", day)
    return tuple(day for _, day in days if day)


def _time_pattern(keys: Keys, common: dict[str, Any]) -> Trigger:
    found = {unit: _pattern(keys.take(unit), maximum) for unit, maximum in _PATTERN_MAXIMA.items()}
    if not any(unit in keys.cursor.value or found[unit] is not None for unit in _PATTERN_MAXIMA):
        keys.cursor.wrong("A time_pattern trigger needs hours, minutes or seconds.")
    return TimePatternTrigger(**found, **common)


def _pattern(cursor: Cursor | None, maximum: int) -> str | None:
    if cursor is None:
        return None
    value = cursor.value
    every = isinstance(value, str) and value.startswith("/")
    if value == "*" or isinstance(value, Tagged):
        return str(value)
    try:
        number = int(value[1:] if every else value)
    except (ValueError, TypeError, OverflowError):
        number = -1
    if not (1 if every else 0) <= number <= maximum:
        cursor.wrong(f"This should be *, a number up to {maximum}, or /5 for every five, not {cursor.shown}.")
        return None
    return f"/{number}" if every else str(number)


def _sun(keys: Keys, common: dict[str, Any]) -> Trigger:
    event = _required(keys, "event", "A sun trigger")
    return SunTrigger(
        event=read_choice(event, ("sunrise", "sunset"), "sunset"),
        offset=read_duration(keys.take("offset"), signed=True),
        **common,
    )


def _zone(keys: Keys, common: dict[str, Any]) -> Trigger:
    zone = read_entity_id(_required(keys, "zone", "A zone trigger"))
    return ZoneTrigger(
        entity_id=_entities(keys, "A zone trigger"),
        zone=zone or "",
        event=read_choice(keys.take("event"), ("enter", "leave"), "enter"),
        **common,
    )


def _template(keys: Keys, common: dict[str, Any]) -> Trigger:
    template = read_template(_required(keys, "value_template", "A template trigger"))
    return TemplateTrigger(
        value_template=Template("") if template is None else template, for_=_duration(keys, "for"), **common
    )


def _duration(keys: Keys, key: str) -> Duration | None:
    return read_duration(keys.take(key))


def _event(keys: Keys, common: dict[str, Any]) -> Trigger:
    return EventTrigger(
        event_type=read_texts(_required(keys, "event_type", "An event trigger")),
        event_data=read_data(keys.take("event_data")),
        context=read_data(keys.take("context")),
        **common,
    )


def _mqtt(keys: Keys, common: dict[str, Any]) -> Trigger:
    topic = read_text(_required(keys, "topic", "An mqtt trigger"))
    encoding = keys.take("encoding")
    return MqttTrigger(
        topic=topic or "",
        payload=read_text(keys.take("payload")),
        value_template=read_template(keys.take("value_template")),
        encoding="utf-8" if encoding is None else (read_text(encoding) or ""),
        qos=_qos(keys.take("qos")),
        **common,
    )


def _qos(cursor: Cursor | None) -> int:
    if cursor is None:
        return 0
    if str(cursor.value) in ("0", "1", "2"):
        return int(cursor.value)
    cursor.wrong(f"qos is 0, 1 or 2, not {cursor.shown}.")
    return 0


def _device(keys: Keys, common: dict[str, Any]) -> Trigger:
    device_id = read_text(_required(keys, "device_id", "A device trigger"))
    domain = read_text(_required(keys, "domain", "A device trigger"))
    return DeviceTrigger(device_id=device_id or "", domain=domain or "", config=Data(keys.rest()), **common)


def _homeassistant(keys: Keys, common: dict[str, Any]) -> Trigger:
    event = _required(keys, "event", "A homeassistant trigger")
    return HomeAssistantTrigger(event=read_choice(event, ("start", "shutdown"), "start"), **common)


def _required(keys: Keys, key: str, what: str) -> Cursor | None:
    cursor = keys.take(key)
    if cursor is None:
        keys.require(key, what)
    return cursor


_READERS: dict[str, Callable[[Keys, dict[str, Any]], Trigger]] = {
    "state": _state,
    "numeric_state": _numeric_state,
    "time": _time,
    "time_pattern": _time_pattern,
    "sun": _sun,
    "zone": _zone,
    "template": _template,
    "event": _event,
    "mqtt": _mqtt,
    "device": _device,
    "homeassistant": _homeassistant,
}
