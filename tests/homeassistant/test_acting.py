"""Orders done at a real Home Assistant: lamps, blinds, heating, a lock that is asked back, and what is refused."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from contracts.acting import ACT, Action, ActRequest, ActResponse, ActStatus
from contracts.automation import VALIDATE, ValidateRequest
from shared.broker.access import HOME_ASSISTANT
from shared.bus.client import Client
from shared.database_pool import create_shared_db_engine, reading
from shared.errors import Unavailable
from shared.home_store import HomeStore
from shared.settings import load_settings
from tests.conftest import until
from tests.homeassistant.hass import Hass, eventually
from tests.homeassistant.house import House, require_home_assistant
from tests.worker.test_acting import HOME, LAMP, UNLOCK
from workers.bootstrap import Running, serving

require_home_assistant()

CEILING, BLINDS, HEATING = "light.kitchen_ceiling", "cover.living_room_blinds", "climate.bedroom_radiator"
DOOR, GARAGE, PRINTER = "lock.front_door", "cover.garage_door", "switch.office_printer"


@dataclass
class Ordering:
    """The workers beside a real Home Assistant, and its user who orders."""

    running: Running
    client: Client
    hass: Hass
    database: str

    async def act(self, *actions: Action, **fields: Any) -> ActResponse:
        return await self.client.request(ACT, ActRequest(actions=list(actions), **fields))

    async def becomes(self, entity_id: str, state: str, **attributes: Any) -> None:
        """It is so at Home Assistant."""

        async def so() -> bool:
            told = await self.hass.get(f"states/{entity_id}")
            return told["state"] == state and attributes.items() <= told["attributes"].items()

        await eventually(so)

    async def kept(self) -> list[str]:
        async with reading(create_shared_db_engine(self.database)) as connection:
            return list((await connection.execute(text("SELECT status FROM acts ORDER BY at"))).scalars())


def order(action: str, entity_id: str, **data: Any) -> Action:
    return Action(action=action, target={"entity_id": entity_id}, data=data)


@asynccontextmanager
async def workers(house: House, folder: Path, names: list[str], url: str) -> AsyncIterator[Running]:
    settings = load_settings(env_file=None, homeiq_data=folder, ha_url=url, ha_token=house.token)
    async with serving(names, settings, house.address) as running:
        yield running


@pytest.fixture
async def ordering(house: House, hass: Hass, tmp_path: Path, entered: AsyncExitStack) -> Ordering:
    running = await entered.enter_async_context(workers(house, tmp_path, ["data", "automation"], house.url))
    await until(lambda: CEILING in running.home.registry.entities and bool(running.home.registry.services))
    client = Client(house.address(HOME_ASSISTANT), user=HOME_ASSISTANT)
    return Ordering(running, await entered.enter_async_context(client), hass, str(tmp_path / "homeiq.db"))


async def test_a_lamp_blinds_and_heating_do_what_was_ordered(ordering: Ordering) -> None:
    done = await ordering.act(
        order("light.turn_on", CEILING, brightness_pct=20),
        order("cover.set_cover_position", BLINDS, position=40),
        order("climate.set_temperature", HEATING, temperature=19.5),
    )
    assert (done.status, done.executed, len(done.actions)) == (ActStatus.DONE, True, 3), done
    await ordering.becomes(CEILING, "on", brightness=51)
    await ordering.becomes(BLINDS, "open", current_position=40)
    await ordering.becomes(HEATING, "heat", temperature=19.5)
    assert (await ordering.act(order("light.turn_off", CEILING))).status is ActStatus.DONE
    await ordering.becomes(CEILING, "off")
    assert await ordering.kept() == ["done", "done"]


@pytest.mark.parametrize(
    ("ordered", "before", "after"),
    [(order("lock.unlock", DOOR), "locked", "unlocked"), (order("cover.open_cover", GARAGE), "closed", "open")],
    ids=["lock", "garage"],
)
async def test_a_lock_and_a_garage_are_asked_back_and_done_with_it(
    ordering: Ordering, ordered: Action, before: str, after: str
) -> None:
    entity_id = ordered.target["entity_id"]
    assert await ordering.hass.state(entity_id) == before
    asked = await ordering.act(ordered)
    assert (asked.status, asked.executed, asked.actions) == (ActStatus.CONFIRMATION, False, [ordered])
    assert await ordering.hass.state(entity_id) == before
    assert (await ordering.act(ordered, confirm=True)).status is ActStatus.DONE
    await ordering.becomes(entity_id, after)
    back = order("lock.lock" if after == "unlocked" else "cover.close_cover", entity_id)
    assert (await ordering.act(back)).status is ActStatus.DONE
    await ordering.becomes(entity_id, before)


async def test_what_is_called_freezer_stays_on(ordering: Ordering) -> None:
    update = "config/entity_registry/update"
    on, off = order("switch.turn_on", PRINTER), order("switch.turn_off", PRINTER)
    assert (await ordering.act(on)).status is ActStatus.DONE
    await ordering.hass.command(update, entity_id=PRINTER, name="Freezer")
    try:
        await until(lambda: "Freezer" in ordering.running.home.registry.entities[PRINTER].name)
        refused = await ordering.act(off, confirm=True)
        assert (refused.status, refused.executed) == (ActStatus.REFUSED, False)
        assert [each.code for each in refused.findings] == ["critical_off"]
        await ordering.becomes(PRINTER, "on")
    finally:
        await ordering.hass.command(update, entity_id=PRINTER, name=None)
    await until(lambda: "Freezer" not in ordering.running.home.registry.entities[PRINTER].name)
    assert (await ordering.act(off)).status is ActStatus.DONE
    await ordering.becomes(PRINTER, "off")


@pytest.mark.parametrize(
    "wrong",
    [
        order("light.turn_on", CEILING, brightness_pct=150),
        order("light.turn_on", CEILING, brightnes_pct=50),
        order("climate.set_temperature", HEATING, temperature=33),
        order("climate.set_hvac_mode", HEATING, hvac_mode="cool"),
        order("cover.set_cover_position", BLINDS, position=-1),
        order("light.turn_on", "light.attic"),
        order("light.explode", CEILING),
        order("light.turn_on", "switch.garden_fountain"),
    ],
    ids=str,
)
async def test_what_it_does_not_take_is_found_before_it_is_asked(ordering: Ordering, wrong: Action) -> None:
    refused = await ordering.act(wrong)
    assert (refused.status, refused.executed) == (ActStatus.REFUSED, False)
    judged = await ordering.client.request(VALIDATE, ValidateRequest(actions=[wrong.model_dump()]))
    assert not judged.valid


async def test_a_script_that_takes_its_time_is_begun(ordering: Ordering) -> None:
    slow = {"alias": "HomeIQ slow", "sequence": [{"delay": 60}]}
    await ordering.hass.post("config/script/config/homeiq_slow", **slow)
    await until(lambda: "script.homeiq_slow" in ordering.running.home.registry.entities)
    try:
        begun = await ordering.act(Action(action="script.homeiq_slow"))
        assert (begun.status, begun.executed) == (ActStatus.DONE, True)
        await ordering.becomes("script.homeiq_slow", "on")
    finally:
        await ordering.act(order("script.turn_off", "script.homeiq_slow"))
        await ordering.hass._http.delete("/api/config/script/config/homeiq_slow")


async def test_what_it_refuses_itself_has_failed_and_what_came_before_is_told(ordering: Ordering) -> None:
    lamp = order("light.turn_off", CEILING)
    failed = await ordering.act(lamp, Action(action="homeassistant.reload_config_entry", data={"entry_id": "none"}))
    assert (failed.status, failed.executed, failed.actions) == (ActStatus.FAILED, True, [lamp]), failed
    assert failed.message.endswith("Done before it: light.turn_off.")


async def test_while_it_is_away_nothing_is_done_and_it_is_told(
    house: House, tmp_path: Path, entered: AsyncExitStack
) -> None:
    running = await entered.enter_async_context(workers(house, tmp_path, ["automation"], "http://127.0.0.1:9"))
    running.home.load(*HomeStore.read(HOME))
    client = await entered.enter_async_context(Client(house.address(HOME_ASSISTANT), user=HOME_ASSISTANT))
    with pytest.raises(Unavailable, match="Home Assistant is away"):
        await client.request(ACT, ActRequest(actions=[LAMP]))
    assert (await client.request(ACT, ActRequest(actions=[UNLOCK]))).status is ActStatus.CONFIRMATION
