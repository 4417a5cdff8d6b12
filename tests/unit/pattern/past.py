"""Small pasts made up for the detectors' tests, and the way from events to tables."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator

import numpy as np

from shared.history import Columns, Event
from workers.pattern.counts.day_items import DayItems
from workers.pattern.counts.pair_counts import PairCounts
from workers.pattern.relations.items import Items
from workers.pattern.relations.pair_table import PairTable

MIDNIGHT = 1_760_054_400.0
"""2025-10-10 in UTC."""
DAY = 86_400.0


def days_of(events: Iterable[Event]) -> Iterator[Columns]:
    """The events by UTC day, as a history gives them."""
    by_day: dict[int, list[Event]] = {}
    for event in events:
        by_day.setdefault(int(event.at // DAY), []).append(event)
    for day in sorted(by_day):
        yield Columns.of(by_day[day])


def counted(events: Iterable[Event]) -> list[DayItems]:
    """The changes of each day, with the end of the day before where there is one."""
    found, before = [], None
    for day in days_of(events):
        found.append(DayItems.of(day, before))
        before = day
    return found


def tables(events: Iterable[Event]) -> tuple[Items, PairTable]:
    """All days together."""
    days = counted(events)
    items = Items(days)
    return items, PairTable(items, map(PairCounts.of, days))


def moments(random_: random.Random, days: int, a_day: float) -> list[float]:
    """Times in waking hours, which begin at another time each day."""
    found = []
    for day in range(days):
        begin = MIDNIGHT + day * DAY + random_.gauss(7 * 3600, 2_400)
        found += [begin + random_.uniform(0, 14 * 3600) for _ in range(round(a_day))]
    return sorted(found)


def pulses(random_: random.Random, entity_id: str, times: Iterable[float], lasts: float = 600.0) -> list[Event]:
    """On at each time and off some time later; a time while it is on says nothing."""
    found, end = [], 0.0
    for at in sorted(times):
        if at > end:
            end = at + lasts * random_.uniform(0.5, 1.5)
            found += [Event(at, entity_id, "on"), Event(end, entity_id, "off")]
    return found


def noise(random_: random.Random, entities: int, days: int) -> list[Event]:
    """Lamps that know nothing of each other, switched in waking hours."""
    found: list[Event] = []
    for number in range(entities):
        found += pulses(random_, f"light.lamp_{number}", moments(random_, days, random_.choice((2, 6, 15))))
    return found


def after(random_: random.Random, times: Iterable[float], share: float, lag: float) -> list[float]:
    """Some time after each of these, most times."""
    return [at + lag * float(np.exp(random_.gauss(0, 0.25))) for at in times if random_.random() < share]
