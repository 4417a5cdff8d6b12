"""Home Assistant as a client sees it: what the tests ask of its REST and websocket interfaces."""

from __future__ import annotations

import asyncio
import base64
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx

_TEXT, _CLOSE = 1, 8
_LARGE, _HUGE = 126, 127


class Hass:
    """One Home Assistant, by REST; `command` opens a websocket for what REST can't do."""

    def __init__(self, http: httpx.AsyncClient, token: str) -> None:
        self._http, self._token = http, token

    async def get(self, path: str) -> Any:
        return (await self._http.get(f"/api/{path}")).raise_for_status().json()

    async def post(self, path: str, **fields: Any) -> httpx.Response:
        return (await self._http.post(f"/api/{path}", json=fields)).raise_for_status()

    async def call(self, domain: str, service: str, **data: Any) -> None:
        await self.post(f"services/{domain}/{service}", **data)

    async def ask(self, question: str, **data: Any) -> dict[str, Any]:
        """Run `script.homeiq_ask` as an automation does, and give its response."""
        reply = await self.post("services/script/homeiq_ask?return_response", question=question, **data)
        response = reply.json()["service_response"]
        assert isinstance(response, dict)
        return response

    async def say(self, sentence: str, **fields: Any) -> str:
        """Say a sentence to Assist, and give what it says."""
        reply = await self.post("conversation/process", text=sentence, language="en", **fields)
        speech = reply.json()["response"]["speech"]["plain"]["speech"]
        assert isinstance(speech, str)
        return speech

    async def render(self, template: str) -> str:
        return (await self.post("template", template=template)).text

    async def state(self, entity_id: str) -> str | None:
        answer = await self._http.get(f"/api/states/{entity_id}")
        return answer.json()["state"] if answer.is_success else None

    async def entity_of(self, automation_id: str) -> str | None:
        """The entity of an automation, once it is loaded."""
        for each in await self.get("states"):
            if each["entity_id"].startswith("automation.") and each["attributes"].get("id") == automation_id:
                return str(each["entity_id"]) if each["state"] == "on" else None
        return None

    @asynccontextmanager
    async def automation(self, automation_id: str, configuration: dict[str, Any]) -> AsyncIterator[str]:
        """An automation that Home Assistant has loaded; gives its entity id."""
        path = f"config/automation/config/{automation_id}"
        await self.post(path, **configuration)
        found: list[str] = []

        async def loaded() -> bool:
            if entity_id := await self.entity_of(automation_id):
                found.append(entity_id)
            return bool(found)

        await eventually(loaded)  # the reload runs after the answer
        try:
            yield found[0]
        finally:
            (await self._http.delete(f"/api/{path}")).raise_for_status()

    async def command(self, kind: str, **fields: Any) -> Any:
        """One websocket command: its result."""
        url = self._http.base_url
        reader, writer = await asyncio.open_connection(url.host, url.port)
        try:
            await _upgrade(reader, writer, url.host)
            await _receive(reader)  # auth_required
            await _send(writer, {"type": "auth", "access_token": self._token})
            assert (await _receive(reader))["type"] == "auth_ok"
            await _send(writer, {"id": 1, "type": kind, **fields})
            answer = await _receive(reader)
            assert answer["success"], answer
            return answer["result"]
        finally:
            writer.close()
            await writer.wait_closed()


async def eventually(true: Callable[[], Awaitable[bool]], patience: float = 10.0) -> None:
    """Ask again and again until it is so."""
    async with asyncio.timeout(patience):
        while not await true():
            await asyncio.sleep(0.02)


async def _upgrade(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str) -> None:
    key = base64.b64encode(os.urandom(16)).decode()
    writer.write(
        f"GET /api/websocket HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    answer = await reader.readuntil(b"\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 101"), answer


async def _send(writer: asyncio.StreamWriter, message: dict[str, Any]) -> None:
    """One masked text frame (RFC 6455, section 5.2)."""
    payload = json.dumps(message).encode()
    length = len(payload)
    short = length if length < _LARGE else _LARGE if length < 2**16 else _HUGE
    extended = b"" if short < _LARGE else length.to_bytes(2 if short == _LARGE else 8, "big")
    mask = os.urandom(4)
    masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
    writer.write(bytes([0x80 | _TEXT, 0x80 | short]) + extended + mask + masked)
    await writer.drain()


async def _receive(reader: asyncio.StreamReader) -> dict[str, Any]:
    """The next message; Home Assistant sends each in one frame."""
    while True:
        kind, length = await reader.readexactly(2)
        if length >= _LARGE:
            length = int.from_bytes(await reader.readexactly(2 if length == _LARGE else 8), "big")
        payload = await reader.readexactly(length)
        assert kind & 0x0F != _CLOSE, payload
        if kind & 0x0F == _TEXT:
            message = json.loads(payload)
            assert isinstance(message, dict)
            return message
