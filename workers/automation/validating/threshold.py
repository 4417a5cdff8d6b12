"""Thresholds of purpose-made triggers and conditions: `{type: above, value: {number: 20}}`. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from workers.automation.finding import Code, Finding, error
from workers.automation.plan.value import Data, Tagged, Value
from workers.automation.validating.places import child
from workers.automation.validating.purpose import Purpose
from workers.automation.validating.selector import number_of

_KEYS: Mapping[str, tuple[str, ...]] = {
    "above": ("value",),
    "below": ("value",),
    "between": ("value_min", "value_max"),
    "outside": ("value_min", "value_max"),
    "any": (),
}
_ENTRY = frozenset({"active_choice", "number", "entity", "unit_of_measurement"})


def judge_threshold(value: Value, path: str, purpose: Purpose) -> Iterator[Finding]:
    """What is wrong with the threshold of a purpose-made trigger or condition."""
    if isinstance(value, Tagged):
        return
    kind = value.get("type") if isinstance(value, Data) else None
    if not isinstance(value, Data) or not isinstance(kind, str) or kind not in _KEYS:
        yield error(Code.SCHEMA, path, f"A threshold is a mapping with a type: one of {', '.join(_KEYS)}.")
        return
    if kind == "any" and not purpose.name.endswith("changed"):
        yield error(Code.SCHEMA, child(path, "type"), f"{purpose.name} takes no threshold of the type any.")
    for key in _KEYS[kind]:
        yield from _entry(value.get(key), child(path, key), purpose)
    for key in sorted(set(value) - {"type", *_KEYS[kind]}):
        yield error(Code.SCHEMA, child(path, key), f"A threshold of the type {kind} has no {key[:60]!r}: remove it.")
    least, most = (_number(value.get(key)) for key in ("value_min", "value_max"))
    if least is not None and most is not None and least > most:
        yield error(Code.SCHEMA, path, f"value_min ({least:g}) is more than value_max ({most:g}); exchange them.")


def _entry(entry: Value, path: str, purpose: Purpose) -> Iterator[Finding]:
    if not isinstance(entry, Data) or not {"number", "entity"} & entry.keys() or entry.keys() - _ENTRY:
        yield error(Code.SCHEMA, path, "This part of a threshold is a mapping with number or entity.")
        return
    if "number" not in entry or isinstance(entry["number"], Tagged):
        return
    number, unit = _number(entry), entry.get("unit_of_measurement")
    if number is None:
        yield error(Code.SCHEMA, child(path, "number"), "This should be a number.")
    elif not (purpose.least is None or number >= purpose.least) or not (purpose.most is None or number <= purpose.most):
        said = f"{purpose.name} takes a number from {purpose.least} to {purpose.most}, not {number:g}."
        yield error(Code.SCHEMA, child(path, "number"), said)
    if purpose.units and unit not in purpose.units:
        said = f"{purpose.name} needs unit_of_measurement here: one of {', '.join(purpose.units)}."
        yield error(Code.SCHEMA, path, said)


def _number(entry: Value) -> float | None:
    return number_of(entry.get("number")) if isinstance(entry, Data) else None
