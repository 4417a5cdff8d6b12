"""What a pattern is called from night to night, and how what was found is kept. Pure."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

from contracts.analysis import PatternType
from workers.pattern.candidate import Candidate
from workers.pattern.pairs import FoundPattern

MOSTLY: Final = 0.5
"""Share of its occurrences, above which a pattern is an automation's doing."""

_DATE = len("2026-03-01")


def pattern_id(found: FoundPattern) -> str:
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


def found_patterns(candidates: Iterable[Candidate]) -> list[FoundPattern]:
    """The same as the store keeps it.

    The `place` of a routine by the clock is 1 for the first of the day of its entity, state and days, and so on.
    """
    found = list(candidates)
    places: Counter[tuple[Any, ...]] = Counter()
    details = [dict(each.detail) for each in found]
    clock = [number for number, each in enumerate(found) if each.pattern_type is PatternType.TIME_OF_DAY]
    for number in sorted(clock, key=lambda number: float(details[number]["minute_of_day"])):
        key = (found[number].entities, details[number]["state"], details[number]["days"])
        places[key] += 1
        details[number]["place"] = places[key]
    return [_found_pattern(each, detail) for each, detail in zip(found, details, strict=True)]


def _found_pattern(candidate: Candidate, detail: dict[str, Any]) -> FoundPattern:
    return FoundPattern(
        pattern_type=candidate.pattern_type.value,
        entities=candidate.entities,
        confidence=candidate.confidence,
        support=candidate.support,
        first_seen=candidate.first_seen,
        last_seen=candidate.last_seen,
        detail=detail,
        quality=candidate.quality,
        replicated=candidate.replicated,
        automated=candidate.automated > MOSTLY,
    )
