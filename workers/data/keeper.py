"""Saves what becomes of the home, a moment behind, and says what is new in it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncConnection

from shared.home import EntityState, Home, Registry, StateChange
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
        self._when_replaced: list[Callable[[], None]] = []

    def when_replaced(self, call: Callable[[], None]) -> None:
        """Call it whenever the home was replaced by an imported one."""
        self._when_replaced.append(call)

    def note(self, change: StateChange) -> None:
        """A change was applied to the home and is to be saved."""
        self._changed[change.entity_id] = change
        self._wake.set()

    async def load(self) -> None:
        """Load the home from the database."""
        self.home.load(*await self._store.load())
        self._saved_registry = self.home.registry

    async def reload(self) -> None:
        """The home was replaced in the database: take it."""
        self.take(*await self._store.load())

    def take(self, registry: Registry, states: dict[str, EntityState]) -> None:
        """The home was replaced in the database by this one: keep it, and save again what Home Assistant has told."""
        self.home.load(registry, states)
        self._saved_registry = registry
        for change in self.home.told():
            self.note(change)
        for call in self._when_replaced:
            call()

    def renew(self, registry: Registry, states: dict[str, EntityState] | None, late: Iterable[str] = ()) -> None:
        """The home was renewed in the database, and is this one now; without `states` those known before stay.

        `late` are entities that joined while the registry was read.
        """
        self.home.learn(registry, late)
        if states is not None:
            self.home.load(self.home.registry, {**self._late_states(registry), **states})
        self._saved_registry = registry

    def _late_states(self, registry: Registry) -> dict[str, EntityState]:
        known = self.home.snapshot().states
        late = self.home.registry.entities.keys() - registry.entities.keys()
        return {entity_id: known[entity_id] for entity_id in late if entity_id in known}

    @asynccontextmanager
    async def taken(self) -> AsyncIterator[tuple[list[StateChange], Registry, list[str]]]:
        """What has come together: changes, the registry, and the ids of entities that are new in it.

        Save it inside the block; where that fails, it goes on waiting.
        """
        changes, self._changed = list(self._changed.values()), {}
        registry, known = self.home.registry, self._saved_registry or Registry()
        new = [entity_id for entity_id in registry.entities if entity_id not in known.entities]
        try:
            yield changes, registry, new
        except BaseException:
            self._changed = {change.entity_id: change for change in changes} | self._changed
            raise
        self._saved_registry = registry

    async def save(
        self, connection: AsyncConnection, changes: list[StateChange], registry: Registry, new: list[str]
    ) -> None:
        """Write what was taken, in a transaction of the caller."""
        await self._store.add_entities(connection, registry, new)
        await self._store.save_states(connection, changes)

    async def wait(self) -> None:
        """Wait until there is something to save, and a moment longer."""
        await self._wake.wait()
        self._wake.clear()
        await asyncio.sleep(_BEHIND)
