"""The whole system on the demo home: health, questions, and what it takes at rest. `homeiq up` as a user starts it."""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from contracts import query
from contracts.health import HealthRequest, health_of
from contracts.query import QueryRequest
from shared.broker.access import ADMIN
from shared.broker.process import own_broker
from shared.bus.client import Client
from tests.bench.figures import Figures, in_turn
from tests.bench.processes import up
from tests.bench.usage import cpu, memory

SENTENCES = (
    "which lights are on?",
    "is the kitchen window open?",
    "how many lights are on upstairs?",
    "what is the temperature in the living room?",
    "is any window open?",
    "are all doors locked?",
    "is the front door locked?",
    "is the kitchen light on",
    "what is the humidity in the bathroom?",
    "which windows are open on the ground floor?",
    "how warm is it in the bedroom?",
    "is the purple elephant switched on?",
)


@dataclass(frozen=True, slots=True)
class Rest:
    """Memory in MB of HomeIQ and of its broker, and CPU of both in percent of one core, while nobody asks."""

    homeiq_mb: float
    broker_mb: float
    cpu_percent: float
    start_seconds: float


@dataclass(frozen=True, slots=True)
class SystemFigures:
    """All that is measured on the running system."""

    rest: Rest
    health: Figures
    questions: Figures
    homeiq_mb_after: float


async def system(folder: Path, *, idle: float, rounds: int, say: Callable[[str], None]) -> SystemFigures:
    """Start it on an empty folder, let it rest for `idle` seconds, watch it for twice as long, then ask.

    Raises NotAvailableError.
    """
    say("homeiq up, at rest")
    began = time.perf_counter()
    async with up(folder, "--demo") as pids:
        started = time.perf_counter() - began
        await asyncio.sleep(idle)
        before, watched = cpu(pids), time.perf_counter()
        await asyncio.sleep(2 * idle)
        busy = 100 * (cpu(pids) - before) / (time.perf_counter() - watched)
        homeiq, broker = (memory(pid) for pid in pids)
        say("health and questions")
        health, questions = await _ask(folder, rounds)
        return SystemFigures(Rest(homeiq, broker, busy, started), health, questions, memory(pids[0]))


async def _ask(folder: Path, rounds: int) -> tuple[Figures, Figures]:
    address = own_broker(folder, ADMIN)
    assert address is not None
    async with Client(address) as client:
        asked = [functools.partial(client.request, query.ASK, QueryRequest(query=each)) for each in SENTENCES]
        await in_turn(asked, 1)  # the first question of all loads what the others find loaded
        health = functools.partial(client.request, health_of("query"), HealthRequest())
        return await in_turn([health], 20 * rounds), await in_turn(asked, rounds)
