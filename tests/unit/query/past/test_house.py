"""What people would ask the home of `house.json` about its past: which things, which time, and what is recalled."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.unit.query.past.past_home import at
from workers.query.past.calendar import interval_of
from workers.query.past.question import PastQuestion

ZONE = "Europe/Amsterdam"
NOW = at("2026-07-15T12:00", ZONE)
"""A Wednesday."""
NIGHT, TODAY, YESTERDAY = "07-14 18:00 07-15 08:00", "07-15 00:00 07-15 12:00", "07-14 00:00 07-15 00:00"
MORNING, LAST_WEEK = "07-15 06:00 07-15 12:00", "07-06 00:00 07-13 00:00"

ASKED = [
    # asked; what is recalled, the state or measure, of what, of which time
    ("when did the washing machine finish", "last", "stopped", "switch.washing_machine", ""),
    ("when did Ben get home yesterday", "last", "home", "person.ben", YESTERDAY),
    ("when did Anna leave this morning", "last", "away", "person.anna", MORNING),
    ("when did Anna come home on Friday", "last", "home", "person.anna", "07-10 00:00 07-11 00:00"),
    ("what time did the alarm get armed last night", "last", "armed", "alarm_control_panel.house_alarm", NIGHT),
    ("when was Rosie last cleaning", "last", "cleaning", "vacuum.rosie", ""),
    ("when was the last time somebody was in the bathroom", "last", "detected", "binary_sensor.bathroom_motion", ""),
    ("when did the bedroom window last get opened", "last", "open", "binary_sensor.bedroom_window", ""),
    ("when did the washing machine leak start", "last", "detected", "binary_sensor.washing_machine_leak", ""),
    ("when was it last below zero outside", "last", "", "sensor.outdoor_temperature", ""),
    ("how long did the coffee machine run this morning", "duration", "running", "switch.coffee_machine", MORNING),
    ("how long did Rosie clean today", "duration", "cleaning", "vacuum.rosie", TODAY),
    ("for how many hours was the TV on yesterday", "duration", "on", "media_player.living_room_tv", YESTERDAY),
    ("how long was the heating off in the bedroom last week", "duration", "off", "climate.bedroom_radiator", LAST_WEEK),
    ("how long was the back door open between noon and three yesterday", "duration", "open",
     "binary_sensor.back_door", "07-14 12:00 07-14 15:00"),
    ("how long was the back door open from 10 to 2 yesterday", "duration", "open", "binary_sensor.back_door",
     "07-14 10:00 07-14 14:00"),
    ("how long was the TV on between 22:00 and 6:00", "duration", "on", "media_player.living_room_tv",
     "07-14 22:00 07-15 06:00"),
    ("for how long was nobody home yesterday", "duration", "home", "person.anna person.ben", YESTERDAY),
    ("how long has Ben been gone", "held", "away", "person.ben", ""),
    ("since when has the coffee machine been on", "since", "on", "switch.coffee_machine", ""),
    ("how many times did the back door open this week", "often", "open", "binary_sensor.back_door",
     "07-13 00:00 07-15 12:00"),
    ("how many times was there motion in the garage last night", "often", "detected", "binary_sensor.garage_motion",
     NIGHT),
    ("how often did the back door open between 6 and 10 pm yesterday", "often", "open", "binary_sensor.back_door",
     "07-14 18:00 07-14 22:00"),
    ("did I leave the garage door open last night", "so", "open", "cover.garage_door", NIGHT),
    ("did anybody leave the back door unlocked yesterday", "so", "unlocked", "lock.back_door", YESTERDAY),
    ("has anyone been in the garage today", "so", "detected", "binary_sensor.garage_motion", TODAY),
    ("did the washing machine run on Sunday", "so", "running", "switch.washing_machine", "07-12 00:00 07-13 00:00"),
    ("was the washing machine already running at 8 pm", "so", "running", "switch.washing_machine",
     "07-14 20:00 07-14 20:00"),
    ("was the garage door still open at 3 am", "so", "open", "cover.garage_door", "07-15 03:00 07-15 03:00"),
    ("was Ben home on Saturday evening", "so", "home", "person.ben", "07-11 18:00 07-12 00:00"),
    ("did the bedroom get warmer than 25 degrees yesterday", "so", "", "sensor.bedroom_temperature", YESTERDAY),
    ("did it ever get above 35 degrees in the bathroom this month", "so", "", "sensor.bathroom_temperature",
     "07-01 00:00 07-15 12:00"),
    ("what was the humidity in the bathroom at 8 this morning", "so", "", "sensor.bathroom_humidity",
     "07-15 08:00 07-15 08:00"),
    ("how warm was the bathroom at noon yesterday", "so", "", "sensor.bathroom_temperature",
     "07-14 12:00 07-14 12:00"),
    ("what was the coldest it got outside last night", "lowest", "", "sensor.outdoor_temperature", NIGHT),
    ("how hot did the bathroom get yesterday", "highest", "", "sensor.bathroom_temperature", YESTERDAY),
    ("what was the peak power today", "highest", "", "sensor.house_power", TODAY),
    ("what was the average humidity in the living room over the last 24 hours", "average", "",
     "sensor.living_room_humidity", "07-14 12:00 07-15 12:00"),
    ("how much energy did we use last week", "used", "", "sensor.house_energy", LAST_WEEK),
    ("what was the total energy consumption yesterday", "used", "", "sensor.house_energy", YESTERDAY),
    ("who opened the garage door last night", "who", "open", "cover.garage_door", NIGHT),
    ("who turned off the towel warmer", "who", "off", "switch.towel_warmer", ""),
    ("who unlocked the back door yesterday", "who", "unlocked", "lock.back_door", YESTERDAY),
    ("what turned on the hallway light", "who", "on", "light.hallway_light", ""),
    ("by whom was the back door opened yesterday", "who", "open", "binary_sensor.back_door", YESTERDAY),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "recall", "state", "ids", "time"), ASKED, ids=[each[0] for each in ASKED])
def test_sentence_is_read_as_people_mean_it(
    house: Any, sentence: str, recall: str, state: str, ids: str, time: str
) -> None:
    read = house.understanding.read(sentence)
    assert isinstance(read, PastQuestion), read
    assert (read.recall, read.about.predicate.state or "") == (recall, state)
    assert {*read.about.subject.entities} == {*ids.split()}
    assert _said(read) == time


DURING = [
    ("how long was the desk lamp on while Ben was away yesterday", "away", "person.ben"),
    ("were any windows open while nobody was home", "home", "person.anna person.ben"),
    ("how often did the back door open when nobody was home this week", "home", "person.anna person.ben"),
    ("was the back door closed while we were away", "home", "person.anna person.ben"),
    ("was the heating in the bathroom on while the bathroom window was open yesterday", "open",
     "binary_sensor.bathroom_window"),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "state", "ids"), DURING, ids=[each[0] for each in DURING])
def test_what_had_to_be_so_is_read_beside(house: Any, sentence: str, state: str, ids: str) -> None:
    read = house.understanding.read(sentence)
    assert isinstance(read, PastQuestion), read
    assert read.during is not None
    assert (read.during.predicate.state, {*read.during.subject.entities}) == (state, {*ids.split()})


def _said(read: PastQuestion) -> str:
    zone = ZoneInfo(ZONE)
    found = interval_of(read.period, NOW, zone) if read.period else None
    ends = (found.since, found.until) if found else ()
    return " ".join(datetime.fromtimestamp(each, zone).strftime("%m-%d %H:%M") for each in ends)
