"""Asking workers from Python: the successor of an HTTP client, with timeouts, retries and typed errors."""

from __future__ import annotations

import asyncio
import math
import random
import secrets
from collections.abc import Callable
from functools import partial
from types import TracebackType
from typing import Any, Self, TypeVar, cast

from pydantic import ValidationError

from contracts.envelope import CORRELATION_ID, REQUEST_LIMIT, Failed
from contracts.health import Presence
from contracts.jobs import Finished, Progress, Started
from contracts.model import Message as Response
from contracts.model import Request
from contracts.operation import ROOT, Operation
from shared.bus.connection import Connection
from shared.bus.deadline import Deadline
from shared.bus.mqtt import mqtt_connector
from shared.bus.packets import Publish
from shared.bus.presence import PresenceBoard, Reach
from shared.bus.transport import NO_SUBSCRIBERS, NOT_AUTHORISED, Connector, Message, Subscription
from shared.errors import (
    ConnectionLost,
    DeadlineExceeded,
    Forbidden,
    InternalError,
    InvalidRequest,
    NoWorker,
    Overloaded,
    Unavailable,
    from_body,
)
from shared.settings import BrokerAddress

Req = TypeVar("Req", bound=Request)
Res = TypeVar("Res", bound=Response)

_ATTEMPTS = 3
_FIRST_PAUSE = 0.05
_LARGEST_EXPIRY = 0xFFFFFFFF


class Client:
    """Asks workers and reads their replies, for as long as it is entered.

    `broker` is a URL such as `mqtt://user:password@host:1883`, an address, or a connector. Entering raises
    LoginRefused or BrokerError. `user` is who the replies belong to; the broker's user name unless told. `session` is
    for how many seconds the broker keeps what is said while the connection is lost: who waits long must hear the end.
    """

    def __init__(
        self, broker: str | BrokerAddress | Connector, *, root: str = ROOT, user: str | None = None, session: int = 0
    ) -> None:
        if isinstance(broker, str):
            broker = BrokerAddress.parse(broker)
        if isinstance(broker, BrokerAddress):
            user = user or broker.username
            broker = mqtt_connector(broker)
        self.root = root
        name = secrets.token_hex(8)
        self._reply_topic = f"{root}/reply/{user or 'anonymous'}/{name}"
        self.connection = Connection(broker, f"homeiq-client-{name}", session=session)
        self.presence = PresenceBoard(root)
        self._waiting: dict[bytes, asyncio.Future[bytes]] = {}

    async def __aenter__(self) -> Self:
        self.connection.when_down(self._connection_lost)
        await self.connection.subscribe([Subscription(self._reply_topic)], self._take_reply)
        await self.connection.subscribe([self.presence.subscription()], self.presence.hear)
        await self.connection.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.connection.__aexit__(kind, error, trace)

    async def request(
        self,
        operation: Operation[Req, Res],
        request: Req,
        *,
        timeout: float | None = None,
        correlation_id: str | None = None,
    ) -> Res:
        """Ask, and wait for the answer at most `timeout` seconds (the operation's own unless told).

        Tries up to three times on silence, `overloaded` and `unavailable`, with the same correlation id. Raises the
        RequestError that the reply carries, DeadlineExceeded on silence, NoWorker where nobody serves the operation,
        Forbidden where the broker lets this user not ask.
        """
        payload = await self.exchange(
            operation,
            request.model_dump_json(exclude_unset=True).encode(),
            timeout=timeout,
            correlation_id=correlation_id,
        )
        return _read_reply(operation, payload)

    async def run(
        self,
        operation: Operation[Req, Started],
        request: Req,
        *,
        timeout: float,
        progress: Callable[[Progress], None] = lambda _: None,
    ) -> Finished:
        """Have a long operation done, and wait for its end, of which the event is given. One at a time.

        Raises as `request`; DeadlineExceeded where the end was not told in time, which does not stop the operation.
        """
        if operation.done is None or operation.progress is None:
            raise TypeError(f"{operation.name} is no long operation")
        heard: asyncio.Queue[Publish] = asyncio.Queue()
        done, moving = operation.done.topic(self.root), operation.progress.topic(self.root)
        deadline = Deadline.after(timeout)

        def hear(message: Message) -> None:
            message.acknowledge()
            heard.put_nowait(message.packet)

        await self.connection.subscribe([Subscription(done), Subscription(moving)], hear)
        try:
            started = await self.request(operation, request, timeout=timeout)
            async with asyncio.timeout(max(deadline.remaining, 0)):
                while True:
                    packet = await heard.get()
                    model = operation.done.model if packet.topic == done else operation.progress.model
                    fact = model.model_validate_json(packet.payload)
                    if fact.id == started.id and packet.topic == done:
                        return cast("Finished", fact)
                    if fact.id == started.id:
                        progress(fact)
        except TimeoutError:
            raise DeadlineExceeded(f"{operation.name} has not ended in time; it goes on") from None
        finally:
            await self.connection.unsubscribe([done, moving])

    async def exchange(
        self,
        operation: Operation[Any, Any],
        payload: bytes,
        *,
        timeout: float | None = None,
        correlation_id: str | None = None,
    ) -> bytes:
        """Ask with a payload as it is, and give the reply envelope as it came.

        Raises as `request`, save for the errors that the reply itself carries.
        """
        deadline = Deadline.after(operation.timeout if timeout is None else timeout)
        _check(payload, correlation_id)
        correlation = (correlation_id or secrets.token_hex(16)).encode()
        last: bytes | None = None
        attempt = 0
        while attempt < _ATTEMPTS and not deadline.passed:
            await self._reachable(operation, deadline)
            window = deadline.remaining / (2 ** (_ATTEMPTS - attempt) - 1)
            try:
                last = await self._attempt(operation, payload, correlation, window, deadline)
                if _final(last):
                    return last
                await asyncio.sleep(min(_pause(attempt), max(deadline.remaining, 0)))
            except TimeoutError:
                pass
            except ConnectionLost:  # nobody got it: the attempt does not count
                await asyncio.sleep(_FIRST_PAUSE)
                continue
            attempt += 1
        if last is not None:
            return last
        raise DeadlineExceeded(f"no worker answered {operation.name} in time, after {attempt} attempts")

    async def _attempt(
        self, operation: Operation[Any, Any], payload: bytes, correlation: bytes, window: float, deadline: Deadline
    ) -> bytes:
        """Publish once and wait for the reply. Raises TimeoutError, ConnectionLost or Forbidden."""
        loop = asyncio.get_running_loop()
        reply: asyncio.Future[bytes] = loop.create_future()
        self._waiting[correlation] = reply
        timer = loop.call_later(window, _give_up, reply)
        packet = Publish(
            operation.request_topic(self.root),
            payload,
            response_topic=self._reply_topic,
            correlation_data=correlation,
            expiry=min(max(math.ceil(deadline.remaining), 1), _LARGEST_EXPIRY),
        )
        self.connection.send(packet, partial(_refused, reply, operation))
        try:
            return await reply
        finally:
            timer.cancel()
            self._waiting.pop(correlation, None)

    async def _reachable(self, operation: Operation[Any, Any], deadline: Deadline) -> None:
        """Wait for a connection, and for a worker that is only away. Raises NoWorker or DeadlineExceeded."""
        if self.connection.up and self.presence.reach(operation.name) is Reach.ONLINE:
            return
        try:
            async with asyncio.timeout(max(deadline.remaining, 0)):
                await self.connection.wait_up()
                await self.settle()
                pause = _FIRST_PAUSE
                while (reach := self.presence.reach(operation.name)) is Reach.OFFLINE:
                    await asyncio.sleep(pause)
                    pause = min(2 * pause, 1.0)
        except TimeoutError:
            if self.connection.up:
                raise NoWorker(f"every worker that serves {operation.name} is offline") from None
            raise DeadlineExceeded(f"no connection to the broker in time to ask {operation.name}") from None
        except ConnectionLost:
            return
        if reach is Reach.NOBODY:
            raise NoWorker(f"no worker serves {operation.name}: `homeiq status` shows which are there")

    async def settle(self) -> None:
        """Wait until the broker has sent what it had retained for this client."""
        marker = secrets.token_bytes(16)
        seen: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._waiting[marker] = seen
        try:
            await self.connection.publish(Publish(self._reply_topic, b"", correlation_data=marker))
            await seen
        finally:
            self._waiting.pop(marker, None)

    async def workers(self) -> list[Presence]:
        """The instances of all workers that are there, or were a while ago."""
        await self.settle()
        return self.presence.everybody()

    def _take_reply(self, message: Message) -> None:
        message.acknowledge()
        waiting = self._waiting.get(message.packet.correlation_data or b"")
        if waiting is not None and not waiting.done():
            waiting.set_result(message.packet.payload)

    def _connection_lost(self) -> None:
        self.presence.doubt()
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(ConnectionLost("the connection ended before the answer came"))


def _give_up(reply: asyncio.Future[bytes]) -> None:
    if not reply.done():
        reply.set_exception(TimeoutError())


def _refused(reply: asyncio.Future[bytes], operation: Operation[Any, Any], outcome: int | ConnectionLost) -> None:
    """Turn what the broker says of a request into the end of the waiting for its reply."""
    if reply.done():
        return
    if isinstance(outcome, ConnectionLost):
        reply.set_exception(outcome)
    elif outcome == NO_SUBSCRIBERS:  # the worker is not back yet from a lost connection, and soon will be
        reply.set_exception(ConnectionLost(f"nobody listens to {operation.name} at the moment"))
    elif outcome == NOT_AUTHORISED:
        reply.set_exception(Forbidden(f"the broker lets this user not ask {operation.name}"))


def _check(payload: bytes, correlation_id: str | None) -> None:
    if len(payload) > REQUEST_LIMIT:
        raise InvalidRequest(f"the request has {len(payload)} bytes; at most {REQUEST_LIMIT} can be sent")
    if correlation_id is not None and not CORRELATION_ID.fullmatch(correlation_id):
        raise InvalidRequest("a correlation id is 1 to 128 characters of [A-Za-z0-9._:-]")


_TRY_AGAIN = (b'"code":"overloaded"', b'"code":"unavailable"')


def _final(payload: bytes) -> bool:
    """Whether trying again can't help."""
    if b'"status":"error"' not in payload[:256] or not any(code in payload for code in _TRY_AGAIN):
        return True
    try:
        failed = Failed.model_validate_json(payload)
    except ValidationError:
        return True
    return not isinstance(from_body(failed.error), Overloaded | Unavailable)


def _pause(attempt: int) -> float:
    """Seconds before the next attempt: exponential, with full jitter."""
    return random.uniform(0.5, 1.0) * _FIRST_PAUSE * float(2**attempt)  # noqa: S311


def _read_reply(operation: Operation[Any, Res], payload: bytes) -> Res:
    try:
        reply = operation.reply.validate_json(payload)
    except ValidationError as error:
        raise InternalError(f"the reply to {operation.name} can't be read: {error.errors()[0]['msg']}") from None
    if isinstance(reply, Failed):
        raise from_body(reply.error)
    return reply.data
