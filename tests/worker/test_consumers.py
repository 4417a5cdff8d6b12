"""What the bus promises of events: rows first, published in order, and acted on once by who must miss none."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack

from sqlalchemy import text

from shared.bus.client import Client
from shared.bus.consumers import Consumer
from shared.bus.dead_letters import DeadLetters
from shared.bus.outbox import Relay
from shared.bus.packets import Publish
from shared.bus.serving import Serving
from shared.bus.transaction import Transaction, Transactions
from shared.bus.worker import Worker, bind
from shared.errors import ConnectionLost
from tests.conftest import Bus, MosquittoBus, RawClient, until
from tests.worker.conftest import ADD, CHANGED, DUG, Adding, Dug, Ledger, TotalChanged
from tests.worker.test_effects import until_rows

CHANGED_TOPIC = "homeiq/home/changed"
EVENT = """
    INSERT INTO events (event_id, worker, name, at, payload, published)
    VALUES ('{name}-{number}', 'data', '{name}', '2026-11-21T00:00:00.000+00:00', '{payload}', 0)
"""


def fact(number: int) -> str:
    return EVENT.format(
        name="home/changed",
        number=number,
        payload=json.dumps({"event_id": f"home/changed-{number}", "at": "", "total": number}),
    )


async def add(asking: Client, amounts: range) -> None:
    await asyncio.gather(*(asking.request(ADD, Adding(amount=n), timeout=20) for n in amounts))


async def test_events_come_in_the_order_of_their_numbers_with_one_id_each(
    bus: Bus, ledger: Ledger, asking: Client, raw: RawClient, entered: AsyncExitStack
) -> None:
    await raw.subscribe(CHANGED_TOPIC)
    await entered.enter_async_context(ledger.serving(bus))
    await add(asking, range(1, 81))
    heard = [await raw.next_json() for _ in range(80)]
    rows = await ledger.rows("events", "seq, event_id, payload")
    assert [json.loads(row.payload) for row in rows] == heard
    assert [row.seq for row in rows] == list(range(1, 81))
    assert len({row.event_id for row in rows}) == 80
    assert [row.event_id for row in rows] == [each["event_id"] for each in heard]
    assert [each["total"] for each in heard] == sorted(each["total"] for each in heard), "as they were committed"
    await until_rows(ledger, "events WHERE published", 80)


async def test_a_crash_between_publishing_and_marking_publishes_again_with_the_same_id(
    bus: Bus, ledger: Ledger, asking: Client, raw: RawClient, entered: AsyncExitStack
) -> None:
    await raw.subscribe(CHANGED_TOPIC)
    async with ledger.serving(bus):
        await add(asking, range(1, 4))
        first = [await raw.next_json() for _ in range(3)]
        await until_rows(ledger, "events WHERE published", 3)
    await ledger.execute("UPDATE events SET published = 0 WHERE seq > 1")
    await entered.enter_async_context(ledger.serving(bus))
    assert [await raw.next_json() for _ in range(2)] == first[1:]
    await until_rows(ledger, "events WHERE published", 3)
    await raw.silence()


async def test_what_the_broker_refuses_stays_and_holds_nothing_else_up(
    mosquitto: MosquittoBus, ledger: Ledger, entered: AsyncExitStack
) -> None:
    """The data worker may not say that an analysis is done."""
    await ledger.execute(EVENT.format(name="analysis/done", number=1, payload="{}"))
    raw = RawClient(mosquitto.connector())
    await entered.enter_async_context(raw.connection)
    await raw.subscribe("homeiq/+/+")
    asking = await entered.enter_async_context(Client(mosquitto.connector(), user="admin"))
    await entered.enter_async_context(Serving(ledger.worker(), mosquitto.connector("data"), {}, engine=ledger.engine))
    for number in range(1, 4):
        await asking.request(ADD, Adding(amount=1))
        while (packet := await raw.next()).topic != CHANGED_TOPIC:
            assert packet.topic != "homeiq/analysis/done"
        assert json.loads(packet.payload)["total"] == number
    await until_rows(ledger, "events WHERE published", 3)
    (left,) = await ledger.rows("events WHERE NOT published", "name")
    assert left.name == "analysis/done"


async def test_a_broker_that_crashes_loses_no_event_and_keeps_their_order(
    bus: Bus, ledger: Ledger, asking: Client, raw: RawClient, entered: AsyncExitStack
) -> None:
    await raw.subscribe(CHANGED_TOPIC)
    await entered.enter_async_context(ledger.serving(bus))
    adding = asyncio.create_task(add(asking, range(1, 121)))
    await until(lambda: raw.received.qsize() > 5)
    await bus.crash()
    await adding
    await until_rows(ledger, "events WHERE published", 120)
    heard = [json.loads(raw.received.get_nowait().payload)["total"] for _ in range(raw.received.qsize())]
    first = list(dict.fromkeys(heard))
    assert first == sorted(first)
    assert len(await ledger.rows("events", "DISTINCT event_id")) == 120


async def test_what_a_lost_connection_did_not_acknowledge_is_published_again_in_order(
    bus: Bus, ledger: Ledger, raw: RawClient
) -> None:
    """Told twice at most, and never past one that was not told."""
    for number in range(1, 6):
        await ledger.execute(fact(number))
    relay = Relay(ledger.engine, "data", "homeiq", raw.connection)
    lost: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    lost.set_exception(ConnectionLost("gone"))
    publish = raw.connection.publish
    sent: list[int] = []

    def publish_two(packet: Publish) -> asyncio.Future[int]:
        sent.append(json.loads(packet.payload)["total"])
        return publish(packet) if len(sent) <= 2 else lost

    raw.connection.publish = publish_two  # type: ignore[method-assign]
    await relay.publish()
    await relay.mark()
    assert len(await ledger.rows("events WHERE published")) == 2
    raw.connection.publish = publish  # type: ignore[method-assign]
    await raw.subscribe(CHANGED_TOPIC)
    await relay.publish()
    assert [(await raw.next_json())["total"] for _ in range(3)] == [3, 4, 5]
    assert not await relay.publish()


async def test_what_was_missed_while_offline_is_acted_on_at_connect(
    bus: Bus, ledger: Ledger, asking: Client, entered: AsyncExitStack
) -> None:
    for number in range(1, 251):
        await ledger.execute(fact(number))
    await entered.enter_async_context(ledger.serving(bus, consumes=True))
    await until(lambda: len(ledger.heard) == 250)
    assert ledger.heard == list(range(1, 251))
    await asking.request(ADD, Adding(amount=1000))
    await until(lambda: ledger.heard[-1] == 1000)
    await until_rows(ledger, "cursors WHERE consumer = 'data' AND seq = 251", 1)  # the function runs before its commit


async def test_the_message_only_wakes(bus: Bus, ledger: Ledger, raw: RawClient, entered: AsyncExitStack) -> None:
    await entered.enter_async_context(ledger.serving(bus, consumes=True))
    await until_rows(ledger, "events", 0)
    await raw.publish(CHANGED_TOPIC, '{"event_id": "x", "at": "", "total": 13}')
    await ledger.execute(fact(1))
    await raw.publish(CHANGED_TOPIC, "wake up")
    await until(lambda: ledger.heard == [1])


async def test_what_fails_twice_is_a_dead_letter_and_stops_nothing(
    bus: Bus, ledger: Ledger, asking: Client, raw: RawClient, entered: AsyncExitStack
) -> None:
    await raw.subscribe("homeiq/dead-letter/data")
    await entered.enter_async_context(ledger.serving(bus, consumes=True))
    await asking.request(ADD, Adding(amount=-5))
    await asking.request(ADD, Adding(amount=7))
    letter = await raw.next_json()
    assert (letter["topic"], letter["attempts"]) == (CHANGED_TOPIC, 2)
    assert letter["reason"] == "it could not be acted on (ValueError)"
    assert json.loads(letter["payload"])["total"] == -5
    await until(lambda: ledger.heard == [-5, -5, 2])
    await raw.silence()


async def test_an_event_that_cannot_be_read_is_a_dead_letter_that_was_never_begun(
    bus: Bus, ledger: Ledger, raw: RawClient, entered: AsyncExitStack
) -> None:
    await raw.subscribe("homeiq/dead-letter/data")
    await ledger.execute(EVENT.format(name="home/changed", number=1, payload='{"total": "many"}'))
    await ledger.execute(fact(2))
    await entered.enter_async_context(ledger.serving(bus, consumes=True))
    letter = await raw.next_json()
    assert (letter["payload"], letter["attempts"]) == ('{"total": "many"}', 0)
    assert "can't be read" in letter["reason"]
    await until(lambda: ledger.heard == [2])


async def test_the_cursor_moves_with_the_rows_that_are_written(
    bus: Bus, ledger: Ledger, entered: AsyncExitStack
) -> None:
    """What fails is undone with them, and what is broken off by leaving too."""
    open_, begun = asyncio.Event(), asyncio.Event()
    worker, tries = Worker("data"), []

    @worker.on(CHANGED)
    async def hear(event: TotalChanged, transaction: Transaction) -> None:
        tries.append(event.total)
        await transaction.connection.execute(text("INSERT INTO ledger VALUES (:n)"), {"n": event.total})
        if len(tries) == 1:
            raise ValueError("the first time")
        if len(tries) == 3:
            begun.set()
            await open_.wait()

    await ledger.execute(fact(1))
    await ledger.execute(fact(2))
    async with Serving(worker, bus.connector(), {}, engine=ledger.engine):
        await begun.wait()
    assert (tries, await ledger.amounts()) == ([1, 1, 2], [1])
    assert [row.seq for row in await ledger.rows("cursors", "seq")] == [1]
    await entered.enter_async_context(Serving(worker, bus.connector(), {}, engine=ledger.engine))
    await until_rows(ledger, "cursors WHERE seq = 2", 1)
    assert await ledger.amounts() == [1, 2]
    assert await ledger.rows("dead_letters") == []


async def test_two_instances_act_once(ledger: Ledger) -> None:
    """As for the moment in which the one before does not know yet that it leads no more."""

    async def hear(event: TotalChanged, transaction: Transaction) -> None:
        await transaction.connection.execute(text("INSERT INTO ledger VALUES (:n)"), {"n": event.total})

    for number in range(1, 61):
        await ledger.execute(fact(number))
    transactions = Transactions(ledger.engine, "data", lambda: None)
    letters = DeadLetters(transactions, "data")
    bound = bind(hear, {}, (TotalChanged, Transaction))
    both = [Consumer(transactions, {CHANGED: bound}, letters, "homeiq") for _ in range(2)]
    await asyncio.gather(*(each.catch_up() for each in both))
    assert await ledger.amounts() == list(range(1, 61))


async def test_with_each_every_instance_acts_and_nothing_is_made_up(
    bus: Bus, ledger: Ledger, raw: RawClient, entered: AsyncExitStack
) -> None:
    heard: list[str] = []

    def listening(name: str) -> Serving:
        worker = Worker("data")

        @worker.on(DUG, each=True)
        async def hear(event: Dug) -> None:
            heard.append(f"{name} {event.id}")
            if event.id == "bad":
                raise ValueError("never mind")

        return Serving(worker, bus.connector(), {}, engine=ledger.engine)

    def dug(name: str) -> str:
        return Dug(event_id=name, at="", id=name, status="completed").model_dump_json()  # type: ignore[arg-type]

    await raw.publish("homeiq/import/done", dug("missed"))
    for name in ("one", "two"):
        await entered.enter_async_context(listening(name))
    await raw.publish("homeiq/import/done", dug("bad"))
    await raw.publish("homeiq/import/done", dug("good"))
    await until(lambda: len(heard) == 4)
    assert sorted(heard) == ["one bad", "one good", "two bad", "two good"]
    await raw.publish("homeiq/import/done", dug("kept"), retain=True)
    await raw.publish("homeiq/import/done", dug("last"))
    await until(lambda: len(heard) == 6)
    assert not [each for each in heard if each.endswith(("missed", "kept"))], "a retained event is no fact of now"
