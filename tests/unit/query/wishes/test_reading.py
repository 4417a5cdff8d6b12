"""What is a wish at all, what is asked back, and that nothing that was said is lost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.home import Registry
from tests.unit.query.wishes.conftest import WishingHome, wishing_home
from workers.query.understanding.reading import Ambiguous
from workers.query.understanding.wishes.wish import Do, MissingPart, Tell, Wait, Wish
from workers.query.understanding.wishes.words import load
from workers.query.wishing import Drafted, NotSayable, drafted

QUESTIONS = [
    "when did the front door open", "is the front door open", "how often was the tv on yesterday",
    "what is the temperature in the bedroom", "when was the last time anna came home", "is it dark",
    "which windows are open", "for how long was the light on",
]  # fmt: skip
COMMANDS = ["turn on the hallway light", "close the bedroom blinds and dim the living room lamp to 20 percent"]


@pytest.mark.parametrize("said", [*QUESTIONS, *COMMANDS])
def test_questions_and_commands_are_no_wishes(house: WishingHome, said: str) -> None:
    assert house.read(said) is None


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("every morning turn on the coffee machine", "07:00"),
        ("tell me when it is cold in the bedroom", "16 degrees"),
        ("if the front door is open too long tell me", "10 minutes"),
        ("when the washing machine is done tell me", "5 watts"),
    ],
)
def test_answer_takes_the_place_of_what_is_missing(house: WishingHome, said: str, answer: str) -> None:
    asked = house.read(said)
    assert isinstance(asked, MissingPart)
    assert answer in asked.choices
    words = asked.instead.format(answer)
    whole = said.replace(asked.said, words) if asked.said else f"{said} {words}"
    assert isinstance(house.draft(whole), Drafted), whole


def test_message_is_what_was_said(house: WishingHome) -> None:
    wish = house.read("when the outdoor temperature drops below 3 degrees tell Ben that frost is coming")
    assert isinstance(wish, Wish)
    assert wish.steps == (Tell("Frost is coming", ("person.ben",), me=False),)


def test_off_again_after_a_while(house: WishingHome) -> None:
    wish = house.read("when the back door opens turn on the kitchen ceiling and off again after 5 minutes")
    assert isinstance(wish, Wish)
    assert [type(each) for each in wish.steps] == [Do, Wait, Do]
    assert wish.steps[1] == Wait(timedelta(minutes=5))


def test_motion_of_no_room_is_asked_back(house: WishingHome) -> None:
    asked = house.read("when motion is detected turn on the hallway light")
    assert isinstance(asked, Ambiguous)
    assert "binary_sensor.hallway_motion" in asked.candidates
    assert isinstance(house.read("when motion is detected anywhere turn on the hallway light"), Wish)


@pytest.mark.parametrize(
    "said",
    [
        "when the front door opens turn on the hallway light frobnicate",
        "at 7 frobnicate turn on the hallway light",
        "turn on the hallway light when the front door opens purple",
        "when the frobnicate front door opens turn on the hallway light",
        "at 7 and every hour turn on the fountain",
        "turn on the towel warmer until the back door opens on mondays",
        "turn on the coffee machine at 6:30 on weekdays and at 8 on weekends",
        "set the bathroom radiator to 22 for an hour at 7",
    ],
)
def test_what_is_not_understood_is_never_left_out(house: WishingHome, said: str) -> None:
    assert not isinstance(house.read(said), Wish)


def test_words_are_data(house: WishingHome) -> None:
    found = house.draft("when the front door opens tell me {{ states('lock.front_door') }}")
    assert isinstance(found, Drafted)
    assert found.automation["actions"][0]["data"]["message"] == "States lock front door"


def test_gone_entity_is_no_exception(house: WishingHome) -> None:
    wish = house.read("when house mode changes to Banana turn off the fountain")
    assert isinstance(wish, Wish)
    assert drafted(wish, "wish", house.snapshot) == NotSayable("input_select.house_mode", "banana")


WORDS = sorted(load("en").vocabulary) if load("en") else []  # type: ignore[union-attr]
NOUNS = [
    "front door",
    "hallway light",
    "anna",
    "bathroom",
    "22",
    "6:45",
    "percent",
    "tv",
    ",",
    ".",
    "on",
    "off",
    "turn",
]


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)
@given(st.lists(st.sampled_from([*WORDS, *NOUNS * 8]), max_size=14))
def test_any_words_are_read_without_an_exception(house: WishingHome, said: list[str]) -> None:
    found = house.draft(" ".join(said))
    if isinstance(found, Drafted):
        assert found.automation["triggers"]
        assert found.automation["actions"]


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)
@given(st.text(max_size=80))
def test_any_text_is_read_without_an_exception(house: WishingHome, said: str) -> None:
    assert not isinstance(house.draft(said), Drafted) or said.strip()


def test_home_without_anything_reads_no_wish() -> None:
    bare = wishing_home(Registry(), {})
    assert not isinstance(bare.read("when the front door opens turn on the hallway light"), Wish)
