"""A database transaction of a worker, and what follows from its commit: events, retained states, calls."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from contracts.model import Fact
from contracts.operation import Event
from shared.bus.outbox import record
from shared.database_pool import writing

log = structlog.get_logger(__name__)

F = TypeVar("F", bound=Fact)

AfterCommit = Callable[[], None]


class Transaction:
    """What one handler does, all of it or nothing. Await nothing but the database inside.

    `connection` is where its rows are read and written. `correlation_id` is that of the request, and of its events.
    """

    def __init__(self, connection: AsyncConnection, worker: str, correlation_id: str | None = None) -> None:
        self.connection, self.correlation_id = connection, correlation_id
        self.after: list[AfterCommit] = []
        self.published = False
        self._worker = worker

    async def publish(self, event: Event[F], **fields: Any) -> F:
        """Tell a fact: a row now, a message after the commit. The fields are those of the event's model."""
        given = {"event_id": secrets.token_hex(16), "at": now_text(), "correlation_id": self.correlation_id} | fields
        fact = event.model(**given)
        await record(self.connection, self._worker, event.name, fact)
        self.published = True
        return fact

    def after_commit(self, call: AfterCommit) -> None:
        """Call it when the transaction is committed, and not otherwise. It must not wait and not fail."""
        self.after.append(call)


class Transactions:
    """Opens transactions of one worker outside of requests. `published` is called after those that told something."""

    def __init__(self, engine: AsyncEngine, worker: str, published: Callable[[], None]) -> None:
        self.engine, self.worker, self.published = engine, worker, published

    @asynccontextmanager
    async def begin(self, correlation_id: str | None = None, *, durable: bool = True) -> AsyncIterator[Transaction]:
        """A transaction that commits at the end of the block; `durable` ones survive a power cut."""
        async with writing(self.engine, durable=durable) as connection:
            transaction = Transaction(connection, self.worker, correlation_id)
            yield transaction
        self.finish([transaction])

    def finish(self, transactions: list[Transaction]) -> None:
        """Do what was to be done after the commit of these."""
        for transaction in transactions:
            for call in transaction.after:
                try:
                    call()
                except Exception:
                    log.exception("what was to follow a commit has failed", worker=self.worker)
        if any(transaction.published for transaction in transactions):
            self.published()


def now_text() -> str:
    """The time as it stands in rows and messages: ISO 8601 in UTC, with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
