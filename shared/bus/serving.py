"""One worker at work: takes requests in, has them answered, tells of itself, and leaves in order."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import Any, Self

import structlog
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.operation import ROOT, Event, Operation
from shared.bus.books import Books
from shared.bus.connection import Connection
from shared.bus.dead_letters import DeadLetter
from shared.bus.deadline import Deadline
from shared.bus.health import Glance, Probe
from shared.bus.instance import Instance
from shared.bus.leading import Leadership
from shared.bus.reads import Limits, Read, ReadRunner
from shared.bus.replies import ReplyRoute, error_reply, ok_reply
from shared.bus.requests import Call, RejectedRequestError, read_request
from shared.bus.sessions import Sessions
from shared.bus.sweeping import sweep_replies
from shared.bus.transport import Connector, Message, Subscription
from shared.bus.worker import Bound, Worker, bind
from shared.errors import HomeIQError

__all__ = ["Limits", "Serving"]

log = structlog.get_logger(__name__)

_NO_RETAINED = 2
_DRAIN = 10.0
_LONGEST_PAUSE = 30.0


class Serving:
    """A worker that serves for as long as this is entered; leaving drains it.

    `resources` are what handlers may ask for by type. `engine` is the database of the inbox, outbox and dead letters:
    without one a worker can answer reads only. `zone` gives the home's time zone, `alive` is called after each round
    trip to the broker. Leaving takes no new requests, waits up to 10 s for those under way, says `offline` and
    disconnects.
    """

    def __init__(
        self,
        worker: Worker,
        connector: Connector,
        resources: Mapping[type, Any],
        *,
        root: str = ROOT,
        instance: str | None = None,
        engine: AsyncEngine | None = None,
        zone: Callable[[], str] = lambda: "UTC",
        alive: Callable[[], None] = lambda: None,
        probes: Mapping[str, Probe] | None = None,
        glances: Mapping[str, Glance] | None = None,
        limits: Limits | None = None,
        patient: bool = True,
    ) -> None:
        self.worker, self.root = worker, root
        limits = limits or Limits()
        self._me = Instance(
            worker,
            connector,
            root=root,
            name=instance or secrets.token_hex(4),
            probes=probes or {},
            glances=glances or {},
            alive=alive,
            load=self._load,
            patient=patient,
        )
        self.instance, self.connection, self.report = self._me.name, self._me.connection, self._me.report
        self._reads = ReadRunner(worker.name, limits, self._reply, self._me.meters)
        self._books = Books(engine, worker.name, root, self.connection)
        self._resources = {
            **resources,
            Connection: self.connection,
            Instance: self._me,
            Sessions: Sessions(connector, root, worker.name),
            **self._books.resources,
        }
        self._leadership: Leadership | None = None
        if worker.leads_something:
            most = limits.running + limits.queued
            self._leadership = Leadership(self._me, connector, self._resources, self._books, self._reply, zone, most)
        self._acting: set[asyncio.Task[None]] = set()
        self._beside: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        for operation, function in self.worker.operations.items():
            if not operation.effect:
                bound = bind(function, self._resources, (operation.request, Deadline, Call))
                await self.connection.subscribe(
                    [_shared(self.worker, operation, self.root)], self._reader(operation, bound)
                )
        await self.connection.subscribe([_shared(self.worker, self._me.health, self.root)], self._answer_health)
        for event, function in self.worker.events.items():
            heard = bind(function, self._resources, (event.model,))
            await self.connection.subscribe([Subscription(event.topic(self.root))], self._listener(event, heard))
        if self._leadership is not None:
            await self._leadership.prepare(self._effect_receiver)
        beside = [bind(function, self._resources).call for function in self.worker.background]
        await self.connection.__aenter__()
        if self._books.relay is not None and self._leadership is None:
            beside.append(self._books.relay.run)
        for run in (self._me.monitor.run, self._me.renew, self._sweep, self._books.dead_letters.run, *beside):
            self._beside.append(asyncio.create_task(self._keep_running(run)))
        if self._leadership is not None:
            await self._leadership.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._drain()
        for task in self._beside:
            task.cancel()
        await asyncio.gather(*self._beside, return_exceptions=True)
        await self._me.leave()
        await self.connection.__aexit__(kind, error, trace)

    # -- requests ------------------------------------------------------------------------------------------------------

    def _reader(self, operation: Operation[Any, Any], bound: Bound) -> Callable[[Message], None]:
        """Reads are acknowledged on receipt: their safety is the caller's retry."""

        def receive(message: Message) -> None:
            message.acknowledge()
            if (taken := self._read(operation, message)) is not None:
                request, call, deadline, arrived = taken
                self._reads.admit(Read(operation, bound, request, call, deadline, arrived))

        return receive

    def _effect_receiver(self, operation: Operation[Any, Any]) -> Callable[[Message], None]:
        """Effects are acknowledged by whoever makes them a row."""
        assert self._leadership is not None  # noqa: S101 - for the type checker
        effects = self._leadership.effects

        def receive(message: Message) -> None:
            if (taken := self._read(operation, message)) is None:
                message.acknowledge()
                return
            request, call, deadline, _ = taken
            effects.receive(operation, request, call, deadline, message)

        return receive

    def _read(self, operation: Operation[Any, Any], message: Message) -> tuple[Any, Call, Deadline, float] | None:
        """What a message asks for; None where that can't be read, which is answered and kept as a dead letter."""
        if message.packet.retain and not message.packet.payload:
            return None  # somebody clears a retained request
        arrived = time.monotonic()
        meter = self._me.meters[operation.name]
        meter.received += 1
        try:
            request, call = read_request(operation, message.packet, self.root)
        except RejectedRequestError as rejected:
            error, call = rejected.error, rejected.call
            meter.errors[error.code] += 1
            log.info(
                "request refused", operation=operation.name, correlation_id=call.correlation_id, error=error.message
            )
            self._reply(call.route, error_reply(call.correlation_id, error))
            self._books.dead_letters.give_up(DeadLetter(message.packet, error.message))
            return None
        expiry = message.packet.expiry
        seconds = operation.timeout if expiry is None else expiry
        return request, call, Deadline(arrived + seconds, given=expiry is not None), arrived

    def _reply(self, route: ReplyRoute, payload: bytes) -> None:
        for packet in route.packets(payload):
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
                self._books.dead_letters.give_up(
                    DeadLetter(message.packet, f"no {event.name}: {error.errors()[0]['msg']}")
                )
                return
            task = asyncio.create_task(self._act(event, bound, fact))
            self._acting.add(task)
            task.add_done_callback(self._acting.discard)

        return hear

    async def _act(self, event: Event[Any], bound: Bound, fact: Any) -> None:
        structlog.contextvars.bind_contextvars(correlation_id=fact.correlation_id, event_name=event.name)
        try:
            await bound.call(fact)
        except Exception:
            log.exception("an event could not be acted on")

    # -- health --------------------------------------------------------------------------------------------------------

    def _answer_health(self, message: Message) -> None:
        """Outside the queue and without waiting for anything."""
        message.acknowledge()
        try:
            _, call = read_request(self._me.health, message.packet, self.root)
        except RejectedRequestError as rejected:
            self._reply(rejected.call.route, error_reply(rejected.call.correlation_id, rejected.error))
            return
        self._reply(call.route, ok_reply(call.correlation_id, self.report()))

    @property
    def leads(self) -> bool:
        """Whether this instance does the worker's effects."""
        return self._leadership is not None and self._leadership.lease.leads

    def _load(self) -> tuple[int, int]:
        effects = self._leadership.effects.running if self._leadership is not None else 0
        return self._reads.running + effects, self._reads.queued

    # -- beside and ending ---------------------------------------------------------------------------------------------

    async def _keep_running(self, run: Callable[[], Awaitable[Any]]) -> None:
        """Run what runs beside for as long as the worker serves: start it again, ever more slowly, when it fails."""
        pause = 1.0
        while True:
            began = time.monotonic()
            try:
                await run()
            except HomeIQError as error:
                log.error("what runs beside the requests failed", worker=self.worker.name, error=str(error))  # noqa: TRY400
            except Exception:
                log.exception("what runs beside the requests failed", worker=self.worker.name)
            else:
                return
            pause = 1.0 if time.monotonic() - began > _LONGEST_PAUSE else min(2 * pause, _LONGEST_PAUSE)
            await asyncio.sleep(pause)

    async def _sweep(self) -> None:
        await sweep_replies(
            self.connection, [each.response_topic(self.root) for each in (*self.worker.operations, self._me.health)]
        )

    async def _drain(self) -> None:
        """Take nothing new, and let what is under way come to its end."""
        reads = [each for each in self.worker.operations if not each.effect]
        topics = [_shared(self.worker, each, self.root).topic_filter for each in (*reads, self._me.health)]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_DRAIN):
                await self.connection.unsubscribe(topics)
                if self._leadership is not None:
                    await self._leadership.drain()
                await self._reads.drain()
                while self._acting:
                    await asyncio.wait(self._acting)
        if self._leadership is not None:
            await self._leadership.__aexit__(None, None, None)
        await self._reads.stop()
        left = list(self._acting)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)


def _shared(worker: Worker, operation: Operation[Any, Any], root: str) -> Subscription:
    """Reads are shared by all instances of a worker; a member that dies keeps nothing for itself."""
    return Subscription(f"$share/{worker.name}/{operation.request_topic(root)}", retain_handling=_NO_RETAINED)
