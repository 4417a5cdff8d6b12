import random
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from contracts.analysis import PatternType
from shared.history import NOBODY, Columns, Event
from shared.home import Entity, Registry
from shared.simulator.habits import HABITS
from shared.simulator.scoring import score
from shared.simulator.simulation import simulate
from tests.unit.pattern.past import DAY, MIDNIGHT, after, days_of, moments, noise, pulses
from workers.pattern.analysis import analyse, counted, examine, judged
from workers.pattern.candidate import Candidate, Candidates
from workers.pattern.counts.day_counts import DayCounts

ZONE = ZoneInfo("Europe/Berlin")
DAYS = 30


def candidate(name: str, p_value: float) -> Candidate:
    return Candidate(PatternType.TRIGGER, (name,), {}, 10, 0.0, 1.0, 0.9, p_value, 0.0, None)


def home(seed: str) -> list[Event]:
    """A door, a lamp and a radio after it, a group that repeats the lamp, and coffee at seven.

    The clock goes back meanwhile.
    """
    random_ = random.Random(seed)
    doors = moments(random_, DAYS, 5)
    lamp = after(random_, doors, 0.8, 10)
    events = noise(random_, 6, DAYS) + pulses(random_, "binary_sensor.door", doors, 20)
    lit = pulses(random_, "light.hall", lamp)
    events += lit + [Event(each.at + 0.2, "light.ground_floor", each.state) for each in lit]
    events += pulses(random_, "switch.radio", after(random_, lamp, 0.8, 30))
    sevens = [datetime(2025, 10, 10, 7, tzinfo=ZONE) + timedelta(days=day) for day in range(DAYS)]
    coffee = [seven.timestamp() + random_.gauss(0, 180) for seven in sevens]
    return events + pulses(random_, "switch.coffee", coffee)


def test_all_kinds_of_patterns_come_together() -> None:
    found = analyse(days_of(home("together")), None, ZONE)
    links = {each.entities for each in found if each.pattern_type is PatternType.TRIGGER}
    assert links == {("binary_sensor.door", "light.hall"), ("light.hall", "switch.radio")}
    chains = [each for each in found if each.pattern_type is PatternType.SEQUENCE]
    assert [each.entities for each in chains] == [("binary_sensor.door", "light.hall", "switch.radio")]
    times = {each.entities: each for each in found if each.pattern_type is PatternType.TIME_OF_DAY}
    assert times["switch.coffee",].detail["minute_of_day"] == pytest.approx(420, abs=10)
    assert not any("light.ground_floor" in each.entities for each in found)


def test_what_was_looked_at_is_told() -> None:
    events = [*home("told"), Event(MIDNIGHT + 60, "sensor.power", "3.5")]
    heard: list[float] = []
    days = counted(days_of(events))
    findings = examine(days, None, ZONE, lambda done, _: heard.append(done))
    assert (findings.events, findings.days, len(days)) == (len(events), DAYS, DAYS)
    assert findings.excluded["light.ground_floor"] == "it repeats light.hall"
    assert findings.excluded["sensor.power"] == "its states are numbers"
    assert "light.hall" in findings.eligible
    assert findings.tests > 1_000
    assert heard == sorted(heard)
    assert heard[-1] == 1.0


def test_diagnostics_are_in_no_routine() -> None:
    random_ = random.Random("router")
    cuts = moments(random_, DAYS, 2)
    names = ("binary_sensor.bridge_a", "binary_sensor.bridge_b")
    events = noise(random_, 6, DAYS)
    for name, lag in zip(names, (5, 20), strict=True):
        events += pulses(random_, name, after(random_, cuts, 1.0, lag))
    registry = Registry(entities={name: Entity(name, name, device_class="connectivity") for name in names})
    assert names in {each.entities for each in analyse(days_of(events), None, ZONE)}
    findings = examine(counted(days_of(events)), registry, ZONE)
    assert not {name for each in findings.patterns for name in each.entities} & set(names)
    assert {findings.excluded[name] for name in names} == {"it tells how a device is: connectivity"}


def test_counts_that_were_kept_give_the_same() -> None:
    events = home("kept")
    days = counted(days_of(events))
    kept = [DayCounts.from_bytes(each.to_bytes()) for each in days]
    random.Random("order").shuffle(events)
    assert examine(kept, None, ZONE) == examine(counted(days_of(events)), None, ZONE)


@pytest.mark.parametrize(
    "events",
    [
        [],
        [Event(MIDNIGHT, "light.hall", "on")],
        [Event(MIDNIGHT + 600.0 * each, "light.hall", ("on", "off")[each % 2]) for each in range(3_000)],
        [Event(each.at, each.entity_id, each.state) for each in home("short") if each.at < MIDNIGHT + 1.4 * DAY],
    ],
    ids=["nothing", "one event", "one entity", "less than two days"],
)
def test_too_little_shows_nothing(events: list[Event]) -> None:
    assert analyse(days_of(events), None, ZONE) == []


def test_days_without_events_and_times_without_sense_do_no_harm() -> None:
    days = [Columns.of([]), *days_of(home("gaps"))]
    expected = analyse(days[1:], None, ZONE)
    days.insert(9, Columns.of([]))
    assert analyse(days, None, ZONE) == expected
    last = days[-1]
    wild = Columns(
        np.append(last.times, [np.nan, np.inf]),
        np.append(last.entities, last.entities[:2]),
        np.append(last.states, last.states[:2]),
        np.append(last.contexts, last.contexts[:2]),
        last.entity_ids,
        last.state_names,
        last.context_list,
    )
    assert analyse([*days[:-1], wild], None, ZONE) == expected


def flooded(day: Columns) -> Columns:
    """The same day, and half a million changes of a switch that is broken."""
    amount = 500_000
    begin = day.times[0] // DAY * DAY
    times = np.append(day.times, begin + np.arange(amount) * (DAY / amount))
    states = np.append(day.states, (len(day.state_names) + np.arange(amount) % 2).astype(np.int32))
    entities = np.append(day.entities, np.full(amount, len(day.entity_ids), dtype=np.int32))
    order = np.argsort(times, kind="stable")
    return Columns(
        times[order],
        entities[order],
        states[order],
        np.append(day.contexts, np.zeros(amount, dtype=np.int32))[order],
        (*day.entity_ids, "switch.broken"),
        (*day.state_names, "broken", "whole"),
        day.context_list,
    )


def test_half_a_million_events_a_day_of_one_entity_hide_nothing() -> None:
    days = list(days_of(home("flood")))
    expected = analyse(days, None, ZONE)
    findings = examine(counted([*days[:-2], *map(flooded, days[-2:])]), None, ZONE)
    assert findings.excluded["switch.broken"] == "it changed more than 1,440 times on most of its days"
    assert [each for each in findings.patterns if each.entities != ("switch.broken",)] == expected
    assert {each.pattern_type for each in findings.patterns if "switch.broken" in each.entities} <= {
        PatternType.ANOMALY
    }


def test_only_times_without_sense_are_as_nothing() -> None:
    wild = [np.nan, np.inf, -np.inf, -1e300, 1e300, -1.0, 1e18]
    day = Columns(
        np.array(wild),
        np.zeros(len(wild), dtype=np.int32),
        (np.arange(len(wild)) % 2).astype(np.int32),
        np.zeros(len(wild), dtype=np.int32),
        ("light.hall",),
        ("off", "on"),
        (NOBODY,),
    )
    assert analyse([day], None, ZONE) == []


def test_each_detector_has_its_share_of_what_may_be_chance() -> None:
    many = Candidates((candidate("pair", 1e-9),), 100_000)
    few = Candidates((candidate("clock", 1e-5), candidate("chance", 1e-2)), 100)
    assert [each.entities[0] for each in judged([many, few])] == ["pair", "clock"]
    assert [each.entities[0] for each in judged([few, many])] == ["clock", "pair"]
    assert judged([Candidates((candidate("pair", 1e-4),), 100_000)]) == []
    assert judged([Candidates((), 0)]) == []


def test_what_is_settled_counts_and_weighs_nothing() -> None:
    settled = Candidates((candidate("odd", 1e-2),), 1_000, settled=True)
    few = Candidates((candidate("clock", 9e-5), candidate("chance", 1e-2)), 100)
    assert [each.entities[0] for each in judged([few, settled])] == ["clock", "odd"]
    assert [each.entities[0] for each in judged([few])] == ["clock"]


@pytest.mark.parametrize("share", [0.0, 0.05])
def test_of_what_counts_few_are_chance(share: float) -> None:
    """Of p values of chance, among some that are none, one in a hundred of what counts is false in the mean."""
    random_ = random.Random(f"judged {share}")
    false, right = 0, 0
    for _ in range(100):
        families = []
        for tests in (2_000, 50):
            real = round(share * tests)
            made = [candidate("real", 1e-9) for _ in range(real)]
            made += [candidate("chance", random_.random()) for _ in range(tests - real)]
            families.append(Candidates(tuple(made), tests))
        counts = judged(families)
        false += sum(each.entities == ("chance",) for each in counts)
        right += sum(each.entities == ("real",) for each in counts)
    assert false <= 0.015 * (false + right) if share else false <= 5
    assert right == 100 * sum(round(share * tests) for tests in (2_000, 50))


def test_what_things_do_by_themselves_is_no_routine() -> None:
    home_ = simulate(41, entities=40, events=8_000, routines=False)
    made = home_
    for habit in HABITS.values():
        made = habit(made)
    known = set(made.events.entity_ids) - set(home_.events.entity_ids)
    assert len(known) == 5
    registry = Registry.from_document(made.registry_document)
    told = analyse(made.days(), registry, ZoneInfo(made.time_zone))
    assert not {name for each in told for name in each.entities} & known


def test_a_simulated_home_shows_what_was_planted_and_little_else() -> None:
    made = simulate(3, entities=40, events=20_000)
    zone = ZoneInfo(made.time_zone)
    result = score(analyse(made.days(), Registry.from_document(made.registry_document), zone), made.truth)
    assert sum(each.tp for each in result.counts.values()) >= 6
    assert result.false <= 1
