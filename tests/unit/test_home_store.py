"""The home in the database: another one in its place, or only what is other in it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.home import HomeDocument
from shared.database_pool import create_shared_db_engine, dispose_engines, writing
from shared.home import EntityState, Home, Registry, StateChange
from shared.home_store import HomeStore, Renewal
from shared.migrations import migrate
from workers.data.keeper import HomeKeeper

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOUSE: dict[str, Any] = {
    "time_zone": "Europe/Berlin",
    "labels": [{"label_id": "evening", "name": "Evening"}],
    "floors": [{"floor_id": "up", "name": "Upstairs"}],
    "areas": [{"area_id": "b", "name": "B", "labels": ["evening"]}, {"area_id": "a", "name": "A", "floor_id": "up"}],
    "devices": [{"device_id": "d", "name": "D", "area_id": "a", "labels": ["evening"]}],
    "entities": [
        {"entity_id": "light.one", "name": "One", "device_id": "d", "labels": ["evening"]},
        {"entity_id": "light.two", "name": "Two", "aliases": ["deux"]},
    ],
    "services": {"light": {"turn_on": {}}},
}


def house(**changed: Any) -> HomeDocument:
    return HomeDocument.model_validate({**HOUSE, **changed})


def on(second: float = 0, state: str = "on") -> EntityState:
    moment = NOON + timedelta(seconds=second)
    return EntityState(state, {"n": second}, moment, moment)


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    url = str(tmp_path / "homeiq.db")
    await asyncio.to_thread(migrate, url)
    yield create_shared_db_engine(url)
    await dispose_engines()


@pytest.fixture
def store(engine: AsyncEngine) -> HomeStore:
    return HomeStore(engine)


async def renew(engine: AsyncEngine, document: HomeDocument, states: dict[str, EntityState] | None = None) -> Renewal:
    store = HomeStore(engine)
    renewal = await store.renewal(document, states)
    async with writing(engine) as connection:
        await store.renew(connection, renewal)
    return renewal


async def test_an_imported_home_comes_back_as_it_was_read(engine: AsyncEngine, store: HomeStore) -> None:
    document = house(entities=[{"entity_id": "light.one", "state": "on", "attributes": {"friendly_name": "Eins"}}])
    async with writing(engine) as connection:
        await store.replace(connection, document)
    assert await store.load() == store.read(document)
    registry, states = await store.load()
    assert registry.labels["evening"].name == "Evening"
    assert registry.areas["b"].labels == ("evening",)
    assert list(registry.areas) == ["b", "a"]
    assert states["light.one"].state == "on"


async def test_a_renewed_home_is_the_one_that_was_told(engine: AsyncEngine, store: HomeStore) -> None:
    states = {"light.one": on(), "light.two": on(1, "off")}
    assert (await renew(engine, house(), states)).registry_differs
    assert await store.load() == (Registry.from_document(house()), states)


async def test_the_same_again_writes_nothing(engine: AsyncEngine) -> None:
    states = {"light.one": on()}
    await renew(engine, house(), states)
    assert not (await renew(engine, house(), states)).differs
    assert not (await renew(engine, house())).differs
    backwards = house(entities=HOUSE["entities"][::-1])
    assert not (await renew(engine, backwards)).differs


async def test_only_what_is_other_is_written(engine: AsyncEngine, store: HomeStore) -> None:
    await renew(engine, house(), {"light.one": on()})
    changed = house(entities=[{**HOUSE["entities"][0], "name": "Uno"}, HOUSE["entities"][1]])
    renewal = await renew(engine, changed)
    assert [(row["kind"], row["item_id"]) for row in renewal.rows] == [("entity", "light.one")]
    assert (renewal.gone, renewal.states) == ([], [])
    assert (await store.load())[0] == Registry.from_document(changed)


async def test_what_is_gone_goes_with_its_state(engine: AsyncEngine, store: HomeStore) -> None:
    await renew(engine, house(), {"light.one": on(), "light.two": on()})
    less = house(entities=HOUSE["entities"][:1], areas=HOUSE["areas"][:1], labels=[], services={})
    renewal = await renew(engine, less)
    assert set(renewal.gone) == {("entity", "light.two"), ("area", "a"), ("label", "evening"), ("service", "light")}
    assert await store.load() == (Registry.from_document(less), {"light.one": on()})


async def test_a_saved_state_that_is_newer_stays(engine: AsyncEngine, store: HomeStore) -> None:
    await renew(engine, house(), {"light.one": on(10), "light.two": on(10)})
    await renew(engine, house(), {"light.one": on(5, "off"), "light.two": on(20, "off")})
    assert (await store.load())[1] == {"light.one": on(10), "light.two": on(20, "off")}


async def test_a_state_that_home_assistant_has_no_more_goes(engine: AsyncEngine, store: HomeStore) -> None:
    await renew(engine, house(), {"light.one": on(), "light.two": on()})
    await renew(engine, house(), {"light.one": on()})
    assert (await store.load())[1] == {"light.one": on()}


async def test_a_kind_that_this_program_does_not_know_is_passed_over(engine: AsyncEngine, store: HomeStore) -> None:
    await renew(engine, house())
    async with writing(engine) as connection:
        await connection.exec_driver_sql("INSERT INTO home_registry VALUES ('moon', 'm', 0, '{}')")
    assert (await store.load())[0] == Registry.from_document(house())


# -- the keeper --------------------------------------------------------------------------------------------------------


@pytest.fixture
def keeper(store: HomeStore) -> HomeKeeper:
    return HomeKeeper(Home(), store)


def test_a_renewed_home_keeps_what_was_told_meanwhile_and_newer(keeper: HomeKeeper) -> None:
    registry = Registry.from_document(house())
    keeper.renew(registry, {"light.one": on(), "light.two": on()})
    assert keeper.home.apply(StateChange("light.one", on(10, "off")))
    keeper.renew(registry, {"light.one": on(5), "light.two": on(5)})
    assert keeper.home.snapshot().states == {"light.one": on(10, "off"), "light.two": on(5)}
    assert keeper.home.loaded


def test_a_renewed_registry_keeps_the_states_of_what_stays(keeper: HomeKeeper) -> None:
    keeper.renew(Registry.from_document(house()), {"light.one": on(), "light.two": on()})
    before = keeper.home.snapshot()
    keeper.renew(Registry.from_document(house(entities=HOUSE["entities"][1:])), None)
    assert keeper.home.snapshot().states == {"light.two": on()}
    assert before.states.keys() == {"light.one", "light.two"}


async def test_who_joins_while_the_home_is_read_stays_and_is_saved_as_new(keeper: HomeKeeper) -> None:
    registry = Registry.from_document(house())
    for states in (None, {"light.one": on()}):
        keeper.home.apply(StateChange("light.late", on()))
        keeper.renew(registry, states, ["light.late", "light.nobody"])
        assert keeper.home.snapshot().states["light.late"] == on()
        async with keeper.taken() as (_, _, new):
            assert new == ["light.late"]
        keeper.renew(registry, None)
        assert "light.late" not in keeper.home.registry.entities
        assert "light.late" not in keeper.home.snapshot().states


def test_an_import_is_told_to_who_follows_and_a_renewal_is_not(keeper: HomeKeeper) -> None:
    told: list[str] = []
    keeper.when_replaced(lambda: told.append("replaced"))
    keeper.renew(Registry.from_document(house()), None)
    assert told == []
    keeper.take(Registry.from_document(house()), {})
    assert told == ["replaced"]
