"""What is generated from the contracts is what is committed, says all there is, and works."""

from __future__ import annotations

import asyncio
import getpass
import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from pydantic import SecretStr

from contracts.catalogue import EVENTS, OPERATIONS, STATES, WORKERS
from contracts.documents import asyncapi_json, documents, topics_markdown
from contracts.documents.asyncapi import RETAINED_REPLY_SECONDS
from contracts.documents.prose import ERRORS
from contracts.envelope import ErrorCode
from contracts.model import Message, Request
from contracts.operation import Operation
from shared.broker.access import ADMIN, HOME_ASSISTANT, Naming, rules
from shared.broker.credentials import password_file
from shared.broker.files import broker_files
from shared.broker.process import MosquittoProcess, find_mosquitto
from shared.bus.mqtt import mqtt_connector
from shared.bus.replies import REPLY_EXPIRY
from shared.bus.serving import Serving
from shared.bus.topics import matches
from shared.bus.worker import Worker
from shared.settings import BrokerAddress
from shared.version import VERSION
from tests.conftest import RawClient

PROJECT = Path(__file__).parents[2]
SCHEMA = Path(__file__).parent / "asyncapi" / "3.0.0.json"
GENERATED = documents() | broker_files()


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    found = json.loads(asyncapi_json())
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("name", GENERATED)
def test_the_committed_file_is_the_generated_one(name: str) -> None:
    assert (PROJECT / name).read_text(encoding="utf-8") == GENERATED[name], f"{name}: run `make documents`"


@pytest.mark.parametrize("module", ["contracts.documents", "shared.broker.files"])
def test_the_command_writes_the_same_in_every_process(module: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", module, str(tmp_path)]
    subprocess.run(command, cwd=PROJECT, check=True, env={**os.environ, "PYTHONHASHSEED": "7"})
    written = {file.relative_to(tmp_path).as_posix(): file for file in tmp_path.rglob("*") if file.is_file()}
    assert written
    for name, file in written.items():
        assert file.read_text(encoding="utf-8") == GENERATED[name]


# -- AsyncAPI ----------------------------------------------------------------------------------------------------------


def test_asyncapi_is_valid_by_the_official_schema(document: dict[str, Any]) -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft7Validator(schema).validate(document)


def test_the_official_schema_would_find_a_mistake(document: dict[str, Any]) -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    broken = {**document, "operations": {"query.request": {"action": "ask", "channel": {"$ref": "#/channels/x"}}}}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft7Validator(schema).validate(broken)


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def resolved(document: dict[str, Any], reference: str) -> Any:
    node: Any = document
    for part in reference.removeprefix("#/").split("/"):
        node = node[part.replace("~1", "/").replace("~0", "~")]
    return node


def test_every_reference_resolves(document: dict[str, Any]) -> None:
    found = set(references(document))
    assert len(found) > 20
    for reference in found:
        assert resolved(document, reference) is not None, reference


def test_every_component_is_used(document: dict[str, Any]) -> None:
    used = set(references(document))
    for kind in ("schemas", "messages", "parameters", "securitySchemes"):
        for name in document["components"][kind]:
            assert f"#/components/{kind}/{name}" in used, name


def test_every_topic_has_a_channel_and_every_channel_an_operation(document: dict[str, Any]) -> None:
    addresses = {channel["address"] for channel in document["channels"].values()}
    for operation in OPERATIONS:
        public = operation.response_topic()
        assert {operation.request_topic(), public, f"{public}/{{correlation_id}}"} <= addresses
    assert {event.topic() for event in EVENTS} <= addresses
    for state in STATES:
        for worker in WORKERS if state.worker == "*" else [state.worker]:
            assert state.topic(worker=worker, instance="{instance}") in addresses
    performed = {each["channel"]["$ref"] for each in document["operations"].values()}
    replied = {each["reply"]["channel"]["$ref"] for each in document["operations"].values() if "reply" in each}
    assert performed | replied == {f"#/channels/{name}" for name in document["channels"]}


def test_addresses_have_no_parameters_but_those_that_nobody_can_write_out(document: dict[str, Any]) -> None:
    for channel in document["channels"].values():
        named = set(re.findall(r"{(\w+)}", channel["address"] or ""))
        assert named == set(channel.get("parameters", ()))
        assert named <= {"correlation_id", "user", "instance"}


def test_an_operation_speaks_of_messages_of_its_channel(document: dict[str, Any]) -> None:
    for each in document["operations"].values():
        for part in (each, each.get("reply", {})):
            for message in part.get("messages", ()):
                assert message["$ref"].startswith(part["channel"]["$ref"] + "/messages/")


def test_a_reply_to_a_named_topic_has_a_channel_without_an_address(document: dict[str, Any]) -> None:
    receiving = [each for each in document["operations"].values() if each["action"] == "receive"]
    assert len(receiving) == len(OPERATIONS)
    for each in receiving:
        assert resolved(document, each["reply"]["channel"]["$ref"])["address"] is None


def test_quality_of_service_and_retain_are_those_on_the_wire(document: dict[str, Any]) -> None:
    for name, each in document["operations"].items():
        binding = each["bindings"]["mqtt"]
        address = resolved(document, each["channel"]["$ref"])["address"]
        kept = name.endswith(".kept") or any(matches(state.topic_filter(), address) for state in STATES)
        assert (binding["qos"], binding["retain"]) == (1, kept), name
    assert RETAINED_REPLY_SECONDS == REPLY_EXPIRY


def test_messages_of_ours_are_valid_by_the_schemas(document: dict[str, Any]) -> None:
    request = {"query": "is a window open?", "correlation_id": "door-1", "context": {"area_id": "kitchen"}}
    for name, instance in (("QueryRequest", request), ("Reply.QueryResponse", reply_to_a_query())):
        jsonschema.Draft202012Validator({**document, "$ref": f"#/components/schemas/{name}"}).validate(instance)


@pytest.mark.parametrize(
    "wrong", [{}, {"query": 1}, {"query": "?", "qury": "?"}, {"query": "?", "correlation_id": "a b"}]
)
def test_what_a_worker_refuses_the_schema_refuses(document: dict[str, Any], wrong: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator({**document, "$ref": "#/components/schemas/QueryRequest"}).validate(wrong)


def reply_to_a_query() -> dict[str, Any]:
    data = {"query_id": "1", "status": "answered", "query_type": "is", "answer": "Yes.", "entities": ["light.a"]}
    filled: dict[str, Any] = {
        "result": None,
        "actions": [],
        "executed": False,
        "automation": None,
        "clarifications": [],
        "cached": False,
    }
    rest = {"suggestions": [], "confidence": 1.0, "execution_time": 0.001, "provider_used": "local"}
    return {"correlation_id": "door-1", "status": "ok", "data": data | filled | rest}


def test_the_version_is_that_of_the_package(document: dict[str, Any]) -> None:
    assert document["info"]["version"] == VERSION


# -- topics.md ---------------------------------------------------------------------------------------------------------


def test_the_page_names_every_topic_message_and_error() -> None:
    page = topics_markdown()
    for operation in OPERATIONS:
        assert f"`{operation.request_topic()}`" in page
        for model in (operation.request, operation.response):
            assert f"### {model.__name__}\n" in page
            for field in model.model_fields:
                assert f"| `{field}` |" in page
    for event in EVENTS:
        assert f"`{event.topic()}`" in page
    for state in STATES:
        assert f"`{state.topic(worker='<worker>', instance='<instance>')}`" in page
    assert set(ERRORS) == set(ErrorCode)
    assert all(f"| `{code}` |" in page for code in ErrorCode)


def test_every_link_of_the_page_has_its_heading() -> None:
    page = topics_markdown()
    headings = {line.lstrip("# ").lower() for line in page.splitlines() if line.startswith("#")}
    linked = set(re.findall(r"\]\(#([^)]+)\)", page))
    assert linked
    assert linked <= headings


# -- the broker's files ------------------------------------------------------------------------------------------------


def test_the_lines_to_paste_are_those_of_our_own_broker() -> None:
    readme = (PROJECT / "mosquitto" / "README.md").read_text(encoding="utf-8")
    ours = broker_files()["mosquitto/mosquitto.conf"].splitlines()
    pasted = next(block for block in re.findall(r"```\n(.*?)```", readme, re.DOTALL) if "nodelay" in block)
    assert pasted.split("\n")[:-1] == [line for line in ours if line.startswith(("set_tcp_nodelay", "max_inflight"))]


def test_the_bridge_carries_what_home_assistants_user_may_and_nothing_else() -> None:
    lines = [line.split() for line in broker_files()["mosquitto/bridge.conf"].splitlines() if line.startswith("topic ")]
    allowed = {tuple(rule.split()) for rule in rules(HOME_ASSISTANT, Naming())}
    for _, topic, direction, qos in lines:
        access = "write" if direction == "out" else "read"
        assert {(access, topic), ("readwrite", topic)} & allowed
        assert qos == "1"
    carried = {topic for _, topic, *_ in lines}
    assert all(topic in carried or f"{topic}/#" in carried for _, topic in allowed)


class Saying(Request):
    text: str


class Said(Message):
    text: str


SAY = Operation("query", Saying, Said, worker="query", summary="Say it again.")


def echo() -> Worker:
    worker = Worker("query")

    @worker.handles(SAY)
    async def say(request: Saying) -> Said:
        return Said(text=request.text)

    return worker


@pytest.fixture
async def ours(tmp_path: Path) -> AsyncIterator[MosquittoProcess]:
    async with MosquittoProcess(tmp_path / "ours", Naming()) as broker:
        yield broker


@pytest.fixture
async def theirs(ours: MosquittoProcess, tmp_path: Path) -> AsyncIterator[BrokerAddress]:
    """A broker that somebody else has configured, with the bridge pasted into its configuration."""
    bridge = (PROJECT / "mosquitto" / "bridge.conf").read_text(encoding="utf-8")
    bridge = bridge.replace("127.0.0.1:1883", f"127.0.0.1:{ours.port}").replace(
        "PASSWORD", ours.passwords[HOME_ASSISTANT]
    )
    address = BrokerAddress("127.0.0.1", free_port(), username="resident", password=SecretStr("their-own"))
    folder = tmp_path / "theirs"
    folder.mkdir()
    (folder / "passwords").write_text(password_file({"resident": "their-own"}))
    own = f"listener {address.port} 127.0.0.1\nallow_anonymous false\npassword_file {folder / 'passwords'}\n"
    as_root = f"user {getpass.getuser()}\n" if os.geteuid() == 0 else ""
    (folder / "mosquitto.conf").write_text(own + as_root + bridge)
    async with foreign_mosquitto(folder / "mosquitto.conf"):
        await bridged(address, ours)
        yield address


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        assert isinstance(port, int)
        return port


@asynccontextmanager
async def foreign_mosquitto(configuration: Path) -> AsyncIterator[None]:
    log = configuration.with_suffix(".log").open("wb")
    process = await asyncio.create_subprocess_exec(find_mosquitto(), "-c", configuration, stdout=log, stderr=log)
    try:
        yield
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
        log.close()


async def bridged(address: BrokerAddress, ours: MosquittoProcess) -> None:
    """Wait until what is said on one broker is heard on the other, both ways."""
    async with asyncio.timeout(20):
        while True:
            try:
                async with RawClient(mqtt_connector(address)).connection:
                    break
            except Exception:  # noqa: BLE001 - it does not listen yet
                await asyncio.sleep(0.02)
        there, here = RawClient(mqtt_connector(address)), RawClient(mqtt_connector(ours.address(ADMIN)))
        async with there.connection, here.connection:
            await there.subscribe("homeiq/home/changed")
            await here.subscribe("homeiq/query/health/request")
            for speaker, hearer, topic in (
                (here, there, "homeiq/home/changed"),
                (there, here, "homeiq/query/health/request"),
            ):
                while hearer.received.empty():
                    await speaker.publish(topic, "?")
                    await asyncio.sleep(0.02)


async def test_a_question_on_their_broker_is_answered_over_the_bridge(
    ours: MosquittoProcess, theirs: BrokerAddress
) -> None:
    home_assistant = RawClient(mqtt_connector(theirs))
    async with Serving(echo(), mqtt_connector(ours.address("query")), {}), home_assistant.connection:
        await home_assistant.subscribe("homeiq/query/response/#")
        await home_assistant.subscribe("homeiq/reply/homeassistant/#")
        await home_assistant.publish("homeiq/query/request", "plain words")
        assert (await home_assistant.next_json())["data"] == {"text": "plain words"}
        await home_assistant.publish(
            "homeiq/query/request",
            json.dumps({"text": "by MQTT 5"}),
            response_topic="homeiq/reply/homeassistant/script",
            correlation_data=b"\x00\xff",
        )
        reply = await home_assistant.next()
        assert (reply.topic, reply.correlation_data) == ("homeiq/reply/homeassistant/script", b"\x00\xff")
        assert json.loads(reply.payload)["data"] == {"text": "by MQTT 5"}
        await home_assistant.silence()


async def test_a_reply_waits_on_their_broker_too(ours: MosquittoProcess, theirs: BrokerAddress) -> None:
    home_assistant = RawClient(mqtt_connector(theirs))
    async with Serving(echo(), mqtt_connector(ours.address("query")), {}), home_assistant.connection:
        await home_assistant.subscribe("homeiq/query/response")
        await home_assistant.publish("homeiq/query/request", '{"text": "late", "correlation_id": "door-1"}')
        assert (await home_assistant.next_json())["data"] == {"text": "late"}
        await asyncio.sleep(0.2)
        await home_assistant.subscribe("homeiq/query/response/door-1")
        kept = await home_assistant.next()
        assert json.loads(kept.payload)["correlation_id"] == "door-1"
        assert kept.retain
        assert kept.expiry is not None
        await home_assistant.subscribe("homeiq/workers/query/+")
        assert (await home_assistant.next_json())["status"] == "online"


async def test_what_goes_over_the_bridge_does_not_come_back(ours: MosquittoProcess, theirs: BrokerAddress) -> None:
    here, there = RawClient(mqtt_connector(ours.address(ADMIN))), RawClient(mqtt_connector(theirs))
    async with here.connection, there.connection:
        await here.subscribe("hass/events")
        await there.subscribe("hass/events")
        await there.subscribe("homeassistant/status")
        await there.publish("hass/events", "{}")
        await there.publish("homeassistant/status", "online")
        assert (await here.next()).topic == "hass/events"
        assert {(await there.next()).topic for _ in range(2)} == {"hass/events", "homeassistant/status"}
        await there.silence()
        await here.silence(0.1)
