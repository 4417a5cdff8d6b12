"""A real Home Assistant, given or started, and the workers that it speaks with.

- `HOMEIQ_HA_URL`, `HOMEIQ_HA_TOKEN` and `HOMEIQ_HA_MQTT_URL` name one that runs, with our package loaded, and the
  broker that it is on, with an account that may do all; no query worker may serve there.
- `HOMEIQ_REAL_HA` names the program `real-ha`, which starts one; `HOMEIQ_HA_START=1` takes it from
  `../shared/homeassistant` beside the checkout.

Without either the tests here are skipped.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from contracts.query import ASK, QueryRequest, QueryResponse, QueryResult, QueryStatus
from shared.broker.access import HOME_ASSISTANT
from shared.bus.deadline import Deadline
from shared.bus.mqtt import mqtt_connector
from shared.bus.serving import Serving
from shared.bus.worker import Worker
from tests.conftest import RawClient
from tests.homeassistant.hass import Hass
from tests.homeassistant.house import House, find_real_ha, foreign_broker, given_house, own_broker, real_house


@pytest.fixture(scope="session")
def real_ha() -> Path:
    """The program that starts a Home Assistant; what needs one of the test's own is skipped without it."""
    if (found := find_real_ha()) is None:
        pytest.skip("this needs a Home Assistant of the test's own: name a program that starts one by HOMEIQ_REAL_HA")
    return found


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The one given; else one of the test's own on the broker of `homeiq up`, logged in as Home Assistant's user."""
    if (given := given_house()) is not None:
        yield given
        return
    program = find_real_ha()
    assert program is not None
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
async def hass(house: House, entered: AsyncExitStack) -> Hass:
    return await entered.enter_async_context(house.hass())


@pytest.fixture
async def ha_user(house: House, entered: AsyncExitStack) -> RawClient:
    """A client with the rights of Home Assistant's own user."""
    return await entered.enter_async_context(house.client(HOME_ASSISTANT))


@pytest.fixture
async def events(house: House, entered: AsyncExitStack) -> RawClient:
    """Hears the event stream, as the data worker does."""
    client = await entered.enter_async_context(house.client("data"))
    await client.subscribe("hass/events")
    return client


async def told_event(events: RawClient) -> dict[str, Any]:
    """The data of the next event `homeiq_test_told`: what an automation of a test has to say."""
    while True:
        event = await events.next_json()
        if event["event_type"] == "homeiq_test_told":
            data = event["event_data"]
            assert isinstance(data, dict)
            return data


class Answering:
    """The fastest possible query worker: it says the question again.

    A test may make it slow or fail, or give the value of each answer; then the entities are the number of the answer.
    """

    def __init__(self) -> None:
        self.asked: list[QueryRequest] = []
        self.deadlines: list[float] = []
        self.seconds = 0.0
        self.error: Exception | None = None
        self.values: list[Any] = []

    def serving(self, house: House) -> Serving:
        worker = Worker("query")

        @worker.handles(ASK)
        async def ask(request: QueryRequest, deadline: Deadline) -> QueryResponse:
            self.asked.append(request)
            self.deadlines.append(deadline.remaining)
            if self.seconds:
                await asyncio.sleep(self.seconds)
            if self.error is not None:
                raise self.error
            number = len(self.asked)
            said: dict[str, Any] = {"query_id": str(number), "query_type": "test", "status": QueryStatus.ANSWERED}
            if self.values:
                said |= {"entities": [str(number)], "result": QueryResult(value=self.values[number - 1])}
            return QueryResponse(answer=request.query, **said)

        return Serving(worker, mqtt_connector(house.address("query")), {})


@pytest.fixture
async def answering(house: House, entered: AsyncExitStack) -> Answering:
    """A query worker on the broker of the house, for one test."""
    answering = Answering()
    await entered.enter_async_context(answering.serving(house))
    return answering
