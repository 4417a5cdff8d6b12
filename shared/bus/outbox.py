"""Events: rows first, numbered in the order of their commits; then published from the outbox, once unless we crash."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from pydantic import ValidationError
from sqlalchemy import (
    Boolean,
    Column,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    bindparam,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from contracts.model import Fact
from contracts.operation import Event
from shared.bus.connection import Connection
from shared.bus.packets import Publish
from shared.database_pool import reading, writing
from shared.errors import ConnectionLost, InvalidRequest

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

_AT_ONCE = 200
_RECORD = insert(events)
_WAITING = (
    select(events.c.seq, events.c.name, events.c.payload)
    .where(events.c.worker == bindparam("worker"), events.c.published.is_(False), events.c.seq > bindparam("upto"))
    .order_by(events.c.seq)
    .limit(_AT_ONCE)
)
_PUBLISHED = update(events).where(events.c.seq.in_(bindparam("taken", expanding=True))).values(published=True)

KEPT = timedelta(days=7)
"""For how long an event can be read again."""
_KEPT_UNPUBLISHED = timedelta(days=30)
_LOOK_AGAIN = 60.0
_MARK_AFTER = 0.05
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
    await connection.execute(_RECORD, row)


async def record_again(connection: AsyncConnection, event: Event[Any], payload: bytes) -> bytes:
    """Make an event that was given up a new row, for those who act on it, and give what is to be published.

    Raises InvalidRequest where it can't be read.
    """
    try:
        fact = event.model.model_validate_json(payload).model_copy(update={"event_id": secrets.token_hex(16)})
    except ValidationError as error:
        raise InvalidRequest(f"this is no {event.name} ({error.errors()[0]['msg']}): it can only be dropped") from None
    row = {"event_id": fact.event_id, "worker": event.worker, "name": event.name, "at": fact.at}
    text: str = fact.model_dump_json()
    await connection.execute(_RECORD, row | {"payload": text, "published": True})
    return text.encode()


async def events_after(
    connection: AsyncConnection, names: Iterable[str], seq: int, limit: int
) -> Sequence[Row[Any, Any, Any]]:
    """The events of these names that come after a number, in order: rows of `seq`, `name`, `payload`."""
    wanted = select(events.c.seq, events.c.name, events.c.payload).where(events.c.name.in_(names), events.c.seq > seq)
    return (await connection.execute(wanted.order_by(events.c.seq).limit(limit))).all()


async def purge_events(connection: AsyncConnection, now: datetime) -> None:
    """Forget what is older than seven days; what no broker has taken, when it is older than thirty."""
    published, refused = (
        (now - kept).astimezone(UTC).isoformat(timespec="milliseconds") for kept in (KEPT, _KEPT_UNPUBLISHED)
    )
    old = (events.c.published & (events.c.at < published)) | (events.c.at < refused)
    await connection.execute(delete(events).where(old))


class Relay:
    """Publishes the events of one worker in the order of their numbers, and marks what the broker has taken.

    It marks a moment later and many at once, so as not to stand in the way of what writes. A crash before that
    publishes an event again, with the same `event_id`.
    """

    def __init__(self, engine: AsyncEngine, worker: str, root: str, connection: Connection) -> None:
        self._engine, self._worker, self._root, self._connection = engine, worker, root, connection
        self._wake = asyncio.Event()
        self._taken: list[int] = []
        self._since = 0.0
        self._upto, self._from_start = 0, True
        connection.when_up(self._look_again)

    def wake(self) -> None:
        """There are new rows."""
        self._wake.set()

    async def _look_again(self) -> None:
        self._from_start = True
        self._wake.set()

    async def run(self) -> None:
        """Publish for ever. What is left from a crash, or was refused, is looked for once a minute."""
        try:
            while True:
                await self._wait()
                await self._connection.wait_up()
                while await self.publish():
                    pass
                if self._taken and time.monotonic() - self._since > _MARK_AFTER:
                    await self.mark()
        except asyncio.CancelledError:
            await self.mark()
            raise

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(_MARK_AFTER if self._taken else _LOOK_AGAIN):
                await self._wake.wait()
        except TimeoutError:
            self._from_start = not self._taken
        self._wake.clear()

    async def publish(self) -> bool:
        """Publish what waits, some hundred at a time. Tells whether there may be more."""
        if self._from_start:
            await self.mark()
            self._upto, self._from_start = 0, False
        async with reading(self._engine) as connection:
            rows = (await connection.execute(_WAITING, {"worker": self._worker, "upto": self._upto})).all()
        if not rows:
            return False
        sent = [self._connection.publish(Publish(f"{self._root}/{row.name}", row.payload.encode())) for row in rows]
        outcomes = await asyncio.gather(*sent, return_exceptions=True)
        if not self._taken:
            self._since = time.monotonic()
        self._taken += [row.seq for row, outcome in zip(rows, outcomes, strict=True) if _taken(row.name, outcome)]
        self._upto = rows[-1].seq
        self._from_start = self._from_start or any(isinstance(outcome, ConnectionLost) for outcome in outcomes)
        return len(rows) == _AT_ONCE

    async def mark(self) -> None:
        """Mark what the broker has taken."""
        taken, self._taken = self._taken, []
        if not taken:
            return
        try:
            async with writing(self._engine) as connection:
                await connection.execute(_PUBLISHED, {"taken": taken})
        except BaseException:
            self._taken += taken
            raise


def _taken(name: str, outcome: int | BaseException) -> bool:
    if isinstance(outcome, ConnectionLost):
        return False
    if isinstance(outcome, BaseException):
        raise outcome
    if outcome >= _REFUSED:
        log.error("the broker refuses an event, which is kept", event_name=name, reason=outcome)
        return False
    return True
