"""`homeiq` as people run it: each command a process, ended by its id."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from shared.broker.process import BrokerFiles, Place

HOMEIQ = Path(sys.executable).with_name("homeiq")
_START_PATIENCE = 60.0
_END_PATIENCE = 20.0
_COMMAND_PATIENCE = 200.0


class NotAvailableError(Exception):
    """What is to be measured can't be started; the message is its last words."""


@asynccontextmanager
async def up(folder: Path, *arguments: str) -> AsyncIterator[tuple[int, int]]:
    """`homeiq up` on a data folder, ready, with the process ids of it and of its broker. Raises NotAvailableError."""
    async with running(folder, "up", *arguments) as process:
        place = Place.read(BrokerFiles(folder).place)
        assert place is not None
        yield process.pid, place.pid


@asynccontextmanager
async def running(folder: Path, *arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A command that says when it is ready and then stays: SIGTERM ends it at the end of the block, or else a kill."""
    with (folder.parent / f"{folder.name}.log").open("a+b") as log:
        process = await _start(folder, *arguments, error=log.fileno())
        try:
            assert process.stdout is not None
            line = await asyncio.wait_for(process.stdout.readline(), _START_PATIENCE)
            if not line or json.loads(line).get("event") != "ready":
                log.seek(0)
                raise NotAvailableError(_last_line(log.read()))
            yield process
        finally:
            await _end(process)


async def command(folder: Path, *arguments: str) -> dict[str, Any]:
    """What a command prints with `--json`. Raises NotAvailableError with its last words where it fails."""
    process = await _start(folder, *arguments, error=subprocess.PIPE)
    try:
        out, error = await asyncio.wait_for(process.communicate(), _COMMAND_PATIENCE)
    finally:
        await _end(process)
    if process.returncode:
        raise NotAvailableError(_last_line(error))
    document: dict[str, Any] = json.loads(out)
    return document


async def _start(folder: Path, *arguments: str, error: int) -> asyncio.subprocess.Process:
    own = {"HOMEIQ_DATA": str(folder), "HOMEIQ_LOG_LEVEL": "warning", "PATH": os.environ.get("PATH", os.defpath)}
    return await asyncio.create_subprocess_exec(
        HOMEIQ, *arguments, "--json", env=own, cwd=folder.parent, stdout=subprocess.PIPE, stderr=error
    )


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.send_signal(signal.SIGTERM)
    try:
        await asyncio.wait_for(process.communicate(), _END_PATIENCE)
    except TimeoutError:
        process.kill()
        await process.wait()


def _last_line(log: bytes) -> str:
    lines = log.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "homeiq ended without a word"
