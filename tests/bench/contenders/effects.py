"""An effect of HomeIQ's own: a request that adds a row, done once, by a worker whose inbox is on the disk.

FULL is what the product does: it syncs to the disk before it acknowledges and before it answers. NORMAL leaves the
syncs out, to show what they cost; a power cut would then take effects that were answered.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from contracts.health import Check, HealthRequest, HealthStatus, health_of
from contracts.operation import Operation
from shared.bus import effects
from shared.bus.client import Client
from shared.bus.mqtt import mqtt_connector
from shared.bus.serving import Serving
from shared.bus.transaction import Transaction
from shared.bus.worker import Worker
from shared.database_pool import create_shared_db_engine, dispose_engines, pool_statistics, writing
from shared.migrations import migrate
from tests.bench.child import Login, Measure, run
from tests.bench.contenders.ours import address_of
from tests.bench.contenders.saying import TEXT, Said, Saying
from tests.bench.figures import Figures, closed_loop

# Two workers, since one lease is held once; the names are those of real topics, which the access list knows.
_OPERATIONS = {
    "FULL": Operation("data/import", Saying, Said, worker="data", summary="Keep it.", effect=True),
    "NORMAL": Operation("patterns/feedback", Saying, Said, worker="pattern", summary="Keep it.", effect=True),
}
_COMMITS = {"FULL": "durable_writes", "NORMAL": "writes"}


def _worker(keep: Operation[Saying, Said]) -> Worker:
    worker = Worker(keep.worker)

    @worker.handles(keep)
    async def add(request: Saying, transaction: Transaction) -> Said:
        await transaction.connection.execute(text("INSERT INTO kept VALUES (:said)"), {"said": request.text})
        return Said(text=request.text)

    return worker


@asynccontextmanager
async def responder(login: Login) -> AsyncIterator[None]:
    mode = sys.argv[2]
    file = str(Path(login.folder) / f"{mode}.db")
    await asyncio.to_thread(migrate, file)
    engine = create_shared_db_engine(file)
    unsynced = patch.object(effects, "writing", _without_sync) if mode == "NORMAL" else nullcontext()
    try:
        async with writing(engine) as connection:
            await connection.execute(text("CREATE TABLE kept (said TEXT)"))
        glances = {"database": lambda: Check(status=HealthStatus.OK, figures=pool_statistics(engine))}
        connector = mqtt_connector(address_of(login))
        serving = Serving(_worker(_OPERATIONS[mode]), connector, {}, engine=engine, glances=glances)
        with unsynced:
            async with serving:
                yield
    finally:
        await dispose_engines()


def _without_sync(engine: AsyncEngine, *, durable: bool = False) -> AbstractAsyncContextManager[AsyncConnection]:
    return writing(engine)


@asynccontextmanager
async def requester(login: Login) -> AsyncIterator[Measure]:
    mode = sys.argv[2]
    keep, request = _OPERATIONS[mode], Saying(text=TEXT)
    async with Client(address_of(login)) as client:

        async def commits() -> int:
            report = await client.request(health_of(keep.worker), HealthRequest())
            return int(report.checks["database"].figures[_COMMITS[mode]])

        async def measure(concurrency: int, seconds: float) -> Figures:
            before = await commits()
            found = await closed_loop(lambda: client.request(keep, request), concurrency, seconds)
            return replace(found, commits=(await commits() - before) / found.calls)

        yield measure


if __name__ == "__main__":
    run(responder, requester)
