"""Actions where they stand. Which kind one is, Home Assistant sees from its keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from workers.automation.plan.actions import (
    Action,
    ActivateScene,
    CheckCondition,
    Choose,
    ChooseOption,
    Delay,
    DeviceAction,
    FireEvent,
    If,
    OtherAction,
    Parallel,
    Sequence,
    SetConversationResponse,
    SetVariables,
    Stop,
    WaitForTrigger,
    WaitTemplate,
)
from workers.automation.plan.duration import Duration
from workers.automation.plan.value import Data, Tagged, Template, frozen
from workers.automation.reading.calls import read_call
from workers.automation.reading.conditions import read_condition, read_conditions
from workers.automation.reading.cursor import Cursor, Keys
from workers.automation.reading.durations import read_duration
from workers.automation.reading.repeats import read_repeat
from workers.automation.reading.texts import (
    read_data,
    read_enabled,
    read_entity_id,
    read_fixed_enabled,
    read_flag,
    read_strict_text,
    read_template,
    read_text,
)
from workers.automation.reading.triggers import read_triggers


def read_actions(cursor: Cursor | None) -> tuple[Action, ...]:
    """An action or a list of them."""
    return () if cursor is None else tuple(read_action(each) for each in cursor.items())


def read_action(cursor: Cursor) -> Action:
    """One action; what can't be read as one is kept as it is, and noted."""
    value = cursor.value
    if isinstance(value, Tagged):
        return OtherAction(config=value, path=cursor.path)
    if not isinstance(value, Mapping):
        cursor.wrong(f"An action is a mapping, such as one with the key action, not {cursor.shown}.")
        return OtherAction(config=frozen(value), path=cursor.path)
    kind = next((each for each in _READERS if each in value), None)
    if kind in _CONDITIONS:
        return _condition(cursor)
    keys = Keys(cursor, value)
    common: dict[str, Any] = {
        "path": cursor.path,
        "alias": read_text(keys.take("alias")),
        "enabled": read_enabled(keys.take("enabled")),
        "continue_on_error": read_flag(keys.take("continue_on_error"), default=False),
        "note": read_text(keys.take("note")),
    }
    if kind is None:
        cursor.wrong("This is no action: it has none of the keys action, choose, if, delay and so on.")
        return OtherAction(config=Data(keys.rest()), **common)
    action = _READERS[kind](keys, common)
    keys.finish("A device action" if kind == "device_id" else f"An action with {kind}")
    return action


def _condition(cursor: Cursor) -> Action:
    return CheckCondition(condition=read_condition(cursor, in_action=True), path=cursor.path)


def _not_here(keys: Keys, common: dict[str, Any]) -> Action:
    return OtherAction(config=Data(keys.rest()), **common)


def _delay(keys: Keys, common: dict[str, Any]) -> Action:
    return Delay(delay=read_duration(keys.take("delay")) or Duration.of(0), **common)


def _wait(keys: Keys) -> dict[str, Any]:
    return {
        "timeout": read_duration(keys.take("timeout")),
        "continue_on_timeout": read_flag(keys.take("continue_on_timeout"), default=True),
    }


def _wait_template(keys: Keys, common: dict[str, Any]) -> Action:
    template = read_template(keys.take("wait_template"))
    return WaitTemplate(wait_template=Template("") if template is None else template, **_wait(keys), **common)


def _wait_for_trigger(keys: Keys, common: dict[str, Any]) -> Action:
    return WaitForTrigger(triggers=read_triggers(keys.take("wait_for_trigger")), **_wait(keys), **common)


def _event(keys: Keys, common: dict[str, Any]) -> Action:
    event = read_text(keys.take("event"))
    data = {**read_data(keys.take("event_data")), **read_data(keys.take("event_data_template", "event_data"))}
    return FireEvent(event=event or "", event_data=data, **common)


def _device(keys: Keys, common: dict[str, Any]) -> Action:
    device_id, domain = read_text(keys.take("device_id")), read_text(keys.take("domain"))
    if domain is None:
        keys.require("domain", "A device action")
    read_fixed_enabled(keys.cursor, common["enabled"], "A device action")
    return DeviceAction(device_id=device_id or "", domain=domain or "", config=Data(keys.rest()), **common)


def _scene(keys: Keys, common: dict[str, Any]) -> Action:
    return ActivateScene(scene=read_entity_id(keys.take("scene"), ("scene",)) or "", **common)


def _choose(keys: Keys, common: dict[str, Any]) -> Action:
    choose, default = keys.take("choose"), keys.take("default")
    options = () if choose is None else tuple(_option(each) for each in choose.items())
    return Choose(options=options, default=read_actions(default), **common)


def _option(cursor: Cursor) -> ChooseOption:
    if not isinstance(cursor.value, Mapping):
        cursor.wrong(f"An option of choose is a mapping with conditions and sequence, not {cursor.shown}.")
        return ChooseOption(conditions=(), sequence=(), path=cursor.path)
    keys = Keys(cursor, cursor.value)
    conditions, sequence = (_required(keys, key, "An option of choose") for key in ("conditions", "sequence"))
    alias, note = read_text(keys.take("alias")), read_text(keys.take("note"))
    option = ChooseOption(
        alias=alias,
        note=note,
        conditions=read_conditions(conditions),
        sequence=read_actions(sequence),
        path=cursor.path,
    )
    keys.finish("An option of choose")
    return option


def _if(keys: Keys, common: dict[str, Any]) -> Action:
    return If(
        conditions=read_conditions(keys.take("if")),
        then=read_actions(_required(keys, "then", "An action with if")),
        else_=read_actions(keys.take("else")),
        **common,
    )


def _repeat(keys: Keys, common: dict[str, Any]) -> Action:
    return read_repeat(keys, common, read_actions)


def _sequence(keys: Keys, common: dict[str, Any]) -> Action:
    sequence = read_actions(keys.take("sequence"))
    return Sequence(sequence=sequence, metadata=read_data(keys.take("metadata")), **common)


def _parallel(keys: Keys, common: dict[str, Any]) -> Action:
    branches = keys.take("parallel")
    return Parallel(branches=() if branches is None else tuple(map(_branch, branches.items())), **common)


def _branch(cursor: Cursor) -> Sequence:
    if isinstance(cursor.value, (list, tuple)):
        inner = cursor.at(f"{cursor.path}.sequence")
        return Sequence(sequence=read_actions(inner), path=cursor.path)
    value = cursor.value
    kind = next((each for each in _READERS if each in value), None) if isinstance(value, Mapping) else None
    if kind == "sequence" and isinstance(action := read_action(cursor), Sequence):
        return action
    return Sequence(sequence=(read_action(cursor.at(f"{cursor.path}.sequence[0]")),), path=cursor.path)


def _variables(keys: Keys, common: dict[str, Any]) -> Action:
    return SetVariables(variables=read_data(keys.take("variables")), **common)


def _conversation(keys: Keys, common: dict[str, Any]) -> Action:
    cursor = keys.take("set_conversation_response")
    response = None if cursor is None or cursor.value is None else read_text(cursor)
    return SetConversationResponse(response=response, **common)


def _stop(keys: Keys, common: dict[str, Any]) -> Action:
    cursor, variable = keys.take("stop"), keys.take("response_variable")
    error = read_flag(keys.take("error"), default=False)
    if error and variable is not None:
        variable.wrong("A stop with an error gives no response: remove one of them.")
    reason = None if cursor is None or cursor.value is None else read_text(cursor)
    return Stop(reason=reason, error=error, response_variable=read_strict_text(variable), **common)


def _required(keys: Keys, key: str, what: str) -> Cursor | None:
    cursor = keys.take(key)
    if cursor is None:
        keys.require(key, what)
    return cursor


_CONDITIONS = frozenset({"condition", "and", "or", "not"})

# In the order of Home Assistant's own table: of several keys, the first one says which kind it is.
_READERS: dict[str, Callable[[Keys, dict[str, Any]], Action]] = {
    "delay": _delay,
    "wait_template": _wait_template,
    **dict.fromkeys(("condition", "and", "or", "not"), _not_here),
    "event": _event,
    "device_id": _device,
    "scene": _scene,
    "repeat": _repeat,
    "choose": _choose,
    "wait_for_trigger": _wait_for_trigger,
    "variables": _variables,
    "if": _if,
    "action": read_call,
    "service": read_call,
    "service_template": read_call,
    "stop": _stop,
    "parallel": _parallel,
    "sequence": _sequence,
    "set_conversation_response": _conversation,
}
