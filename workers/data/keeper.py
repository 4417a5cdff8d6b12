"""Saves what becomes of the home, a moment behind, and says when there is something new in it."""

from __future__ import annotations

import asyncio

from shared.home import Home, Registry, StateChange
from shared.home_store import HomeStore

_BEHIND = 1.0
"""Seconds by which the database may be behind; what a crash loses, Home Assistant tells again."""


class HomeKeeper:
    """Collects changes of one home and saves them together."""

    def __init__(self, home: Home, store: HomeStore) -> None:
        self.home, self._store = home, store
        self._changed: dict[str, StateChange] = {}
        self._saved_registry: Registry | None = None
        self._wake = asyncio.Event()

    def note(self, change: StateChange) -> None:
        """A change was applied to the home and is to be saved."""
        self._changed[change.entity_id] = change
        self._wake.set()

    async def load(self) -> None:
        """Load the home from the database."""
        self.home.load(*await self._store.load())
        self._saved_registry = self.home.registry

    async def reload(self) -> None:
        """The registry was replaced in the database: load it, and save again what Home Assistant has told."""
        await self.load()
        for change in self.home.told():
            self.note(change)

    async def save(self) -> list[str]:
        """Save what has come together. Gives the ids of entities that are new in the home."""
        changes, self._changed = list(self._changed.values()), {}
        registry, known = self.home.registry, self._saved_registry or Registry()
        new = [entity_id for entity_id in registry.entities if entity_id not in known.entities]
        try:
            await self._store.add_entities(registry, new)
            await self._store.save_states(changes)
        except BaseException:
            self._changed = {change.entity_id: change for change in changes} | self._changed
            raise
        self._saved_registry = registry
        return new

    async def wait(self) -> None:
        """Wait until there is something to save, and a moment longer."""
        await self._wake.wait()
        self._wake.clear()
        await asyncio.sleep(_BEHIND)
