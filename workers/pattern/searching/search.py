"""One search for patterns: counts the days that have changed, and has all days examined. Synchronous, for a thread."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from shared.errors import DatabaseError
from shared.history import Columns, History
from shared.home import Registry
from workers.pattern.analysis import Findings, Tell, examine, nobody
from workers.pattern.counts.day_counts import VERSION, DayCounts
from workers.pattern.counts.day_items import REACH
from workers.pattern.counts.pair_counts import PairCounts
from workers.pattern.counts.pair_memory import Lookups, Marked, PairCache, PairMemory

log = structlog.get_logger(__name__)

_DAY = 86_400
_COUNTED: Final = 0.5
"""Share of a search that is done when all days are counted."""


@dataclass(frozen=True, slots=True)
class KeptDay:
    """The counts of a day as bytes, and the mark of the events that were counted."""

    mark: str
    counts: bytes
    version: int = VERSION


@dataclass(frozen=True, slots=True)
class Found:
    """What a search gives: the findings, the days that it counted, by number, and how the cache did."""

    findings: Findings
    days: dict[int, KeptDay] = field(default_factory=dict)
    lookups: Lookups = field(default_factory=Lookups)


@dataclass(frozen=True, slots=True)
class Plan:
    """The UTC days of a search with their marks, in order, and those of them that are to be counted."""

    marks: dict[int, str]
    missing: list[int]

    @classmethod
    def of(cls, history: History, amount: int, kept: Mapping[int, KeptDay]) -> Plan:
        """The last days of a history, back from its newest event. A day looks at the end of the day before, too."""
        last = history.span().last
        if last is None:
            return cls({}, [])
        first = int(last // _DAY) - amount + 1
        told = history.marks((first - 1) * _DAY)
        marks = {day: f"{told.get(day - 1, '')}|{mark}" for day, mark in sorted(told.items()) if day >= first}
        return cls(marks, [day for day, mark in marks.items() if not _fits(kept.get(day), mark)])


@dataclass(slots=True)
class Search:
    """Looks for patterns in a history. `cache` holds pair counts; `afresh` takes none of them, and leaves new ones."""

    history: History
    registry: Registry
    cache: PairCache | None = None
    tell: Tell = nobody
    afresh: bool = False

    def run(self, plan: Plan, kept: Mapping[int, KeptDay]) -> Found:
        """Count what is to be counted, and examine all days; `kept` are days that were counted before."""
        known = {day: each for day, mark in plan.marks.items() if (each := _earlier(kept.get(day), mark)) is not None}
        new = dict(self._counted([day for day in plan.marks if day not in known]))
        counts = {**known, **new}  # a day whose events went meanwhile is in neither
        days = [Marked(mark, counts[day]) for day, mark in plan.marks.items() if day in counts]
        memory = PairMemory(self.cache, self.afresh)
        findings = examine(
            [each.counts for each in days],
            self.registry,
            ZoneInfo(self.registry.time_zone),
            lambda done, message: self.tell(_COUNTED + done * (1 - _COUNTED), message),
            pairs=self._pairs(memory, days, kept),
        )
        counted = {day: KeptDay(plan.marks[day], each.to_bytes()) for day, each in new.items()}
        return Found(findings, counted, memory.lookups)

    def _pairs(self, memory: PairMemory, days: list[Marked], kept: Mapping[int, KeptDay]) -> PairCounts:
        """The pair counts of all days; the newest one is not over, and so not kept."""
        if not days:
            return PairCounts.joined([])
        total = memory.total(days[:-1], lambda day, mark: _earlier(kept.get(day), mark))
        return PairCounts.joined([total, days[-1].counts.pairs])

    def _counted(self, days: list[int]) -> Iterator[tuple[int, DayCounts]]:
        for done, (day, columns, before) in enumerate(self._columns(days), start=1):
            yield day, DayCounts.of(columns, before)
            self.tell(_COUNTED * min(1.0, done / len(days)), "reading the history")

    def _columns(self, days: list[int]) -> Iterator[tuple[int, Columns, Columns | None]]:
        """Each day with the part before it: stretches of days are read in one go."""
        for first, last in _stretches(days):
            begin = first * _DAY
            before: Columns | None = self.history.read(begin - REACH / 1_000, begin)
            for columns in self.history.days(begin, (last + 1) * _DAY):
                yield int(columns.times[0] // _DAY), columns, before
                before = columns


def _fits(kept: KeptDay | None, mark: str) -> bool:
    return kept is not None and kept.mark == mark and kept.version == VERSION


def _earlier(kept: KeptDay | None, mark: str) -> DayCounts | None:
    """The counts of a day as it was."""
    if kept is None or not _fits(kept, mark):
        return None
    try:
        return DayCounts.from_bytes(kept.counts)
    except DatabaseError as error:
        log.warning("the counts of a day are damaged, it is counted again", error=str(error))
        return None


def _stretches(days: list[int]) -> Iterator[tuple[int, int]]:
    """Days that follow each other as first and last."""
    first = None
    for place, day in enumerate(days):
        first = day if first is None else first
        if place + 1 == len(days) or days[place + 1] != day + 1:
            yield first, day
            first = None
