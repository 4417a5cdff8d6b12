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
KILLS = {200: "worker", 400: "broker", 800: "worker", 1_200: "worker"}
"""After how many changes whom."""
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

    async def leave(self) -> None:
        """End the worker, whatever became of the test."""
        if self.worker is not None and self.worker.process.returncode is None:
            await self.kill()

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
    memory = Memory(house, hass, devices, broker, Installation(data))
    entered.push_async_callback(memory.leave)
    return memory


class Life:
    """What happens in the home: devices change, people switch by Home Assistant's interface, an automation follows."""

    def __init__(self, memory: Memory, devices: list[str]) -> None:
        self._memory, self._devices = memory, devices
        self._chance = random.Random(SEED)
        self._states: Counter[str] = Counter()
        self._running: list[asyncio.Task[Any]] = []

    @property
    def automation(self) -> dict[str, Any]:
        return {
            "triggers": [{"trigger": "state", "entity_id": self._devices[0], "to": "on"}],
            "actions": [{"action": "input_boolean.toggle", "target": {"entity_id": "input_boolean.guest_mode"}}],
            "mode": "queued",
            "max": 100,
        }

    async def go_on(self) -> None:
        began = asyncio.get_running_loop().time()
        for number in range(CHANGES):
            await asyncio.sleep(max(0.0, began + number * PAUSE - asyncio.get_running_loop().time()))
            await self._kill(KILLS.get(number))
            await self._change(number)
        await self._settle()

    async def _settle(self) -> None:
        await asyncio.gather(*self._running)
        self._running.clear()

    async def _kill(self, whom: str | None) -> None:
        if whom is None:
            return
        await self._settle()
        if whom == "worker":
            await self._memory.kill()
            self._running.append(asyncio.create_task(self._memory.start()))
        else:  # with both away, the recorder alone knows, and not the contexts
            await self._memory.follows()
            self._memory.broker.kill()

    async def _change(self, number: int) -> None:
        by_device = number % 2  # which needs the broker
        often = self._devices[0] if number % 51 == 0 else self._chance.choice(self._devices)
        entity_id = often if by_device else f"switch.of_a_test_{number // 2 % 20}"
        self._states[entity_id] = not self._states[entity_id]
        state = "on" if self._states[entity_id] else "off"
        if by_device:
            await self._memory.become(entity_id, state)
        else:
            self._running.append(asyncio.create_task(self._memory.hass.post(f"states/{entity_id}", state=state)))


async def test_a_thousand_changes_are_remembered_once_through_kills(memory: Memory) -> None:
    await memory.start()
    states = await memory.hass.get("states")
    switched = [each["entity_id"] for each in states if each["state"] in ("on", "off")]
    life = Life(memory, [each for each in switched if each.startswith(("binary_sensor.", "light.", "switch."))])
    async with memory.hass.automation("follows", life.automation):
        await life.go_on()
        await asyncio.sleep(COMMITTED)
    true = {each[:3]: each for each in memory.recorded()}
    assert len(true) >= 1_000

    async def complete() -> bool:
        return true.keys() <= {each[:3] for each in await asyncio.to_thread(memory.remembered)}

    with contextlib.suppress(TimeoutError):
        await eventually(complete, 40)
    remembered = memory.remembered()
    assert sorted(each[:3] for each in remembered) == sorted(true), "all of them, once, and nothing else"
    wrong = [(true[each[:3]], each) for each in remembered if true[each[:3]][3:5] != each[3:5]]
    assert wrong == [], "the contexts"
    imported = await memory.installation.json("import", "recorder", str(memory.database))
    by_people, by_automation = (sum(bool(each[place]) for each in remembered) for place in (3, 4))
    print(
        f"\n{len(remembered)} changes, {by_people} by people, {by_automation} by the automation; {imported['counts']}"
    )
    assert imported["counts"]["imported"] == 0, "what came live is what was recorded"
    assert sorted(each[:3] for each in memory.remembered()) == sorted(true)
    assert memory.worker is not None
    assert await memory.worker.end() == 0
