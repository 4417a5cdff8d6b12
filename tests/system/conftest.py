"""The system as people run it: `homeiq` as a process, with a data folder of the test's own."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

HOMEIQ = Path(sys.executable).with_name("homeiq")
SETTINGS = ("MQTT_", "HOMEIQ_", "DATABASE_", "HA_", "INFLUXDB_", "OPENAI_", "GROQ_", "ANTHROPIC_", "CORRELATION_")


class Installation:
    """One data folder, and the commands run on it."""

    def __init__(self, data: Path) -> None:
        self.data = data
        kept = {name: value for name, value in os.environ.items() if not name.startswith(SETTINGS)}
        self.environment = kept | {"HOMEIQ_DATA": str(data), "NO_COLOR": "1", "COLUMNS": "200"}

    async def start(self, *arguments: str, **environment: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            HOMEIQ,
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=self.environment | environment,
            cwd=self.data.parent,
        )

    async def run(self, *arguments: str, **environment: str) -> tuple[int, str, str]:
        """Exit status, standard output and standard error of a command."""
        process = await self.start(*arguments, **environment)
        try:
            out, error = await asyncio.wait_for(process.communicate(), 60)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return process.returncode or 0, out.decode(), error.decode()

    async def json(self, *arguments: str) -> Any:
        """What a command that must succeed prints."""
        status, out, error = await self.run(*arguments, "--json")
        assert status == 0, error
        return json.loads(out)

    @asynccontextmanager
    async def up(self, *arguments: str, **environment: str) -> AsyncIterator[Up]:
        process = await self.start("up", "--json", *arguments, **environment)
        up = Up(process)
        try:
            await up.ready()
            yield up
        finally:
            await up.end()


class Up:
    """A running `homeiq up`, or a worker."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.event: dict[str, Any] = {}
        self.log = ""
        self._reading: asyncio.Task[None] | None = None

    async def ready(self) -> None:
        assert self.process.stdout is not None
        self._reading = asyncio.create_task(self._read_log())
        line = await asyncio.wait_for(self.process.stdout.readline(), 40)
        if not line:
            await self.process.wait()
            await self._reading
            raise AssertionError(f"ended with status {self.process.returncode}: {self.log}")
        self.event = json.loads(line)

    async def _read_log(self) -> None:
        assert self.process.stderr is not None
        while line := await self.process.stderr.readline():
            self.log += line.decode()

    async def end(self) -> int:
        """SIGTERM, and the exit status."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            status = await asyncio.wait_for(self.process.wait(), 20)
        except TimeoutError:
            self.process.kill()
            status = await self.process.wait()
        if self._reading is not None:
            await self._reading
        return status


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    return Installation(tmp_path / "data")


@pytest.fixture
async def entered() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack
