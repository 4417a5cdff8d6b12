"""Times that are named by what happened, which one it was, and two times compared: what is said where, and of what."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.query import QueryStatus
from shared.history import Event
from tests.unit.query.past.past_home import at, iso
from tests.unit.query.past.terrace import (
    ANNA,
    BACK,
    BED,
    BED_WINDOW,
    BEN,
    ENERGY,
    FRONT,
    HALL,
    HUMIDITY,
    KITCHEN,
    LIVING,
    OUTSIDE,
    SOFA,
)

NOW = at("2026-07-15T18:00")
DAY = at("2026-07-15T00:00")
HOUR = 3600


def today(hour: float, entity_id: str, state: str) -> Event:
    return Event(DAY + HOUR * hour, entity_id, state)


TWO_ABSENCES = [
    today(-5, ANNA, "home"), today(-5, BEN, "not_home"), today(-5, FRONT, "off"), today(8, ANNA, "not_home"),
    today(9, FRONT, "on"), today(9.5, FRONT, "off"), today(10, ANNA, "home"), today(13, ANNA, "Work"),
    today(17, ANNA, "home"), today(17.5, FRONT, "on"),
]  # fmt: skip


def test_own_absence_is_the_last_one_and_an_empty_house_is_every_one(terrace: Any) -> None:
    home = terrace.with_past(TWO_ABSENCES)
    mine = home.ask("how often was the front door opened while I was away today", NOW)
    assert (mine.result.value, mine.result.evidence.since, mine.result.evidence.until) == (
        0, iso(DAY + 13 * HOUR), iso(DAY + 17 * HOUR),
    ), mine.text  # fmt: skip
    assert "between today at 13:00 and today at 17:00 while none of Anna and Ben was at home" in mine.text
    assert home.ask("how often was the front door opened while nobody was home today", NOW).result.value == 1


def test_absence_that_began_days_ago_is_looked_at_from_its_beginning(terrace: Any) -> None:
    home = terrace.with_past([
        today(-200, ANNA, "home"), today(-200, BEN, "home"), today(-200, BED_WINDOW, "off"),
        today(-150, ANNA, "not_home"), today(-149, BEN, "not_home"), today(-100, BED_WINDOW, "on"),
        today(-99, BED_WINDOW, "off"), today(12, ANNA, "home"),
    ])  # fmt: skip
    got = home.ask("was any window opened while we were on holiday", NOW)
    assert (got.result.value, got.result.entities) == (True, [BED_WINDOW]), got.text
    assert got.result.evidence.until == iso(DAY + 12 * HOUR)


@pytest.mark.parametrize(
    "sentence",
    [
        "was the front door opened while we were away", "how long was the front door open while I was out today",
        "was the front door opened since we left", "how often was the front door opened since Anna left",
    ],
)  # fmt: skip
def test_of_an_absence_that_never_was_nothing_is_said(terrace: Any, sentence: str) -> None:
    home = terrace.with_past([today(-5, ANNA, "home"), today(-5, BEN, "home"), today(9, FRONT, "on")])
    got = home.ask(sentence, NOW)
    assert (got.status, got.result.value) == (QueryStatus.ANSWERED, None)
    assert got.text.startswith("I know of no time"), got.text
    assert got.result.evidence.since is not None


def test_of_people_who_were_never_recorded_nothing_is_said(terrace: Any) -> None:
    got = terrace.with_past([today(9, FRONT, "on")]).ask("was the front door opened while we were away", NOW)
    assert (got.result.value, got.result.evidence.since) == (None, None)
    assert got.text == "I can't tell: nothing was recorded of Anna and Ben."


def test_since_somebody_left_is_since_the_last_time(terrace: Any) -> None:
    home = terrace.with_past(TWO_ABSENCES)
    got = home.ask("how long was the front door open since Anna left", NOW)
    assert (got.result.value, got.result.evidence.since) == (HOUR // 2, iso(DAY + 13 * HOUR)), got.text
    assert home.ask("how often was the front door opened since Anna came home", NOW).result.value == 1


def test_readings_count_only_while_nobody_was_home(terrace: Any) -> None:
    home = terrace.with_past([
        *TWO_ABSENCES, today(-5, BED, "30"), today(8.5, BED, "20"), today(9, BED, "22"), today(10, BED, "40"),
        today(14, BED, "24"), today(17, BED, "50"),
    ])  # fmt: skip
    asked = "in the bedroom while nobody was home today"
    lengths = ((30, 0.5), (20, 0.5), (22, 1), (40, 1), (24, 3))
    mean = sum(value * hours for value, hours in lengths) / 6
    assert home.ask(f"what was the average temperature {asked}", NOW).result.value == round(mean, 2)
    assert home.ask(f"what was the lowest temperature {asked}", NOW).result.value == 20
    highest = home.ask(f"what was the highest temperature {asked}", NOW)
    assert (highest.result.value, highest.result.at) == (40, iso(DAY + 13 * HOUR)), highest.text


def test_average_while_nobody_was_home_where_somebody_always_was(terrace: Any) -> None:
    home = terrace.with_past([today(-5, ANNA, "home"), today(-5, BEN, "home"), today(-5, BED, "20")])
    got = home.ask("what was the average temperature in the bedroom while nobody was home today", NOW)
    assert (got.result.value, got.text[:17]) == (None, "I know of no time"), got.text


def test_which_one_was_last_names_only_that_one(terrace: Any) -> None:
    home = terrace.with_past([today(-5, SOFA, "off"), today(7, SOFA, "on"), today(-5, KITCHEN, "off"),
                              today(6, KITCHEN, "on"), today(9, KITCHEN, "off")])  # fmt: skip
    got = home.ask("which light was turned on last", NOW)
    assert (got.result.value, got.result.entities, got.result.at) == ([SOFA], [SOFA], iso(DAY + 7 * HOUR)), got.text
    assert "Sofa lamp was last turned on today at 07:00" in got.text
    first = home.ask("which light was turned on first today", NOW)
    assert first.result.value == [KITCHEN]


@pytest.mark.parametrize(
    ("events", "value"), [([], None), ([today(-40, BACK, "off"), today(-40, FRONT, "on")], [])], ids=["unknown", "none"]
)
def test_which_one_where_none_was(terrace: Any, events: list[Event], value: Any) -> None:
    got = terrace.with_past(events).ask("which door was opened first today", NOW)
    assert (got.status, got.result.value) == (QueryStatus.ANSWERED, value), got.text


def test_moment_of_an_extreme_is_told_with_its_reading(terrace: Any) -> None:
    home = terrace.with_past([today(-9, OUTSIDE, "10"), today(15, OUTSIDE, "31.5"), today(16, OUTSIDE, "12")])
    got = home.ask("when was it warmest outside today", NOW)
    assert (got.result.value, got.result.unit) == (iso(DAY + 15 * HOUR), None)
    assert "31.5 °C at its highest today, today at 15:00" in got.text


def test_range_has_both_ends(terrace: Any) -> None:
    home = terrace.with_past([today(-9, HUMIDITY, "40"), today(7, HUMIDITY, "81.5"), today(8, HUMIDITY, "52")])
    got = home.ask("what was the humidity range today", NOW)
    assert (got.result.value, got.result.unit) == ("40 to 81.5", "%")
    assert got.text == "Bathroom humidity was between 40 and 81.5 % today."


COLDER = [today(-20, OUTSIDE, "10"), today(0, OUTSIDE, "12"), today(9, OUTSIDE, "15")]


def test_comparison_tells_both_sides(terrace: Any) -> None:
    home = terrace.with_past(COLDER)
    got = home.ask("was it colder outside yesterday than today", NOW)
    assert got.result.value is True
    assert got.result.evidence.model_dump() == {
        "events": 3, "since": iso(DAY - 20 * HOUR), "until": iso(NOW),
    }  # fmt: skip
    assert got.text.startswith("Yes. Outdoor temperature was 10 °C on average yesterday")
    assert "13.5 °C on average today" in got.text
    by = home.ask("how much colder was it outside yesterday than today", NOW)
    assert (by.result.value, by.result.unit, by.text[:10]) == (3.5, "°C", "By 3.5 °C.")


@pytest.mark.parametrize("word", ["colder", "warmer"])
def test_equal_times_are_neither(terrace: Any, word: str) -> None:
    home = terrace.with_past([today(-200, OUTSIDE, "10")])
    assert home.ask(f"was it {word} outside yesterday than the day before yesterday", NOW).result.value is False


def test_comparison_with_what_is_not_known_is_none(terrace: Any) -> None:
    home = terrace.with_past([today(5, OUTSIDE, "10")])
    got = home.ask("was it colder outside yesterday than today", NOW)
    assert (got.status, got.result.value) == (QueryStatus.ANSWERED, None)
    assert got.text.startswith("I can't tell."), got.text


def test_comparison_of_meters_counts_what_they_counted(terrace: Any) -> None:
    home = terrace.with_past([today(-47, ENERGY, "5"), today(-24, ENERGY, "9"), today(-1, ENERGY, "0"),
                              today(0.5, ENERGY, "0.5"), today(9, ENERGY, "3")])  # fmt: skip
    for asked in (
        "was the house using more energy yesterday than today",
        "did we use more energy yesterday than today",
    ):
        got = home.ask(asked, NOW)
        assert got.result.value is False, got.text
    assert home.ask("how much less energy did we use yesterday than today", NOW).result.value == 3


def test_time_that_is_to_come_is_not_compared(terrace: Any) -> None:
    got = terrace.with_past(COLDER).ask("was it colder outside today at 7 than today at 23:00", NOW)
    assert got.status is QueryStatus.NOT_UNDERSTOOD


def test_one_of_several_thermometers_is_asked_back(terrace: Any) -> None:
    for sentence in ("how warm was it at noon", "was it colder yesterday than today", "how cold did it get"):
        got = terrace.with_past(COLDER).ask(sentence, NOW)
        assert got.status is QueryStatus.CLARIFICATION, got.text
        assert {each.entity_id for each in got.clarifications[0].options} == {OUTSIDE, BED, LIVING}


def test_average_of_several_at_a_moment(terrace: Any) -> None:
    home = terrace.with_past([today(3, BED, "18"), today(4, LIVING, "21"), today(11, LIVING, "25")])
    got = home.ask("what was the average temperature inside at 8:00", NOW)
    assert (got.result.value, got.result.unit, set(got.result.entities)) == (19.5, "°C", {BED, LIVING}), got.text


def test_records_that_end_during_an_absence(terrace: Any) -> None:
    end = today(14, HALL, "on")
    home = terrace.with_past([*TWO_ABSENCES[:8], end], ended=True)
    got = home.ask("how long was the front door open while we were away", NOW + 3 * 86_400)
    assert (got.result.value, got.result.evidence.until) == (0, iso(end.at)), got.text
    assert "Records end" in got.text
