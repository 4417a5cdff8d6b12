"""The analysis: all detectors on the days of a past, and one judgement of all their tests. Pure.

Each UTC day is counted once (`DayCounts`) and all days are put together; nothing else of the past is looked at. What
the detectors take for patterns is judged together by Benjamini and Hochberg's procedure, in which each detector has
the same weight however many tests it makes (Genovese, Roeder and Wasserman 2006): else the pairs, which are a hundred
times more tests than all others, would decide alone how small every p value has to be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Final, Self
from zoneinfo import ZoneInfo

import numpy as np

from shared.history import Columns
from shared.home import Registry
from workers.pattern.anomaly import find_anomalies
from workers.pattern.candidate import Candidate, Candidates
from workers.pattern.co_occurrence import find_co_occurrences
from workers.pattern.counts.clock_counts import ClockCounts
from workers.pattern.counts.day_items import DayItems
from workers.pattern.counts.pair_counts import PairCounts
from workers.pattern.relations.evidence import significant
from workers.pattern.relations.items import Items
from workers.pattern.relations.mirror import mirrors, told
from workers.pattern.relations.pair_table import PairTable
from workers.pattern.sequence import find_sequences
from workers.pattern.time_of_day import find_times
from workers.pattern.trigger import links, triggers_of

FALSE_RATE: Final = 0.01
"""Of the patterns found, how many may be chance."""

DIAGNOSTIC: Final = frozenset({"battery", "battery_charging", "connectivity", "problem", "tamper", "update"})
"""Device classes that tell how a device is: what they have in common is a power cut or a router, and no routine."""

Tell = Callable[[float, str], None]
"""Hears how much is done (0 to 1), and what; may end the analysis with an error of its own."""

_DAY = 86_400
_COUNTED: Final = 0.5
"""Share of an analysis that is done when all days are counted."""


@dataclass(frozen=True, slots=True, eq=False)
class DayCounts:
    """What all detectors need of one UTC day; `first` and `last` are its first and last event in seconds since 1970."""

    items: DayItems
    pairs: PairCounts
    clock: ClockCounts
    first: float
    last: float

    @classmethod
    def of(cls, day: Columns, before: Columns | None = None) -> Self:
        """Count a day; of the day before only the last 300 s are looked at."""
        items = DayItems.of(day, before)
        begin = items.day * _DAY
        first, last = np.fmax(day.times[0], begin), np.fmin(day.times[-1], begin + _DAY)
        return cls(items, PairCounts.of(items), ClockCounts.of(day), float(first), float(last))


@dataclass(frozen=True, slots=True)
class Findings:
    """What an analysis found: `patterns`, each type's most certain first, and what it looked at.

    `days` is the time from the first event to the last, in days rounded up. `eligible` are the entities whose changes
    were compared with each other, `excluded` the others, each with the reason; `tests` is how many tests were made.
    """

    patterns: list[Candidate]
    days: int
    events: int
    eligible: list[str]
    excluded: dict[str, str] = field(default_factory=dict)
    tests: int = 0


def nobody(_done: float, _message: str) -> None:
    """Tell nobody."""


def analyse(days: Iterable[Columns], registry: Registry | None, zone: ZoneInfo) -> list[Candidate]:
    """The patterns of a home's past, which comes as one part for each UTC day with events, in the order of time."""
    return examine(counted(days), registry, zone).patterns


def counted(days: Iterable[Columns], expected_events: int = 0, tell: Tell = nobody) -> list[DayCounts]:
    """The counts of each day. Progress is told by `expected_events`, where that is known."""
    found, before, events = [], None, 0
    for day in days:
        if len(day):
            found.append(DayCounts.of(day, before))
            before = day
            events += len(day)
            tell(_COUNTED * min(1.0, events / max(expected_events, events)), "reading the history")
    return found


def examine(days: list[DayCounts], registry: Registry | None, zone: ZoneInfo, tell: Tell = nobody) -> Findings:
    """The patterns in the counts of some days, which come in the order of time.

    What the registry knows for a diagnostic is in no routine; what is unusual about it is told.
    """
    tell(_COUNTED, "looking for what repeats what")
    reasons = diagnostics(days, registry)
    items, table, repeated = _without_mirrors(days, reasons)
    tell(0.65, "looking for what follows what")
    found = _linked(items, table)
    tell(0.8, "looking for routines by the clock")
    clock = ClockCounts.joined(each.clock for each in days)
    found.append(find_times(clock, zone, {*repeated, *reasons}))
    tell(0.9, "looking for what was not as usual")
    found.append(find_anomalies(clock, zone, repeated))
    tell(1.0, "done")
    return Findings(
        judged(found),
        max(1, ceil((days[-1].last - days[0].first) / _DAY)) if days else 0,
        items.events,
        items.eligible,
        items.left_out,
        sum(each.tests for each in found),
    )


def judged(detected: Iterable[Candidates]) -> list[Candidate]:
    """The candidates of all detectors that count, in the order in which they came."""
    families = list(detected)
    weighted = [(found, found.p_value * each.tests * len(families)) for each in families for found in each.found]
    limit = significant([p_value for _, p_value in weighted], 1, FALSE_RATE)
    return [found for found, p_value in weighted if p_value <= limit]


def diagnostics(days: Iterable[DayCounts], registry: Registry | None) -> dict[str, str]:
    """The entities of the days that only tell how a device is, each with the reason to leave it out."""
    known = registry.entities if registry else {}
    seen = sorted({entity_id for each in days for entity_id in each.items.words} & known.keys())
    classes = {entity_id: known[entity_id].device_class for entity_id in seen}
    return {name: f"it tells how a device is: {kind}" for name, kind in classes.items() if kind in DIAGNOSTIC}


def _without_mirrors(
    days: list[DayCounts], reasons: Mapping[str, str]
) -> tuple[Items, PairTable, dict[str, tuple[str, ...]]]:
    """The items and their table without the entities that only repeat others, and those with whom they repeat."""
    items = Items((each.items for each in days), reasons)
    table = PairTable(items, (each.pairs for each in days))
    repeated = mirrors(items, table)
    if repeated:
        items = Items((each.items for each in days), {**reasons, **told(repeated)})
        table = PairTable(items, (each.pairs for each in days))
    return items, table, repeated


def _linked(items: Items, table: PairTable) -> list[Candidates]:
    """Triggers, co-occurrences and sequences."""
    found = links(items, table)
    return [triggers_of(found, items), find_co_occurrences(items, table, found), find_sequences(items, found)]
