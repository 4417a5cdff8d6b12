"""Questions about the past as people ask them: through the worker, over a bus, from a real store."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts import query
from contracts.home import HomeDocument
from contracts.query import Evidence, QueryRequest, QueryResponse, QueryStatus
from shared.bus.client import Client
from shared.bus.serving import Serving
from shared.database_pool import create_shared_db_engine, dispose_engines
from shared.errors import Unavailable
from shared.history import Event, History
from shared.history.influx.store import InfluxHistory
from shared.history.sqlite import SqliteHistory
from shared.home import EntityState, Home, Registry
from shared.home_store import HomeStore
from shared.migrations import migrate
from tests.conftest import Bus, free_port
from workers.query.wiring import resources as query_resources
from workers.query.worker import worker

LIGHT, GARAGE, ANNA = "light.kitchen", "cover.garage_door", "person.anna"
USER = "0123456789abcdef0123456789abcdef"
DOCUMENT = HomeDocument.model_validate({
    "time_zone": "Europe/Berlin",
    "areas": [{"area_id": "kitchen", "name": "Kitchen"}],
    "entities": [
        {"entity_id": LIGHT, "name": "Kitchen light", "area_id": "kitchen"},
        {"entity_id": GARAGE, "name": "Garage door"},
        {"entity_id": ANNA, "name": "Anna"},
    ],
})  # fmt: skip
STATES = {
    LIGHT: EntityState("off"), GARAGE: EntityState("open"), ANNA: EntityState("home", {"user_id": USER}),
}  # fmt: skip

Ask = Callable[[str], Awaitable[QueryResponse]]


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    url = f"sqlite+aiosqlite:///{tmp_path / 'homeiq.db'}"
    await asyncio.to_thread(migrate, url)
    yield create_shared_db_engine(url)
    await dispose_engines()


@pytest.fixture
def asking(bus: Bus, engine: AsyncEngine, entered: AsyncExitStack) -> Callable[[History], Awaitable[Ask]]:
    """The query worker with a history, and who asks it."""

    async def serve(history: History) -> Ask:
        live = Home()
        live.load(Registry.from_document(DOCUMENT), STATES)
        resources = {
            Home: live, HomeStore: HomeStore(engine), History: entered.enter_context(history),
            **query_resources(live, engine, history, Client(bus.connector())),
        }  # fmt: skip
        await entered.enter_async_context(Serving(worker, bus.connector(), resources, engine=engine))
        client = await entered.enter_async_context(Client(bus.connector()))

        async def ask(sentence: str) -> QueryResponse:
            return await client.request(query.ASK, QueryRequest(query=sentence))

        return ask

    return serve


async def test_the_past_is_told_with_its_evidence(asking: Callable[[History], Awaitable[Ask]], tmp_path: Path) -> None:
    history, now = SqliteHistory(tmp_path / "history.db"), float(int(time.time()))
    history.append([
        Event(now - 90_000, LIGHT, "off"), Event(now - 7200, LIGHT, "on"), Event(now - 3600, LIGHT, "off"),
        Event(now - 90_000, GARAGE, "closed"), Event(now - 5400, GARAGE, "open", USER),
        Event(now - 90_000, ANNA, "home"), Event(now - 6300, ANNA, "not_home"), Event(now - 4500, ANNA, "home"),
    ])  # fmt: skip
    ask = await asking(history)
    lit = await ask("how long was the kitchen light on in the last 24 hours")
    assert (lit.status, lit.query_type, lit.entities) == (QueryStatus.ANSWERED, "history", [LIGHT])
    assert lit.result is not None
    assert isinstance(lit.result.evidence, Evidence)
    assert (lit.result.value, lit.result.evidence.events) == (3600, 2)
    alone = await ask("how long was the kitchen light on in the last 24 hours while nobody was home")
    assert alone.result is not None
    assert alone.result.value == 1800
    who = await ask("who opened the garage door")
    assert who.result is not None
    opened = datetime.fromtimestamp(now - 5400, UTC).isoformat()
    assert (who.result.value, who.result.at) == (ANNA, opened)
    assert who.answer.startswith("Anna did: Garage door was last opened")


async def test_records_that_ended_are_told_so(asking: Callable[[History], Awaitable[Ask]], tmp_path: Path) -> None:
    history, end = SqliteHistory(tmp_path / "history.db"), float(int(time.time())) - 3 * 86_400
    history.append([Event(end - 3600, LIGHT, "on"), Event(end, GARAGE, "open")])
    told = await (await asking(history))("how long was the kitchen light on in the last 7 days")
    assert told.result is not None
    assert told.result.evidence is not None
    assert (told.result.value, told.result.evidence.until) == (3600, datetime.fromtimestamp(end, UTC).isoformat())
    assert "Records end" in told.answer


async def test_a_history_file_that_can_not_be_read_is_unavailable(
    asking: Callable[[History], Awaitable[Ask]], tmp_path: Path
) -> None:
    file = tmp_path / "history.db"
    SqliteHistory(file).close()
    history = SqliteHistory(file)
    ask = await asking(history)
    assert (await ask("was the kitchen light on yesterday")).status is QueryStatus.ANSWERED
    history.close()
    _spoil(tmp_path)
    with pytest.raises(Unavailable, match="history can't be read"):
        await ask("was the kitchen light on yesterday")
    assert (await ask("is the kitchen light on")).status is QueryStatus.ANSWERED


def _spoil(folder: Path) -> None:
    for each in folder.glob("history.db*"):
        each.write_bytes(b"This is no database. " * 500)


async def test_a_history_whose_server_is_down_is_unavailable(asking: Callable[[History], Awaitable[Ask]]) -> None:
    ask = await asking(InfluxHistory(f"http://127.0.0.1:{await free_port()}"))
    with pytest.raises(Unavailable, match="history can't be read"):
        await ask("who opened the garage door")
    assert (await ask("is the garage door open")).status is QueryStatus.ANSWERED
