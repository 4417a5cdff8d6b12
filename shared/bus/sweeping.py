"""What has to be swept away: retained replies whose time is over, and rows that are old."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import structlog

from shared.bus.connection import Connection
from shared.bus.inbox import purge_inbox
from shared.bus.jobs import purge_jobs
from shared.bus.outbox import purge_events
from shared.bus.transaction import Transactions
from shared.bus.transport import Message, Subscription
from shared.errors import BrokerError, DatabaseError, Forbidden

log = structlog.get_logger(__name__)

_EACH_MINUTE = 60.0
_EACH_HOUR = 3600.0


async def sweep_replies(connection: Connection, response_topics: Sequence[str]) -> None:
    """Have the broker forget retained replies that have expired: at once, and then every minute.

    Mosquitto keeps them until somebody subscribes. An empty retained message would clear them too, but reaches whoever
    listens.
    """
    filters = [f"{topic}/+" for topic in response_topics]
    while True:
        await connection.wait_up()
        try:
            await connection.subscribe([Subscription(each, qos=0) for each in filters], _ignore)
        except (BrokerError, Forbidden) as error:
            log.warning("expired replies can't be swept away", error=str(error))
        finally:
            await connection.unsubscribe(filters)
        await asyncio.sleep(_EACH_MINUTE)


def _ignore(message: Message) -> None:
    message.acknowledge()


async def sweep_rows(transactions: Transactions) -> None:
    """Forget rows that are older than they are kept for: at once, and then every hour."""
    while True:
        now = datetime.now(UTC)
        try:
            async with transactions.begin(durable=False) as transaction:
                await purge_inbox(transaction.connection, now)
                await purge_events(transaction.connection, now)
                await purge_jobs(transaction, now)
        except DatabaseError as error:
            log.warning("old rows can't be swept away", error=str(error))
        await asyncio.sleep(_EACH_HOUR)
