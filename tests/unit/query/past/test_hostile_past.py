"""Words of time in any order get an answer, and only about the home."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.query import QueryStatus
from tests.unit.query.past.past_home import at

SAID = """
when was is did how long often times last first since yesterday today night morning at 7 30 pm between 8 and 10 to
from until before after on monday 31 february 2026 in the hour hours 3 ago a week minutes half past noon midnight
opened closed open turn turned off light lights bathroom kitchen front door windows which many warm cold get it
temperature average minimum highest above below 18 degrees nobody anyone home anna come leave somebody who energy
than warmer colder more longer i we gone was range while since after peak which door light on
used use much been has have what were all not locked while who left whole total got always away 99999 0 @clock 25:61
"""
WORDS = st.sampled_from(SAID.split())


@given(st.lists(WORDS, min_size=1, max_size=14))
@settings(max_examples=500, deadline=None)
def test_any_order_of_words_gets_an_answer(past_home: Any, said: list[str]) -> None:
    got = past_home.ask(" ".join(said), at("2026-10-25T15:30"))
    assert got.text
    assert got.status in QueryStatus
    assert set(got.entities) <= set(past_home.snapshot.registry.entities)
    assert got.result is None or set(got.result.entities) <= set(past_home.snapshot.registry.entities)


@given(st.lists(WORDS, min_size=1, max_size=8), st.floats(0, 4e9))
@settings(max_examples=300, deadline=None)
def test_any_now_will_do(past_home: Any, said: list[str], now: float) -> None:
    assert past_home.ask("how long was the bathroom light on " + " ".join(said), now).text
