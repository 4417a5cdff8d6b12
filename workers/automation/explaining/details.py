"""What something comes with, told in brackets. Pure."""

from __future__ import annotations

from typing import Final

from workers.automation.explaining.english import phrases
from workers.automation.explaining.naming import Names
from workers.automation.explaining.values import listed, quoted, value, words
from workers.automation.plan.value import Data, Value

_ENTITY: Final = "entity_id"


def with_data(told: str, data: Data, names: Names) -> str:
    """What is told, and in brackets with which data; entities by their names."""
    parts = [f"{words(key)} {_told(each)}" for key, each in data.items() if key != _ENTITY]
    if (entity := data.get(_ENTITY)) is not None:
        ids = entity if isinstance(entity, tuple) else (entity,)
        told = f"{told} {phrases.FOR_ENTITY.format(names.entities([each for each in ids if isinstance(each, str)]))}"
    return phrases.WITH.format(told, listed(parts)) if parts else told


def _told(given: Value) -> str:
    return quoted(given) if isinstance(given, str) else value(given)
