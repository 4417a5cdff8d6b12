"""The home as it is in a real Home Assistant: taken at the connect, and followed from then on; and its past."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.home import HomeDocument
from shared.broker.access import HOME_ASSISTANT
from shared.bus.transaction import Transactions
from shared.database_pool import create_shared_db_engine, dispose_engines, reading, writing
from shared.errors import InvalidRequest, NotFound
from shared.history import Event
from shared.home import EntityState, Home, Registry, StateChange
from shared.home_store import HomeStore
from shared.homeassistant.eventstream import read_state
from shared.homeassistant.past import changes
from shared.homeassistant.websocket import HomeAssistant
from shared.migrations import migrate
from tests.conftest import RawClient, until
from tests.homeassistant.hass import Hass, eventually
from tests.homeassistant.house import House, require_home_assistant
from workers.data.following import Following
from workers.data.keeper import HomeKeeper

require_home_assistant()

SEEN = 2.0
"""Seconds in which a change is to be seen."""
LAMP = "light.kitchen_ceiling"


@dataclass
class Followed:
    """A home that is kept in a database, beside the real one."""

    client: HomeAssistant
    engine: AsyncEngine
    store: HomeStore
    home: Home
    keeper: HomeKeeper
    following: Following
    events: list[dict[str, Any]] = field(default_factory=list)

    @property
    def registry(self) -> Registry:
        return self.home.registry

    async def sees(self, what: Callable[[Registry], object]) -> None:
        """It is so in the home within the time, and in the database too."""

        async def saved() -> bool:
            return bool(what(self.registry) and what((await self.store.load())[0]))

        await eventually(saved, SEEN)

    async def reasons(self) -> list[str]:
        async with reading(self.engine) as connection:
            rows = await connection.exec_driver_sql("SELECT payload FROM events ORDER BY seq")
            return [json.loads(text)["reason"] for (text,) in rows]


@pytest.fixture
async def followed(house: House, tmp_path: Path) -> AsyncIterator[Followed]:
    url = str(tmp_path / "homeiq.db")
    await asyncio.to_thread(migrate, url)
    engine = create_shared_db_engine(url)
    store, home = HomeStore(engine), Home()
    keeper = HomeKeeper(home, store)
    await keeper.load()
    client = HomeAssistant(house.url, SecretStr(house.token))
    events: list[dict[str, Any]] = []

    def hear(data: dict[str, Any]) -> None:
        events.append(data)
        new = data["new_state"]
        if home.apply(change := StateChange(data["entity_id"], read_state(new) if new else None)):
            keeper.note(change)

    following = Following(client, store, keeper, hear)
    running = asyncio.create_task(following.run(Transactions(engine, "data", lambda: None)))
    async with client:
        await until(lambda: following.taken > 0)
        yield Followed(client, engine, store, home, keeper, following, events)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await dispose_engines()


@pytest.fixture
async def devices(house: House, entered: AsyncExitStack) -> RawClient:
    return await entered.enter_async_context(house.client(HOME_ASSISTANT))


async def test_the_home_is_what_home_assistant_shows(followed: Followed, hass: Hass) -> None:
    """Against what templates say, which know names, areas, floors and devices by themselves."""
    states = {each["entity_id"]: each for each in await hass.get("states")}
    assert followed.registry.entities.keys() == states.keys()
    assert states.keys() >= {"sun.sun", "zone.home", LAMP}
    shown = json.loads(
        await hass.render(
            "[{% for s in states %}{{ [s.entity_id, s.name, area_id(s.entity_id), floor_id(s.entity_id), "
            "device_id(s.entity_id)] | to_json }}{{ ',' if not loop.last }}{% endfor %}]"
        )
    )
    registry = followed.registry
    assert sorted(shown) == [
        [each, entity.name, entity.area_id, registry.floor_of(entity), entity.device_id]
        for each, entity in sorted(registry.entities.items())
    ]
    entries = await hass.command("config/entity_registry/get_entries", entity_ids=sorted(registry.entities))
    for entity_id, entry in entries.items():
        others = tuple(alias for alias in (entry or {}).get("aliases", []) if alias is not None)
        assert registry.entities[entity_id].aliases == others
    assert sum(bool(entity.aliases) for entity in registry.entities.values()) > 3
    assert registry.areas["living_room"].aliases == ("lounge", "sitting room")
    assert registry.floors["ground_floor"].aliases == ("downstairs",)
    assert registry.time_zone == "Europe/Amsterdam"
    assert "brightness" in str(registry.services["light"]["turn_on"]["fields"])
    for entity_id, state in followed.home.snapshot().states.items():
        assert state.state == states[entity_id]["state"]
        assert state.last_changed == datetime.fromisoformat(states[entity_id]["last_changed"])


async def test_what_people_change_is_seen_in_two_seconds(followed: Followed, hass: Hass) -> None:
    update = "config/entity_registry/update"
    try:
        await hass.command(update, entity_id=LAMP, name="Sun over the table")
        await followed.sees(lambda home: "Sun over the table" in home.entities[LAMP].name)
        await hass.command(update, entity_id=LAMP, area_id="living_room")
        await followed.sees(lambda home: home.entities[LAMP].area_id == "living_room")
        await hass.command(update, entity_id=LAMP, aliases=[None, "big lamp", "Zon"])
        await followed.sees(lambda home: home.entities[LAMP].aliases == ("big lamp", "Zon"))
        label = await hass.command("config/label_registry/create", name="Evening")
        await hass.command(update, entity_id=LAMP, labels=[label["label_id"]])
        await followed.sees(lambda home: home.entities[LAMP].labels == (label["label_id"],))
        await followed.sees(lambda home: home.labels[label["label_id"]].name == "Evening")
        await hass.command("config/area_registry/update", area_id="kitchen", name="Cooking", aliases=["galley"])
        await followed.sees(lambda home: home.areas["kitchen"].name == "Cooking")
        await followed.sees(lambda home: home.areas["kitchen"].aliases == ("galley",))
        await hass.command("config/floor_registry/update", floor_id="first_floor", name="Above")
        await followed.sees(lambda home: home.floors["first_floor"].name == "Above")
        device = followed.registry.entities["light.bedroom_lamp"].device_id
        assert device is not None
        await hass.command("config/device_registry/update", device_id=device, area_id="office")
        await followed.sees(lambda home: home.devices[device].area_id == "office")
        assert "entities changed in Home Assistant" in await followed.reasons()
    finally:
        await hass.command(update, entity_id=LAMP, name=None, area_id=None, aliases=[None], labels=[])
        await hass.command("config/area_registry/update", area_id="kitchen", name="Kitchen", aliases=[])
        await hass.command("config/floor_registry/update", floor_id="first_floor", name="First floor")
        await hass.command("config/device_registry/update", device_id=device, area_id="bedroom")
        await hass.command("config/label_registry/delete", label_id=label["label_id"])


async def test_an_entity_id_that_changes_takes_its_state_along(followed: Followed, hass: Hass) -> None:
    update, other = "config/entity_registry/update", "light.somewhere_else"
    await hass.command(update, entity_id=LAMP, new_entity_id=other)
    try:
        await followed.sees(lambda home: other in home.entities and LAMP not in home.entities)
        assert other in followed.home.snapshot().states
        assert LAMP not in followed.home.snapshot().states
        assert followed.following.renamed.get_nowait() == (LAMP, other)
    finally:
        await hass.command(update, entity_id=other, new_entity_id=LAMP)
    await followed.sees(lambda home: LAMP in home.entities and other not in home.entities)


async def test_an_automation_comes_and_goes(followed: Followed, hass: Hass) -> None:
    configuration = {"alias": "Sweep the yard", "triggers": [{"trigger": "time", "at": "03:33"}], "actions": []}
    async with hass.automation("homeiq_sweep", configuration) as entity_id:
        await followed.sees(
            lambda home: home.entities[entity_id].name == "Sweep the yard" if entity_id in home.entities else False
        )
    await followed.sees(lambda home: entity_id not in home.entities)
    assert entity_id not in (await followed.store.load())[1]


async def test_leftovers_and_an_imported_home_give_way_to_the_real_one(followed: Followed) -> None:
    attic = {"areas": [{"area_id": "attic", "name": "Attic"}], "entities": [{"entity_id": "light.spot", "state": "on"}]}
    document = HomeDocument.model_validate(attic)
    async with writing(followed.engine) as connection:
        await followed.store.replace(connection, document)
    followed.keeper.take(*followed.store.read(document))
    assert "light.spot" in followed.registry.entities
    await followed.sees(lambda home: "light.spot" not in home.entities and LAMP in home.entities)
    registry, states = await followed.store.load()
    assert "attic" not in registry.areas
    assert "light.spot" not in states
    assert registry == followed.registry


async def test_after_a_lost_connection_all_is_read_again(followed: Followed, hass: Hass) -> None:
    taken = followed.following.taken
    assert followed.client._socket is not None
    await followed.client._socket.close()
    await hass.command("config/area_registry/update", area_id="kitchen", aliases=["mess"])
    try:
        await until(lambda: followed.following.taken > taken)
        await followed.sees(lambda home: home.areas["kitchen"].aliases == ("mess",))
        assert followed.client.up
        assert followed.client.trouble is None
        assert (await followed.reasons())[0] == "read from Home Assistant"
    finally:
        await hass.command("config/area_registry/update", area_id="kitchen", aliases=[])


async def test_what_is_the_same_is_not_written_again(followed: Followed) -> None:
    taken, reasons = followed.following.taken, await followed.reasons()
    followed.following._mark("areas", "devices", "entities", "services")
    await until(lambda: followed.following.taken > taken)
    assert await followed.reasons() == reasons


async def test_an_answer_of_home_assistant_against_a_request_is_an_error_of_ours(followed: Followed) -> None:
    with pytest.raises(NotFound):
        await followed.client.request("no/such/command")
    with pytest.raises(InvalidRequest):
        await followed.client.request("config/entity_registry/update", entity_id=LAMP, bogus=1)


def lived(event: dict[str, Any]) -> Event | None:
    """A live event as the history has it, where the state is another."""
    new, old = event["new_state"], event["old_state"]
    if new is None or (old is not None and old["state"] == new["state"]):
        return None
    user, parent = new["context"]["user_id"], new["context"]["parent_id"]
    return Event(
        datetime.fromisoformat(new["last_updated"]).timestamp(), event["entity_id"], new["state"], user, parent
    )


async def test_the_recorder_tells_what_came_live(followed: Followed, hass: Hass, devices: RawClient) -> None:
    """By a person, by an automation, by the devices themselves; with changes of attributes only between."""
    porch = {
        "alias": "Porch",
        "triggers": [{"trigger": "state", "entity_id": "binary_sensor.hallway_motion", "to": "on"}],
        "actions": [{"action": "light.toggle", "target": {"entity_id": "light.hallway_light"}}],
    }
    since = time.time()
    async with hass.automation("homeiq_porch", porch) as automation:
        for state in ("on", "off") * 4:
            await devices.publish("simhome/binary_sensor.hallway_motion/becomes", state)
            await devices.publish(
                f"simhome/{LAMP}/becomes", json.dumps({"state": "on", "attributes": {"brightness": 80 + len(state)}})
            )
            await asyncio.sleep(0.1)
        await hass.call("light", "toggle", entity_id=LAMP)
        await hass.call("input_number", "set_value", entity_id="input_number.comfort_temperature", value=21.5)
        await until(lambda: any(each["entity_id"] == "input_number.comfort_temperature" for each in followed.events))
        await asyncio.sleep(0.2)
        end = time.time()
        ids = {each["entity_id"] for each in followed.events}
        past = await changes(followed.client, since, end, ids)
        live = sorted(event for each in followed.events if (event := lived(each)) and since <= event.at < end)
        assert len(live) >= 10
        assert [each[:3] for each in past] == [each[:3] for each in live]
        assert [each.context_user_id for each in past] == [each.context_user_id for each in live]
        assert any(each.context_user_id for each in past)
        by_automation = [each for each in past if each.context_parent_id]
        assert {each.entity_id for each in by_automation} == {"light.hallway_light"}
        assert {each.context_parent_id for each in by_automation} == {automation}
        assert [bool(each.context_parent_id) for each in past] == [bool(each.context_parent_id) for each in live]
        middle = past[len(past) // 2].at
        assert (
            await changes(followed.client, since, middle, ids) + await changes(followed.client, middle, end, ids)
            == past
        )
    assert await changes(followed.client, end, end, ids) == []
    assert await changes(followed.client, since, end, ["sensor.nobody_knows"]) == []


async def test_a_state_that_nobody_told_is_not_lost_when_the_home_is_read(followed: Followed) -> None:
    """An entity that joins while the registry is read stays, with its state."""
    registry = followed.registry
    followed.home.apply(StateChange("light.late", EntityState("on", {"friendly_name": "Late"})))
    followed.keeper.renew(registry, None, ["light.late"])
    assert followed.registry.entities["light.late"].name == "Late"
    assert followed.home.snapshot().states["light.late"].state == "on"
