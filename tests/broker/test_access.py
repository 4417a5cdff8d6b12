"""Who may do what on our own Mosquitto."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from pydantic import SecretStr

from contracts.catalogue import OPERATIONS
from contracts.discovery import DISCOVERY
from contracts.operation import Role
from shared.broker.access import ADMIN, DASHBOARD, HOME_ASSISTANT, Naming, acl, rules, users
from shared.broker.credentials import load_credentials
from shared.broker.process import BrokerFiles, MosquittoProcess, own_broker
from shared.bus.connection import Connection
from shared.bus.mqtt import mqtt_connector
from shared.bus.transport import NOT_AUTHORISED, SUCCESS
from shared.errors import BrokerError, LoginRefused
from shared.settings import BrokerAddress
from tests.conftest import MosquittoBus, RawClient

DENIED = NOT_AUTHORISED
"""Success without a subscriber is 0x10: what counts here is who is refused."""


async def as_user(mosquitto: MosquittoBus, user: str, entered: AsyncExitStack) -> RawClient:
    client = RawClient(mosquitto.connector(user))
    await entered.enter_async_context(client.connection)
    return client


MAY_PUBLISH = [
    (HOME_ASSISTANT, "homeiq/query/request", True),
    (HOME_ASSISTANT, "homeiq/query/health/request", True),
    (HOME_ASSISTANT, "homeiq/data/import/request", False),
    (HOME_ASSISTANT, "homeiq/query/response", False),
    (HOME_ASSISTANT, "homeiq/query/response/a", False),
    (HOME_ASSISTANT, "homeiq/home/changed", False),
    (HOME_ASSISTANT, "homeiq/workers/query/x", False),
    (HOME_ASSISTANT, "homeiq/query/health", False),
    (HOME_ASSISTANT, "hass/events", True),
    (HOME_ASSISTANT, "hass/states/light/kitchen/state", True),
    (HOME_ASSISTANT, "homeassistant/status", True),
    (HOME_ASSISTANT, "homeiq/analysis/run/request", True),
    (HOME_ASSISTANT, "homeassistant/device/homeiq/config", False),
    (HOME_ASSISTANT, "elsewhere", False),
    (DASHBOARD, "homeiq/query/request", True),
    (DASHBOARD, "homeiq/data/import/request", False),
    (DASHBOARD, "hass/events", False),
    (DASHBOARD, "homeiq/reply/dashboard/x", True),
    (DASHBOARD, "homeiq/reply/admin/x", False),
    ("query", "homeiq/query/response/a", True),
    ("query", "homeiq/reply/anybody/x", True),
    ("query", "homeiq/data/import/request", False),
    ("query", "homeiq/query/request", False),
    ("query", "homeiq/home/changed", False),
    ("query", "homeiq/workers/data/x", False),
    ("query", "hass/events", False),
    ("data", "homeiq/home/changed", True),
    ("data", "homeiq/query/response", False),
    ("data", "homeassistant/device/homeiq/config", True),
    ("data", "homeassistant/device/another/config", False),
    ("data", "homeassistant/status", False),
    ("query", "homeassistant/device/homeiq/config", False),
    (HOME_ASSISTANT, "homeiq/home/act/request", True),
    (DASHBOARD, "homeiq/home/act/request", False),
    (DASHBOARD, "homeiq/automation/validate/request", True),
    ("query", "homeiq/home/act/request", False),
    ("query", "homeiq/automation/validate/request", True),
    ("query", "homeiq/automation/override/request", False),
    ("data", "homeiq/home/act/request", False),
    ("pattern", "homeiq/home/act/request", False),
    ("automation", "homeiq/home/act/request", False),
    ("automation", "homeiq/home/act/response/a", True),
    (ADMIN, "homeiq/home/act/request", True),
    (ADMIN, "homeiq/data/import/request", True),
    (ADMIN, "homeiq/anything/at/all", True),
    (ADMIN, "hass/events", False),
    (ADMIN, "homeassistant/device/homeiq/config", True),
    (ADMIN, "homeassistant/device/another/config", False),
]


async def test_the_broker_refuses_what_no_line_allows(mosquitto: MosquittoBus, entered: AsyncExitStack) -> None:
    clients = {user: await as_user(mosquitto, user, entered) for user in {user for user, _, _ in MAY_PUBLISH}}
    for user, topic, may in MAY_PUBLISH:
        code = await clients[user].publish(topic, "x")
        assert (code != DENIED) is may, f"{user} publishing to {topic}: {code:#x}"


async def test_the_query_worker_acts_where_the_deployment_lets_it(tmp_path: Path, entered: AsyncExitStack) -> None:
    naming = Naming(execute_from_query=True)
    bus = MosquittoBus(await entered.enter_async_context(MosquittoProcess(tmp_path / "broker", naming)))
    for user, may in (("query", True), ("pattern", False), (DASHBOARD, False), (HOME_ASSISTANT, True)):
        client = await as_user(bus, user, entered)
        assert (await client.publish("homeiq/home/act/request", "x") != DENIED) is may, user
    reader = await as_user(bus, "query", entered)
    await reader.subscribe("homeiq/reply/query/1")
    worker = await as_user(bus, "automation", entered)
    await worker.publish("homeiq/reply/query/1", "x")
    assert (await reader.next()).payload == b"x"


MAY_READ = [
    ("homeiq/home/act/response/a", HOME_ASSISTANT, True),
    ("homeiq/home/act/response/a", DASHBOARD, False),
    ("homeiq/home/act/request", "automation", True),
    ("homeiq/home/act/request", "query", False),
    ("homeiq/reply/homeassistant/1", HOME_ASSISTANT, True),
    ("homeiq/reply/homeassistant/1", DASHBOARD, False),
    ("homeiq/query/request", DASHBOARD, False),
    ("homeiq/query/request", "query", True),
    ("homeiq/query/request", "data", False),
    ("homeiq/query/response/a", HOME_ASSISTANT, True),
    ("homeiq/data/import/response/a", HOME_ASSISTANT, False),
    ("homeiq/dead-letter/query", HOME_ASSISTANT, False),
    ("homeiq/home/changed", "query", True),
]


@pytest.mark.parametrize(("topic", "user", "may"), MAY_READ)
async def test_messages_reach_only_who_may_read_them(
    mosquitto: MosquittoBus, entered: AsyncExitStack, topic: str, user: str, may: bool
) -> None:
    admin = await as_user(mosquitto, ADMIN, entered)
    reader = await as_user(mosquitto, user, entered)
    await reader.subscribe(topic)
    await admin.publish(topic, "x")
    if may:
        assert (await reader.next()).payload == b"x"
    else:
        await reader.silence()


@pytest.mark.parametrize(
    ("user", "password"),
    [("query", "wrong"), ("nobody", "x"), (None, None), ("query", None)],
    ids=["a wrong password", "a stranger", "nobody", "no password"],
)
async def test_a_login_that_is_wrong_is_told_apart_from_a_broker_that_is_away(
    mosquitto: MosquittoBus, user: str | None, password: str | None
) -> None:
    right = mosquitto.process.address("query")
    wrong = BrokerAddress(right.host, right.port, user, SecretStr(password) if password else None)
    with pytest.raises(LoginRefused, match="user name and password"):
        async with Connection(mqtt_connector(wrong), "x", patient=True):
            pass


async def test_a_broker_that_is_away_is_told_in_one_line() -> None:
    with pytest.raises(BrokerError, match="127.0.0.1:9 can't be reached") as told:
        async with Connection(mqtt_connector(BrokerAddress("127.0.0.1", 9)), "x"):
            pass
    assert not isinstance(told.value, LoginRefused)


def test_every_operation_can_be_asked_by_somebody_and_only_by_its_callers() -> None:
    naming = Naming()
    for operation in OPERATIONS:
        line = f"write {operation.request_topic()}"
        for user, role in ((HOME_ASSISTANT, Role.HOME_ASSISTANT), (DASHBOARD, Role.DASHBOARD)):
            assert (line in rules(user, naming)) is (role in operation.callers)
        assert f"read {operation.request_topic()}" in rules(operation.worker, naming)


def test_a_root_of_ones_own_reaches_every_line() -> None:
    text = acl(Naming(root="site/house", home_assistant="ha", events_topic="ev", states_topic="st"))
    # Home Assistant's discovery is not below the root: there each home has a device of its own.
    assert "homeiq" not in text.replace(DISCOVERY.topic("site/house"), "")
    assert DISCOVERY.topic() not in text
    assert "user ha\n" in text


def test_nobody_else_has_rules() -> None:
    with pytest.raises(KeyError, match="mallory"):
        rules("mallory", Naming())


async def test_passwords_are_kept_and_private(tmp_path: Path) -> None:
    files = BrokerFiles(tmp_path)
    async with MosquittoProcess(tmp_path, Naming()) as first:
        port, passwords = first.port, dict(first.passwords)
        assert set(passwords) == set(users(Naming()))
        assert len(set(passwords.values())) == len(passwords)
        for secret in (files.credentials, files.folder / "passwords", files.folder / "acl"):
            assert secret.stat().st_mode & 0o077 == 0
        for password in passwords.values():
            assert password not in (files.folder / "passwords").read_text()
    async with MosquittoProcess(tmp_path, Naming()) as second:
        assert (second.port, second.passwords) == (port, passwords)
    assert load_credentials(files.credentials) == passwords


async def test_a_users_own_lines_join_the_access_list(tmp_path: Path, entered: AsyncExitStack) -> None:
    folder = BrokerFiles(tmp_path).folder
    folder.mkdir(parents=True)
    (folder / "acl.local").write_text("user dashboard\ntopic readwrite zigbee/#\n")
    bus = MosquittoBus(await entered.enter_async_context(MosquittoProcess(tmp_path, Naming())))
    dashboard = await as_user(bus, DASHBOARD, entered)
    await dashboard.subscribe("zigbee/#")
    assert await dashboard.publish("zigbee/lamp", "on") == SUCCESS
    assert (await dashboard.next()).payload == b"on"
    assert await dashboard.publish("homeiq/query/request", "x") != DENIED


async def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(BrokerError, match=f"port {port} on 127.0.0.1 is taken"):
        async with MosquittoProcess(tmp_path, Naming(), port=port):
            pass
    server.close()
    await server.wait_closed()


async def test_one_data_folder_has_one_broker(tmp_path: Path) -> None:
    async with MosquittoProcess(tmp_path, Naming()):
        with pytest.raises(BrokerError, match="another `homeiq up`"):
            async with MosquittoProcess(tmp_path, Naming()):
                pass


async def test_credentials_that_are_damaged_are_told_and_not_replaced(tmp_path: Path) -> None:
    BrokerFiles(tmp_path).credentials.write_text("{")
    with pytest.raises(BrokerError, match=r"credentials\.json can't be read"):
        async with MosquittoProcess(tmp_path, Naming()):
            pass
    assert BrokerFiles(tmp_path).credentials.read_text() == "{"


async def test_where_it_is_can_be_found_by_others(tmp_path: Path) -> None:
    assert own_broker(tmp_path, ADMIN) is None
    async with MosquittoProcess(tmp_path, Naming()) as process:
        assert own_broker(tmp_path, ADMIN) == process.address(ADMIN)
        assert own_broker(tmp_path, "nobody") is None
