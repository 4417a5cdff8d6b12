"""A real Home Assistant, given or started, and the workers that it speaks with.

- `HOMEIQ_HA_URL`, `HOMEIQ_HA_TOKEN` and `HOMEIQ_HA_MQTT_URL` name one that runs, with our package loaded, and the broker
  that it is on; no query worker may serve there.
- `HOMEIQ_REAL_HA` names the program `real-ha`, which starts one; `HOMEIQ_HA_START=1` takes it from
  `../shared/homeassistant` beside the checkout.

Without either the tests here are skipped.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from contracts.query import ASK, QueryRequest, QueryResponse, QueryStatus
from shared.broker.access import HOME_ASSISTANT
from shared.bus.mqtt import mqtt_connector
from shared.bus.serving import Serving
from shared.bus.worker import Worker
from shared.settings import BrokerAddress
from tests.conftest import RawClient
from tests.homeassistant.hass import Hass
from tests.homeassistant.house import House, find_real_ha, foreign_broker, own_broker, real_house

MISSING = (
    "no Home Assistant: name one by HOMEIQ_HA_URL, HOMEIQ_HA_TOKEN and HOMEIQ_HA_MQTT_URL, "
    "or the program that starts one by HOMEIQ_REAL_HA"
)


@pytest.fixture(scope="session")
def real_ha() -> Path:
    """The program that starts a Home Assistant; what needs one of the test's own is skipped without it."""
    if (found := find_real_ha()) is None:
        pytest.skip("HOMEIQ_REAL_HA names no program that starts a Home Assistant of the test's own")
    return found


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The one given; else one of the test's own on the broker of `homeiq up`, logged in as Home Assistant's user."""
    url, token, mqtt_url = (os.environ.get(f"HOMEIQ_HA_{name}") for name in ("URL", "TOKEN", "MQTT_URL"))
    if url and token and mqtt_url:
        yield House(url, token, BrokerAddress.parse(mqtt_url), environment={"MQTT_URL": mqtt_url})
        return
    if (program := find_real_ha()) is None:
        pytest.skip(MISSING)
    data = tmp_path_factory.mktemp("own") / "data"
    environment = {"HOMEIQ_DATA": str(data), "MQTT_URL": ""}
    with own_broker(data) as (broker, passwords), real_house(program, broker, passwords, environment) as one:
        yield one


@pytest.fixture(scope="session")
def foreign_house(real_ha: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A Home Assistant on somebody's Mosquitto: default configuration, one account for everybody."""
    folder = tmp_path_factory.mktemp("foreign")
    with foreign_broker(folder / "broker") as broker:
        assert broker.password is not None
        url = f"mqtt://{broker.username}:{broker.password.get_secret_value()}@{broker.host}:{broker.port}"
        environment = {"HOMEIQ_DATA": str(folder / "data"), "MQTT_URL": url}
        with real_house(real_ha, broker, {}, environment) as one:
            yield one


@pytest.fixture
async def entered() -> AsyncIterator[AsyncExitStack]:
    """What a test enters here is left at its end."""
    async with AsyncExitStack() as stack:
        yield stack


@pytest.fixture
async def hass(house: House, entered: AsyncExitStack) -> Hass:
    return await entered.enter_async_context(house.hass())


@pytest.fixture
async def ha_user(house: House, entered: AsyncExitStack) -> RawClient:
    """A client with the rights of Home Assistant's own user."""
    return await entered.enter_async_context(house.client(HOME_ASSISTANT))


class Answering:
    """The fastest possible query worker: it says the question again. A test may make it slow or fail."""

    def __init__(self) -> None:
        self.asked: list[QueryRequest] = []
        self.seconds = 0.0
        self.error: Exception | None = None

    def serving(self, house: House) -> Serving:
        worker = Worker("query")

        @worker.handles(ASK)
        async def ask(request: QueryRequest) -> QueryResponse:
            self.asked.append(request)
            if self.seconds:
                await asyncio.sleep(self.seconds)
            if self.error is not None:
                raise self.error
            return QueryResponse(
                query_id=str(len(self.asked)), status=QueryStatus.ANSWERED, query_type="test", answer=request.query
            )

        return Serving(worker, mqtt_connector(house.address("query")), {})


@pytest.fixture
async def answering(house: House, entered: AsyncExitStack) -> Answering:
    """A query worker on the broker of the house, for one test."""
    answering = Answering()
    await entered.enter_async_context(answering.serving(house))
    return answering
