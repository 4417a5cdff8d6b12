"""What a thing is called in a sentence that is read again: so that just this thing is meant, and nothing is ordered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from shared.home import Area, Entity, Floor, Registry, friendly_name
from workers.query.answering.labels import clean
from workers.query.understanding.lexicon import load
from workers.query.understanding.tokens import plainly

_PLAIN: Final = re.compile(r"[^\W_]+(?:[ .'’/-]{1,2}[^\W_]+)*", re.UNICODE)  # noqa: RUF001 - an apostrophe, too
_LONGEST: Final = 48
_MOST_WORDS: Final = 7
_ORDERING: Final = frozenset(
    {
        "activate",
        "after",
        "and",
        "before",
        "but",
        "disable",
        "disarm",
        "every",
        "except",
        "execute",
        "forget",
        "if",
        "ignore",
        "or",
        "please",
        "say",
        "tell",
        "then",
        "turn",
        "unless",
        "unlock",
        "until",
        "when",
        "while",
    }
)
"""Words that no name may have that stands in a sentence: with one it could be read as two things, or as an order."""


def is_plain(text: str) -> bool:
    """Whether a text can stand in a sentence as a name: a few words, none of which means anything there."""
    said = text.strip()
    few = len(said) <= _LONGEST and len(said.split()) <= _MOST_WORDS
    return few and _PLAIN.fullmatch(said) is not None and not _ORDERING & set(plainly(said).split())


class Calling:
    """The names of one home's things. Building it looks at all of them: a few ms for 1,000 entities."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self._taken: dict[str, set[str]] = {}
        self._devices: dict[str, set[str]] = {}
        self._words = load("en").phrases
        self._spoken: dict[str, str] = {}
        places: tuple[Area | Floor, ...] = (*registry.areas.values(), *registry.floors.values())
        for place in places:
            for name in (place.name, *place.aliases):
                self._taken.setdefault(_key(name), set()).add("")
        for device in registry.devices.values():
            carried = registry.by_device.get(device.device_id, ())
            self._devices.setdefault(_key(device.name), set()).update(carried)
        for entity in registry.entities.values():
            for name in self._names(entity):
                self._taken.setdefault(_key(name), set()).add(entity.entity_id)

    def knows(self, entity_id: str) -> bool:
        """Whether there is such a thing in the home."""
        return entity_id in self.registry.entities

    def spoken(self, entity_id: str) -> str:
        """The first of its names that means nothing else in this home, else the entity id."""
        if (known := self._spoken.get(entity_id)) is None:
            known = self._spoken[entity_id] = self._choose(entity_id)
        return known

    def _choose(self, entity_id: str) -> str:
        entity = self.registry.entities.get(entity_id)
        names = self._names(entity) if entity is not None else ()
        return next((clean(name) for name in names if self._only(name, entity_id)), entity_id)

    def label(self, entity_id: str) -> str:
        """The name for people to read; with the entity id where the name alone would not tell it from others."""
        spoken = self.spoken(entity_id)
        if spoken != entity_id:
            return spoken
        entity = self.registry.entities.get(entity_id)
        name = clean(entity.name) if entity is not None else friendly_name(entity_id, {})
        return f"{name} ({entity_id})" if name else entity_id

    def the(self, entity_id: str) -> str:
        """The spoken name with its article, where it takes one."""
        spoken = self.spoken(entity_id)
        proper = entity_id.startswith(("person.", "device_tracker.")) or spoken == entity_id
        owned = "'s " in spoken or "’s " in spoken  # noqa: RUF001 - an apostrophe, too
        return spoken if proper or owned or spoken.casefold().startswith("the ") else f"the {spoken}"

    def _names(self, entity: Entity) -> Iterator[str]:
        device = self.registry.devices.get(entity.device_id or "")
        yield entity.name
        yield from entity.aliases
        if device is not None and device.name and not entity.name.startswith(device.name):
            yield f"{device.name} {entity.name}"

    def _only(self, name: str, entity_id: str) -> bool:
        """Whether a name means this thing alone, and is no word of the language, such as "Light".

        Its device may be called so, too: a thing goes before the device that carries it.
        """
        key = _key(name)
        its_own = entity_id in self._devices.get(key, {entity_id})
        return is_plain(name) and its_own and self._taken.get(key) == {entity_id} and plainly(name) not in self._words


def _key(name: str) -> str:
    """Names are one where their words are, joined together and without accents."""
    return plainly(name).replace(" ", "")
