"""Whether a value fits a selector: the description that Home Assistant gives of a field of a service. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from workers.automation.finding import Severity
from workers.automation.plan.value import Data, Tagged, Template, Value
from workers.automation.validating.nearest import nearest

_FLAGS = frozenset({"true", "false", "yes", "no", "on", "off", "1", "0", "enable", "disable"})
_OF_TIME = frozenset({"s", "sec", "seconds", "min", "minutes", "h", "hours", "ms", "milliseconds", "days", "d"})
_MOST_SHOWN = 12

Misfit = tuple[Severity, str, Any]
"""How much it weighs, one sentence, and the value to put in its place or None."""


def misfits(value: Value, selector: Mapping[str, Any]) -> Iterator[Misfit]:
    """What is wrong with a value for a selector such as `{"number": {"min": 0, "max": 100}}`.

    What a template gives is not known, and fits. A selector that is not judged here takes anything.
    """
    for kind, told in selector.items():
        judge = _JUDGES.get(kind)
        if judge is not None and not _unseen(value):
            yield from judge(value, told if isinstance(told, Mapping) else {})


def _unseen(value: Value) -> bool:
    if isinstance(value, (Template, Tagged)):
        return True
    return isinstance(value, tuple) and any(isinstance(each, (Template, Tagged)) for each in value)


def number_of(value: Value) -> float | None:
    """A value as a number, texts too, None where it is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _number(value: Value, told: Mapping[str, Any]) -> Iterator[Misfit]:
    number = number_of(value)
    if number is None:
        yield Severity.ERROR, f"should be a number, not {shown(value)}", None
        return
    least, most = number_of(told.get("min")), number_of(told.get("max"))
    # Lengths of time are bounded for the slider only: Home Assistant takes longer ones.
    severity = Severity.WARNING if told.get("unit_of_measurement") in _OF_TIME else Severity.ERROR
    if (least is not None and number < least) or (most is not None and number > most):
        yield severity, f"is {number:g}, and should be {_range(least, most)}", None


def _range(least: float | None, most: float | None) -> str:
    if least is None:
        return f"at most {most:g}"
    return f"at least {least:g}" if most is None else f"from {least:g} to {most:g}"


def _boolean(value: Value, _: Mapping[str, Any]) -> Iterator[Misfit]:
    if not isinstance(value, (bool, int)) and not (isinstance(value, str) and value.lower() in _FLAGS):
        yield Severity.ERROR, f"should be true or false, not {shown(value)}", None


def _select(value: Value, told: Mapping[str, Any]) -> Iterator[Misfit]:
    options = told.get("options")
    if told.get("custom_value") or not isinstance(options, (list, tuple)):
        return
    known = [str(each.get("value") if isinstance(each, Mapping) else each) for each in options]
    for each in value if isinstance(value, tuple) else (value,):
        yield from one_of(each, known)


def one_of(value: Value, known: list[str]) -> Iterator[Misfit]:
    """What is wrong with a value that should be one of some texts."""
    text = ("on" if value else "off") if isinstance(value, bool) else str(value)
    if known and text not in known and str(value).lower() not in known:
        listed = ", ".join(known[:_MOST_SHOWN]) + (" …" if len(known) > _MOST_SHOWN else "")
        better = next((each for each in known if each.lower() == text.lower()), None) or nearest(text, known)
        yield Severity.ERROR, f"is {shown(value)}, and should be one of {listed}", better


def _color(value: Value, _: Mapping[str, Any]) -> Iterator[Misfit]:
    numbers = [number_of(each) for each in value] if isinstance(value, tuple) else []
    if len(numbers) != 3 or any(each is None or not 0 <= each <= 255 for each in numbers):  # noqa: PLR2004 (a colour)
        yield Severity.ERROR, f"should be three numbers from 0 to 255, not {shown(value)}", None


def _kelvin(value: Value, told: Mapping[str, Any]) -> Iterator[Misfit]:
    limits = {key: told[key] for key in ("min", "max") if told.get("unit") == "kelvin" and key in told}
    for severity, message, fix in _number(value, limits):
        # A lamp does what it can: Home Assistant refuses what is no number only.
        yield severity if number_of(value) is None else Severity.WARNING, message, fix


def _text(value: Value, told: Mapping[str, Any]) -> Iterator[Misfit]:
    if isinstance(value, Data) or (isinstance(value, tuple) and not told.get("multiple")):
        yield Severity.WARNING, f"should be a text, not {shown(value)}", None


def shown(value: Value) -> str:
    """A value for a message, cut short."""
    if isinstance(value, Data):
        return "a mapping"
    if isinstance(value, tuple):
        return "a list"
    return "nothing" if value is None else repr(value)[:60]


_JUDGES: dict[str, Callable[[Value, Mapping[str, Any]], Iterator[Misfit]]] = {
    "number": _number,
    "boolean": _boolean,
    "select": _select,
    "color_rgb": _color,
    "color_temp": _kelvin,
    "text": _text,
}
