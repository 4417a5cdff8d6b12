"""What a sentence is about: the entities of its reading, or those that it names. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from shared.home import Area, Entity, Registry
from workers.query.understanding.tokens import plainly

_SHORTEST = 3
"""Letters of a name that is looked for inside of a sentence."""


def entities_of(reading: Any, registry: Registry) -> list[str]:
    """The entities of this home that a reading names, of whichever type it is, each once."""
    return list(dict.fromkeys(each for each in _texts(reading) if each in registry.entities))


def named_in(sentence: str, registry: Registry) -> list[str]:
    """The entities whose names or ids stand in a sentence; where there are none, those of the areas that it names."""
    said = f" {plainly(sentence)} "
    letters = sentence.casefold()
    ids = set(letters.replace("?", " ").replace(",", " ").split())
    found = [each.entity_id for each in registry.entities.values() if each.entity_id in ids or _stands(each, said)]
    if found:
        return found
    areas = [area.area_id for area in registry.areas.values() if _stands(area, said)]
    return [each.entity_id for area_id in areas for each in registry.by_area.get(area_id, ())]


def _stands(thing: Entity | Area, said: str) -> bool:
    """Whether one of its names is said, word by word."""
    names = (plainly(name) for name in (thing.name, *thing.aliases))
    return any(len(name) >= _SHORTEST and f" {name} " in said for name in names)


def _texts(part: Any) -> Iterator[str]:
    """All texts in a typed reading."""
    if isinstance(part, str):
        yield part
    elif is_dataclass(part) and not isinstance(part, type):
        for each in fields(part):
            yield from _texts(getattr(part, each.name))
    elif isinstance(part, Mapping):
        for each in part.values():
            yield from _texts(each)
    elif isinstance(part, tuple | list | set | frozenset):
        for each in part:
            yield from _texts(each)
