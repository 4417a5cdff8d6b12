"""The database: a connection from the pool, a simple query on it, and commits."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.database_pool import create_shared_db_engine, dispose_engines, reading, writing
from tests.bench.figures import Figures, median

_ROWS = 10_000
_WARM_UP = 20
_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class DatabaseFigures:
    """Taking a connection, one row by its key, and a committed insert: as most are, and one synced to the disk."""

    connection: Figures
    query: Figures
    write: Figures
    durable: Figures


async def database(folder: Path, *, times: int) -> DatabaseFigures:
    """Measure on SQLite files of its own with 10,000 rows: the median of three rounds of so many calls each."""
    rounds = [await _round(folder / f"bench-{number}.db", times) for number in range(_ROUNDS)]
    return DatabaseFigures(*(median(stretches) for stretches in zip(*rounds, strict=True)))


async def _round(file: Path, times: int) -> list[Figures]:
    engine = create_shared_db_engine(str(file))
    try:
        async with writing(engine) as connection:
            await connection.execute(text("CREATE TABLE thing (id INTEGER PRIMARY KEY, name TEXT NOT NULL)"))
            rows = [{"id": number, "name": f"thing {number}"} for number in range(_ROWS)]
            await connection.execute(text("INSERT INTO thing VALUES (:id, :name)"), rows)
        connecting: list[float] = []
        querying: list[float] = []
        for number in range(times + _WARM_UP):
            began = time.perf_counter()
            async with reading(engine) as connection:
                connected = time.perf_counter()
                key = {"id": number * 7919 % _ROWS}
                (await connection.execute(text("SELECT name FROM thing WHERE id = :id"), key)).one()
                queried = time.perf_counter()
            connecting.append(connected - began)
            querying.append(queried - connected)
        # One mode after the other: changing it between two commits costs a hop to the connection's thread.
        writes = [await _insert(engine, durable=False) for _ in range(times + _WARM_UP)]
        durable = [await _insert(engine, durable=True) for _ in range(times + _WARM_UP)]
        measured = (each[_WARM_UP:] for each in (connecting, querying, writes, durable))
        return [Figures.of(each, sum(each), 0.0) for each in measured]
    finally:
        await dispose_engines()


async def _insert(engine: AsyncEngine, *, durable: bool) -> float:
    began = time.perf_counter()
    async with writing(engine, durable=durable) as connection:
        await connection.execute(text("INSERT INTO thing (name) VALUES (:name)"), {"name": "another"})
    return time.perf_counter() - began
