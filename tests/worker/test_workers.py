"""The workers together: a home is imported, Home Assistant tells of changes, questions are answered from it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from contracts import home, query
from contracts.history import ImportDone
from contracts.home import HomeDocument, ImportRequest, ImportSource
from contracts.jobs import JobStatus
from contracts.query import QueryContext, QueryRequest, QueryResponse, QueryStatus
from shared.broker.access import ADMIN, HOME_ASSISTANT
from shared.bus.client import Client
from shared.database_pool import create_shared_db_engine, dispose_engines, reading, writing
from shared.errors import Forbidden, InvalidRequest, SettingsError
from shared.settings import Settings, load_settings
from shared.simulator.demo import demo_home
from tests.conftest import MosquittoBus, RawClient
from workers.bootstrap import Running, serving
from workers.data.imports import ImportFolder

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)

HOUSE: dict[str, Any] = {
    "time_zone": "Europe/Berlin",
    "areas": [{"area_id": "attic", "name": "Attic"}, {"area_id": "cellar", "name": "Cellar"}],
    "entities": [
        {"entity_id": "light.spot", "name": "Spot", "area_id": "attic", "state": "on"},
        {"entity_id": "light.beam", "name": "Beam", "area_id": "cellar", "state": "off"},
    ],
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(env_file=None, homeiq_data=tmp_path / "data")


@pytest.fixture
async def running(mosquitto: MosquittoBus, settings: Settings) -> AsyncIterator[Running]:
    async with serving(["data", "query"], settings, mosquitto.process.address) as all_of_them:
        yield all_of_them


@pytest.fixture
async def admin(mosquitto: MosquittoBus, running: Running, entered: AsyncExitStack) -> Client:
    return await entered.enter_async_context(Client(mosquitto.process.address(ADMIN)))


@pytest.fixture
async def home_assistant(mosquitto: MosquittoBus, running: Running, entered: AsyncExitStack) -> RawClient:
    client = RawClient(mosquitto.connector(HOME_ASSISTANT))
    await entered.enter_async_context(client.connection)
    return client


async def bring_in(client: Client, settings: Settings, document: dict[str, Any] | bytes) -> dict[str, int]:
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    file = ImportFolder(settings.homeiq_data).lay_down(content)
    done = await client.run(home.IMPORT, ImportRequest(source=ImportSource.HOME, file=file), timeout=20)
    assert isinstance(done, ImportDone)
    if done.status is not JobStatus.COMPLETED:
        raise InvalidRequest("; ".join(done.errors))
    return done.counts


async def ask(client: Client, sentence: str, **more: Any) -> QueryResponse:
    return await client.request(query.ASK, QueryRequest(query=sentence, **more))


async def value(client: Client, sentence: str) -> Any:
    result = (await ask(client, sentence)).result
    return result.value if result else None


async def until_value(client: Client, sentence: str, expected: Any) -> None:
    async with asyncio.timeout(5):
        while await value(client, sentence) != expected:
            await asyncio.sleep(0.02)


def event(entity_id: str, state: str | None, second: float = 0, **attributes: Any) -> str:
    at = (NOW + timedelta(seconds=second)).isoformat()
    new = {"state": state, "attributes": attributes, "last_changed": at, "last_updated": at} if state else None
    return json.dumps({"event_type": "state_changed", "event_data": {"entity_id": entity_id, "new_state": new}})


async def test_without_a_home_nothing_is_known_and_health_says_so(admin: Client, running: Running) -> None:
    assert (await ask(admin, "is the lamp on?")).status is QueryStatus.NOT_UNDERSTOOD
    report = running.servings[1].report()
    assert report.status == "degraded"
    assert "import" in report.checks["home"].message


async def test_a_question_is_answered_from_the_imported_home(admin: Client, settings: Settings) -> None:
    assert (await bring_in(admin, settings, HOUSE))["entities"] == 2
    answer = await ask(admin, "is the spot on?")
    assert (answer.status, answer.entities) == (QueryStatus.ANSWERED, ["light.spot"])
    assert answer.result is not None
    assert answer.result.value is True
    assert answer.provider_used == "local"
    assert not answer.executed
    assert answer.execution_time > 0
    assert len(answer.query_id) == 32


async def test_here_is_where_the_asker_stands(admin: Client, settings: Settings) -> None:
    await bring_in(admin, settings, HOUSE)
    answer = await ask(admin, "which lights are on in here?", context=QueryContext(area_id="attic"))
    assert answer.result is not None
    assert answer.result.value == ["light.spot"]


async def test_another_language_is_told_so(admin: Client, settings: Settings) -> None:
    await bring_in(admin, settings, HOUSE)
    answer = await ask(admin, "ist das Licht an?", language="xx")
    assert answer.status is QueryStatus.NOT_UNDERSTOOD
    assert "xx" in answer.answer


async def test_an_import_is_told_to_everybody(
    admin: Client, settings: Settings, mosquitto: MosquittoBus, home_assistant: RawClient
) -> None:
    await home_assistant.subscribe("homeiq/home/changed")
    await bring_in(admin, settings, HOUSE)
    fact = await home_assistant.next_json()
    assert (fact["reason"], fact["counts"]["entities"]) == ("imported", 2)
    assert fact["correlation_id"]
    assert datetime.fromisoformat(fact["at"]).tzinfo is not None


async def test_an_import_can_be_repeated_and_the_same_comes_of_it(admin: Client, settings: Settings) -> None:
    await bring_in(admin, settings, HOUSE)
    await bring_in(admin, settings, HOUSE)
    assert await value(admin, "how many lights are there?") == 2


async def test_a_home_of_5000_entities(admin: Client, settings: Settings) -> None:
    rooms = [{"area_id": f"room_{number}", "name": f"Room {number}"} for number in range(100)]
    lamps = [
        {
            "entity_id": f"light.lamp_{number}",
            "name": f"Lamp {number}",
            "area_id": f"room_{number % 100}",
            "state": "on" if number % 7 == 0 else "off",
        }
        for number in range(5000)
    ]
    assert (await bring_in(admin, settings, {"areas": rooms, "entities": lamps}))["entities"] == 5000
    assert await value(admin, "how many lights are on?") == 715


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"source": "home", "file": "../../etc/passwd"}, "invalid_request"),
        ({"source": "home", "file": ".hidden"}, "invalid_request"),
        ({"source": "home", "file": "/etc/passwd"}, "invalid_request"),
        ({"source": "elsewhere", "file": "x"}, "invalid_request"),
    ],
)
async def test_an_import_reads_nothing_but_what_was_laid_down(admin: Client, asked: dict[str, str], code: str) -> None:
    reply = json.loads(await admin.exchange(home.IMPORT, json.dumps(asked).encode()))
    assert reply["error"]["code"] == code


async def test_an_import_of_nothing_fails_and_says_so(admin: Client) -> None:
    nothing = ImportRequest(source=ImportSource.HOME, file="nothing.json")
    done = await admin.run(home.IMPORT, nothing, timeout=10)
    assert done.status is JobStatus.FAILED
    assert "nothing.json is not in the imports folder" in done.errors[0]


async def test_a_file_that_is_no_home_leaves_the_home_as_it_was(admin: Client, settings: Settings) -> None:
    await bring_in(admin, settings, HOUSE)
    with pytest.raises(InvalidRequest, match=r"\$\.areas"):
        await bring_in(admin, settings, {"areas": 5})
    assert await value(admin, "is the spot on?") is True


async def test_only_the_admin_may_import(
    admin: Client, settings: Settings, mosquitto: MosquittoBus, entered: AsyncExitStack
) -> None:
    user = await entered.enter_async_context(Client(mosquitto.process.address(HOME_ASSISTANT)))
    with pytest.raises(Forbidden):
        await bring_in(user, settings, HOUSE)


# -- what Home Assistant tells -----------------------------------------------------------------------------------------


async def test_an_event_changes_the_answer(admin: Client, settings: Settings, home_assistant: RawClient) -> None:
    await bring_in(admin, settings, HOUSE)
    await home_assistant.publish("hass/events", event("light.beam", "on"))
    await until_value(admin, "is the beam on?", expected=True)
    answer = await ask(admin, "is the beam on?")
    assert answer.result is not None
    assert answer.result.at is not None
    assert datetime.fromisoformat(answer.result.at) == NOW


async def test_events_that_come_out_of_order_do_no_harm(
    admin: Client, settings: Settings, home_assistant: RawClient
) -> None:
    await bring_in(admin, settings, HOUSE)
    await home_assistant.publish("hass/events", event("light.beam", "on", 10))
    await home_assistant.publish("hass/events", event("light.beam", "off", 5))
    await home_assistant.publish("hass/events", event("light.spot", "off", 5))
    await until_value(admin, "is the spot on?", expected=False)
    assert await value(admin, "is the beam on?") is True


async def test_the_state_stream_alone_is_enough(admin: Client, settings: Settings, home_assistant: RawClient) -> None:
    await bring_in(admin, settings, HOUSE)
    await home_assistant.publish("hass/states/light/beam/state", "on", retain=True)
    await until_value(admin, "is the beam on?", expected=True)


async def test_an_entity_that_no_import_knew_joins_and_stays(
    mosquitto: MosquittoBus, settings: Settings, entered: AsyncExitStack
) -> None:
    told = RawClient(mosquitto.connector(HOME_ASSISTANT))
    admin = Client(mosquitto.process.address(ADMIN))
    async with serving(["data", "query"], settings, mosquitto.process.address):
        await entered.enter_async_context(told.connection)
        await entered.enter_async_context(admin)
        await told.subscribe("homeiq/home/changed")
        await told.publish("hass/events", event("light.porch", "on", friendly_name="Porch light"))
        await until_value(admin, "is the porch light on?", expected=True)
        assert (await told.next_json())["reason"] == "entities joined"
    async with serving(["data", "query"], settings, mosquitto.process.address):
        assert await value(admin, "is the porch light on?") is True


async def test_what_home_assistant_told_goes_before_what_is_imported_later(
    admin: Client, settings: Settings, home_assistant: RawClient
) -> None:
    await bring_in(admin, settings, HOUSE)
    await home_assistant.publish("hass/events", event("light.beam", "on"))
    await until_value(admin, "is the beam on?", expected=True)
    await bring_in(admin, settings, HOUSE)
    assert await value(admin, "is the beam on?") is True


async def test_noise_on_the_streams_does_no_harm(admin: Client, settings: Settings, home_assistant: RawClient) -> None:
    await bring_in(admin, settings, HOUSE)
    for noise in (b"", b"{", b"\xff\xfe", b'{"event_type": "state_changed"}', b"[" * 50_000):
        await home_assistant.publish("hass/events", noise)
        await home_assistant.publish("hass/states/light/spot/attribute", noise)
    await home_assistant.publish("hass/events", event("light.beam", "on"))
    await until_value(admin, "is the beam on?", expected=True)


async def test_a_query_worker_of_its_own_follows_import_and_events(
    mosquitto: MosquittoBus, settings: Settings, entered: AsyncExitStack
) -> None:
    """As under compose: each in a process of its own, here at least with a home of its own."""
    await entered.enter_async_context(serving(["data"], settings, mosquitto.process.address))
    await entered.enter_async_context(serving(["query"], settings, mosquitto.process.address))
    admin = await entered.enter_async_context(Client(mosquitto.process.address(ADMIN)))
    told = RawClient(mosquitto.connector(HOME_ASSISTANT))
    await entered.enter_async_context(told.connection)
    await bring_in(admin, settings, HOUSE)
    await until_value(admin, "is the spot on?", expected=True)
    await told.publish("hass/events", event("light.spot", "off"))
    await until_value(admin, "is the spot on?", expected=False)


async def test_nothing_that_home_assistant_says_keeps_homeiq_from_starting(
    mosquitto: MosquittoBus, settings: Settings
) -> None:
    strange: list[Any] = [
        event("<b>", "on"),
        event("light.long", "on", friendly_name="x" * 5_000, device_class={"a": 1}),
        event("light.number", "on", friendly_name=5, device_class=7),
        event("light.after", "on", friendly_name="After lamp"),
    ]
    for start in range(2):
        told = RawClient(mosquitto.connector(HOME_ASSISTANT))
        async with (
            serving(["data", "query"], settings, mosquitto.process.address),
            Client(mosquitto.process.address(ADMIN)) as admin,
            told.connection,
        ):
            await told.subscribe("homeiq/home/changed")
            for each in strange if start == 0 else ():
                await told.publish("hass/events", each)
            await until_value(admin, "is the after lamp on?", expected=True)
            if start == 0:
                assert (await told.next_json())["reason"] == "entities joined"


async def test_a_row_that_cannot_be_read_is_left_out(mosquitto: MosquittoBus, settings: Settings) -> None:
    login = mosquitto.process.address
    async with serving(["data", "query"], settings, login), Client(login(ADMIN)) as admin:
        await bring_in(admin, settings, HOUSE)
    engine = create_shared_db_engine(settings.database_url)
    async with writing(engine) as connection:
        row = """INSERT INTO home_registry VALUES ('entity', '<b>', 9, '{"entity_id": "<b>"}')"""
        await connection.exec_driver_sql(row)
    await dispose_engines()
    async with serving(["data", "query"], settings, login), Client(login(ADMIN)) as admin:
        assert await value(admin, "is the spot on?") is True


# -- what is kept ------------------------------------------------------------------------------------------------------


async def test_queries_are_saved_behind_their_reply(
    mosquitto: MosquittoBus, settings: Settings, entered: AsyncExitStack
) -> None:
    asked = QueryRequest(query="is the spot on?", session_id="s", user_id="u")
    async with (
        serving(["data", "query"], settings, mosquitto.process.address),
        Client(mosquitto.process.address(ADMIN)) as admin,
    ):
        await admin.request(query.ASK, asked, correlation_id="me")
    engine = create_shared_db_engine(settings.database_url)
    async with reading(engine) as connection:
        row = (await connection.execute(text("SELECT * FROM queries"))).mappings().one()
    await dispose_engines()
    assert (row["query"], row["session_id"], row["user_id"], row["correlation_id"]) == (
        "is the spot on?",
        "s",
        "u",
        "me",
    )
    assert row["status"] == "not_understood"
    assert json.loads(row["response"])["query_id"] == row["query_id"]


async def test_the_demo_home_answers(admin: Client, settings: Settings) -> None:
    await bring_in(admin, settings, demo_home())
    document = HomeDocument.model_validate_json(demo_home())
    lights_on = [each.entity_id for each in document.entities if each.entity_id[:6] == "light." and each.state == "on"]
    assert sorted(await value(admin, "which lights are on?")) == sorted(lights_on)


async def test_a_worker_that_does_not_exist_is_named(mosquitto: MosquittoBus, settings: Settings) -> None:
    with pytest.raises(SettingsError, match="cooking"):
        async with serving(["cooking"], settings, mosquitto.process.address):
            pass
