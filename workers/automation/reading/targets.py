"""Targets where they stand."""

from __future__ import annotations

from collections.abc import Mapping

from workers.automation.plan.target import TARGET_KEYS, Target
from workers.automation.plan.value import Tagged, Template, is_template
from workers.automation.reading.cursor import Cursor, Keys
from workers.automation.reading.texts import read_entity_ids, read_texts

_EXCLUDE = "exclude"


def read_target(cursor: Cursor | None, *, templates: bool) -> Target | Template | Tagged | None:
    """A target, or, where `templates` may stand, a template that gives one."""
    if cursor is None:
        return None
    if isinstance(cursor.value, Tagged):
        return cursor.value
    if isinstance(cursor.value, str) and is_template(cursor.value) and templates:
        return Template(cursor.value)
    if not isinstance(cursor.value, Mapping):
        cursor.wrong(f"This should be a mapping of {', '.join(TARGET_KEYS)}, not {cursor.shown}.")
        return None
    keys = Keys(cursor, cursor.value)
    target = take_target(keys, cursor.path, templates=templates)
    keys.finish("A target")
    if target.exclude is not None and target.empty:
        cursor.wrong("There is nothing to exclude from: name what is meant first.")
    return target


def take_target(keys: Keys, path: str, *, templates: bool) -> Target:
    """The target that some keys of a mapping make."""
    exclude = keys.take(_EXCLUDE)
    inner = read_target(exclude, templates=templates) if exclude is not None else None
    return Target(
        entity_id=read_entity_ids(keys.take("entity_id"), templates=templates, everything=templates),
        device_id=_ids(keys.take("device_id"), templates=templates),
        area_id=_ids(keys.take("area_id"), templates=templates),
        floor_id=_ids(keys.take("floor_id"), templates=templates),
        label_id=_ids(keys.take("label_id"), templates=templates),
        exclude=inner if isinstance(inner, Target) else None,
        path=path,
    )


def _ids(cursor: Cursor | None, *, templates: bool) -> tuple[str, ...]:
    found = read_texts(cursor, strict=True)
    if cursor is not None and not templates and any(isinstance(each, Template) for each in found):
        cursor.wrong("A template can't stand here: name what is meant.")
    return found
