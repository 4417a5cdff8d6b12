"""What the history does not know is never made up, and an answer says what it covers."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import Any

import pytest

from contracts.query import QueryStatus
from shared.history import Event
from shared.home import EntityState, Snapshot
from tests.unit.query.past.past_home import at, iso
from workers.query.answering import answer

NOW = at("2026-07-15T12:00")
BATH, COUNTER, CEILING = "light.bathroom", "light.kitchen_counter", "light.kitchen_ceiling"


def test_time_before_the_records_is_not_counted_as_off(past_home: Any) -> None:
    home = past_home.with_past([Event(at("2026-07-14T20:00"), BATH, "off"), Event(at("2026-07-14T23:00"), BATH, "on")])
    got = home.ask("how long was the bathroom light off yesterday", NOW)
    assert got.result.value == 3 * 3600
    assert got.result.evidence.model_dump() == {
        "events": 2, "since": iso(at("2026-07-14T20:00")), "until": iso(at("2026-07-15T00:00")),
    }  # fmt: skip
    assert "Records of it begin yesterday at 20:00" in got.text
    early = home.ask("was the bathroom light on at 10:00 yesterday", NOW)
    assert (early.result.value, early.result.evidence.since) == (None, None)


@pytest.mark.parametrize(
    "sentence",
    [
        "how long was the bathroom light on yesterday", "when was the bathroom light last turned on",
        "how often was the bathroom light turned on today", "since when is the bathroom light on",
        "was the bathroom light on last night", "how warm did it get in the bedroom yesterday",
        "what was the temperature in the bedroom at 6 this morning", "how much energy did the house use yesterday",
        "where was anna at noon yesterday",
    ],
)  # fmt: skip
def test_of_what_was_never_recorded_nothing_is_said(past_home: Any, sentence: str) -> None:
    got = past_home.with_past([]).ask(sentence, NOW)
    assert got.status is QueryStatus.ANSWERED
    assert (got.result.value, got.result.evidence.since, got.result.evidence.events) == (None, None, 0)
    assert "nothing was recorded" in got.text


def test_one_of_several_that_was_never_recorded_is_named(past_home: Any) -> None:
    home = past_home.with_past([Event(at("2026-07-10T00:00"), CEILING, "on")])
    got = home.ask("how long were the lights in the kitchen on yesterday", NOW)
    assert got.result.value == 86_400
    assert "Nothing was recorded of Kitchen counter" in got.text


def test_what_is_so_when_a_time_begins_counts_and_what_goes_on_ends_now(past_home: Any) -> None:
    home = past_home.with_past([Event(at("2026-07-10T00:00"), BATH, "on")])
    got = home.ask("how long was the bathroom light on today", NOW)
    assert (got.result.value, got.result.evidence.events, got.result.evidence.until) == (12 * 3600, 0, iso(NOW))
    assert home.ask("how often was the bathroom light turned on today", NOW).result.value == 0


@pytest.mark.parametrize("days", [0.5, 3, 20, 200, 3000])
def test_last_time_is_found_however_long_ago(past_home: Any, days: float) -> None:
    then = NOW - days * 86_400
    home = past_home.with_past([Event(then, BATH, "on"), Event(then + 60, BATH, "off")])
    got = home.ask("when was the bathroom light last turned on", NOW)
    assert got.result.value == got.result.at == iso(then)
    assert home.ask("since when is the bathroom light off", NOW).result.value == iso(then + 60)


def test_what_is_not_so_now_has_no_since(past_home: Any) -> None:
    home = past_home.with_past([Event(NOW - 7200, BATH, "on"), Event(NOW - 3600, BATH, "off")])
    got = home.ask("how long has the bathroom light been on", NOW)
    assert (got.result.value, got.result.at) == (None, None)
    assert "is not on now. It last was from today at 10:00 until today at 11:00" in got.text


def test_home_itself_tells_what_the_history_has_not_heard_yet(past_home: Any) -> None:
    home = past_home.with_past([Event(NOW - 7200, BATH, "off")])
    told = EntityState("on", {}, datetime.fromtimestamp(NOW - 5, UTC))
    live = Snapshot(home.snapshot.registry, {**home.snapshot.states, BATH: told})
    got = type(home)(home.understanding, live, home.past).ask("how long has the bathroom light been on", NOW)
    assert (got.result.value, got.result.at) == (5, iso(NOW - 5))


def test_changes_that_mean_the_same_are_no_new_beginning(past_home: Any) -> None:
    states = ["off", "playing", "paused", "playing", "off", "on"]
    home = past_home.with_past(
        [Event(NOW - 3600 + 60 * step, "media_player.tv", each) for step, each in enumerate(states)]
    )
    got = home.ask("how often was the tv turned on today", NOW)
    assert (got.result.value, got.result.at) == (2, iso(NOW - 3600 + 300))
    assert home.ask("how long has the tv been on", NOW).result.value == 3300


def test_meter_that_begins_anew_goes_on_counting(past_home: Any) -> None:
    readings = [
        ("2026-07-13T23:00", "7"),
        ("2026-07-14T08:00", "9"),
        ("2026-07-14T12:00", "0"),
        ("2026-07-14T18:00", "1.5"),
    ]
    home = past_home.with_past([Event(at(wall), "sensor.house_energy", value) for wall, value in readings])
    got = home.ask("how much electricity was used yesterday", NOW)
    assert (got.result.value, got.result.unit) == (3.5, "kWh"), got.text


def test_average_is_over_time_and_not_over_readings(past_home: Any) -> None:
    readings = [("2026-07-13T20:00", "10"), ("2026-07-14T18:00", "20"), ("2026-07-14T18:01", "40")]
    home = past_home.with_past([Event(at(wall), "sensor.bedroom_temperature", value) for wall, value in readings])
    got = home.ask("what was the average temperature in the bedroom yesterday", NOW)
    assert got.result.value == round((18 * 60 * 10 + 20 + (6 * 60 - 1) * 40) / 1440, 2)
    highest = home.ask("what was the highest temperature in the bedroom yesterday", NOW)
    assert (highest.result.value, highest.result.unit, highest.result.at) == (40, "°C", iso(at("2026-07-14T18:01")))


@pytest.mark.parametrize(
    ("sentence", "status"),
    [
        ("was the window open yesterday", QueryStatus.CLARIFICATION),
        ("how long was the sauna on yesterday", QueryStatus.NOT_UNDERSTOOD),
        ("how long was the heating in the bedroom heating yesterday", QueryStatus.NOT_UNDERSTOOD),
        ("what was the total power yesterday", QueryStatus.NOT_UNDERSTOOD),
        ("how long was the tv on while anna was asleep", QueryStatus.NOT_UNDERSTOOD),
        ("how warm was it in the bedroom yesterday while nobody was home", QueryStatus.NOT_UNDERSTOOD),
        ("is the bathroom light usually on", QueryStatus.NOT_UNDERSTOOD),
        ("was the bathroom light on yesterday today", QueryStatus.NOT_UNDERSTOOD),
        ("how long was the front door on yesterday", QueryStatus.NOT_UNDERSTOOD),
        ("how much power did the tv use yesterday", QueryStatus.NOT_UNDERSTOOD),
        ("turn on the bathroom light since yesterday", QueryStatus.NOT_UNDERSTOOD),
    ],
)
def test_what_can_not_be_told_is_not_answered(past_home: Any, sentence: str, status: QueryStatus) -> None:
    got = past_home.ask(sentence, at("2026-10-25T12:00"))
    assert (got.status, got.result) == (status, None), got.text


def test_names_with_times_in_them_are_names(past_home: Any) -> None:
    home = past_home.with_past([Event(NOW - 3600, "light.night", "on"), Event(NOW - 3600, "light.sunday_lamp", "on")])
    for sentence in ("was the night light on last night", "was the lamp in the sunday room on on sunday"):
        assert home.ask(sentence, NOW).result.entities[0] in {"light.night", "light.sunday_lamp"}


def test_without_a_history_the_past_is_out_of_reach(past_home: Any) -> None:
    reading = past_home.understanding.read("how long was the bathroom light on yesterday")
    got = answer(reading, past_home.snapshot)
    assert (got.status, got.query_type) == (QueryStatus.NOT_UNDERSTOOD, "history")


@pytest.mark.parametrize("seed", range(40))
def test_durations_and_counts_are_those_of_a_slow_count(past_home: Any, seed: int) -> None:
    chance = random.Random(seed)
    start = int(at("2026-10-24T00:00"))
    events = [
        Event(start + 60 * minute, each, chance.choice(("on", "off")))
        for each in (CEILING, COUNTER)
        for minute in chance.sample(range(3 * 1440), chance.randrange(12))
    ]
    now, since, until = at("2026-10-26T12:00"), at("2026-10-25T00:00"), at("2026-10-26T00:00")
    known = [each for each in sorted(events) if each.at <= now]
    begun = [each for each in known if each.at < until]
    minutes = range(int(since), int(until), 60)
    lit = sum(any(_state(known, each, minute) == "on" for each in (CEILING, COUNTER)) for minute in minutes)
    got = past_home.with_past(events).ask("how long were the lights in the kitchen on yesterday", now)
    assert got.result.value == (60 * lit if begun else None)
    often = past_home.with_past(events).ask("how often were the lights in the kitchen turned on yesterday", now)
    rises = [_rises(known, each, since, until) for each in (CEILING, COUNTER)]
    assert often.result.value == (sum(rises) if begun else None)


def _state(events: list[Event], entity_id: str, moment: float) -> str | None:
    return next((each.state for each in reversed(events) if each.entity_id == entity_id and each.at <= moment), None)


def _rises(events: list[Event], entity_id: str, since: float, until: float) -> int:
    course = [each for each in events if each.entity_id == entity_id]
    before = ["?", *(each.state for each in course)]
    return sum(
        each.state == "on" != old and since <= each.at < until for old, each in zip(before, course, strict=False)
    )
