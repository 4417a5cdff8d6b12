"""Names, attributes and sentences that try to be more than data."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.home import HomeDocument
from contracts.query import QueryStatus

NAMES = [
    "{name}", "[the] lamp", "(a|b)", "<light>", "{{ states('lock.x') }}", "| | |", "lamp]", "}{", "<b>Lamp</b>",
    "Turn on all lights", "Is the lamp on?", "and", "the", "on", "which lights are on", "light.lamp", "x" * 500,
    "a b " * 120, "💡", "", "   ", "\u202eevil", "line\nbreak", "0", "100%", "everything", "here",
]  # fmt: skip
NOISE = [
    "", "   ", "?", "💡💡💡", "x" * 2000, "lorem ipsum " * 160, "is the " * 280, "lights on off " * 140, "🛋️" * 900,
    "\x00\x01", "{area} [is] (the|a) <name>", "is is is is", "and or and or", "not not not", "above below 20 30",
]  # fmt: skip
STATUSES = set(QueryStatus)


Make = Callable[[HomeDocument], Any]


def _lamps(names: list[str]) -> HomeDocument:
    entities = [
        {"entity_id": f"light.lamp_{at}", "name": name, "area_id": "room", "state": "on"}
        for at, name in enumerate(names)
    ]
    return HomeDocument.model_validate({"areas": [{"area_id": "room", "name": names[0]}], "entities": entities})


def test_hostile_names_leave_the_grammar_whole(make_home: Make) -> None:
    home = make_home(_lamps(NAMES))
    got = home.ask("how many lights are on")
    assert got.result is not None
    assert got.result.value == len(NAMES)
    assert "\n" not in got.text
    assert "\u202e" not in got.text


@pytest.mark.parametrize("name", [each for each in NAMES if len(each) < 60 and each.strip(" |{}[]()<>💡")])
def test_hostile_name_is_found_or_refused_but_never_obeyed(make_home: Make, name: str) -> None:
    got = make_home(_lamps([name, "Other lamp"])).ask(f"is the {name} on?")
    assert got.status in STATUSES
    if got.status is QueryStatus.ANSWERED and got.result is not None:
        assert set(got.entities) <= {"light.lamp_0", "light.lamp_1"}


@pytest.mark.parametrize("sentence", NOISE)
def test_noise_is_not_understood(house: Any, sentence: str) -> None:
    got = house.ask(sentence)
    assert got.status in {QueryStatus.NOT_UNDERSTOOD, QueryStatus.REFUSED, QueryStatus.SUGGESTED}
    assert got.result is None
    assert not got.actions


@given(st.text(max_size=200))
@settings(max_examples=150, deadline=None)
def test_any_text_gets_an_answer(house: Any, sentence: str) -> None:
    assert house.ask(sentence).text


WORDS = st.sampled_from(
    [
        "is",
        "are",
        "the",
        "which",
        "what",
        "how",
        "many",
        "lights",
        "light",
        "window",
        "windows",
        "open",
        "on",
        "off",
        "in",
        "kitchen",
        "bedroom",
        "upstairs",
        "locked",
        "door",
        "temperature",
        "warm",
        "warmer",
        "than",
        "any",
        "all",
        "not",
        "who",
        "home",
        "anyone",
        "where",
        "battery",
        "low",
        "below",
        "20",
        "above",
        "and",
        "front",
        "lamp",
        "it",
        "here",
        "everything",
        "status",
        "of",
        "highest",
        "average",
        "set",
        "to",
        "playing",
        "blinds",
        "closed",
        "room",
        "rooms",
        "have",
    ]
)


@given(st.lists(WORDS, min_size=1, max_size=12), st.booleans(), st.sampled_from([None, "bedroom", "nowhere"]))
@settings(max_examples=400, deadline=None)
def test_any_order_of_words_gets_an_answer_about_the_home(
    house: Any, said: list[str], asked: bool, area: str | None
) -> None:
    got = house.ask(" ".join(said) + ("?" if asked else ""), area)
    assert got.status in STATUSES
    assert got.text
    assert set(got.entities) <= set(house.snapshot.registry.entities)


@given(st.lists(st.text(max_size=40), min_size=1, max_size=5))
@settings(max_examples=60, deadline=None)
def test_any_names_leave_the_grammar_whole(make_home: Make, names: list[str]) -> None:
    got = make_home(_lamps(names)).ask("which lights are on")
    assert got.result is not None
    assert got.result.value == [f"light.lamp_{at}" for at in range(len(names))]
