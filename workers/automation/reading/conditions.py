"""Conditions where they stand: a reader for each kind, and the shorthands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from workers.automation.finding import Code, Severity
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
from workers.automation.plan.value import Data, Tagged, Template, frozen, is_template
from workers.automation.reading.cursor import Cursor, Keys
from workers.automation.reading.durations import read_duration, read_time
from workers.automation.reading.limits import read_limits
from workers.automation.reading.targets import read_target
from workers.automation.reading.texts import (
    read_choice,
    read_data,
    read_enabled,
    read_entity_ids,
    read_fixed_enabled,
    read_state_values,
    read_strict_text,
    read_template,
    read_text,
    read_texts,
)
from workers.automation.reading.triggers import read_weekdays

_LOGIC: dict[str, type[AndCondition | OrCondition | NotCondition]] = {
    "and": AndCondition,
    "or": OrCondition,
    "not": NotCondition,
}
_TIME_DOMAINS = ("input_datetime", "time", "sensor")
_SUN_EVENTS = ("sunrise", "sunset")
_COMMON = ("alias", "enabled", "note", "condition")


def read_conditions(cursor: Cursor | None) -> tuple[Condition, ...]:
    """A condition or a list of them."""
    return () if cursor is None else tuple(read_condition(each) for each in cursor.items())


def read_condition(cursor: Cursor, *, in_action: bool = False) -> Condition:
    """One condition. As an action, `condition:` may be a template itself."""
    value = cursor.value
    if isinstance(value, Tagged):
        return OtherCondition(kind="", config=value, path=cursor.path)
    if isinstance(value, str):
        return _shorthand_template(cursor, value)
    if not isinstance(value, Mapping):
        cursor.wrong(f"A condition is a mapping with the key condition, or a template, not {cursor.shown}.")
        return OtherCondition(kind="", config=frozen(value), path=cursor.path)
    keys = Keys(cursor, value)
    common: dict[str, Any] = {
        "path": cursor.path,
        "alias": read_text(keys.take("alias")),
        "enabled": read_enabled(keys.take("enabled")),
        "note": read_text(keys.take("note")),
    }
    return _shorthand_logic(keys, common) or _by_kind(keys, common, in_action)


def _shorthand_template(cursor: Cursor, text: str) -> Condition:
    if not is_template(text):
        cursor.wrong(f"{cursor.shown} is no template: write a condition, or a template in {{{{ }}}}.")
    return TemplateCondition(value_template=Template(text), path=cursor.path)


def _shorthand_logic(keys: Keys, common: dict[str, Any]) -> Condition | None:
    """The condition of `and: [...]`, `or: [...]`, `not: [...]` and `condition: [...]`; None where it is none."""
    if "conditions" in keys:
        return None
    for name, logic in _LOGIC.items():
        if name in keys and "condition" not in keys:
            inner = keys.take(name, "conditions")
            keys.finish(f"A condition of the kind {name}")
            return logic(conditions=read_conditions(inner), **common)
    if isinstance(keys.cursor.value.get("condition"), (list, tuple)):
        inner = keys.take("condition", "conditions")
        keys.finish("A list of conditions")
        return AndCondition(conditions=read_conditions(inner), **common)
    return None


def _by_kind(keys: Keys, common: dict[str, Any], in_action: bool) -> Condition:
    found = keys.take("condition")
    kind = read_strict_text(found)
    if kind is None:
        if found is None:
            keys.require("condition", "A condition")
        return OtherCondition(kind="", config=Data(keys.rest()), **common)
    if isinstance(kind, Template) and found is not None:
        if not in_action:
            found.wrong("A template stands in the list by itself, or under value_template: not here.")
        keys.finish("A template condition")
        return TemplateCondition(value_template=kind, **common)
    if (reader := _READERS.get(kind)) is not None:
        keys.spread("options", _COMMON)
        condition = reader(keys, common)
        keys.finish(f"A condition of the kind {kind}")
        return condition
    if "." in kind:
        target, options = read_target(keys.take("target"), templates=False), read_data(keys.take("options"))
        keys.finish(f"A condition of the kind {kind}")
        return PurposeCondition(kind=kind, target=target, options=options, **common)
    return OtherCondition(kind=kind, config=Data(keys.rest()), **common)


def _entities(keys: Keys, what: str) -> tuple[str, ...]:
    return read_entity_ids(_required(keys, "entity_id", what))


def _required(keys: Keys, key: str, what: str) -> Cursor | None:
    cursor = keys.take(key)
    if cursor is None:
        keys.require(key, what)
    return cursor


def _state(keys: Keys, common: dict[str, Any]) -> Condition:
    attribute = read_text(keys.take("attribute"))
    state = read_state_values(_required(keys, "state", "A state condition"), attribute=attribute is not None)
    length = keys.take("for")
    if length is not None and attribute is not None:
        length.wrong("for can't be used with an attribute: remove one of them.")
    return StateCondition(
        entity_id=_entities(keys, "A state condition"),
        state=state or (),
        match=read_choice(keys.take("match"), ("all", "any"), "all"),
        attribute=attribute,
        for_=read_duration(length),
        **common,
    )


def _numeric_state(keys: Keys, common: dict[str, Any]) -> Condition:
    above, below = read_limits(keys, "A numeric_state condition")
    return NumericStateCondition(
        entity_id=_entities(keys, "A numeric_state condition"),
        attribute=read_text(keys.take("attribute")),
        above=above,
        below=below,
        value_template=read_template(keys.take("value_template")),
        **common,
    )


def _time(keys: Keys, common: dict[str, Any]) -> Condition:
    if not {"after", "before", "weekday"} & set(keys):
        keys.cursor.wrong("A time condition needs after, before or weekday.")
    return TimeCondition(
        after=read_time(keys.take("after"), _TIME_DOMAINS),
        before=read_time(keys.take("before"), _TIME_DOMAINS),
        weekday=read_weekdays(keys.take("weekday")),
        **common,
    )


def _sun(keys: Keys, common: dict[str, Any]) -> Condition:
    after, before = keys.take("after"), keys.take("before")
    if after is None and before is None:
        keys.cursor.wrong("A sun condition needs after or before.")
    return SunCondition(
        after=None if after is None else read_choice(after, _SUN_EVENTS, "sunset"),
        after_offset=read_duration(keys.take("after_offset"), signed=True),
        before=None if before is None else read_choice(before, _SUN_EVENTS, "sunset"),
        before_offset=read_duration(keys.take("before_offset"), signed=True),
        **common,
    )


def _zone(keys: Keys, common: dict[str, Any]) -> Condition:
    zone = read_entity_ids(_required(keys, "zone", "A zone condition"))
    return ZoneCondition(entity_id=_entities(keys, "A zone condition"), zone=zone, **common)


def _template(keys: Keys, common: dict[str, Any]) -> Condition:
    template = read_template(_required(keys, "value_template", "A template condition"))
    return TemplateCondition(value_template=Template("") if template is None else template, **common)


def _trigger(keys: Keys, common: dict[str, Any]) -> Condition:
    return TriggerCondition(id=read_texts(_required(keys, "id", "A trigger condition")), **common)


def _device(keys: Keys, common: dict[str, Any]) -> Condition:
    device_id = read_text(_required(keys, "device_id", "A device condition"))
    domain = read_text(_required(keys, "domain", "A device condition"))
    read_fixed_enabled(keys.cursor, common["enabled"], "A device condition")
    return DeviceCondition(device_id=device_id or "", domain=domain or "", config=Data(keys.rest()), **common)


def _logic(name: str) -> Callable[[Keys, dict[str, Any]], Condition]:
    def read(keys: Keys, common: dict[str, Any]) -> Condition:
        inner = _required(keys, "conditions", f"A condition of the kind {name}")
        if inner is not None and not inner.items():
            inner.note(Code.STYLE, Severity.WARNING, f"There is nothing in this {name}.")
        return _LOGIC[name](conditions=read_conditions(inner), **common)

    return read


_READERS: dict[str, Callable[[Keys, dict[str, Any]], Condition]] = {
    "state": _state,
    "numeric_state": _numeric_state,
    "time": _time,
    "sun": _sun,
    "zone": _zone,
    "template": _template,
    "trigger": _trigger,
    "device": _device,
    **{name: _logic(name) for name in _LOGIC},
}
