"""Which other language a sentence is in, told only where that is sure."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from contracts.home import HomeDocument
from shared.home import Registry
from workers.query.understanding import lexicon
from workers.query.understanding.languages import SOME_OTHER, Languages, OtherLanguage, load
from workers.query.understanding.tokens import plain, tokens

HERE = Path(__file__).parent
SENTENCES = {
    "German": [
        "schalte das Licht in der Küche an", "ist das Fenster offen?", "wie warm ist es im Keller?",
        "mach bitte die Lampe aus", "wenn ich nach Hause komme, mach das Licht an", "wer ist zu Hause?",
    ],
    "French": [
        "allume la lumière de la cuisine", "est-ce que la fenêtre est ouverte ?", "éteins toutes les lampes",
        "quelle est la température du salon ?", "ferme les volets s'il te plaît",
    ],
    "Spanish": [
        "enciende la luz de la cocina", "¿está abierta la ventana?", "apaga todas las luces",
        "¿qué temperatura hay en el salón?", "cierra la puerta del garaje",
    ],
    "Italian": [
        "accendi la luce della cucina", "la finestra è aperta?", "quanti gradi ci sono nel soggiorno?",
        "spegni tutte le luci", "chiudi la porta del garage per favore",
    ],
    "Dutch": [
        "doe het licht in de keuken aan", "staat het raam open?", "hoe warm is het in de woonkamer?",
        "zet alle lampen uit", "sluit de garagedeur alsjeblieft",
    ],
    "Portuguese": [
        "acenda a luz da cozinha", "a janela está aberta?", "qual é a temperatura da sala?",
        "apague todas as luzes", "feche a porta da garagem",
    ],
    "Polish": [
        "włącz światło w kuchni", "czy okno jest otwarte?", "jaka jest temperatura w salonie?",
        "wyłącz wszystkie światła", "kto jest w domu?",
    ],
    "Swedish": [
        "tänd lampan i köket", "är alla fönster öppna?", "hur varmt är det i vardagsrummet?", "släck alla lampor",
        "stäng garageporten nu snälla",
    ],
    SOME_OTHER: ["включи свет на кухне", "キッチンの電気をつけて", "打开厨房的灯", "أشعل ضوء المطبخ", "άναψε το φως"],
}  # fmt: skip
UNSURE = [
    "", "?", "💡", "42", "lamp", "das", "die die die", "blargh foo", "is open", "do as a no", "was in of is",
    "turn on the lamp in der Küche", "is the Deckenlampe in der Küche on", "no favor", "hotel das", "per come i",
]  # fmt: skip


def languages(home: str) -> Languages:
    document = HomeDocument.model_validate(json.loads((HERE / "homes" / f"{home}.json").read_text("utf-8")))
    return Languages(Registry.from_document(document), lexicon.load("en").known)


@pytest.fixture(scope="module", params=["maple", "birch", "linden"])
def home(request: pytest.FixtureRequest) -> Languages:
    """Homes of which one has German names."""
    return languages(request.param)


def told(home: Languages, sentence: str) -> str | None:
    found = home.other(tokens(sentence, lexicon.load("en").contractions))
    return found.language if found else None


@pytest.mark.parametrize("language", SENTENCES)
def test_a_language_is_told_by_its_small_words(home: Languages, language: str) -> None:
    assert {each: told(home, each) for each in SENTENCES[language]} == dict.fromkeys(SENTENCES[language], language)


@pytest.mark.parametrize("sentence", UNSURE)
def test_what_is_not_sure_is_not_told(home: Languages, sentence: str) -> None:
    assert told(home, sentence) is None


def test_what_people_ask_in_english_is_never_another_language() -> None:
    entries = yaml.safe_load((HERE / "questions.yaml").read_text("utf-8"))
    found = list(_texts(entries))
    assert len(found) > 500
    for home in ("maple", "linden"):
        known = languages(home)
        assert {each for each in found if told(known, each)} <= {"wie warm ist es im Bad"}


def _texts(node: object) -> list[str]:
    if isinstance(node, str):
        return [node]
    inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return [text for each in inner for text in _texts(each)]


def test_names_of_the_home_say_nothing_of_the_language() -> None:
    lamp = {"entity_id": "light.a", "name": "Lampe an der Tür", "aliases": ["das Licht", "свет на кухне"]}
    document = HomeDocument.model_validate({"entities": [lamp]})
    home = Languages(Registry.from_document(document), frozenset({"is", "on"}))
    assert told(home, "an der das Tür") is None
    assert told(home, "свет на кухне") is None
    assert told(home, "mach bitte an der Tür das Licht aus") == "German"
    assert told(home, "dimm свет на кухне") is None


def test_the_words_are_small_and_each_language_has_some_forty() -> None:
    assert set(load()) == set(SENTENCES) - {SOME_OTHER}
    for language, words in load().items():
        assert 40 <= len(words) <= 80, language
        assert all(each == plain(each) and each.isalpha() and len(each) <= 12 for each in words), language


@given(st.text(max_size=300))
def test_any_text_gives_a_language_or_none(sentence: str) -> None:
    found = ANY.other(tokens(sentence))
    assert found is None or isinstance(found, OtherLanguage)


ANY = languages("linden")
