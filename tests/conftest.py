"""Buses for the tests: one in memory, one on a Mosquitto of the test's own; and a client that speaks raw MQTT."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import socket
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Protocol

import pytest

from shared.broker.access import ADMIN, Naming
from shared.broker.process import MosquittoProcess, find_mosquitto
from shared.bus.connection import Connection
from shared.bus.memory import MemoryBroker
from shared.bus.mqtt import mqtt_connector
from shared.bus.packets import Publish
from shared.bus.transport import Connector, Message, Subscription
from shared.settings import BrokerAddress


class Bus(Protocol):
    """A broker of the test's own."""

    def connector(self, user: str = ADMIN) -> Connector:
        """How a user connects."""

    async def crash(self) -> None:
        """Die without a word, and come back empty."""


class MemoryBus:
    def __init__(self) -> None:
        self.broker = MemoryBroker()

    def connector(self, user: str = ADMIN) -> Connector:
        return self.broker.connector()

    async def crash(self) -> None:
        self.broker.stop()
        await asyncio.sleep(0.02)
        self.broker.start()


class MosquittoBus:
    def __init__(self, process: MosquittoProcess) -> None:
        self.process = process

    def connector(self, user: str = ADMIN) -> Connector:
        return mqtt_connector(self.process.address(user))

    async def crash(self) -> None:
        """Kill -9; the process is started again by what watches it."""
        restarts = self.process.restarts
        self.process.kill()
        await until(lambda: self.process.restarts > restarts)


class RawClient:
    """Publishes and subscribes whatever it is told, and keeps what comes."""

    def __init__(self, connector: Connector) -> None:
        self.connection = Connection(connector, f"raw-{secrets.token_hex(4)}")
        self.received: asyncio.Queue[Publish] = asyncio.Queue()

    async def subscribe(self, topic_filter: str) -> None:
        await self.connection.subscribe([Subscription(topic_filter)], self._take)

    def _take(self, message: Message) -> None:
        message.acknowledge()
        self.received.put_nowait(message.packet)

    async def publish(self, topic: str, payload: bytes | str, **properties: Any) -> int:
        content = payload.encode() if isinstance(payload, str) else payload
        return await self.connection.publish(Publish(topic, content, **properties))

    async def next(self, patience: float = 5.0) -> Publish:
        return await asyncio.wait_for(self.received.get(), patience)

    async def next_json(self, patience: float = 5.0) -> dict[str, Any]:
        document = json.loads((await self.next(patience)).payload)
        assert isinstance(document, dict)
        return document

    async def silence(self, seconds: float = 0.3) -> None:
        """Nothing comes for so long."""
        with pytest.raises(TimeoutError):
            await self.next(seconds)


async def until(true: Callable[[], bool], patience: float = 30.0) -> None:
    """Wait until something has become true."""
    async with asyncio.timeout(patience):
        while not true():
            await asyncio.sleep(0.005)


@pytest.fixture
async def mosquitto(tmp_path: Path) -> AsyncIterator[MosquittoBus]:
    async with MosquittoProcess(tmp_path / "broker", Naming()) as process:
        yield MosquittoBus(process)


@pytest.fixture(params=["memory", "mosquitto"])
async def bus(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bus]:
    """Everything that the bus promises holds on both."""
    if request.param == "memory":
        yield MemoryBus()
        return
    async with MosquittoProcess(tmp_path / "broker", Naming()) as process:
        yield MosquittoBus(process)


@pytest.fixture
async def entered() -> AsyncIterator[AsyncExitStack]:
    """What a test enters here is left at its end."""
    async with AsyncExitStack() as stack:
        yield stack


@pytest.fixture
async def raw(bus: Bus, entered: AsyncExitStack) -> RawClient:
    client = RawClient(bus.connector())
    await entered.enter_async_context(client.connection)
    return client


async def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
async def foreign(tmp_path: Path) -> AsyncIterator[BrokerAddress]:
    """A Mosquitto with its default configuration: as people have it, one account for everybody."""
    port = await free_port()
    passwords = tmp_path / "passwords"
    passwords.touch(mode=0o600)
    subprocess.run(["mosquitto_passwd", "-b", str(passwords), "me", "secret"], check=True, capture_output=True)
    configuration = tmp_path / "foreign.conf"
    owner = "user root\n" if os.geteuid() == 0 else ""
    configuration.write_text(f"listener {port} 127.0.0.1\npassword_file {passwords}\n{owner}")
    process = await asyncio.create_subprocess_exec(
        find_mosquitto(), "-c", str(configuration), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    await until(lambda: _listens(port))
    yield BrokerAddress.parse(f"mqtt://me:secret@127.0.0.1:{port}")
    process.terminate()
    await process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
