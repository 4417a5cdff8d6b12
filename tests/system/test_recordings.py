"""`homeiq record` and `homeiq replay` as people use them, beside the stock mosquitto_sub."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from shared.broker.process import BrokerFiles, Place, own_broker
from shared.bus.exchanges import requests_of
from shared.bus.mqtt import mqtt_connector
from shared.bus.packets import Publish
from shared.bus.recording import Recorded, read_recording
from tests.conftest import RawClient, until
from tests.system.conftest import Installation

SAMPLES = Path(__file__).parents[1] / "recordings"
FILTERS = ("homeiq/query/#", "homeiq/reply/#")


@asynccontextmanager
async def recording(installation: Installation, file: Path, *arguments: str) -> AsyncIterator[list[dict[str, Any]]]:
    """`homeiq record` from when it listens until SIGTERM; gives what it says, filled in as it comes."""
    process = await installation.start("record", str(file), "--json", *arguments)
    assert process.stdout is not None
    events = [json.loads(await asyncio.wait_for(process.stdout.readline(), 20))]
    reading = asyncio.create_task(_read(process.stdout, events))
    try:
        yield events
    finally:
        process.send_signal(signal.SIGTERM)
        status = await asyncio.wait_for(process.wait(), 20)
        await reading
    assert status == 0
    assert process.stderr is not None
    assert await process.stderr.read() == b""


async def _read(stream: asyncio.StreamReader, events: list[dict[str, Any]]) -> None:
    while line := await stream.readline():
        events.append(json.loads(line))


@asynccontextmanager
async def stock_recording(installation: Installation, file: Path) -> AsyncIterator[None]:
    """The stock client, once it has written what was retained."""
    address = own_broker(installation.data, "admin")
    assert address is not None
    assert address.password is not None
    login = ("-p", str(address.port), "-u", "admin", "-P", address.password.get_secret_value())
    listen = [argument for each in FILTERS for argument in ("-t", each)]
    with file.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            *("timeout", "-k", "1", "60", "mosquitto_sub", "-V", "5", "-q", "1", "-F", "%j", *login, *listen),
            stdout=out,
        )
        try:
            await until(lambda: file.stat().st_size > 0, 20)
            yield
        finally:
            process.terminate()
            await process.wait()


@asynccontextmanager
async def raw_client(installation: Installation) -> AsyncIterator[RawClient]:
    address = own_broker(installation.data, "admin")
    assert address is not None
    client = RawClient(mqtt_connector(address))
    async with client.connection:
        yield client


async def ask_all(raw: RawClient) -> None:
    """Every way of asking, each with its reply."""
    mine, request = "homeiq/reply/admin/me", "homeiq/query/request"
    await raw.subscribe(mine)
    await raw.subscribe("homeiq/query/response")
    for payload, properties in (
        ("which lights are on?", {"response_topic": mine, "correlation_data": b"text"}),
        ("is a window open?", {"response_topic": mine, "correlation_data": b"\xff\x01\xfe", "expiry": 20}),
        ('{"query": "is the kitchen light on?", "correlation_id": "1", "reply_to": "homeiq/reply/admin/me"}', {}),
        ('{"query": "which windows are open?", "correlation_id": "2"}', {}),
        ("is the bathroom window open?", {}),
        ('{"quer": "ä"}', {"response_topic": mine, "user_properties": (("k", "1"), ("k", "2"))}),
    ):
        await raw.publish(request, payload, **properties)
        reply = await raw.next()
        assert reply.correlation_data == properties.get("correlation_data"), "echoed byte for byte"


def unnumbered(recorded: list[Recorded]) -> list[Publish]:
    """The live messages, without the packet ids of their connection."""
    return [replace(each.packet, mid=0) for each in recorded if not each.packet.retain]


async def test_what_either_client_records_replays_to_the_same_replies(
    installation: Installation, tmp_path: Path
) -> None:
    ours, stock = tmp_path / "ours.ndjson", tmp_path / "stock.ndjson"
    only = [argument for each in FILTERS for argument in ("--topic", each)]
    async with installation.up("--demo"):
        async with recording(installation, ours, *only) as events, stock_recording(installation, stock):
            assert events[0] == {"event": "listening", "file": str(ours), "topics": list(FILTERS)}
            async with raw_client(installation) as raw:
                await ask_all(raw)
            await until(lambda: all(b'\\"status\\":\\"error\\"' in file.read_bytes() for file in (ours, stock)), 20)
        recorded = list(read_recording(ours))
        assert events[-1] == {**events[0], "event": "ended", "messages": len(recorded)}
        assert unnumbered(recorded) == unnumbered(list(read_recording(stock)))
        assert stat.S_IMODE(ours.stat().st_mode) == 0o600
        retained = [each.packet.topic for each in recorded if each.packet.retain]
        assert retained == ["homeiq/query/health"], "what was there before is marked, what was retained live is not"

        replayed = [await installation.json("replay", str(file), "--at-once") for file in (ours, stock)]
        for each in replayed:
            assert each["counts"] == {"same": 6, "different": 0, "unrecorded": 0, "missing": 0, "failed": 0}
            assert each["damaged"] == []
            assert [one["reply"]["status"] for one in each["requests"]] == ["ok"] * 5 + ["error"]
        answers = [[one["reply"].get("data", {}).get("answer") for one in each["requests"]] for each in replayed]
        assert answers[0] == answers[1]

        status, out, error = await installation.run("replay", str(ours), "--speed", "100")
        assert (status, error) == (0, "")
        assert out.count(" same\n") == 6
        assert "6 requests: 6 same, 0 different, 0 unrecorded, 0 missing; 0 failed" in out


async def test_a_lost_connection_is_survived_and_said(installation: Installation, tmp_path: Path) -> None:
    file = tmp_path / "a.ndjson"
    async with installation.up("--demo"):
        async with recording(installation, file) as events:
            place = Place.read(BrokerFiles(installation.data).place)
            assert place is not None
            os.kill(place.pid, signal.SIGKILL)
            await until(lambda: [each["event"] for each in events] == ["listening", "lost", "listening"], 20)
            await installation.json("ask", "which lights are on?")
        asked = [each.packet.payload for each in requests_of(read_recording(file))]
        assert [b"which lights are on?" in each for each in asked].count(True) == 1


async def test_a_recording_is_never_overwritten_unasked(installation: Installation, tmp_path: Path) -> None:
    file = tmp_path / "a.ndjson"
    file.write_text("mine")
    async with installation.up("--demo"):
        status, out, error = await installation.run("record", str(file))
        assert (status, out) == (1, "")
        assert error == f"homeiq: {file} exists: name another file, or overwrite it with --force\n"
        assert file.read_text() == "mine"
        async with recording(installation, file, "--force"):
            pass
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert next(read_recording(file)).packet.retain


async def test_people_are_told_when_it_listens_and_ctrl_c_ends_it(installation: Installation, tmp_path: Path) -> None:
    async with installation.up("--demo"):
        process = await installation.start("record", str(tmp_path / "a"), "--home-assistant")
        assert process.stderr is not None
        said = (await asyncio.wait_for(process.stderr.readline(), 20)).decode()
        assert said.startswith("homeiq: recording homeiq/#, hass/events, hass/states/# into ")
        async with raw_client(installation) as raw:
            await raw.publish("homeiq/x", b"1")
        process.send_signal(signal.SIGINT)
        out, error = await asyncio.wait_for(process.communicate(), 20)
        count = len(list(read_recording(tmp_path / "a")))
        assert (process.returncode, out) == (0, b"")
        assert error.decode() == f"homeiq: recorded {count} messages into {tmp_path / 'a'}\n"


async def test_a_reply_that_is_missing_or_fails_is_status_1(installation: Installation, tmp_path: Path) -> None:
    lines = (SAMPLES / "stock.ndjson").read_bytes().splitlines(keepends=True)
    damaged = tmp_path / "damaged.ndjson"
    damaged.write_bytes(b"".join(lines[:3]) + b"nonsense\n" + b"".join(lines[3:5]))
    other = tmp_path / "other.ndjson"
    other.write_bytes(b"".join(lines[:5]).replace(b"homeiq/query/", b"homeiq/quarry/"))
    broken = tmp_path / "broken.ndjson"
    broken.write_bytes(b"".join(lines[:5]).replace(b'"payload":"is a window', b'"payload":"{s a window'))
    async with installation.up("--demo"):
        status, out, error = await installation.run("replay", str(damaged))
        assert (status, out.count(" same\n")) == (0, 2)
        assert error.startswith("homeiq: line 4 of the recording is damaged: ")
        status, out, _ = await installation.run("replay", str(other), "--json")
        found = json.loads(out)
        assert (status, found["counts"]["missing"], found["counts"]["failed"]) == (1, 2, 2)
        assert {each["problem"] for each in found["requests"]} == {"no worker serves this"}
        status, out, _ = await installation.run("replay", str(broken), "--at-once")
        assert status == 1
        assert "1 same, 1 different, 0 unrecorded, 0 missing; 1 failed" in out


@pytest.mark.parametrize(
    ("arguments", "expected", "said"),
    [
        (("replay", "none.ndjson"), 2, "does not exist"),
        (("replay", str(SAMPLES / "README.md")), 1, "holds no request below homeiq/"),
        (("replay", str(SAMPLES / "stock.ndjson"), "--speed", "2", "--at-once"), 2, "exclude each other"),
        (("replay", str(SAMPLES / "stock.ndjson")), 4, "no broker is known"),
        (("record", "a", "--topic", "a/#/b"), 2, "is no topic filter"),
        (("record", "a"), 4, "no broker is known"),
    ],
)
async def test_mistakes_are_one_clear_line(
    installation: Installation, arguments: tuple[str, ...], expected: int, said: str
) -> None:
    status, out, error = await installation.run(*arguments)
    assert (status, out) == (expected, "")
    assert said in error
    assert "Traceback" not in error


async def test_a_broker_that_is_away_leaves_the_file_alone(installation: Installation, tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_text("mine")
    status, _, error = await installation.run("record", str(file), "--force", MQTT_URL="mqtt://127.0.0.1:1")
    assert (status, file.read_text()) == (4, "mine"), error
