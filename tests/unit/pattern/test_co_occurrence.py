import random

import pytest

from contracts.analysis import PatternType
from shared.history import Event
from tests.unit.pattern.past import after, moments, noise, pulses, tables
from workers.pattern.candidate import Candidate
from workers.pattern.co_occurrence import find_co_occurrences
from workers.pattern.trigger import links

DAYS = 30


def found(events: list[Event]) -> dict[tuple[str, ...], Candidate]:
    items, table = tables(events)
    return {each.entities: each for each in find_co_occurrences(items, table, links(items, table)).found}


def together(seed: str, share: float) -> list[Event]:
    random_ = random.Random(f"{seed} {share}")
    one, other = [], []
    for at in moments(random_, DAYS, 4):
        gap = random_.choice((-1, 1)) * random_.uniform(2, 50)
        if random_.random() < share:
            one.append(at)
            other.append(at + gap)
        else:
            random_.choice((one, other)).append(at)
    return noise(random_, 8, DAYS) + pulses(random_, "light.stove", one) + pulses(random_, "fan.hood", other)


@pytest.mark.parametrize("share", [0.5, 0.7, 0.95])
def test_a_planted_pair_is_found_with_its_figures(share: float) -> None:
    pairs = found(together("pair", share))
    assert list(pairs) == [("fan.hood", "light.stove")]
    pair = pairs["fan.hood", "light.stove"]
    assert pair.pattern_type is PatternType.CO_OCCURRENCE
    assert pair.detail["states"] == ["on", "on"]
    assert 15 < pair.detail["lag_seconds"][0] < 40
    assert pair.confidence > 0.8
    assert pair.replicated is True


def test_a_pair_in_one_order_is_a_trigger_and_told_once() -> None:
    random_ = random.Random("order")
    doors = moments(random_, DAYS, 5)
    events = noise(random_, 5, DAYS) + pulses(random_, "binary_sensor.door", doors, 20)
    events += pulses(random_, "light.hall", after(random_, doors, 0.8, 15))
    assert found(events) == {}


@pytest.mark.parametrize("seed", range(4))
def test_where_nothing_is_planted_nothing_is_found(seed: int) -> None:
    assert found(noise(random.Random(f"null {seed}"), 25, DAYS)) == {}


def test_two_things_with_one_cause_are_not_together() -> None:
    random_ = random.Random("cause")
    doors = moments(random_, DAYS, 5)
    events = noise(random_, 5, DAYS) + pulses(random_, "binary_sensor.door", doors, 20)
    events += pulses(random_, "light.hall", after(random_, doors, 0.85, 30))
    events += pulses(random_, "switch.radio", after(random_, doors, 0.85, 30))
    assert found(events) == {}


def test_an_empty_past_has_none() -> None:
    assert found([]) == {}
