"""Service calls where they stand: `action:` with its target and data, in the new spelling and in all old ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workers.automation.finding import Code, Fix, Severity
from workers.automation.plan.actions import Action, CallService
from workers.automation.plan.target import TARGET_KEYS, Target
from workers.automation.plan.value import Data, Tagged, Template, is_template
from workers.automation.reading.cursor import Cursor, Keys
from workers.automation.reading.place import child
from workers.automation.reading.targets import read_target, take_target
from workers.automation.reading.texts import is_entity_id, read_data, read_entity_ids, read_strict_text, read_text


def read_call(keys: Keys, common: dict[str, Any]) -> Action:
    """A service call. Ids among the data are in its target then, since Home Assistant puts both together."""
    action = _name(keys.take_renamed("action", "service", "service_template"))
    cursor = keys.take("target")
    target = read_target(cursor, templates=True)
    data = _data(keys)
    if not isinstance(target, str) and isinstance(data, Mapping):
        target, data = _moved(keys, target, data)
    legacy = keys.take("entity_id")
    if legacy is not None and not isinstance(target, str):
        _old(legacy, "entity_id now stands below target.")
        target = _with_entities(keys, target, legacy)
    return CallService(
        action=action,
        target=target,
        data=data,
        response_variable=read_strict_text(keys.take("response_variable")),
        metadata=read_data(keys.take("metadata")),
        **common,
    )


def _with_entities(keys: Keys, target: Target | None, legacy: Cursor) -> Target:
    path = child(keys.cursor.path, "target")
    keys.cursor.notes.sources.setdefault(child(path, "entity_id"), legacy.source)
    ids = read_entity_ids(legacy, everything=True)
    return (target or Target(path=path)).model_copy(update={"entity_id": ids})


def _name(cursor: Cursor | None) -> str:
    name = read_text(cursor)
    if cursor is None or name is None:
        return ""
    if isinstance(name, (Template, Tagged)):
        return name
    if not is_entity_id(name.lower()):
        cursor.wrong(f"{cursor.shown} is no name of an action, such as light.turn_on.")
    return name.lower()


def _data(keys: Keys) -> Data | Template | Tagged:
    found: list[Data | Template | Tagged] = []
    for key in ("data", "data_template"):
        cursor = keys.take(key, "data")
        if cursor is None:
            continue
        if key == "data_template":
            fix = None if found else Fix(path=cursor.path, rename="data")
            _old(cursor, "data_template is now called data: templates may stand there.", fix)
        if isinstance(cursor.value, Tagged) or (isinstance(cursor.value, str) and is_template(cursor.value)):
            found.append(cursor.value if isinstance(cursor.value, Tagged) else Template(cursor.value))
        else:
            found.append(read_data(cursor))
    texts = [each for each in found if isinstance(each, str)]
    if texts:
        return texts[-1]
    return Data({key: value for each in found if isinstance(each, Data) for key, value in each.items()})


def _moved(keys: Keys, target: Target | None, data: Data) -> tuple[Target | None, Data]:
    """The target with what the data have of ids, and the other data. What the target has itself, goes first."""
    ids = {key: value for key, value in data.items() if key in TARGET_KEYS}
    if not ids:
        return target, data
    path = child(keys.cursor.path, "target")
    name = "data" if "data" in keys.cursor.value else "data_template"
    source = child(child(keys.cursor.source, name), next(iter(ids)))
    cursor = Cursor(ids, path, child(keys.cursor.source, name), keys.cursor.notes)
    keys.cursor.notes.sources.setdefault(path, source)
    _old(cursor, f"{' and '.join(ids)} now stands below target, not among the data.")
    found = take_target(Keys(cursor, ids), path, templates=True)
    if target is not None:
        said = {key: getattr(target, key) or getattr(found, key) for key in TARGET_KEYS}
        found = target.model_copy(update=said)
    return found, data.without(*ids)


def _old(cursor: Cursor, message: str, fix: Fix | None = None) -> None:
    cursor.note(Code.OLD_SYNTAX, Severity.INFO, message, fix)
