"""The same questions as in `test_terrace.py` in other words: polite, in another order, with typos."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.query.past.past_home import at

SAME = [
    # as it is said in test_terrace.py; other ways to say it
    ("when did the front door first open today",
     ["Could you tell me when the front door was first opened today, please?",
      "when was the front door opened for the first time today",
      "when was the first time the front door opened today"]),
    ("which door was opened last",
     ["what was the last door to be opened?", "Which was the last door that was opened?", "what door opened last",
      "whihc door was opened last", "please tell me which of the doors was opened last"]),
    ("which light was turned off last",
     ["which was the last light to be turned off", "what light was switched off last"]),
    ("when was a window last opened upstairs",
     ["when was the last time a window was opened upstairs", "last time a window was opened upstairs",
      "When was any upstairs window most recently opened?"]),
    ("in which room was there motion last",
     ["where was the last motion", "which room had the last motion", "where was motion last detected"]),
    ("when was there last motion in the basement",
     ["when was the last motion in the basement", "when did we last have motion in the basement"]),
    ("who came home first yesterday",
     ["which person came home first yesterday", "who was the first to come home yesterday"]),
    ("when did somebody come home first yesterday", ["when did the first person come home yesterday"]),
    ("highest power of the washing machine this week",
     ["maximun power of the washing machine this week", "What was the peak power of the washing machine this week?"]),
    ("what was the humidity range yesterday",
     ["what was the bathroom's humidity range yesterday", "what were the lowest and highest humidity yesterday",
      "yesterday what was the minimum and maximum humidity"]),
    ("average humidity in the bathroom yesterday",
     ["what was the avarage humidity in the bathroom yesteday", "how humid was the bathroom on average yesterday",
      "what was the bathroom humidity yesterday", "Mean humidity in the bathroom yesterday, please"]),
    ("when was it warmest outside yesterday",
     ["at what time was it hottest outside yesterday", "when was it warmst outside yesterday",
      "when was the temperature outside highest yesterday", "yesterday, when was the highest temperature outside?"]),
    ("when was the power of the house highest today",
     ["when did the house power peak today", "what time was the peak power today"]),
    ("was it colder outside yesterday than today",
     ["was yesterday colder outside than today", "was it clder outside yesterday than today",
      "Was it cooler outside yesterday than it was today?", "was it colder outside yesterday then today"]),
    ("was it warmer outside today than yesterday",
     ["is it warmer outside today than yesterday", "is it warmer outside than yesterday"]),
    ("did we use more power this week than last week",
     ["did we use more electricity this week than last week", "have we used more energy this week than last week",
      "was the energy consumption higher this week than last week"]),
    ("was the tv on longer yesterday than today", ["was the TV on for longer yesterday than today"]),
    ("was the front door opened more often yesterday than today",
     ["did the front door open more often yesterday than today",
      "was the front door opened more times yesterday than today"]),
    ("how much energy did the washing machine use this week",
     ["how much did the washing machine consume this week", "how much power has the washing machine used this week"]),
    ("did anyone open the front door while we were away",
     ["was the front door opened while we were out?", "while I was at work, was the front door opened?",
      "When I was gone, did anyone open the front door?", "was the front door opened whlie we were gone",
      "has anyone opened the front door while we were on holiday"]),
    ("how long was the tv on while I was gone",
     ["for how long was the TV on while I was out"]),
    ("how often was there motion in the hall since Anna left",
     ["since Anna left, how often was there motion in the hall?",
      "how offen was there motion in the hall since anna left home",
      "how many times was there motion in the hall after Anna left"]),
    ("was the front door opened since I left",
     ["has the front door been opened since we left?", "Did the front door open since I left the house?"]),
    ("which lights were on while we were gone", ["what lights were left on while we were out"]),
]  # fmt: skip
PAIRS = [(plain, other) for plain, others in SAME for other in others]


@pytest.mark.parametrize(("plain", "other"), PAIRS, ids=[other for _, other in PAIRS])
def test_other_words_are_read_alike(terrace: Any, plain: str, other: str) -> None:
    now = at("2026-10-25T15:30")
    asked, wanted = terrace.ask(other, now), terrace.ask(plain, now)
    assert wanted.result is not None, wanted.text
    assert asked.result == wanted.result, (asked.text, wanted.text)


def test_there_are_fifty_of_them() -> None:
    assert len(PAIRS) >= 50
