"""A night costs a day, and gives what counting everything again gives."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from shared.correlation_cache import CorrelationCache
from shared.history import Event
from shared.history.sqlite import SqliteHistory
from shared.home import Registry
from tests.unit.pattern.past import DAY, MIDNIGHT, after, moments, noise, pulses
from workers.pattern.counts.day_counts import VERSION
from workers.pattern.counts.pair_memory import MOST_ENTITIES, WHOLE
from workers.pattern.searching.search import Found, KeptDay, Plan, Search

SPAN = 8
"""Days of a search here."""


@pytest.fixture
def history(tmp_path: Path) -> Iterator[SqliteHistory]:
    with SqliteHistory(tmp_path / "history.db") as history:
        yield history


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[CorrelationCache]:
    with CorrelationCache(tmp_path / "cache.db") as cache:
        yield cache


class Nights:
    """Searches night after night, with what the nights before have kept."""

    def __init__(self, history: SqliteHistory, cache: CorrelationCache | None) -> None:
        self.history, self.cache = history, cache
        self.kept: dict[int, KeptDay] = {}

    def search(self, amount: int = SPAN) -> Found:
        plan = Plan.of(self.history, amount, self.kept)
        found = Search(self.history, Registry(), self.cache).run(plan, self.kept)
        self.kept |= found.days
        return found

    def everything(self, amount: int = SPAN) -> Found:
        """All days counted again, without a cache."""
        return Search(self.history, Registry()).run(Plan.of(self.history, amount, {}), {})


def life(seed: str, days: int) -> list[list[Event]]:
    """A lamp that follows a door, among others, by day."""
    random_ = random.Random(seed)
    door = moments(random_, days, 8)
    events = noise(random_, 8, days) + pulses(random_, "binary_sensor.door", door)
    events += pulses(random_, "light.hall", after(random_, door, 0.95, 6))
    by_day: list[list[Event]] = [[] for _ in range(days + 1)]
    for event in events:
        by_day[int((event.at - MIDNIGHT) // DAY)].append(event)
    return by_day


def test_a_night_counts_what_is_new_and_nothing_else(history: SqliteHistory, cache: CorrelationCache) -> None:
    nights, days = Nights(history, cache), life("night", 12)
    for day in days[:10]:
        history.append(day)
    assert len(nights.search().days) == SPAN
    history.append(days[10])
    found = nights.search()
    assert list(found.days) == [int(MIDNIGHT // DAY) + 10]
    assert found.lookups.hit_rate is not None
    assert found.lookups.hit_rate >= 0.9
    assert ("binary_sensor.door", "light.hall") in {each.entities for each in found.findings.patterns}
    assert found.findings == nights.everything().findings
    assert nights.search().days == {}


@pytest.mark.parametrize("seed", range(6))
def test_whatever_happens_the_nights_find_what_a_full_count_finds(
    seed: int, history: SqliteHistory, cache: CorrelationCache
) -> None:
    random_ = random.Random(f"nights {seed}")
    nights, days = Nights(history, cache), life(f"life {seed}", 20)
    late = [random_.sample(day, len(day) // 5) for day in days]
    for number, day in enumerate(days[:20]):
        history.append([event for event in day if event not in late[number]])
        if number < 6:
            continue
        for _ in range(random_.randrange(3)):
            harm(random_, nights, late[number - random_.randrange(5)])
        found, whole = nights.search(), nights.everything()
        assert found.findings == whole.findings
        assert {day: nights.kept[day] for day in whole.days} == whole.days


def harm(random_: random.Random, nights: Nights, late: list[Event]) -> None:
    """Something that no night expects."""
    cache, history = nights.cache, nights.history
    assert cache is not None
    what = random_.randrange(7)
    if what == 0:
        history.append(late)
    elif what == 1:
        cache.clear()
    elif what == 2:
        cache.invalidate_entity(f"light.lamp_{random_.randrange(8)}")
    elif what == 3:
        history.rename(f"light.lamp_{random_.randrange(8)}", f"light.lamp_{random_.randrange(10)}")
    elif what == 4:
        history.append([event._replace(context_parent_id="01KAFE0000000000000000000Z") for event in late])
    elif what == 5:
        nights.kept.pop(random_.choice([*nights.kept, 0]), None)
    else:
        nights.search(random_.randrange(1, 2 * SPAN))


@pytest.mark.parametrize(
    "value",
    [7, "counts", {}, {"version": VERSION + 1}, {"version": VERSION, "marks": {}, "entities": [], "followers": []}],
)
def test_what_else_lies_in_the_cache_counts_for_nothing(
    history: SqliteHistory, cache: CorrelationCache, value: Any
) -> None:
    nights = Nights(history, cache)
    for day in life("other", 9):
        history.append(day)
    cache.set(*WHOLE, value)
    assert nights.search().findings == nights.everything().findings


def test_the_counts_of_another_version_and_damaged_ones_are_counted_again(history: SqliteHistory) -> None:
    nights = Nights(history, None)
    for day in life("damaged", 9):
        history.append(day)
    whole = nights.search()
    first, second, *_ = nights.kept
    nights.kept[first] = replace(nights.kept[first], version=VERSION + 1)
    nights.kept[second] = replace(nights.kept[second], counts=b"no counts")
    again = nights.search()
    assert list(again.days) == [first, second]
    assert again.findings == whole.findings
    assert {**whole.days} == nights.kept


def test_a_day_that_ends_otherwise_has_its_follower_counted_again(history: SqliteHistory) -> None:
    nights = Nights(history, None)
    history.append([Event(MIDNIGHT + DAY + 10, "light.b", "on"), Event(MIDNIGHT + 2 * DAY, "light.b", "off")])
    nights.search()
    history.append([Event(MIDNIGHT + DAY - 10, "light.a", "on")])
    assert len(nights.search().days) == 2
    assert nights.kept == nights.everything().days


def test_a_large_home_goes_without_the_cache(history: SqliteHistory, cache: CorrelationCache) -> None:
    names = [f"light.lamp_{number}" for number in range(MOST_ENTITIES + 1)]
    for day in range(3):
        history.append([Event(MIDNIGHT + day * DAY + place, name, "on") for place, name in enumerate(names)])
    assert Nights(history, cache).search().lookups.hit_rate is None
    assert cache.get(*WHOLE) is None


def test_a_search_that_is_cancelled_leaves_nothing_behind(history: SqliteHistory) -> None:
    for day in life("cancelled", 9):
        history.append(day)
    plan = Plan.of(history, SPAN, {})
    heard: list[float] = []

    def tell(done: float, _message: str) -> None:
        heard.append(done)
        if len(heard) == stop:
            raise KeyboardInterrupt

    stop = 0
    Search(history, Registry(), tell=tell).run(plan, {})
    assert heard == sorted(heard)
    assert heard[-1] == 1.0
    told = len(heard)
    while stop < told:
        stop += 1
        heard.clear()
        with pytest.raises(KeyboardInterrupt):
            Search(history, Registry(), tell=tell).run(plan, {})


def test_no_history_at_all(history: SqliteHistory) -> None:
    found = Nights(history, None).search()
    assert (found.days, found.findings.patterns, found.findings.days) == ({}, [], 0)
