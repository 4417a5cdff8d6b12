"""A worker with one effect, whose rows tell how often it was done."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.jobs import CancelRequest, CancelResponse, Finished, Progress, Started
from contracts.model import Fact, Message, Request
from contracts.operation import Event, Operation, State
from shared.bus.client import Client
from shared.bus.jobs import Job, Jobs
from shared.bus.retained import RetainedStates
from shared.bus.serving import Limits, Serving
from shared.bus.transaction import Transaction
from shared.bus.worker import Worker
from shared.database_pool import create_shared_db_engine, dispose_engines, reading, writing
from shared.migrations import migrate
from tests.conftest import Bus


class Adding(Request):
    amount: int
    how: str = ""


class Added(Message):
    total: int


class TotalChanged(Fact):
    total: int


class Total(Message):
    total: int


class Digging(Request):
    depth: int = 1


class Dug(Finished):
    depth: int = 0


CHANGED = Event("home/changed", TotalChanged, worker="data", summary="The total is another.")
DUG = Event("import/done", Dug, worker="data", summary="The hole is dug.")
DIGGING = Event("import/progress", Progress, worker="data", summary="How deep it is.")
TOTAL = State("data/total", Total, worker="data", summary="The total.")
# The names are those of real topics, which the access list knows.
ADD = Operation("data/import", Adding, Added, worker="data", summary="Add.", effect=True)
DIG = Operation("data/dig", Digging, Started, worker="data", summary="Dig.", effect=True, progress=DIGGING, done=DUG)
STOP = Operation("data/stop", CancelRequest, CancelResponse, worker="data", summary="Stop digging.", effect=True)

Step = Callable[[Adding], Awaitable[None]]


async def nothing(_: Adding) -> None:
    """Needs no time."""


class Ledger:
    """The worker's table, and what the test wants to happen on the way."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self.inside: Step = nothing
        self.before: Step = nothing
        self.hearing: Callable[[TotalChanged], Awaitable[None]] | None = None
        self.heard: list[int] = []
        self.digs: list[tuple[str, int]] = []
        self.dig: Callable[[Job], Awaitable[None]] | None = None

    async def amounts(self) -> list[int]:
        async with reading(self.engine) as connection:
            return list((await connection.execute(text("SELECT amount FROM ledger ORDER BY rowid"))).scalars())

    async def rows(self, table: str, columns: str = "*") -> list[Any]:
        async with reading(self.engine) as connection:
            return list((await connection.execute(text(f"SELECT {columns} FROM {table} ORDER BY 1"))).all())

    async def execute(self, statement: str) -> None:
        async with writing(self.engine) as connection:
            await connection.execute(text(statement))

    def worker(self, *, prepared: bool = False, consumes: bool = False) -> Worker:
        worker = Worker("data")

        @worker.handles(ADD)
        async def add(request: Adding, transaction: Transaction, states: RetainedStates) -> Added:
            await transaction.connection.execute(text("INSERT INTO ledger VALUES (:n)"), {"n": request.amount})
            await self.inside(request)
            total = (await transaction.connection.execute(text("SELECT sum(amount) FROM ledger"))).scalar_one()
            await transaction.publish(CHANGED, total=total)
            transaction.after_commit(lambda: states.renew(TOTAL))
            return Added(total=total)

        if prepared:

            @worker.prepares(ADD)
            async def think(request: Adding) -> None:
                await self.before(request)

        self._dig(worker)

        @worker.retains(TOTAL)
        async def total() -> Total:
            return Total(total=sum(await self.amounts()))

        if consumes:

            @worker.on(CHANGED)
            async def hear(event: TotalChanged, transaction: Transaction) -> None:
                self.heard.append(event.total)
                if self.hearing is not None:
                    await self.hearing(event)
                if event.total < 0:
                    raise ValueError("no such total")

        return worker

    def _dig(self, worker: Worker) -> None:
        @worker.prepares(DIG)
        async def dig(request: Digging, job: Job) -> Dug:
            self.digs.append((job.id, request.depth))
            if self.dig is not None:
                await self.dig(job)
            return Dug(event_id="", at="", id=job.id, status="completed", depth=request.depth)  # type: ignore[arg-type]

        @worker.handles(DIG)
        async def keep(dug: Dug, transaction: Transaction) -> dict[str, Any]:
            await transaction.connection.execute(text("INSERT INTO ledger VALUES (:n)"), {"n": dug.depth})
            return {"depth": dug.depth}

        @worker.handles(STOP)
        async def stop(request: CancelRequest, jobs: Jobs, transaction: Transaction) -> CancelResponse:
            return await jobs.cancel(transaction, DIG, request.id)

    def serving(self, bus: Bus, *, limits: Limits | None = None, **kind: bool) -> Serving:
        connector = bus.connector()
        return Serving(self.worker(**kind), connector, {}, engine=self.engine, limits=limits)


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[Ledger]:
    url = str(tmp_path / "homeiq.db")
    await asyncio.to_thread(migrate, url)
    engine = create_shared_db_engine(url)
    async with writing(engine) as connection:
        await connection.execute(text("CREATE TABLE ledger (amount INTEGER)"))
    yield Ledger(engine)
    await dispose_engines()


@pytest.fixture
async def asking(bus: Bus, entered: AsyncExitStack) -> Client:
    return await entered.enter_async_context(Client(bus.connector(), user="admin"))
