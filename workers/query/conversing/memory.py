"""The conversations of the last half hour: by session, and by query for answers to questions back."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from shared.errors import DatabaseError
from workers.query.conversing.turn import Turn
from workers.query.store import QueryStore

LASTING: Final = 1800.0
"""Seconds for which a conversation is remembered."""
MOST: Final = 2_000
"""Turns that are kept in memory; older ones are looked up in the database."""
PATIENCE: Final = 1.5
"""Seconds that are waited for a query of another instance, which saves it a moment behind its answer."""
_PAUSE: Final = 0.1


class Conversations:
    """Remembers what was said. `clock` gives seconds since the epoch."""

    def __init__(self, queries: QueryStore, *, clock: Callable[[], float] = time.time) -> None:
        self._queries, self._clock = queries, clock
        self._by_query: OrderedDict[str, Turn] = OrderedDict()
        self._by_session: OrderedDict[str, Turn] = OrderedDict()

    def keep(self, turn: Turn) -> None:
        """Remember a turn."""
        self._by_query[turn.query_id] = turn
        if turn.session_id is not None:
            self._by_session[turn.session_id] = turn
            self._by_session.move_to_end(turn.session_id)
        for kept in (self._by_query, self._by_session):
            while len(kept) > MOST:
                kept.popitem(last=False)

    async def last(self, session_id: str | None) -> Turn | None:
        """The last turn of a session: what the database has is of another instance, or from before a restart."""
        if session_id is None:
            return None
        kept, saved = self._by_session.get(session_id), None
        with contextlib.suppress(DatabaseError, SQLAlchemyError):  # then what is in mind has to do
            saved = await self._queries.last_of(session_id)
        last = max((each for each in (saved, kept) if each is not None), key=lambda each: each.at, default=None)
        return last if last is not None and self._fresh(last) else None

    async def of(self, query_id: str) -> Turn | None:
        """The turn of a query; None where it is not known, or too old."""
        kept = self._by_query.get(query_id) or await self._saved(query_id)
        return kept if kept is not None and self._fresh(kept) else None

    async def _saved(self, query_id: str) -> Turn | None:
        until = asyncio.get_running_loop().time() + PATIENCE
        while (found := await self._queries.turn(query_id)) is None:
            if asyncio.get_running_loop().time() >= until:
                return None
            await asyncio.sleep(_PAUSE)
        return found

    def _fresh(self, turn: Turn) -> bool:
        return self._clock() - turn.at <= LASTING
