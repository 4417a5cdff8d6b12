"""What the bus promises of several instances of one worker: one of them leads, and what it does is done once."""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections import Counter
from contextlib import AsyncExitStack
from typing import Any

import pytest

from shared.bus.client import Client
from shared.bus.memory import MemoryTransport
from shared.bus.serving import Serving
from shared.bus.transport import OnMessage, Transport, Will
from shared.database_pool import writing
from shared.errors import BrokerError
from tests.conftest import Bus, RawClient, until
from tests.worker.conftest import ADD, Adding, Ledger
from tests.worker.test_effects import until_rows

SEED = int(os.environ.get("HOMEIQ_TEST_SEED", "20261121"))
LEASE = "homeiq-data"


class Cable:
    """How one instance reaches the broker: it can be cut, and mended."""

    def __init__(self, bus: Bus) -> None:
        self._connector = bus.connector()
        self._transports: dict[str, Transport] = {}
        self.whole = True

    def __call__(self, client_id: str, will: Will | None, session: int = 0) -> Transport:
        transport = self._transports[client_id] = self._connector(client_id, will, session)
        connect = transport.connect

        async def plugged(on_message: OnMessage) -> None:
            if not self.whole:
                raise BrokerError("the cable is cut")
            await connect(on_message)

        transport.connect = plugged  # type: ignore[method-assign]
        return transport

    def cut(self) -> None:
        """No connection is left, and none comes about."""
        self.whole = False
        for transport in self._transports.values():
            sever(transport)

    def cut_lease(self) -> None:
        """The connection that holds the lease ends, and may come back."""
        sever(self._transports[LEASE])


def sever(transport: Any) -> None:
    """As when a process dies: the broker hears no word of farewell."""
    if isinstance(transport, MemoryTransport):
        transport.drop()
    elif transport._wire is not None and (socket := transport._wire.socket()) is not None:
        socket.shutdown(2)


class Instance:
    """One of several, with a cable of its own."""

    def __init__(self, bus: Bus, ledger: Ledger, **kind: bool) -> None:
        self.cable = Cable(bus)
        self.serving = Serving(ledger.worker(**kind), self.cable, {}, engine=ledger.engine)

    @property
    def leads(self) -> bool:
        return self.serving.leads

    @property
    def done(self) -> int:
        """How many effects it has answered."""
        return self.serving.report().requests[ADD.name].answered


async def instances(bus: Bus, ledger: Ledger, entered: AsyncExitStack, count: int, **kind: bool) -> list[Instance]:
    """One after the other, as they are started."""
    some = [Instance(bus, ledger, **kind) for _ in range(count)]
    for each in some:
        await entered.enter_async_context(each.serving)
    await until(lambda: [each.leads for each in some] == [False] * (count - 1) + [True])
    return some


def leading(some: list[Instance]) -> list[Instance]:
    return [each for each in some if each.leads]


async def test_of_three_one_leads_and_another_when_it_dies(
    bus: Bus, ledger: Ledger, asking: Client, entered: AsyncExitStack
) -> None:
    some = await instances(bus, ledger, entered, 3)
    took = []
    for number in range(1, 3):
        (leader,) = leading(some)
        leader.cable.cut()
        began = time.monotonic()
        others = [each for each in some if each.cable.whole]
        await until(lambda others=others: len(leading(others)) == 1)  # type: ignore[misc]
        took.append(time.monotonic() - began)
        assert (await asking.request(ADD, Adding(amount=1), timeout=20)).total == number
        await until(lambda: len(leading(some)) == 1)
    print(f"{type(bus).__name__}: another led after {', '.join(f'{each:.2f}' for each in took)} s")
    for each in some:
        each.cable.whole = True
    await until(lambda: all(each.serving.connection.up for each in some))
    assert len(leading(some)) == 1
    assert await ledger.amounts() == [1, 1]


async def test_a_lease_that_is_lost_is_taken_again(
    bus: Bus, ledger: Ledger, asking: Client, entered: AsyncExitStack
) -> None:
    some = await instances(bus, ledger, entered, 2)
    for number in range(1, 5):
        (leader,) = leading(some)
        leader.cable.cut_lease()
        assert (await asking.request(ADD, Adding(amount=1), timeout=20)).total == number
        await until(lambda: len(leading(some)) == 1)


async def test_a_broker_that_crashes_leaves_one_that_leads(
    bus: Bus, ledger: Ledger, asking: Client, entered: AsyncExitStack
) -> None:
    some = await instances(bus, ledger, entered, 3)
    await bus.crash()
    await until(lambda: all(each.serving.connection.reconnects > 0 for each in some))
    assert (await asking.request(ADD, Adding(amount=1), timeout=20)).total == 1
    await until(lambda: all(each.serving.connection.up for each in some) and len(leading(some)) == 1)
    for number in range(2, 5):
        assert (await asking.request(ADD, Adding(amount=1), timeout=20)).total == number
    assert len(leading(some)) == 1
    assert await ledger.amounts() == [1] * 4


async def test_who_loses_the_lease_does_nothing_of_what_it_had_queued(
    bus: Bus, ledger: Ledger, asking: Client, raw: RawClient, entered: AsyncExitStack
) -> None:
    first = Instance(bus, ledger)
    await entered.enter_async_context(first.serving)
    async with writing(ledger.engine):  # nobody can write meanwhile
        calls = [asyncio.create_task(asking.request(ADD, Adding(amount=n), timeout=20)) for n in range(20)]
        await until(lambda: first.serving.report().running == 20)
        second = Instance(bus, ledger)
        await entered.enter_async_context(second.serving)
        await until(lambda: second.leads and not first.leads)
        await until(lambda: first.serving.report().running == 0)
    await asyncio.gather(*calls)
    assert sorted(await ledger.amounts()) == list(range(20))
    assert (first.done, second.done) == (0, 20)


async def test_what_was_begun_and_not_ended_by_who_loses_the_lease_is_done_by_the_next(
    bus: Bus, ledger: Ledger, asking: Client, entered: AsyncExitStack
) -> None:
    gate = asyncio.Event()

    async def wait(_: Adding) -> None:
        await gate.wait()

    ledger.before = wait
    first, second = (Instance(bus, ledger, prepared=True) for _ in range(2))
    await entered.enter_async_context(first.serving)
    calls = [asyncio.create_task(asking.request(ADD, Adding(amount=n), timeout=20)) for n in range(5)]
    await until_rows(ledger, "inbox WHERE attempts = 1", 5)
    await entered.enter_async_context(second.serving)
    await until(lambda: second.leads and first.serving.report().running == 0)
    gate.set()
    await asyncio.gather(*calls)
    assert sorted(await ledger.amounts()) == list(range(5))
    assert (first.done, second.done) == (0, 5)


@pytest.mark.parametrize("consumes", [False, True])
async def test_no_effect_is_done_twice_while_leadership_goes_to_and_fro(
    bus: Bus, ledger: Ledger, asking: Client, entered: AsyncExitStack, consumes: bool
) -> None:
    chance = random.Random(SEED)
    some = await instances(bus, ledger, entered, 2, consumes=consumes)
    asked: list[int] = []
    flips = 0

    async def ask() -> None:
        while flips < 10:
            asked.append(len(asked))
            await asking.request(ADD, Adding(amount=asked[-1]), timeout=30)

    callers = [asyncio.create_task(ask()) for _ in range(8)]
    for _ in range(10):
        await asyncio.sleep(chance.uniform(0.02, 0.2))
        await until(lambda: len(leading(some)) == 1)
        (leader,) = leading(some)
        leader.cable.cut_lease()
        flips += 1
    await asyncio.gather(*callers)
    done = Counter(await ledger.amounts())
    assert sorted(done) == list(range(len(asked)))
    assert set(done.values()) == {1}
    assert not await ledger.rows("dead_letters")
    if consumes:
        changed = "events WHERE name = 'home/changed'"
        await until_rows(ledger, f"cursors WHERE seq >= (SELECT max(seq) FROM {changed})", 1)
        assert len(ledger.heard) == len(set(ledger.heard))
