"""Processes that each add one to the same row, over and over: what they count, and how long one step takes."""

from __future__ import annotations

import asyncio
import sys
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text

from shared.database_pool import create_shared_db_engine, dispose_engines, reading, writing
from tests.bench.child import child, hear, say
from tests.bench.figures import Figures, median
from tests.bench.report import Row

_PROCESSES = 4
_TIMES = 200
_ROUNDS = 3
_READ = text("SELECT count FROM counter")
_WRITE = text("UPDATE counter SET count = :count")


@dataclass(frozen=True, slots=True)
class CountingFigures:
    """What stands in the row in the end, and the latencies of reading and writing it, in all processes together."""

    counted: int
    writes: Figures


async def counting(folder: Path) -> CountingFigures:
    """Have 4 processes count to 200 at the same time: the least that was counted in three rounds, and the medians."""
    rounds = [await _round(str(folder / f"counting-{number}.db")) for number in range(_ROUNDS)]
    return CountingFigures(min(each.counted for each in rounds), median([each.writes for each in rounds]))


async def _round(file: str) -> CountingFigures:
    engine = create_shared_db_engine(file)
    try:
        async with writing(engine) as connection:
            await connection.execute(text("CREATE TABLE counter (count INTEGER NOT NULL)"))
            await connection.execute(text("INSERT INTO counter VALUES (0)"))
        async with AsyncExitStack() as stack:
            children = [await stack.enter_async_context(child("tests.bench.counting", file)) for _ in range(_PROCESSES)]
            await asyncio.gather(*(each.tell({"times": 0}) for each in children))  # all are there, and connected
            began = time.perf_counter()
            told = await asyncio.gather(*(each.tell({"times": _TIMES}) for each in children))
            took = time.perf_counter() - began
        async with reading(engine) as connection:
            counted = (await connection.execute(_READ)).scalar_one()
    finally:
        await dispose_engines()
    latencies = [latency for each in told for latency in each["latencies"]]
    return CountingFigures(counted, Figures.of(latencies, took, 0.0))


async def _count() -> None:
    """One of the processes."""
    engine = create_shared_db_engine(sys.argv[1])
    try:
        while order := await hear():
            latencies = []
            for _ in range(order["times"]):
                began = time.perf_counter()
                async with writing(engine) as connection:
                    count = (await connection.execute(_READ)).scalar_one()
                    await connection.execute(_WRITE, {"count": count + 1})
                latencies.append(time.perf_counter() - began)
            async with reading(engine) as connection:
                await connection.execute(_READ)
            say({"latencies": latencies})
    finally:
        await dispose_engines()


def counting_rows(found: CountingFigures) -> list[Row]:
    """The figures for the table."""
    section = f"{_PROCESSES} processes x {_TIMES} read-modify-writes"
    return [
        Row(section, "counted", found.counted, "", float(_PROCESSES * _TIMES), most=False),
        Row(section, "one P50", found.writes.p50, "ms"),
        Row(section, "one P99", found.writes.p99, "ms"),
        Row(section, "all processes together", found.writes.per_second, "/s"),
    ]


if __name__ == "__main__":
    asyncio.run(_count())
