import random

import pytest

from shared.history import Event
from workers.data.filters import BURST, PERIOD, Excluded, Filter

NOON = 1_772_366_400.0


def passed(filter_: Filter, events: list[Event], *, end: bool = True) -> list[Event]:
    found = [kept for event in events for kept in filter_.kept(event)]
    return found + filter_.settled() if end else found


def lamp(*states: str) -> list[Event]:
    return [Event(NOON + place, "light.a", state) for place, state in enumerate(states)]


def power(seconds: list[float], values: list[float]) -> list[Event]:
    return [Event(NOON + at, "sensor.power", str(value)) for at, value in zip(seconds, values, strict=True)]


def test_states_that_say_nothing_and_repetitions_are_dropped() -> None:
    filter_ = Filter()
    kept = passed(filter_, lamp("on", "on", "unavailable", "on", "unknown", "", "off"))
    assert [each.state for each in kept] == ["on", "off"]
    assert filter_.dropped == {"unchanged": 2, "unknown": 3}


def test_what_the_history_had_last_is_no_news() -> None:
    filter_ = Filter()
    events = lamp("on", "off")
    assert filter_.strangers(events) == {"light.a"}
    filter_.learn({"light.a", "light.b"}, {"light.a": Event(NOON - 5, "light.a", "on")})
    assert filter_.strangers([*events, Event(NOON, "light.b", "on")]) == set()
    assert [each.state for each in passed(filter_, events)] == ["off"]
    assert len(passed(filter_, [Event(NOON, "light.b", "on")])) == 1


def test_who_tells_what_was_before_is_believed() -> None:
    filter_ = Filter()
    filter_.learn({"light.a"}, {"light.a": Event(NOON - 5, "light.a", "on")})
    on, again, away, back = lamp("on", "on", "unavailable", "on")
    assert filter_.told(on, "off") == [on], "that it was off was missed"
    assert filter_.told(on, "off") == [], "the other source tells it too"
    assert filter_.told(again, "unavailable") == []
    assert filter_.told(away, "off") == []
    assert filter_.told(back, "unavailable") == [back], "it was off when it went away"
    assert filter_.dropped == {"unchanged": 2, "unknown": 1}


@pytest.mark.parametrize("seed", range(20))
def test_two_sources_that_are_not_as_quick_lose_nothing(seed: int) -> None:
    events = lamp(*(("on", "off")[place % 2] for place in range(40)))
    told = [(event, events[place - 1].state if place else None) for place, event in enumerate(events)]
    whose = [0, 1] * len(events)
    random.Random(seed).shuffle(whose)
    sources, filter_ = (iter(told), iter(told)), Filter()
    kept = [each for source in whose for each in filter_.told(*next(sources[source]))]
    assert sorted({*kept}) == events


def test_what_comes_late_is_no_state_of_now() -> None:
    filter_ = Filter(Excluded(["sun"]))
    on, off, away, back = lamp("on", "off", "unavailable", "off")
    before = [None, "on", "off", "unavailable"]
    assert [filter_.told(*each) for each in zip([on, off, away], before, strict=False)] == [[on], [off], []]
    assert filter_.told(off, "on") == [off]
    assert filter_.told(Event(NOON + 1.5, "light.a", "unknown"), "off") == []
    assert filter_.told(back, "unavailable") == [], "it is off as before"
    shines, sets = Event(NOON, "sun.sun", "up"), Event(NOON + 1, "sun.sun", "down")
    assert filter_.told(sets, "up") + filter_.told(shines, "down") == []
    assert filter_.dropped == {"unknown": 2, "unchanged": 1, "excluded": 2}


def test_what_comes_late_of_a_chatty_sensor_takes_nothing_s_place() -> None:
    filter_ = Filter()
    quick = power([each / 10 for each in range(BURST + 2)], [float(each) for each in range(BURST + 2)])
    for event in quick:
        filter_.told(event, "-1.0")
    assert filter_.told(quick[-2], "-1.0") == []
    assert filter_.settled() == [quick[-1]]


@pytest.mark.parametrize(
    ("patterns", "out", "kept"),
    [
        (["light.a"], ["light.a"], ["light.ab", "light.b"]),
        (["light"], ["light.a", "light.b"], ["lightning.a", "switch.light"]),
        (["sensor.*_power", " media_player "], ["sensor.oven_power", "media_player.tv"], ["sensor.power", "sensor.x"]),
        (["*_battery"], ["sensor.a_battery", "number.b_battery"], ["sensor.battery_a"]),
        ([], [], ["light.a"]),
        (["", " "], [], ["light.a"]),
    ],
)
def test_a_home_leaves_out_ids_domains_and_globs(patterns: list[str], out: list[str], kept: list[str]) -> None:
    excluded = Excluded(patterns)
    assert [each for each in out + kept if each in excluded] == out
    filter_ = Filter(excluded)
    passed_ = passed(filter_, [Event(NOON, each, "on") for each in out + kept])
    assert [each.entity_id for each in passed_] == kept
    assert filter_.dropped["excluded"] == len(out)


def test_a_chatty_sensor_is_sampled_and_what_it_comes_to_rest_at_is_kept() -> None:
    filter_ = Filter()
    events = power([float(at) for at in range(3_630)], [100.0 + at % 7 for at in range(3_630)])
    events += power([3_630.0], [0.0])
    kept = passed(filter_, events, end=False)
    assert BURST + 55 <= len(kept) <= BURST + 65
    assert filter_.settled(NOON + 3_630 + PERIOD - 1) == []
    assert filter_.settled(NOON + 3_630 + PERIOD) == [events[-1]]
    assert filter_.settled() == []
    assert filter_.dropped["sampled"] + len(kept) + 1 == len(events)


def test_a_value_that_stood_for_a_minute_is_kept_before_the_next() -> None:
    seconds = [float(at) for at in range(BURST + 10)] + [200.0]
    kept = passed(Filter(), power(seconds, [float(each) for each in range(len(seconds))]))
    assert [each.state for each in kept[-2:]] == [str(float(BURST + 9)), str(float(BURST + 10))]
    assert [each.at for each in kept] == sorted(each.at for each in kept)


def test_a_quiet_sensor_and_everything_that_is_no_number_pass_whole() -> None:
    quiet = power([60.0 * at for at in range(500)], [float(at) for at in range(500)])
    assert passed(Filter(), quiet) == quiet
    lively = lamp(*["on", "off"] * 200)
    assert passed(Filter(), lively) == lively
    words = [Event(NOON + at, "sensor.word", f"word {at}") for at in range(200)]
    assert passed(Filter(), words) == words


def test_at_no_time_is_a_kept_value_more_than_a_minute_behind_the_true_one() -> None:
    random_ = random.Random(4)
    at, events = 0.0, []
    for number in range(5_000):
        at += random_.choice([0.5, 1.0, 3.0, 40.0, 90.0])
        events.append(Event(NOON + at, "sensor.power", str(number)))
    kept = passed(Filter(), events)
    assert kept == sorted(kept)
    assert set(kept) <= set(events)
    assert len(kept) == len(set(kept))
    for one, following in zip(events, [*events[1:], Event(NOON + at + 1e6, "sensor.power", "")], strict=True):
        if following.at - one.at >= PERIOD:  # it stood, so it must be there
            assert one in kept


def test_a_clock_that_goes_backwards_loses_nothing_but_samples() -> None:
    events = power([100.0, 50.0, 101.0, 20.0], [1.0, 2.0, 3.0, 4.0])
    assert passed(Filter(), events) == events


@pytest.mark.parametrize("seed", range(5))
def test_events_pass_the_same_one_by_one_or_many_at_once(seed: int) -> None:
    random_ = random.Random(seed)
    names = ["sensor.power", "sensor.power", "sensor.word", "light.a", "switch.out", "number.b"]
    states = ["on", "off", "unknown", "", "1", "2.5", "-3e2", "1_0", "nan"]
    events, at = [], NOON
    for _ in range(2_000):
        at += random_.choice([-1.0, 0.1, 0.5, 1.0] * 30 + [70.0])
        events.append(Event(at, random_.choice(names), random_.choice(states)))
    one, many = Filter(Excluded(["switch"])), Filter(Excluded(["switch"]))
    singly = [kept for event in events for kept in one.kept(event)]
    together, place = [], 0
    while place < len(events):
        size = random_.randrange(1, 300)
        together += many.passed(events[place : place + size])
        place += size
    assert together == singly
    assert many.dropped == one.dropped
    assert many.settled() == one.settled()
    assert {"unknown", "unchanged", "excluded", "sampled"} == one.dropped.keys()
