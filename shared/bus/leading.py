"""What only one instance of a worker does: its effects, long operations, daily functions, cursors and states."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import Any, Self

import structlog

from contracts.model import Request
from contracts.operation import Operation
from shared.bus.books import Books
from shared.bus.consumers import Consumer
from shared.bus.daily import DailyRunner
from shared.bus.deadline import Deadline
from shared.bus.effect import EffectHandler
from shared.bus.effects import EffectRunner
from shared.bus.instance import Instance
from shared.bus.jobs import Job, JobHandler, JobRunner, Jobs
from shared.bus.lease import Lease
from shared.bus.replies import ReplyRoute
from shared.bus.requests import Call
from shared.bus.retained import RetainedStates
from shared.bus.sweeping import sweep_rows
from shared.bus.transaction import Transaction
from shared.bus.transport import Connector, Message, Subscription
from shared.bus.worker import Bound, Function, WiringError, Worker, bind, given_by
from shared.errors import HomeIQError

log = structlog.get_logger(__name__)

_NO_RETAINED = 2
_PAUSE_AFTER_FAILURE = 1.0

Receiver = Callable[[Operation[Any, Any]], Callable[[Message], None]]


class Leadership:
    """Holds the lease for as long as it can, and does what goes with it while it does.

    `reply` sends a payload on its way, `zone` gives the home's time zone, `most` effects are taken in at a time.
    """

    def __init__(
        self,
        me: Instance,
        connector: Connector,
        resources: Mapping[type, Any],
        books: Books,
        reply: Callable[[ReplyRoute, bytes], None],
        zone: Callable[[], str],
        most: int,
    ) -> None:
        if books.transactions is None or books.relay is None:
            raise WiringError(f"the {me.worker.name} worker has effects, and so needs a database")
        self._me, self._worker, self._main, self._root = me, me.worker, me.connection, me.root
        self._transactions, letters = books.transactions, books.dead_letters
        self._relay = books.relay
        self.lease = Lease(connector, me.connection, root=me.root, worker=me.worker.name, instance=me.name)
        wired = _Wired(me.worker, resources)
        self.effects = EffectRunner(self._transactions, me.root, wired.effects(), reply, me.meters, letters, most=most)
        self._jobs = JobRunner(self._transactions, resources[Jobs], wired.jobs(), letters, me.root)
        self._consumer = Consumer(self._transactions, wired.consumed(), letters, me.root)
        self._daily = DailyRunner(self._transactions, wired.daily(), zone)
        self._states: RetainedStates = resources[RetainedStates]
        self._states.owns({state: bind(function, resources) for state, function in me.worker.states.items()})
        self._led = [bind(function, resources).call for function in me.worker.led]
        self._leading: asyncio.Task[None] | None = None

    async def prepare(self, receiver: Receiver) -> None:
        """Say what is to be heard; call it before the main connection is entered."""
        await self.lease.watch()
        for operation in self._worker.operations:
            if operation.effect:
                topic = Subscription(operation.request_topic(self._root), retain_handling=_NO_RETAINED)
                await self.lease.connection.subscribe([topic], receiver(operation))
        for event in self._worker.consumed:
            await self._main.subscribe([Subscription(event.topic(self._root))], self._heard)
        self._main.when_up(self._connected)

    def _heard(self, message: Message) -> None:
        message.acknowledge()
        self._consumer.wake()

    async def _connected(self) -> None:
        """What was said meanwhile is in the table; what the broker knew of our states may be gone."""
        self._consumer.wake()
        if self.lease.leads:
            await self._states.renew_all()

    async def __aenter__(self) -> Self:
        self._leading = asyncio.create_task(self._keep_running(self._lead))
        self.lease.connection.begin()
        await self.lease.settled.wait()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._leading is not None:
            self._leading.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._leading
        await self.lease.connection.__aexit__(kind, error, trace)

    async def drain(self) -> None:
        """Take no more effects in, and end those that were: the broker keeps what comes for who leads next."""
        await self.effects.drain()

    async def _lead(self) -> None:
        while True:
            await self.lease.won.wait()
            self.lease.rested.clear()
            try:
                await self._me.lead(True)
                log.info("leads", worker=self._worker.name)
                await self._run_until_lost()
            finally:
                self.lease.rested.set()
            log.warning("leads no more", worker=self._worker.name)
            await self._me.lead(False)

    async def _run_until_lost(self) -> None:
        led: list[Callable[[], Awaitable[Any]]] = [
            self._relay.run,
            self.effects.run,
            self._jobs.run,
            self._consumer.run,
            self._daily.run,
            lambda: self._states.run(self._main),
            lambda: sweep_rows(self._transactions),
            *self._led,
        ]
        runs = [asyncio.create_task(self._keep_running(run)) for run in led]
        try:
            await self.lease.lost.wait()
        finally:
            for task in runs:
                task.cancel()
            await asyncio.gather(*runs, return_exceptions=True)

    @staticmethod
    async def _keep_running(run: Callable[[], Awaitable[Any]]) -> None:
        while True:
            try:
                await run()
            except HomeIQError as error:
                log.error("what the leading instance does has failed", error=str(error))  # noqa: TRY400 - told
            except Exception:
                log.exception("what the leading instance does has failed")
            else:
                return
            await asyncio.sleep(_PAUSE_AFTER_FAILURE)


class _Wired:
    """The functions of a worker with their resources filled in."""

    def __init__(self, worker: Worker, resources: Mapping[type, Any]) -> None:
        self._worker, self._resources = worker, resources

    def effects(self) -> dict[Operation[Any, Any], EffectHandler]:
        found = {}
        for operation, function in self._worker.operations.items():
            if operation.long:
                found[operation] = EffectHandler(self._start(operation))
            elif operation.effect:
                prepare = self._worker.preparations.get(operation)
                per_call = (operation.request, Deadline, Call)
                given = given_by(prepare) if prepare else ()
                found[operation] = EffectHandler(
                    bind(function, self._resources, (*per_call, Transaction, *given)),
                    bind(prepare, self._resources, per_call) if prepare else None,
                )
        return found

    def _start(self, operation: Operation[Any, Any]) -> Bound:
        """The handler of a long operation's request: it makes the job a row."""

        async def start(jobs: Jobs, request: Request, transaction: Transaction) -> Any:
            return await jobs.start(transaction, operation, request)

        return Bound(start, {"jobs": self._resources[Jobs]}, {"request": Request, "transaction": Transaction})

    def jobs(self) -> dict[str, JobHandler]:
        found = {}
        for operation, function in self._worker.operations.items():
            if operation.long:
                prepare = self._prepare(operation)
                handle = (operation.request, Job, Transaction, *given_by(prepare))
                found[operation.name] = JobHandler(
                    operation,
                    bind(prepare, self._resources, (operation.request, Job)),
                    bind(function, self._resources, handle),
                )
        return found

    def _prepare(self, operation: Operation[Any, Any]) -> Function:
        if operation not in self._worker.preparations:
            raise WiringError(f"{operation.name} is a long operation: it needs a function that prepares it")
        return self._worker.preparations[operation]

    def consumed(self) -> dict[Any, Bound]:
        return {
            event: bind(function, self._resources, (event.model, Transaction))
            for event, function in self._worker.consumed.items()
        }

    def daily(self) -> dict[str, Any]:
        return {
            name: (at, bind(function, self._resources, (Transaction,)))
            for name, (at, function) in self._worker.daily_functions.items()
        }
