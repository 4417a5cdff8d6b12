from __future__ import annotations

import random
from math import inf, nan

import numpy as np
import pytest

from shared.errors import DatabaseError
from shared.history import Columns, Event
from tests.unit.pattern.lived import household
from workers.pattern.counts.clock_counts import CHATTER, ClockCounts

_ARRAYS = ("times", "entities", "states", "automated", "hours", "sources", "amounts")


def _same(one: ClockCounts, other: ClockCounts) -> bool:
    named = one.entity_ids == other.entity_ids and one.state_names == other.state_names
    return named and all(np.array_equal(getattr(one, each), getattr(other, each)) for each in _ARRAYS)


def _events(seed: int) -> list[Event]:
    random_ = random.Random(seed)
    events = household(seed, lamps=6, days=8)
    start = min(event.at for event in events)
    events += [
        Event(start + random_.uniform(0, 7 * 86_400), f"sensor.power_{number % 3}", str(random_.randint(0, 99)))
        for number in range(500)
    ]
    return [event._replace(context_parent_id="a") if random_.random() < 0.2 else event for event in events]


def _days(events: list[Event]) -> list[Columns]:
    days: dict[int, list[Event]] = {}
    for event in events:
        days.setdefault(int(event.at // 86_400), []).append(event)
    return [Columns.of(days[day]) for day in sorted(days)]


@pytest.mark.parametrize("seed", range(5))
def test_days_in_any_grouping_and_order_give_what_a_rebuild_gives(seed: int) -> None:
    events, random_ = _events(seed), random.Random(seed)
    whole = ClockCounts.of(Columns.of(events))
    days = [ClockCounts.of(day) for day in _days(events)]
    cut = random_.randrange(1, len(days))
    grown = ClockCounts.joined([ClockCounts.joined(days[:cut]), *days[cut:]])
    random_.shuffle(days)
    assert _same(ClockCounts.joined(days), whole)
    assert _same(grown, whole)


@pytest.mark.parametrize("seed", range(3))
def test_bytes_and_back(seed: int) -> None:
    days = [ClockCounts.of(day) for day in _days(_events(seed))]
    kept = [ClockCounts.from_bytes(day.to_bytes()) for day in days]
    assert all(_same(*pair) for pair in zip(days, kept, strict=True))
    assert _same(ClockCounts.joined(kept), ClockCounts.joined(days))


def test_nothing_is_nothing() -> None:
    nothing = ClockCounts.of(Columns.of([]))
    assert not nothing
    assert _same(ClockCounts.from_bytes(nothing.to_bytes()), ClockCounts.joined([]))


def test_damaged_bytes_are_an_error() -> None:
    data = ClockCounts.of(Columns.of(_events(1))).to_bytes()
    for damaged in (b"", b"junk", data[:-20], data[: len(data) // 2], data[:40] + b"\x00" + data[41:]):
        with pytest.raises(DatabaseError, match="run a full analysis"):
            ClockCounts.from_bytes(damaged)


def test_numbers_dates_and_chatter_are_only_counted() -> None:
    events = [Event(1_000.0 + each, "sensor.power", f"{each}.5") for each in range(50)]
    events += [Event(1_000.0 + each, "sensor.seen", f"2026-01-01T00:00:{each:02}") for each in range(20)]
    events += [Event(2_000.0 + each, "binary_sensor.loose", ("on", "off")[each % 2]) for each in range(CHATTER + 1)]
    events += [Event(1_500.0, "light.lamp", "on"), Event(1_600.0, "light.lamp", "infinite loop")]
    counts = ClockCounts.of(Columns.of(events))
    assert counts.state_names == ("infinite loop", "on")
    assert [counts.entity_ids[each] for each in counts.entities] == ["light.lamp", "light.lamp"]
    amounts = dict.fromkeys(counts.entity_ids, 0)
    for source, amount in zip(counts.sources.tolist(), counts.amounts.tolist(), strict=True):
        amounts[counts.entity_ids[source]] += amount
    assert amounts == {"binary_sensor.loose": CHATTER + 1, "light.lamp": 0, "sensor.power": 50, "sensor.seen": 20}


def test_times_that_are_none_are_left_out() -> None:
    times = np.array([-5.0, 100.0, 1e18, inf, nan])
    places = np.zeros(5, dtype=np.int32)
    counts = ClockCounts.of(Columns(times, places, places, places, ("light.lamp",), ("on",)))
    assert counts.times.tolist() == [100]
