"""Two instances of a worker, the leading one killed: how long until the other answers an effect that is asked then."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

from contracts import analysis
from contracts.analysis import AnalysisRequest
from contracts.health import PresenceStatus
from shared.broker.access import ADMIN, Naming
from shared.broker.process import MosquittoProcess
from shared.bus.client import Client
from tests.bench.processes import running
from tests.bench.report import Row

_WORKER = "pattern"
_PATIENCE = 20.0


async def takeovers(folder: Path, *, rounds: int, say: Callable[[str], None]) -> list[float]:
    """Seconds from the kill -9 of the leader to the reply to an effect sent at once after it, for each round.

    The history is empty, so that what is asked, an analysis, is only accepted and begun.
    """
    found = []
    async with (
        MosquittoProcess(folder, Naming()) as broker,
        Client(broker.address(ADMIN)) as client,
        AsyncExitStack() as stack,
    ):
        await stack.enter_async_context(running(folder, "worker", _WORKER))
        for number in range(rounds):
            say(f"takeover {number + 1} of {rounds}")
            # Who has just started takes the lease over; the one before it stands by.
            leader = await stack.enter_async_context(running(folder, "worker", _WORKER))
            await _settled(client)
            began = time.perf_counter()
            leader.kill()
            await client.request(analysis.RUN, AnalysisRequest(days=number + 1), timeout=_PATIENCE)
            found.append(time.perf_counter() - began)
            await leader.wait()
    return found


async def _settled(client: Client) -> None:
    """Wait until one of two instances leads: the one that came last."""
    async with asyncio.timeout(_PATIENCE):
        while True:
            there = [each for each in await client.workers() if each.status is PresenceStatus.ONLINE]
            if len(there) == 2 and [each.leads for each in sorted(there, key=lambda each: each.started)] == [
                False,
                True,
            ]:
                return
            await asyncio.sleep(0.05)


def takeover_rows(found: list[float]) -> list[Row]:
    """The figures for the table."""
    section = f"takeover, {len(found)} times"
    return [
        Row(section, "kill -9 of the leader to a reply, median", statistics.median(found), "s", 2.0),
        Row(section, "the longest", max(found), "s"),
    ]
