"""Effects: accepted into the inbox, acknowledged, then done once, together with their events and their reply.

What waits is taken in groups: one transaction accepts what has come in and ends what is ready, and one sync to the
disk serves them all.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from contracts.model import Request
from contracts.operation import Operation
from shared.bus import inbox
from shared.bus.dead_letters import DeadLetter, DeadLetters
from shared.bus.deadline import Deadline
from shared.bus.effect import Effect, EffectHandler, Ended, broken, do_effect
from shared.bus.health import RequestMeter
from shared.bus.recent import RecentReplies
from shared.bus.replies import ReplyRoute, error_reply
from shared.bus.requests import Call, RejectedRequestError, read_request
from shared.bus.transaction import Transactions
from shared.bus.transport import Message
from shared.bus.worker import Bound
from shared.database_pool import reading, writing
from shared.errors import Conflict, DatabaseError, InternalError, Overloaded, RequestError, Unavailable

log = structlog.get_logger(__name__)

_GROUP = 64
_LONGEST_HANDLER = 30.0
_ATTEMPTS = 2
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0


class EffectRunner:
    """Does the effects of one worker, for as long as this instance leads it."""

    def __init__(
        self,
        transactions: Transactions,
        root: str,
        handlers: Mapping[Operation[Any, Any], EffectHandler],
        reply: Callable[[ReplyRoute, bytes], None],
        meters: Mapping[str, RequestMeter],
        dead_letters: DeadLetters,
        *,
        most: int,
    ) -> None:
        self._transactions, self._root, self._handlers = transactions, root, handlers
        self._reply, self._meters, self._dead_letters, self._most = reply, meters, dead_letters, most
        self._recent = RecentReplies()
        self._in_flight: dict[tuple[str, str, str, bytes], Effect] = {}
        self._effects: set[Effect] = set()
        self._begun: set[int] = set()
        self._arrived: deque[Effect] = deque()
        self._ready: deque[Effect] = deque()
        self._preparing: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._pause = _FIRST_PAUSE
        self._draining, self._idle = False, asyncio.Event()

    @property
    def running(self) -> int:
        """How many effects are under way."""
        return len(self._effects)

    def receive(
        self, operation: Operation[Any, Any], request: Request, call: Call, deadline: Deadline, message: Message
    ) -> None:
        """Take a request in. Its message is acknowledged when its row is committed, or when it is refused."""
        meter = self._meters[operation.name]
        if call.key is not None and (known := self._in_flight.get(call.key)) is not None:
            meter.joined += 1
            known.routes[call.route] = None
            self._acknowledge(known, message)
        elif call.key is not None and (payload := self._recent.answered(call.key)) is not None:
            meter.joined += 1
            message.acknowledge()
            self._reply(call.route, payload)
        elif self._draining:
            return
        elif len(self._effects) >= self._most:
            message.acknowledge()
            self._refuse(operation, call, Overloaded(f"{len(self._effects)} effects are waiting: try again later"))
        else:
            self._take(Effect.asked(operation, request, call, deadline, message))

    def _acknowledge(self, effect: Effect, message: Message) -> None:
        """Now, where the row is committed; else with it."""
        if effect.row_id:
            message.acknowledge()
        else:
            effect.messages.append(message)

    def _take(self, effect: Effect) -> None:
        self._effects.add(effect)
        if effect.call.key is not None:
            self._in_flight[effect.call.key] = effect
        self._arrived.append(effect)
        self._wake.set()

    def _let_go(self, effect: Effect) -> None:
        self._effects.discard(effect)
        self._begun.discard(effect.row_id)
        if effect.call.key is not None:
            self._in_flight.pop(effect.call.key, None)
        if self._draining and not self._effects:
            self._idle.set()

    # -- the loop ------------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Do what is left from before, then what comes, until cancelled. What is accepted by then stays a row."""
        try:
            await self._recover()
            while True:
                await self._wake.wait()
                self._wake.clear()
                while self._arrived or self._ready:
                    await self._group()
        except asyncio.CancelledError:
            for task in self._preparing:
                task.cancel()
            await asyncio.gather(*self._preparing, return_exceptions=True)
            await self._take_back()
            self._forget_all()
            raise

    def _forget_all(self) -> None:
        """Nothing of this is lost: what was not acknowledged is sent again, the rest are rows."""
        self._effects.clear()
        self._in_flight.clear()
        self._arrived.clear()
        self._ready.clear()
        self._idle.set()

    async def drain(self) -> None:
        """Take no more in, and wait until all that was has ended. What comes stays with the broker for the next."""
        self._draining = True
        if self._effects:
            await self._idle.wait()

    async def _group(self) -> None:
        arrived = [self._arrived.popleft() for _ in range(min(len(self._arrived), _GROUP))]
        ready = [self._ready.popleft() for _ in range(min(len(self._ready), _GROUP))]
        try:
            async with writing(self._transactions.engine, durable=True) as connection:
                known = [await inbox.accept(connection, self._transactions.worker, each.entry) for each in arrived]
                ended = [
                    await do_effect(connection, each, self._handlers[each.operation], self._transactions.worker)
                    for each in ready
                ]
        except (DatabaseError, SQLAlchemyError, OSError) as error:
            self._could_not_write(arrived, ready, error)
            return
        self._pause = _FIRST_PAUSE
        for effect, found in zip(arrived, known, strict=True):
            self._accepted(effect, found)
        self._transactions.finish([each.transaction for each in ended if each.transaction is not None])
        for each in ended:
            self._answer(each)

    def _accepted(self, effect: Effect, known: inbox.Known) -> None:
        effect.acknowledge()
        if not known.same:
            self._let_go(effect)
            used = Conflict(f"correlation id {effect.call.correlation_id} was used before, for another request")
            self._refuse(effect.operation, effect.call, used)
        elif known.reply is not None:
            self._meters[effect.operation.name].joined += 1
            self._let_go(effect)
            for route in effect.routes:
                self._reply(route, known.reply)
        elif (twin := next((each for each in self._effects if each.row_id == known.id), None)) is not None:
            self._effects.discard(effect)  # which came while what a crash had left was done
            twin.routes.update(effect.routes)
            if twin.call.key is not None:
                self._in_flight[twin.call.key] = twin
        else:
            effect.row_id, effect.call = known.id, replace(effect.call, effect_id=known.effect_id)
            self._start(effect)

    def _start(self, effect: Effect) -> None:
        """Run an accepted effect: its preparation first, where it has one."""
        prepare = self._handlers[effect.operation].prepare
        if prepare is None:
            self._ready.append(effect)
            self._wake.set()
        else:
            task = asyncio.create_task(self._prepare(effect, prepare))
            self._preparing.add(task)
            task.add_done_callback(self._preparing.discard)

    async def _prepare(self, effect: Effect, prepare: Bound) -> None:
        structlog.contextvars.bind_contextvars(correlation_id=effect.call.correlation_id)
        try:
            # It may take long and reach outside: a crash in it counts as a beginning.
            await self._begin(effect.row_id)
            effect.prepared = (await prepare.call(effect.request, effect.call, effect.deadline),)
        except RequestError as error:
            effect.error = error
        except DatabaseError as error:
            effect.error = Unavailable(str(error))
        except Exception:
            log.exception("an effect could not be prepared")
            effect.error = broken(self._transactions.worker)
        self._ready.append(effect)
        self._wake.set()

    def _answer(self, ended: Ended) -> None:
        effect, meter = ended.effect, self._meters[ended.effect.operation.name]
        self._let_go(effect)
        if ended.error is not None:
            meter.errors[ended.error.code] += 1
        if ended.payload is None:
            return
        if effect.call.key is not None and ended.final:
            self._recent.finish(effect.call.key, ended.payload)
        if effect.deadline.passed and effect.deadline.given:
            meter.expired += 1  # nobody waits any more: the reply is stored, and given to who asks again
            return
        for route in effect.routes:
            self._reply(route, ended.payload)
        meter.took(time.monotonic() - effect.arrived)

    # -- what goes wrong -----------------------------------------------------------------------------------------------

    def _could_not_write(self, arrived: list[Effect], ready: list[Effect], error: Exception) -> None:
        """Nothing of the group is committed: what came in was not accepted, what was accepted is tried again."""
        log.error("effects can't be written", waiting=len(ready), refused=len(arrived), error=str(error))
        for effect in arrived:
            self._let_go(effect)
            effect.acknowledge()
            self._refuse(effect.operation, effect.call, Unavailable(_told(error)))
        for effect in ready:
            pending = Unavailable(f"{_told(error)} What was asked is accepted and will be done.", [_PENDING])
            for route in effect.routes:
                self._reply(route, error_reply(effect.call.correlation_id, pending))
            asyncio.get_running_loop().call_later(self._pause, self._retry, effect)
        self._pause = min(2 * self._pause, _LONGEST_PAUSE)

    def _retry(self, effect: Effect) -> None:
        if effect in self._effects:
            self._ready.append(effect)
            self._wake.set()

    def _refuse(self, operation: Operation[Any, Any], call: Call, error: RequestError) -> None:
        self._meters[operation.name].errors[error.code] += 1
        log.info("effect refused", operation=operation.name, correlation_id=call.correlation_id, error=error.message)
        self._reply(call.route, error_reply(call.correlation_id, error))

    # -- after a crash -------------------------------------------------------------------------------------------------

    async def _recover(self) -> None:
        """Do what was accepted and not ended, one by one: what ended the process before must not take others along."""
        async with reading(self._transactions.engine) as connection:
            rows = await inbox.unfinished(connection, self._transactions.worker)
        for row in rows:
            await self._do_again(row)
        if rows:
            log.info("effects from before are done", count=len(rows))

    async def _do_again(self, row: Any) -> None:
        operation = next((each for each in self._handlers if each.name == row.operation), None)
        packet = inbox.packet_of(row)
        if operation is None:
            return
        try:
            request, call = read_request(operation, packet, self._root)
        except RejectedRequestError as rejected:  # a newer contract: what was valid is so no more
            await self._give_up(row, rejected.call, rejected.error)
            return
        if row.attempts >= _ATTEMPTS:
            await self._give_up(row, call, _begun_twice(operation.name))
            return
        call = replace(call, effect_id=row.effect_id)
        left = row.deadline_at - time.time() if row.deadline_at is not None else operation.timeout
        deadline = Deadline.after(left, given=row.deadline_at is not None)
        entry = inbox.Entry(row.operation, row.caller, row.correlation_id, row.digest, packet, row.deadline_at)
        effect = Effect(operation, request, call, deadline, entry, {call.route: None}, row_id=row.id)
        self._effects.add(effect)
        if call.key is not None:
            self._in_flight[call.key] = effect
        if (prepare := self._handlers[operation].prepare) is not None:
            await self._prepare(effect, prepare)
        else:
            await self._begin(row.id)
            self._ready.append(effect)
        await self._group()

    async def _begin(self, row_id: int) -> None:
        """Count a beginning."""
        async with writing(self._transactions.engine, durable=True) as connection:
            await inbox.begin(connection, [row_id])
        self._begun.add(row_id)

    async def _take_back(self) -> None:
        """We leave, or lead no more: what was begun here had no crash."""
        begun, self._begun = self._begun, set()
        if begun:
            with contextlib.suppress(DatabaseError, SQLAlchemyError):
                async with writing(self._transactions.engine, durable=True) as connection:
                    await inbox.begin(connection, begun, times=-1)

    async def _give_up(self, row: Any, call: Call, error: RequestError) -> None:
        payload = error_reply(call.correlation_id, error)
        async with self._transactions.begin(call.correlation_id) as transaction:
            if await inbox.finish(transaction.connection, row.id, payload, state=inbox.DEAD):
                letter = DeadLetter(inbox.packet_of(row), error.message, row.attempts)
                await self._dead_letters.add(transaction, letter)
        self._reply(call.route, payload)


_PENDING = {"outcome": "pending"}


def _begun_twice(name: str) -> InternalError:
    return InternalError(f"{name} was begun twice and came to no end: it is kept as a dead letter")


def _told(error: Exception) -> str:
    return str(error) if isinstance(error, DatabaseError) else "the database can't be written."
