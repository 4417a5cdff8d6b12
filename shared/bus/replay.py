"""Replaying a recording: its requests are asked again, under new correlation ids, and their replies compared."""

from __future__ import annotations

import asyncio
import json
import math
import secrets
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from typing import Any

from contracts.envelope import CORRELATION_ID
from contracts.operation import ROOT
from shared.bus.connection import Connection
from shared.bus.exchanges import Exchange, Reply, agree, read_reply
from shared.bus.packets import Publish
from shared.bus.transport import NO_SUBSCRIBERS, NOT_AUTHORISED, Message, Subscription
from shared.errors import ConnectionLost

TIMEOUT = 10.0
"""Seconds to wait for each reply, unless told."""
CONCURRENCY = 16
"""Requests under way at once, unless told: below what Mosquitto lets one client have unacknowledged, which is 20."""


class Outcome(StrEnum):
    """How a reply stands to the recorded one."""

    SAME = "same"
    DIFFERENT = "different"
    UNRECORDED = "unrecorded"
    """There is a reply, and none in the record to hold it against."""
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of one request. `problem` says why a reply is missing."""

    exchange: Exchange
    reply: Reply | None
    problem: str | None = None

    @property
    def outcome(self) -> Outcome:
        """How the reply stands to the recorded one."""
        if self.reply is None:
            return Outcome.MISSING
        if self.exchange.reply is None:
            return Outcome.UNRECORDED
        return Outcome.SAME if agree(self.exchange.reply, self.reply) else Outcome.DIFFERENT

    @property
    def failed(self) -> bool:
        """Whether the reply is missing, or is an error where the record has none."""
        recorded = self.exchange.reply
        if self.reply is None:
            return True
        return recorded is not None and recorded["status"] == "ok" and self.reply["status"] == "error"


async def replay(
    exchanges: Sequence[Exchange],
    connection: Connection,
    *,
    root: str = ROOT,
    user: str = "anonymous",
    speed: float | None = 1.0,
    timeout: float = TIMEOUT,
    concurrency: int = CONCURRENCY,
    told: Callable[[Replayed], None] | None = None,
) -> list[Replayed]:
    """Ask again what was asked in a recording (`exchanges_of` reads it), and give what came back, in the same order.

    `connection` is entered; replies go to private topics of `user`, the broker user behind it. `speed` is a factor on
    the recorded pace, None sends at once; either way at most `concurrency` requests are under way. A request waits for
    `timeout` seconds, and one that carried an expiry carries this one now. `told` hears of each as it ends. Repetitions
    of one call stay that: they get one new correlation id, and are asked one after the other.
    """
    replaying = _Replaying(connection, f"{root}/reply/{user}/replay-{secrets.token_hex(8)}", timeout, concurrency)
    await connection.subscribe([Subscription(f"{replaying.topic}/+")], replaying.take)
    try:
        return await _ask_all(exchanges, offsets(exchanges, speed), replaying, told)
    except ExceptionGroup as several:  # what `told` raised
        raise several.exceptions[0] from None
    finally:
        await connection.unsubscribe([f"{replaying.topic}/+"])


async def _ask_all(
    exchanges: Sequence[Exchange],
    when: Sequence[float],
    replaying: _Replaying,
    told: Callable[[Replayed], None] | None,
) -> list[Replayed]:
    clock = asyncio.get_running_loop().time
    begin, tasks = clock(), []
    async with asyncio.TaskGroup() as group:
        for exchange, offset in zip(exchanges, when, strict=True):
            await asyncio.sleep(begin + offset - clock())
            await replaying.room.acquire()
            tasks.append(group.create_task(replaying.ask(exchange, told)))
    return [task.result() for task in tasks]


def offsets(exchanges: Sequence[Exchange], speed: float | None) -> list[float]:
    """Seconds from the first request to each; one that was recorded before its forerunner is sent with it."""
    found: list[float] = []
    for exchange in exchanges:
        since = (exchange.request.at - exchanges[0].request.at).total_seconds()
        found.append(0.0 if speed is None else max(since / speed, found[-1] if found else 0.0))
    return found


class _Replaying:
    """The replies that are waited for; each call has a reply topic of its own."""

    def __init__(self, connection: Connection, topic: str, timeout: float, concurrency: int) -> None:
        self.topic, self.room = topic, asyncio.Semaphore(concurrency)
        self._connection, self._timeout = connection, timeout
        self._calls: dict[Any, str] = defaultdict(partial(secrets.token_hex, 16))
        self._locks: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._waiting: dict[str, tuple[bytes | None, asyncio.Future[Reply]]] = {}

    def take(self, message: Message) -> None:
        """A reply came. One that does not echo the correlation data is nobody's."""
        message.acknowledge()
        packet = message.packet
        if (waiting := self._waiting.get(packet.topic)) is None:
            return
        echo, future = waiting
        if packet.correlation_data == echo and not future.done() and (reply := read_reply(packet.payload)) is not None:
            future.set_result(reply)

    async def ask(self, exchange: Exchange, told: Callable[[Replayed], None] | None) -> Replayed:
        """Ask once, and tell of the end."""
        try:
            call = self._calls[exchange.call]
            async with self._locks[call]:
                replayed = await self._exchange(exchange, call)
        finally:
            self.room.release()
        if told is not None:
            told(replayed)
        return replayed

    async def _exchange(self, exchange: Exchange, call: str) -> Replayed:
        topic = f"{self.topic}/{call}"
        packet = readdressed(exchange.request.packet, topic, call, math.ceil(self._timeout))
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting[topic] = None if packet.response_topic is None else packet.correlation_data, future
        try:
            async with asyncio.timeout(self._timeout):
                await self._connection.wait_up()
                self._connection.send(packet, partial(_refused, future))
                return Replayed(exchange, await future)
        except TimeoutError:
            return Replayed(exchange, None, f"no reply within {self._timeout:g} s")
        except _NotTakenError as error:
            return Replayed(exchange, None, str(error))
        finally:
            del self._waiting[topic]


class _NotTakenError(Exception):
    """A request that can have no reply."""


def _refused(reply: asyncio.Future[Reply], outcome: int | ConnectionLost) -> None:
    """Turn what the broker says of a request into the end of the waiting for its reply."""
    if reply.done():
        return
    if isinstance(outcome, ConnectionLost):
        reply.set_exception(_NotTakenError(str(outcome)))
    elif outcome == NOT_AUTHORISED:
        reply.set_exception(_NotTakenError("the broker lets this user not ask this"))
    elif outcome == NO_SUBSCRIBERS:
        reply.set_exception(_NotTakenError("no worker serves this"))


def readdressed(packet: Publish, reply_topic: str, call: str, expiry: int) -> Publish:
    """A recorded request as it is asked again: its reply comes to `reply_topic`, its correlation is made of `call`.

    It carries what it carried: correlation data where it had some (no UTF-8 where that was none), a correlation id and
    a `reply_to` in the payload where they stood there, an expiry (now `expiry` seconds) where it had one. What had no
    reply topic gets a response topic, so that the reply comes here; a payload with neither field stays as it is.
    """
    payload, has_reply_to = _readdressed_payload(packet.payload, reply_topic, call)
    data = packet.correlation_data
    return replace(
        packet,
        payload=payload,
        qos=min(packet.qos, 1),
        response_topic=None if has_reply_to and packet.response_topic is None else reply_topic,
        correlation_data=_like(data, call) if data else data,
        expiry=None if packet.expiry is None else expiry,
        mid=0,
    )


def _readdressed_payload(payload: bytes, reply_topic: str, call: str) -> tuple[bytes, bool]:
    """The payload, and whether it names a reply topic. What the worker would refuse is left for it to refuse."""
    try:
        fields = json.loads(payload)
    except (ValueError, RecursionError):
        return payload, False
    if not isinstance(fields, dict):
        return payload, False
    named, has_reply_to = fields.get("correlation_id"), isinstance(fields.get("reply_to"), str)
    if isinstance(named, str) and CORRELATION_ID.fullmatch(named):
        fields["correlation_id"] = call
    elif not has_reply_to:
        return payload, False
    if has_reply_to:
        fields["reply_to"] = reply_topic
    text = json.dumps(fields, ensure_ascii=payload.isascii(), separators=(",", ":"))
    return text.encode(errors="surrogatepass"), has_reply_to


def _like(data: bytes, call: str) -> bytes:
    """New correlation data of the same kind, text or binary."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return b"\xff" + bytes.fromhex(call)
    return call.encode()
