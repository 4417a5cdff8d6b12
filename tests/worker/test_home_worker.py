"""The home by message: entities and devices are listed over the bus, for everybody."""

from __future__ import annotations

from contextlib import AsyncExitStack

import pytest

from contracts import home
from contracts.envelope import REQUEST_LIMIT
from contracts.home import DevicesRequest, EntitiesRequest, HomeDocument
from contracts.operation import EVERYBODY
from shared.bus.client import Client
from shared.bus.serving import Serving
from shared.bus.worker import Worker
from shared.errors import InvalidRequest
from shared.home import EntityState, Home, Registry
from tests.conftest import Bus, RawClient
from workers.data.worker import list_devices, list_entities

COUNT = 3_000


@pytest.fixture
async def asking(bus: Bus, entered: AsyncExitStack) -> Client:
    live = Home()
    document = HomeDocument.model_validate(
        {
            "areas": [{"area_id": "hall", "name": "Hall"}],
            "devices": [{"device_id": "d", "name": "D", "area_id": "hall"}],
            "entities": [{"entity_id": f"light.l{number:04}", "device_id": "d"} for number in range(COUNT)],
        }
    )
    live.load(Registry.from_document(document), {"light.l0007": EntityState("on", {"brightness": 7})})
    worker = Worker("data")
    worker.handles(home.ENTITIES)(list_entities)
    worker.handles(home.DEVICES)(list_devices)
    await entered.enter_async_context(Serving(worker, bus.connector(), {Home: live}))
    return await entered.enter_async_context(Client(bus.connector()))


async def test_everything_is_listed_page_by_page(asking: Client) -> None:
    listed: list[str] = []
    offset: int | None = 0
    while offset is not None:
        response = await asking.request(home.ENTITIES, EntitiesRequest(offset=offset))
        listed += [each.entity_id for each in response.entities]
        offset = response.next_offset
    assert listed == [f"light.l{number:04}" for number in range(COUNT)]


async def test_one_entity_with_its_attributes(asking: Client) -> None:
    request = EntitiesRequest(entity_ids=["light.l0007"], area_id="hall", attributes=True)
    [entity] = (await asking.request(home.ENTITIES, request)).entities
    assert (entity.state, entity.attributes, entity.area_id) == ("on", {"brightness": 7}, "hall")


async def test_devices_are_listed(asking: Client) -> None:
    response = await asking.request(home.DEVICES, DevicesRequest(area_id="hall"))
    assert [each.device_id for each in response.devices] == ["d"]
    assert response.devices[0].entities == [f"light.l{number:04}" for number in range(1_000)]


async def test_a_typo_is_seen_and_no_reply_is_too_large(asking: Client, raw: RawClient) -> None:
    await raw.subscribe("homeiq/data/entities/response")
    await raw.publish("homeiq/data/entities/request", '{"arae_id": "hall"}')
    assert (await raw.next_json())["error"]["code"] == "invalid_request"
    await raw.publish("homeiq/data/entities/request", "{}")
    assert len((await raw.next()).payload) <= REQUEST_LIMIT
    with pytest.raises(InvalidRequest):
        await asking.request(home.ENTITIES, EntitiesRequest.model_construct(limit=0))


def test_everybody_may_ask() -> None:
    assert home.ENTITIES.callers == home.DEVICES.callers == EVERYBODY
    assert not home.ENTITIES.effect
    assert not home.DEVICES.effect
