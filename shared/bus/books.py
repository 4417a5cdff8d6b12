"""What a worker writes down, where it has a database: its transactions, its outbox, its dead letters."""

from __future__ import annotations

from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from shared.bus.connection import Connection
from shared.bus.dead_letters import DeadLetters
from shared.bus.jobs import Jobs
from shared.bus.outbox import Relay
from shared.bus.retained import RetainedStates
from shared.bus.transaction import Transactions


class Books:
    """The bookkeeping of one worker. `resources` are what its handlers may ask for.

    `relay` must run in the instance that leads, or in each of a worker of which none does.
    """

    def __init__(self, engine: AsyncEngine | None, worker: str, root: str, connection: Connection) -> None:
        self.transactions: Transactions | None = None
        self.relay: Relay | None = None
        self.resources: dict[type, Any] = {}
        if engine is not None:
            self.relay = Relay(engine, worker, root, connection)
            self.transactions = Transactions(engine, worker, self.relay.wake)
            self.resources = {
                Transactions: self.transactions,
                Jobs: Jobs(worker),
                RetainedStates: RetainedStates(root),
            }
        self.dead_letters = DeadLetters(self.transactions, worker)
