"""Upstream's grammar, the last step of reading."""

from typing import Any

import pytest

from workers.query.understanding import lexicon
from workers.query.understanding.names import Names
from workers.query.understanding.reading import Ask, Question
from workers.query.understanding.subjects import Subjects
from workers.query.understanding.upstream import Upstream


@pytest.fixture
def upstream(house: Any) -> Upstream:
    registry, words = house.snapshot.registry, lexicon.load("en")
    return Upstream(Subjects(registry, Names(registry, words), words), "en")


@pytest.mark.parametrize(
    ("sentence", "ask", "entities"),
    [
        ("is the garage door closed", Ask.CHECK, ("cover.garage_door",)),
        ("which lights are on in the bedroom", Ask.WHICH, ("light.bedroom_lamp", "light.bedroom_ceiling")),
        ("how many fans are on on the first floor", Ask.COUNT, ("fan.bedroom_fan", "fan.bathroom_fan")),
        ("how's the garage door", Ask.STATE, ("cover.garage_door",)),
    ],
)
def test_question_is_read(upstream: Upstream, sentence: str, ask: Ask, entities: tuple[str, ...]) -> None:
    found = upstream.read(sentence)
    assert isinstance(found, Question)
    assert (found.ask, found.subject.entities) == (ask, entities)


@pytest.mark.parametrize("sentence", ["turn on the light", "is the lamp on", "banana", "is the window open " * 6])
def test_orders_ambiguous_names_and_long_texts_are_left_alone(upstream: Upstream, sentence: str) -> None:
    assert upstream.read(sentence) is None


def test_language_that_upstream_does_not_know_is_left_alone(house: Any) -> None:
    registry, words = house.snapshot.registry, lexicon.load("en")
    assert Upstream(Subjects(registry, Names(registry, words), words), "xx").read("is it on") is None
