"""The values of a plan as Home Assistant writes them. What is empty, or is as it is anyway, is left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from workers.automation.plan.duration import Duration
from workers.automation.plan.target import TARGET_KEYS, Target
from workers.automation.plan.value import Value, thawed

_ZERO = timedelta(0)


def short(values: Sequence[Value]) -> Any:
    """A list, or its one item alone."""
    return thawed(values[0]) if len(values) == 1 else [thawed(each) for each in values]


def plain(value: Any) -> Any:
    """A value of a plan as one of a document."""
    if isinstance(value, Duration):
        return write_duration(value)
    if isinstance(value, Target):
        return write_target(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return thawed(value)


def said(**values: Any) -> dict[str, Any]:
    """Keys with their values, without those that are None or empty; a trailing underscore is no part of a key."""
    return {
        key.rstrip("_"): plain(value)
        for key, value in values.items()
        if value is not None and not (isinstance(value, (Mapping, tuple, Target)) and _empty(value))
    }


def _empty(value: Any) -> bool:
    return value == Target() if isinstance(value, Target) else not value


def write_duration(duration: Duration) -> Any:
    """`00:05:00`, with fractions of a second and a minus where needed, or the templates that give it."""
    if duration.template is not None:
        return thawed(duration.template)
    if duration.length is None:
        return thawed(duration.parts)
    length = abs(duration.length)
    minutes, seconds = divmod(length // timedelta(seconds=1), 60)
    text = f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"
    if length.microseconds:
        text += f".{length.microseconds:06}".rstrip("0")
    return f"-{text}" if duration.length < _ZERO else text


def write_target(target: Target) -> dict[str, Any]:
    """The ids that a target has, one alone without a list."""
    written = {key: short(getattr(target, key)) for key in TARGET_KEYS if getattr(target, key)}
    return written if target.exclude is None else {**written, "exclude": write_target(target.exclude)}
