"""The words of a language stand for things that the tables know."""

import pytest

from workers.query.meanings.kinds import GENERIC, KINDS
from workers.query.meanings.measures import ATTRIBUTES, MEASURES
from workers.query.meanings.states import ACTIVE, MEANINGS, OPPOSITES, TESTS
from workers.query.understanding import lexicon
from workers.query.understanding.lexicon import Role
from workers.query.understanding.reading import Extreme

LANGUAGES = lexicon.languages()
STATES = {*TESTS, *OPPOSITES, *MEANINGS, "low", "full", "heating", "cooling", "dark", "light_outside", "vacant"}


def _keys(language: str, role: Role) -> set[str]:
    phrases = lexicon.load(language).phrases
    return {word.key for words in phrases.values() for word in words if word.role is role}


def test_english_is_there() -> None:
    assert "en" in LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_means_something_that_the_tables_know(language: str) -> None:
    assert _keys(language, Role.KIND) | _keys(language, Role.EVENT) <= set(KINDS)
    assert _keys(language, Role.MEASURE) <= set(MEASURES)
    assert _keys(language, Role.ATTRIBUTE) <= {*ATTRIBUTES, "options"}
    assert _keys(language, Role.STATE) <= STATES
    assert _keys(language, Role.SUPERLATIVE) <= set(Extreme)
    assert _keys(language, Role.COMPARISON) == {"above", "below", "at_least", "at_most"}


def test_tables_know_each_other() -> None:
    assert set(GENERIC.values()) <= set(KINDS)
    assert set(GENERIC) <= STATES
    assert set(OPPOSITES.values()) <= {*TESTS, "low"}
    assert ACTIVE <= STATES


def test_a_template_gives_all_its_phrases() -> None:
    assert lexicon.expand(["[the] (red|blue) lamp[s]"]) == [
        "the red lamps", "the red lamp", "the blue lamps", "the blue lamp", "red lamps", "red lamp", "blue lamps",
        "blue lamp",
    ]  # fmt: skip
