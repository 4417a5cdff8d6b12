"""A process of its own for each responder and requester, told what to do by lines of JSON.

The first line on stdin is where the broker is. A responder answers until stdin ends. A requester takes a line for each
measurement (`{"concurrency": 10, "seconds": 1.5}`) and prints its figures as a line.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import asdict, dataclass
from typing import Any

from tests.bench.figures import Figures

Measure = Callable[[int, float], Awaitable[Figures]]


@dataclass(frozen=True, slots=True)
class Login:
    """A broker and a user on it."""

    host: str
    port: int
    user: str
    password: str


Responder = Callable[[Login], AbstractAsyncContextManager[None]]
Requester = Callable[[Login], AbstractAsyncContextManager[Measure]]


def run(responder: Responder, requester: Requester) -> None:
    """Be what the command line says, until stdin ends."""
    asyncio.run(_respond(responder) if sys.argv[1] == "responder" else _request(requester))


async def _respond(responder: Responder) -> None:
    async with responder(Login(**await _line())):
        _say({})
        await _line()


async def _request(requester: Requester) -> None:
    async with requester(Login(**await _line())) as measure:
        _say({})
        while order := await _line():
            _say(asdict(await measure(order["concurrency"], order["seconds"])))


async def _line() -> dict[str, Any]:
    line = await asyncio.to_thread(sys.stdin.readline)
    return json.loads(line) if line else {}


def _say(document: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(document) + "\n")
    sys.stdout.flush()


class Child:
    """The parent's end of such a process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def tell(self, document: dict[str, Any]) -> dict[str, Any]:
        """Send a line and wait for the line that answers it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(document).encode() + b"\n")
        answer = await asyncio.wait_for(self._process.stdout.readline(), 60)
        if not answer:
            raise RuntimeError("a process of the benchmark ended: its error stands above")
        reply: dict[str, Any] = json.loads(answer)
        return reply

    async def measure(self, concurrency: int, seconds: float) -> Figures:
        """Have a requester measure."""
        return Figures(**await self.tell({"concurrency": concurrency, "seconds": seconds}))


@asynccontextmanager
async def child(module: str, role: str, login: Login) -> AsyncIterator[Child]:
    """Start a contender's process, and end it at the end of the block."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        role,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        started = Child(process)
        await started.tell(asdict(login))
        yield started
    finally:
        await _end(process)


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        await asyncio.wait_for(process.wait(), 5)
    except TimeoutError:
        process.kill()
        await process.wait()
