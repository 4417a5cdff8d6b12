"""Workers and broker killed -9 under load: every caller gets a reply or a typed error in time, and nothing hangs."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import time
from contextlib import AsyncExitStack
from pathlib import Path

from contracts import query
from contracts.health import HealthRequest, PresenceStatus, health_of
from contracts.query import QueryRequest, QueryResponse
from shared.broker.access import ADMIN, Naming
from shared.broker.process import MosquittoProcess
from shared.bus.client import Client
from shared.errors import RequestError
from tests.conftest import until
from tests.system.conftest import Installation, Up

SEED = int(os.environ.get("HOMEIQ_TEST_SEED", "20261121"))
KILLS = int(os.environ.get("HOMEIQ_TEST_KILLS", "30"))
TIMEOUT = 3.0
SLACK = 1.0
"""Seconds by which a busy machine may be late with the word that the time is over."""


class Load:
    """Callers that ask without a pause, and what became of each call."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.answered = self.asked = 0
        self.errors: dict[str, int] = {}
        self.foreign: list[BaseException] = []
        self.longest = 0.0

    async def ask_for_ever(self) -> None:
        while True:
            self.asked += 1
            question = f"is a window open? {self.asked}"
            began = time.monotonic()
            try:
                reply = await self.client.request(query.ASK, QueryRequest(query=question), timeout=TIMEOUT)
                assert isinstance(reply, QueryResponse)
                self.answered += 1
            except RequestError as error:
                name = type(error).__name__
                self.errors[name] = self.errors.get(name, 0) + 1
                await asyncio.sleep(0.02)
            except Exception as error:  # noqa: BLE001 - whatever is not typed is what this test looks for
                self.foreign.append(error)
            self.longest = max(self.longest, time.monotonic() - began)


class Fleet:
    """Two query workers, each started again when it was killed."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self.workers: list[Up] = []

    async def start(self) -> None:
        self.workers = list(await asyncio.gather(self._one(), self._one()))

    async def _one(self) -> Up:
        up = Up(await self._installation.start("worker", "query", "--json"))
        await up.ready()
        return up

    async def kill(self, number: int) -> None:
        victim = self.workers[number]
        victim.process.kill()
        await victim.end()
        self.workers[number] = await self._one()

    async def end(self) -> list[int]:
        return list(await asyncio.gather(*(worker.end() for worker in self.workers)))


async def test_kill_9_of_workers_and_broker_at_random_points(
    installation: Installation, entered: AsyncExitStack, tmp_path: Path
) -> None:
    chance = random.Random(SEED)
    broker = await entered.enter_async_context(MosquittoProcess(installation.data, Naming()))
    fleet = Fleet(installation)
    await fleet.start()
    try:
        client = await entered.enter_async_context(Client(broker.address(ADMIN)))
        load = Load(client)
        callers = [asyncio.create_task(load.ask_for_ever()) for _ in range(8)]
        for _ in range(KILLS):
            await asyncio.sleep(chance.uniform(0.02, 0.4))
            if chance.random() < 0.4:
                restarts = broker.restarts
                broker.kill()
                await until(lambda restarts=restarts: broker.restarts > restarts)  # type: ignore[misc]
            else:
                await fleet.kill(chance.randrange(2))
        before = load.answered
        await until(lambda: load.answered > before + 50, 20)
        for caller in callers:
            caller.cancel()
        await asyncio.gather(*callers, return_exceptions=True)
        print(f"\n{load.asked} asked, {load.answered} answered, {load.errors}, longest {load.longest:.2f} s")
        assert load.foreign == []
        assert load.answered > load.asked * 0.5
        assert load.longest < TIMEOUT + SLACK
        online = [each for each in await client.workers() if each.status is PresenceStatus.ONLINE]
        assert len(online) == 2, "presence knows the two that live, and none of the dead"
        report = await client.request(health_of("query"), HealthRequest())
        assert report.running <= 8
    finally:
        assert await fleet.end() == [0, 0]


async def test_killing_one_of_two_instances_costs_a_retrying_caller_nothing_but_time(
    installation: Installation, entered: AsyncExitStack
) -> None:
    broker = await entered.enter_async_context(MosquittoProcess(installation.data, Naming()))
    fleet = Fleet(installation)
    await fleet.start()
    try:
        client = await entered.enter_async_context(Client(broker.address(ADMIN)))
        answers = 0

        async def ask(number: int) -> None:
            nonlocal answers
            await client.request(query.ASK, QueryRequest(query=f"is a window open? {number}"), timeout=10)
            answers += 1

        asking = [asyncio.create_task(ask(number)) for number in range(60)]
        fleet.workers[0].process.kill()
        await asyncio.gather(*asking)
        assert answers == 60
        dead_is_known = asyncio.get_running_loop().time() + 5
        while sum(each.status is PresenceStatus.ONLINE for each in await client.workers()) != 1:
            assert asyncio.get_running_loop().time() < dead_is_known
            await asyncio.sleep(0.02)
    finally:
        with contextlib.suppress(ProcessLookupError):
            await fleet.end()
