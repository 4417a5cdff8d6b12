"""Whole automations where they stand, and which of them a document holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workers.automation.finding import Code, Severity
from workers.automation.plan.plan import DEFAULT_MAX, MODES, BlueprintUse, Plan
from workers.automation.plan.value import Tagged
from workers.automation.reading.actions import read_actions
from workers.automation.reading.conditions import read_conditions
from workers.automation.reading.cursor import Cursor, Keys
from workers.automation.reading.texts import read_choice, read_data, read_flag, read_strict_text, read_text
from workers.automation.reading.triggers import read_triggers

LEVELS = ("silent", "critical", "fatal", "error", "warning", "warn", "info", "debug", "notset")
_PARTS = frozenset(
    {"trigger", "triggers", "condition", "conditions", "action", "actions", "use_blueprint", "alias", "mode"}
)
_LEAST_MAX = 2


def automations_in(cursor: Cursor) -> list[Cursor]:
    """The automations of a document: one, a list of them, or what stands under `automation:`."""
    value = cursor.value
    if isinstance(value, Mapping) and not _PARTS & set(value):
        named = [str(key) for key in value if str(key).split(" ")[0] == "automation"]
        if named:
            return [each for key in named for each in _listed(cursor.under(key, value[key]))]
    return _listed(cursor)


def _listed(cursor: Cursor) -> list[Cursor]:
    if isinstance(cursor.value, (list, tuple)):
        return [cursor.item(index, value) for index, value in enumerate(cursor.value)]
    return [cursor]


def read_automation(cursor: Cursor) -> Plan | None:
    """One automation; None where it is nothing of that kind, which is noted."""
    value = cursor.value
    if isinstance(value, Tagged):
        return None
    if not isinstance(value, Mapping):
        cursor.wrong(f"An automation is a mapping with triggers and actions, not {cursor.shown}.")
        return None
    if "blueprint" in value and isinstance(value["blueprint"], Mapping):
        cursor.wrong("This is a blueprint: make an automation from it, and give that.")
        return None
    if not _PARTS & set(value):
        cursor.wrong("This is no automation: it has no triggers and no actions.")
        return None
    keys = Keys(cursor, value)
    plan = _plan(keys, _blueprint(keys.take("use_blueprint")))
    keys.finish("An automation")
    return plan


def _plan(keys: Keys, blueprint: BlueprintUse | None) -> Plan:
    triggers = keys.take_renamed("triggers", "trigger")
    conditions = keys.take_renamed("conditions", "condition")
    actions = keys.take_renamed("actions", "action")
    if blueprint is None:
        _check_parts(keys, triggers, actions)
    initial = keys.take("initial_state")
    if (hidden := keys.take("hide_entity")) is not None:
        hidden.note(Code.OLD_SYNTAX, Severity.INFO, "hide_entity does nothing any more: remove it.")
    return Plan(
        path=keys.cursor.path,
        id=read_strict_text(keys.take("id")),
        alias=read_text(keys.take("alias")),
        description=read_text(keys.take("description")),
        use_blueprint=blueprint,
        triggers=read_triggers(triggers),
        conditions=read_conditions(conditions),
        actions=read_actions(actions),
        mode=read_choice(keys.take("mode"), MODES, "single"),
        max=_max(keys.take("max")),
        max_exceeded=read_choice(keys.take("max_exceeded"), LEVELS, "warning"),
        initial_state=None if initial is None else read_flag(initial, default=True),
        variables=read_data(keys.take("variables")),
        trigger_variables=read_data(keys.take("trigger_variables")),
        stored_traces=_stored_traces(keys.take("trace")),
    )


def _check_parts(keys: Keys, triggers: Cursor | None, actions: Cursor | None) -> None:
    if triggers is None:
        keys.require("triggers", "An automation")
    elif not triggers.items():
        triggers.wrong("There are no triggers: it would never run.")
    if actions is None:
        keys.require("actions", "An automation")


def _blueprint(cursor: Cursor | None) -> BlueprintUse | None:
    if cursor is None:
        return None
    if not isinstance(cursor.value, Mapping):
        cursor.wrong(f"use_blueprint is a mapping with path and input, not {cursor.shown}.")
        return BlueprintUse(blueprint="", path=cursor.path)
    keys = Keys(cursor, cursor.value)
    path, given = keys.take("path"), keys.take("input")
    if path is None:
        keys.require("path", "use_blueprint")
    keys.finish("use_blueprint")
    return BlueprintUse(blueprint=read_text(path) or "", input=read_data(given), path=cursor.path)


def _max(cursor: Cursor | None) -> int:
    if cursor is None:
        return DEFAULT_MAX
    number = _whole(cursor.value)
    if number is None or number < _LEAST_MAX:
        cursor.wrong(f"max is a whole number from {_LEAST_MAX}, not {cursor.shown}.")
        return DEFAULT_MAX
    return number


def _stored_traces(cursor: Cursor | None) -> int | None:
    if cursor is None:
        return None
    if not isinstance(cursor.value, Mapping):
        cursor.wrong(f"trace is a mapping with stored_traces, not {cursor.shown}.")
        return None
    keys = Keys(cursor, cursor.value)
    stored = keys.take("stored_traces")
    keys.finish("trace")
    if stored is None:
        return None
    number = _whole(stored.value)
    if number is None or number < 0:
        stored.wrong(f"stored_traces is a whole number, not {stored.shown}.")
        return None
    return number


def _whole(value: Any) -> int | None:
    try:
        return int(value) if isinstance(value, (int, float, str)) else None
    except (ValueError, OverflowError):
        return None
