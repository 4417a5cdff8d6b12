"""What had to be so at the same time, what had to last, and who did it."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from contracts.query import QueryStatus
from shared.history import Event
from shared.home import EntityState, Snapshot
from tests.unit.query.past.past_home import SlowPast, at, iso
from tests.unit.query.past.test_sixty import (
    ANNA,
    AUTUMN,
    BACK,
    BATH,
    BEN,
    CEILING,
    COUNTER,
    FRONT,
    GARAGE,
    TV,
    night,
    on,
)

SATURDAY = on("2026-10-24")
NOW = at("2026-07-15T12:00")
USER = "0123456789abcdef0123456789abcdef"


def away(past: SlowPast, *ids: str) -> list[bool]:
    courses = zip(*(past.course(each, SATURDAY) for each in ids), strict=True)
    return [all(state != "home" for state in row) for row in courses]


def test_durations_count_only_what_had_to_be_so(past_home: Any, events: Any) -> None:
    past = SlowPast(events, at(AUTUMN), "Europe/Berlin")
    for said, ids in (("nobody was home", (ANNA, BEN)), ("we were away", (ANNA, BEN)), ("Anna was away", (ANNA,))):
        got = past_home.ask(f"how long was the TV on yesterday while {said}", at(AUTUMN))
        on_then = [state in {"on", "playing", "paused"} for state in past.course(TV, SATURDAY)]
        expected = 60 * sum(lit and gone for lit, gone in zip(on_then, away(past, *ids), strict=True))
        assert got.result.value == expected, got.text
    assert expected > 0


@pytest.mark.parametrize("seed", range(20))
def test_events_are_counted_while_it_was_so(past_home: Any, seed: int) -> None:
    chance = random.Random(seed)
    start = at("2026-07-14T00:00")
    minutes = chance.sample(range(1440), 40)
    opened = [Event(start + 60 * each, BACK, chance.choice(("on", "off"))) for each in minutes[:20]]
    gone = [Event(start + 60 * each + 30, ANNA, chance.choice(("home", "not_home"))) for each in minutes[20:]]
    past = [Event(start - 60, BACK, "off"), Event(start - 60, ANNA, "home"), Event(start - 60, BEN, "Work")]
    home = past_home.with_past([*past, *opened, *gone])
    course = sorted([*past, *opened])
    rises = [one.at for old, one in zip(["", *(each.state for each in course)], course, strict=False)
             if one.entity_id == BACK and one.state == "on" != old]  # fmt: skip
    slow = SlowPast([*past, *gone], NOW, "Europe/Berlin")
    during = [each for each in rises if slow.state(ANNA, each) == "not_home"]
    got = home.ask("how often was the back door opened yesterday when nobody was home", NOW)
    assert got.result.value == len(during), got.text
    when = home.ask("when was the back door last opened while nobody was home", NOW)
    assert when.result.value == (iso(during[-1]) if during else None)
    was = home.ask("was the back door opened yesterday while nobody was home", NOW)
    assert was.result.value is bool(during)


def test_yes_and_no_of_what_had_to_be_so(past_home: Any) -> None:
    day = at("2026-07-14T00:00")
    home = past_home.with_past([
        Event(day - 60, BACK, "off"), Event(day - 60, FRONT, "off"), Event(day - 60, ANNA, "home"),
        Event(day - 60, BEN, "not_home"), Event(day + 3600, FRONT, "on"), Event(day + 5400, FRONT, "off"),
        Event(day + 7200, ANNA, "not_home"), Event(day + 9000, BACK, "on"), Event(day + 10_800, ANNA, "home"),
    ])  # fmt: skip
    then = "yesterday while nobody was home"
    assert home.ask(f"was the front door open {then}", NOW).result.value is False
    assert home.ask(f"was the front door closed {then}", NOW).result.value is True
    assert home.ask(f"was the back door closed {then}", NOW).result.value is False
    got = home.ask(f"which doors were open {then}", NOW)
    assert got.result.value == [BACK], got.text
    assert "while none of Anna and Ben was at home" in got.text


@pytest.mark.parametrize(
    ("sentence", "value"),
    [
        ("was the bathroom light on all night", False), ("was the bathroom light on last night", True),
        ("was the bathroom light on all night long", False), ("was the kitchen ceiling on all night", True),
        ("was the kitchen ceiling on the whole time last night", True),
        ("was the bathroom light off all day yesterday", False), ("was the kitchen counter always off yesterday", True),
        ("which lights were on all night", [CEILING]),
    ],
)  # fmt: skip
def test_all_of_a_time_is_all_of_it(past_home: Any, sentence: str, value: Any) -> None:
    eve = at("2026-07-14T22:00")
    home = past_home.with_past([
        Event(eve - 90_000, BATH, "off"), Event(eve, BATH, "on"), Event(eve + 60, BATH, "off"),
        Event(eve - 90_000, CEILING, "on"), Event(eve - 90_000, COUNTER, "off"),
    ])  # fmt: skip
    got = home.ask(sentence, NOW)
    assert got.result.value == value, got.text


def test_all_night_is_that_of_a_slow_count(past_home: Any, events: Any) -> None:
    past = SlowPast(events, at(AUTUMN), "Europe/Berlin")
    got = past_home.ask("was the garage door closed all night", at(AUTUMN))
    assert got.result.value is all(each == "closed" for each in past.course(GARAGE, night("2026-10-24")))


CAUSES = [
    (Event(NOW - 60, GARAGE, "open", USER, None, "01A"), "person", "Somebody did, by Home Assistant"),
    (Event(NOW - 60, GARAGE, "open", None, "01B", "01A"), "automation", "An automation or a script did"),
    (Event(NOW - 60, GARAGE, "open", USER, "01B", "01A"), "automation", "An automation or a script did"),
    (Event(NOW - 60, GARAGE, "open", None, "automation.evening", "01A"), "automation.evening",
     "The automation “automation.evening” did"),
    (Event(NOW - 60, GARAGE, "open"), "unknown", "by hand or by the device itself"),
]  # fmt: skip


@pytest.mark.parametrize(("event", "value", "said"), CAUSES, ids=[str(place) for place in range(len(CAUSES))])
@pytest.mark.parametrize("asked", ["who opened the garage door", "who last opened the garage door today"])
def test_who_did_it(past_home: Any, event: Event, value: str, said: str, asked: str) -> None:
    home = past_home.with_past([Event(NOW - 9000, GARAGE, "closed"), event])
    got = home.ask(asked, NOW)
    assert (got.result.value, got.result.at, got.result.entities) == (value, iso(event.at), [GARAGE]), got.text
    assert said in got.text


def test_person_of_the_user_is_named(past_home: Any) -> None:
    states = {**past_home.snapshot.states, ANNA: EntityState("home", {"user_id": USER})}
    home = replace(past_home, snapshot=Snapshot(past_home.snapshot.registry, states))
    home = home.with_past([Event(NOW - 99, BATH, "off"), Event(NOW - 60, BATH, "on", USER)])
    got = home.ask("who turned on the bathroom light", NOW)
    assert (got.result.value, got.text[:9]) == (ANNA, "Anna did:"), got.text


@pytest.mark.parametrize(
    ("sentence", "value"),
    [
        ("who turned the bathroom light on yesterday", None),
        ("who left yesterday", [BEN]), ("who came home yesterday", []),
    ],
)  # fmt: skip
def test_who_where_nobody_did(past_home: Any, sentence: str, value: Any) -> None:
    home = past_home.with_past([
        Event(NOW - 200_000, BATH, "off"), Event(NOW - 60, BATH, "on"), Event(NOW - 200_000, ANNA, "home"),
        Event(NOW - 200_000, BEN, "home"), Event(NOW - 86_400, BEN, "not_home"),
    ])  # fmt: skip
    got = home.ask(sentence, NOW)
    assert got.status is QueryStatus.ANSWERED
    assert got.result.value == value, got.text
