"""The words of a language for wishes, from `sentences/wishes/<language>.yaml`. The same for every home."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from workers.query.understanding.lexicon import LOADER, expand, folder

_PLAIN = frozenset({"said", "numbers", "instead", "windows", "usual", "limits", "language"})


@dataclass(frozen=True)
class WishWords:
    """The words for wishes of one language."""

    keyed: Mapping[str, Mapping[str, tuple[str, ...]]]
    """A section with keys: each phrase with the keys that it stands for, in the order of the file."""
    listed: Mapping[str, frozenset[str]]
    """A section without keys: its phrases."""
    said: Mapping[str, str]
    """Single phrases of ours, by their key."""
    numbers: Mapping[str, int]
    instead: Mapping[str, str]
    """How an answer is put into the sentence; `{}` is the answer."""
    windows: Mapping[str, tuple[int, int]]
    """From and to which hour a part of the day lasts."""
    limits: Mapping[str, tuple[str, ...]]
    """Limits that are usual for a measure."""
    usual: Mapping[str, tuple[str, ...]]
    """Times that are usual in a part of the day."""
    longest: int
    """Words of the longest phrase."""
    lengths: Mapping[str, Mapping[str, int]]
    """For each section, a word to how many words its longest phrase has that begins so."""
    vocabulary: frozenset[str]
    """Every single word of them: none of them is a typo."""

    def is_one(self, section: str, phrase: str) -> bool:
        """Whether a phrase is in a section without keys."""
        return phrase in self.listed[section]

    def reach(self, section: str, words: Sequence[str], at: int) -> int:
        """How many words a phrase of a section may have that begins at a place; 0 where none does."""
        return min(self.lengths[section].get(words[at], 0), len(words) - at) if at < len(words) else 0

    def keys(self, section: str, phrase: str) -> tuple[str, ...]:
        """What a phrase stands for in a section with keys."""
        return self.keyed[section].get(phrase, ())


@cache
def load(language: str) -> WishWords | None:
    """The words of a language; None where it has none for wishes."""
    file = folder() / "wishes" / f"{language}.yaml"
    if not file.is_file():
        return None
    data = yaml.load(file.read_text("utf-8"), Loader=LOADER)  # noqa: S506 (a safe one)
    sections = {key: each for key, each in data.items() if key not in _PLAIN}
    keyed = {key: _keyed(each) for key, each in sections.items() if isinstance(each, dict)}
    listed = {key: frozenset(expand(each)) for key, each in sections.items() if isinstance(each, list)}
    phrases = [phrase for section in (*keyed.values(), *listed.values()) for phrase in section] + list(data["numbers"])
    return WishWords(
        keyed=keyed, listed=listed, said=data["said"], numbers=data["numbers"], instead=data["instead"],
        windows={key: (hours[0], hours[1]) for key, hours in data["windows"].items()},
        limits={key: tuple(each) for key, each in data["limits"].items()},
        usual={key: tuple(each) for key, each in data["usual"].items()},
        longest=max(len(each.split()) for each in phrases),
        lengths={key: _lengths(section) for key, section in (*keyed.items(), *listed.items())},
        vocabulary=frozenset(word for each in phrases for word in each.split()),
    )  # fmt: skip


def _lengths(phrases: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for words in (phrase.split() for phrase in phrases):
        found[words[0]] = max(found.get(words[0], 0), len(words))
    return found


def _keyed(section: Mapping[Any, list[str]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for key, templates in section.items():
        for phrase in expand(templates):
            if str(key) not in found.get(phrase, ()):
                found[phrase] = (*found.get(phrase, ()), str(key))
    return found
