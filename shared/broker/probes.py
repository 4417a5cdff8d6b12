"""What a broker can do, tried out: for the broker that people bring, of which nothing is known."""

from __future__ import annotations

import asyncio
import secrets
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum

from contracts.envelope import REQUEST_LIMIT
from shared.bus.connection import Connection
from shared.bus.packets import Publish
from shared.bus.transport import NOT_AUTHORISED, Connector, Message, Subscription
from shared.errors import ConnectionLost, Forbidden

_PATIENCE = 3.0
_SLOW = 0.03
_ROUND_TRIPS = 9
_SHARED_MESSAGES = 10
_NO_DELAY_HINT = "set `set_tcp_nodelay true` in mosquitto.conf"


class Verdict(StrEnum):
    """`weaker`: works, with what the message says missing. `failed`: HomeIQ can't work with this broker."""

    OK = "ok"
    WEAKER = "weaker"
    FAILED = "failed"


@dataclass(frozen=True)
class Finding:
    """What one probe found."""

    probe: str
    verdict: Verdict
    message: str


class BrokerProbes:
    """Tries a broker out on topics below `<root>/reply/<user>/`, which every user of ours may write and read."""

    def __init__(self, connector: Connector, root: str, user: str) -> None:
        self._connector = connector
        self._base = f"{root}/reply/{user}/check-{secrets.token_hex(6)}"

    async def run(self) -> list[Finding]:
        """All probes, one after the other. Raises LoginRefused or BrokerError where there is no login."""
        probes: list[tuple[str, Callable[[], Awaitable[Finding]]]] = [
            ("round trip", self._round_trip),
            ("properties", self._properties),
            ("shared subscriptions", self._shared),
            ("retained messages", self._retained),
            ("message expiry", self._expiry),
            ("message size", self._size),
        ]
        async with self._connection():
            pass  # a login that fails is told as such
        return [await self._tried(name, probe) for name, probe in probes]

    async def _tried(self, name: str, probe: Callable[[], Awaitable[Finding]]) -> Finding:
        try:
            async with asyncio.timeout(2 * _PATIENCE):
                return await probe()
        except TimeoutError:
            return Finding(name, Verdict.FAILED, "a message did not come back")
        except (ConnectionLost, Forbidden) as error:
            return Finding(name, Verdict.FAILED, str(error))

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connection]:
        async with Connection(self._connector, f"homeiq-check-{secrets.token_hex(4)}") as connection:
            yield connection

    async def _publish(self, connection: Connection, packet: Publish) -> None:
        if await connection.publish(packet) == NOT_AUTHORISED:
            raise Forbidden(f"this user may not publish to {packet.topic}: see `homeiq credentials --acl`")

    @asynccontextmanager
    async def _heard(self, connection: Connection, topic_filter: str) -> AsyncIterator[asyncio.Queue[Publish]]:
        heard: asyncio.Queue[Publish] = asyncio.Queue()

        def take(message: Message) -> None:
            message.acknowledge()
            heard.put_nowait(message.packet)

        await connection.subscribe([Subscription(topic_filter)], take)
        yield heard
        await connection.unsubscribe([topic_filter])

    async def _round_trip(self) -> Finding:
        """A request and its reply, as a worker sees them: where only one side waits for the kernel, this shows it."""
        there, back = f"{self._base}/there", f"{self._base}/back"
        took = []

        def answer(message: Message) -> None:
            message.acknowledge()
            answering.tell(Publish(back, message.packet.payload))

        async with self._connection() as asking, self._connection() as answering:
            await answering.subscribe([Subscription(there)], answer)
            async with self._heard(asking, back) as heard:
                for _ in range(_ROUND_TRIPS):
                    began = time.perf_counter()
                    await self._publish(asking, Publish(there, b"x"))
                    await asyncio.wait_for(heard.get(), _PATIENCE)
                    took.append(time.perf_counter() - began)
        median = statistics.median(took)
        if median > _SLOW:
            return Finding("round trip", Verdict.WEAKER, f"{1000 * median:.0f} ms: {_NO_DELAY_HINT}")
        return Finding("round trip", Verdict.OK, f"MQTT 5, {1000 * median:.1f} ms")

    async def _properties(self) -> Finding:
        topic, data = f"{self._base}/properties", bytes(range(256))
        sent = Publish(topic, b"x", response_topic=f"{self._base}/answer", correlation_data=data, expiry=60)
        async with self._connection() as connection, self._heard(connection, topic) as heard:
            await self._publish(connection, sent)
            got = await asyncio.wait_for(heard.get(), _PATIENCE)
        if (got.response_topic, got.correlation_data) != (sent.response_topic, data) or got.expiry is None:
            return Finding("properties", Verdict.FAILED, "response topic, correlation data or expiry do not arrive")
        return Finding("properties", Verdict.OK, "response topic, correlation data and expiry arrive")

    async def _shared(self) -> Finding:
        name, topic = "shared subscriptions", f"{self._base}/shared"
        pattern = f"$share/check-{secrets.token_hex(4)}/{topic}"
        async with self._connection() as one, self._connection() as other:
            try:
                async with self._heard(one, pattern) as first, self._heard(other, pattern) as second:
                    for number in range(_SHARED_MESSAGES):
                        await self._publish(one, Publish(topic, str(number).encode()))
                    await asyncio.sleep(0.2)
                    counts = first.qsize(), second.qsize()
            except Forbidden:
                return Finding(name, Verdict.FAILED, "refused: workers could not share their requests")
        if sum(counts) != _SHARED_MESSAGES:
            return Finding(name, Verdict.FAILED, f"{_SHARED_MESSAGES} messages came {sum(counts)} times")
        if not all(counts):
            return Finding(name, Verdict.WEAKER, "one subscriber gets everything: scaling a worker will not help")
        return Finding(name, Verdict.OK, f"{_SHARED_MESSAGES} messages shared as {counts[0]} and {counts[1]}")

    async def _retained(self) -> Finding:
        topic = f"{self._base}/retained"
        async with self._connection() as connection:
            await self._publish(connection, Publish(topic, b"x", retain=True, expiry=60))
            async with self._heard(connection, topic) as heard:
                try:
                    got = await asyncio.wait_for(heard.get(), _PATIENCE)
                except TimeoutError:
                    return Finding("retained messages", Verdict.WEAKER, "not kept: a late subscriber misses its reply")
        told = "kept, with the retain flag" if got.retain else "kept"
        return Finding("retained messages", Verdict.OK, told)

    async def _expiry(self) -> Finding:
        topic = f"{self._base}/expiring"
        async with self._connection() as connection:
            await self._publish(connection, Publish(topic, b"x", retain=True, expiry=1))
            await asyncio.sleep(2.1)
            async with self._heard(connection, topic) as heard:
                try:
                    await asyncio.wait_for(heard.get(), 0.5)
                except TimeoutError:
                    return Finding("message expiry", Verdict.OK, "retained messages expire")
        return Finding("message expiry", Verdict.WEAKER, "retained messages do not expire: old replies stay")

    async def _size(self) -> Finding:
        topic = f"{self._base}/size"
        async with self._connection() as connection, self._heard(connection, topic) as heard:
            try:
                await self._publish(connection, Publish(topic, bytes(REQUEST_LIMIT)))
                await asyncio.wait_for(heard.get(), _PATIENCE)
            except (TimeoutError, ConnectionLost):
                limit = REQUEST_LIMIT // 1024
                return Finding("message size", Verdict.WEAKER, f"{limit} KiB do not pass: raise message_size_limit")
        return Finding("message size", Verdict.OK, f"{REQUEST_LIMIT // 1024} KiB pass")
