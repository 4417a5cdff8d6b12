"""What a pattern is called from night to night. Pure."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from contracts.analysis import PatternType
from workers.pattern.candidate import Candidate

_DATE = len("2026-03-01")


def pattern_id(found: Candidate) -> str:
    """What a pattern is called in every analysis: from its type, its entities and their states.

    A routine by the clock has its place among those of its state and days, in the order of the day, for its minute
    moves; an anomaly its kind and the day on which it began.
    """
    detail, kind = found.detail, found.pattern_type
    what: Any = detail.get("states")
    if kind == PatternType.TIME_OF_DAY:
        what = [detail["state"], detail["days"], detail.get("place", 1)]
    elif kind == PatternType.ANOMALY:
        what = [detail["kind"], detail["start"][:_DATE]]
    key = json.dumps([kind, list(found.entities), what])
    return hashlib.sha256(key.encode()).hexdigest()[:16]


def named(found: Iterable[Candidate]) -> dict[str, Candidate]:
    """What was found, by what it is called.

    A routine by the clock is told its `place`: 1 for the first of the day of its entity, state and days, and so on.
    """
    return {pattern_id(each): each for each in _placed(list(found))}


def _placed(found: list[Candidate]) -> list[Candidate]:
    places: Counter[tuple[Any, ...]] = Counter()
    clock = [number for number, each in enumerate(found) if each.pattern_type is PatternType.TIME_OF_DAY]
    for number in sorted(clock, key=lambda number: float(found[number].detail["minute_of_day"])):
        each = found[number]
        key = (each.entities, each.detail["state"], each.detail["days"])
        places[key] += 1
        found[number] = replace(each, detail={**each.detail, "place": places[key]})
    return found
