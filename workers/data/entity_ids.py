"""The entity ids in files of the past."""

from __future__ import annotations

from contracts.home import ENTITY_ID

_MOST = 200_000
"""Remembered ones; a home has some hundreds."""


class EntityIds(dict[str, str]):
    """Gives the entity id that a text means: checked once, and one text for all events. Raises ValueError."""

    def __missing__(self, text: str) -> str:
        """Check a text that was not seen before."""
        name = text.strip()
        if not ENTITY_ID.fullmatch(name):
            raise ValueError(f"{name[:40]!r} is no entity id")
        if len(self) < _MOST:
            self[text] = name
        return name
