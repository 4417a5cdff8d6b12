"""The floor of an effect: one row into SQLite, committed and synced to the disk, with nothing else around it."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

from tests.bench.child import Login, Measure, run
from tests.bench.contenders.saying import TEXT
from tests.bench.figures import Figures


@asynccontextmanager
async def responder(_login: Login) -> AsyncIterator[None]:
    yield


@asynccontextmanager
async def requester(login: Login) -> AsyncIterator[Measure]:
    file = Path(login.folder) / "commits.db"
    with closing(sqlite3.connect(file, isolation_level=None, check_same_thread=False)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE kept (id INTEGER PRIMARY KEY, said TEXT)")
        yield lambda _, seconds: asyncio.to_thread(_commit, connection, seconds)


def _commit(connection: sqlite3.Connection, seconds: float) -> Figures:
    latencies = []
    cpu, start = time.process_time(), time.perf_counter()
    while (began := time.perf_counter()) < start + seconds:
        connection.execute("INSERT INTO kept (said) VALUES (?)", (TEXT,))
        latencies.append(time.perf_counter() - began)
    return Figures.of(latencies, time.perf_counter() - start, time.process_time() - cpu)


if __name__ == "__main__":
    run(responder, requester)
