import random
from itertools import product

import pytest

from contracts.analysis import PatternType
from shared.history import Event
from tests.unit.pattern.past import DAY, MIDNIGHT, after, moments, noise, pulses, tables
from workers.pattern.candidate import Candidate
from workers.pattern.trigger import find_triggers

DAYS = 30


def found(events: list[Event]) -> dict[tuple[str, ...], Candidate]:
    return {each.entities: each for each in find_triggers(*tables(events)).found}


def home(seed: object, *, share: float, lag: float, parent: str | None = None, days: int = DAYS) -> list[Event]:
    """A door, and a lamp that follows, among things that know nothing of each other."""
    random_ = random.Random(f"{seed} {share} {lag}")
    doors = moments(random_, days, 5)
    lamp = pulses(random_, "light.hall", after(random_, doors, share, lag) + moments(random_, days, 1))
    events = noise(random_, 8, days) + pulses(random_, "binary_sensor.door", doors, 20)
    return events + [each._replace(context_parent_id=parent) for each in lamp]


@pytest.mark.parametrize(("share", "lag"), [*product((0.5, 0.9), (2.0, 20.0, 200.0))])
def test_a_planted_trigger_is_found_with_its_figures(share: float, lag: float) -> None:
    triggers = found(home("planted", share=share, lag=lag))
    assert list(triggers) == [("binary_sensor.door", "light.hall")]
    trigger = triggers["binary_sensor.door", "light.hall"]
    assert trigger.pattern_type is PatternType.TRIGGER
    assert trigger.detail["states"] == ["on", "on"]
    assert trigger.detail["lag_seconds"] == [pytest.approx(lag, rel=0.15)]
    assert trigger.detail["follow_share"] == pytest.approx(share, abs=0.15)
    assert trigger.confidence > 0.9
    assert trigger.p_value < 1e-6
    assert trigger.replicated is True
    assert trigger.automated == 0
    assert MIDNIGHT < trigger.first_seen < trigger.last_seen < MIDNIGHT + (DAYS + 1) * DAY


@pytest.mark.parametrize("seed", range(6))
def test_where_nothing_is_planted_nothing_is_found(seed: int) -> None:
    random_ = random.Random(f"null {seed}")
    assert found(noise(random_, 25, DAYS)) == {}


def test_what_an_automation_does_is_told_as_such() -> None:
    events = home("automation", share=0.9, lag=3.0, parent="01ABC")
    assert found(events)["binary_sensor.door", "light.hall"].automated == 1


def test_two_things_with_one_cause_are_not_linked() -> None:
    random_ = random.Random("cause")
    doors = moments(random_, DAYS, 5)
    events = noise(random_, 5, DAYS) + pulses(random_, "binary_sensor.door", doors, 20)
    events += pulses(random_, "light.hall", after(random_, doors, 0.8, 6))
    events += pulses(random_, "switch.radio", after(random_, doors, 0.8, 40))
    assert set(found(events)) == {("binary_sensor.door", "light.hall"), ("binary_sensor.door", "switch.radio")}


def test_the_ends_of_a_chain_are_not_linked() -> None:
    random_ = random.Random("chain")
    doors = moments(random_, DAYS, 5)
    lamp = after(random_, doors, 0.8, 10)
    events = noise(random_, 5, DAYS) + pulses(random_, "binary_sensor.door", doors, 20)
    events += pulses(random_, "light.hall", lamp) + pulses(random_, "switch.radio", after(random_, lamp, 0.8, 30))
    assert set(found(events)) == {("binary_sensor.door", "light.hall"), ("light.hall", "switch.radio")}


def test_a_sensor_that_comes_to_rest_follows_nothing() -> None:
    random_ = random.Random("rest")
    motion = moments(random_, DAYS, 6)
    events = noise(random_, 5, DAYS) + pulses(random_, "binary_sensor.motion", motion, 60)
    events += pulses(random_, "light.hall", after(random_, motion, 0.9, 5))
    assert set(found(events)) == {("binary_sensor.motion", "light.hall")}


def test_two_clocks_that_keep_one_hour_are_not_linked() -> None:
    random_ = random.Random("clocks")
    events = noise(random_, 5, 60)
    for name, late in (("switch.pump", 0.0), ("climate.house", 10.0)):
        at = [MIDNIGHT + day * DAY + 6.25 * 3600 + late + random_.gauss(0, 8) for day in range(60)]
        events += pulses(random_, name, at, 1_800)
    assert found(events) == {}


def test_a_follower_that_is_on_already_is_no_failure() -> None:
    """The share is of the times at which the lamp was off."""
    random_ = random.Random("open")
    doors = [at + more for at in moments(random_, DAYS, 3) for more in (0, 400, 800)]
    events = noise(random_, 5, DAYS) + pulses(random_, "binary_sensor.door", doors, 20)
    events += pulses(random_, "light.hall", after(random_, doors, 0.9, 10), 3_000)
    assert found(events)["binary_sensor.door", "light.hall"].detail["follow_share"] > 0.8


def test_a_habit_that_ended_is_not_replicated() -> None:
    random_ = random.Random("ended")
    doors = moments(random_, DAYS, 5)
    early = [at for at in doors if at < MIDNIGHT + 15 * DAY]
    events = noise(random_, 5, DAYS) + pulses(random_, "binary_sensor.door", doors, 20)
    events += pulses(random_, "light.hall", after(random_, early, 0.95, 10) + moments(random_, DAYS, 1))
    assert found(events)["binary_sensor.door", "light.hall"].replicated is False


def test_two_days_are_too_little() -> None:
    assert found(home("short", share=0.9, lag=10, days=1)) == {}


def test_harm_to_the_history_changes_little() -> None:
    """Three in a hundred lost, one in a hundred told twice, and a restart in which everything is told again."""
    random_ = random.Random("harm")
    events = [each for each in home("harm", share=0.8, lag=15) if random_.random() > 0.03]
    events += [each._replace(at=each.at + 0.5) for each in random_.sample(events, len(events) // 100)]
    restart = MIDNIGHT + 10.5 * DAY
    for entity_id in sorted({each.entity_id for each in events}):
        last = max(
            (each for each in events if each.entity_id == entity_id and each.at < restart), key=lambda each: each.at
        )
        events += [Event(restart, entity_id, "unavailable"), Event(restart + 30, entity_id, last.state)]
    assert list(found(events)) == [("binary_sensor.door", "light.hall")]


def test_the_tests_are_counted() -> None:
    items, table = tables(noise(random.Random("count"), 4, 10))
    assert find_triggers(items, table).tests == 12 * len(items) * (len(items) - 1) // 2


def test_an_empty_past_has_no_triggers() -> None:
    nothing = find_triggers(*tables([]))
    assert (nothing.found, nothing.tests) == ((), 0)
    assert find_triggers(*tables([Event(MIDNIGHT, "light.a", "on")])).found == ()
