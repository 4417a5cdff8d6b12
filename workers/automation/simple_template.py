"""Templates that only spell a condition otherwise: `{{ is_state('light.hall', 'on') }}`. Pure."""

from __future__ import annotations

import re
from typing import Final

from workers.automation.plan.conditions import Condition, NotCondition, NumericStateCondition, StateCondition

_QUOTED: Final = r"\s*['\"]{}['\"]\s*"
_STATE: Final = re.compile(
    r"\{\{\s*(not\s+)?is_state\(" + _QUOTED.format(r"([\w.]+)") + "," + _QUOTED.format(r"([^'\"\\]*)") + r"\)\s*\}\}"
)
_COMPARED: Final = re.compile(
    r"\{\{\s*states\(" + _QUOTED.format(r"([\w.]+)") + r"\)\s*\|\s*(?:float|int)(?:\(\s*(-?[\d.]+)?\s*\))?"
    r"\s*([<>])\s*(-?\d+(?:\.\d+)?)\s*\}\}"
)


def condition_of(template: str) -> Condition | None:
    """The condition on a state that a template says, None where it says more."""
    found = _STATE.fullmatch(template.strip())
    if found is None:
        return None
    denied, entity_id, state = found.groups()
    same = StateCondition(entity_id=(entity_id,), state=(state,))
    return NotCondition(conditions=(same,)) if denied else same


def comparison_of(template: str) -> Condition | None:
    """The condition on a number that a template says, None where it says more.

    Where the number is not known the two may differ: `states('sensor.a') | float(0) < 5` is then true. None for that.
    """
    found = _COMPARED.fullmatch(template.strip())
    if found is None:
        return None
    entity_id, otherwise, sign, told = found.groups()
    bound = float(told)
    if otherwise is not None and (_number(otherwise) > bound if sign == ">" else _number(otherwise) < bound):
        return None
    return NumericStateCondition(
        entity_id=(entity_id,), above=bound if sign == ">" else None, below=bound if sign == "<" else None
    )


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")
