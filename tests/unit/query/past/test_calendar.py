"""Which moments are meant: days of 23, 23.5, 24.5 and 25 hours, wall times that are skipped and that come twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.query import QueryStatus
from shared.history import Event
from shared.home import Snapshot
from tests.unit.query.past.conftest import Remembered
from tests.unit.query.past.past_home import at, iso
from workers.query.past.calendar import interval_of, zone_of
from workers.query.past.period import Day, Part, Period, Span

BERLIN, LORD_HOWE = "Europe/Berlin", "Australia/Lord_Howe"


def hours(period: Period, now: str, zone: str) -> float:
    found = interval_of(period, at(now, zone), ZoneInfo(zone))
    assert found is not None
    return (found.until - found.since) / 3600


@pytest.mark.parametrize(
    ("zone", "now", "length"),
    [
        (BERLIN, "2026-03-30T09:00", 23), (BERLIN, "2026-10-26T09:00", 25), (BERLIN, "2026-06-02T09:00", 24),
        (LORD_HOWE, "2026-04-06T09:00", 24.5), (LORD_HOWE, "2026-10-05T09:00", 23.5),
        ("America/Havana", "2026-03-09T09:00", 23), ("Australia/Adelaide", "2026-10-05T09:00", 23),
    ],
)  # fmt: skip
def test_yesterday_is_as_long_as_it_was(zone: str, now: str, length: float) -> None:
    assert hours(Period(Day(Span.DAYS_AGO, 1)), now, zone) == length


@pytest.mark.parametrize(
    ("now", "length"), [("2026-03-29T09:00", 13), ("2026-10-25T09:00", 15), ("2026-07-01T09:00", 14)]
)
def test_last_night_is_from_six_to_eight(now: str, length: float) -> None:
    assert hours(Period(Day(Span.DAYS_AGO, 1, Part.NIGHT)), now, BERLIN) == length


TIMES = [
    # said, at a Wednesday noon: from, to (wall times in Berlin)
    ("today", "2026-07-15T00:00", "2026-07-15T12:00"),
    ("yesterday", "2026-07-14T00:00", "2026-07-15T00:00"),
    ("the day before yesterday", "2026-07-13T00:00", "2026-07-14T00:00"),
    ("this morning", "2026-07-15T06:00", "2026-07-15T12:00"),
    ("yesterday evening", "2026-07-14T18:00", "2026-07-15T00:00"),
    ("last night", "2026-07-14T18:00", "2026-07-15T08:00"),
    ("overnight", "2026-07-14T18:00", "2026-07-15T08:00"),
    ("the night before last", "2026-07-13T18:00", "2026-07-14T08:00"),
    ("on monday", "2026-07-13T00:00", "2026-07-14T00:00"),
    ("last wednesday", "2026-07-08T00:00", "2026-07-09T00:00"),
    ("on monday night", "2026-07-13T18:00", "2026-07-14T08:00"),
    ("3 days ago", "2026-07-12T00:00", "2026-07-13T00:00"),
    ("a week ago", "2026-07-08T00:00", "2026-07-09T00:00"),
    ("this week", "2026-07-13T00:00", "2026-07-15T12:00"),
    ("last week", "2026-07-06T00:00", "2026-07-13T00:00"),
    ("last weekend", "2026-07-11T00:00", "2026-07-13T00:00"),
    ("this month", "2026-07-01T00:00", "2026-07-15T12:00"),
    ("last month", "2026-06-01T00:00", "2026-07-01T00:00"),
    ("last year", "2025-01-01T00:00", "2026-01-01T00:00"),
    ("in may", "2026-05-01T00:00", "2026-06-01T00:00"),
    ("in december", "2025-12-01T00:00", "2026-01-01T00:00"),
    ("on the 20th", "2026-06-20T00:00", "2026-06-21T00:00"),
    ("on 24 december", "2025-12-24T00:00", "2025-12-25T00:00"),
    ("on july 4th 2025", "2025-07-04T00:00", "2025-07-05T00:00"),
    ("on 29 february", "2024-02-29T00:00", "2024-03-01T00:00"),
    ("in the last 3 hours", "2026-07-15T09:00", "2026-07-15T12:00"),
    ("in the past 90 minutes", "2026-07-15T10:30", "2026-07-15T12:00"),
    ("in the last 2 days", "2026-07-13T12:00", "2026-07-15T12:00"),
    ("in the last hour", "2026-07-15T11:00", "2026-07-15T12:00"),
    ("since monday", "2026-07-13T00:00", "2026-07-15T12:00"),
    ("since 8 this morning", "2026-07-15T08:00", "2026-07-15T12:00"),
    ("since yesterday evening", "2026-07-14T18:00", "2026-07-15T12:00"),
    ("after 22:00 yesterday", "2026-07-14T22:00", "2026-07-15T00:00"),
    ("before 9 this morning", "2026-07-15T06:00", "2026-07-15T09:00"),
    ("between 8 and 10", "2026-07-15T08:00", "2026-07-15T10:00"),
    ("between 8 and 10 pm", "2026-07-14T20:00", "2026-07-14T22:00"),
    ("between 11 and 1 pm yesterday", "2026-07-14T11:00", "2026-07-14T13:00"),
    ("between 2 and 4 yesterday afternoon", "2026-07-14T14:00", "2026-07-14T16:00"),
    ("from 22:00 to 6:00", "2026-07-14T22:00", "2026-07-15T06:00"),
    ("between 11 and 2 last night", "2026-07-14T23:00", "2026-07-15T02:00"),
    ("from half past six to quarter to eight this morning", "2026-07-15T06:30", "2026-07-15T07:45"),
]  # fmt: skip


def _of_interval(home: Any, said: str, now: float) -> tuple[str, str]:
    got = home.with_past([Event(at("2020-01-01T00:00"), "light.bathroom", "off")]).ask(
        f"how long was the bathroom light on {said}", now
    )
    assert got.status is QueryStatus.ANSWERED, got.text
    return got.result.evidence.since, got.result.evidence.until


@pytest.mark.parametrize(("said", "since", "until"), TIMES, ids=[each[0] for each in TIMES])
def test_time_is_meant_as_people_say_it(past_home: Any, said: str, since: str, until: str) -> None:
    assert _of_interval(past_home, said, at("2026-07-15T12:00")) == (iso(at(since)), iso(at(until)))


MOMENTS = [
    ("at 7", "2026-07-15T07:00"), ("at 7 pm", "2026-07-14T19:00"), ("at 14:30", "2026-07-14T14:30"),
    ("at 6 this morning", "2026-07-15T06:00"), ("at noon yesterday", "2026-07-14T12:00"),
    ("at midnight", "2026-07-15T00:00"), ("at midnight last night", "2026-07-15T00:00"),
    ("at 10 last night", "2026-07-14T22:00"), ("at 3 last night", "2026-07-15T03:00"),
    ("2 hours ago", "2026-07-15T10:00"),
    ("an hour ago", "2026-07-15T11:00"), ("at 8 on monday evening", "2026-07-13T20:00"),
    ("yesterday at 3 in the afternoon", "2026-07-14T15:00"), ("at half past nine", "2026-07-15T09:30"),
    ("on 1 july at 5:15 am", "2026-07-01T05:15"),
]  # fmt: skip


@pytest.mark.parametrize(("said", "wall"), MOMENTS, ids=[each[0] for each in MOMENTS])
def test_moment_is_meant_as_people_say_it(past_home: Any, said: str, wall: str) -> None:
    home = past_home.with_past([Event(at("2020-01-01T00:00"), "light.bathroom", "on")])
    got = home.ask(f"was the bathroom light on {said}", at("2026-07-15T12:00"))
    assert (got.result.value, got.result.evidence.since) == (True, iso(at(wall))), got.text


@pytest.mark.parametrize(
    ("said", "now"),
    [("at 02:30", "2026-03-29T12:00"), ("at 2:30 today", "2026-03-29T12:00")],
)
def test_skipped_time_is_taken_as_if_the_clock_had_not_changed(past_home: Any, said: str, now: str) -> None:
    home = past_home.with_past([Event(at("2026-03-29T03:30+02:00"), "light.bathroom", "on")])
    got = home.ask(f"was the bathroom light on {said}", at(now))
    assert (got.result.value, got.result.evidence.since) == (True, "2026-03-29T01:30:00+00:00")


def test_of_a_time_that_comes_twice_the_first_is_meant(past_home: Any) -> None:
    home = past_home.with_past(
        [
            Event(at("2026-10-25T02:30+02:00"), "light.bathroom", "on"),
            Event(at("2026-10-25T02:30+01:00"), "light.bathroom", "off"),
        ]
    )
    got = home.ask("was the bathroom light on at 2:30 today", at("2026-10-25T12:00"))
    assert (got.result.value, got.result.evidence.since) == (True, "2026-10-25T00:30:00+00:00")
    assert "02:30 CEST" in got.text
    longer = home.ask("how long was the bathroom light on between 2 and 3 today", at("2026-10-25T12:00"))
    assert longer.result.value == 3600


@pytest.mark.parametrize(
    "said", ["on 31 february", "on 30 february 2025", "in the last 9999 years", "on the 31st of june"]
)
def test_date_that_does_not_exist_is_said_so(past_home: Any, said: str) -> None:
    got = past_home.ask(f"how long was the bathroom light on {said}", at("2026-07-15T12:00"))
    assert (got.status, got.query_type, got.result) == (QueryStatus.NOT_UNDERSTOOD, "history", None)
    assert "date" in got.text


@pytest.mark.parametrize("said", ["at 11 pm today", "this evening", "tonight", "on 1 january 2030"])
def test_time_to_come_is_said_so(past_home: Any, said: str) -> None:
    got = past_home.ask(f"was the bathroom light on {said}", at("2026-07-15T12:00"))
    assert (got.status, got.result) == (QueryStatus.NOT_UNDERSTOOD, None)
    assert "not come yet" in got.text


def test_zone_that_does_not_exist_is_said_so(made_home: Any) -> None:
    home = made_home(Remembered([Event(0.0, "light.bathroom", "on")]), "UTC")
    registry = replace(home.snapshot.registry, time_zone="Mars/Olympus")
    home = replace(home, snapshot=Snapshot(registry, home.snapshot.states))
    got = home.ask("how long was the bathroom light on yesterday", at("2026-07-15T12:00", "UTC"))
    assert got.result.value == 86_400
    assert "UTC" in got.text
    assert zone_of("../../etc/passwd") is None


@given(
    st.datetimes(datetime.fromisoformat("2024-01-01"), datetime.fromisoformat("2027-12-31")),
    st.sampled_from([BERLIN, LORD_HOWE, "Australia/Adelaide", "America/Havana", "Asia/Kathmandu"]),
    st.integers(0, 400),
)
@settings(max_examples=200, deadline=None)
def test_every_moment_belongs_to_one_day(moment: datetime, zone: str, back: int) -> None:
    now, place = moment.replace(tzinfo=UTC).timestamp(), ZoneInfo(zone)
    found = interval_of(Period(Day(Span.DAYS_AGO, back + 1)), now, place)
    after = interval_of(Period(Day(Span.DAYS_AGO, back)), now, place)
    assert found is not None
    wanted = datetime.fromtimestamp(now, place).date() - timedelta(days=back + 1)
    inside = (found.since, (found.since + found.until) / 2, found.until - 1)
    assert {datetime.fromtimestamp(each, place).date() for each in inside} == {wanted}
    assert (
        datetime.fromtimestamp(found.since - 1, place).date()
        < wanted
        < datetime.fromtimestamp(found.until, place).date()
    )
    assert after is None or after.since == found.until
