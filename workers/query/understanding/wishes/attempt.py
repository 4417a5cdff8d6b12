"""One way to read a sentence, as far as it came, and what is asked of its clauses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from workers.query.understanding.wishes.parts import Clause, Unit
from workers.query.understanding.wishes.said import Heard
from workers.query.understanding.wishes.steps import LATER
from workers.query.understanding.wishes.times import Length, Moment, Piece
from workers.query.understanding.wishes.wish import Do, Step


@dataclass(slots=True)
class Attempt:
    """One way to read a sentence, as far as it came."""

    heard: list[tuple[str, Heard]] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    told: str = ""


def several_wishes(clauses: Sequence[Clause]) -> bool:
    """Whether it is two wishes in one: "turn it on when … and turn it off when …", "… at 7 and the lamp at 8"."""
    kinds = "".join(
        "a" if each.kind == "action" and worded(each.units) else "t" if each.kind in {"trigger", "or"} else ""
        for each in clauses
    )
    between = any(
        _starts(first) and _starts(last) and worded(each.units[start:end])
        for each in clauses
        if each.kind == "action"
        for start, first in enumerate(each.units)
        for end, last in enumerate(each.units[start + 1 :], start + 1)
    )
    return "atat" in kinds or "tata" in kinds or between


def _starts(unit: Unit) -> bool:
    return isinstance(unit.piece, Moment) and unit.key != LATER


def hoisted(unit: Unit) -> bool:
    """Whether it is a time that is no part of its clause: a length belongs to what it stands with."""
    return unit.piece is not None and unit.key != LATER and not isinstance(unit.piece, Length)


def worded(units: Sequence[Unit]) -> bool:
    """Whether some units have words beside times and marks."""
    return any(each.kind == "word" for each in units)


def done_to(steps: Sequence[Step]) -> tuple[str, ...]:
    """The things of the last order."""
    last = next((each for each in reversed(steps) if isinstance(each, Do)), None)
    return tuple(dict.fromkeys(one for order in last.command.orders for one in order.entities)) if last else ()


def is_motion(entity_id: str) -> bool:
    """Whether it is a motion sensor by its id."""
    return entity_id.startswith("binary_sensor.") and "motion" in entity_id
