"""What was ordered and what became of it; and what the answer to a query proposed."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import JSON, Column, MetaData, String, Table, column, select, table
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from contracts.acting import Action
from shared.bus.transaction import now_text
from shared.database_pool import reading, writing
from shared.errors import InvalidRequest, NotFound
from workers.automation.acting.outcome import Outcome
from workers.automation.acting.service_call import intent_of

metadata = MetaData()

acts = Table(
    "acts",
    metadata,
    Column("act_id", String, primary_key=True),
    Column("at", String, nullable=False),
    Column("correlation_id", String, nullable=False),
    Column("caller", String, nullable=False),
    Column("query_id", String),
    Column("status", String, nullable=False),
    Column("actions", JSON, nullable=False),
    Column("message", String, nullable=False),
)
_QUERIES: Final = table("queries", column("query_id", String), column("response", JSON))
"""The query worker's table, of which this one reads what was proposed."""
_ACTIONS: Final = TypeAdapter(list[Action])
_PATIENCE: Final = 2.0
"""Seconds: a query is saved half a second behind its answer."""
_PAUSE: Final = 0.05


class ActStore:
    """Writes in the transaction that a caller has open, or in one of its own; reads by itself."""

    def __init__(self, engine: AsyncEngine, *, patience: float = _PATIENCE) -> None:
        self._engine, self._patience = engine, patience

    async def add(self, connection: AsyncConnection, outcome: Outcome) -> None:
        """Keep what became of an order."""
        await connection.execute(insert(acts).on_conflict_do_nothing(), _row(outcome))

    async def add_alone(self, outcome: Outcome) -> None:
        """The same in a transaction of its own, for what is answered as an error."""
        async with writing(self._engine, durable=True) as connection:
            await self.add(connection, outcome)

    async def proposed(self, query_id: str) -> list[Action]:
        """The actions of a query's answer; waits a moment for one that is not saved yet.

        Raises NotFound where there is no such query, InvalidRequest where it proposed nothing.
        """
        response = await self._response(query_id)
        try:
            actions = _ACTIONS.validate_python(response.get("actions") or [])
        except ValidationError:
            actions = []
        if not actions:
            raise InvalidRequest(f"query {query_id[:64]} has proposed nothing to do: ask again, or give the actions")
        return actions

    async def _response(self, query_id: str) -> dict[str, Any]:
        asked = select(_QUERIES.c.response).where(_QUERIES.c.query_id == query_id)
        until = asyncio.get_running_loop().time() + self._patience
        while True:
            async with reading(self._engine) as connection:
                found = (await connection.execute(asked)).scalar_one_or_none()
            if found is not None:
                return found if isinstance(found, dict) else {}
            if asyncio.get_running_loop().time() >= until:
                raise NotFound(f"there is no query {query_id[:64]}: give the query_id of an answer, or the actions")
            await asyncio.sleep(_PAUSE)


def _row(outcome: Outcome) -> dict[str, Any]:
    return {
        "act_id": outcome.order.act_id,
        "at": now_text(),
        "correlation_id": outcome.order.correlation_id,
        "caller": outcome.order.caller,
        "query_id": outcome.order.query_id,
        "status": str(outcome.status),
        "actions": [intent_of(each) for each in outcome.order.actions],
        "message": outcome.message,
    }
