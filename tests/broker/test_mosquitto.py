"""What only a real broker can show: kernel, acknowledgements, foreign configurations, stock clients."""

from __future__ import annotations

import asyncio
import json
import os
import selectors
import socket
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from contracts import query
from contracts.query import QueryRequest, QueryResponse, QueryStatus
from shared.broker.access import ADMIN, HOME_ASSISTANT, Naming
from shared.broker.probes import BrokerProbes, Verdict
from shared.broker.process import BrokerFiles, MosquittoProcess
from shared.bus.client import Client
from shared.bus.connection import Connection
from shared.bus.mqtt import MqttTransport, mqtt_connector
from shared.bus.packets import Publish
from shared.bus.serving import Serving
from shared.bus.transport import Message, Subscription
from shared.bus.worker import Worker
from shared.errors import BrokerError, ConnectionLost, Forbidden
from shared.settings import BrokerAddress
from tests.conftest import MosquittoBus, RawClient, until

REQUEST, RESPONSE = "homeiq/query/request", "homeiq/query/response"


def echo_worker() -> Worker:
    worker = Worker("query")

    @worker.handles(query.ASK)
    async def ask(request: QueryRequest) -> QueryResponse:
        return QueryResponse(query_id="1", status=QueryStatus.ANSWERED, query_type="echo", answer=request.query)

    return worker


async def run(*command: str, patience: float = 10) -> str:
    """The output of a program; mosquitto's clients can hang past their own -W."""
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        out, _ = await asyncio.wait_for(process.communicate(), patience)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return out.decode()


def login(address: BrokerAddress) -> list[str]:
    told = ["-h", address.host, "-p", str(address.port)]
    if address.username is not None and address.password is not None:
        told += ["-u", address.username, "-P", address.password.get_secret_value()]
    return told


# -- the wire ----------------------------------------------------------------------------------------------------------


async def test_the_client_sets_tcp_nodelay(mosquitto: MosquittoBus, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[socket.socket] = []
    create = socket.create_connection

    def watched(*args: Any, **kwargs: Any) -> socket.socket:
        opened.append(create(*args, **kwargs))
        return opened[-1]

    monkeypatch.setattr(socket, "create_connection", watched)
    async with Connection(mosquitto.connector(), "nodelay"):
        assert opened[-1].getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1


async def test_the_broker_sets_tcp_nodelay(mosquitto: MosquittoBus) -> None:
    files = BrokerFiles(mosquitto.process.data)
    assert "set_tcp_nodelay true\n" in (files.folder / "mosquitto.conf").read_text()


async def test_a_publish_that_is_not_allowed_ends_the_call_as_forbidden(
    mosquitto: MosquittoBus, entered: AsyncExitStack
) -> None:
    await entered.enter_async_context(Serving(echo_worker(), mosquitto.connector("query"), {}))
    data = await entered.enter_async_context(Client(mosquitto.process.address("data")))
    with pytest.raises(Forbidden, match="not ask query"):
        await asyncio.wait_for(data.request(query.ASK, QueryRequest(query="x")), 1)


async def test_nothing_is_acknowledged_before_it_is_told_to(mosquitto: MosquittoBus, entered: AsyncExitStack) -> None:
    """Only what is acknowledged leaves the broker: with a session, the rest comes again on the next connection."""
    kept: list[Message] = []
    holder = Connection(mosquitto.connector(), "holder")
    await holder.subscribe([Subscription("homeiq/held")], kept.append)
    await entered.enter_async_context(holder)
    sender = RawClient(mosquitto.connector())
    await entered.enter_async_context(sender.connection)
    for number in range(300):
        await sender.publish("homeiq/held", str(number))
    await asyncio.sleep(0.1)
    assert len(kept) == 200, "max_inflight_messages of our broker: it sends no more until something is acknowledged"
    for message in kept:
        message.acknowledge()
    await until(lambda: len(kept) == 300)


async def test_a_late_acknowledgement_reaches_no_other_connection(
    mosquitto: MosquittoBus, entered: AsyncExitStack
) -> None:
    kept: list[Message] = []
    holder = Connection(mosquitto.connector(), "holder")
    await holder.subscribe([Subscription("homeiq/held")], kept.append)
    await entered.enter_async_context(holder)
    sender = RawClient(mosquitto.connector())
    await entered.enter_async_context(sender.connection)
    await sender.publish("homeiq/held", "before")
    await until(lambda: len(kept) == 1)
    await mosquitto.crash()
    await holder.wait_up()
    await sender.connection.wait_up()
    for number in range(201):
        await sender.publish("homeiq/held", str(number))
    await until(lambda: len(kept) == 201)
    kept[0].acknowledge()
    await asyncio.sleep(0.1)
    assert len(kept) == 201, "the window of the new connection is as full as before"
    kept[1].acknowledge()
    await until(lambda: len(kept) == 202)


async def outcome_of(transport: MqttTransport, packet: Publish) -> int:
    told: asyncio.Queue[int | ConnectionLost] = asyncio.Queue()
    transport.publish(packet, told.put_nowait)
    outcome = await asyncio.wait_for(told.get(), 5)
    if isinstance(outcome, ConnectionLost):
        raise outcome
    return outcome


async def test_who_is_sent_away_knows_why(mosquitto: MosquittoBus) -> None:
    sent_away = MqttTransport(mosquitto.process.address(ADMIN), "sent-away", None, keepalive=20, timeout=5)
    await sent_away.connect(lambda _message: None)
    with pytest.raises(ConnectionLost):
        await outcome_of(sent_away, Publish("homeiq/+"))
    await asyncio.wait_for(sent_away.closed(), 2)
    assert sent_away.ended_by is not None
    assert sent_away.ended_by >= 0x80
    await sent_away.close()


async def test_a_second_connection_of_the_same_name_ends_the_first(mosquitto: MosquittoBus) -> None:
    address = mosquitto.process.address(ADMIN)
    first = MqttTransport(address, "the-same", None, keepalive=20, timeout=5)
    second = MqttTransport(address, "the-same", None, keepalive=20, timeout=5)
    await first.connect(lambda _message: None)
    await second.connect(lambda _message: None)
    await asyncio.wait_for(first.closed(), 2)
    with pytest.raises(ConnectionLost):
        await outcome_of(first, Publish("homeiq/x"))
    await first.close()
    await second.close()


async def test_a_burst_larger_than_the_brokers_window_arrives_whole(
    foreign: BrokerAddress, entered: AsyncExitStack
) -> None:
    """A broker's default takes 20 unacknowledged messages; the rest waits here."""
    client = RawClient(mqtt_connector(foreign))
    await client.subscribe("homeiq/burst")
    await entered.enter_async_context(client.connection)
    sent = [client.connection.publish(Publish("homeiq/burst", str(number).encode())) for number in range(500)]
    transport = client.connection._transport
    assert isinstance(transport, MqttTransport)
    assert len(transport._unacknowledged) == 20
    await asyncio.gather(*sent)
    assert [int((await client.next()).payload) for _ in range(500)] == list(range(500))


async def test_a_large_message_arrives_whole(mosquitto: MosquittoBus, entered: AsyncExitStack) -> None:
    client = RawClient(mosquitto.connector())
    await client.subscribe("homeiq/large")
    await entered.enter_async_context(client.connection)
    payload = os.urandom(3_000_000)
    await client.publish("homeiq/large", payload)
    assert (await client.next()).payload == payload


async def test_what_was_published_before_leaving_is_sent(mosquitto: MosquittoBus, entered: AsyncExitStack) -> None:
    reader = RawClient(mosquitto.connector())
    await reader.subscribe("homeiq/last-words")
    await entered.enter_async_context(reader.connection)
    async with Connection(mosquitto.connector(), "leaving") as leaving:
        leaving.tell(Publish("homeiq/last-words", b"bye"))
    assert (await reader.next()).payload == b"bye"


# -- stock clients, on our broker and on a foreign one -----------------------------------------------------------------


@pytest.fixture(params=["ours", "foreign"])
async def asker(
    request: pytest.FixtureRequest, mosquitto: MosquittoBus, foreign: BrokerAddress, entered: AsyncExitStack
) -> BrokerAddress:
    """How Home Assistant's user reaches a broker on which a query worker serves."""
    ours = request.param == "ours"
    worker = mosquitto.process.address("query") if ours else foreign
    await entered.enter_async_context(Serving(echo_worker(), mqtt_connector(worker), {}))
    return mosquitto.process.address(HOME_ASSISTANT) if ours else foreign


async def ask_by_mosquitto_rr(asker: BrokerAddress, *more: str) -> str:
    return await run("timeout", "-k", "1", "8", "mosquitto_sub", *login(asker), "-V", "5", "-W", "5", "-C", "1", *more)


async def publish(asker: BrokerAddress, payload: str, *more: str) -> None:
    out = await run("mosquitto_pub", *login(asker), "-V", "5", "-q", "1", "-t", REQUEST, "-m", payload, *more)
    assert out == ""


async def test_a_plain_text_question_is_answered_on_the_public_topic(asker: BrokerAddress) -> None:
    listening = asyncio.create_task(ask_by_mosquitto_rr(asker, "-t", RESPONSE))
    await asyncio.sleep(0.3)
    await publish(asker, "is a window open?")
    assert json.loads(await listening)["data"]["answer"] == "is a window open?"


async def test_a_json_question_waits_for_who_subscribes_200_ms_later(asker: BrokerAddress) -> None:
    await publish(asker, '{"query": "is a window open?", "correlation_id": "rr1"}')
    await asyncio.sleep(0.2)
    reply = json.loads(await ask_by_mosquitto_rr(asker, "-t", f"{RESPONSE}/rr1"))
    assert (reply["correlation_id"], reply["data"]["answer"]) == ("rr1", "is a window open?")


async def test_a_question_with_response_topic_and_correlation_data(asker: BrokerAddress) -> None:
    topic = f"homeiq/reply/{asker.username}/mine"
    listening = asyncio.create_task(ask_by_mosquitto_rr(asker, "-t", topic, "-F", "%j"))
    await asyncio.sleep(0.3)
    properties = ["-D", "publish", "response-topic", topic, "-D", "publish", "correlation-data", "\x01\xffbinary"]
    await publish(asker, "is a window open?", *properties)
    got = json.loads((await listening).encode("utf-8", "surrogateescape").decode("utf-8", "replace"))
    assert got["topic"] == topic
    assert got["retain"] == 0
    assert "binary" in got["properties"]["correlation-data"]


# -- the process -------------------------------------------------------------------------------------------------------


async def test_a_broker_that_an_earlier_start_left_behind_is_replaced_on_its_port(tmp_path: Path) -> None:
    first = MosquittoProcess(tmp_path, Naming())
    await first.__aenter__()
    left_behind = first.pid
    first.abandon()
    async with MosquittoProcess(tmp_path, Naming()) as second:
        assert second.port == first.port
        assert second.pid != left_behind
        async with Connection(mqtt_connector(second.address(ADMIN)), "x"):
            pass
    with pytest.raises(ProcessLookupError):
        os.kill(left_behind, 0)


async def test_a_broker_that_can_not_start_says_why(tmp_path: Path) -> None:
    folder = BrokerFiles(tmp_path).folder
    folder.mkdir(parents=True)
    (folder / "acl.local").write_text("nonsense\n")
    with pytest.raises(BrokerError, match="mosquitto ended at its start"):
        async with MosquittoProcess(tmp_path, Naming()):
            pass


async def test_without_mosquitto_it_is_said_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda *_args, **_kwargs: None)
    with pytest.raises(BrokerError, match="apt-get install mosquitto"):
        async with MosquittoProcess(tmp_path, Naming()):
            pass


# -- what `homeiq check` tries -----------------------------------------------------------------------------------------


async def test_our_own_broker_passes_every_probe(mosquitto: MosquittoBus) -> None:
    findings = await BrokerProbes(mosquitto.connector(), "homeiq", ADMIN).run()
    assert {finding.probe: finding.verdict for finding in findings} == dict.fromkeys(
        ("round trip", "properties", "shared subscriptions", "retained messages", "message expiry", "message size"),
        Verdict.OK,
    )


async def test_a_foreign_broker_is_told_what_is_weaker(foreign: BrokerAddress) -> None:
    findings = {each.probe: each for each in await BrokerProbes(mqtt_connector(foreign), "homeiq", "me").run()}
    assert findings["round trip"].verdict is Verdict.WEAKER
    assert "set_tcp_nodelay" in findings["round trip"].message
    assert {each.verdict for name, each in findings.items() if name != "round trip"} == {Verdict.OK}


async def test_a_user_without_rights_is_told_which_are_missing(mosquitto: MosquittoBus) -> None:
    findings = await BrokerProbes(mosquitto.connector("query"), "elsewhere", "query").run()
    assert {finding.verdict for finding in findings} == {Verdict.FAILED}
    assert "homeiq credentials --acl" in findings[0].message


async def test_a_socket_with_nothing_to_write_is_not_watched_for_writing(mosquitto: MosquittoBus) -> None:
    """Otherwise the loop would spin: whoever asks to be watched may have written before the watching begins."""
    transport = MqttTransport(mosquitto.process.address(ADMIN), "quiet", None, keepalive=20, timeout=5)
    await transport.connect(lambda _message: None)
    wire = transport._wire
    assert wire is not None
    for _ in range(20):
        transport.publish(Publish("homeiq/x", b"x"), lambda _outcome: None)
        wire._send_pingreq()
        await asyncio.sleep(0.002)
    selector = asyncio.get_running_loop()._selector  # type: ignore[attr-defined]
    assert selector.get_key(wire.socket()).events == selectors.EVENT_READ
    await transport.close()
