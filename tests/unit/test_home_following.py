"""Following a Home Assistant that starts, fails and comes back; the real one is followed in tests/homeassistant."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, cast

import pytest

from shared.bus.transaction import Transactions
from shared.database_pool import create_shared_db_engine, dispose_engines
from shared.errors import NotFound, RequestError, Unavailable
from shared.home import Home
from shared.home_store import HomeStore
from shared.homeassistant.websocket import HomeAssistant
from shared.migrations import migrate
from tests.conftest import until
from workers.data.following import Following
from workers.data.keeper import HomeKeeper

AT = "2026-11-21T12:00:00+00:00"


def state(entity_id: str, name: str) -> dict[str, Any]:
    attributes = {"friendly_name": name}
    return {"entity_id": entity_id, "state": "on", "attributes": attributes, "last_changed": AT, "last_updated": AT}


class Client:
    """Has the shape of the client, and answers what the test says."""

    def __init__(self) -> None:
        self.up = True
        self.asked: list[str] = []
        self.events: dict[str, Callable[[dict[str, Any]], None]] = {}
        self.ups: list[Callable[[], Awaitable[None]]] = []
        self.answers: dict[str, Any] = {
            "get_config": {"time_zone": "Europe/Berlin", "state": "RUNNING"},
            "get_states": [state("light.a", "A"), {"entity_id": "No Id", "state": "on"}, None, {"state": 5}],
            "get_services": {"light": {"turn_on": {}}},
            "config/entity_registry/list": [{"entity_id": "light.a"}, {"entity_id": "light.x", "disabled_by": "user"}],
            "config/entity_registry/get_entries": {"light.a": {"aliases": [None, "alpha"]}, "light.x": None},
            "config/area_registry/list": [{"area_id": "hall", "name": "Hall"}],
            "config/device_registry/list": [],
            "config/floor_registry/list": NotFound("an older one does not know floors"),
            "config/label_registry/list": NotFound("nor labels"),
        }

    def on_event(self, event_type: str, call: Callable[[dict[str, Any]], None]) -> None:
        self.events[event_type] = call

    def when_up(self, call: Callable[[], Awaitable[None]]) -> None:
        self.ups.append(call)

    async def wait_up(self) -> None:
        await until(lambda: self.up)

    async def request(self, kind: str, **_: Any) -> Any:
        self.asked.append(kind)
        answer = self.answers[kind]
        self.up = self.up and not isinstance(answer, Unavailable)
        if isinstance(answer, RequestError):
            raise answer
        return answer

    def happens(self, event_type: str, **data: Any) -> None:
        self.events[event_type]({"event_type": event_type, "data": data})


@pytest.fixture
def client() -> Client:
    return Client()


@pytest.fixture
async def home(client: Client, tmp_path: Path) -> AsyncIterator[Home]:
    url = str(tmp_path / "homeiq.db")
    await asyncio.to_thread(migrate, url)
    engine = create_shared_db_engine(url)
    store, home = HomeStore(engine), Home()
    following = Following(cast(HomeAssistant, client), store, HomeKeeper(home, store))
    running = asyncio.create_task(following.run(Transactions(engine, "data", lambda: None)))
    yield home
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await dispose_engines()


async def test_an_older_home_assistant_has_neither_floors_nor_labels(client: Client, home: Home) -> None:
    await client.ups[0]()
    await until(lambda: "light.a" in home.registry.entities)
    assert (list(home.registry.areas), home.registry.floors, home.registry.labels) == (["hall"], {}, {})
    assert home.registry.entities["light.a"].aliases == ("alpha",)
    assert list(home.registry.entities) == ["light.a"]
    assert home.registry.time_zone == "Europe/Berlin"


async def test_nothing_is_taken_while_home_assistant_starts(client: Client, home: Home) -> None:
    client.answers["get_config"] = {"time_zone": "Europe/Berlin", "state": "STARTING"}
    await client.ups[0]()
    await until(lambda: "get_config" in client.asked)
    client.happens("component_loaded", component="light")
    await until(lambda: client.asked.count("get_config") > 1)
    assert set(client.asked) == {"get_config"}
    assert not home.loaded
    client.answers["get_config"] = {"time_zone": "Europe/Berlin", "state": "RUNNING"}
    client.happens("homeassistant_started")
    await until(lambda: "light.a" in home.registry.entities)


async def test_what_could_not_be_read_is_read_when_it_is_back(client: Client, home: Home) -> None:
    client.answers["config/area_registry/list"] = Unavailable("away")
    await client.ups[0]()
    await until(lambda: not client.up)
    client.answers["config/area_registry/list"] = [{"area_id": "hall", "name": "Hall"}]
    assert not home.loaded
    client.up = True
    await until(lambda: "hall" in home.registry.areas)
    assert home.snapshot().states.keys() == {"light.a"}


async def test_only_what_has_changed_is_asked_for(client: Client, home: Home) -> None:
    await client.ups[0]()
    await until(lambda: home.loaded)
    client.asked.clear()
    client.answers["config/area_registry/list"] = [{"area_id": "hall", "name": "Corridor"}]
    for _ in range(20):
        client.happens("area_registry_updated", action="update", area_id="hall")
    await until(lambda: home.registry.areas["hall"].name == "Corridor")
    assert client.asked == ["config/area_registry/list"]
    client.asked.clear()
    client.answers["config/entity_registry/get_entries"] = {"light.a": {"aliases": ["beta"]}}
    client.happens("entity_registry_updated", action="update", entity_id="light.a")
    await until(lambda: home.registry.entities["light.a"].aliases == ("beta",))
    assert client.asked == ["config/entity_registry/get_entries"]


async def test_a_state_with_the_same_face_asks_for_nothing(client: Client, home: Home) -> None:
    await client.ups[0]()
    await until(lambda: home.loaded)
    client.asked.clear()
    client.happens("state_changed", entity_id="light.a", old_state=None, new_state=state("light.a", "A"))
    client.happens("state_changed", entity_id=5)
    client.happens("entity_registry_updated")
    client.happens("label_registry_updated")
    await until(lambda: bool(client.asked))
    assert client.asked == ["config/label_registry/list"]
    client.happens("state_changed", entity_id="light.a", old_state=None, new_state=state("light.a", "Alpha"))
    await until(lambda: home.registry.entities["light.a"].name == "Alpha")


async def test_without_home_assistant_nothing_is_followed(tmp_path: Path) -> None:
    engine = create_shared_db_engine(str(tmp_path / "homeiq.db"))
    store = HomeStore(engine)
    following = Following(None, store, HomeKeeper(Home(), store))
    await asyncio.wait_for(following.run(Transactions(engine, "data", lambda: None)), 5)
    assert following.taken == 0
    await dispose_engines()
