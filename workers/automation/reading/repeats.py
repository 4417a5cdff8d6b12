"""`repeat` where it stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from workers.automation.plan.actions import Action, Repeat
from workers.automation.plan.value import Tagged, Template, frozen, is_template
from workers.automation.reading.conditions import read_conditions
from workers.automation.reading.cursor import Cursor, Keys

_WAYS = ("count", "while", "until", "for_each")


def read_repeat(
    keys: Keys, common: dict[str, Any], read_actions: Callable[[Cursor | None], tuple[Action, ...]]
) -> Action:
    """A loop, by exactly one of `count`, `while`, `until` and `for_each`."""
    cursor = keys.take("repeat")
    if cursor is None or not isinstance(cursor.value, Mapping):
        if cursor is not None:
            cursor.wrong(f"repeat is a mapping with sequence and one of {', '.join(_WAYS)}, not {cursor.shown}.")
        return Repeat(sequence=(), **common)
    inner = Keys(cursor, cursor.value)
    if sum(way in inner for way in _WAYS) != 1:
        cursor.wrong(f"repeat needs exactly one of {', '.join(_WAYS)}.")
    if "sequence" not in inner:
        inner.require("sequence", "repeat")
    count, while_, until, for_each = (inner.take(way) for way in _WAYS)
    repeat = Repeat(
        count=_count(count),
        while_=None if while_ is None else read_conditions(while_),
        until=None if until is None else read_conditions(until),
        for_each=_for_each(for_each),
        sequence=read_actions(inner.take("sequence")),
        **common,
    )
    inner.finish("repeat")
    return repeat


def _count(cursor: Cursor | None) -> int | Template | Tagged | None:
    if cursor is None:
        return None
    value = cursor.value
    if isinstance(value, Tagged):
        return value
    if isinstance(value, str) and is_template(value):
        return Template(value)
    try:
        return int(value)
    except (ValueError, TypeError, OverflowError):
        cursor.wrong(f"count is a whole number or a template, not {cursor.shown}.")
        return 0


def _for_each(cursor: Cursor | None) -> tuple[Any, ...] | Template | Tagged | None:
    if cursor is None:
        return None
    if isinstance(cursor.value, Tagged):
        return cursor.value
    if isinstance(cursor.value, str) and is_template(cursor.value):
        return Template(cursor.value)
    if not isinstance(cursor.value, (list, tuple)):
        cursor.wrong(f"for_each is a list or a template, not {cursor.shown}.")
    kept = frozen(cursor.value)
    return kept if isinstance(kept, tuple) else (kept,)
