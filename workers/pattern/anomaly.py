"""What was not as usual: silence, bursts, things at odd hours, things left on. Pure."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from math import exp, log10
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from contracts.analysis import PatternType
from workers.pattern.candidate import Candidate, Candidates
from workers.pattern.clock import burst, left_on, odd_hour, silence
from workers.pattern.clock.baseline import Baseline
from workers.pattern.clock.finding import Finding, merged
from workers.pattern.clock.local_changes import LocalChanges
from workers.pattern.counts.clock_counts import ClockCounts

BASELINE_DAYS: Final = 7
"""Days before a day, without which nothing is unusual on it."""
LOWEST_CONFIDENCE: Final = 0.5
"""Below it a finding is more likely chance than not."""
FEWEST: Final = 20
"""Changes of an entity, below which nothing is usual of it."""
MOSTLY: Final = 0.5
"""Share of an automation's doing, above which a thing does nothing by itself."""

_DAY = 86_400
_RANKS = (burst.KIND, silence.KIND, left_on.KIND, odd_hour.KIND)
_SOON = 3_600
"""Seconds after a burst within which what it left behind belongs to it."""
_WITH, _REPEATS = 300, 60
"""Seconds between the beginnings and the ends of what has one cause."""
_LONG_SILENCE = 40
_SENSORS = frozenset({"sensor", "binary_sensor"})


def find_anomalies(
    counts: ClockCounts,
    zone: ZoneInfo,
    excluded: Collection[str] = (),
    since: float | None = None,
    *,
    diagnostics: Collection[str] = (),
) -> Candidates:
    """What was not as usual on any day that has a week before it, and how many tests were made.

    With `since`, only what did not end before that moment (seconds since 1970), for looking at today. `excluded` are
    entities to leave out; `diagnostics` tell how a device is, and no hour is odd for that. Each p value allows for the
    tests made of one entity, that of `unusual_time` for none: it is how often any thing of the home does so in a night.
    What is told is settled, each by its own confidence. A home that nobody is in has no anomalies.
    """
    changes = LocalChanges(counts, zone)
    baseline = Baseline(changes)
    found, tests = look(changes, baseline)
    found = [
        each
        for each in found
        if confidence(each) >= LOWEST_CONFIDENCE and counts.entity_ids[each.entity] not in excluded
        if each.kind != odd_hour.KIND or counts.entity_ids[each.entity] not in diagnostics
    ]
    earliest = (baseline.first + BASELINE_DAYS) * _DAY
    told = [each for each in _told(found, counts, changes) if changes.clock.wall_of(each.begin) >= earliest]
    chosen = (each for each in told if since is None or each.end >= since)
    return Candidates(tuple(_candidate(counts, each) for each in chosen), tests, settled=True)


def look(changes: LocalChanges, baseline: Baseline) -> tuple[list[Finding], int]:
    """All that is out of the usual, and how many tests were made."""
    found, tests = left_on.left_on(changes)
    found = [each for each in found if each.end < changes.last or not baseline.renamed(each.entity, each.begin)]
    things = [
        each for each in baseline.entities() if each.amounts.sum() >= FEWEST and baseline.automated(each) <= MOSTLY
    ]
    for doings in things:
        expected = baseline.expected(doings, baseline.presence(doings))
        found += silence.silences(baseline, doings, expected)
        found += burst.bursts(baseline, doings, expected)
    found += odd_hour.odd_hours(baseline, things)
    return found, tests + 2 * len(things) + sum(not each.reading for each in things)


def _told(found: list[Finding], counts: ClockCounts, changes: LocalChanges) -> list[Finding]:
    """One finding of what is the same: of one thing at one time or of one kind on one day, and of what repeats another.

    A long silence goes before what was left on meanwhile: a sensor that does nothing says nothing of what it measures.
    Of a lamp and its group, of a switch and its sensor, the first is told.
    """
    often = np.bincount(changes.entities, minlength=len(counts.entity_ids))

    def rank(each: Finding) -> tuple[int, bool, int, int, int]:
        kind = _RANKS.index(each.kind) + 2 * (each.kind == silence.KIND and each.amount < _LONG_SILENCE)
        senses = counts.entity_ids[each.entity].partition(".")[0] in _SENSORS
        return kind, senses and each.kind != silence.KIND, int(often[each.entity]), each.entity, each.begin

    told: list[Finding] = []
    for each in sorted(found, key=rank):
        if not any(_same(each, other) for other in told):
            told.append(each)
    return merged(told)


def _same(one: Finding, other: Finding) -> bool:
    if one.entity == other.entity:
        return one.begin <= other.end + _SOON and other.begin <= one.end + _SOON
    return abs(one.begin - other.begin) <= _WITH and abs(one.end - other.end) <= _REPEATS


def confidence(finding: Finding) -> float:
    """The probability that it is more than chance: logistic regressions on homes with planted anomalies.

    It is one minus the local false discovery rate (Efron, Tibshirani, Storey and Tusher 2001): what an anomaly has to
    show does not depend on what else there is in a home.
    """
    if finding.kind == odd_hour.KIND:
        return min(1 / (1 + exp(5.7 - 2.75 * finding.surplus)), 0.97)
    if finding.kind == left_on.KIND:
        usual = min(1 / (1 + exp(3.5 + 1.2 * log10(max(finding.p_value, 1e-99)))), 0.93)
        return usual * (1.0 - finding.doubt)
    return 0.97


def _candidate(counts: ClockCounts, finding: Finding) -> Candidate:
    return Candidate(
        pattern_type=PatternType.ANOMALY,
        entities=(counts.entity_ids[finding.entity],),
        detail={
            "kind": finding.kind,
            "start": _iso(finding.begin),
            "end": _iso(finding.end),
            "times": finding.times,
        },
        support=max(finding.amount, 1),
        first_seen=float(finding.begin),
        last_seen=float(finding.end),
        confidence=round(confidence(finding), 3),
        p_value=finding.p_value,
        automated=finding.automated,
        replicated=None,
    )


def _iso(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()
