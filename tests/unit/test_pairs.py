import json
import math
import random
from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from shared.correlation_cache import CorrelationCache
from shared.history import Columns, Event
from tests.unit.planted import DAY, START, PlantedHome, awake_home, independent_home, planted_home
from workers.pattern.changes import NUMERIC, TOO_FEW_CHANGES, TOO_MANY_STATES
from workers.pattern.evidence import (
    BIN_SECONDS,
    chances,
    coin_tail,
    expected_followed,
    poisson_tail,
    significant,
    wilson_lower,
)
from workers.pattern.following import STEP, WINDOW, follow_counts
from workers.pattern.links import meetings, occurrences
from workers.pattern.pairs import AnalysisCancelledError, Found, FoundPattern, find_pairs

HELD_OUT = range(101, 109)
"""Seeds that nothing was tuned on."""


class Kept:
    """A cache as plain as can be: everything goes through JSON, as on a disk."""

    def __init__(self) -> None:
        self.values: dict[tuple[str, str], str] = {}
        self.hits = self.sets = 0

    def get(self, a: str, b: str, ttl_seconds: float) -> Any:
        assert ttl_seconds > 0
        found = self.values.get((a, b))
        self.hits += found is not None
        return None if found is None else json.loads(found)

    def set(self, a: str, b: str, value: Any, ttl_seconds: float) -> None:
        assert ttl_seconds > 0
        self.sets += 1
        self.values[a, b] = json.dumps(value, allow_nan=False)
        assert json.loads(self.values[a, b]) == value  # nothing that JSON would make something else of


def pulse(entity: str, times: Iterable[float], *, seconds: float = 300.0, parent: str | None = None) -> list[Event]:
    """Off at first; on at each time, and off again."""
    rows: list[Event] = [Event(START - 1, entity, "off")]
    for at in times:
        rows += [Event(at, entity, "on", None, parent), Event(at + seconds, entity, "off")]
    return rows


def pairs_in(events: Iterable[Event], parts: int = 3, **how: Any) -> Found:
    """Read in parts, as days are."""
    ordered = sorted(events, key=lambda event: event.at)
    size = max(-(-len(ordered) // parts), 1)
    return find_pairs((Columns.of(ordered[start : start + size]) for start in range(0, len(ordered), size)), **how)


def joined(*streams: list[Event]) -> list[Event]:
    return sorted((row for each in streams for row in each), key=lambda row: row[0])


def moments(seed: int, count: int = 100) -> list[float]:
    """One in each of some half days, far from each other."""
    random_ = random.Random(seed)
    return [START + number * DAY / 2 + random_.uniform(0, DAY / 3) for number in range(count)]


def only(found: Found) -> FoundPattern:
    (pattern,) = found.patterns
    return pattern


# Pairs that are there, and homes in which there are none.


@pytest.mark.parametrize("make", [independent_home, awake_home])
def test_homes_without_pairs_have_none(make: Callable[[int], PlantedHome]) -> None:
    found = [pairs_in(make(seed).events) for seed in HELD_OUT]
    assert min(each.tests for each in found) > 4_000
    assert sum(len(each.patterns) for each in found) <= 1


def test_planted_pairs_are_found_as_what_they_are() -> None:
    planted = right = false = 0
    for seed in HELD_OUT:
        home = planted_home(seed)
        truth = {frozenset(each.entities): each for each in home.planted}
        planted += len(truth)
        for pattern in pairs_in(home.events).patterns:
            pair = truth.get(frozenset(pattern.entities))
            if pair is None:
                false += 1
            elif pair.ordered:
                right += pattern.pattern_type == "trigger" and pattern.entities == pair.entities
            else:
                right += pattern.pattern_type == "co_occurrence" and list(pattern.entities) == sorted(pair.entities)
    assert planted == 64
    assert right >= 58
    assert false <= 1


def test_confidence_is_what_the_events_say_and_never_more() -> None:
    for seed in HELD_OUT:
        home = planted_home(seed)
        for pattern in pairs_in(home.events).patterns:
            if pattern.pattern_type == "trigger":
                leading, following = (
                    [row[0] for row in home.events if row[1:3] == each]
                    for each in zip(pattern.entities, pattern.detail["states"], strict=True)
                )
                share = sum(any(0 < at - lead <= WINDOW for at in following) for lead in leading) / len(leading)
                assert share - 0.05 <= pattern.confidence <= share + 0.0001


# One pair, and what is said of it.


def test_a_trigger_says_what_follows_what_and_when() -> None:
    times = moments(1)
    events = joined(pulse("binary_sensor.door", times), pulse("light.hall", [at + 12 for at in times[:80]]))
    found = pairs_in(events)
    pattern = only(found)
    assert (pattern.pattern_type, pattern.entities) == ("trigger", ("binary_sensor.door", "light.hall"))
    assert (pattern.support, pattern.confidence) == (80, 0.8)
    assert pattern.detail["states"] == ["on", "on"]
    assert pattern.detail["lag_seconds"] == [12.0]
    assert pattern.detail["window_seconds"] == WINDOW
    assert pattern.detail["confidence_low"] == pytest.approx(wilson_lower(80, 100), abs=1e-4)
    assert (pattern.first_seen, pattern.last_seen) == (times[0], times[79])
    assert 0.6 < pattern.quality < 0.8
    assert (pattern.replicated, pattern.automated) == (None, False)
    assert (found.events, found.days) == (len(events), 50)
    assert found.eligible == ["binary_sensor.door", "light.hall"]


def test_the_order_is_of_time_and_not_of_names() -> None:
    times = moments(2)
    pattern = only(pairs_in(joined(pulse("switch.z", times), pulse("light.a", [at + 5 for at in times]))))
    assert pattern.entities == ("switch.z", "light.a")


def test_what_happens_at_one_moment_has_no_order() -> None:
    times = moments(3)
    events = joined(pulse("light.b", times), pulse("light.a", times))
    for each in (events, sorted(events, key=lambda row: (row[0], row[1]))):
        pattern = only(pairs_in(each))
        assert (pattern.pattern_type, pattern.entities) == ("co_occurrence", ("light.a", "light.b"))
        assert (pattern.support, pattern.confidence, pattern.detail["lag_seconds"]) == (100, 1.0, [0.0])


def test_confidence_of_a_co_occurrence_is_of_the_more_frequent_one() -> None:
    times = moments(4, 120)
    other = [at + (20 if number % 2 else -20) for number, at in enumerate(times[:60])]
    pattern = only(pairs_in(joined(pulse("media_player.tv", times), pulse("light.sofa", other))))
    assert (pattern.pattern_type, pattern.entities) == ("co_occurrence", ("light.sofa", "media_player.tv"))
    assert (pattern.support, pattern.confidence) == (60, 0.5)


def test_a_sensor_that_goes_back_to_rest_follows_nobody() -> None:
    times = moments(5)
    motion = pulse("binary_sensor.motion", times, seconds=50)
    pattern = only(pairs_in(joined(motion, pulse("light.hall", [at + 4 for at in times[:60]], seconds=600))))
    assert pattern.entities == ("binary_sensor.motion", "light.hall")
    assert pattern.detail["states"] == ["on", "on"]


def test_nine_times_are_no_pattern() -> None:
    times = moments(6, 9)
    rare = joined(pulse("binary_sensor.door", times), pulse("light.hall", [at + 5 for at in times]))
    assert pairs_in(rare).patterns == []
    times = moments(6, 12)
    assert len(pairs_in(joined(pulse("cover.a", times), pulse("light.b", [at + 5 for at in times]))).patterns) == 1


def test_what_an_automation_did_is_told() -> None:
    times = moments(7)
    by_automation = pulse("light.hall", [at + 1 for at in times], seconds=900, parent="01J")
    assert only(pairs_in(joined(pulse("binary_sensor.door", times), by_automation))).automated


# What counts as a change.


def test_what_is_left_out_and_why() -> None:
    times = moments(8)
    streams = [
        pulse("light.a", times),
        [Event(at, "sensor.power", str(number / 7)) for number, at in enumerate(times)],
        [Event(at, "input_number.level", str(number % 3)) for number, at in enumerate(times)],
        [Event(at, "sensor.title", f"song {number}") for number, at in enumerate(times)],
        pulse("light.seldom", times[:9]),
        [Event(at, "light.same", "on") for at in times],
        [Event(at, "light.gone", ("unavailable", "on", "unknown")[number % 3]) for number, at in enumerate(times)],
    ]
    found = pairs_in(joined(*streams))
    assert found.eligible == ["light.a"]
    assert found.excluded == {
        "sensor.power": NUMERIC,
        "input_number.level": NUMERIC,
        "sensor.title": TOO_MANY_STATES,
        "light.seldom": TOO_FEW_CHANGES,
        "light.same": TOO_FEW_CHANGES,
        "light.gone": TOO_FEW_CHANGES,
    }
    assert found.events == sum(map(len, streams))


def test_no_events_at_all() -> None:
    assert pairs_in([]) == Found([], events=0, days=0, eligible=[])
    assert pairs_in([Event(START, "light.a", "on")]).days == 1


# Counting, against the definition written out.


def test_counting_in_one_pass_is_counting_each_pair() -> None:
    random_ = random.Random(11)
    order = [random_.randrange(6) for _ in range(3_000)]
    times = sorted(random_.sample(range(600_000), 3_000))
    counts = follow_counts(order, times, 6, lambda _: None, window=1_000.0)
    of = [[at for item, at in zip(order, times, strict=True) if item == each] for each in range(6)]
    for leader in range(6):
        for follower in range(6):
            if leader != follower:
                pairs = occurrences(of[leader], of[follower], 1_000.0)
                assert counts.followed[follower][leader] == len(pairs) > 100


def test_each_change_is_in_one_occurrence() -> None:
    assert occurrences([0.0, 10.0, 50.0], [12.0, 13.0, 60.0, 400.0]) == [(1, 0), (2, 2)]
    assert occurrences([0.0], [0.0]) == []
    assert occurrences([0.0], [WINDOW]) == [(0, 0)]
    assert occurrences([0.0], [WINDOW + 0.001]) == []
    assert meetings([0.0, 10.0, 500.0], [5.0, 380.0, 900.0]) == [(0, 0), (2, 1)]
    assert meetings([0.0], [0.0]) == [(0, 0)]


# The cache, progress, and an early end.


def test_the_same_history_again_is_not_counted_again() -> None:
    events, cache = planted_home(120).events, Kept()
    first = pairs_in(events, cache=cache)
    pairs = len(first.eligible) * (len(first.eligible) - 1) // 2
    assert (first.cached, cache.sets) == (0, pairs)
    again = pairs_in(events, cache=cache)
    assert again.patterns == first.patterns == pairs_in(events).patterns
    assert (again.cached, cache.sets) == (pairs, pairs)


def test_the_cache_of_the_house_serves(tmp_path: Path) -> None:
    events = planted_home(124).events
    with CorrelationCache(cache_db_path=tmp_path / "cache.db") as cache:
        first = pairs_in(events, cache=cache)
    with CorrelationCache(cache_db_path=tmp_path / "cache.db") as cache:
        again = pairs_in(events, cache=cache)
    assert first.patterns
    assert again.patterns == first.patterns
    assert again.cached == len(first.eligible) * (len(first.eligible) - 1) // 2


def test_what_changed_is_counted_again_and_nothing_else() -> None:
    home, cache = planted_home(121), Kept()
    first = pairs_in(home.events, cache=cache)
    touched = first.patterns[0].entities[0]
    fewer = [row for row in home.events if row[1] != touched or row[0] < START + 15 * DAY]
    sets = cache.sets
    again = pairs_in(fewer, cache=cache)
    others = len(again.eligible) - 1
    assert again.cached == others * (others - 1) // 2
    assert cache.sets - sets == others
    assert again.patterns == pairs_in(fewer).patterns != first.patterns


@pytest.mark.parametrize("value", ["null", "[]", '"x"', '{"of": "another method"}', '{"links": []}'])
def test_what_else_lies_in_the_cache_counts_for_nothing(value: str) -> None:
    events, cache = planted_home(122).events, Kept()
    first = pairs_in(events, cache=cache)
    cache.values = dict.fromkeys(cache.values, value)
    again = pairs_in(events, cache=cache)
    assert (again.cached, again.patterns) == (0, first.patterns)


def test_progress_goes_forward_and_is_told_often() -> None:
    told: list[tuple[float, str]] = []
    count = 3 * STEP + 100
    events = [Event(START + number, f"light.l{number % 30}", str(number // 30 % 2 == 0)) for number in range(count)]
    pairs_in(events, expected_events=count, progress=lambda done, message: told.append((done, message)))
    done = [each for each, _ in told]
    assert done == sorted(done)
    assert done[-1] == 1.0
    assert [message for _, message in told].count("reading the history") == 3
    assert [message for _, message in told].count("counting pairs") == 4


@pytest.mark.parametrize("after", [0, 2, 5, 8])
def test_it_ends_when_it_is_cancelled(after: int) -> None:
    asked = 0

    def cancelled() -> bool:
        nonlocal asked
        asked += 1
        return asked > after

    count = 3 * STEP
    events = [
        Event(START + number, f"light.l{number % 30}", ("off", "on")[number // 30 % 2]) for number in range(count)
    ]
    cache = Kept()
    with pytest.raises(AnalysisCancelledError):
        pairs_in(events, cancelled=cancelled, cache=cache)
    assert asked == after + 1


# The statistics, against exact values.


@pytest.mark.parametrize(("observed", "expected"), [(1, 0.5), (10, 2.0), (3, 5.0), (50, 50.0), (150, 100.0), (0, 3.0)])
def test_poisson_tail(observed: int, expected: float) -> None:
    below = sum(Fraction(expected) ** k / math.factorial(k) for k in range(observed))
    assert poisson_tail(observed, expected) == pytest.approx(1 - math.exp(-expected) * float(below), rel=1e-6, abs=1e-9)


def test_poisson_tail_at_its_ends() -> None:
    assert poisson_tail(3, 0.0) == 0.0
    assert poisson_tail(30, 1e-3) == pytest.approx(math.exp(-1e-3) * 1e-90 / math.factorial(30), rel=1e-3)
    assert poisson_tail(50_000, 100.0) == 0.0
    assert poisson_tail(10_000, 20_000.0) == pytest.approx(1.0)


@pytest.mark.parametrize(("heads", "throws"), [(0, 5), (1, 1), (5, 10), (9, 10), (30, 100), (70, 100), (0, 0)])
def test_coin_tail(heads: int, throws: int) -> None:
    exact = Fraction(sum(math.comb(throws, each) for each in range(heads, throws + 1)), 2**throws)
    assert coin_tail(heads, throws) == pytest.approx(float(exact), rel=1e-9)


def test_wilson_lower() -> None:
    assert wilson_lower(0, 0) == 0.0
    assert wilson_lower(0, 10) == pytest.approx(0.0, abs=1e-12)
    assert wilson_lower(8, 10) == pytest.approx(0.490157, abs=1e-6)
    assert wilson_lower(10, 10) == pytest.approx(0.722460, abs=1e-4)


def test_significant_is_benjamini_and_hochbergs() -> None:
    assert significant([], 100, 0.01) < 0
    assert significant([0.5], 1, 0.01) < 0
    assert significant([0.04, 0.001, 0.011, 0.03], 4, 0.05) == 0.04
    assert significant([0.04, 0.001, 0.011, 0.03], 40, 0.05) == 0.001


def test_chance_is_what_events_that_lie_anywhere_give() -> None:
    random_ = random.Random(12)
    leaders, followers, window = {0: 4, 1: 2, 7: 5}, {0: 3, 7: 20, 9: 4}, 60.0
    rounds, seen = 4_000, 0
    for _ in range(rounds):
        for each in leaders.keys() & followers.keys():
            others = [random_.uniform(0, BIN_SECONDS) for _ in range(followers[each])]
            for _ in range(leaders[each]):
                at = random_.uniform(0, BIN_SECONDS)
                seen += any((other - at) % BIN_SECONDS <= window for other in others)
    assert expected_followed(leaders, chances(followers, window)) == pytest.approx(seen / rounds, rel=0.03)
