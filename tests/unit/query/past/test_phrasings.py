"""Thirty more ways to say it, written after the grammar was done; expected values are counted as in `test_sixty.py`."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.query import QueryStatus
from tests.unit.query.past.past_home import SlowPast, at, iso
from tests.unit.query.past.test_sixty import (
    ANNA,
    AUTUMN,
    BACK,
    BATH,
    BATH_WINDOW,
    BEDROOM_WINDOW,
    BEN,
    CEILING,
    COUNTER,
    ENERGY,
    FRIDGE,
    FRONT,
    GARAGE,
    HUMIDITY,
    LOCK,
    MOTION,
    OUTSIDE,
    TV,
    WARMTH,
    WASHER,
    Expected,
    between,
    last,
    night,
    on,
    one_place,
    state_at,
)

SATURDAY, SUNDAY, WEEK = on("2026-10-24"), on("2026-10-25"), between("2026-10-19T00:00", "2026-10-25T15:30")
LAST_WEEK, LAST_NIGHT = between("2026-10-12T00:00", "2026-10-19T00:00"), night("2026-10-24")
TV_ON = "on playing paused"


def _open_at_three(past: SlowPast) -> list[str]:
    return [
        each for each in (FRONT, BACK, FRIDGE, GARAGE) if past.state(each, at("2026-10-25T03:00")) in {"on", "open"}
    ]


PHRASINGS: list[tuple[str, Expected]] = [
    ("What time did Anna get home yesterday?", lambda p: last(p.became("home", ANNA, SATURDAY))),
    ("When's the last time the garage door was opened?", lambda p: last(p.became("open", GARAGE))),
    ("How long has it been since the fridge was opened?", lambda p: p.now - p.became("on", FRIDGE)[-1]),
    ("Was the washing machine running at 9 this morning?", lambda p: state_at(p, "2026-10-25T09:00", WASHER) == ["on"]),
    ("For how many minutes was the bathroom light on last night?", lambda p: p.seconds("on", LAST_NIGHT, BATH)),
    ("How many times did the front door open between noon and 6 pm yesterday?",
     lambda p: len(p.became("on", FRONT, between("2026-10-24T12:00", "2026-10-24T18:00")))),
    ("Has the back door been opened since 8 this morning?",
     lambda p: bool(p.became("on", BACK, between("2026-10-25T08:00", "2026-10-25T15:30")))),
    ("What was the coldest it got outside last night?", lambda p: min(p.numbers(OUTSIDE, LAST_NIGHT))),
    ("What was the highest humidity in the bathroom this week?", lambda p: max(p.numbers(HUMIDITY, WEEK))),
    ("How humid was the bathroom at 7:30 yesterday morning?",
     lambda p: float(state_at(p, "2026-10-24T07:30", HUMIDITY)[0] or "")),
    ("Did anyone leave the house after 22:00 yesterday?",
     lambda p: any(p.became("not_home Work", each, between("2026-10-24T22:00", "2026-10-25T00:00"))
                   for each in (ANNA, BEN))),
    ("Was the garage door closed at midnight?", lambda p: state_at(p, "2026-10-25T00:00", GARAGE) == ["closed"]),
    ("Which doors were open at 3 am?", _open_at_three),
    ("How many windows were opened yesterday?",
     lambda p: sum(bool(p.became("on", each, SATURDAY)) for each in (BEDROOM_WINDOW, BATH_WINDOW))),
    ("Tell me how long the TV was on yesterday evening",
     lambda p: p.seconds(TV_ON, between("2026-10-24T18:00", "2026-10-25T00:00"), TV)),
    ("Do you know when the kitchen counter light was last switched off?", lambda p: last(p.became("off", COUNTER))),
    ("Since what time has the bedroom window been closed?", lambda p: last(p.became("off", BEDROOM_WINDOW))),
    ("Was Ben at home on Friday at 6 in the evening?", lambda p: state_at(p, "2026-10-23T18:00", BEN) == ["home"]),
    ("How often did Ben come home last week?", lambda p: len(p.became("home", BEN, LAST_WEEK))),
    ("Has there been any motion in the kitchen in the last 2 hours?",
     lambda p: p.seconds("on", between("2026-10-25T13:30", "2026-10-25T15:30"), MOTION) > 0),
    ("Did the temperature in the bedroom ever drop below 10 degrees yesterday?",
     lambda p: min(p.numbers(WARMTH, SATURDAY)) < 10),
    ("How long did the washing machine run on Saturday?", lambda p: p.seconds("on", SATURDAY, WASHER)),
    ("when did the tv go off last night", lambda p: last(p.became("off", TV, LAST_NIGHT))),
    ("how warm was it in the bedroom on average last week",
     lambda p: one_place(sum(p.numbers(WARMTH, LAST_WEEK, 20)) / (7 * 1440))),
    ("How much energy was used this week?", lambda p: p.used(ENERGY, WEEK)),
    ("In the last 24 hours, how often was the fridge opened?",
     lambda p: len([each for each in p.became("on", FRIDGE) if each >= p.now - 86_400])),
    ("Was the front door unlocked overnight?", lambda p: p.seconds("unlocked", LAST_NIGHT, LOCK) > 0),
    ("who was home at 10 last night",
     lambda p: [each for each in (ANNA, BEN) if state_at(p, "2026-10-24T22:00", each) == ["home"]]),
    ("how long were both kitchen lights on yesterday",
     lambda p: p.seconds("on", SATURDAY, CEILING, COUNTER, every=True)),
    ("When was the first motion in the kitchen this morning?",
     lambda p: iso(p.became("on", MOTION, between("2026-10-25T06:00", "2026-10-25T12:00"))[0])),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "expected"), PHRASINGS, ids=[each[0] for each in PHRASINGS])
def test_other_words_ask_the_same(past_home: Any, events: Any, sentence: str, expected: Expected) -> None:
    got = past_home.ask(sentence, at(AUTUMN))
    assert got.status is QueryStatus.ANSWERED, got.text
    assert got.result.value == expected(SlowPast(events, at(AUTUMN), "Europe/Berlin")), got.text
