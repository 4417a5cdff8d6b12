"""Routines by the clock: an entity takes a state at about the same minute on most days. Pure.

The method is a scan statistic (Naus 1965; Kulldorff 1997) over distinct days: in how many days did the change happen
within a window of the clock, against how many chance would give. Chance is the greater of two: that the changes of a
day fall where the others of the household do (leaving the entity out), and that they lie evenly over two hours before
or after, so that somebody's broad habit is no routine. Days are independent trials with unlike chances; their sum is
bounded by a binomial of the mean chance (Hoeffding 1956). The centre and the spread are those of the circle.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from contracts.analysis import PatternType
from workers.pattern.candidate import Candidate, Candidates
from workers.pattern.clock.envelope import Envelope
from workers.pattern.clock.local_changes import LocalChanges
from workers.pattern.clock.local_clock import MINUTES
from workers.pattern.clock.scan import FEWEST, STRATA, Peak, Scan
from workers.pattern.counts.clock_counts import ClockCounts

FEWEST_DAYS: Final = 7
"""Active days, below which no routine can be told."""
LOWEST_CONFIDENCE: Final = 0.5
"""Below it a peak is more likely none than one."""

_EXPLAINED = 0.7
"""Share of a peak's days on which another must have come before it, to explain it."""
_LONGEST_LAG = 120.0
_CLOSER = 1.2
"""Below the 1.41 of two that keep to the clock, each by itself."""
_HALF_SHOWS = 0.01


def find_times(counts: ClockCounts, zone: ZoneInfo, excluded: Collection[str] = ()) -> Candidates:
    """The routines by the clock, and how many items were looked at; `excluded` are entities to leave out.

    The p value of a routine allows for all the windows that were scanned of its item. Its confidence is the probability
    that it is one; none below a half is told. Nothing is found in less than seven days.
    """
    changes = LocalChanges(counts, zone)
    envelope = Envelope(changes)
    if len(envelope.days) < FEWEST_DAYS:
        return Candidates((), 0)
    peaks: list[Peak] = []
    tests = 0
    for rows in _items(changes):
        entity = int(changes.entities[rows[0]])
        if counts.entity_ids[entity] not in excluded and len(np.unique(envelope.places[rows])) >= FEWEST:
            tests += 1
            peaks += Scan(changes, envelope, rows, envelope.without(entity)).peaks()
    told = [peak for peak in _leading(changes, peaks) if peak.confidence >= LOWEST_CONFIDENCE]
    return Candidates(tuple(_candidate(changes, envelope, peak) for peak in told), tests)


def _items(changes: LocalChanges) -> list[NDArray[np.int64]]:
    """The changes of each entity to each state."""
    order = np.argsort(changes.items, kind="stable").astype(np.int64)
    return list(np.split(order, np.flatnonzero(np.diff(changes.items[order])) + 1)) if len(order) else []


def _leading(changes: LocalChanges, peaks: list[Peak]) -> list[Peak]:
    """The peaks that do not follow from another one of their entity: what goes on at seven is off soon after."""
    by_entity: dict[int, list[Peak]] = {}
    for peak in peaks:
        by_entity.setdefault(int(changes.entities[peak.rows[0]]), []).append(peak)
    return [
        peak
        for group in by_entity.values()
        for peak in group
        if not any(_follows(changes, peak, other) for other in group if other is not peak)
    ]


def _follows(changes: LocalChanges, peak: Peak, other: Peak) -> bool:
    """Whether a peak keeps closer to another one than to the clock."""
    mine, theirs = changes.times[peak.rows], np.sort(changes.times[other.rows])
    before = np.searchsorted(theirs, mine) - 1
    lags = (mine - theirs[np.maximum(before, 0)])[before >= 0] / 60
    lags = lags[lags <= _LONGEST_LAG]
    return bool(len(lags) >= _EXPLAINED * len(mine) and lags.std() < _CLOSER * peak.spread)


def _replicated(changes: LocalChanges, envelope: Envelope, peak: Peak) -> bool | None:
    """Whether the second half of the days holds what the first half shows; None where that shows too little."""
    half, all_days = len(envelope.days) // 2, len(envelope.days)
    if half < FEWEST_DAYS:
        return None
    share = envelope.without(int(changes.entities[peak.rows[0]]))
    rows = np.flatnonzero(changes.items == changes.items[peak.rows[0]])
    early = envelope.places[rows] < half
    first = Scan(changes, envelope, rows[early], share, (0, half)).near(peak.stratum, peak.minute)
    if first is None or first.p_value > _HALF_SHOWS:
        return None
    return Scan(changes, envelope, rows[~early], share, (half, all_days)).holds(first)


def _candidate(changes: LocalChanges, envelope: Envelope, peak: Peak) -> Candidate:
    row = int(peak.rows[0])
    times = changes.times[peak.rows]
    return Candidate(
        pattern_type=PatternType.TIME_OF_DAY,
        entities=(changes.counts.entity_ids[changes.entities[row]],),
        detail={
            "state": changes.counts.state_names[changes.states[row]],
            "minute_of_day": round(peak.minute, 1) % MINUTES,
            "spread_minutes": round(peak.spread, 1),
            "days": STRATA[peak.stratum],
        },
        support=len(peak.places),
        first_seen=float(times.min()),
        last_seen=float(times.max()),
        confidence=round(peak.confidence, 3),
        p_value=peak.p_value,
        automated=float(changes.automated[peak.rows].mean()),
        replicated=_replicated(changes, envelope, peak),
    )
