"""Kill -9 of workers and broker at random points, under effects and their duplicates: nothing lost, nothing twice."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import signal
import sqlite3
import time
from collections import Counter
from contextlib import AsyncExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from contracts import analysis
from shared.broker.access import ADMIN, Naming
from shared.broker.process import MosquittoProcess
from shared.bus.client import Client
from shared.bus.mqtt import mqtt_connector
from shared.errors import RequestError
from shared.migrations import migrate
from tests.conftest import RawClient, until
from tests.system.conftest import HOMEIQ, Installation

SEED = int(os.environ.get("HOMEIQ_TEST_SEED", "20261121"))
KILLS = int(os.environ.get("HOMEIQ_TEST_KILLS", "50"))
TIMEOUT = 6.0
SLACK = 1.5
PATTERN = """
    INSERT INTO patterns VALUES ('p', 'trigger', '["a.a", "b.b"]', 0.9, 12, '2026-01-01', '2026-02-01', '{}', 0.5,
                                 NULL, 'new', '2026-03-01', '2026-03-01', NULL)
"""


class Load:
    """Callers that ask for effects without a pause, each twice under one id, and what they were told."""

    def __init__(self, clients: list[Client]) -> None:
        self.clients = clients
        self.asked = 0
        self.told: dict[tuple[int, str], set[bytes]] = {}
        self.errors: Counter[str] = Counter()
        self.late: list[str] = []
        self.foreign: list[BaseException] = []
        self.longest = 0.0

    async def call(self, caller: int, operation: Any, payload: dict[str, Any], name: str) -> None:
        began = time.monotonic()
        self.asked += 1
        try:
            reply = await self.clients[caller].exchange(
                operation, json.dumps(payload).encode(), timeout=TIMEOUT, correlation_id=name
            )
        except RequestError as error:
            self.errors[type(error).__name__] += 1
            self.late.append(f"{name} at {datetime.now(UTC):%H:%M:%S.%f}: {error}")
            await asyncio.sleep(0.02)
        except Exception as error:  # noqa: BLE001 - whatever is not typed is what this test looks for
            self.foreign.append(error)
        else:
            document = json.loads(reply)
            if document["status"] == "ok":
                self.told.setdefault((caller, name), set()).add(reply)
            else:
                self.errors[document["error"]["code"]] += 1
        self.longest = max(self.longest, time.monotonic() - began)

    async def judge_for_ever(self, number: int) -> None:
        """Feedback on a pattern; the same ids from two callers, which are two effects."""
        count = 0
        while True:
            count += 1
            name = f"{number}-{count}"
            payload = {"pattern_id": "p", "verdict": "modify", "reason": name}
            for caller in range(len(self.clients)):
                first = self.call(caller, analysis.FEEDBACK, payload, name)
                await asyncio.gather(first, self.call(caller, analysis.FEEDBACK, payload, name))

    async def analyse_for_ever(self) -> None:
        count = 0
        while True:
            count += 1
            await self.call(0, analysis.RUN, {"days": 1 + count % 3650}, f"run-{count}")


class Fleet:
    """Two pattern workers, each started again at once when it was killed, whether it was ready or not."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self.workers: list[asyncio.subprocess.Process] = []

    async def start(self) -> None:
        self.workers = [await self._one(), await self._one()]

    async def _one(self) -> asyncio.subprocess.Process:
        environment = self._installation.environment
        with (self._installation.data.parent / "workers.log").open("ab") as log:
            return await asyncio.create_subprocess_exec(
                HOMEIQ, "worker", "pattern", env=environment, cwd=self._installation.data.parent, stdout=log, stderr=log
            )

    async def kill(self, number: int) -> None:
        self.workers[number].kill()
        await self.workers[number].wait()
        self.workers[number] = await self._one()

    async def end(self) -> None:
        for process in self.workers:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
        await asyncio.gather(*(process.wait() for process in self.workers))


def rows(file: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(query).fetchall()


async def test_no_effect_is_lost_and_none_done_twice(installation: Installation, entered: AsyncExitStack) -> None:
    chance = random.Random(SEED)
    database = installation.data / "homeiq.db"
    await asyncio.to_thread(migrate, str(database))
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute(PATTERN)
    broker = await entered.enter_async_context(MosquittoProcess(installation.data, Naming()))
    watching = RawClient(mqtt_connector(broker.address(ADMIN)))
    await watching.subscribe("homeiq/analysis/done")
    await entered.enter_async_context(watching.connection)
    fleet = Fleet(installation)
    await fleet.start()
    clients = [await entered.enter_async_context(Client(broker.address(ADMIN))) for _ in range(2)]
    load = Load(clients)
    try:
        async with asyncio.timeout(30):
            while len(await clients[0].workers()) < 2:
                await asyncio.sleep(0.05)
        callers = [asyncio.create_task(load.judge_for_ever(number)) for number in range(30)]
        callers.append(asyncio.create_task(load.analyse_for_ever()))
        for _ in range(KILLS):
            await asyncio.sleep(chance.uniform(0.02, 1.4))
            if chance.random() < 0.3:
                restarts = broker.restarts
                broker.kill()
                await until(lambda restarts=restarts: broker.restarts > restarts)  # type: ignore[misc]
            else:
                await fleet.kill(chance.randrange(2))
        before = len(load.told)
        await until(lambda: len(load.told) > before + 20, 30)
        for caller in callers:
            caller.cancel()
        await asyncio.gather(*callers, return_exceptions=True)
        await _settled(database)
        await asyncio.sleep(0.5)
        _judge(database, load, watching)
    finally:
        await fleet.end()


async def _settled(database: Path) -> None:
    """What was accepted is done: also what nobody waits for any more."""
    async with asyncio.timeout(30):
        while rows(database, "SELECT 1 FROM inbox WHERE state = 'accepted'") or rows(
            database,
            "SELECT 1 FROM jobs WHERE state IN ('accepted', 'running') UNION SELECT 1 FROM events WHERE NOT published",
        ):
            await asyncio.sleep(0.1)


def _judge(database: Path, load: Load, watching: RawClient) -> None:
    feedback = Counter(reason for (reason,) in rows(database, "SELECT reason FROM pattern_feedback"))
    inbox = rows(database, "SELECT operation, correlation_id, caller, state, reply FROM inbox")
    done = Counter(
        name for operation, name, _, state, _ in inbox if state == "done" and operation == "patterns/feedback"
    )
    dead = sum(state == "dead" for _, _, _, state, _ in inbox)
    runs = rows(database, "SELECT id, state, attempts FROM jobs")
    facts = [json.loads(text) for (text,) in rows(database, "SELECT payload FROM events WHERE name = 'analysis/done'")]
    heard: dict[str, set[str]] = {}
    while not watching.received.empty():
        fact = json.loads(watching.received.get_nowait().payload)
        heard.setdefault(fact["id"], set()).add(fact["event_id"])
    print(
        f"\nseed {SEED}, {KILLS} kills: {load.asked} calls asked, {len(load.told)} ids answered, "
        f"{dict(load.errors)}, longest {load.longest:.2f} s; {sum(feedback.values())} feedback rows, "
        f"{len(runs)} analyses, {len(heard)} ends heard, {dead} given up"
    )
    print("\n".join(load.late[-5:]))
    assert load.foreign == []
    assert load.longest < TIMEOUT + SLACK
    assert all(len(replies) == 1 for replies in load.told.values()), "one id, one reply"
    assert feedback == done, "each effect that has ended was done once, and no other"
    stored = {(caller, name): reply for _, name, caller, _, reply in inbox}
    topics = [client._reply_topic for client in load.clients]
    for (caller, name), replies in load.told.items():
        assert stored[topics[caller], name] in replies, "what was told is what is stored"
    assert Counter(fact["id"] for fact in facts) == Counter(job for job, *_ in runs), "one end for each analysis"
    assert all(len(ids) == 1 for ids in heard.values()), "a fact told again has the same event id"
    assert {fact["id"]: {fact["event_id"]} for fact in facts}.items() >= heard.items()
    assert len(load.told) > 50, "enough for the kills to have met something"
