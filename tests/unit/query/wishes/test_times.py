"""What is said of time, with where it ends."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

import pytest

from tests.unit.query.wishes.conftest import WishingHome
from workers.query.understanding.wishes.times import Darkness, Length, Moment, Once, Part, TooLong, in_part
from workers.query.understanding.wishes.wish import EntityTime, Every, OnDays, SunEvent, Within

MINUTES = {count: timedelta(minutes=count) for count in (3, 10, 15, 20, 30, 45, 90, 120, 150)}

SAID: list[tuple[str, Any]] = [
    ("at 6:45", Moment(time(6, 45), sure=False)),
    ("at 06:45", Moment(time(6, 45))),
    ("at 6.45", Moment(time(6, 45), sure=False)),
    ("6:45", Moment(time(6, 45), sure=False)),
    ("at quarter past seven", Moment(time(7, 15), sure=False)),
    ("at quarter to eight pm", Moment(time(19, 45))),
    ("at half past six", Moment(time(6, 30), sure=False)),
    ("at 7 am", Moment(time(7))),
    ("at 7pm", Moment(time(19))),
    ("at 5:30 p.m.", Moment(time(17, 30))),
    ("at 12 am", Moment(time(0))),
    ("at noon", Moment(time(12))),
    ("midnight", Moment(time(0))),
    ("at 18h", Moment(time(18))),
    ("at 7 in the evening", Moment(time(19))),
    ("at eleven thirty", Moment(time(11, 30), sure=False)),
    ("at ten to eight", Moment(time(7, 50), sure=False)),
    ("at eight o'clock", Moment(time(8), sure=False)),
    ("at 23:59", Moment(time(23, 59))),
    ("at sunset", Moment(SunEvent("sunset"))),
    ("half an hour before sunset", Moment(SunEvent("sunset", -MINUTES[30]))),
    ("20 minutes after sunrise", Moment(SunEvent("sunrise", MINUTES[20]))),
    ("at dawn", Moment(SunEvent("sunrise"))),
    ("it gets dark", Darkness(dark=True)),
    ("for 3 minutes", Length("for", MINUTES[3])),
    ("for an hour and a half", Length("for", MINUTES[90])),
    ("for two and a half hours", Length("for", MINUTES[150])),
    ("for a quarter of an hour", Length("for", MINUTES[15])),
    ("for more than 2 hours", Length("for", MINUTES[120])),
    ("for 1 hour and 30 minutes", Length("for", MINUTES[90])),
    ("after 10 minutes", Length("after", MINUTES[10])),
    ("10 minutes later", Length("after", MINUTES[10])),
    ("in 10 minutes", Length("in", MINUTES[10])),
    ("too long", TooLong("too long")),
    ("every weekday", OnDays(("mon", "tue", "wed", "thu", "fri"))),
    ("on weekends", OnDays(("sat", "sun"))),
    ("on mondays and thursdays", OnDays(("mon", "thu"))),
    ("monday to thursday", OnDays(("mon", "tue", "wed", "thu"))),
    ("from friday to monday", OnDays(("mon", "fri", "sat", "sun"))),
    ("every 15 minutes", Every(MINUTES[15])),
    ("every hour", Every(timedelta(hours=1))),
    ("between 22:00 and 6:00", Within(time(22), time(6))),
    ("between 8 and 10 pm", Within(time(20), time(22))),
    ("after 8pm", Within(after=time(20))),
    ("before sunrise", Within(before=SunEvent("sunrise"))),
    ("at night", Part("night")),
    ("in the morning", Part("morning")),
    ("tomorrow", Once()),
]


@pytest.mark.parametrize(("said", "meant"), SAID, ids=[said for said, _ in SAID])
def test_time_is_read_to_its_end(house: WishingHome, said: str, meant: Any) -> None:
    words = house.tokens(said)
    words = [each for each in words if each.plain not in {".", ","}]
    assert house.times.read(words, 0) == (len(words), meant)


@pytest.mark.parametrize("said", ["at 30 percent", "at 5 percent", "at 25:00", "at 6 degrees", "one", "7", "at home"])
def test_what_is_no_time_is_none(house: WishingHome, said: str) -> None:
    found = house.times.read(house.tokens(said), 0)
    assert found is None or not isinstance(found[1], Moment)


def test_time_of_an_entity_is_known_by_its_name(birch: WishingHome) -> None:
    words = birch.tokens("30 minutes before Anna's next alarm")
    assert birch.times.read(words, 0) == (
        len(words), Moment(EntityTime("sensor.anna_next_alarm", -MINUTES[30]))
    )  # fmt: skip


@pytest.mark.parametrize(
    ("clock", "part", "meant"),
    [
        (time(8), "evening", time(20)), (time(2), "night", time(2)), (time(11, 30), "night", time(23, 30)),
        (time(8), "morning", time(8)), (time(15), "evening", time(15)), (time(12), "night", time(12)),
    ],
)  # fmt: skip
def test_part_of_the_day_tells_the_half(clock: time, part: str, meant: time) -> None:
    assert in_part(clock, part) == meant
