"""The data worker announces HomeIQ to Home Assistant: at each connect, and whenever Home Assistant has come."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.discovery import DISCOVERY, ONLINE, STATUS_TOPIC
from contracts.health import PRESENCE
from shared.broker.access import HOME_ASSISTANT
from shared.bus.memory import MemoryBroker
from shared.bus.serving import Serving
from shared.bus.transport import Connector, Subscription
from shared.bus.worker import Worker
from shared.database_pool import create_shared_db_engine, dispose_engines
from shared.migrations import migrate
from tests.conftest import Bus, RawClient
from workers.data.worker import show_again, show_in_home_assistant

FORBIDDEN = 0x87


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    url = str(tmp_path / "homeiq.db")
    await asyncio.to_thread(migrate, url)
    yield create_shared_db_engine(url)
    await dispose_engines()


def announcing(connector: Connector, engine: AsyncEngine) -> Serving:
    """The data worker with nothing but its announcement."""
    worker = Worker("data")
    worker.retains(DISCOVERY)(show_in_home_assistant)
    worker.beside(show_again)
    return Serving(worker, connector, {}, engine=engine)


async def announced(raw: RawClient) -> dict[str, Any]:
    """The next announcement that is not the end of one."""
    while not (packet := await raw.next()).payload:
        pass
    assert packet.retain
    document = json.loads(packet.payload)
    assert isinstance(document, dict)
    return document


async def test_it_is_retained_and_names_the_presence_of_who_announces(
    bus: Bus, engine: AsyncEngine, raw: RawClient
) -> None:
    async with announcing(bus.connector("data"), engine) as one:
        await raw.subscribe(DISCOVERY.topic())
        document = await announced(raw)
        [availability] = document["availability"]
        assert availability["topic"] == PRESENCE.topic(worker="data", instance=one.instance)
        await raw.connection.unsubscribe([DISCOVERY.topic()])
        await raw.subscribe(availability["topic"])
        assert (await raw.next_json())["status"] == availability["payload_available"]
    assert (await raw.next_json())["status"] == availability["payload_not_available"]


async def test_it_is_announced_again_when_home_assistant_has_come(
    bus: Bus, engine: AsyncEngine, raw: RawClient, entered: AsyncExitStack
) -> None:
    home_assistant = RawClient(bus.connector(HOME_ASSISTANT))
    await entered.enter_async_context(home_assistant.connection)
    async with announcing(bus.connector("data"), engine):
        await raw.subscribe(DISCOVERY.topic())
        first = await announced(raw)
        await raw.publish(DISCOVERY.topic(), b"", retain=True)
        assert not (await raw.next()).payload
        for word in (b"offline", b"", b"\xff", b"online "):
            await home_assistant.publish(STATUS_TOPIC, word)
        await raw.silence(1.2)
        await home_assistant.publish(STATUS_TOPIC, ONLINE)
        assert await announced(raw) == first


async def test_it_is_announced_again_to_a_broker_that_has_lost_all(
    bus: Bus, engine: AsyncEngine, raw: RawClient
) -> None:
    async with announcing(bus.connector("data"), engine):
        await raw.subscribe(DISCOVERY.topic())
        first = await announced(raw)
        await bus.crash()
        assert await announced(raw) == first


async def test_a_broker_that_lets_nobody_hear_home_assistant_loses_no_worker(
    engine: AsyncEngine, entered: AsyncExitStack
) -> None:
    """Mosquitto grants each subscription; other brokers refuse those that their access list does not know."""
    broker = MemoryBroker()

    def refusing(client_id: str, will: Any, session: int = 0) -> Any:
        transport = broker.connector()(client_id, will, session)
        subscribe = transport.subscribe

        async def refuse(subscriptions: Sequence[Subscription]) -> list[int]:
            if [each.topic_filter for each in subscriptions] == [STATUS_TOPIC]:
                return [FORBIDDEN]
            assert STATUS_TOPIC not in [each.topic_filter for each in subscriptions]
            return await subscribe(subscriptions)

        transport.subscribe = refuse  # type: ignore[method-assign]
        return transport

    raw = RawClient(broker.connector())
    await entered.enter_async_context(raw.connection)
    await raw.subscribe(DISCOVERY.topic())
    async with announcing(refusing, engine):
        first = await announced(raw)
        broker.stop()
        broker.start()
        assert await announced(raw) == first
