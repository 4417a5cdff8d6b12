"""What a pattern is called from night to night. Pure.

Most are called after what they are. The minute of a routine by the clock moves, and other routines of the same thing
come and go: it keeps the name of the nearest one that was known before.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import count
from typing import Any, Final, NamedTuple, Self

from contracts.analysis import PatternType
from workers.pattern.candidate import Candidate

_DATE = len("2026-03-01")
_DAY = 1_440.0
_NEAR: Final = 120.0


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


class Routine(NamedTuple):
    """A routine by the clock that is known: what it is of, its minute of the day, and its place among its like."""

    of: tuple[str, str, str]
    minute: float
    place: int

    @classmethod
    def read(cls, entities: Sequence[str], detail: Mapping[str, Any]) -> Self:
        """From a pattern as it is kept."""
        return cls((entities[0], detail["state"], detail["days"]), detail["minute_of_day"], detail.get("place", 1))


def named(found: Iterable[Candidate], known: Iterable[Routine] = ()) -> dict[str, Candidate]:
    """What was found, by what it is called; `known` are the routines by the clock of earlier analyses.

    A routine is told its `place` among those of its entity, state and days: that of the known one that is nearest
    within two hours, else the first that is free, in the order of the day.
    """
    every, groups = list(found), defaultdict(list)
    before: defaultdict[tuple[str, str, str], list[Routine]] = defaultdict(list)
    for number, each in enumerate(every):
        if each.pattern_type is PatternType.TIME_OF_DAY:
            groups[Routine.read(each.entities, each.detail).of].append(number)
    for routine in known:
        before[routine.of].append(routine)
    for of, numbers in groups.items():
        minutes = {number: float(every[number].detail["minute_of_day"]) for number in numbers}
        for number, place in _places(minutes, before[of]).items():
            every[number] = replace(every[number], detail={**every[number].detail, "place": place})
    return {pattern_id(each): each for each in every}


def _places(minutes: Mapping[int, float], known: Sequence[Routine]) -> dict[int, int]:
    """A place for each routine: the nearest pairs of new and known ones first."""
    near = sorted(
        (apart, number, each.place)
        for number, minute in minutes.items()
        for each in known
        if (apart := _apart(minute, each.minute)) <= _NEAR
    )
    found: dict[int, int] = {}
    for _, number, place in near:
        if number not in found and place not in found.values():
            found[number] = place
    free = (place for place in count(1) if place not in {each.place for each in known})
    return found | {number: next(free) for number in sorted(minutes, key=minutes.__getitem__) if number not in found}


def _apart(minute: float, other: float) -> float:
    """Minutes between two times of the day."""
    apart = abs(minute - other) % _DAY
    return min(apart, _DAY - apart)
