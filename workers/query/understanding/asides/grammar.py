"""The sentences of asides, matched whole by hassil. Names of the home go in as plain text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import yaml
from hassil import Intents, TextSlotList, recognize_all

from workers.query.understanding.lexicon import LOADER, folder

LONGEST = 40
"""Words of the longest sentence that is tried."""
MOST = 50
"""Ways to match one sentence that are looked at: words that stand for anything give many."""
LONGEST_TEXT = 400
"""Characters of the same."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One way to match a sentence: its intent, and the words or values of its parts."""

    intent: str
    slots: Mapping[str, str | int]


@cache
def load(language: str) -> Intents | None:
    """The sentences of a language; None where there are none."""
    file = folder() / "asides" / f"{language}.yaml"
    if not file.is_file():
        return None
    return Intents.from_dict(yaml.load(file.read_text("utf-8"), Loader=LOADER))  # noqa: S506 (a safe one)


def heard(sentence: str, intents: Intents, lists: Mapping[str, str]) -> Iterator[Heard]:
    """The ways to match a sentence; `lists` are the names of to-do lists, each with what it stands for."""
    if len(sentence) > LONGEST_TEXT or not 0 < len(sentence.split()) <= LONGEST:
        return
    names = TextSlotList.from_tuples(((name, key, {}) for name, key in lists.items()), allow_template=False)
    found = recognize_all(sentence, intents, slot_lists={"list": names})
    for each, _ in zip(found, range(MOST), strict=False):
        slots = {slot: _value(entity.value, entity.text) for slot, entity in each.entities.items()}
        yield Heard(each.intent.name, slots)


def _value(value: object, text: str) -> str | int:
    return value if isinstance(value, int) else str(value if value is not None else text).strip()
