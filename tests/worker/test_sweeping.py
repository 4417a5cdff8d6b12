"""What is retained, and what is swept away: states that are true, replies whose time is over, and rows that are old."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from shared.broker.access import Naming, acl, users
from shared.broker.process import find_mosquitto
from shared.bus.client import Client
from shared.bus.connection import Connection
from shared.bus.mqtt import mqtt_connector
from shared.bus.sweeping import sweep_replies, sweep_rows
from shared.bus.transaction import Transactions
from shared.bus.transport import Connector
from shared.database_pool import writing
from shared.settings import BrokerAddress
from tests.conftest import Bus, MemoryBus, RawClient, free_port, until
from tests.worker.conftest import ADD, Adding, Ledger
from tests.worker.test_effects import until_rows

RESPONSE, TOTAL_TOPIC = "homeiq/data/import/response", "homeiq/data/total"
NOW = datetime.now(UTC)


class Watched:
    """A Mosquitto with our access list that tells each second how many messages it has retained."""

    def __init__(self, port: int) -> None:
        self._port = port

    def connector(self, user: str) -> Connector:
        return mqtt_connector(BrokerAddress.parse(f"mqtt://{user}:secret@127.0.0.1:{self._port}"))


@pytest.fixture
async def watched(tmp_path: Path) -> AsyncIterator[Watched]:
    port = await free_port()
    passwords = tmp_path / "passwords"
    passwords.touch(mode=0o600)
    for user in (*users(Naming()), "counter"):
        subprocess.run(["mosquitto_passwd", "-b", str(passwords), user, "secret"], check=True, capture_output=True)
    (tmp_path / "acl").write_text(acl(Naming()) + "\nuser counter\ntopic read $SYS/#\n")
    (tmp_path / "acl").chmod(0o600)
    configuration = tmp_path / "watched.conf"
    owner = "user root\n" if os.geteuid() == 0 else ""
    configuration.write_text(
        f"listener {port} 127.0.0.1\npassword_file {passwords}\nacl_file {tmp_path / 'acl'}\nsys_interval 1\n{owner}"
    )
    process = await asyncio.create_subprocess_exec(
        find_mosquitto(), "-c", str(configuration), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    watched = Watched(port)
    counter = Connection(watched.connector("counter"), "waiting", patient=True)
    async with counter:
        pass
    yield watched
    process.terminate()
    await process.wait()


async def retained(counter: RawClient, count: int) -> None:
    """Wait until the broker says that it has so many retained."""
    async with asyncio.timeout(10):
        while int((await counter.next()).payload) != count:
            pass


async def test_expired_replies_go_and_nobody_hears_of_it(watched: Watched, entered: AsyncExitStack) -> None:
    counter, listener, worker = (RawClient(watched.connector(user)) for user in ("counter", "homeassistant", "data"))
    for each in (counter, listener, worker):
        await entered.enter_async_context(each.connection)
    await counter.subscribe("$SYS/broker/retained messages/count")
    await listener.subscribe("homeiq/+/response/#")
    await listener.subscribe("homeiq/+/+/response/#")
    await asyncio.sleep(2.5)  # until all that the broker says of itself is retained too
    while counter.received.qsize() > 1:
        counter.received.get_nowait()
    before = int((await counter.next()).payload)
    for number in range(30):
        await worker.publish(f"{RESPONSE}/dead-{number}", "{}", retain=True, expiry=1)
    await worker.publish(f"{RESPONSE}/alive", "{}", retain=True, expiry=600)
    await retained(counter, before + 31)
    while not listener.received.empty():
        listener.received.get_nowait()
    await asyncio.sleep(2)  # Mosquitto's clock has whole seconds
    while not counter.received.empty():
        assert int(counter.received.get_nowait().payload) == before + 31, "by itself it forgets none"
    sweeping = asyncio.create_task(sweep_replies(worker.connection, [RESPONSE]))
    await retained(counter, before + 1)
    await listener.silence()
    assert worker.received.empty()
    sweeping.cancel()
    late = RawClient(watched.connector("admin"))
    await entered.enter_async_context(late.connection)
    await late.subscribe(f"{RESPONSE}/+")
    assert (await late.next()).topic == f"{RESPONSE}/alive"
    await late.silence()


async def crashed(bus: Bus, raw: RawClient) -> None:
    """The broker was killed, and is there again."""
    await bus.crash()
    await until(lambda: raw.connection.reconnects > 0 and raw.connection.up)


async def test_a_worker_sweeps_when_it_starts_and_live_replies_stay(
    bus: Bus, ledger: Ledger, raw: RawClient, entered: AsyncExitStack
) -> None:
    await raw.publish(f"{RESPONSE}/alive", "{}", retain=True, expiry=600)
    await entered.enter_async_context(ledger.serving(bus))
    await raw.publish("homeiq/data/import/request", '{"amount": 1, "correlation_id": "mine"}')
    await until_rows(ledger, "inbox WHERE state = 'done'", 1)
    late = RawClient(bus.connector())
    await entered.enter_async_context(late.connection)
    await late.subscribe(f"{RESPONSE}/+")
    assert {(await late.next()).topic for _ in range(2)} == {f"{RESPONSE}/alive", f"{RESPONSE}/mine"}
    await raw.publish(f"{RESPONSE}/alive", "{}")
    assert (await late.next()).topic == f"{RESPONSE}/alive"


async def test_the_sweep_survives_a_broker_that_crashes(entered: AsyncExitStack) -> None:
    bus = MemoryBus()
    raw = RawClient(bus.connector())
    await entered.enter_async_context(raw.connection)
    sweeping = asyncio.create_task(sweep_replies(raw.connection, [RESPONSE]))
    await crashed(bus, raw)
    await until(lambda: not raw.connection._subscriptions)
    assert not sweeping.done()
    sweeping.cancel()


def moment(days: float) -> str:
    return (NOW - timedelta(days=days)).isoformat(timespec="milliseconds")


async def rows_of_all_ages(ledger: Ledger) -> None:
    async with writing(ledger.engine) as connection:
        for name, state, ended in (
            ("done-old", "done", moment(7.01)),
            ("dead-old", "dead", moment(7.01)),
            ("done-new", "done", moment(6.99)),
            ("waiting-old", "accepted", None),
        ):
            await connection.execute(
                text(
                    "INSERT INTO inbox (effect_id, worker, operation, caller, correlation_id, digest, topic, payload,"
                    " properties, accepted_at, state, attempts, finished_at) VALUES (:name, 'data', 'gone', 'me',"
                    " :name, x'00', 't', x'00', '{}', :accepted, :state, 0, :ended)"
                ),
                {"name": name, "state": state, "ended": ended, "accepted": moment(100)},
            )
        for name, at in (("old", moment(7.01)), ("new", moment(6.99)), ("newer", moment(0))):
            await connection.execute(
                text(
                    "INSERT INTO events (event_id, worker, name, at, payload, published)"
                    " VALUES (:name, 'data', 'x', :at, '{}', 1)"
                ),
                {"name": name, "at": at},
            )
        for name, ended in (("old", moment(30.01)), ("new", moment(29.99)), ("open", None)):
            await connection.execute(
                text(
                    "INSERT INTO jobs (id, worker, operation, request, digest, correlation_ids, state, attempts,"
                    " accepted_at, ended_at) VALUES (:name, 'data', 'gone', '{}', x'00', '[]', :state, 1, :at, :ended)"
                ),
                {"name": name, "state": "completed" if ended else "running", "at": moment(100), "ended": ended},
            )


async def test_old_rows_go_and_unfinished_ones_stay(ledger: Ledger) -> None:
    await rows_of_all_ages(ledger)
    sweeping = asyncio.create_task(sweep_rows(Transactions(ledger.engine, "data", lambda: None)))
    await until_rows(ledger, "events", 2)
    sweeping.cancel()
    assert {row.correlation_id for row in await ledger.rows("inbox", "correlation_id")} == {"done-new", "waiting-old"}
    assert [row.event_id for row in await ledger.rows("events", "seq, event_id")] == ["new", "newer"]
    assert {row.id for row in await ledger.rows("jobs", "id")} == {"new", "open"}


async def test_a_purge_gives_no_number_again(ledger: Ledger) -> None:
    """A cursor past the last event would else miss what comes next."""
    await rows_of_all_ages(ledger)
    await ledger.execute(f"UPDATE events SET at = '{moment(8)}'")
    sweeping = asyncio.create_task(sweep_rows(Transactions(ledger.engine, "data", lambda: None)))
    await until_rows(ledger, "events", 0)
    sweeping.cancel()
    await ledger.execute(
        "INSERT INTO events (event_id, worker, name, at, payload, published) VALUES ('next', 'data', 'x', '', '{}', 0)"
    )
    assert [row.seq for row in await ledger.rows("events", "seq")] == [4]


async def total(listener: RawClient) -> int:
    number = (await listener.next_json())["total"]
    assert isinstance(number, int)
    return number


async def test_a_state_is_retained_and_renewed_after_the_commit(
    bus: Bus, ledger: Ledger, asking: Client, raw: RawClient, entered: AsyncExitStack
) -> None:
    await entered.enter_async_context(ledger.serving(bus))
    await raw.subscribe(TOTAL_TOPIC)
    assert await total(raw) == 0
    for number in range(1, 4):
        await asking.request(ADD, Adding(amount=2))
        assert await total(raw) == 2 * number
    late = RawClient(bus.connector())
    await entered.enter_async_context(late.connection)
    await late.subscribe(TOTAL_TOPIC)
    packet = await late.next()
    assert (packet.retain, json.loads(packet.payload)) == (True, {"total": 6})


async def test_what_is_rolled_back_renews_nothing(
    bus: Bus, ledger: Ledger, asking: Client, raw: RawClient, entered: AsyncExitStack
) -> None:
    async def fail(_: Adding) -> None:
        raise ZeroDivisionError

    await entered.enter_async_context(ledger.serving(bus))
    await raw.subscribe(TOTAL_TOPIC)
    assert await total(raw) == 0
    ledger.inside = fail
    await asking.exchange(ADD, b'{"amount": 1}')
    await raw.silence()


async def test_a_state_is_published_again_after_a_broker_that_forgot_it(
    bus: Bus, ledger: Ledger, asking: Client, raw: RawClient, entered: AsyncExitStack
) -> None:
    await entered.enter_async_context(ledger.serving(bus))
    await asking.request(ADD, Adding(amount=5))
    await crashed(bus, raw)
    late = RawClient(bus.connector())
    await entered.enter_async_context(late.connection)
    await late.subscribe(TOTAL_TOPIC)
    assert await total(late) == 5


async def test_only_who_leads_says_the_state(bus: Bus, ledger: Ledger, raw: RawClient, entered: AsyncExitStack) -> None:
    first = await entered.enter_async_context(ledger.serving(bus))
    second = await entered.enter_async_context(ledger.serving(bus))
    await until(lambda: second.leads and not first.leads)
    await raw.subscribe(TOTAL_TOPIC)
    await asyncio.sleep(0.7)  # the first has seen by then that it stands by
    while not raw.received.empty():
        raw.received.get_nowait()
    said: list[str] = []
    for name, serving in (("first", first), ("second", second)):
        tell = serving.connection.tell
        serving.connection.tell = lambda packet, tell=tell, name=name: (  # type: ignore[method-assign,misc]
            said.append(name) if packet.topic == TOTAL_TOPIC else None,
            tell(packet),
        )[1]
    await first.connection._transport.close()  # type: ignore[union-attr]
    await until(lambda: first.connection.reconnects == 1)
    await first.connection.wait_up()
    await raw.silence()
    assert said == []
    assert second.leads
