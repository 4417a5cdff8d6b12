"""What the bus promises of effects: acknowledged when accepted, done once, answered the same; on both buses."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

import pytest

from shared.bus import inbox, transaction
from shared.bus.client import Client
from shared.bus.serving import Limits
from shared.database_pool import pool_statistics, writing
from shared.errors import Conflict, InternalError, NotFound, Overloaded, Unavailable, unknown_outcome
from tests.conftest import Bus, RawClient, until
from tests.worker.conftest import ADD, Adding, Ledger

REQUEST, RESPONSE = "homeiq/data/import/request", "homeiq/data/import/response"


async def test_an_effect_its_event_and_its_reply_are_one_transaction(
    bus: Bus, ledger: Ledger, asking: Client, raw: RawClient, entered: AsyncExitStack
) -> None:
    await raw.subscribe("homeiq/home/changed")
    await entered.enter_async_context(ledger.serving(bus))
    reply = await asking.request(ADD, Adding(amount=3), correlation_id="one")
    assert reply.total == 3
    fact = await raw.next_json()
    assert (fact["total"], fact["correlation_id"]) == (3, "one")
    assert await ledger.amounts() == [3]
    (row,) = await ledger.rows("inbox", "state, correlation_id, attempts")
    assert tuple(row) == ("done", "one", 0)
    await until_rows(ledger, "events WHERE published", 1)


async def until_rows(ledger: Ledger, table: str, count: int) -> None:
    async with asyncio.timeout(10):
        while len(await ledger.rows(table)) != count:
            await asyncio.sleep(0.01)


async def test_the_same_id_gets_the_stored_reply_and_another_payload_a_conflict(
    bus: Bus, ledger: Ledger, asking: Client, entered: AsyncExitStack
) -> None:
    serving = await entered.enter_async_context(ledger.serving(bus))
    first = await asking.exchange(ADD, b'{"amount": 3}', correlation_id="one")
    assert await asking.exchange(ADD, b'{"amount": 3}', correlation_id="one") == first
    with pytest.raises(Conflict, match="used before"):
        await asking.request(ADD, Adding(amount=4), correlation_id="one")
    await serving.__aexit__(None, None, None)
    await entered.enter_async_context(ledger.serving(bus))
    assert await asking.exchange(ADD, b'{"amount": 3}', correlation_id="one") == first, "from the table, by another"
    with pytest.raises(Conflict, match="used before"):
        await asking.request(ADD, Adding(amount=4), correlation_id="one")
    assert await ledger.amounts() == [3]


async def test_two_callers_may_use_one_id(bus: Bus, ledger: Ledger, asking: Client, entered: AsyncExitStack) -> None:
    await entered.enter_async_context(ledger.serving(bus))
    other = await entered.enter_async_context(Client(bus.connector(), user="admin"))
    await asyncio.gather(*(each.request(ADD, Adding(amount=1), correlation_id="one") for each in (asking, other)))
    assert await ledger.amounts() == [1, 1]


async def test_ten_thousand_duplicates_are_one_effect(
    bus: Bus, ledger: Ledger, asking: Client, raw: RawClient, entered: AsyncExitStack
) -> None:
    await raw.subscribe(f"{RESPONSE}/many")
    await entered.enter_async_context(ledger.serving(bus))
    payload = json.dumps({"amount": 1, "correlation_id": "many"})
    for _ in range(100):
        await asyncio.gather(*(raw.publish(REQUEST, payload) for _ in range(100)))
    assert (await raw.next_json())["data"] == {"total": 1}
    assert (await asking.request(ADD, Adding(amount=1))).total == 2
    assert await ledger.amounts() == [1, 1]
    assert len(await ledger.rows("inbox")) == 2


async def test_without_an_id_nothing_is_taken_for_a_repetition(
    bus: Bus, ledger: Ledger, raw: RawClient, entered: AsyncExitStack
) -> None:
    await raw.subscribe(RESPONSE)
    await entered.enter_async_context(ledger.serving(bus))
    for _ in range(2):
        await raw.publish(REQUEST, '{"amount": 1}')
        await raw.next_json()
    assert await ledger.amounts() == [1, 1]


async def test_what_fails_is_undone_alone_and_its_error_stored(
    bus: Bus, ledger: Ledger, asking: Client, entered: AsyncExitStack
) -> None:
    async def fail(request: Adding) -> None:
        if request.how == "not found":
            raise NotFound("there is no such thing")
        if request.how == "broken":
            raise ZeroDivisionError

    ledger.inside = fail
    await entered.enter_async_context(ledger.serving(bus))
    async with asyncio.TaskGroup() as group:
        good = [group.create_task(asking.request(ADD, Adding(amount=n))) for n in range(20)]
        missing = group.create_task(asking.exchange(ADD, b'{"amount": 77, "how": "not found"}', correlation_id="m"))
        broken = group.create_task(asking.exchange(ADD, b'{"amount": 78, "how": "broken"}', correlation_id="b"))
    assert len({task.result().total for task in good}) == 20
    assert sorted(await ledger.amounts()) == list(range(20))
    assert b"not_found" in missing.result()
    assert b'"internal"' in broken.result()
    assert b"ZeroDivision" not in broken.result()
    ledger.inside = nothing_wrong
    for task, payload, name in ((missing, b'{"amount": 77, "how": "not found"}', "m"),):
        assert await asking.exchange(ADD, payload, correlation_id=name) == task.result()
    assert len(await ledger.rows("events")) == 20


async def nothing_wrong(_: Adding) -> None:
    """All is well."""


async def test_unavailable_is_tried_again_and_an_unknown_outcome_never(
    bus: Bus, ledger: Ledger, asking: Client, entered: AsyncExitStack
) -> None:
    tries: list[str] = []

    async def fail(request: Adding) -> None:
        tries.append(request.how)
        if request.how == "unknown":
            raise unknown_outcome("nobody can say what became of it")
        if tries.count("away") < 2:
            raise Unavailable("the thing is away")

    ledger.inside = fail
    await entered.enter_async_context(ledger.serving(bus))
    assert (await asking.request(ADD, Adding(amount=1, how="away"))).total == 1
    assert tries == ["away", "away"]
    with pytest.raises(Unavailable, match="nobody can say") as caught:
        await asking.request(ADD, Adding(amount=2, how="unknown"))
    assert caught.value.details == [{"outcome": "unknown"}]
    assert tries == ["away", "away", "unknown"]
    assert await ledger.amounts() == [1]


async def test_too_many_are_refused_and_none_of_the_others_lost(
    bus: Bus, ledger: Ledger, asking: Client, raw: RawClient, entered: AsyncExitStack
) -> None:
    gate = asyncio.Event()

    async def wait(_: Adding) -> None:
        await gate.wait()

    ledger.before = wait
    await entered.enter_async_context(ledger.serving(bus, limits=Limits(running=2, queued=3), prepared=True))
    waiting = [asyncio.create_task(asking.request(ADD, Adding(amount=n))) for n in range(5)]
    await until_rows(ledger, "inbox", 5)
    await raw.subscribe(f"{RESPONSE}/more")
    await raw.publish(REQUEST, '{"amount": 9, "correlation_id": "more"}')
    assert (await raw.next_json())["error"]["code"] == Overloaded.code
    gate.set()
    await asyncio.gather(*waiting)
    assert sorted(await ledger.amounts()) == [0, 1, 2, 3, 4]


async def test_what_was_accepted_is_done_by_the_next_process(
    bus: Bus, ledger: Ledger, asking: Client, raw: RawClient, entered: AsyncExitStack
) -> None:
    """As after a crash: a row is all that is left."""
    await ledger.execute(ROW.format(attempts=0, amount=5))
    await raw.subscribe(f"{RESPONSE}/left")
    await entered.enter_async_context(ledger.serving(bus))
    assert (await raw.next_json())["data"] == {"total": 5}
    assert await ledger.amounts() == [5]
    again = await asking.request(ADD, Adding(amount=6))
    assert again.total == 11


ROW = f"""
    INSERT INTO inbox (effect_id, worker, operation, caller, correlation_id, digest, topic, payload, properties,
                       accepted_at, state, attempts)
    VALUES ('e', 'data', 'data/import', '{RESPONSE}', 'left', x'00', '{REQUEST}',
            CAST('{{{{"amount": {{amount}}, "correlation_id": "left"}}}}' AS BLOB), '{{{{}}}}',
            '2026-11-21T00:00:00.000+00:00', 'accepted', {{attempts}})
"""


async def test_what_was_begun_twice_without_an_end_becomes_a_dead_letter(
    bus: Bus, ledger: Ledger, raw: RawClient, entered: AsyncExitStack
) -> None:
    await ledger.execute(ROW.format(attempts=2, amount=5))
    for topic in (f"{RESPONSE}/left", "homeiq/dead-letter/data"):
        await raw.subscribe(topic)
    await entered.enter_async_context(ledger.serving(bus))
    told = [await raw.next() for _ in range(2)]
    by_topic = {packet.topic: json.loads(packet.payload) for packet in told}
    reply, letter = by_topic[f"{RESPONSE}/left"], by_topic["homeiq/dead-letter/data"]
    assert reply["error"]["code"] == InternalError.code
    assert "begun twice" in reply["error"]["message"]
    assert (letter["topic"], letter["attempts"]) == (REQUEST, 2)
    assert json.loads(letter["payload"])["amount"] == 5
    assert await ledger.amounts() == []
    assert [row.state for row in await ledger.rows("inbox")] == ["dead"]


async def test_a_beginning_that_may_take_long_is_counted(
    bus: Bus, ledger: Ledger, asking: Client, entered: AsyncExitStack
) -> None:
    counted: list[int] = []

    async def look(_: Adding) -> None:
        counted.extend(row.attempts for row in await ledger.rows("inbox"))

    ledger.before = look
    await entered.enter_async_context(ledger.serving(bus, prepared=True))
    await asking.request(ADD, Adding(amount=1))
    assert counted == [1]


async def test_an_effect_that_has_begun_outlives_its_deadline(
    bus: Bus, ledger: Ledger, asking: Client, raw: RawClient, entered: AsyncExitStack
) -> None:
    async def slow(_: Adding) -> None:
        await asyncio.sleep(1.5)

    ledger.inside = slow
    await entered.enter_async_context(ledger.serving(bus))
    await raw.subscribe(f"{RESPONSE}/late")
    await raw.publish(REQUEST, '{"amount": 1, "correlation_id": "late"}', expiry=1)
    await until_rows(ledger, "inbox WHERE state = 'done'", 1)
    await raw.silence()
    ledger.inside = nothing_wrong
    await raw.publish(REQUEST, '{"amount": 1, "correlation_id": "late"}')
    assert (await raw.next_json())["data"] == {"total": 1}
    assert await ledger.amounts() == [1]


async def test_a_request_that_cannot_be_read_is_answered_and_kept(
    bus: Bus, ledger: Ledger, raw: RawClient, entered: AsyncExitStack
) -> None:
    await raw.subscribe("homeiq/dead-letter/data")
    await raw.subscribe(RESPONSE)
    await entered.enter_async_context(ledger.serving(bus))
    await raw.publish(REQUEST, b"{\xff}")
    told = {packet.topic: json.loads(packet.payload) for packet in [await raw.next(), await raw.next()]}
    assert told[RESPONSE]["error"]["code"] == "invalid_request"
    letter = told["homeiq/dead-letter/data"]
    assert (letter["payload_base64"], letter["attempts"]) == ("e/99", 0)
    assert await ledger.rows("inbox") == []


async def test_replies_are_sent_only_after_the_commit(
    bus: Bus, ledger: Ledger, asking: Client, entered: AsyncExitStack
) -> None:
    """Each reply's own row is there, whoever looks the moment it comes."""
    await entered.enter_async_context(ledger.serving(bus))
    for number in range(20):
        await asking.request(ADD, Adding(amount=number))
        assert (await ledger.amounts())[-1] == number


async def test_waiting_effects_share_their_commits(
    bus: Bus, ledger: Ledger, asking: Client, entered: AsyncExitStack
) -> None:
    await entered.enter_async_context(ledger.serving(bus))
    await asking.request(ADD, Adding(amount=0))
    before = pool_statistics(ledger.engine)["durable_writes"]
    await asyncio.gather(*(asking.request(ADD, Adding(amount=1)) for _ in range(100)))
    assert pool_statistics(ledger.engine)["durable_writes"] - before < 100


async def test_two_instances_one_leads_and_the_other_takes_over(
    bus: Bus, ledger: Ledger, asking: Client, entered: AsyncExitStack
) -> None:
    first = await entered.enter_async_context(ledger.serving(bus))
    assert first.leads
    second = ledger.serving(bus)
    await second.__aenter__()
    await until(lambda: second.leads and not first.leads)
    assert (await asking.request(ADD, Adding(amount=1))).total == 1
    await second.__aexit__(None, None, None)
    await until(lambda: first.leads)
    assert (await asking.request(ADD, Adding(amount=2))).total == 3


async def test_requests_published_while_nobody_is_there_wait_for_the_next(
    bus: Bus, ledger: Ledger, raw: RawClient, entered: AsyncExitStack
) -> None:
    serving = ledger.serving(bus)
    await serving.__aenter__()
    await serving.__aexit__(None, None, None)
    await raw.subscribe(f"{RESPONSE}/+")
    for number in range(3):
        await raw.publish(REQUEST, json.dumps({"amount": 1, "correlation_id": f"w{number}"}))
    await entered.enter_async_context(ledger.serving(bus))
    assert {(await raw.next_json())["correlation_id"] for _ in range(3)} == {"w0", "w1", "w2"}
    assert await ledger.amounts() == [1, 1, 1]


async def test_a_broker_that_crashes_loses_no_effect_of_a_retrying_caller(
    bus: Bus, ledger: Ledger, asking: Client, entered: AsyncExitStack
) -> None:
    await entered.enter_async_context(ledger.serving(bus))
    await asking.request(ADD, Adding(amount=0))
    calls = [asyncio.create_task(asking.request(ADD, Adding(amount=n), timeout=20)) for n in range(1, 60)]
    await bus.crash()
    await asyncio.gather(*calls)
    assert sorted(await ledger.amounts()) == list(range(60))


async def test_a_clock_that_jumps_back_an_hour_makes_nothing_happen_twice_or_late(
    bus: Bus, ledger: Ledger, asking: Client, raw: RawClient, entered: AsyncExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    await raw.subscribe("homeiq/home/changed")
    await entered.enter_async_context(ledger.serving(bus))
    first = await asking.exchange(ADD, b'{"amount": 3}', correlation_id="one")
    now, earlier = time.time, (datetime.now(UTC) - timedelta(hours=1)).isoformat(timespec="milliseconds")
    monkeypatch.setattr(time, "time", lambda: now() - 3600)
    for module in (inbox, transaction):
        monkeypatch.setattr(module, "now_text", lambda: earlier)
    assert await asking.exchange(ADD, b'{"amount": 3}', correlation_id="one") == first
    assert (await asking.request(ADD, Adding(amount=4), correlation_id="two", timeout=3)).total == 7
    assert [(await raw.next_json())["total"] for _ in range(2)] == [3, 7]
    async with writing(ledger.engine) as connection:
        await inbox.purge_inbox(connection, datetime.now(UTC))
    assert [row.correlation_id for row in await ledger.rows("inbox", "id, correlation_id")] == ["one", "two"]
    assert [row.seq for row in await ledger.rows("events", "seq")] == [1, 2]
