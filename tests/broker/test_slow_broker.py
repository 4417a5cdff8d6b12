"""A broker that takes its time: what was sent waits, and goes on when there is room again."""

from __future__ import annotations

import asyncio
import random

import pytest

from shared.bus.mqtt import mqtt_connector
from shared.bus.packets import Publish
from shared.settings import BrokerAddress

CONNACK = bytes([0x20, 3, 0, 0, 0])
PACKETS = 300


@pytest.mark.parametrize("seed", range(6))
async def test_all_that_was_sent_arrives_at_a_broker_that_reads_in_bits(seed: int) -> None:
    """The socket may be full at the very first byte of what is sent in one turn of the loop."""
    chance = random.Random(seed)
    arrived = bytearray()
    complete = asyncio.Event()
    sizes = [chance.randrange(1, 60_000) for _ in range(PACKETS)]

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1024)
        writer.write(CONNACK)
        await asyncio.sleep(0.2)  # meanwhile the buffers fill up
        while part := await reader.read(chance.randrange(1, 200_000)):
            arrived.extend(part)
            if len(arrived) >= sum(sizes):
                complete.set()
            await asyncio.sleep(0)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        transport = mqtt_connector(BrokerAddress("127.0.0.1", port, None, None))("slow", None)
        await transport.connect(lambda _: None)
        for size in sizes:
            transport.publish(Publish("a", b"x" * size, qos=0), lambda _: None)
            if chance.random() < 0.7:
                await asyncio.sleep(0)
        async with asyncio.timeout(10):
            await complete.wait()
        await transport.close()
