"""Reads: run side by side within their deadlines, joined where they repeat, refused where there is no room."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from contracts.model import Request
from contracts.operation import Operation
from shared.bus.deadline import Deadline
from shared.bus.health import RequestMeter
from shared.bus.recent import RecentReplies
from shared.bus.replies import ReplyRoute, error_reply, ok_reply
from shared.bus.requests import Call
from shared.bus.worker import Bound
from shared.errors import DeadlineExceeded, InternalError, Overloaded, RequestError, Unavailable

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one worker takes on at a time."""

    running: int = 32
    queued: int = 256


@dataclass(frozen=True, slots=True)
class Read:
    """One request to be answered."""

    operation: Operation[Any, Any]
    bound: Bound
    request: Request
    call: Call
    deadline: Deadline
    arrived: float


class ReadRunner:
    """Answers the reads of one worker. `reply` sends a payload on its way."""

    def __init__(
        self,
        worker: str,
        limits: Limits,
        reply: Callable[[ReplyRoute, bytes], None],
        meters: Mapping[str, RequestMeter],
    ) -> None:
        self._worker, self._limits, self._reply, self._meters = worker, limits, reply, meters
        self._recent = RecentReplies()
        self._queue: deque[Read] = deque()
        self._running: set[asyncio.Task[None]] = set()

    @property
    def running(self) -> int:
        """How many are being answered."""
        return len(self._running)

    @property
    def queued(self) -> int:
        """How many wait."""
        return len(self._queue)

    def admit(self, read: Read) -> None:
        """Join, answer from memory, run, queue, or say at once that there is no room."""
        key, meter = read.call.key, self._meters[read.operation.name]
        if key is not None and self._recent.running(key):
            meter.joined += 1
        elif key is not None and (payload := self._recent.answered(key)) is not None:
            meter.joined += 1
            self._reply(read.call.route, payload)
        elif len(self._running) < self._limits.running:
            self._begin(key)
            self._run(read)
        elif len(self._queue) < self._limits.queued:
            self._begin(key)
            self._queue.append(read)
        else:
            busy = Overloaded(f"the {self._worker} worker has {len(self._queue)} requests waiting: try again later")
            meter.errors[busy.code] += 1
            self._reply(read.call.route, error_reply(read.call.correlation_id, busy))

    def _begin(self, key: tuple[str, str, str, bytes] | None) -> None:
        if key is not None:
            self._recent.begin(key)

    def _run(self, read: Read) -> None:
        task = asyncio.create_task(self._answer(read))
        self._running.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        while self._queue and len(self._running) < self._limits.running:
            self._run(self._queue.popleft())

    async def _answer(self, read: Read) -> None:
        payload: bytes | None = None
        keep = False
        try:
            if not read.deadline.passed:
                payload, keep = await self._outcome(read)
            if payload is None or (read.deadline.passed and read.deadline.given):
                self._meters[read.operation.name].expired += 1  # nobody waits any more: no late answer
            else:
                self._reply(read.call.route, payload)
                self._meters[read.operation.name].took(time.monotonic() - read.arrived)
        finally:
            if read.call.key is not None:
                self._recent.finish(read.call.key, payload if keep else None)

    async def _outcome(self, read: Read) -> tuple[bytes | None, bool]:
        """The reply, and whether a repetition is to get the same. No reply where the caller has left."""
        structlog.contextvars.bind_contextvars(correlation_id=read.call.correlation_id, operation=read.operation.name)
        try:
            response = await self._within(read)
        except RequestError as error:
            self._meters[read.operation.name].errors[error.code] += 1
            if isinstance(error, DeadlineExceeded) and read.deadline.given:
                return None, False
            return error_reply(read.call.correlation_id, error), not isinstance(error, Overloaded | Unavailable)
        except Exception:
            log.exception("a request failed")
            self._meters[read.operation.name].errors[InternalError.code] += 1
            broken = InternalError(f"the {self._worker} worker failed on this request; its log says why")
            return error_reply(read.call.correlation_id, broken), False
        return ok_reply(read.call.correlation_id, response), True

    async def _within(self, read: Read) -> Any:
        """Run the handler; one that overruns is cancelled."""
        late = read.deadline.at - time.monotonic()
        try:
            async with asyncio.timeout(late) as limit:
                return await read.bound.call(read.request, read.deadline, read.call)
        except TimeoutError:
            if not limit.expired():
                raise
            raise DeadlineExceeded(f"{read.operation.name} took longer than {late:.1f} s") from None

    async def drain(self) -> None:
        """Wait until all are answered."""
        while self._running:
            await asyncio.wait(self._running)

    async def stop(self) -> None:
        """Answer no more."""
        self._queue.clear()
        left = list(self._running)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
