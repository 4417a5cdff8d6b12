"""What a worker writes down, where it has a database: its transactions, its outbox, its dead letters."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from shared.bus.connection import Connection
from shared.bus.dead_letters import DeadLetters
from shared.bus.jobs import Jobs
from shared.bus.outbox import Relay
from shared.bus.retained import RetainedStates
from shared.bus.transaction import Transactions


class Books:
    """The bookkeeping of one worker: `resources` are what its handlers may ask for, `runs` what must run beside."""

    def __init__(self, engine: AsyncEngine | None, worker: str, root: str, connection: Connection) -> None:
        self.transactions: Transactions | None = None
        self.resources: dict[type, Any] = {}
        self.runs: list[Callable[[], Awaitable[None]]] = []
        if engine is not None:
            relay = Relay(engine, worker, root, connection)
            self.transactions = Transactions(engine, worker, relay.wake)
            self.resources = {
                Transactions: self.transactions,
                Jobs: Jobs(worker),
                RetainedStates: RetainedStates(root),
            }
            self.runs.append(relay.run)
        self.dead_letters = DeadLetters(self.transactions, worker)
        self.runs.append(self.dead_letters.run)
