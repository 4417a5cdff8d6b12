"""Questions about the past, around both changes of the clocks; what is expected is counted minute by minute."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from contracts.query import QueryStatus
from tests.unit.query.past.past_home import SlowPast, When, at, iso

SPRING, SPRING_MONDAY = "2026-03-29T15:30", "2026-03-30T10:20"
AUTUMN, AUTUMN_MONDAY = "2026-10-25T15:30", "2026-10-26T10:20"
NIGHT = (time(18), time(8))

BATH, CEILING, COUNTER = "light.bathroom", "light.kitchen_ceiling", "light.kitchen_counter"
NIGHT_LIGHT, SUNDAY_LAMP = "light.night", "light.sunday_lamp"
LIGHTS = (BATH, CEILING, COUNTER, NIGHT_LIGHT, SUNDAY_LAMP)
FRONT, BACK, FRIDGE = "binary_sensor.front_door", "binary_sensor.back_door", "binary_sensor.fridge"
BEDROOM_WINDOW, BATH_WINDOW = "binary_sensor.bedroom_window", "binary_sensor.bathroom_window"
MOTION, GARAGE, LOCK, WASHER, TV = (
    "binary_sensor.kitchen_motion", "cover.garage_door", "lock.front_door", "switch.washing_machine", "media_player.tv",
)  # fmt: skip
ANNA, BEN = "person.anna", "person.ben"
WARMTH, OUTSIDE, HUMIDITY, ENERGY = (
    "sensor.bedroom_temperature", "sensor.outdoor_temperature", "sensor.bathroom_humidity", "sensor.house_energy",
)  # fmt: skip


def on(*days: str) -> When:
    wanted = {date.fromisoformat(each) for each in days}
    return lambda wall: wall.date() in wanted


def between(since: str, until: str) -> When:
    return lambda wall: datetime.fromisoformat(since) <= wall < datetime.fromisoformat(until)


def night(evening: str) -> When:
    start = datetime.fromisoformat(evening)
    return lambda wall: start + timedelta(hours=18) <= wall < start + timedelta(hours=32)


def last(moments: list[float]) -> str | None:
    return iso(moments[-1]) if moments else None


def state_at(past: SlowPast, wall: str, *ids: str) -> list[str | None]:
    return [past.state(each, at(wall)) for each in ids]


def one_place(value: float) -> Any:
    rounded = round(value, 2)
    return int(rounded) if rounded == int(rounded) else rounded


def ended(past: SlowPast, entity_id: str) -> str:
    return iso(past.of(entity_id)[-1].at)


Expected = Callable[[SlowPast], Any]
QUESTIONS: list[tuple[str, str, Expected]] = [
    # How long: the day of 23 hours, and the one of 25
    (SPRING_MONDAY, "how long was the bathroom light on yesterday", lambda p: p.seconds("on", on("2026-03-29"), BATH)),
    (AUTUMN_MONDAY, "how long was the bathroom light on yesterday", lambda p: p.seconds("on", on("2026-10-25"), BATH)),
    (SPRING_MONDAY, "for how long was the bathroom light off yesterday",
     lambda p: p.seconds("off", on("2026-03-29"), BATH)),
    (AUTUMN_MONDAY, "for how long was the bathroom light off yesterday",
     lambda p: p.seconds("off", on("2026-10-25"), BATH)),
    (SPRING, "how long was the bathroom light on today", lambda p: p.seconds("on", on("2026-03-29"), BATH)),
    (AUTUMN, "how long was the bathroom light on today", lambda p: p.seconds("on", on("2026-10-25"), BATH)),
    (SPRING, "how long was the tv on last night", lambda p: p.seconds("on playing paused", night("2026-03-28"), TV)),
    (AUTUMN, "how long was the tv on last night", lambda p: p.seconds("on playing paused", night("2026-10-24"), TV)),
    (AUTUMN_MONDAY, "how long was the tv playing last weekend",
     lambda p: p.seconds("playing", on("2026-10-24", "2026-10-25"), TV)),
    (SPRING_MONDAY, "how long was the front door open last week",
     lambda p: p.seconds("on", between("2026-03-23T00:00", "2026-03-30T00:00"), FRONT)),
    (AUTUMN, "how long was the front door open this week",
     lambda p: p.seconds("on", between("2026-10-19T00:00", "2026-10-26T00:00"), FRONT)),
    (SPRING, "how long was the washing machine running between 1 and 4",
     lambda p: p.seconds("on", between("2026-03-29T01:00", "2026-03-29T04:00"), WASHER)),
    (AUTUMN, "how long was the fridge open between 1:00 and 4:00 today",
     lambda p: p.seconds("on", between("2026-10-25T01:00", "2026-10-25T04:00"), FRIDGE)),
    (AUTUMN_MONDAY, "how long was the back door open from 22:00 to 6:00 on saturday",
     lambda p: p.seconds("on", between("2026-10-24T22:00", "2026-10-25T06:00"), BACK)),
    (AUTUMN_MONDAY, "how long was the kitchen ceiling light on between 8 and 10 this morning",
     lambda p: p.seconds("on", between("2026-10-26T08:00", "2026-10-26T10:00"), CEILING)),
    (AUTUMN, "how long was the night light on on saturday evening",
     lambda p: p.seconds("on", between("2026-10-24T18:00", "2026-10-25T00:00"), NIGHT_LIGHT)),
    (AUTUMN_MONDAY, "how long was the light in the sunday room on on sunday",
     lambda p: p.seconds("on", on("2026-10-25"), SUNDAY_LAMP)),
    (AUTUMN_MONDAY, "how long were the lights in the kitchen on yesterday",
     lambda p: p.seconds("on", on("2026-10-25"), CEILING, COUNTER)),
    (SPRING_MONDAY, "how long was anyone home yesterday", lambda p: p.seconds("home", on("2026-03-29"), ANNA, BEN)),
    (AUTUMN_MONDAY, "how long was everyone home yesterday",
     lambda p: p.seconds("home", on("2026-10-25"), ANNA, BEN, every=True)),
    (AUTUMN_MONDAY, "for how long was nobody home yesterday",
     lambda p: p.seconds("not_home Work", on("2026-10-25"), ANNA, BEN, every=True)),
    (AUTUMN_MONDAY, "how long were all windows closed yesterday",
     lambda p: p.seconds("off", on("2026-10-25"), BEDROOM_WINDOW, BATH_WINDOW, every=True)),
    (SPRING, "how long was the bathroom light on in the last 3 hours",
     lambda p: p.seconds("on", between("2026-03-29T12:30", "2026-03-29T15:30"), BATH)),
    (SPRING, "how long was it above 13 in the bedroom yesterday",
     lambda p: 60 * sum(each > 13 for each in p.numbers(WARMTH, on("2026-03-28")))),
    (AUTUMN_MONDAY, "how long was the bathroom light on on 25 October",
     lambda p: p.seconds("on", on("2026-10-25"), BATH)),
    (AUTUMN_MONDAY, "how long was the bathroom light on on 2026-10-24",
     lambda p: p.seconds("on", on("2026-10-24"), BATH)),
    # How often
    (SPRING_MONDAY, "how often was the fridge opened yesterday",
     lambda p: len(p.became("on", FRIDGE, on("2026-03-29")))),
    (AUTUMN_MONDAY, "how often was the fridge opened yesterday",
     lambda p: len(p.became("on", FRIDGE, on("2026-10-25")))),
    (AUTUMN, "how many times was the fridge opened today", lambda p: len(p.became("on", FRIDGE, on("2026-10-25")))),
    (AUTUMN, "how often did motion occur in the kitchen last night",
     lambda p: len(p.became("on", MOTION, night("2026-10-24")))),
    (AUTUMN_MONDAY, "how often did anna come home last week",
     lambda p: len(p.became("home", ANNA, between("2026-10-19T00:00", "2026-10-26T00:00")))),
    (AUTUMN_MONDAY, "how often were the windows opened yesterday",
     lambda p: sum(len(p.became("on", each, on("2026-10-25"))) for each in (BEDROOM_WINDOW, BATH_WINDOW))),
    (AUTUMN_MONDAY, "how often was the tv turned on yesterday",
     lambda p: len(p.became("on playing paused", TV, on("2026-10-25")))),
    # When
    (AUTUMN, "when was the front door last opened", lambda p: last(p.became("on", FRONT))),
    (SPRING, "when did the garage door close", lambda p: last(p.became("closed", GARAGE))),
    (SPRING, "when did the washing machine finish", lambda p: last(p.became("off", WASHER))),
    (AUTUMN, "when did the washing machine last run", lambda p: last(p.became("on", WASHER))),
    (AUTUMN, "when was somebody last in the kitchen", lambda p: last(p.became("on", MOTION))),
    (AUTUMN, "when did anna leave home", lambda p: last(p.became("not_home Work", ANNA))),
    (SPRING, "when was the fridge first opened today", lambda p: iso(p.became("on", FRIDGE, on("2026-03-29"))[0])),
    (SPRING, "when was the front door last locked", lambda p: last(p.became("locked", LOCK))),
    # Yes and no, which
    (AUTUMN, "was the fridge open at 2:30", lambda p: state_at(p, "2026-10-25T02:30+02:00", FRIDGE) == ["on"]),
    (SPRING, "was the fridge open at 2:30", lambda p: state_at(p, "2026-03-29T03:30+02:00", FRIDGE) == ["on"]),
    (SPRING, "was the back door open last night", lambda p: p.seconds("on", night("2026-03-28"), BACK) > 0),
    (SPRING, "was the front door locked last night", lambda p: p.seconds("unlocked", night("2026-03-28"), LOCK) == 0),
    (AUTUMN, "was anyone home at 3 pm", lambda p: "home" in state_at(p, "2026-10-25T15:00", ANNA, BEN)),
    (AUTUMN, "did somebody open the garage door yesterday", lambda p: bool(p.became("open", GARAGE, on("2026-10-24")))),
    (AUTUMN, "did it get below 12 degrees in the bedroom last night",
     lambda p: min(p.numbers(WARMTH, night("2026-10-24"))) < 12),
    (AUTUMN, "which lights were on at midnight",
     lambda p: [each for each in LIGHTS if p.state(each, at("2026-10-25T00:00")) == "on"]),
    (AUTUMN, "which windows were opened today",
     lambda p: [each for each in (BEDROOM_WINDOW, BATH_WINDOW) if p.became("on", each, on("2026-10-25"))]),
    (SPRING, "how many lights were on at 7",
     lambda p: state_at(p, "2026-03-29T07:00", *LIGHTS).count("on")),
    # Readings
    (SPRING, "how warm did it get in the bedroom last night", lambda p: max(p.numbers(WARMTH, night("2026-03-28")))),
    (AUTUMN_MONDAY, "how cold did it get outside yesterday", lambda p: min(p.numbers(OUTSIDE, on("2026-10-25")))),
    (AUTUMN_MONDAY, "what was the average humidity in the bathroom yesterday",
     lambda p: one_place(sum(p.numbers(HUMIDITY, on("2026-10-25"))) / (25 * 60))),
    (SPRING_MONDAY, "what was the average temperature in the bedroom yesterday",
     lambda p: one_place(sum(p.numbers(WARMTH, on("2026-03-29"))) / (23 * 60))),
    (SPRING_MONDAY, "what was the minimum humidity in the bathroom yesterday",
     lambda p: min(p.numbers(HUMIDITY, on("2026-03-29")))),
    (SPRING, "how cold was it outside at 6 this morning",
     lambda p: float(state_at(p, "2026-03-29T06:00", OUTSIDE)[0] or "")),
    (AUTUMN, "what was the temperature in the bedroom at noon yesterday",
     lambda p: float(state_at(p, "2026-10-24T12:00", WARMTH)[0] or "")),
    (AUTUMN_MONDAY, "how much energy did the house use yesterday", lambda p: p.used(ENERGY, on("2026-10-25"))),
    # Since
    (AUTUMN, "since when is the front door {front}", lambda p: ended(p, FRONT)),
    (SPRING, "how long has the bathroom light been {bath}", lambda p: p.now - p.of(BATH)[-1].at),
    (AUTUMN_MONDAY, "where was anna at 20:00 on friday", lambda p: state_at(p, "2026-10-23T20:00", ANNA)[0]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("now", "sentence", "expected"), QUESTIONS, ids=[f"{now[:10]} {sentence}" for now, sentence, _ in QUESTIONS]
)
def test_answer_is_exact(past_home: Any, events: Any, now: str, sentence: str, expected: Expected) -> None:
    slow = SlowPast(events, at(now), "Europe/Berlin")
    said = sentence.format(
        front={"on": "open", "off": "closed"}[slow.of(FRONT)[-1].state], bath=slow.of(BATH)[-1].state
    )
    got = past_home.ask(said, at(now))
    assert got.status is QueryStatus.ANSWERED, got.text
    assert got.result.value == expected(slow), got.text
    assert got.query_type == "history"
    assert got.text
    assert got.result.evidence.until <= iso(at(now))


def test_there_are_sixty_of_them_on_both_sides_of_the_year() -> None:
    assert len(QUESTIONS) >= 60
    assert {now for now, _, _ in QUESTIONS} == {SPRING, SPRING_MONDAY, AUTUMN, AUTUMN_MONDAY}
