"""What the bus promises of dead letters: kept for a person to look at, and never more than a machine can hold."""

from __future__ import annotations

import asyncio
import base64
from contextlib import AsyncExitStack

import pytest

from contracts.envelope import REQUEST_LIMIT
from shared.bus import dead_letters
from shared.bus.client import Client
from shared.bus.dead_letters import DeadLetter, DeadLetters, all_letters, drop_letters, one_letter
from shared.bus.packets import Publish
from shared.bus.serving import Serving
from shared.bus.transaction import Transactions
from shared.bus.worker import Worker
from shared.database_pool import writing
from shared.errors import NotFound
from tests.conftest import Bus, RawClient, until
from tests.worker.conftest import ADD, DUG, Adding, Dug, Ledger
from tests.worker.test_effects import until_rows

REQUEST, LETTERS = "homeiq/data/import/request", "homeiq/dead-letter/data"


def of(ledger: Ledger, worker: str = "data") -> DeadLetters:
    return DeadLetters(Transactions(ledger.engine, worker, lambda: None), worker)


def letter(number: int, payload: bytes = b"") -> DeadLetter:
    return DeadLetter(Publish(f"homeiq/{number}", payload), f"reason {number}", number)


async def save(letters: DeadLetters) -> None:
    """What waits, as at the end of a worker."""
    running = asyncio.create_task(letters.run())
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_a_letter_keeps_all_that_was_said(
    bus: Bus, ledger: Ledger, raw: RawClient, entered: AsyncExitStack
) -> None:
    await raw.subscribe(LETTERS)
    await entered.enter_async_context(ledger.serving(bus))
    response = "homeiq/reply/admin/me"
    await raw.publish(
        REQUEST,
        '{"amuont": 1}',
        response_topic=response,
        correlation_data=b"\xff\x00",
        content_type="application/json",
        user_properties=(("a", "1"), ("a", "2")),
    )
    told = await raw.next_json()
    (stored,) = await all_letters(ledger.engine)
    document = stored.document()
    assert stored == await one_letter(ledger.engine, stored.id)
    assert {name: told[name] for name in ("id", "topic", "reason", "attempts", "payload", "properties")} == {
        name: document[name] for name in ("id", "topic", "reason", "attempts", "payload", "properties")
    }
    assert (document["worker"], document["topic"], document["payload"]) == ("data", REQUEST, '{"amuont": 1}')
    assert "$.amuont" in document["reason"]
    assert (document["attempts"], document["size"], document["complete"]) == (0, 13, True)
    assert document["properties"] == {
        "response_topic": response,
        "correlation_data": base64.b64encode(b"\xff\x00").decode(),
        "content_type": "application/json",
        "user_properties": [["a", "1"], ["a", "2"]],
    }
    again = stored.letter.packet
    assert (again.correlation_data, again.user_properties) == (b"\xff\x00", (("a", "1"), ("a", "2")))


async def test_what_is_too_large_is_cut_off_and_says_so(
    bus: Bus, ledger: Ledger, raw: RawClient, entered: AsyncExitStack
) -> None:
    await raw.subscribe(LETTERS)
    await raw.subscribe("homeiq/data/import/response")
    await entered.enter_async_context(ledger.serving(bus))
    await raw.publish(REQUEST, b"x" * (REQUEST_LIMIT + 100))
    told = {packet.topic: packet for packet in [await raw.next(), await raw.next()]}
    assert b"invalid_request" in told["homeiq/data/import/response"].payload
    (listed,) = await all_letters(ledger.engine)
    assert listed.document()["payload"] == "x" * 1000
    stored = await one_letter(ledger.engine, listed.id)
    document = stored.document()
    assert not stored.complete
    assert (document["complete"], document["size"]) == (False, REQUEST_LIMIT + 100)
    assert document["payload"] == "x" * REQUEST_LIMIT
    assert len(told[LETTERS].payload) < REQUEST_LIMIT + 1000


async def test_an_event_that_cannot_be_read_is_kept_by_whoever_listens(
    bus: Bus, ledger: Ledger, raw: RawClient, entered: AsyncExitStack
) -> None:
    worker = Worker("data")

    @worker.on(DUG, each=True)
    async def hear(event: Dug) -> None:
        raise AssertionError(event)

    await entered.enter_async_context(Serving(worker, bus.connector(), {}, engine=ledger.engine))
    await raw.publish("homeiq/import/done", '{"id": 5}')
    await until_rows(ledger, "dead_letters", 1)
    (stored,) = await all_letters(ledger.engine)
    assert stored.letter.reason.startswith("no import/done: ")
    assert (stored.letter.packet.topic, stored.letter.attempts) == ("homeiq/import/done", 0)


async def test_a_flood_is_bounded_in_rows_and_in_announcements(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dead_letters, "_MOST_KEPT", 20)
    quiet, loud = of(ledger, "query"), of(ledger)
    quiet.give_up(letter(0))
    await save(quiet)
    for number in range(1, 101):
        loud.give_up(letter(number))
    await save(loud)
    quiet.give_up(letter(101))
    await save(quiet)
    kept = await all_letters(ledger.engine)
    assert [each.letter.attempts for each in kept if each.worker == "data"] == list(range(81, 101))
    assert [each.letter.attempts for each in kept if each.worker == "query"] == [0, 101], "they are not of that flood"
    assert len(await ledger.rows("events WHERE name = 'dead-letter/data'")) == 20
    assert len(await ledger.rows("events WHERE name = 'dead-letter/query'")) == 2


async def test_a_flood_is_bounded_in_memory(ledger: Ledger) -> None:
    letters = of(ledger)
    for number in range(300):
        letters.give_up(letter(number, bytes(REQUEST_LIMIT + number)))
    assert len(letters._waiting) == 200
    assert sum(len(each.packet.payload) for each in letters._waiting) == 200 * REQUEST_LIMIT
    assert [each.size - REQUEST_LIMIT for each in letters._waiting] == list(range(200))
    await save(letters)
    assert len(await ledger.rows("dead_letters", "id")) == 200


async def test_a_flood_keeps_nobody_from_being_answered(
    bus: Bus, ledger: Ledger, asking: Client, raw: RawClient, entered: AsyncExitStack
) -> None:
    await entered.enter_async_context(ledger.serving(bus))
    flood = [asyncio.create_task(raw.publish(REQUEST, f"{{{number}}}")) for number in range(600)]
    assert (await asking.request(ADD, Adding(amount=1), timeout=20)).total == 1
    await asyncio.gather(*flood)
    async with asyncio.timeout(10):
        while not await ledger.rows("dead_letters WHERE payload = CAST('{later}' AS BLOB)", "id"):
            await raw.publish(REQUEST, "{later}")
            await asyncio.sleep(0.05)
    assert await ledger.amounts() == [1]


async def test_what_waits_is_written_when_the_worker_leaves(ledger: Ledger) -> None:
    letters = of(ledger)
    for number in range(3):
        letters.give_up(letter(number))
    await save(letters)
    assert [each.letter.attempts for each in await all_letters(ledger.engine)] == [0, 1, 2]
    await save(letters)
    assert len(await all_letters(ledger.engine)) == 3


async def test_letters_are_dropped_by_number_and_numbers_are_not_used_again(ledger: Ledger) -> None:
    letters = of(ledger)
    for number in range(3):
        letters.give_up(letter(number))
    await save(letters)
    async with writing(ledger.engine) as connection:
        assert await drop_letters(connection, [2, 3, 99]) == 2
    assert [each.id for each in await all_letters(ledger.engine)] == [1]
    with pytest.raises(NotFound, match="no dead letter 3"):
        await one_letter(ledger.engine, 3)
    letters.give_up(letter(7))
    await save(letters)
    assert [each.id for each in await all_letters(ledger.engine)] == [1, 4]


async def test_a_worker_without_a_database_only_says_it() -> None:
    letters = DeadLetters(None, "data")
    letters.give_up(letter(1))
    await asyncio.wait_for(letters.run(), 5)
    await until(lambda: not letters._waiting)
