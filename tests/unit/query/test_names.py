"""Names: what words are compared by, and which name wins."""

import pytest

from shared.home import Area, Entity, Registry
from shared.spelling import distance
from workers.query.understanding import lexicon
from workers.query.understanding.names import Names
from workers.query.understanding.spelling import Speller
from workers.query.understanding.tokens import Token, fold, plain, singular, tokens, words


def _names(*names: str, area: str | None = None) -> Names:
    areas = {"area": Area("area", area)} if area else {}
    entities = {
        f"light.l{at}": Entity(f"light.l{at}", name, area_id="area" if area else None) for at, name in enumerate(names)
    }
    return Names(Registry(areas=areas, entities=entities), lexicon.load("en"))


def _found(names: Names, text: str) -> tuple[str, ...]:
    found = names.find(tokens(text))
    return tuple(names.registry.entities[each].name for each in found.entities) if found else ()


@pytest.mark.parametrize(
    ("one", "other"), [("Küche", "kuche"), ("Kueche", "Küche"), ("Straße", "strasse"), ("Café", "cafe"), ("Åse", "ase")]
)
def test_accents_say_nothing(one: str, other: str) -> None:
    assert fold(plain(words(one)[0])) == fold(plain(words(other)[0]))


@pytest.mark.parametrize("text", ["kid's room", "kids\u2019 room", "Kids Room", "KIDS ROOM!", "kids-room"])
def test_case_apostrophes_and_punctuation_say_nothing(text: str) -> None:
    assert [singular(each) for each in words(text)] == ["kid", "room"]


def test_numbers_and_signs_are_tokens() -> None:
    assert [each.plain for each in tokens("above 20.5% or 21,5°?")] == [
        "above",
        "20.5",
        "percent",
        "or",
        "21,5",
        "degrees",
    ]
    assert Token("21,5", "21,5").number == 21.5


def test_exact_name_wins_over_the_one_without_accents_and_over_the_plural() -> None:
    names = _names("Blau", "Bläu", "Lampe", "Lampes")
    assert _found(names, "blau") == ("Blau",)
    assert _found(names, "bläu") == ("Bläu",)
    assert _found(names, "blaeu") == ("Blau", "Bläu")
    assert _found(names, "lampes") == ("Lampes",)


def test_words_may_be_joined_or_apart() -> None:
    names = _names("Living room spot", "Nightlight")
    assert _found(names, "livingroom spot") == ("Living room spot",)
    assert _found(names, "night light") == ("Nightlight",)


def test_name_is_found_without_its_area_but_less_surely() -> None:
    names = _names("Office desk spot", area="Office")
    found = names.find(tokens("desk spot"))
    assert found is not None
    assert (found.entities, found.cost > 0) == (("light.l0",), True)


def test_a_word_of_the_language_alone_is_no_short_name() -> None:
    assert _names("Office light", area="Office").find(tokens("light")) is None


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [("lamp", "lapm", 1), ("kitchen", "kichen", 1), ("bedroom", "bedrom", 1), ("lamp", "lime", 2), ("abc", "abc", 0)],
)
def test_distance_counts_a_swap_as_one(one: str, other: str, apart: int) -> None:
    assert distance(one, other, 3) == apart


def test_typo_is_corrected_only_where_one_word_is_nearest() -> None:
    speller = Speller(["kitchen", "bedroom", "bathroom", "lamp", "ramp"])
    assert speller.correct("kichen") == "kitchen"
    assert speller.correct("batroom") == "bathroom"
    assert speller.correct("damp") is None
    assert speller.correct("lap") is None
    assert speller.correct("kitshin") is None


def test_nearest_names_come_best_first() -> None:
    names = _names("Kitchen ceiling", "Kitchen counter", "Office printer")
    assert names.nearest("kitchen countertop")[0] == "Kitchen counter"
    assert names.nearest("zzz") == ()
