"""Homes on the local clock, made up for tests of routines and anomalies."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from shared.history import Columns, Event
from workers.pattern.counts.clock_counts import ClockCounts

ZONE = ZoneInfo("Europe/Berlin")
FIRST = date(2026, 3, 9)
"""A Monday; the clock is changed on the 21st day."""


def at(day: int, hour: float) -> float:
    """When the clock shows this hour on a day."""
    midnight = datetime.combine(FIRST, datetime.min.time(), ZONE)
    return (midnight + timedelta(days=day, seconds=round(hour * 3600))).timestamp()


def household(seed: int, *, lamps: int = 25, days: int = 30, empty: range = range(0)) -> list[Event]:
    """Lamps that know nothing of each other, save that people are awake together; each goes off by itself."""
    random_ = random.Random(f"lived {seed}")
    events: list[Event] = []
    rates = [random_.choice((2, 5, 10)) for _ in range(lamps)]
    for day in set(range(days)) - set(empty):
        wake, sleep = random_.gauss(7.0, 0.6), random_.gauss(22.7, 0.6)
        for lamp, rate in enumerate(rates):
            hours = [random_.uniform(wake, sleep) for _ in range(round(random_.gauss(rate, 1)))]
            events += pulses(f"light.lamp_{lamp}", day, hours, random_)
    return events


def pulses(entity_id: str, day: int, hours: Iterable[float], random_: random.Random) -> list[Event]:
    """On at these hours, and off five to thirty minutes later."""
    events: list[Event] = []
    end = 0.0
    for hour in sorted(hours):
        begin = at(day, hour)
        if begin > end:
            end = begin + random_.uniform(300, 1_800)
            events += [Event(begin, entity_id, "on"), Event(end, entity_id, "off")]
    return events


def counted(events: Iterable[Event]) -> ClockCounts:
    """The statistics of these events, day by day."""
    days: dict[int, list[Event]] = {}
    for event in events:
        days.setdefault(int(event.at // 86_400), []).append(event)
    return ClockCounts.joined(ClockCounts.of(Columns.of(day)) for _, day in sorted(days.items()))
