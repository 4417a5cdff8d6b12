"""Processes of the benchmark's own, told what to do by lines of JSON on stdin, which they answer by lines on stdout.

The first line for a responder or requester is where the broker is. A responder answers until stdin ends. A requester
takes a line for each measurement (`{"concurrency": 10, "seconds": 1.5}`) and prints its figures as a line.
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
    """A broker, a user on it, and a folder on a disk for whoever keeps something."""

    host: str
    port: int
    user: str
    password: str
    folder: str


Responder = Callable[[Login], AbstractAsyncContextManager[None]]
Requester = Callable[[Login], AbstractAsyncContextManager[Measure]]


def run(responder: Responder, requester: Requester) -> None:
    """Be what the command line says, until stdin ends."""
    asyncio.run(_respond(responder) if sys.argv[1] == "responder" else _request(requester))


async def _respond(responder: Responder) -> None:
    async with responder(Login(**await hear())):
        say({})
        await hear()


async def _request(requester: Requester) -> None:
    async with requester(Login(**await hear())) as measure:
        say({})
        while order := await hear():
            say(asdict(await measure(order["concurrency"], order["seconds"])))


async def hear() -> dict[str, Any]:
    """The next line from the parent; empty at the end."""
    line = await asyncio.to_thread(sys.stdin.readline)
    return json.loads(line) if line else {}


def say(document: dict[str, Any]) -> None:
    """Answer the parent."""
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
async def child(module: str, *arguments: str) -> AsyncIterator[Child]:
    """Start a module as a process, and end it at the end of the block."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", module, *arguments, stdin=pipe, stdout=pipe)
    try:
        yield Child(process)
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
