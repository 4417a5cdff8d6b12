"""Latencies and rates: collecting them, and their percentiles."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

Call = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Figures:
    """What a stretch of calls came to: latencies in milliseconds, the caller's CPU per call in microseconds.

    `commits` are those of whoever answers, per call, where it tells.
    """

    calls: int
    per_second: float
    p50: float
    p95: float
    p99: float
    cpu_us: float
    commits: float = 0.0

    @classmethod
    def of(cls, latencies: Sequence[float], seconds: float, cpu_seconds: float) -> Figures:
        """From latencies in seconds, the length of the stretch and the CPU it took."""
        calls = len(latencies)
        return cls(
            calls,
            calls / seconds,
            1000 * percentile(latencies, 0.50),
            1000 * percentile(latencies, 0.95),
            1000 * percentile(latencies, 0.99),
            1e6 * cpu_seconds / max(calls, 1),
        )


def median(rounds: Sequence[Figures]) -> Figures:
    """The median of each figure over several stretches, and all their calls."""
    names = ("per_second", "p50", "p95", "p99", "cpu_us", "commits")
    middle = {name: statistics.median(getattr(each, name) for each in rounds) for name in names}
    return Figures(calls=sum(each.calls for each in rounds), **middle)


def percentile(values: Sequence[float], share: float) -> float:
    """By nearest rank; NaN where there is nothing."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


async def closed_loop(call: Call, concurrency: int, seconds: float) -> Figures:
    """Call over and over for so long: `concurrency` callers, each of which waits for its answer before the next."""
    latencies: list[float] = []
    cpu, start = time.process_time(), time.perf_counter()
    until = start + seconds

    async def caller() -> None:
        while (began := time.perf_counter()) < until:
            await call()
            latencies.append(time.perf_counter() - began)

    async with asyncio.TaskGroup() as group:
        for _ in range(concurrency):
            group.create_task(caller())
    return Figures.of(latencies, time.perf_counter() - start, time.process_time() - cpu)


async def in_turn(calls: Sequence[Call], rounds: int) -> Figures:
    """Each of the calls once a round, one after the other."""
    latencies: list[float] = []
    cpu, start = time.process_time(), time.perf_counter()
    for _ in range(rounds):
        for call in calls:
            began = time.perf_counter()
            await call()
            latencies.append(time.perf_counter() - began)
    return Figures.of(latencies, time.perf_counter() - start, time.process_time() - cpu)
