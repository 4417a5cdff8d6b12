"""The analysis: all detectors on the days of a past, and one judgement of all their tests. Pure.

Each UTC day is counted once (`DayCounts`) and all days are put together; nothing else of the past is looked at. What
they take for patterns that repeat is judged together by Benjamini and Hochberg's procedure, in which each detector has
the same weight however many tests it makes (Genovese, Roeder and Wasserman 2006): else the pairs, which are a hundred
times more tests than all others, would decide alone how small every p value has to be. Anomalies are single events,
each told by its own confidence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Final
from zoneinfo import ZoneInfo

from shared.history import Columns
from shared.home import Registry
from workers.pattern.anomaly import BASELINE_DAYS, find_anomalies
from workers.pattern.candidate import Candidate, Candidates
from workers.pattern.co_occurrence import find_co_occurrences
from workers.pattern.counts.clock_counts import ClockCounts
from workers.pattern.counts.day_counts import DayCounts
from workers.pattern.counts.pair_counts import PairCounts
from workers.pattern.naming import named
from workers.pattern.relations.evidence import significant
from workers.pattern.relations.items import Items
from workers.pattern.relations.mirror import mirrors, told
from workers.pattern.relations.pair_table import PairTable
from workers.pattern.sequence import find_sequences
from workers.pattern.synergies.synergy import Synergy, find_synergies
from workers.pattern.time_of_day import FEWEST_DAYS, find_times
from workers.pattern.trigger import links, triggers_of

FALSE_RATE: Final = 0.01
"""Of the patterns found, how many may be chance."""

ENOUGH_DAYS: Final = max(FEWEST_DAYS, BASELINE_DAYS)
"""Days of events, below which nothing is told: a week is the least that shows weekdays and weekend."""

DIAGNOSTIC: Final = frozenset({"battery", "battery_charging", "connectivity", "problem", "tamper", "update"})
"""Device classes that tell how a device is: what they have in common is a power cut or a router, and no routine."""

Tell = Callable[[float, str], None]
"""Hears how much is done (0 to 1), and what; may end the analysis with an error of its own."""

_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Findings:
    """What an analysis found: `patterns`, each type's most certain first, `synergies`, and what it looked at.

    `days` is the time from the first event to the last, in days rounded up. `eligible` are the entities whose changes
    were compared with each other, `excluded` the others, each with the reason; `tests` is how many tests were made.
    """

    patterns: list[Candidate]
    days: int
    events: int
    eligible: list[str]
    excluded: dict[str, str] = field(default_factory=dict)
    tests: int = 0
    synergies: list[Synergy] = field(default_factory=list)

    @property
    def enough(self) -> bool:
        """Whether the history is long enough to tell routines from what happened by chance."""
        return self.days >= ENOUGH_DAYS and self.events > 0


def nobody(_done: float, _message: str) -> None:
    """Tell nobody."""


def analyse(days: Iterable[Columns], registry: Registry | None, zone: ZoneInfo) -> list[Candidate]:
    """The patterns of a home's past, which comes as one part for each UTC day with events, in the order of time."""
    return examine(counted(days), registry, zone).patterns


def counted(days: Iterable[Columns], before: Columns | None = None) -> list[DayCounts]:
    """The counts of each day; `before` ends where the first one begins."""
    found = []
    for day in days:
        if len(day):
            found.append(DayCounts.of(day, before))
            before = day
    return found


def examine(
    days: list[DayCounts],
    registry: Registry | None,
    zone: ZoneInfo,
    tell: Tell = nobody,
    *,
    pairs: PairCounts | None = None,
) -> Findings:
    """The patterns in the counts of some days, which come in the order of time; `pairs`, where known, is their sum.

    What the registry knows for a diagnostic is in no routine; what is unusual about it is told. Of less than a week
    nothing is.
    """
    tell(0.0, "looking for what repeats what")
    reasons = diagnostics(days, registry)
    items, table, repeated = _without_mirrors(days, reasons, pairs)
    tell(0.3, "looking for what follows what")
    found = _linked(items, table)
    tell(0.6, "looking for routines by the clock")
    clock = ClockCounts.joined(each.clock for each in days)
    found.append(find_times(clock, zone, {*repeated, *reasons}))
    tell(0.9, "looking for what was not as usual")
    found.append(find_anomalies(clock, zone, repeated, diagnostics=reasons))
    tell(0.95, "looking for what would make a good automation")
    told = judged(found) if _length(days) >= ENOUGH_DAYS else []
    together = find_synergies(named(told), items, table, registry) if _length(days) >= ENOUGH_DAYS else []
    tell(1.0, "done")
    tests = sum(each.tests for each in found)
    return Findings(told, _length(days), items.events, items.eligible, items.left_out, tests, together)


def _length(days: list[DayCounts]) -> int:
    """Days from the first event to the last, rounded up."""
    return max(1, ceil((days[-1].last - days[0].first) / _DAY)) if days else 0


def judged(detected: Iterable[Candidates]) -> list[Candidate]:
    """The candidates of all detectors that count, in the order in which they came; what is settled counts."""
    families = list(detected)
    open_ones = [each for each in families if not each.settled]
    weighted = [(each, found, found.p_value * each.tests * len(open_ones)) for each in families for found in each.found]
    limit = significant([p_value for each, _, p_value in weighted if not each.settled], 1, FALSE_RATE)
    return [found for each, found, p_value in weighted if each.settled or p_value <= limit]


def diagnostics(days: Iterable[DayCounts], registry: Registry | None) -> dict[str, str]:
    """The entities of the days that only tell how a device is, each with the reason to leave it out."""
    known = registry.entities if registry else {}
    seen = sorted({entity_id for each in days for entity_id in each.items.words} & known.keys())
    classes = {entity_id: known[entity_id].device_class for entity_id in seen}
    return {name: f"it tells how a device is: {kind}" for name, kind in classes.items() if kind in DIAGNOSTIC}


def _without_mirrors(
    days: list[DayCounts], reasons: Mapping[str, str], pairs: PairCounts | None
) -> tuple[Items, PairTable, dict[str, tuple[str, ...]]]:
    """The items and their table without the entities that only repeat others, and those with whom they repeat."""
    parts = [each.pairs for each in days] if pairs is None else [pairs]
    items = Items((each.items for each in days), reasons)
    table = PairTable(items, parts)
    repeated = mirrors(items, table)
    if repeated:
        whole, items = items, Items((each.items for each in days), {**reasons, **told(repeated)})
        more = set(items.names) - set(whole.names)  # where there are too many, others take the place of those
        table = PairTable(items, parts) if more else table.only(whole, items)
    return items, table, repeated


def _linked(items: Items, table: PairTable) -> list[Candidates]:
    """Triggers, co-occurrences and sequences."""
    found = links(items, table)
    return [triggers_of(found, items), find_co_occurrences(items, table, found), find_sequences(items, found)]
