"""The questions that were asked and what was answered, saved behind the reply."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import structlog
from sqlalchemy import JSON, Column, Float, MetaData, Select, String, Table, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.query import QueryResponse
from shared.bus.requests import Call
from shared.database_pool import reading, writing
from workers.query.conversing.turn import Turn

log = structlog.get_logger(__name__)

metadata = MetaData()

queries = Table(
    "queries",
    metadata,
    Column("query_id", String, primary_key=True),
    Column("at", String, nullable=False),
    Column("correlation_id", String, nullable=False),
    Column("caller", String),
    Column("session_id", String),
    Column("user_id", String),
    Column("language", String),
    Column("query", String, nullable=False),
    Column("status", String, nullable=False),
    Column("query_type", String),
    Column("response", JSON, nullable=False),
    Column("execution_seconds", Float, nullable=False),
)

_MOST_WAITING = 10_000
_BEHIND = 0.5
_TURN = "turn"
"""Beside the fields of a response: what only the conversation needs of a turn."""


def _turn(row: Mapping[str, Any]) -> Turn:
    response = QueryResponse.model_validate(row["response"])
    beside = row["response"].get(_TURN) or {}
    return Turn(
        query_id=row["query_id"],
        sentence=row["query"],
        area_id=beside.get("area_id"),
        language=row["language"],
        entities=() if response.clarifications and len(response.entities) > 1 else tuple(response.entities),
        chosen={frozenset(among): tuple(ids) for among, ids in beside.get("chosen") or ()},
        clarifications=tuple(response.clarifications),
        session_id=row["session_id"],
        user_id=row["user_id"],
        execute=beside.get("execute") is True,
        at=datetime.fromisoformat(row["at"]).timestamp(),
    )


def _beside(turn: Turn) -> dict[str, Any]:
    chosen = [[sorted(among), list(ids)] for among, ids in turn.chosen.items()]
    return {"area_id": turn.area_id, "chosen": chosen, "execute": turn.execute}


class QueryStore:
    """Remembers queries: at once in memory, in the database a moment later."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._waiting: deque[dict[str, Any]] = deque(maxlen=_MOST_WAITING)
        self._wake = asyncio.Event()

    def remember(self, turn: Turn, response: QueryResponse, call: Call) -> None:
        """Take a query that was answered; never waits. Beyond 10,000 unsaved ones the oldest is dropped."""
        if len(self._waiting) == _MOST_WAITING:
            log.warning("queries are not saved fast enough: the oldest is dropped")
        self._waiting.append(
            {
                "query_id": response.query_id,
                "at": datetime.fromtimestamp(turn.at, UTC).isoformat(timespec="milliseconds"),
                "correlation_id": call.correlation_id,
                "caller": call.route.caller,
                "session_id": turn.session_id,
                "user_id": turn.user_id,
                "language": turn.language,
                "query": turn.sentence,
                "status": response.status.value,
                "query_type": response.query_type,
                "response": {**response.model_dump(mode="json"), _TURN: _beside(turn)},
                "execution_seconds": response.execution_time,
            }
        )
        self._wake.set()

    async def turn(self, query_id: str) -> Turn | None:
        """What was saved of a query; None where there is none."""
        return await self._found(select(queries).where(queries.c.query_id == query_id))

    async def last_of(self, session_id: str) -> Turn | None:
        """The last query that was saved of a session."""
        of_session = select(queries).where(queries.c.session_id == session_id)
        return await self._found(of_session.order_by(queries.c.at.desc()).limit(1))

    async def _found(self, statement: Select[Any]) -> Turn | None:
        async with reading(self._engine) as connection:
            row = (await connection.execute(statement)).mappings().first()
        return None if row is None else _turn(row)

    async def save(self) -> None:
        """Save what waits. What can't be saved goes on waiting."""
        rows = list(self._waiting)
        self._waiting.clear()
        if not rows:
            return
        try:
            async with writing(self._engine) as connection:
                await connection.execute(insert(queries).on_conflict_do_nothing(), rows)
        except BaseException:
            self._waiting.extendleft(reversed(rows))
            raise

    async def keep_saving(self) -> None:
        """Save for ever, a moment behind; a last time when it is cancelled."""
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                await asyncio.sleep(_BEHIND)
                await self.save()
        except asyncio.CancelledError:
            await self.save()
            raise
