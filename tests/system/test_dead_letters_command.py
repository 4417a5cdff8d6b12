"""`homeiq dead-letters` on a running `homeiq up`: what was given up is seen, sent again and done once, or dropped."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import AsyncExitStack, closing
from typing import Any

import pytest

from shared.broker.process import own_broker
from shared.bus.mqtt import mqtt_connector
from tests.conftest import RawClient
from tests.system.conftest import Installation

REQUEST = "homeiq/patterns/feedback/request"
RESPONSE = "homeiq/patterns/feedback/response"
ASKED = {"pattern_id": "abc", "verdict": "reject", "correlation_id": "given-up"}
PATTERN = (
    "INSERT INTO patterns VALUES ('abc', 'trigger', '[\"light.a\", \"light.b\"]', 0.9, 12, '', '', '{}', 0.8, NULL,"
    " 'active', '', '', NULL)"
)


def change(installation: Installation, statement: str, *values: Any) -> None:
    with closing(sqlite3.connect(installation.data / "homeiq.db", timeout=30)) as connection, connection:
        connection.execute(statement, values)


def rows(installation: Installation, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(installation.data / "homeiq.db", timeout=30)) as connection:
        return connection.execute(query).fetchall()


async def until_rows(installation: Installation, query: str, count: int = 1) -> None:
    async with asyncio.timeout(20):
        while len(rows(installation, query)) != count:
            await asyncio.sleep(0.05)


async def listener(installation: Installation, entered: AsyncExitStack, *topics: str) -> RawClient:
    address = own_broker(installation.data, "admin")
    assert address is not None
    client = RawClient(mqtt_connector(address))
    await entered.enter_async_context(client.connection)
    for topic in topics:
        await client.subscribe(topic)
    return client


def given_up(installation: Installation) -> None:
    """A request that was begun twice, as it lies there when a process was killed for the second time."""
    change(installation, PATTERN)
    names = [row[1] for row in rows(installation, "PRAGMA table_info(inbox)")]
    row = {
        "effect_id": "e1",
        "worker": "pattern",
        "operation": "patterns/feedback",
        "caller": RESPONSE,
        "correlation_id": "given-up",
        "digest": b"\0",
        "topic": REQUEST,
        "payload": json.dumps(ASKED).encode(),
        "properties": "{}",
        "accepted_at": "2026-11-21T00:00:00.000+00:00",
        "state": "accepted",
        "attempts": 2,
    }
    row = {name: value for name, value in row.items() if name in names}
    places = ", ".join("?" for _ in row)
    change(installation, f"INSERT INTO inbox ({', '.join(row)}) VALUES ({places})", *row.values())


async def test_what_was_given_up_is_sent_again_and_done_once(
    installation: Installation, entered: AsyncExitStack
) -> None:
    async with installation.up():
        pass
    given_up(installation)
    await entered.enter_async_context(installation.up())
    await until_rows(installation, "SELECT 1 FROM dead_letters")
    client = await listener(installation, entered, RESPONSE, "homeiq/dead-letter/#")
    assert rows(installation, "SELECT state FROM inbox") == [("dead",)]

    (listed,) = await installation.json("dead-letters")
    shown = await installation.json("dead-letters", "show", str(listed["id"]))
    assert shown == listed
    assert (shown["worker"], shown["topic"], shown["attempts"]) == ("pattern", REQUEST, 2)
    assert json.loads(shown["payload"]) == ASKED
    assert "begun twice" in shown["reason"]
    assert shown["complete"]

    await client.publish(REQUEST, json.dumps(ASKED))
    assert (await client.next_json())["error"]["code"] in {"internal", "conflict"}, "asking again does not do it"
    replayed = await installation.json("dead-letters", "replay", str(shown["id"]))
    assert replayed == {"id": shown["id"], "topic": REQUEST, "replayed": True}
    reply = await client.next_json()
    assert (reply["status"], reply["correlation_id"], reply["data"]["status"]) == ("ok", "given-up", "rejected")
    await client.publish(REQUEST, json.dumps(ASKED))
    assert await client.next_json() == reply
    assert len(rows(installation, "SELECT 1 FROM pattern_feedback")) == 1
    assert rows(installation, "SELECT state FROM inbox") == [("done",)]
    assert await installation.json("dead-letters") == []
    status, _, error = await installation.run("dead-letters", "replay", str(shown["id"]))
    assert (status, error.strip().count("\n")) == (1, 0)
    assert f"no dead letter {shown['id']}" in error


async def test_letters_are_listed_shown_and_dropped(installation: Installation, entered: AsyncExitStack) -> None:
    await entered.enter_async_context(installation.up())
    assert await installation.json("dead-letters") == []
    assert (await installation.run("dead-letters"))[1].strip() == "There are none."
    client = await listener(installation, entered)
    await client.publish(REQUEST, b"{\xff}")
    await client.publish(REQUEST, b"x" * 300_000)
    await client.publish(REQUEST, '{"verdict": "maybe"}', user_properties=(("who", "me"),))
    await until_rows(installation, "SELECT 1 FROM dead_letters", 3)

    binary, large, wrong = await installation.json("dead-letters")
    assert (binary["payload_base64"], "payload" in binary) == ("e/99", False)
    assert (large["complete"], large["size"], len(large["payload"])) == (False, 300_000, 1_000)
    assert len((await installation.json("dead-letters", "show", str(large["id"])))["payload"]) == 262_144
    assert wrong["properties"] == {"user_properties": [["who", "me"]]}
    assert {each["attempts"] for each in (binary, large, wrong)} == {0}
    out = (await installation.run("dead-letters"))[1]
    assert [str(each["id"]) in line for each, line in zip((binary, large, wrong), out.splitlines(), strict=True)]
    shown = (await installation.run("dead-letters", "show", str(wrong["id"])))[1]
    assert json.loads(shown) == wrong

    status, _, error = await installation.run("dead-letters", "replay", str(large["id"]))
    assert status == 1
    assert "too large to be kept whole" in error
    assert len(await installation.json("dead-letters")) == 3, "it is still there"

    numbers = [str(each["id"]) for each in (binary, large)]
    assert await installation.json("dead-letters", "drop", *numbers) == {"dropped": 2}
    assert await installation.json("dead-letters") == [wrong]
    for arguments, expected in ((("drop", "99"), 1), (("show", "99"), 1), (("show", "many"), 2)):
        status, out, error = await installation.run("dead-letters", *arguments)
        assert (status, out) == (expected, "")
        assert "Traceback" not in error


@pytest.mark.parametrize("verb", [(), ("show", "1"), ("drop", "1"), ("replay", "1")])
async def test_without_a_database_one_line_says_so(installation: Installation, verb: tuple[str, ...]) -> None:
    status, out, error = await installation.run("dead-letters", *verb)
    assert (status, out) == (1, "")
    assert error.strip().count("\n") == 0
    assert "homeiq up" in error
