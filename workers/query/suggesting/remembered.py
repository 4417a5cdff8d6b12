"""What answers were about, by their query ids: those of this process from memory, others from the database."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.database_pool import reading
from shared.errors import NotFound
from workers.query.store import queries

MOST: Final = 1_000
"""Answers that are kept in memory."""
_LOOKS: Final = 4
_PAUSE: Final = 0.25
"""Seconds between two looks: another instance saves its answers half a second behind."""


class Remembered:
    """Keeps the entities of the last answers; older ones, and those of other instances, are in the database."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._kept: OrderedDict[str, tuple[str, ...]] = OrderedDict()

    def keep(self, query_id: str, entities: Iterable[str]) -> None:
        """Keep what an answer was about; never waits."""
        self._kept[query_id] = tuple(entities)
        if len(self._kept) > MOST:
            self._kept.popitem(last=False)

    async def entities(self, query_id: str) -> tuple[str, ...]:
        """What an answer was about. Raises NotFound where nobody knows of it."""
        for look in range(_LOOKS):
            if (kept := self._kept.get(query_id)) is not None:
                return kept
            if (saved := await self._saved(query_id)) is not None:
                return saved
            if look + 1 < _LOOKS:
                await asyncio.sleep(_PAUSE)
        raise NotFound(f"no query {query_id!r} was answered here: give the `query_id` of a reply")

    async def _saved(self, query_id: str) -> tuple[str, ...] | None:
        wanted = select(queries.c.response).where(queries.c.query_id == query_id)
        async with reading(self._engine) as connection:
            response: Any = (await connection.execute(wanted)).scalar()
        if not isinstance(response, dict):
            return None
        told = response.get("entities")
        return tuple(each for each in told if isinstance(each, str)) if isinstance(told, list) else ()
