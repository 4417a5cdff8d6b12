"""A search in a process of its own, seen from the worker."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Final

import structlog

import workers
from shared.errors import InternalError, Unavailable
from workers.pattern.analysis import Tell
from workers.pattern.searching.frames import (
    FAILURE,
    FRAME_LIMIT,
    HEADER,
    OUTCOME,
    PROGRESS,
    TASK,
    Kind,
    Task,
    day_frames,
    frame,
    read_day,
)
from workers.pattern.searching.search import Found, KeptDay

log = structlog.get_logger(__name__)

_MODULE: Final = "workers.pattern.searching.child"
_ROOT: Final = str(Path(workers.__file__).parents[1])
_COMPLAINT: Final = 4_000
"""Characters of what a process that failed wrote to its standard error."""


async def search_apart(task: Task, kept: Mapping[int, KeptDay], tell: Tell) -> Found:
    """Have a task done; `kept` are days that were counted before. The process is gone when this ends, however it does.

    Raises what the search raised for people to read, and InternalError where the process ended without a word.
    """
    # A thread for each core would be in the way of the workers.
    environment = {**os.environ, "PYTHONPATH": _ROOT, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", _MODULE, stdin=PIPE, stdout=PIPE, stderr=PIPE, env=environment
    )
    assert process.stdin is not None  # noqa: S101 - for the type checker
    assert process.stderr is not None  # noqa: S101
    complaint = asyncio.create_task(process.stderr.read())
    try:
        process.stdin.writelines([TASK.dump_json(task) + b"\n", *day_frames(kept), frame(Kind.END, b"")])
        found = await _hear(process, tell)
        if found is None:
            code = await process.wait()
            log.error("the process of an analysis ended", code=code, said=(await complaint).decode()[-_COMPLAINT:])
            raise InternalError(f"the process of the analysis {_end(code)}; the patterns are as they were")
        return found
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await asyncio.gather(complaint, return_exceptions=True)


async def _hear(process: Process, tell: Tell) -> Found | None:
    """What the process found; None where it ended before it said so."""
    days: dict[int, KeptDay] = {}
    async for kind, content in _frames(process):
        if kind is Kind.PROGRESS:
            progress = PROGRESS.validate_json(content)
            tell(progress.done, progress.message)
        elif kind is Kind.DAY:
            day, kept = read_day(content)
            days[day] = kept
        elif kind is Kind.FOUND:
            outcome = OUTCOME.validate_json(content)
            return Found(outcome.findings, days, outcome.lookups)
        else:
            raise Unavailable(FAILURE.validate_json(content).message)
    return None


async def _frames(process: Process) -> AsyncIterator[tuple[Kind, bytes]]:
    assert process.stdout is not None  # noqa: S101 - for the type checker
    while True:
        try:
            kind, size = HEADER.unpack(await process.stdout.readexactly(HEADER.size))
            if size > FRAME_LIMIT:
                raise InternalError(f"the process of the analysis said {size} bytes at once: analyse fewer days")
            yield Kind(kind), await process.stdout.readexactly(size)
        except asyncio.IncompleteReadError:
            return


def _end(code: int) -> str:
    return f"was ended by signal {-code}" if code < 0 else f"failed with status {code}; the log says why"
