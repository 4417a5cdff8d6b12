"""The understanding of the home as it is now: built when the home has changed, kept as long as it has not."""

from __future__ import annotations

import asyncio

from shared.home import Registry
from workers.query.understanding import Understanding

_AT_ONCE = 300
"""Entities up to which building takes less than the hop to a thread is worth."""


class CurrentUnderstanding:
    """Builds at most one understanding at a time for a registry and a language, and keeps the last ones."""

    def __init__(self, language: str = "en") -> None:
        self._language = language
        self._kept: dict[str, tuple[Registry, Understanding]] = {}
        self._building = asyncio.Lock()

    async def of(self, registry: Registry, language: str | None) -> Understanding:
        """The understanding of this registry; null is the home's own language."""
        wanted = language or self._language
        if (found := self._found(registry, wanted)) is not None:
            return found
        async with self._building:
            if (found := self._found(registry, wanted)) is not None:
                return found
            if len(registry.entities) <= _AT_ONCE:
                built = Understanding(registry, wanted)
            else:
                built = await asyncio.to_thread(Understanding, registry, wanted)
            self._kept[wanted] = (registry, built)
            return built

    def _found(self, registry: Registry, language: str) -> Understanding | None:
        kept = self._kept.get(language)
        return kept[1] if kept is not None and kept[0] is registry else None
