from __future__ import annotations

import random
from zoneinfo import ZoneInfo

import pytest

from contracts.analysis import PatternType
from shared.history import Event
from shared.simulator.scoring import score
from shared.simulator.simulation import simulate
from tests.unit.pattern.lived import ZONE, at, counted, household, pulses
from workers.pattern.candidate import Candidate
from workers.pattern.counts.clock_counts import ClockCounts
from workers.pattern.time_of_day import find_times


def _found(events: list[Event]) -> list[Candidate]:
    return list(find_times(counted(events), ZONE).found)


def _daily(
    entity_id: str, hour: float, *, days: range | list[int], share: float = 0.9, spread: float = 5.0
) -> list[Event]:
    random_ = random.Random(f"{entity_id} {hour}")
    chosen = [day for day in days if random_.random() < share]
    return [
        event for day in chosen for event in pulses(entity_id, day, [hour + random_.gauss(0, spread) / 60], random_)
    ]


def _apart(one: float, other: float) -> float:
    return abs((one - other + 720) % 1440 - 720)


@pytest.mark.parametrize("hour", [0.05, 3.0, 7.25, 12.0, 23.95])
def test_a_daily_routine_is_found_at_any_hour_and_across_daylight_saving(hour: float) -> None:
    found = _found(household(1) + _daily("switch.coffee", hour, days=range(30)))
    assert [(each.entities, each.detail["state"], each.detail["days"]) for each in found] == [
        (("switch.coffee",), "on", "all")
    ]
    only = found[0]
    assert only.pattern_type is PatternType.TIME_OF_DAY
    assert _apart(only.detail["minute_of_day"], hour * 60) < 4
    assert 2 < only.detail["spread_minutes"] < 9
    assert only.replicated is True
    assert only.confidence > 0.9
    assert 20 <= only.support <= 30
    assert only.first_seen < only.last_seen
    assert only.automated == 0.0


def test_twice_a_day_is_two_patterns() -> None:
    events = household(2) + _daily("cover.blind", 7.0, days=range(30)) + _daily("cover.blind", 19.5, days=range(30))
    found = _found(events)
    assert sorted(round(each.detail["minute_of_day"] / 30) for each in found) == [14, 39]


def test_on_working_days_and_on_free_days() -> None:
    working = [day for day in range(30) if day % 7 < 5]
    free = [day for day in range(30) if day % 7 >= 5]
    events = household(3) + _daily("switch.radio", 6.5, days=working) + _daily("switch.oven", 9.5, days=free, share=1.0)
    found = {each.entities[0]: each.detail["days"] for each in _found(events)}
    assert found == {"switch.radio": "weekday", "switch.oven": "weekend"}


def test_one_that_drifts_over_the_weeks() -> None:
    random_ = random.Random(4)
    hours = [20.0 + (day - 15) / 60 for day in range(30)]
    events = household(4)
    for day, hour in enumerate(hours):
        events += pulses("light.hall", day, [hour + random_.gauss(0, 3) / 60], random_)
    (found,) = _found(events)
    assert _apart(found.detail["minute_of_day"], 1_200) < 5


@pytest.mark.parametrize("seed", range(10, 18))
def test_people_who_are_awake_together_have_no_routine(seed: int) -> None:
    assert _found(household(seed)) == []


def test_restarts_make_no_routine() -> None:
    events = household(5)
    for day in range(1, 30):
        for lamp in range(25):
            name, state = f"light.lamp_{lamp}", "off"
            before = [each for each in events if each.entity_id == name and each.at < at(day, 3.0)]
            state = max(before, key=lambda each: each.at).state if before else "off"
            events += [Event(at(day, 3.0), name, "unavailable"), Event(at(day, 3.01) + lamp, name, state)]
    assert _found(events) == []


def test_what_an_automation_does_is_told_as_that() -> None:
    events = [each._replace(context_parent_id="a") for each in _daily("switch.pump", 6.0, days=range(30))]
    (found,) = _found(household(6) + events)
    assert found.automated == 1.0


def test_too_little_history_says_nothing() -> None:
    few = household(7, days=4) + _daily("switch.coffee", 7.25, days=range(4), share=1.0)
    assert find_times(counted(few), ZONE).tests == 0
    assert find_times(ClockCounts.joined([]), ZONE).found == ()
    assert find_times(counted([Event(at(1, 8.0), "light.lamp", "on")]), ZONE).found == ()


def test_entities_that_are_excluded() -> None:
    counts = counted(household(8) + _daily("switch.coffee", 7.25, days=range(30)))
    everything, without = find_times(counts, ZONE), find_times(counts, ZONE, {"switch.coffee"})
    assert [each.entities for each in everything.found] == [("switch.coffee",)]
    assert without.found == ()
    assert without.tests < everything.tests


def test_the_same_days_give_the_same() -> None:
    events = household(9) + _daily("switch.coffee", 7.25, days=range(30))
    assert _found(events) == _found(list(reversed(events)))


def test_in_simulated_homes_most_routines_are_found_and_hardly_anything_else() -> None:
    right = false = missed = 0
    for seed in range(200, 206):
        home = simulate(seed, events=20_000)
        found = find_times(ClockCounts.joined(map(ClockCounts.of, home.days())), ZoneInfo(home.time_zone)).found
        counts = score(found, home.truth).counts["time_of_day"]
        right, false, missed = right + counts.tp, false + counts.fp, missed + counts.fn
    assert right / (right + false) >= 0.8
    assert right / (right + missed) >= 0.75
