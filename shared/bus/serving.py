"""One worker at work on one connection: admits requests, runs them within their deadlines, and replies."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

import structlog
from pydantic import ValidationError

from contracts.health import (
    HEALTH,
    PRESENCE_EXPIRY,
    RENEWAL,
    Check,
    HealthReport,
    HealthRequest,
    HealthStatus,
    health_of,
)
from contracts.model import Request
from contracts.operation import ROOT, Event, Operation
from shared.bus.connection import Connection
from shared.bus.deadline import Deadline
from shared.bus.health import Glance, HealthMonitor, Probe, RequestMeter, memory_mb, worst
from shared.bus.packets import Publish
from shared.bus.presence import Announcement
from shared.bus.recent import RecentReplies
from shared.bus.replies import error_reply, ok_reply
from shared.bus.requests import Call, RejectedRequestError, read_request
from shared.bus.transport import Connector, Message, Subscription, Will
from shared.bus.worker import Bound, Worker, bind
from shared.errors import ConnectionLost, DeadlineExceeded, InternalError, Overloaded, RequestError, Unavailable
from shared.version import VERSION

log = structlog.get_logger(__name__)

_NO_RETAINED = 2
_DRAIN = 10.0
_LONGEST_PAUSE = 30.0


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one worker takes on at a time."""

    running: int = 32
    queued: int = 256


@dataclass(frozen=True, slots=True)
class _Job:
    operation: Operation[Any, Any]
    bound: Bound
    request: Request
    call: Call
    deadline: Deadline
    arrived: float


class Serving:
    """A worker that serves for as long as this is entered; leaving drains it.

    `resources` are what handlers may ask for by type. Leaving takes no new requests, waits up to 10 s for those under
    way, says `offline` and disconnects.
    """

    def __init__(
        self,
        worker: Worker,
        connector: Connector,
        resources: Mapping[type, Any],
        *,
        root: str = ROOT,
        instance: str | None = None,
        probes: Mapping[str, Probe] | None = None,
        glances: Mapping[str, Glance] | None = None,
        limits: Limits | None = None,
        patient: bool = True,
    ) -> None:
        self.worker, self.root = worker, root
        self.instance = instance or secrets.token_hex(4)
        self._limits = limits or Limits()
        self._health_operation = health_of(worker.name)
        self._announcement = Announcement(
            root,
            worker.name,
            self.instance,
            VERSION,
            tuple(sorted(each.name for each in (*worker.operations, self._health_operation))),
            _now(),
            _now,
        )
        client_id = f"homeiq-{worker.name}-{self.instance}"
        self.connection = Connection(connector, client_id, will=self._will, patient=patient)
        self._monitor = HealthMonitor(probes or {}, {"broker": self._glance_at_broker, **(glances or {})})
        self._resources = {**resources, Connection: self.connection}
        self._meters = {each.name: RequestMeter() for each in worker.operations}
        self._recent = RecentReplies()
        self._queue: deque[_Job] = deque()
        self._running: set[asyncio.Task[None]] = set()
        self._beside: list[asyncio.Task[None]] = []
        self._started = time.monotonic()
        self._round_trip = 0.0

    async def __aenter__(self) -> Self:
        self.connection.when_up(self._arrive)
        handlers = self._bound()
        for operation, bound in handlers.items():
            await self.connection.subscribe([self._subscription(operation)], self._receiver(operation, bound))
        await self.connection.subscribe([self._subscription(self._health_operation)], self._answer_health)
        for event, function in self.worker.events.items():
            bound = bind(function, self._resources, (event.model,))
            await self.connection.subscribe([Subscription(event.topic(self.root))], self._listener(event, bound))
        await self.connection.__aenter__()
        beside = [bind(function, self._resources).call for function in self.worker.background]
        for run in (self._monitor.run, self._renew, *beside):
            self._beside.append(asyncio.create_task(self._keep_running(run)))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._drain()
        for task in self._beside:
            task.cancel()
        await asyncio.gather(*self._beside, return_exceptions=True)
        if self.connection.up:
            with contextlib.suppress(ConnectionLost, TimeoutError):
                await asyncio.wait_for(self.connection.publish(self._announcement.offline()), 2)
        await self.connection.__aexit__(kind, error, trace)

    def _bound(self) -> dict[Operation[Any, Any], Bound]:
        return {
            operation: bind(function, self._resources, (operation.request, Deadline, Call))
            for operation, function in self.worker.operations.items()
        }

    def _subscription(self, operation: Operation[Any, Any]) -> Subscription:
        """Reads are shared by all instances of a worker; effects go to the one that holds the lease."""
        topic = operation.request_topic(self.root)
        topic_filter = topic if operation.effect else f"$share/{self.worker.name}/{topic}"
        return Subscription(topic_filter, retain_handling=_NO_RETAINED)

    # -- requests ------------------------------------------------------------------------------------------------------

    def _receiver(self, operation: Operation[Any, Any], bound: Bound) -> Any:
        meter = self._meters[operation.name]

        def receive(message: Message) -> None:
            message.acknowledge()
            meter.received += 1
            arrived = time.monotonic()
            try:
                request, call = read_request(operation, message.packet, self.root)
            except RejectedRequestError as rejected:
                self._refuse(operation, rejected.call, rejected.error)
                return
            expiry = message.packet.expiry
            seconds = operation.timeout if expiry is None else expiry
            deadline = Deadline(arrived + seconds, given=expiry is not None)
            self._admit(_Job(operation, bound, request, call, deadline, arrived))

        return receive

    def _admit(self, job: _Job) -> None:
        """Join, answer from memory, run, queue, or say at once that there is no room."""
        key, meter = job.call.key, self._meters[job.operation.name]
        if key is not None and self._recent.running(key):
            meter.joined += 1
        elif key is not None and (payload := self._recent.answered(key)) is not None:
            meter.joined += 1
            self._send(job.call, payload)
        elif len(self._running) < self._limits.running:
            self._begin(key)
            self._run(job)
        elif len(self._queue) < self._limits.queued:
            self._begin(key)
            self._queue.append(job)
        else:
            busy = Overloaded(f"the {self.worker.name} worker has {len(self._queue)} requests waiting: try again later")
            self._refuse(job.operation, job.call, busy)

    def _begin(self, key: tuple[str, str, bytes] | None) -> None:
        if key is not None:
            self._recent.begin(key)

    def _run(self, job: _Job) -> None:
        task = asyncio.create_task(self._answer(job))
        self._running.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        while self._queue and len(self._running) < self._limits.running:
            self._run(self._queue.popleft())

    async def _answer(self, job: _Job) -> None:
        payload: bytes | None = None
        keep = False
        try:
            if not job.deadline.passed:
                payload, keep = await self._outcome(job)
            if payload is None or (job.deadline.passed and job.deadline.given):
                self._meters[job.operation.name].expired += 1  # nobody waits any more: no late answer
            else:
                self._send(job.call, payload)
                self._meters[job.operation.name].took(time.monotonic() - job.arrived)
        finally:
            if job.call.key is not None:
                self._recent.finish(job.call.key, payload if keep else None)

    async def _outcome(self, job: _Job) -> tuple[bytes | None, bool]:
        """The reply to a job, and whether a repetition is to get the same. No reply where the caller has left."""
        structlog.contextvars.bind_contextvars(correlation_id=job.call.correlation_id, operation=job.operation.name)
        try:
            response = await self._within(job)
        except RequestError as error:
            self._meters[job.operation.name].errors[error.code] += 1
            if isinstance(error, DeadlineExceeded) and job.deadline.given:
                return None, False
            return error_reply(job.call.correlation_id, error), not isinstance(error, Overloaded | Unavailable)
        except Exception:
            log.exception("a request failed")
            self._meters[job.operation.name].errors[InternalError.code] += 1
            broken = InternalError(f"the {self.worker.name} worker failed on this request; its log says why")
            return error_reply(job.call.correlation_id, broken), False
        return ok_reply(job.call.correlation_id, response), True

    async def _within(self, job: _Job) -> Any:
        """Run the handler. A read that overruns is cancelled; an effect that has begun is not."""
        running = job.bound.call(job.request, job.deadline, job.call)
        if job.operation.effect:
            return await running
        late = job.deadline.at - time.monotonic()
        try:
            async with asyncio.timeout(late) as limit:
                return await running
        except TimeoutError:
            if not limit.expired():
                raise
            raise DeadlineExceeded(f"{job.operation.name} took longer than {late:.1f} s") from None

    def _refuse(self, operation: Operation[Any, Any], call: Call, error: RequestError) -> None:
        self._meters[operation.name].errors[error.code] += 1
        log.info("request refused", operation=operation.name, correlation_id=call.correlation_id, error=error.message)
        self._send(call, error_reply(call.correlation_id, error))

    def _send(self, call: Call, payload: bytes) -> None:
        for packet in call.route.packets(payload):
            self.connection.tell(packet)

    # -- events --------------------------------------------------------------------------------------------------------

    def _listener(self, event: Event[Any], bound: Bound) -> Any:
        def hear(message: Message) -> None:
            message.acknowledge()
            if message.packet.retain:
                return
            try:
                fact = event.model.model_validate_json(message.packet.payload)
            except ValidationError as error:
                log.warning("an event can't be read", event_name=event.name, errors=error.error_count())
                return
            task = asyncio.create_task(self._act(event, bound, fact))
            self._running.add(task)
            task.add_done_callback(self._ended)

        return hear

    async def _act(self, event: Event[Any], bound: Bound, fact: Any) -> None:
        structlog.contextvars.bind_contextvars(correlation_id=fact.correlation_id, event_name=event.name)
        try:
            await bound.call(fact)
        except Exception:
            log.exception("an event could not be acted on")

    # -- presence and health -------------------------------------------------------------------------------------------

    def _will(self) -> Will:
        return self._announcement.will()

    async def _arrive(self) -> None:
        self._announcement = replace(self._announcement, connected=_now())
        await self._announce()

    async def _announce(self) -> None:
        """Say that this instance is there, and how it does; and see how long the broker takes to acknowledge."""
        began = time.monotonic()
        await self.connection.publish(self._announcement.online())
        self._round_trip = time.monotonic() - began
        self.connection.tell(self._health_packet())

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(RENEWAL)
            if self.connection.up:
                with contextlib.suppress(ConnectionLost):  # at the next connect it is said anyway
                    await self._announce()

    def _health_packet(self) -> Publish:
        topic = HEALTH.topic(self.root, worker=self.worker.name)
        return Publish(topic, self.report().model_dump_json().encode(), retain=True, expiry=PRESENCE_EXPIRY)

    def _answer_health(self, message: Message) -> None:
        """Outside the queue and without waiting for anything."""
        message.acknowledge()
        try:
            request, call = read_request(self._health_operation, message.packet, self.root)
        except RejectedRequestError as rejected:
            self._send(rejected.call, error_reply(rejected.call.correlation_id, rejected.error))
            return
        assert isinstance(request, HealthRequest)  # noqa: S101 - for the type checker
        self._send(call, ok_reply(call.correlation_id, self.report()))

    def report(self) -> HealthReport:
        """How this instance does, from what the probes found last."""
        checks = self._monitor.checks()
        return HealthReport(
            worker=self.worker.name,
            instance=self.instance,
            version=VERSION,
            status=worst(checks),
            at=_now(),
            uptime_seconds=round(time.monotonic() - self._started, 1),
            memory_mb=memory_mb(),
            running=len(self._running),
            queued=len(self._queue),
            checks=checks,
            requests={name: meter.figures() for name, meter in self._meters.items()},
        )

    def _glance_at_broker(self) -> Check:
        if not self.connection.up:
            return Check(status=HealthStatus.FAILED, message="no connection to the broker")
        figures = {"acknowledged_ms": round(1000 * self._round_trip, 3), "reconnects": self.connection.reconnects}
        return Check(status=HealthStatus.OK, figures=figures)

    # -- beside and ending ---------------------------------------------------------------------------------------------

    async def _keep_running(self, run: Callable[[], Awaitable[Any]]) -> None:
        """Run what runs beside for as long as the worker serves: start it again, ever more slowly, when it fails."""
        pause = 1.0
        while True:
            began = time.monotonic()
            try:
                await run()
            except Exception:
                log.exception("what runs beside the requests failed", worker=self.worker.name)
            else:
                return
            pause = 1.0 if time.monotonic() - began > _LONGEST_PAUSE else min(2 * pause, _LONGEST_PAUSE)
            await asyncio.sleep(pause)

    async def _drain(self) -> None:
        """Take nothing new, and let what is under way come to its end."""
        topics = [self._subscription(each).topic_filter for each in (*self.worker.operations, self._health_operation)]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_DRAIN):
                await self.connection.unsubscribe(topics)
                while self._running:
                    await asyncio.wait(self._running)
        left = list(self._running)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
