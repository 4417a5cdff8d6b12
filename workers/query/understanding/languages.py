"""In which other language a sentence seems to be: told by its small words where nobody could read it."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import yaml

from shared.home import Registry
from workers.query.understanding.lexicon import LOADER, folder
from workers.query.understanding.tokens import Token, plain, words

SOME_OTHER = "another language"
"""What a language in other letters than Latin ones is called: letters alone do not tell which it is."""
_SURE = 2
"""Words that it takes."""


@dataclass(frozen=True, slots=True)
class OtherLanguage:
    """A sentence that is in a language without words here. `language` is what English calls it, or `SOME_OTHER`."""

    language: str


@cache
def load() -> Mapping[str, frozenset[str]]:
    """The languages that can be told, each with its words, without accents."""
    data = yaml.load((folder() / "others" / "languages.yaml").read_text("utf-8"), Loader=LOADER)  # noqa: S506 (a safe one)
    return {language: frozenset(_plains(text)) for language, text in data.items()}


def _plains(text: str) -> list[str]:
    return [plain(each) for each in words(text)]


class Languages:
    """Tells in which language a sentence is that is not in English. `english` are the words that are."""

    def __init__(self, registry: Registry, english: Collection[str]) -> None:
        self._registry, self._english = registry, english

    def other(self, found: Sequence[Token]) -> OtherLanguage | None:
        """The language of a sentence; None where it may be English, or two others are as likely.

        Names of the home do not count, nor what they are made of: an English sentence may be full of German names.
        """
        said = {each.plain for each in found if each.plain.isalpha()} - self._names
        english = sum(each in self._english for each in said)
        if sum(_foreign(each) for each in said) > english:
            return OtherLanguage(SOME_OTHER)
        counts = {language: len(said & small) for language, small in load().items()}
        likely = {each: count for each, count in counts.items() if count >= _SURE and count > english}
        return _likeliest(said, likely)

    @cached_property
    def _names(self) -> frozenset[str]:
        """Every word that something of the home is called by."""
        home = self._registry
        texts = [text for each in home.entities.values() for text in (each.name, *each.aliases)]
        texts += [text for each in home.areas.values() for text in (each.name, *each.aliases)]
        texts += [text for each in home.floors.values() for text in (each.name, *each.aliases)]
        texts += [each.name for each in home.devices.values()]
        return frozenset(word for text in texts for word in _plains(text))


def _foreign(word: str) -> bool:
    return not any(unicodedata.name(letter, "").startswith("LATIN") for letter in word)


def _likeliest(said: Collection[str], likely: Mapping[str, int]) -> OtherLanguage | None:
    """The one with the most words; a word counts for less where several languages have it."""
    shared = Counter(word for small in load().values() for word in small)
    weights = {language: sum(1 / shared[word] for word in said if word in load()[language]) for language in likely}
    first, second = [*sorted(weights, key=lambda each: weights[each], reverse=True), None, None][:2]
    if first is None or (second is not None and weights[first] == weights[second]):
        return None
    return OtherLanguage(first)
