"""The client of Home Assistant's websocket API, against a server that speaks as Home Assistant does, or worse."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
from pydantic import SecretStr
from websockets.asyncio.server import Server, ServerConnection, serve

from shared.errors import DeadlineExceeded, Forbidden, InvalidRequest, NotFound, Unavailable
from shared.homeassistant.message import LARGE, read_large, read_messages
from shared.homeassistant.websocket import HomeAssistant, websocket_url
from tests.conftest import free_port, until

TOKEN = "let-me-in-4711"

Reply = Callable[[dict[str, Any]], Any]


class Hass:
    """Answers each command by what the test says: a result, an exception's code, or nothing (None)."""

    def __init__(self) -> None:
        self.reply: Reply = lambda _: ({"success": True, "result": None},)
        self.asked: list[dict[str, Any]] = []
        self.logins = 0
        self.connections: list[ServerConnection] = []
        self.server: Server | None = None
        self.greeting = "auth_required"

    async def start(self, port: int) -> None:
        self.server = await serve(self._serve, "127.0.0.1", port, max_size=2**26)

    async def stop(self) -> None:
        assert self.server is not None
        self.server.close()
        await self.server.wait_closed()

    async def _serve(self, connection: ServerConnection) -> None:
        self.connections.append(connection)
        await connection.send(json.dumps({"type": self.greeting}))
        login = json.loads(await connection.recv())
        self.logins += 1
        if login != {"type": "auth", "access_token": TOKEN}:
            await connection.send(json.dumps({"type": "auth_invalid", "message": f"no: {login['access_token']}"}))
            return
        await connection.send(json.dumps({"type": "auth_ok", "ha_version": "2026.11.0"}))
        async for text in connection:
            command = json.loads(text)
            self.asked.append(command)
            answers = self.reply(command) or ()
            for answer in answers:
                frame = (
                    answer if isinstance(answer, str) else json.dumps({"id": command["id"], "type": "result"} | answer)
                )
                await connection.send(frame)


@pytest.fixture
async def port() -> int:
    return await free_port()


@pytest.fixture
async def hass(port: int) -> AsyncIterator[Hass]:
    hass = Hass()
    await hass.start(port)
    yield hass
    await hass.stop()


def client_of(port: int, token: str = TOKEN, timeout: float = 10.0) -> HomeAssistant:
    return HomeAssistant(f"http://127.0.0.1:{port}", SecretStr(token), timeout=timeout)


@pytest.fixture
async def client(hass: Hass, port: int, entered: AsyncExitStack) -> HomeAssistant:
    client = await entered.enter_async_context(client_of(port))
    await client.wait_up()
    return client


@pytest.mark.parametrize(
    ("url", "websocket"),
    [
        ("http://ha.local:8123", "ws://ha.local:8123/api/websocket"),
        ("https://ha.example", "wss://ha.example/api/websocket"),
        ("https://ha.example/api/", "wss://ha.example/api/websocket"),
        ("http://supervisor/core", "ws://supervisor/core/websocket"),
        ("http://supervisor/core/api", "ws://supervisor/core/websocket"),
        ("https://box.example/ha", "wss://box.example/ha/api/websocket"),
    ],
)
def test_where_the_websocket_is(url: str, websocket: str) -> None:
    assert websocket_url(url) == websocket


async def test_a_request_gets_its_own_answer(hass: Hass, client: HomeAssistant) -> None:
    hass.reply = lambda command: ({"success": True, "result": command["type"] * 2},)
    answers = await asyncio.gather(*(client.request(f"c{number}") for number in range(50)))
    assert answers == [f"c{number}" * 2 for number in range(50)]
    assert client.version == "2026.11.0"
    assert len({each["id"] for each in hass.asked}) == len(hass.asked)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("unauthorized", Forbidden),
        ("unknown_command", NotFound),
        ("not_found", NotFound),
        ("invalid_format", InvalidRequest),
        ("home_assistant_error", Unavailable),
    ],
)
async def test_a_refusal_is_a_typed_error(hass: Hass, client: HomeAssistant, code: str, error: type[Exception]) -> None:
    hass.reply = lambda _: ({"success": False, "error": {"code": code, "message": "so it is"}},)
    with pytest.raises(error):
        await client.request("anything")


async def test_silence_is_a_missed_deadline_and_a_late_answer_is_nobodys(hass: Hass, client: HomeAssistant) -> None:
    hass.reply = lambda _: None
    with pytest.raises(DeadlineExceeded):
        await client.request("slow", timeout=0.05)
    late = hass.asked[-1]["id"]
    hass.reply = lambda command: (
        json.dumps({"id": late, "type": "result", "success": True, "result": "late"}),
        {"success": True, "result": "mine"},
    )
    assert await client.request("next") == "mine"


async def test_a_wrong_token_is_told_once_and_stands_in_no_word(
    hass: Hass, port: int, entered: AsyncExitStack, capsys: pytest.CaptureFixture[str]
) -> None:
    client = await entered.enter_async_context(client_of(port, "wrong-secret-0815"))
    await until(lambda: client.trouble is not None and "HA_TOKEN" in client.trouble)
    await asyncio.sleep(0.3)
    assert hass.logins == 1  # each more would be a failed login there
    with pytest.raises(Unavailable, match="HA_TOKEN") as raised:
        await client.request("get_states")
    told = capsys.readouterr()
    assert "administrator" in told.out
    assert "0815" not in told.out + told.err + str(raised.value) + repr(client.__dict__)


async def test_nobody_there_is_unavailable_until_somebody_comes(port: int, entered: AsyncExitStack) -> None:
    client = await entered.enter_async_context(client_of(port))
    await until(lambda: client.reconnects > 0)
    with pytest.raises(Unavailable, match="HA_URL"):
        await client.request("get_states")
    hass = Hass()
    await hass.start(port)
    async with asyncio.timeout(10):
        await client.wait_up()
    assert client.trouble is None
    await hass.stop()


async def test_who_does_not_speak_as_home_assistant_is_unavailable(port: int, entered: AsyncExitStack) -> None:
    async def shut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(shut, "127.0.0.1", port)
    client = await entered.enter_async_context(client_of(port))
    await until(lambda: client.trouble is not None and "404" in client.trouble)
    server.close()
    await server.wait_closed()


async def test_events_come_again_after_a_lost_connection(hass: Hass, port: int, entered: AsyncExitStack) -> None:
    client, heard, ups = client_of(port), [], 0

    async def up() -> None:
        nonlocal ups
        assert await client.request("get_config") == "get_config"
        ups += 1

    def reply(command: dict[str, Any]) -> Any:
        done = {"success": True, "result": command["type"]}
        if command["type"] == "subscribe_events":
            event = {"id": command["id"], "type": "event", "event": {"data": {"number": len(hass.connections)}}}
            return (done, json.dumps([event, event]), "[]", "7")  # several at once, and nothing of sense
        return (done,)

    hass.reply = reply
    client.on_event("state_changed", lambda event: heard.append(event["data"]["number"]))
    client.when_up(up)
    await entered.enter_async_context(client)
    await until(lambda: ups == 1 and client.up and len(heard) == 2)
    await hass.connections[-1].close()
    await until(lambda: ups == 2 and client.up and len(heard) == 4)
    assert heard == [1, 1, 2, 2]


async def test_a_request_whose_connection_is_lost_is_unavailable(hass: Hass, client: HomeAssistant) -> None:
    hass.reply = lambda _: None
    asking = asyncio.create_task(client.request("get_states"))
    await until(lambda: hass.asked[-1]["type"] == "get_states")
    await hass.connections[-1].close()
    with pytest.raises(Unavailable):
        await asking


@pytest.mark.parametrize("text", ["{", "\x00\x01", "[" * 100_000, '{"id": 1', "nonsense", '{"a":1} 2'])
async def test_what_is_no_json_ends_the_connection_and_not_the_client(
    hass: Hass, client: HomeAssistant, text: str
) -> None:
    hass.reply = lambda _: (text,)
    with pytest.raises(Unavailable):
        await client.request("get_states")
    hass.reply = lambda _: ({"success": True, "result": 1},)
    await until(lambda: client.up)
    assert await client.request("again") == 1


async def test_a_message_beyond_the_limit_is_said_so(
    hass: Hass, port: int, entered: AsyncExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.homeassistant.websocket.LARGEST_MESSAGE", 2**20)
    client = await entered.enter_async_context(client_of(port))
    await client.wait_up()
    hass.reply = lambda _: ({"success": True, "result": "x" * 2**20},)
    with pytest.raises(Unavailable):
        await client.request("get_states")
    await until(lambda: client.trouble is not None and "1 MB" in client.trouble)


async def test_a_subscription_hands_out_events_and_ends(hass: Hass, client: HomeAssistant) -> None:
    def reply(command: dict[str, Any]) -> Any:
        told = json.dumps({"id": command["id"], "type": "event", "event": {"part": 1}})
        return ({"success": True, "result": None}, *([told] if command["type"] == "history/stream" else []))

    hass.reply = reply
    async with client.subscription("history/stream", entity_ids=[]) as parts:
        assert await asyncio.wait_for(parts.get(), 5) == {"part": 1}
        number = hass.asked[-1]["id"]
    assert hass.asked[-1] | {"id": 0} == {"id": 0, "type": "unsubscribe_events", "subscription": number}


def some_json(random_: random.Random, depth: int) -> Any:
    kind = random_.randrange(7 if depth else 5)
    if kind == 5:
        return [some_json(random_, depth - 1) for _ in range(random_.randrange(4))]
    if kind == 6:
        return {f'k"{number},]}}é': some_json(random_, depth - 1) for number in range(random_.randrange(4))}
    return [None, True, random_.random() * 1e9, random_.randrange(-(2**60), 2**60), 'a "text" of {[,:]} ü\n\\'][kind]


@pytest.mark.parametrize("seed", range(20))
def test_reading_in_steps_gives_what_reading_at_once_gives(seed: int) -> None:
    value = some_json(random.Random(seed), 6)
    for indent in (None, 1):
        text = json.dumps(value, indent=indent, ensure_ascii=bool(seed % 2))
        assert read_large(text) == value


@pytest.mark.parametrize("seed", range(5))
def test_what_json_refuses_is_refused_in_steps_too(seed: int) -> None:
    random_ = random.Random(seed)
    good = json.dumps([{"id": 1, "result": [some_json(random_, 3)]}])
    for _ in range(200):
        broken = list(good)
        broken[random_.randrange(len(broken))] = random_.choice('[]{},:"x\\ ')
        text = "".join(broken)[: random_.randrange(1, len(broken) + 1)]
        try:
            expected = json.loads(text)
        except ValueError:
            with pytest.raises(ValueError):  # noqa: PT011 - the same as json's
                read_large(text)
        else:
            assert read_large(text) == expected


async def test_a_large_message_is_the_same_as_a_small_one() -> None:
    states = [{"entity_id": f"light.l{number}", "state": "on", "attributes": {"n": "ü"}} for number in range(5000)]
    message = {"id": 3, "type": "result", "success": True, "result": states}
    payload = json.dumps(message, ensure_ascii=False).encode()
    assert len(payload) > LARGE
    assert await read_messages(payload) == [message]
    assert await read_messages(b"[" + payload + b"," + payload + b", 5]") == [message, message]
