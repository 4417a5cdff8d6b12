"""Events: rows first, numbered in the order of their commits; then published from the outbox, once unless we crash."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Boolean, Column, Integer, MetaData, String, Table, Text, delete, insert, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from contracts.model import Fact
from shared.bus.connection import Connection
from shared.bus.packets import Publish
from shared.database_pool import reading, writing
from shared.errors import ConnectionLost

log = structlog.get_logger(__name__)

metadata = MetaData()

events = Table(
    "events",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("event_id", String, nullable=False),
    Column("worker", String, nullable=False),
    Column("name", String, nullable=False),
    Column("at", String, nullable=False),
    Column("payload", Text, nullable=False),
    Column("published", Boolean, nullable=False, default=False),
    sqlite_autoincrement=True,
)

KEPT = timedelta(days=7)
"""For how long an event can be read again."""
_AT_ONCE = 200
_LOOK_AGAIN = 60.0
_REFUSED = 0x80


async def record(connection: AsyncConnection, worker: str, name: str, fact: Fact) -> None:
    """Make a fact a row of the transaction that it tells of; the relay publishes it on `<root>/<name>`."""
    row = {
        "event_id": fact.event_id,
        "worker": worker,
        "name": name,
        "at": fact.at,
        "payload": fact.model_dump_json(),
        "published": False,
    }
    await connection.execute(insert(events), row)


async def events_after(
    connection: AsyncConnection, names: Iterable[str], seq: int, limit: int
) -> Sequence[Row[Any, Any, Any]]:
    """The events of these names that come after a number, in order: rows of `seq`, `name`, `payload`."""
    wanted = select(events.c.seq, events.c.name, events.c.payload).where(events.c.name.in_(names), events.c.seq > seq)
    return (await connection.execute(wanted.order_by(events.c.seq).limit(limit))).all()


async def purge_events(connection: AsyncConnection, now: datetime) -> None:
    """Forget what is older than seven days."""
    oldest = (now - KEPT).astimezone(UTC).isoformat(timespec="milliseconds")
    await connection.execute(delete(events).where(events.c.at < oldest))


class Relay:
    """Publishes the events of one worker in the order of their numbers, and marks what the broker has taken.

    A crash between the two publishes an event again, with the same `event_id`.
    """

    def __init__(self, engine: AsyncEngine, worker: str, root: str, connection: Connection) -> None:
        self._engine, self._worker, self._root, self._connection = engine, worker, root, connection
        self._wake = asyncio.Event()
        connection.when_up(self._look)

    def wake(self) -> None:
        """There are new rows."""
        self._wake.set()

    async def _look(self) -> None:
        self._wake.set()

    async def run(self) -> None:
        """Publish for ever. What is left from a crash, or was refused, is looked for once a minute."""
        while True:
            try:
                async with asyncio.timeout(_LOOK_AGAIN):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()
            await self._connection.wait_up()
            while await self.publish():
                pass

    async def publish(self) -> bool:
        """Publish what waits, some hundred at a time. Tells whether there may be more."""
        waiting = select(events.c.seq, events.c.name, events.c.payload).where(
            events.c.worker == self._worker, events.c.published.is_(False)
        )
        async with reading(self._engine) as connection:
            rows = (await connection.execute(waiting.order_by(events.c.seq).limit(_AT_ONCE))).all()
        if not rows:
            return False
        sent = [self._connection.publish(Publish(f"{self._root}/{row.name}", row.payload.encode())) for row in rows]
        outcomes = await asyncio.gather(*sent, return_exceptions=True)
        taken = [row.seq for row, outcome in zip(rows, outcomes, strict=True) if _taken(row.name, outcome)]
        if taken:
            async with writing(self._engine) as connection:
                await connection.execute(update(events).where(events.c.seq.in_(taken)).values(published=True))
        return len(taken) == _AT_ONCE


def _taken(name: str, outcome: int | BaseException) -> bool:
    if isinstance(outcome, ConnectionLost):
        return False
    if isinstance(outcome, BaseException):
        raise outcome
    if outcome >= _REFUSED:
        log.error("the broker refuses an event, which is kept", event_name=name, reason=outcome)
        return False
    return True
