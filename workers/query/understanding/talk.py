"""What is said to a home that is no question and no order: smalltalk, praise and blame, what-ifs, and tricks.

A trick is a sentence that would have the rules set aside, or that orders to do what some text of the home says. It is
told by its words alone; names of the home that are said in it do not count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

import yaml

from shared.spelling import allowance, distance
from workers.query.understanding.lexicon import LOADER, expand, folder
from workers.query.understanding.names import Names
from workers.query.understanding.tokens import COMMA, STOP, Token

_NEAR = 7
"""Words between what is evaded and how."""
_LONGEST_NAME, _LONGEST_PHRASE = 12, 9
_CODE = re.compile(
    r"\{[{%]|[{\[]\s*\"|</?[a-z]+>|<!--|-->|/\*|\$\(|`|;\s*(drop|rm)\b|\bimport os\b|#{3,}", re.IGNORECASE
)
"""What no sentence has: templates, JSON, tags, shells."""


class Talk(StrEnum):
    """What it is."""

    SMALLTALK = "smalltalk"
    FEEDBACK = "feedback"
    WHAT_IF = "what_if"
    TRICK = "injection"


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence that is only talk. `key` is the sort of smalltalk or feedback: thanks, wrong."""

    talk: Talk
    key: str = ""


@dataclass(frozen=True)
class TalkWords:
    """The words of talk of one language."""

    whole: dict[str, Said]
    what_if: frozenset[tuple[str, ...]]
    evading: frozenset[str]
    evaded: frozenset[str]
    smuggled: frozenset[tuple[str, ...]]
    vocabulary: frozenset[str]


@cache
def load(language: str) -> TalkWords | None:
    """The words of a language; None where there are none."""
    file = folder() / "talk" / f"{language}.yaml"
    if not file.is_file():
        return None
    data = yaml.load(file.read_text("utf-8"), Loader=LOADER)  # noqa: S506 (a safe one)
    whole = {
        phrase: Said(talk, key)
        for talk in (Talk.FEEDBACK, Talk.SMALLTALK)
        for key, templates in data[talk.value].items()
        for phrase in expand(templates)
    }
    evading, evaded = frozenset(expand(data["evading"])), frozenset(expand(data["evaded"]))
    return TalkWords(
        whole=whole,
        what_if=_split(data["what_if"]),
        evading=evading,
        evaded=evaded,
        smuggled=_split(data["smuggled"]),
        vocabulary=frozenset(each for each in (*evading, *evaded) if len(each) > 5),  # noqa: PLR2004
    )


def _split(templates: Iterable[str]) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(phrase.split()) for phrase in expand(templates))


def _holds(words: Sequence[str], phrases: frozenset[tuple[str, ...]], starts: Iterable[int]) -> bool:
    """Whether one of some phrases starts at one of some places."""
    return any(tuple(words[at : at + length]) in phrases for at in starts for length in range(1, _LONGEST_PHRASE + 1))


class TalkReader:
    """Tells talk from what is to be read on."""

    def __init__(self, names: Names, words: TalkWords, fillers: frozenset[str]) -> None:
        self._names, self._words, self._fillers = names, words, fillers
        entities = names.registry.entities.values()
        named = (name for each in entities for name in (each.name, *each.aliases))
        self._odd = sorted((name.casefold() for name in named if _CODE.search(name)), key=len, reverse=True)

    def read(self, text: str, tokens: Sequence[Token]) -> Said | None:
        """What a sentence is, where it is talk alone, a what-if or a trick."""
        plains = self._without_names(tokens)
        if self._coded(text) or self._tricks(plains):
            return Said(Talk.TRICK)
        words = [each for each in plains if each]
        if _holds(words, self._words.what_if, range(3)):
            return Said(Talk.WHAT_IF)
        return self._talk([each.plain for each in tokens if each not in {COMMA, STOP}])

    def _coded(self, text: str) -> bool:
        """Whether there is code in a sentence that is no name of the home."""
        rest = text.casefold()
        for name in self._odd:
            rest = rest.replace(name, " ")
        return _CODE.search(rest) is not None

    def _talk(self, plains: list[str]) -> Said | None:
        found: Said | None = None
        at = 0
        while at < len(plains):
            end = next(
                (end for end in range(len(plains), at, -1) if " ".join(plains[at:end]) in self._words.whole), None
            )
            if end is not None:
                said = self._words.whole[" ".join(plains[at:end])]
                found = said if found is None or said.talk is Talk.FEEDBACK else found
                at = end
            elif plains[at] in self._fillers or (
                at == len(plains) - 1 and found is not None and self._stranger(plains[at])
            ):
                at += 1
            else:
                return None
        return found

    def _stranger(self, word: str) -> bool:
        """Whether a word is only what the home is called by: "well done, Maple"."""
        return self._names.find([Token(word, word)]) is None

    def _without_names(self, tokens: Sequence[Token]) -> list[str]:
        """The words, with those of long names of the home left empty: a name is never an order."""
        plains = ["" if each in {COMMA, STOP} else each.plain for each in tokens]
        at = 0
        while at < len(tokens):
            ahead = [each for each in tokens[at : at + _LONGEST_NAME] if each not in {COMMA, STOP}]
            begun = self._names.begins(ahead[:3])
            for end in range(min(at + _LONGEST_NAME, len(tokens)), at + 2, -1) if begun else ():
                part = [each for each in tokens[at:end] if each not in {COMMA, STOP}]
                if len(part) > 1 and self._names.find(part, loosely=False) is not None:
                    plains[at:end] = [""] * (end - at)
                    at = end - 1
                    break
            at += 1
        return plains

    def _tricks(self, plains: Sequence[str]) -> bool:
        words = [self._corrected(each) for each in plains if each]
        evading = [at for at, each in enumerate(words) if each in self._words.evading]
        evaded = [at for at, each in enumerate(words) if each in self._words.evaded]
        if any(abs(one - other) <= _NEAR for one in evading for other in evaded):
            return True
        return _holds(words, self._words.smuggled, range(len(words)))

    def _corrected(self, word: str) -> str:
        """A word with its typo mended, where it was meant to be one of those that evade."""
        if len(word) < 6 or word in self._words.vocabulary:  # noqa: PLR2004
            return word
        allowed = allowance(word)
        near = [each for each in self._words.vocabulary if distance(word, each, allowed) <= allowed]
        return near[0] if len(near) == 1 else word
