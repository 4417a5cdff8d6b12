"""The limits of a number where they stand: `above` and `below`."""

from __future__ import annotations

import math

from workers.automation.plan.value import Tagged
from workers.automation.reading.cursor import Cursor, Keys
from workers.automation.reading.texts import read_entity_id

_DOMAINS = ("input_number", "number", "sensor", "zone")


def read_limits(keys: Keys, what: str) -> tuple[float | str | None, float | str | None]:
    """`above` and `below`, each a number or the id of an entity; one at least must be there."""
    cursors = keys.take("above"), keys.take("below")
    above, below = (_limit(each) for each in cursors)
    if cursors == (None, None):
        keys.cursor.wrong(f"{what} needs above or below.")
    if isinstance(above, float) and isinstance(below, float) and above > below:
        keys.cursor.wrong(f"No number is above {above:g} and below {below:g}: make two of it.")
    return above, below


def _limit(cursor: Cursor | None) -> float | str | None:
    if cursor is None:
        return None
    value = cursor.value
    if isinstance(value, Tagged):
        return value
    if isinstance(value, (str, int, float)) and not isinstance(value, bool):
        try:
            number = float(value)
        except (ValueError, OverflowError):
            return read_entity_id(cursor, _DOMAINS)
        if math.isfinite(number):
            return number
    cursor.wrong(f"A limit is a number or an entity that holds one, not {cursor.shown}.")
    return None
