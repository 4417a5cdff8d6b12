"""Acting on events once per worker, missing none: the table is the truth, the message only wakes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import structlog
from pydantic import ValidationError
from sqlalchemy import Column, Integer, MetaData, String, Table, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.operation import Event
from shared.bus.dead_letters import DeadLetter, DeadLetters
from shared.bus.outbox import events_after
from shared.bus.packets import Publish
from shared.bus.transaction import Transactions
from shared.bus.worker import Bound
from shared.database_pool import reading
from shared.errors import DatabaseError

log = structlog.get_logger(__name__)

metadata = MetaData()

cursors = Table(
    "cursors",
    metadata,
    Column("consumer", String, primary_key=True),
    Column("seq", Integer, nullable=False),
)

_AT_ONCE = 100
_LOOK_AGAIN = 60.0
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0
_ATTEMPTS = 2


class Consumer:
    """Hands the events of some names to a worker's functions, in order, for as long as this instance leads it.

    The cursor moves in the transaction of the function. An event on which it fails twice is a dead letter.
    """

    def __init__(
        self,
        transactions: Transactions,
        functions: Mapping[Event[Any], Bound],
        dead_letters: DeadLetters,
        root: str,
    ) -> None:
        self._transactions, self._dead_letters, self._root = transactions, dead_letters, root
        self._functions = {event.name: (event, bound) for event, bound in functions.items()}
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """There may be an event."""
        self._wake.set()

    async def run(self) -> None:
        """Act on what was missed, then on what comes, until cancelled."""
        pause = _FIRST_PAUSE
        while self._functions:
            self._wake.clear()
            try:
                while await self.catch_up():
                    pass
            except DatabaseError as error:
                log.error("events can't be read", error=str(error))  # noqa: TRY400 - told
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
                continue
            pause = _FIRST_PAUSE
            try:
                async with asyncio.timeout(_LOOK_AGAIN):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def catch_up(self) -> bool:
        """Act on the next events. Tells whether there may be more."""
        async with reading(self._transactions.engine) as connection:
            seq = await self._cursor(connection)
            rows = await events_after(connection, self._functions, seq, _AT_ONCE)
        for row in rows:
            await self._act(row)
        return len(rows) == _AT_ONCE

    async def _act(self, row: Any) -> None:
        event, bound = self._functions[row.name]
        reason, begun = "", 0
        for _ in range(_ATTEMPTS):
            try:
                fact = event.model.model_validate_json(row.payload)
                structlog.contextvars.bind_contextvars(correlation_id=fact.correlation_id, event_name=event.name)
                async with self._transactions.begin(fact.correlation_id) as transaction:
                    if await self._move(transaction.connection, row.seq):
                        begun += 1
                        await bound.call(fact, transaction)
            except ValidationError as error:
                reason = f"the event can't be read: {error.errors()[0]['msg']}"
                break
            except DatabaseError:
                raise
            except Exception as error:
                log.exception("an event could not be acted on", attempt=begun)
                reason = f"it could not be acted on ({type(error).__name__})"
            else:
                return
        async with self._transactions.begin() as transaction:
            if await self._move(transaction.connection, row.seq):
                packet = Publish(event.topic(self._root), row.payload.encode())
                await self._dead_letters.add(transaction, DeadLetter(packet, reason, begun))

    @property
    def _name(self) -> str:
        return self._transactions.worker

    async def _cursor(self, connection: AsyncConnection) -> int:
        where = select(cursors.c.seq).where(cursors.c.consumer == self._name)
        return (await connection.execute(where)).scalar() or 0

    async def _move(self, connection: AsyncConnection, seq: int) -> bool:
        """Move the cursor to this event. False where another process has done so already."""
        there = await self._cursor(connection)
        if there >= seq:
            return False
        moved = update(cursors).where(cursors.c.consumer == self._name).values(seq=seq)
        if (await connection.execute(moved)).rowcount == 0:
            await connection.execute(insert(cursors), {"consumer": self._name, "seq": seq})
        return True
