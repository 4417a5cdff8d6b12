"""The whole system on the demo home: health, questions, and what it takes at rest. `homeiq up` as a user starts it."""

from __future__ import annotations

import asyncio
import functools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from contracts import query
from contracts.health import HealthRequest, health_of
from contracts.query import QueryRequest
from shared.broker.access import ADMIN
from shared.broker.process import BrokerFiles, Place, own_broker
from shared.bus.client import Client
from tests.bench.figures import Figures, in_turn

HOMEIQ = Path(sys.executable).with_name("homeiq")
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
_START_PATIENCE = 60.0
_TICKS = os.sysconf("SC_CLK_TCK")


class NotAvailableError(Exception):
    """What is to be measured can't be started; the message is its last words."""


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
    async with _up(folder) as pids:
        started = time.perf_counter() - began
        await asyncio.sleep(idle)
        before, watched = _cpu(pids), time.perf_counter()
        await asyncio.sleep(2 * idle)
        cpu = 100 * (_cpu(pids) - before) / (time.perf_counter() - watched)
        homeiq, broker = (_memory(pid) for pid in pids)
        say("health and questions")
        health, questions = await _ask(folder, rounds)
        return SystemFigures(Rest(homeiq, broker, cpu, started), health, questions, _memory(pids[0]))


async def _ask(folder: Path, rounds: int) -> tuple[Figures, Figures]:
    address = own_broker(folder, ADMIN)
    assert address is not None
    async with Client(address) as client:
        asked = [functools.partial(client.request, query.ASK, QueryRequest(query=each)) for each in SENTENCES]
        await in_turn(asked, 1)  # the first question of all loads what the others find loaded
        health = functools.partial(client.request, health_of("query"), HealthRequest())
        return await in_turn([health], 20 * rounds), await in_turn(asked, rounds)


@asynccontextmanager
async def _up(folder: Path) -> AsyncIterator[tuple[int, int]]:
    """`homeiq up --demo`, ready, with the process ids of it and of its broker."""
    own = {"HOMEIQ_DATA": str(folder), "HOMEIQ_LOG_LEVEL": "warning", "PATH": os.environ.get("PATH", os.defpath)}
    process = await asyncio.create_subprocess_exec(
        HOMEIQ, "up", "--demo", "--json", env=own, cwd=folder.parent, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        await _ready(process)
        place = Place.read(BrokerFiles(folder).place)
        assert place is not None
        yield process.pid, place.pid
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.communicate(), 20)


async def _ready(process: asyncio.subprocess.Process) -> None:
    assert process.stdout is not None
    assert process.stderr is not None
    line = await asyncio.wait_for(process.stdout.readline(), _START_PATIENCE)
    if not line or json.loads(line).get("event") != "ready":
        words = (await process.stderr.read()).decode(errors="replace").strip().splitlines()
        raise NotAvailableError(words[-1] if words else "homeiq up ended without a word")


def _memory(pid: int) -> float:
    """Resident memory of a process in MB."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        return int(_ps(pid, "rss")) / 1024
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024 / 1024


def _cpu(pids: tuple[int, ...]) -> float:
    """CPU seconds that these processes have taken since they started."""
    return sum(_cpu_of(pid) for pid in pids)


def _cpu_of(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        seconds = 0.0
        for part in _ps(pid, "time").replace("-", ":").split(":"):
            seconds = 60 * seconds + float(part)
        return seconds
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _ps(pid: int, column: str) -> str:
    command = ["ps", "-o", f"{column}=", "-p", str(pid)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
