"""The words that orders are made of: those of `sentences/orders/<language>.yaml`, and the nouns of the questions."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import yaml

from workers.query.understanding import lexicon as lexicons
from workers.query.understanding.lexicon import LOADER, Lexicon, Role, Word, entries, expand, folder

SECTIONS = (
    Role.ORDER_FILLER, Role.VERB, Role.PARTICLE, Role.SETTING, Role.TO, Role.BY, Role.STEP, Role.AMOUNT, Role.LEVEL,
    Role.COLOR, Role.TONE, Role.MODE, Role.ORDER_UNIT, Role.EVERY, Role.OTHER, Role.REFERENCE, Role.AGAIN,
)  # fmt: skip
_SHARED = frozenset({
    Role.KIND, Role.PLACE, Role.ROOM, Role.NUMBER, Role.JOIN, Role.EXCEPT, Role.ON_PLACE, Role.STATE, Role.RELATIVE,
})  # fmt: skip
_FILTERS = frozenset({
    "on", "off", "open", "closed", "playing", "locked", "unlocked", "paused", "cleaning", "running", "heating",
})  # fmt: skip
"""States that may choose among things: "turn off the lights that are on"."""
_JOINS = (",", "then", "and then", "and also", "&", ".", "after that", "afterwards", "finally")


@cache
def told(language: str, section: str) -> frozenset[str]:
    """The phrases of a section that are no part of an order: how remarks begin, what changes an order."""
    data = yaml.load((folder() / "orders" / f"{language}.yaml").read_text("utf-8"), Loader=LOADER)  # noqa: S506
    return frozenset(expand(data[section]))


def _told_forms(phrases: Mapping[str, list[Word]]) -> set[str]:
    """What verbs are when something is told: "opens" is no typo of the order "open"."""
    verbs = {phrase.split()[0] for phrase, words in phrases.items() if any(each.role is Role.VERB for each in words)}
    return {f"{verb}{end}" for verb in verbs for end in ("s", "es")}


def _settle(phrases: dict[str, list[Word]], data: Mapping[str, Any]) -> None:
    """Take out what is no thing in an order, put in what joins orders and where things were spoken of."""
    for phrase in expand(data["not_all"]):
        phrases.pop(phrase, None)
    for phrase in data["there"]:
        phrases.setdefault(phrase, []).append(Word(Role.PLACE, "there"))
    for phrase in _JOINS:
        phrases.setdefault(phrase, []).append(Word(Role.JOIN, "and"))


@cache
def load(language: str) -> Lexicon | None:
    """The lexicon of orders of a language; None where there is none."""
    file = folder() / "orders" / f"{language}.yaml"
    if not file.is_file():
        return None
    data = yaml.load(file.read_text("utf-8"), Loader=LOADER)  # noqa: S506 (a safe one)
    questions = lexicons.load(language)
    phrases: dict[str, list[Word]] = {}
    for phrase, meanings in questions.phrases.items():
        for word in meanings:
            if word.role in _SHARED and (word.role is not Role.STATE or word.key in _FILTERS):
                phrases.setdefault(phrase, []).append(word)
    for role in SECTIONS:
        for word, phrase in entries(role, data[role.value]):
            spread = " ".join(questions.contractions.get(each, each) for each in phrase.split())
            if word not in phrases.setdefault(spread, []):
                phrases[spread].append(word)
    _settle(phrases, data)
    vocabulary = (
        frozenset(word for phrase in phrases for word in phrase.split())
        | _told_forms(phrases)
        | frozenset(data["strangers"])
    )
    return Lexicon(
        language=language,
        phrases={phrase: tuple(meanings) for phrase, meanings in phrases.items()},
        alone=questions.alone,
        contractions=questions.contractions,
        labels=questions.labels,
        longest=max(len(phrase.split()) for phrase in phrases),
        vocabulary=vocabulary,
        known=questions.known | vocabulary,
        ordering=True,
    )
