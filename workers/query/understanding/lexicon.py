"""The words of a language, from `sentences/<language>.yaml`: phrase to meanings. The same for every home."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

import yaml
from hassil import parse_sentence, sample_expression

from workers.query.understanding.tokens import plain


class Role(StrEnum):
    """What a word does in a sentence; the values are the sections of the language's file."""

    FILLER = "fillers"
    LEADING = "leading_fillers"
    RELATIVE = "relatives"
    AUXILIARY = "auxiliaries"
    PRONOUN = "pronouns"
    ARTICLE = "articles"
    JOIN = "joins"
    EXCEPT = "exceptions"
    THAN = "than"
    NEGATION = "negations"
    ON_PLACE = "on_places"
    ASK = "asks"
    SUPERLATIVE = "superlatives"
    COMPARISON = "comparisons"
    UNIT = "units"
    NUMBER = "numbers"
    KIND = "kinds"
    EVENT = "events"
    STATE = "states"
    JUDGEMENT = "judgements"
    MEASURE = "measures"
    ATTRIBUTE = "attributes"
    USE = "verbs_of_use"
    PLACE = "places"
    ROOM = "rooms_word"
    PAST = "past"
    PERFECT = "perfect"
    FUTURE = "future"
    WISH = "wish"
    ORDER = "orders"
    OPENING = "order_openings"
    POLAR = "polar_negations"
    OUTDOOR_NAME = "outdoor_names"
    WHOLE_HOME_NAME = "whole_home_names"
    APPLIANCE_NAME = "appliance_names"
    GREETING = "greetings"
    VOCATIVE = "vocatives"
    TAG = "tags"
    NEGATIVE_TAG = "negative_tags"
    ORDER_FILLER = "order_fillers"
    VERB = "verbs"
    PARTICLE = "particles"
    SETTING = "settings"
    TO = "to"
    BY = "by"
    STEP = "steps"
    AMOUNT = "amounts"
    LEVEL = "levels"
    COLOR = "colors"
    TONE = "tones"
    MODE = "modes"
    ORDER_UNIT = "order_units"
    EVERY = "alls"
    OTHER = "others"
    REFERENCE = "references"
    AGAIN = "again"


NOT_IN_SENTENCES = frozenset({
    Role.WISH, Role.ORDER, Role.OPENING, Role.POLAR,
    Role.OUTDOOR_NAME, Role.WHOLE_HOME_NAME, Role.APPLIANCE_NAME, Role.GREETING,
    Role.VOCATIVE, Role.TAG, Role.NEGATIVE_TAG,
})  # fmt: skip
"""Sections that are looked up on their own and are no part of a question."""


@dataclass(frozen=True, slots=True)
class Word:
    """One meaning of a phrase. `measure` is what a superlative or comparison measures ("warmest")."""

    role: Role
    key: str = ""
    plural: bool = False
    measure: str | None = None
    number: float | None = None


@dataclass(frozen=True)
class Lexicon:
    """All phrases of a language, by their plain words joined by a blank."""

    language: str
    phrases: Mapping[str, tuple[Word, ...]]
    alone: Mapping[Role, frozenset[str]]
    contractions: Mapping[str, str]
    labels: Mapping[str, tuple[str, str]]
    longest: int
    """Words of the longest phrase."""
    vocabulary: frozenset[str]
    """Every single word of every phrase of a question."""
    known: frozenset[str]
    """Those and the words of orders and wishes: none of them is a typo."""
    ordering: bool = False
    """Whether orders are cut by it."""

    @cached_property
    def _said(self) -> Mapping[tuple[Role, str], frozenset[str]]:
        found: dict[tuple[Role, str], set[str]] = {}
        for phrase, meanings in self.phrases.items():
            for word in meanings:
                found.setdefault((word.role, word.key), set()).add(phrase)
        return {meaning: frozenset(phrases) for meaning, phrases in found.items()}

    def said(self, role: Role, key: str) -> frozenset[str]:
        """Every phrase that means a thing."""
        return self._said.get((role, key), frozenset())

    def means(self, phrase: str, role: Role) -> bool:
        """Whether a phrase can play a role."""
        return any(word.role is role for word in self.phrases.get(phrase, ()))


def languages() -> tuple[str, ...]:
    """The languages that have a file, by code."""
    return tuple(sorted(each.name.removesuffix(".yaml") for each in folder().iterdir() if each.name.endswith(".yaml")))


@cache
def load(language: str) -> Lexicon:
    """The lexicon of one of the `languages()`."""
    data = yaml.load((folder() / f"{language}.yaml").read_text("utf-8"), Loader=LOADER)  # noqa: S506 (a safe one)
    phrases: dict[str, list[Word]] = {}
    alone: dict[Role, set[str]] = {role: set() for role in NOT_IN_SENTENCES}
    for word, phrase in _entries(data):
        phrase = " ".join(data["contractions"].get(each, each) for each in phrase.split())  # noqa: PLW2901 (as it is read)
        if word.role in NOT_IN_SENTENCES:
            alone[word.role].add(phrase)
        elif word not in phrases.setdefault(phrase, []):
            phrases[phrase].append(word)
    return Lexicon(
        language=language,
        phrases={phrase: tuple(meanings) for phrase, meanings in phrases.items()},
        alone={role: frozenset(each) for role, each in alone.items()},
        contractions=data["contractions"],
        labels={key: tuple(kind["label"]) for key, kind in data["kinds"].items()},
        longest=max(len(phrase.split()) for phrase in phrases),
        vocabulary=_words(phrases),
        known=_words(phrases) | _words(phrase for each in alone.values() for phrase in each),
    )


def _words(phrases: Iterable[str]) -> frozenset[str]:
    return frozenset(word for phrase in phrases for word in phrase.split())


LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def folder() -> Any:
    """Where the words of the languages are."""
    return files("workers.query.understanding") / "sentences"


def _entries(data: Mapping[str, Any]) -> Iterator[tuple[Word, str]]:
    """Every meaning with every phrase that says it."""
    for role in Role:
        yield from entries(role, data.get(role.value, ()))
    for key, templates in data["superlative_measures"].items():
        yield from _measured(Role.SUPERLATIVE, key, templates)
    for key, templates in data["comparison_measures"].items():
        yield from _measured(Role.COMPARISON, key, templates)


def entries(role: Role, section: Any) -> Iterator[tuple[Word, str]]:
    """Every phrase of one section, with what it means there."""
    if role is Role.NUMBER:
        for phrase, number in section.items():
            yield Word(role, number=float(number)), phrase
    elif role is Role.KIND:
        for key, kind in section.items():
            yield from ((Word(role, key), phrase) for phrase in expand(kind["one"]))
            yield from ((Word(role, key, plural=True), phrase) for phrase in expand(kind["many"]))
    elif isinstance(section, dict):
        for key, templates in section.items():
            yield from ((Word(role, str(key)), phrase) for phrase in expand(templates))
    else:
        yield from ((Word(role), phrase) for phrase in expand(section))


def _measured(role: Role, key: str, templates: Iterable[str]) -> Iterator[tuple[Word, str]]:
    way, _, measure = key.partition(" ")
    return ((Word(role, way, measure=measure), phrase) for phrase in expand(templates))


def expand(templates: Iterable[str]) -> list[str]:
    """Every phrase that some hassil templates stand for, plain and with single blanks."""
    found: dict[str, None] = {}
    for template in templates:
        for text in sample_expression(parse_sentence(template).expression):
            phrase = " ".join(plain(text.lower()).split())
            if phrase:
                found[phrase] = None
    return list(found)
