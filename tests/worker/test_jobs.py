"""What the bus promises of long operations: one after the other, told when they end, and each ended once."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack
from typing import Any

import pytest

from contracts.health import PRESENCE, Presence, PresenceStatus
from contracts.jobs import CancelRequest, CancelState, JobState, JobStatus, Progress
from shared.bus.client import Client
from shared.bus.dead_letters import DeadLetters
from shared.bus.jobs import Job, JobRunner, Jobs
from shared.bus.leading import _Wired
from shared.bus.retained import RetainedStates
from shared.bus.transaction import Transactions
from shared.errors import DeadlineExceeded, NotFound, Unavailable
from tests.conftest import Bus, RawClient, until
from tests.worker.conftest import ADD, DIG, DUG, STOP, Adding, Digging, Ledger
from tests.worker.test_effects import until_rows

DONE = "homeiq/import/done"
JOB = """
    INSERT INTO jobs (id, worker, operation, request, digest, correlation_ids, state, attempts, accepted_at)
    VALUES ('left', 'data', 'data/dig', '{{"depth": 5}}', x'00', '["one", "two"]', '{state}', {attempts},
            '2026-11-21T00:00:00.000+00:00')
"""


class Gate:
    """A hole that is dug for as long as the test wants."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.begun = asyncio.Event()
        self.most = self._now = 0

    async def __call__(self, job: Job) -> None:
        self._now += 1
        self.most = max(self.most, self._now)
        self.begun.set()
        try:
            await self.open.wait()
        finally:
            self._now -= 1


@pytest.fixture
def gate(ledger: Ledger) -> Gate:
    ledger.dig = gate = Gate()
    return gate


@pytest.fixture
async def done(raw: RawClient) -> RawClient:
    await raw.subscribe(DONE)
    return raw


def alone(ledger: Ledger) -> JobRunner:
    """The runner without a bus."""
    transactions, jobs = Transactions(ledger.engine, "data", lambda: None), Jobs("data")
    wired = _Wired(ledger.worker(), {Jobs: jobs, RetainedStates: RetainedStates("homeiq")})
    return JobRunner(transactions, jobs, wired.jobs(), DeadLetters(transactions, "data"), "homeiq")


async def job_row(ledger: Ledger) -> tuple[Any, ...]:
    (row,) = await ledger.rows("jobs", "state, attempts")
    return tuple(row)


async def test_the_same_is_joined_and_the_end_names_all_who_asked(
    bus: Bus, ledger: Ledger, asking: Client, done: RawClient, gate: Gate, entered: AsyncExitStack
) -> None:
    await entered.enter_async_context(ledger.serving(bus))
    first = await asking.request(DIG, Digging(depth=3), correlation_id="one")
    await gate.begun.wait()
    joined = await asking.request(DIG, Digging(depth=3), correlation_id="two")
    again = await asking.request(DIG, Digging(depth=3), correlation_id="two")
    other = await asking.request(DIG, Digging(depth=4), correlation_id="three")
    waiting = await asking.request(DIG, Digging(depth=4), correlation_id="four")
    assert (first.state, joined.state, other.state) == (JobState.ACCEPTED, JobState.JOINED, JobState.ACCEPTED)
    assert joined == again
    assert (joined.id, waiting.id) == (first.id, other.id)
    gate.open.set()
    one, two = [await done.next_json() for _ in range(2)]
    assert (one["id"], one["status"], one["depth"]) == (first.id, "completed", 3)
    assert (one["correlation_id"], one["correlation_ids"]) == ("one", ["one", "two"])
    assert (two["id"], two["depth"], two["correlation_ids"]) == (other.id, 4, ["three", "four"])
    assert ledger.digs == [(first.id, 3), (other.id, 4)]
    assert gate.most == 1
    assert await ledger.amounts() == [3, 4]
    late = await asking.request(DIG, Digging(depth=3), correlation_id="five")
    assert (late.state, late.id == first.id) == (JobState.ACCEPTED, False), "what has ended is not joined"


async def test_progress_is_told_a_few_times_and_its_last_word_always(
    bus: Bus, ledger: Ledger, asking: Client, entered: AsyncExitStack
) -> None:
    async def dig(job: Job) -> None:
        await asyncio.to_thread(tell, job)

    def tell(job: Job) -> None:
        for number in range(200):
            job.tell(number / 100, f"{number} deep")

    ledger.dig = dig
    told: list[Progress] = []
    await entered.enter_async_context(ledger.serving(bus))
    finished = await asking.run(DIG, Digging(), timeout=20, progress=told.append)
    assert finished.status is JobStatus.COMPLETED
    assert 1 <= len(told) < 50
    assert (told[-1].done, told[-1].message, told[-1].id) == (1.0, "199 deep", finished.id)
    assert [each.done for each in told] == sorted(each.done for each in told)


async def test_a_running_one_is_cancelled(
    bus: Bus, ledger: Ledger, asking: Client, done: RawClient, gate: Gate, entered: AsyncExitStack
) -> None:
    await entered.enter_async_context(ledger.serving(bus))
    started = await asking.request(DIG, Digging(depth=3), correlation_id="one")
    await gate.begun.wait()
    stopped = await asking.request(STOP, CancelRequest(id=started.id))
    assert stopped.state is CancelState.CANCELLING
    event = await done.next_json()
    assert (event["id"], event["status"], event["errors"]) == (started.id, "cancelled", [])
    assert event["correlation_ids"] == ["one"]
    late = await asking.request(STOP, CancelRequest(id=started.id))
    assert late.state is CancelState.ENDED
    with pytest.raises(NotFound, match="knows no nobody"):
        await asking.request(STOP, CancelRequest(id="nobody"))
    assert await ledger.amounts() == []
    assert await job_row(ledger) == ("cancelled", 1)


async def test_a_thread_hears_of_the_cancellation_at_its_next_word(
    bus: Bus, ledger: Ledger, asking: Client, done: RawClient, entered: AsyncExitStack
) -> None:
    at_work = asyncio.Event()
    loop = asyncio.get_running_loop()
    ended: list[str] = []

    def tell(job: Job) -> None:
        loop.call_soon_threadsafe(at_work.set)
        try:
            while True:
                job.tell(0.5, "deeper")
        finally:
            ended.append(job.id)

    async def dig(job: Job) -> None:
        await asyncio.to_thread(tell, job)

    ledger.dig = dig
    await entered.enter_async_context(ledger.serving(bus))
    started = await asking.request(DIG, Digging())
    await at_work.wait()
    await asking.request(STOP, CancelRequest(id=started.id))
    assert (await done.next_json())["status"] == "cancelled"
    await until(lambda: ended == [started.id])


async def test_one_that_waits_is_cancelled_at_once(
    bus: Bus, ledger: Ledger, asking: Client, done: RawClient, gate: Gate, entered: AsyncExitStack
) -> None:
    await entered.enter_async_context(ledger.serving(bus))
    running = await asking.request(DIG, Digging(depth=3))
    waiting = await asking.request(DIG, Digging(depth=4), correlation_id="four")
    await gate.begun.wait()
    assert (await asking.request(STOP, CancelRequest(id=waiting.id))).state is CancelState.CANCELLED
    event = await done.next_json()
    assert (event["id"], event["status"], event["correlation_id"]) == (waiting.id, "cancelled", "four")
    assert (await asking.request(STOP, CancelRequest(id=waiting.id))).state is CancelState.ENDED
    gate.open.set()
    assert (await done.next_json())["id"] == running.id
    assert ledger.digs == [(running.id, 3)]


@pytest.mark.parametrize(("state", "left"), [("cancelling", "cancelled"), ("completed", "completed")])
async def test_one_that_was_cancelled_or_ended_while_it_was_looked_for_is_not_begun(
    ledger: Ledger, state: str, left: str
) -> None:
    await ledger.execute(JOB.format(state="accepted", attempts=0))
    runner = alone(ledger)
    seen = await runner._next()
    await ledger.execute(f"UPDATE jobs SET state = '{state}'")
    await runner._run(seen)
    assert ledger.digs == []
    if state == "cancelling":
        await runner._run(await runner._next())
    assert await job_row(ledger) == (left, 0)
    assert await runner._next() is None


async def test_a_cancellation_that_comes_when_the_work_is_done_still_counts(
    bus: Bus, ledger: Ledger, done: RawClient, entered: AsyncExitStack
) -> None:
    """As when the new leading instance is asked, while the work is being ended by the one before."""

    async def dig(_: Job) -> None:
        await ledger.execute("UPDATE jobs SET state = 'cancelling'")

    ledger.dig = dig
    await ledger.execute(JOB.format(state="accepted", attempts=0))
    await entered.enter_async_context(ledger.serving(bus))
    assert (await done.next_json())["status"] == "cancelled"
    assert await ledger.amounts() == []


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (Unavailable("the spade is away"), "the spade is away"),
        (ZeroDivisionError("secret"), "the worker failed on it; its log says why"),
    ],
)
async def test_what_fails_ends_with_its_reason(
    bus: Bus, ledger: Ledger, asking: Client, entered: AsyncExitStack, error: Exception, told: str
) -> None:
    async def dig(_: Job) -> None:
        raise error

    ledger.dig = dig
    await entered.enter_async_context(ledger.serving(bus))
    finished = await asking.run(DIG, Digging(), timeout=20)
    assert (finished.status, finished.errors) == (JobStatus.FAILED, [told])
    ledger.dig = None
    assert (await asking.run(DIG, Digging(depth=2), timeout=20)).status is JobStatus.COMPLETED
    assert await ledger.amounts() == [2]


async def test_leaving_in_order_is_no_beginning_without_an_end(
    bus: Bus, ledger: Ledger, asking: Client, done: RawClient, gate: Gate, entered: AsyncExitStack
) -> None:
    for _ in range(3):
        gate.begun.clear()
        async with ledger.serving(bus):
            if not ledger.digs:
                await asking.request(DIG, Digging(depth=3), correlation_id="one")
            await gate.begun.wait()
        assert await job_row(ledger) == ("accepted", 0)
    gate.open.set()
    await entered.enter_async_context(ledger.serving(bus))
    event = await done.next_json()
    assert (event["status"], event["correlation_ids"]) == ("completed", ["one"])
    assert await job_row(ledger) == ("completed", 1)
    assert await ledger.amounts() == [3]


async def test_what_another_process_has_begun_meanwhile_is_not_put_back(ledger: Ledger) -> None:
    await ledger.execute(JOB.format(state="accepted", attempts=0))
    runner = alone(ledger)
    seen = await runner._next()
    await ledger.execute("UPDATE jobs SET state = 'running', attempts = 2")
    await runner._put_back(seen)
    assert await job_row(ledger) == ("running", 2)


async def test_what_a_crash_left_running_is_run_again(
    bus: Bus, ledger: Ledger, done: RawClient, entered: AsyncExitStack
) -> None:
    await ledger.execute(JOB.format(state="running", attempts=1))
    await entered.enter_async_context(ledger.serving(bus))
    event = await done.next_json()
    assert (event["id"], event["status"], event["depth"]) == ("left", "completed", 5)
    assert event["correlation_ids"] == ["one", "two"]
    assert await job_row(ledger) == ("completed", 2)


async def test_what_was_begun_twice_is_a_dead_letter_and_has_failed(
    bus: Bus, ledger: Ledger, raw: RawClient, entered: AsyncExitStack
) -> None:
    await ledger.execute(JOB.format(state="running", attempts=2))
    for topic in (DONE, "homeiq/dead-letter/data"):
        await raw.subscribe(topic)
    await entered.enter_async_context(ledger.serving(bus))
    told = {packet.topic: json.loads(packet.payload) for packet in [await raw.next(), await raw.next()]}
    event, letter = told[DONE], told["homeiq/dead-letter/data"]
    assert (event["status"], event["correlation_ids"]) == ("failed", ["one", "two"])
    assert event["errors"] == ["data/dig was begun twice and came to no end"]
    assert (letter["topic"], letter["attempts"]) == ("homeiq/data/dig/request", 2)
    assert json.loads(letter["payload"]) == {"depth": 5}
    assert ledger.digs == []
    assert await job_row(ledger) == ("failed", 2)


async def test_one_that_another_process_has_ended_is_not_ended_again(
    bus: Bus, ledger: Ledger, asking: Client, done: RawClient, entered: AsyncExitStack
) -> None:
    async def dig(job: Job) -> None:
        await ledger.execute(f"UPDATE jobs SET state = 'completed' WHERE id = '{job.id}'")

    ledger.dig = dig
    await entered.enter_async_context(ledger.serving(bus))
    await asking.request(DIG, Digging(depth=3))
    await until(lambda: bool(ledger.digs))
    ledger.dig = None
    other = await asking.request(DIG, Digging(depth=4))
    assert (await done.next_json())["id"] == other.id
    assert await ledger.amounts() == [4], "what was done here is undone"


async def test_an_effect_does_not_wait_for_a_long_operation(
    bus: Bus, ledger: Ledger, asking: Client, gate: Gate, entered: AsyncExitStack
) -> None:
    serving = await entered.enter_async_context(ledger.serving(bus))
    digging = asyncio.create_task(asking.run(DIG, Digging(depth=3), timeout=20))
    await gate.begun.wait()
    assert (await asking.request(ADD, Adding(amount=1))).total == 1
    assert not digging.done()
    assert serving.report().running == 0
    gate.open.set()
    assert (await digging).status is JobStatus.COMPLETED


async def test_a_caller_who_waits_no_longer_does_not_end_it(
    bus: Bus, ledger: Ledger, asking: Client, done: RawClient, gate: Gate, entered: AsyncExitStack
) -> None:
    await entered.enter_async_context(ledger.serving(bus))
    with pytest.raises(DeadlineExceeded, match="it goes on"):
        await asking.run(DIG, Digging(depth=3), timeout=1)
    gate.open.set()
    assert (await done.next_json())["status"] == "completed"
    ledger.dig = None
    assert (await asking.run(DIG, Digging(depth=4), timeout=20)).status is JobStatus.COMPLETED, "it can ask again"
    with pytest.raises(TypeError, match="no long operation"):
        await asking.run(ADD, Adding(amount=1), timeout=1)  # type: ignore[arg-type]


async def test_an_end_that_is_told_before_the_reply_is_heard(bus: Bus, raw: RawClient, asking: Client) -> None:
    """Of all that is told, what has its id; a worker that is very quick, played by the test."""
    there = Presence(
        worker="data",
        instance="quick",
        status=PresenceStatus.ONLINE,
        version="0",
        operations=["data/dig"],
        started="",
        connected="",
        renewed="",
    )
    topic = PRESENCE.topic("homeiq", worker="data", instance="quick")
    await raw.publish(topic, there.model_dump_json(), retain=True)
    await raw.subscribe("homeiq/data/dig/request")
    digging = asyncio.create_task(asking.run(DIG, Digging(), timeout=20))
    request = await raw.next()
    for number in ("another", "mine"):
        dug = DUG.model(event_id=number, at="", id=number, status=JobStatus.COMPLETED, depth=7)
        await raw.publish(DONE, dug.model_dump_json())
    reply = {"correlation_id": "x", "status": "ok", "data": {"id": "mine", "state": "accepted"}}
    assert request.response_topic is not None
    await raw.publish(request.response_topic, json.dumps(reply), correlation_data=request.correlation_data)
    assert (await digging).event_id == "mine"


async def test_a_broker_that_crashes_ends_no_long_operation(
    bus: Bus, ledger: Ledger, asking: Client, gate: Gate, entered: AsyncExitStack
) -> None:
    serving = await entered.enter_async_context(ledger.serving(bus))
    started = await asking.request(DIG, Digging(depth=3), correlation_id="one")
    await gate.begun.wait()
    await bus.crash()
    await until(lambda: serving.leads and len(ledger.digs) == 2)
    gate.open.set()
    await until_rows(ledger, "jobs WHERE state = 'completed' AND attempts = 1", 1)
    assert [job for job, _ in ledger.digs] == [started.id, started.id]
    assert await ledger.amounts() == [3]
