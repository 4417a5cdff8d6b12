"""Live events over MQTT into the history: how many a second, and what the way costs while little happens."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from contracts.health import HealthRequest, health_of
from shared.broker.access import ADMIN, HOME_ASSISTANT
from shared.broker.process import own_broker
from shared.bus.client import Client
from shared.bus.connection import Connection
from shared.bus.mqtt import mqtt_connector
from shared.bus.packets import Publish
from tests.bench.processes import running, up
from tests.bench.report import Row
from tests.bench.usage import cpu, memory

_ENTITIES = 200
_AHEAD = 5_000
"""Events that are published before the first of them has to be in the history: the broker keeps 40,000."""
_LOOK = 0.05
_TRICKLE = 1.0
"""Events a second of a home where little happens."""


@dataclass(frozen=True, slots=True)
class IngestionFigures:
    """Events and seconds; CPU of the worker's process in percent of one core; memory in MB before and after."""

    events: int
    seconds: float
    rest_percent: float
    trickle_percent: float
    megabytes: tuple[float, float]


async def ingestion(folder: Path, *, events: int, idle: float, say: Callable[[str], None]) -> IngestionFigures:
    """A data worker of its own, on the broker of `homeiq up`: at rest, with an event a second, and flooded."""
    async with up(folder), running(folder, "worker", "data") as process:
        address, hass = own_broker(folder, ADMIN), own_broker(folder, HOME_ASSISTANT)
        assert address is not None
        assert hass is not None
        speaker = Connection(mqtt_connector(hass), "bench-homeassistant")
        async with Client(address) as client, speaker:
            source = _events()
            await _flood(speaker, client, source, _AHEAD)  # what is loaded once is loaded
            await asyncio.sleep(1)
            say("a data worker at rest")
            rest = await _share(process.pid, idle)
            trickle = asyncio.create_task(_trickle(speaker, source))
            slow = await _share(process.pid, idle)
            trickle.cancel()
            before = memory(process.pid)
            say(f"{events:,} events over MQTT")
            took = await _flood(speaker, client, source, events)
            return IngestionFigures(events, took, rest, slow, (before, memory(process.pid)))


async def _share(pid: int, seconds: float) -> float:
    before, began = cpu((pid,)), time.perf_counter()
    await asyncio.sleep(seconds)
    return 100 * (cpu((pid,)) - before) / (time.perf_counter() - began)


async def _trickle(speaker: Connection, source: Iterator[bytes]) -> None:
    while True:
        speaker.tell(Publish("hass/events", next(source), qos=0))
        await asyncio.sleep(_TRICKLE)


async def _flood(speaker: Connection, client: Client, source: Iterator[bytes], events: int) -> float:
    """Publish so many events, never too far ahead, until all are in the history. Gives the seconds."""
    first = await _kept(client)
    began, said, kept = time.perf_counter(), 0, 0
    while kept < events:
        while said < min(events, kept + _AHEAD):
            speaker.tell(Publish("hass/events", next(source), qos=0))
            said += 1
            if said % 100 == 0:
                await asyncio.sleep(0)
        await asyncio.sleep(_LOOK)
        kept = await _kept(client) - first
    return time.perf_counter() - began


async def _kept(client: Client) -> int:
    """Events that are in the history, as the worker that leads says."""
    found = 0
    for _ in range(2):  # two instances share the question
        report = await client.request(health_of("data"), HealthRequest(), timeout=20)
        found = max(found, report.checks["history"].figures.get("kept", 0))
    return found


def _events() -> Iterator[bytes]:
    """Changes of lamps as `mqtt_eventstream` writes them, each at a time of its own."""
    at, states = time.time() - 1_000_000, ("on", "off")
    number = 0
    while True:
        name = f"light.lamp_{number % _ENTITIES}"
        turn = number // _ENTITIES
        at += 0.01
        data = {
            "entity_id": name,
            "old_state": _state(name, states[turn % 2], at - 60),
            "new_state": _state(name, states[(turn + 1) % 2], at),
        }
        yield json.dumps({"event_type": "state_changed", "event_data": data}).encode()
        number += 1


def _state(name: str, state: str, at: float) -> dict[str, Any]:
    moment = datetime.fromtimestamp(at, UTC).isoformat()
    return {
        "entity_id": name,
        "state": state,
        "attributes": {"friendly_name": name, "supported_color_modes": ["brightness"], "brightness": 120},
        "last_changed": moment,
        "last_reported": moment,
        "last_updated": moment,
        "context": {"id": "01KAJ8Q0000000000000000001", "parent_id": None, "user_id": "a" * 32},
    }


def ingestion_rows(found: IngestionFigures) -> list[Row]:
    """The figures for the table."""
    section = f"{found.events:,} live events over MQTT"
    before, after = found.megabytes
    return [
        Row(section, "events per second, sustained", found.events / found.seconds, "/s"),
        Row(section, "CPU of a data worker at rest", found.rest_percent, "%", 1.0),
        Row(section, "the same, with an event a second", found.trickle_percent, "%"),
        Row(section, "memory of the data worker before", before, "MB"),
        Row(section, "memory of the data worker after", after, "MB"),
    ]
