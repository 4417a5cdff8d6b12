"""The words of a language for the past, from `sentences/past/<language>.yaml`. The same for every home."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from workers.query.understanding.lexicon import expand

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Phrases = Mapping[str, str]
"""A phrase to the key that it stands for."""


@dataclass(frozen=True)
class PastWords:
    """The words for the past of one language."""

    times: Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]]
    """The first word of a pattern to the patterns that begin with it: key and words."""
    slots: Mapping[str, Mapping[str, int | str]]
    """What numbers, units, weekdays, months and the like are called."""
    ordinal_ends: frozenset[str]
    keyed: Mapping[str, Phrases]
    """The sections that have keys: recalls, modifiers, verbs and the like."""
    listed: Mapping[str, frozenset[str]]
    """The sections that have none."""
    verbs: Mapping[str, tuple[str, ...]]
    """A verb to the states that it leads to, likeliest first."""
    said: Mapping[str, str]
    """Single phrases, by their key."""
    longest: int
    vocabulary: frozenset[str]
    """Every single word of them."""

    def is_one(self, section: str, phrase: str) -> bool:
        """Whether a phrase is in a section without keys."""
        return phrase in self.listed[section]


_KEYED = ("recalls", "modifiers", "superlatives", "tenses", "lasting", "doing", "comparatives", "whoever")
_LISTED = (
    "since", "mild", "oclock", "am", "pm", "half_past", "quarter_past", "quarter_to", "get", "uses", "did", "perfect",
    "base_forms", "markers", "dropped", "agents", "split", "switched", "happenings",
    "whole", "always", "while", "when", "nobody_home", "got", "how", "who", "left", "total",
    "away", "after", "left_home", "came_home", "openers", "than", "beside_than", "by_how_much", "which_last",
    "which_first", "to_be", "left_so",
)  # fmt: skip
_SAID = (
    "does",
    "there_is",
    "is_it",
    "is",
    "is_nobody_home",
    "is_somebody_home",
    "is_away",
    "did_somebody",
    "said_which",
    "somebody",
)


@cache
def load(language: str) -> PastWords | None:
    """The words of a language; None where it has none for the past."""
    file = files("workers.query.understanding") / "sentences" / "past" / f"{language}.yaml"
    if not file.is_file():
        return None
    data = yaml.load(file.read_text("utf-8"), Loader=_LOADER)  # noqa: S506 (a safe one)
    keyed = {each: _phrases(data[each]) for each in _KEYED}
    keyed["ends"] = {word: key for key, words in data["ends"].items() for word in words}
    keyed["flows"] = data["flows"]
    listed = {each: frozenset(expand(data[each])) for each in _LISTED}
    verbs = _verbs(data["verbs"])
    everything = (*(each for one in (*keyed.values(), *listed.values()) for each in one), *verbs)
    return PastWords(
        times=_patterns(data["times"]), slots=_slots(data), ordinal_ends=frozenset(data["ordinal_ends"]), keyed=keyed,
        listed=listed, verbs=verbs, said={each: data[each] for each in _SAID},
        longest=max(len(each.split()) for each in everything),
        vocabulary=frozenset(word for each in everything for word in each.split()),
    )  # fmt: skip


def _phrases(section: Mapping[str, Iterable[str]]) -> dict[str, str]:
    return {phrase: key for key, templates in section.items() for phrase in expand(templates)}


def _verbs(section: Mapping[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for state, templates in section.items():
        for phrase in expand(templates):
            found[phrase] = (*found.get(phrase, ()), state)
    return found


def _patterns(section: Mapping[str, Iterable[str]]) -> dict[str, tuple[tuple[str, tuple[str, ...]], ...]]:
    found: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    for key, templates in section.items():
        for phrase in expand(templates):
            words = tuple(phrase.split())
            found.setdefault("@" if words[0].startswith("@") else words[0], []).append((key, words))
    return {first: tuple(each) for first, each in found.items()}


def _slots(data: Mapping[str, Any]) -> dict[str, dict[str, int | str]]:
    units = _phrases(data["units"])
    return {
        "number": data["numbers"],
        "unit": {**units},
        "short": {phrase: key for phrase, key in units.items() if key in {"second", "minute", "hour"}},
        "part": {**_phrases(data["parts"])},
        "weekday": {each: place for place, each in enumerate(data["weekdays"])},
        "month": {each: place for place, said in enumerate(data["months"], 1) for each in said.split("|")},
        "ordinal": data["ordinals"],
        "named": data["clocks"],
    }
