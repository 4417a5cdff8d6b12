"""Homes that do not exist: the same each time, believable, and with a truth that holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from shared.history import Columns, History
from shared.history.sqlite import SqliteHistory
from shared.home import Registry
from shared.simulator.harm import HARMS, blink, lose, out_of_order, rename, repeat, restart
from shared.simulator.local_days import LocalDays, change_of_clock
from shared.simulator.natural import circular, implied_pairs
from shared.simulator.scoring import Verdict, score
from shared.simulator.simulation import SimulatedHome, simulate
from shared.simulator.timeline import Timeline
from shared.simulator.truth import NaturalTime, Planted, Truth


@pytest.fixture(scope="module")
def home() -> SimulatedHome:
    return simulate(3)


@pytest.fixture(scope="module")
def null_home() -> SimulatedHome:
    return simulate(3, routines=False)


@dataclass(frozen=True)
class Told:
    """What an analysis might tell."""

    pattern_type: str
    entities: Sequence[str]
    detail: Mapping[str, Any] = field(default_factory=dict)
    automated: float = 0.0


def states_of(past: Columns, entity_id: str) -> list[tuple[float, str]]:
    own = past.entities == past.entity_ids.index(entity_id)
    names = (past.state_names[each] for each in past.states[own].tolist())
    return list(zip(past.times[own].tolist(), names, strict=True))


def same(one: Columns, other: Columns) -> bool:
    arrays = all(np.array_equal(getattr(one, each), getattr(other, each)) for each in ("times", "entities", "states"))
    return arrays and list(one.events()) == list(other.events())


def lawful(past: Columns) -> None:
    """As `shared.history.Columns` promises."""
    rows = [event[:3] for event in past.events()]
    assert rows == sorted(rows)
    assert set(past.entities.tolist()) == set(range(len(past.entity_ids)))
    assert set(past.states.tolist()) == set(range(len(past.state_names)))
    assert set(past.contexts.tolist()) | {0} == set(range(len(past.context_list)))


def test_a_seed_gives_the_same_home_and_another_seed_another(home: SimulatedHome) -> None:
    again = simulate(3)
    assert same(home.events, again.events)
    assert (home.document, home.truth) == (again.document, again.truth)
    assert not same(home.events, simulate(4).events)


@pytest.mark.parametrize("days", [1, 2, 9, 30])
def test_any_seed_and_length_gives_a_home(days: int) -> None:
    for seed in range(10):
        home = simulate(seed, days=days, entities=40, events=2_000 * days, empty_days=seed % 2 * 10)
        lawful(home.events)
        span = home.events.times[-1] - home.events.times[0]
        assert (days - 0.5) * 86_400 < span <= (days + 0.1) * 86_400


def test_the_document_is_a_home_and_has_every_entity(home: SimulatedHome) -> None:
    registry = Registry.from_document(home.registry_document)
    assert set(home.events.entity_ids) <= set(registry.entities)
    assert registry.time_zone == home.time_zone
    assert {each for planted in home.truth.planted for each in planted.entities} <= set(registry.entities)


@pytest.mark.parametrize(("entities", "events"), [(40, 50_000), (60, 100_000), (130, 300_000)])
def test_sizes_are_about_those_asked_for(entities: int, events: int) -> None:
    past = simulate(5, entities=entities, events=events).events
    assert abs(len(past) - events) < 0.1 * events
    assert abs(len(past.entity_ids) - entities) <= 8


def test_the_past_is_as_a_history_gives_it(home: SimulatedHome) -> None:
    lawful(home.events)
    days = list(home.days())
    assert sum(map(len, days)) == len(home.events)
    for day in days[:3]:
        lawful(day)
        assert day.times[0] // 86_400 == day.times[-1] // 86_400
    assert [event for day in days for event in day.events()] == list(home.events.events())


def test_nothing_becomes_what_it_is(home: SimulatedHome) -> None:
    for entity_id in home.events.entity_ids:
        states = [state for _, state in states_of(home.events, entity_id)]
        assert all(one != other for one, other in pairwise(states)), entity_id


def test_a_store_keeps_all_of_it(tmp_path: Any) -> None:
    small = simulate(6, entities=40, events=40_000, days=8)
    with SqliteHistory(tmp_path / "history.db") as store:
        whole: History = store
        assert whole.append(out_of_order(small)) == len(small.events)
        assert same(whole.read(), small.events)


def test_what_was_planted_is_in_the_past(home: SimulatedHome) -> None:
    for planted in home.truth.of_type("trigger"):
        leader, follower = planted.entities
        told, (lag,) = planted.detail["states"], planted.detail["lag_seconds"]
        begins = np.array([at for at, state in states_of(home.events, leader) if state == told[0]])
        follows = np.array([at for at, state in states_of(home.events, follower) if state == told[1]])
        apart = follows[:, None] - begins[None, :]
        near = ((apart > 0.2 * lag) & (apart < 5 * lag)).any(axis=1)
        assert near.sum() >= planted.support >= 1
        assert planted.first_seen in follows
        assert planted.last_seen in follows


def test_times_of_day_are_those_of_the_clock_at_home() -> None:
    home = simulate(11, daylight_saving=True, entities=130)
    zone, seen = ZoneInfo(home.time_zone), 0
    offsets = {datetime.fromtimestamp(day.times[0], zone).utcoffset() for day in home.days()}
    assert len(offsets) == 2
    for planted in home.truth.of_type("time_of_day"):
        detail = planted.detail
        clock = [
            datetime.fromtimestamp(at, zone)
            for at, state in states_of(home.events, planted.entities[0])
            if state == detail["state"]
        ]
        apart = [abs((each.hour * 60 + each.minute - detail["minute_of_day"] + 720) % 1_440 - 720) for each in clock]
        assert sum(each <= 75 for each in apart) >= planted.support
        seen += planted.support
    assert seen


def test_anomalies_are_there_after_a_week(home: SimulatedHome) -> None:
    begin = home.events.times[0]
    kinds = set()
    for seed in range(20, 24):
        other = simulate(seed, events=40_000)
        for planted in other.truth.of_type("anomaly"):
            kinds.add(planted.detail["kind"])
            start, end = planted.detail["start"], planted.detail["end"]
            changes = states_of(other.events, planted.entities[0])
            within = [at for at, _ in changes if start < at < end]
            assert start >= other.events.times[0] + 6.5 * 86_400
            if planted.detail["kind"] in {"silent", "left_on"}:
                assert not within
            if planted.detail["kind"] == "burst":
                assert len(within) >= 25
    assert kinds == {"silent", "burst", "unusual_time", "left_on"}
    assert all(each.detail["start"] > begin for each in home.truth.of_type("anomaly"))


def test_without_routines_it_is_the_same_life(home: SimulatedHome, null_home: SimulatedHome) -> None:
    assert null_home.truth.planted == ()
    assert null_home.truth.automated
    assert null_home.truth.mirrors
    assert states_of(home.events, "person.person_1") == states_of(null_home.events, "person.person_1")


def test_automations_and_people_are_told_apart(home: SimulatedHome) -> None:
    past = home.events
    automated = {past.entity_ids[each] for each in np.unique(past.entities[past.automated]).tolist()}
    assert automated == home.truth.automated
    assert past.by_person.any()
    assert not (past.by_person & past.automated).any()


def test_a_group_is_on_while_any_of_its_lamps_is(null_home: SimulatedHome) -> None:
    for mirror, sources in null_home.truth.mirrors.items():
        told = states_of(null_home.events, mirror)
        own = [states_of(null_home.events, each) for each in sources]
        for at, state in told[1:40]:
            now = [[word for when, word in each if when <= at][-1] for each in own]
            assert state == ("on" if "on" in now else "off")


def test_nobody_does_anything_in_an_empty_home() -> None:
    home = simulate(8, empty_days=10)
    ((since, until),) = home.truth.away
    assert until - since == pytest.approx(10 * 86_400, abs=7_200)
    past = home.events
    for entity_id in past.entity_ids:
        if entity_id.endswith("_motion") or entity_id.startswith("person."):
            times = np.array([at for at, _ in states_of(past, entity_id)])
            assert not ((times > since + 6 * 3_600) & (times < until)).any()
    assert all(not since < each.first_seen < until for each in home.truth.planted)


@pytest.mark.parametrize("name", sorted(HARMS))
def test_harmed_pasts_are_lawful_and_the_same_each_time(name: str) -> None:
    small = simulate(9, entities=40, events=30_000, days=10)
    harmed = HARMS[name](small)
    lawful(harmed.events)
    assert same(harmed.events, HARMS[name](small).events)
    assert not same(harmed.events, small.events)


def test_harms_do_what_they_say(home: SimulatedHome) -> None:
    count = len(home.events)
    assert len(lose(home).events) == pytest.approx(0.97 * count, rel=0.01)
    assert len(repeat(home).events) == pytest.approx(1.01 * count, rel=0.002)
    words = [event.state for event in restart(home, times=2).events.events()]
    assert words.count("unavailable") == pytest.approx(2 * len(home.events.entity_ids), abs=20)
    assert any(event.state == "unavailable" for event in blink(home).events.events())
    renamed = rename(home)
    ((new, old),) = renamed.truth.renamed.items()
    assert len(states_of(renamed.events, new)) + len(states_of(renamed.events, old)) == len(states_of(home.events, old))
    assert new in {each["entity_id"] for each in renamed.document["entities"]}


def test_the_clock_across_daylight_saving() -> None:
    changed = change_of_clock(2025, "Europe/Berlin")
    assert changed.isoformat() == "2025-03-30"
    assert change_of_clock(2025, "Asia/Tokyo").isoformat() == "2025-01-01"
    days = LocalDays(changed - timedelta(days=1), 3, "Europe/Berlin")
    moments = np.array([days.at(day, 7.5 * 3_600) for day in range(3)])
    assert days.minute_of(moments).tolist() == [450.0, 450.0, 450.0]
    assert np.diff(moments).tolist() == [23 * 3_600.0, 24 * 3_600.0]
    assert days.day_of(moments).tolist() == [0, 1, 2]
    assert datetime.fromtimestamp(days.at(0, 24.5 * 3_600), UTC).isoformat() == "2025-03-29T23:30:00+00:00"
    assert days.day_of(np.array([days.start - 1])).tolist() == [-1]


def test_a_light_that_is_on_cannot_go_on() -> None:
    timeline = Timeline(-100.0, 1_000.0)
    timeline.begin("light.a", "off")
    for at, state in [(5, "off"), (10, "on"), (20, "on"), (30, "off"), (30, "on"), (1_000, "on")]:
        timeline.add("light.a", at, state)
    track = timeline.track("light.a")
    assert [timeline.state_names[each] for each in track.states.tolist()] == ["on", "off"]
    assert track.times.tolist() == [10.0, 30.0]


def test_minutes_have_a_mean_on_the_circle() -> None:
    centre, spread = circular(np.array([1_430.0, 10.0]))
    assert min(centre, 1_440 - centre) < 1e-6
    assert spread == pytest.approx(10.0, abs=0.1)


def test_links_join_all_that_hang_together() -> None:
    links = [frozenset("ab"), frozenset("cd"), frozenset("bc"), frozenset("xy")]
    assert len(implied_pairs(links)) == 7


TRUTH = Truth(
    planted=(
        Planted("trigger", ("light.a", "fan.b"), {"states": ["on", "on"]}),
        Planted("sequence", ("light.c", "light.d", "light.e"), {"states": ["on", "on", "off"]}),
        Planted("co_occurrence", ("light.f", "light.g"), {"states": ["on", "on"]}),
        Planted("time_of_day", ("light.h",), {"state": "on", "minute_of_day": 1_435.0, "days": "all"}),
        Planted("time_of_day", ("light.i",), {"state": "on", "minute_of_day": 600.0, "days": "weekday"}),
        Planted("anomaly", ("light.j",), {"kind": "left_on", "start": 100.0, "end": 200.0}),
        Planted("anomaly", ("light.k",), {"kind": "burst", "start": 100.0, "end": 200.0}),
        Planted("trigger", ("light.q", "light.r"), {"states": ["on", "on"]}, required=False),
    ),
    natural_pairs=frozenset({frozenset(("motion.m", "light.c")), frozenset(("light.c", "light.e"))}),
    natural_times=(NaturalTime("light.n", "on", 420.0, 30.0), NaturalTime("light.p", "on", 420.0, 30.0)),
    automated_pairs=frozenset({frozenset(("motion.m", "light.p"))}),
    automated=frozenset({"light.p"}),
    mirrors={"light.group": ("light.a",), "light.both": ("light.f", "light.h")},
    renamed={"fan.b_2": "fan.b"},
    odd=((1_000.0, 2_000.0),),
    away=((5_000.0, 9_000.0),),
)
RIGHT, FALSE, NEUTRAL = Verdict.RIGHT, Verdict.FALSE, Verdict.NEUTRAL
ON = ("on", "on")


def at_time(entity_id: str, minute: float, days: str = "all", state: str = "on") -> Told:
    return Told("time_of_day", [entity_id], {"state": state, "minute_of_day": minute, "days": days})


def odd(entity_id: str, kind: str, start: Any, end: Any) -> Told:
    return Told("anomaly", [entity_id], {"kind": kind, "start": start, "end": end})


@pytest.mark.parametrize(
    ("told", "verdict"),
    [
        (Told("trigger", ("light.a", "fan.b"), {"states": ON}), RIGHT),
        (Told("trigger", ("light.a", "fan.b_2"), {"states": ON}), RIGHT),
        (Told("trigger", ("light.group", "fan.b"), {"states": ON}), RIGHT),
        (Told("co_occurrence", ("light.both", "light.g"), {"states": ON}), RIGHT),
        (Told("co_occurrence", ("light.both", "fan.b"), {"states": ON}), FALSE),
        (Told("trigger", ("fan.b", "light.a"), {"states": ON}), FALSE),
        (Told("trigger", ("light.a", "fan.b"), {"states": ("off", "off")}), NEUTRAL),
        (Told("trigger", ("light.a", "light.group"), {"states": ON}), FALSE),
        (Told("trigger", ("light.q", "light.r"), {"states": ON}), NEUTRAL),
        (Told("trigger", ("light.c", "light.d"), {"states": ON}), NEUTRAL),
        (Told("trigger", ("light.f", "light.g"), {"states": ON}), FALSE),
        (Told("trigger", ("motion.m", "light.c"), {"states": ON}), NEUTRAL),
        (Told("trigger", ("motion.m", "light.p"), {"states": ON}), FALSE),
        (Told("trigger", ("motion.m", "light.p"), {"states": ON}, automated=0.9), NEUTRAL),
        (Told("trigger", ("light.a", "light.h"), {"states": ON}), FALSE),
        (Told("co_occurrence", ("light.g", "light.f"), {"states": ON}), RIGHT),
        (Told("co_occurrence", ("fan.b", "light.a"), {"states": ON}), NEUTRAL),
        (Told("co_occurrence", ("fan.b", "light.i"), {"states": ON}), FALSE),
        (Told("sequence", ("light.c", "light.d", "light.e"), {"states": ("on", "on", "off")}), RIGHT),
        (Told("sequence", ("light.d", "light.c", "light.e"), {"states": ("on", "on", "off")}), FALSE),
        (Told("sequence", ("motion.m", "light.c", "light.d"), {"states": ("on", "on", "on")}), NEUTRAL),
        (Told("sequence", ("motion.m", "light.c", "fan.b"), {"states": ("on", "on", "on")}), FALSE),
        (at_time("light.h", 10.0), RIGHT),
        (at_time("light.h", 10.0, "weekday"), RIGHT),
        (at_time("light.h", 10.0, "weekend"), NEUTRAL),
        (at_time("light.h", 30.0), FALSE),
        (at_time("light.h", 60.0, state="off"), NEUTRAL),
        (at_time("light.h", 1_100.0, state="off"), FALSE),
        (at_time("light.i", 600.0), NEUTRAL),
        (at_time("light.n", 445.0), NEUTRAL),
        (at_time("light.n", 455.0), FALSE),
        (at_time("light.p", 420.0), FALSE),
        (odd("light.j", "left_on", 150.0, 300.0), RIGHT),
        (odd("light.j", "left_on", "1970-01-01T00:02:30+00:00", "1970-01-01T00:05:00+00:00"), RIGHT),
        (odd("light.j", "silent", 150.0, 300.0), RIGHT),
        (odd("light.j", "burst", 150.0, 300.0), NEUTRAL),
        (odd("light.j", "left_on", 201.0, 300.0), FALSE),
        (odd("light.k", "unusual_time", 100.0, 150.0), RIGHT),
        (odd("light.a", "unusual_time", 1_500.0, 1_600.0), NEUTRAL),
        (odd("light.a", "unusual_time", 2_500.0, 2_600.0), FALSE),
        (odd("light.a", "silent", 6_000.0, 7_000.0), NEUTRAL),
    ],
)
def test_verdicts(told: Told, verdict: Verdict) -> None:
    ((_, given),) = score([told], TRUTH).verdicts
    assert given is verdict


def test_what_is_told_twice_counts_once_and_what_is_not_told_is_missed() -> None:
    told = Told("trigger", ("light.a", "fan.b"), {"states": ON})
    result = score([told, told], TRUTH)
    counts = result.counts["trigger"]
    assert (counts.tp, counts.fp, counts.fn, counts.neutral) == (1, 0, 0, 1)
    assert [each.entities[0] for each in result.missed] == [
        "light.c",
        "light.f",
        "light.h",
        "light.i",
        "light.j",
        "light.k",
    ]
    assert score([], TRUTH).counts["trigger"].fn == 1


def test_one_silence_of_an_empty_home_is_enough() -> None:
    result = score([odd(each, "silent", 6_000.0, 7_000.0) for each in ("light.a", "light.c", "light.d")], TRUTH)
    assert [verdict for _, verdict in result.verdicts] == [NEUTRAL, FALSE, FALSE]
    assert result.false == 2


def test_telling_all_that_was_planted_is_perfect(home: SimulatedHome) -> None:
    told = [Told(each.pattern_type, each.entities, each.detail) for each in home.truth.planted]
    for counts in score(told, home.truth).counts.values():
        assert (counts.fp, counts.fn) == (0, 0)


def test_telling_all_pairs_is_mostly_false(null_home: SimulatedHome) -> None:
    ids = [each for each in null_home.events.entity_ids if not each.startswith("sensor.")]
    told = [Told("co_occurrence", (one, other), {"states": ON}) for one in ids for other in ids if one < other]
    assert score(told, null_home.truth).false > 0.5 * len(told)
