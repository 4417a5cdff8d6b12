"""Where the records of a home end, an answer ends, too, and says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from shared.history import Event
from shared.history.sqlite import SqliteHistory
from shared.home import EntityState, Snapshot
from tests.unit.query.past.past_home import at, iso

NOW = at("2026-07-15T12:00")
BATH, FRONT, WARMTH = "light.bathroom", "binary_sensor.front_door", "sensor.bedroom_temperature"
END = at("2026-07-10T21:00")
EVENTS = [
    Event(at("2026-07-08T06:00"), BATH, "off"),
    Event(at("2026-07-08T06:00"), FRONT, "off"),
    Event(at("2026-07-08T06:00"), WARMTH, "18"),
    Event(at("2026-07-10T15:00"), WARMTH, "24"),
    Event(at("2026-07-10T20:00"), BATH, "on"),
    Event(END, FRONT, "on"),
]


@pytest.fixture
def ended(made_home: Callable[..., Any], tmp_path: Path) -> Iterator[Any]:
    with SqliteHistory(tmp_path / "history.db") as history:
        history.append(EVENTS)
        yield made_home(history)


@pytest.mark.parametrize(
    ("sentence", "value", "until"),
    [
        ("how long was the bathroom light on last week", 3600, END),
        ("how long was the bathroom light off on friday", 20 * 3600, END),
        ("how long was the bathroom light on on thursday", 0, at("2026-07-10T00:00")),
        ("how often was the front door opened last week", 1, END),
        ("was the front door opened last week", True, END),
        ("was the front door closed all day friday", False, END),
        ("was the front door closed on thursday", True, at("2026-07-10T00:00")),
        ("what was the average temperature in the bedroom on friday", round((15 * 18 + 6 * 24) / 21, 2), END),
        ("when was the front door last opened", iso(END), END),
        ("when was the bathroom light last turned on", iso(at("2026-07-10T20:00")), END),
        ("since when is the bathroom light on", iso(at("2026-07-10T20:00")), END),
        ("how long has the bathroom light been on", 3600, END),
        ("was the bathroom light on at 9 pm on friday", True, END),
    ],
)
def test_answer_ends_with_the_records(ended: Any, sentence: str, value: Any, until: float) -> None:
    got = ended.ask(sentence, NOW)
    assert (got.result.value, got.result.evidence.until) == (value, iso(until)), got.text
    inside = until < END or "9 pm" in sentence
    assert ("Records end on Friday 10 July at 21:00" in got.text) is not inside, got.text


@pytest.mark.parametrize(
    "sentence",
    [
        "how long was the bathroom light on yesterday", "was the front door open at 3 am",
        "how often was the front door opened today", "which lights were on yesterday evening",
        "how warm was it in the bedroom yesterday", "when was the front door opened yesterday",
        "who opened the front door yesterday", "how long was the bathroom light on today while nobody was home",
    ],
)  # fmt: skip
def test_of_what_came_after_nothing_is_said(ended: Any, sentence: str) -> None:
    got = ended.ask(sentence, NOW)
    assert (got.result.value, got.result.evidence.since, got.result.evidence.until) == (None, None, None), got.text
    assert "the records of the home end on Friday 10 July at 21:00" in got.text


def test_what_was_not_so_in_the_end_is_told_of_then(ended: Any) -> None:
    got = ended.ask("since when has the front door been closed", NOW)
    assert (got.result.value, got.result.evidence.until) == (None, iso(END))
    assert "was not closed then" in got.text


def test_how_long_ago_is_counted_from_now(ended: Any) -> None:
    assert ended.ask("how long ago was the front door opened", NOW).result.value == NOW - END


def test_the_home_itself_goes_before_records_that_ended(ended: Any) -> None:
    since = datetime.fromtimestamp(at("2026-07-10T20:00"), UTC)
    states = {**ended.snapshot.states, BATH: EntityState("on", {}, since, since)}
    live = replace(ended, snapshot=Snapshot(ended.snapshot.registry, states))
    got = live.ask("how long has the bathroom light been on", NOW)
    assert (got.result.value, got.result.evidence.until) == (NOW - since.timestamp(), iso(NOW))
    assert "Records end" not in got.text


@pytest.mark.parametrize(("hours", "ended"), [(23, False), (25, True)])
def test_a_day_without_events_is_no_end(past_home: Any, hours: int, ended: bool) -> None:
    home = past_home.with_past([Event(NOW - hours * 3600, BATH, "on")], ended=True)
    got = home.ask("how long has the bathroom light been on", NOW)
    assert got.result.value == (0 if ended else hours * 3600)


def test_records_that_go_on_again_have_no_end(made_home: Callable[..., Any], tmp_path: Path) -> None:
    with SqliteHistory(tmp_path / "history.db") as history:
        history.append(EVENTS)
        home = made_home(history)
        assert "Records end" in home.ask("since when is the bathroom light on", NOW).text
        history.append([Event(NOW - 60, WARMTH, "25")])
        got = home.ask("how long has the bathroom light been on", NOW)
        assert got.result.value == NOW - at("2026-07-10T20:00")
