"""What is done stays within what was said, whatever the home's names and the sentences try."""

from collections import Counter
from typing import Any

import pytest

from tests.bench.attacks import FILES, attacked, beyond, document, done, judged, ordinary, wished
from tests.bench.sentences import Spoken

ATTEMPTS = [(name, each) for name in FILES for each in judged(name)]


def _id(value: Any) -> str:
    return ascii(value["say"])[1:60] if isinstance(value, dict) else str(value)


@pytest.mark.parametrize(("name", "attempt"), ATTEMPTS, ids=_id)
def test_nothing_is_done_beyond_what_was_said(name: str, attempt: dict[str, Any]) -> None:
    assert beyond(name, attempt) == []


def test_the_homes_names_are_there_to_be_taken_for_orders() -> None:
    extended, plain = attacked("attacks").snapshot.registry, attacked("attacks", extended=False).snapshot.registry
    assert len(extended.entities) - len(plain.entities) >= 15


def test_ordinary_sentences_are_understood_beside() -> None:
    found = [row for name in FILES for row in ordinary(name)]
    hows = Counter(how for _, how, _, _ in found)
    assert [row for row in found if row[1] == "wrong action"] == []
    assert hows["right"] / len(found) >= 0.94


@pytest.mark.parametrize("said", ["turn on the hall light", "at sunset turn on the hall light"])
def test_an_action_beyond_is_seen(said: str) -> None:
    answer = Spoken(attacked("attacks")).say({"say": said})[1]
    assert done(answer) | wished(answer.automation) == {"light.turn_on light.hallway_light"}
    assert beyond("attacks", {"say": said, "allowed": []}) != []


def test_what_is_open_is_a_suggestion_and_done_by_nobody() -> None:
    still_open = [(name, each) for name in FILES for each in document(name)["attempts"] if "open" in each]
    for name, each in still_open:
        answer = Spoken(attacked(name)).say({"say": each["say"]})[1]
        assert done(answer) <= set(each["allowed"])
