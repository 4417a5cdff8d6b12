"""More questions about the past, of a house of three floors; what is expected is counted minute by minute."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from contracts.query import QueryStatus
from shared.history import Event
from tests.unit.query.past.past_home import SlowPast, When, at, iso
from tests.unit.query.past.terrace import (
    ANNA,
    BACK,
    BATH_WINDOW,
    BED,
    BED_WINDOW,
    BEDROOM,
    BEN,
    BENCH,
    ENERGY,
    FRONT,
    HALL,
    HUMIDITY,
    KITCHEN,
    LAUNDRY,
    LIGHTS,
    OUTSIDE,
    POWER,
    SOFA,
    TV,
    WASHER,
    WASHER_ENERGY,
    WASHER_POWER,
    WINDOWS,
    WORKSHOP,
)
from tests.unit.query.past.test_sixty import between, night, on, one_place

SUNDAY, MONDAY, THURSDAY, SPRING = "2026-10-25T15:30", "2026-10-26T10:20", "2026-10-22T19:45", "2026-03-29T15:30"
"""The day of 25 hours, the one after it, one in the week before, and the day of 23 hours."""
ZONE = "Europe/Berlin"
ALWAYS: When = lambda _: True  # noqa: E731
Expected = Callable[[SlowPast], Any]


def all_rises(past: SlowPast, states: str, ids: tuple[str, ...], when: When = ALWAYS) -> list[tuple[float, str]]:
    return sorted((moment, each) for each in ids for moment in past.became(states, each, when))


def union_rises(past: SlowPast, ids: tuple[str, ...], when: When = ALWAYS) -> list[float]:
    """When one of some came on while all were off, minute by minute."""
    minutes = past.minutes(ALWAYS)
    courses = [past.course(each, ALWAYS) for each in ids]
    lit = ["on" in row for row in zip(*courses, strict=True)]
    return [m for m, was, now in zip(minutes[1:], lit, lit[1:], strict=False) if now and not was and when(past.wall(m))]


def which(past: SlowPast, ids: tuple[str, ...], *, place: int = -1, when: When = ALWAYS) -> list[str]:
    return [all_rises(past, "on", ids, when)[place][1]]


def mean(past: SlowPast, entity_id: str, when: When) -> float:
    """The average over time: of the reading in each minute."""
    course = past.numbers(entity_id, when, 20)
    return sum(course) / len(course)


def when_was(past: SlowPast, entity_id: str, when: When, best: Callable[..., float]) -> str:
    """The first minute with the highest or lowest reading, or when that reading came."""
    minutes, course = past.minutes(when), past.numbers(entity_id, when)
    return iso(minutes[course.index(best(course))])


def reading(past: SlowPast, entity_id: str, wall: str) -> float:
    return float(past.state(entity_id, at(wall)) or "")


def gone(past: SlowPast, *ids: str) -> list[tuple[float, float]]:
    """The times in which none of some people was home, by the minute, the last one open to now."""
    minutes = past.minutes(ALWAYS)
    courses = zip(*(past.course(each, ALWAYS) for each in ids), strict=True)
    away = [all(state not in {"home", None} for state in row) for row in courses]
    spans, start = list[tuple[float, float]](), None
    for minute, so in zip(minutes, away, strict=True):
        if so and start is None:
            start = minute
        if not so and start is not None:
            spans.append((start, minute))
            start = None
    return spans if start is None else [*spans, (start, past.now)]


def inside(past: SlowPast, since: float, until: float) -> When:
    first, last = past.wall(since), past.wall(until)
    return lambda wall: first <= wall < last


def last_absence(past: SlowPast, *ids: str) -> When:
    return inside(past, *gone(past, *ids)[-1])


def since_left(past: SlowPast, entity_id: str) -> When:
    return inside(past, gone(past, entity_id)[-1][0], past.now)


YESTERDAY, TODAY, LAST_NIGHT = on("2026-10-24"), on("2026-10-25"), night("2026-10-24")
THIS_WEEK, LAST_WEEK = between("2026-10-19T00:00", "2026-10-26T00:00"), between("2026-10-12T00:00", "2026-10-19T00:00")
TV_ON = "playing paused on"

QUESTIONS: list[tuple[str, str, Expected]] = [
    # First and last, by entity, class and area
    (SUNDAY, "when did the front door first open today", lambda p: iso(p.became("on", FRONT, TODAY)[0])),
    (SUNDAY, "when was the first motion this morning",
     lambda p: iso(union_rises(p, (HALL, LAUNDRY, WORKSHOP), between("2026-10-25T06:00", "2026-10-25T12:00"))[0])),
    (SPRING, "when was the first motion in the hall this morning",
     lambda p: iso(p.became("on", HALL, between("2026-03-29T06:00", "2026-03-29T12:00"))[0])),
    (SUNDAY, "when was a window last opened upstairs",
     lambda p: iso(all_rises(p, "on", (BED_WINDOW, BATH_WINDOW))[-1][0])),
    (SUNDAY, "when was a window first opened upstairs yesterday",
     lambda p: iso(all_rises(p, "on", (BED_WINDOW, BATH_WINDOW), YESTERDAY)[0][0])),
    (SUNDAY, "which light was on last", lambda p: which(p, LIGHTS)),
    (MONDAY, "which light was turned on last", lambda p: which(p, LIGHTS)),
    (SUNDAY, "which light was turned off last", lambda p: [all_rises(p, "off", LIGHTS)[-1][1]]),
    (SUNDAY, "which door was opened last", lambda p: which(p, (FRONT, BACK))),
    (THURSDAY, "which door was last opened", lambda p: which(p, (FRONT, BACK))),
    (SUNDAY, "what was the last door to be opened", lambda p: which(p, (FRONT, BACK))),
    (SUNDAY, "which window was opened first today", lambda p: which(p, WINDOWS, place=0, when=TODAY)),
    (SUNDAY, "which window was opened last upstairs", lambda p: which(p, (BED_WINDOW, BATH_WINDOW))),
    (SUNDAY, "when was there last motion in the basement", lambda p: iso(union_rises(p, (LAUNDRY, WORKSHOP))[-1])),
    (SUNDAY, "in which room was there motion last",
     lambda p: [which(p, (HALL, LAUNDRY, WORKSHOP))[0].split(".")[1].removesuffix("_motion")]),
    (SUNDAY, "who came home first yesterday", lambda p: [all_rises(p, "home", (ANNA, BEN), YESTERDAY)[0][1]]),
    (SUNDAY, "who came home last", lambda p: [all_rises(p, "home", (ANNA, BEN))[-1][1]]),
    # Minimum, maximum, average, range
    (SUNDAY, "what was the average temperature in the bedroom last night",
     lambda p: one_place(mean(p, BED, LAST_NIGHT))),
    (SPRING, "what was the average temperature in the bedroom last night",
     lambda p: one_place(mean(p, BED, night("2026-03-28")))),
    (SUNDAY, "how cold did it get outside", lambda p: min(p.numbers(OUTSIDE, TODAY))),
    (SUNDAY, "how cold did it get outside overnight", lambda p: min(p.numbers(OUTSIDE, LAST_NIGHT))),
    (SUNDAY, "highest power of the washing machine this week", lambda p: max(p.numbers(WASHER_POWER, THIS_WEEK))),
    (SUNDAY, "what was the peak power of the house yesterday", lambda p: max(p.numbers(POWER, YESTERDAY))),
    (SUNDAY, "average power of the house last week", lambda p: one_place(mean(p, POWER, LAST_WEEK))),
    (SUNDAY, "what was the humidity range yesterday",
     lambda p: f"{min(p.numbers(HUMIDITY, YESTERDAY)):g} to {max(p.numbers(HUMIDITY, YESTERDAY)):g}"),
    (SUNDAY, "what was the lowest and highest temperature outside last night",
     lambda p: f"{min(p.numbers(OUTSIDE, LAST_NIGHT)):g} to {max(p.numbers(OUTSIDE, LAST_NIGHT)):g}"),
    (SUNDAY, "average humidity in the bathroom since Wednesday",
     lambda p: one_place(mean(p, HUMIDITY, between("2026-10-21T00:00", "2026-10-25T15:30")))),
    (MONDAY, "minimum temperature in the bedroom last weekend",
     lambda p: min(p.numbers(BED, on("2026-10-24", "2026-10-25")))),
    (SUNDAY, "maximum humidity in the bathroom the day before yesterday",
     lambda p: max(p.numbers(HUMIDITY, on("2026-10-23")))),
    # When the extreme was
    (SUNDAY, "when was it warmest outside yesterday", lambda p: when_was(p, OUTSIDE, YESTERDAY, max)),
    (SUNDAY, "when was the bedroom coldest last night", lambda p: when_was(p, BED, LAST_NIGHT, min)),
    (SUNDAY, "when was the humidity in the bathroom highest today", lambda p: when_was(p, HUMIDITY, TODAY, max)),
    (MONDAY, "at what time was it coldest outside yesterday", lambda p: when_was(p, OUTSIDE, TODAY, min)),
    # At a moment
    (SUNDAY, "how warm was the bedroom at noon", lambda p: reading(p, BED, "2026-10-25T12:00")),
    (SUNDAY, "was the sofa lamp on at 3 am", lambda p: p.state(SOFA, at("2026-10-25T03:00")) == "on"),
    (SUNDAY, "what was the temperature outside yesterday at 7", lambda p: reading(p, OUTSIDE, "2026-10-24T07:00")),
    (SUNDAY, "what was the power of the washing machine 3 hours ago",
     lambda p: float(p.state(WASHER_POWER, p.now - 10_800) or "")),
    (SUNDAY, "which windows were open at midnight",
     lambda p: [each for each in WINDOWS if p.state(each, at("2026-10-25T00:00")) == "on"]),
    (SUNDAY, "what was the average temperature inside at 8:00",
     lambda p: one_place((reading(p, BED, "2026-10-25T08:00")
                          + reading(p, "sensor.living_room_temperature", "2026-10-25T08:00")) / 2)),
    # How often, how long, by class and area
    (SUNDAY, "how many times was a window opened this week", lambda p: len(all_rises(p, "on", WINDOWS, THIS_WEEK))),
    (SUNDAY, "how often was there motion in the basement today",
     lambda p: len(union_rises(p, (LAUNDRY, WORKSHOP), TODAY))),
    (SUNDAY, "how often did the back door open since Monday", lambda p: len(p.became("on", BACK, THIS_WEEK))),
    (SUNDAY, "how often was the back door opened in the last 3 hours",
     lambda p: len([each for each in p.became("on", BACK) if each >= p.now - 10_800])),
    (SUNDAY, "how long was a window open upstairs yesterday",
     lambda p: p.seconds("on", YESTERDAY, BED_WINDOW, BATH_WINDOW)),
    (MONDAY, "how long was any light on downstairs yesterday", lambda p: p.seconds("on", TODAY, KITCHEN, SOFA)),
    (MONDAY, "how long was a light on in the basement last weekend",
     lambda p: p.seconds("on", on("2026-10-24", "2026-10-25"), BENCH)),
    (SUNDAY, "how long was the sofa lamp on between 8 and 10",
     lambda p: p.seconds("on", between("2026-10-25T08:00", "2026-10-25T10:00"), SOFA)),
    (SUNDAY, "how long was the tv on on the 20th", lambda p: p.seconds(TV_ON, on("2026-10-20"), TV)),
    (SUNDAY, "how long was the kitchen light on overnight", lambda p: p.seconds("on", LAST_NIGHT, KITCHEN)),
    # Totals
    (SUNDAY, "how much energy did the washing machine use this week", lambda p: p.used(WASHER_ENERGY, THIS_WEEK)),
    (MONDAY, "total energy yesterday", lambda p: p.used(ENERGY, TODAY)),
    # Two times compared
    (SUNDAY, "was it colder outside yesterday than today",
     lambda p: mean(p, OUTSIDE, YESTERDAY) < mean(p, OUTSIDE, TODAY)),
    (SUNDAY, "was it warmer outside yesterday than today",
     lambda p: mean(p, OUTSIDE, YESTERDAY) > mean(p, OUTSIDE, TODAY)),
    (MONDAY, "was the bedroom warmer yesterday than the day before yesterday",
     lambda p: mean(p, BED, TODAY) > mean(p, BED, YESTERDAY)),
    (MONDAY, "was the humidity in the bathroom higher yesterday than on Friday",
     lambda p: mean(p, HUMIDITY, TODAY) > mean(p, HUMIDITY, on("2026-10-23"))),
    (SUNDAY, "did we use more power this week than last week",
     lambda p: p.used(ENERGY, THIS_WEEK) > sum(_grown(p, ENERGY, LAST_WEEK))),
    (SUNDAY, "was the tv on longer yesterday than today",
     lambda p: p.seconds(TV_ON, YESTERDAY, TV) > p.seconds(TV_ON, TODAY, TV)),
    (SUNDAY, "was the front door opened more often yesterday than today",
     lambda p: len(p.became("on", FRONT, YESTERDAY)) > len(p.became("on", FRONT, TODAY))),
    (SUNDAY, "was the front door opened less often yesterday than today",
     lambda p: len(p.became("on", FRONT, YESTERDAY)) < len(p.became("on", FRONT, TODAY))),
    (SUNDAY, "how much warmer was it outside yesterday than today",
     lambda p: one_place(one_place(mean(p, OUTSIDE, YESTERDAY)) - one_place(mean(p, OUTSIDE, TODAY)))),
    # While away, since somebody left
    (SUNDAY, "did anyone open the front door while we were away",
     lambda p: bool(p.became("on", FRONT, last_absence(p, ANNA, BEN)))),
    (THURSDAY, "was the hall motion detected while I was out",
     lambda p: p.seconds("on", last_absence(p, ANNA, BEN), HALL) > 0),
    (SUNDAY, "how long was the tv on while I was gone", lambda p: p.seconds(TV_ON, last_absence(p, ANNA, BEN), TV)),
    (THURSDAY, "how often was the back door opened while I was at work",
     lambda p: len(p.became("on", BACK, last_absence(p, ANNA, BEN)))),
    (SUNDAY, "which lights were on while we were gone",
     lambda p: [each for each in LIGHTS if p.seconds("on", last_absence(p, ANNA, BEN), each)]),
    (SUNDAY, "how long was the kitchen light on while nobody was home yesterday",
     lambda p: sum(p.seconds("on", _and(inside(p, *each), YESTERDAY), KITCHEN) for each in gone(p, ANNA, BEN))),
    (SUNDAY, "how often did the back door open while Anna was out yesterday",
     lambda p: sum(len(p.became("on", BACK, _and(inside(p, *each), YESTERDAY))) for each in gone(p, ANNA))),
    (SUNDAY, "how often was there motion in the hall since Anna left",
     lambda p: len(p.became("on", HALL, since_left(p, ANNA)))),
    (SUNDAY, "how long has the kitchen light been on since Ben left",
     lambda p: p.seconds("on", since_left(p, BEN), KITCHEN)),
    (THURSDAY, "was the front door opened since I left",
     lambda p: bool(p.became("on", FRONT, inside(p, gone(p, ANNA, BEN)[-1][0], p.now)))),
    (SUNDAY, "how warm did it get in the bedroom while nobody was home yesterday",
     lambda p: max(n for each in gone(p, ANNA, BEN) for n in p.numbers(BED, _and(inside(p, *each), YESTERDAY)))),
    (SUNDAY, "how long was the washing machine running while we were away yesterday",
     lambda p: sum(p.seconds("on", _and(inside(p, *each), YESTERDAY), WASHER) for each in gone(p, ANNA, BEN))),
    (SUNDAY, "when was the bedroom light last turned on while nobody was home",
     lambda p: iso(max(m for each in gone(p, ANNA, BEN) for m in p.became("on", BEDROOM, inside(p, *each))))),
]  # fmt: skip


def _and(one: When, other: When) -> When:
    return lambda wall: one(wall) and other(wall)


def _grown(past: SlowPast, entity_id: str, when: When) -> list[float]:
    course = past.numbers(entity_id, when, 20)
    return [b if b < a else b - a for a, b in pairwise(course)]


@pytest.mark.parametrize(
    ("now", "sentence", "expected"), QUESTIONS, ids=[f"{now[:10]} {sentence}" for now, sentence, _ in QUESTIONS]
)
def test_answer_is_exact(terrace: Any, terrace_past: list[Event], now: str, sentence: str, expected: Expected) -> None:
    slow = SlowPast(terrace_past, at(now), ZONE)
    got = terrace.ask(sentence, at(now))
    assert got.status is QueryStatus.ANSWERED, got.text
    assert got.result.value == expected(slow), got.text
    assert got.text
    assert got.result.evidence.since is not None
    assert got.result.evidence.since <= got.result.evidence.until <= iso(at(now))


def test_there_are_sixty_of_them() -> None:
    assert len(QUESTIONS) >= 60
    assert {now for now, _, _ in QUESTIONS} == {SUNDAY, MONDAY, THURSDAY, SPRING}
