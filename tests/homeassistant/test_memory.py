"""The memory of a real home: every change of state is in the history once, whatever is killed meanwhile.

What is true is told by Home Assistant's own recorder, read here by a few lines of SQL.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import sqlite3
from collections import Counter
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from shared.broker.access import HOME_ASSISTANT, Naming
from shared.broker.process import BrokerFiles, MosquittoProcess
from shared.history import Event
from shared.history.sqlite import SqliteHistory
from tests.conftest import RawClient, until
from tests.homeassistant.hass import Hass, eventually
from tests.homeassistant.house import SIMULATED, House, real_house
from tests.system.conftest import Installation, Up
from workers.data.discovery import own_entities

CHANGES = 1_400
"""More than a thousand: what a device says while Home Assistant is off the broker is no change there."""
PAUSE = 0.02
"""Seconds between two changes: fifty a second."""
SEED = 20261121
COMMITTED = 7.0
"""Seconds after which Home Assistant's recorder has written what happened."""


def ulid(digits: str) -> str | None:
    """A context id as Home Assistant writes it, from the hexadecimal digits of what its recorder keeps."""
    number = int(digits, 16) if digits else 0
    return (
        "".join("0123456789ABCDEFGHJKMNPQRSTVWXYZ"[number >> shift & 31] for shift in range(125, -1, -5))
        if digits
        else None
    )


@dataclass
class Memory:
    """A home of the test's own, and HomeIQ's data worker that remembers it."""

    house: House
    hass: Hass
    devices: RawClient
    broker: MosquittoProcess
    installation: Installation
    worker: Up | None = None
    log: list[str] = field(default_factory=list)

    async def start(self) -> None:
        environment = {"HA_URL": self.house.url, "HA_TOKEN": self.house.token}
        self.worker = Up(await self.installation.start("worker", "data", "--json", **environment))
        await self.worker.ready()

    async def follows(self) -> None:
        """Wait until the worker is connected to Home Assistant."""
        assert self.worker is not None
        worker = self.worker
        await until(lambda: '"event": "connected to Home Assistant"' in worker.log, 20)

    async def kill(self) -> None:
        assert self.worker is not None
        self.worker.process.kill()
        await self.worker.end()
        self.log.append(self.worker.log)

    async def become(self, entity_id: str, state: str) -> None:
        """A simulated device changes, whenever its broker is there to be told."""
        while True:
            with contextlib.suppress(Exception):
                await self.devices.publish(f"simhome/{entity_id}/becomes", state)
                return
            await asyncio.sleep(0.05)

    @property
    def database(self) -> Path:
        """The recorder's."""
        assert self.house.log is not None
        return self.house.log.parent / "home-assistant_v2.db"

    def recorded(self) -> list[Event]:
        """What Home Assistant's own recorder has: real changes to states that say something."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as connection:
            rows = connection.execute(
                "SELECT last_updated_ts, states_meta.entity_id, state,"
                " hex(context_user_id_bin), hex(context_parent_id_bin) FROM states JOIN states_meta USING (metadata_id)"
                " WHERE last_changed_ts IS NULL AND state NOT IN ('unknown', 'unavailable', '') ORDER BY state_id"
            ).fetchall()
        last: dict[str, str] = {}
        events = []
        for at, entity_id, state, user, parent in rows:
            if last.get(entity_id) != state and entity_id not in own_entities("homeiq"):
                last[entity_id] = state
                events.append(Event(round(at, 6), entity_id, state, user.lower() or None, ulid(parent)))
        return events

    def remembered(self) -> list[Event]:
        with SqliteHistory(self.installation.data / "history.db") as history:
            return [*history.read().events()]


@pytest.fixture
async def memory(real_ha: Path, tmp_path: Path, entered: AsyncExitStack) -> Memory:
    data = tmp_path / "data"
    folder = BrokerFiles(data).folder
    folder.mkdir(parents=True)
    (folder / "acl.local").write_text(SIMULATED)
    broker = await entered.enter_async_context(MosquittoProcess(data, Naming()))
    address = broker.address(HOME_ASSISTANT)
    # Starting Home Assistant blocks, and the broker is watched by this loop.
    starting = real_house(real_ha, address, broker.passwords, {"HOMEIQ_DATA": str(data), "MQTT_URL": ""})
    house = await asyncio.to_thread(starting.__enter__)
    entered.push_async_callback(asyncio.to_thread, starting.__exit__, None, None, None)
    hass = await entered.enter_async_context(house.hass())
    devices = await entered.enter_async_context(house.client(HOME_ASSISTANT))
    return Memory(house, hass, devices, broker, Installation(data))


async def test_a_thousand_changes_are_remembered_once_through_kills(memory: Memory, entered: AsyncExitStack) -> None:
    await memory.start()
    chance = random.Random(SEED)
    devices = [
        each["entity_id"]
        for each in await memory.hass.get("states")
        if each["entity_id"].partition(".")[0] in ("binary_sensor", "light", "switch")
        and each["state"] in ("on", "off")
    ]
    states: Counter[str] = Counter()
    automation = {
        "triggers": [{"trigger": "state", "entity_id": devices[0], "to": "on"}],
        "actions": [{"action": "input_boolean.toggle", "target": {"entity_id": "input_boolean.guest_mode"}}],
        "mode": "queued",
        "max": 100,
    }
    kills = {200: "worker", 400: "broker", 800: "worker", 1_200: "worker"}
    background: list[asyncio.Task[Any]] = []
    async with memory.hass.automation("follows", automation):
        began = asyncio.get_running_loop().time()
        for number in range(CHANGES):
            await asyncio.sleep(max(0.0, began + number * PAUSE - asyncio.get_running_loop().time()))
            if kills.get(number) == "worker":
                await asyncio.gather(*background)
                await memory.kill()
                background = [asyncio.create_task(memory.start())]
            elif kills.get(number) == "broker":
                await asyncio.gather(*background)  # with both away, the recorder alone knows, and not the contexts
                await memory.follows()
                memory.broker.kill()
            if number % 2:  # said by the device, which needs the broker
                entity_id = devices[0] if number % 51 == 0 else chance.choice(devices)
                states[entity_id] = not states[entity_id]
                await memory.become(entity_id, "on" if states[entity_id] else "off")
            else:  # said by a person, by Home Assistant's interface
                entity_id = f"switch.of_a_test_{number // 2 % 20}"
                states[entity_id] = not states[entity_id]
                state = "on" if states[entity_id] else "off"
                background.append(asyncio.create_task(memory.hass.post(f"states/{entity_id}", state=state)))
        await asyncio.gather(*background)
        await asyncio.sleep(COMMITTED)
    true = memory.recorded()
    print(f"\n{len(true)} changes in the recorder")
    assert len(true) >= 1_000

    def lost() -> list[Event]:
        there = {each[:3] for each in memory.remembered()}
        return [each for each in true if each[:3] not in there]

    async def complete() -> bool:
        return not await asyncio.to_thread(lost)

    with contextlib.suppress(TimeoutError):
        await eventually(complete, 40)
    assert lost() == []
    assert {each[:3] for each in memory.remembered()} == {each[:3] for each in true}
    remembered = memory.remembered()
    assert len({each[:3] for each in remembered}) == len(remembered)
    print(f"{len(remembered)} events remembered, {Counter(bool(each.context_user_id) for each in true)}")
    contexts = {each[:3]: each for each in remembered}
    wrong = [
        (each, contexts[each[:3]])
        for each in true
        if (each.context_user_id, each.context_parent_id)
        != (contexts[each[:3]].context_user_id, contexts[each[:3]].context_parent_id)
    ]
    print(f"{sum(bool(each.context_parent_id) for each in true)} by an automation; {len(wrong)} wrong contexts")
    assert wrong == []
    imported = await memory.installation.json("import", "recorder", str(memory.database))
    print(f"the recorder's database: {imported['counts']}")
    assert [each[:3] for each in memory.remembered() if each[:3] not in contexts] == []
    assert imported["counts"]["imported"] == 0, "what came live is what was recorded"
    assert memory.worker is not None
    assert await memory.worker.end() == 0
