"""A past that is broken, hostile, or too much: what comes by MQTT, and files that people import."""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import sqlite3
import threading
import time
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from contracts import home, past
from contracts.health import Check, HealthReport, HealthRequest, HealthStatus, health_of
from contracts.home import EntitiesRequest, ImportRequest, ImportSource
from contracts.past import EventsRequest
from shared.broker.access import ADMIN, Naming
from shared.broker.process import MosquittoProcess, own_broker
from shared.bus.client import Client
from shared.bus.mqtt import mqtt_connector
from shared.bus.packets import Publish
from shared.history import Event
from shared.history.sqlite import SqliteHistory
from shared.home import EntityState, Home, StateChange
from shared.settings import load_settings
from tests.conftest import MosquittoBus, RawClient, until
from tests.system.conftest import Installation, Up
from tests.system.test_importing import RECORDER
from tests.system.test_storage_failures import fill, small_disk
from workers import bootstrap
from workers.data.filters import Excluded
from workers.data.imports import ImportFolder
from workers.data.ingestion import Ingestion
from workers.data.retention import Retention

__all__ = ["small_disk"]
RETAINED = int(os.environ.get("HOMEIQ_TEST_RETAINED", "2000"))


def iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()


def changed(entity_id: str, state: Any, at: float, **attributes: Any) -> bytes:
    moment = iso(at)
    new = {"state": state, "attributes": attributes, "last_changed": moment, "last_updated": moment}
    data = {"entity_id": entity_id, "old_state": None, "new_state": new}
    return json.dumps({"event_type": "state_changed", "event_data": data}).encode()


async def memory(admin: Client) -> Check:
    """What health says of the history."""
    report = await admin.request(health_of("data"), HealthRequest())
    assert isinstance(report, HealthReport)
    return report.checks["history"]


# -- the worker, in this process, on a Mosquitto of its own ------------------------------------------------------------


@dataclass
class Living:
    """The data worker, and Home Assistant beside it."""

    history: Path
    home: Home
    hass: RawClient
    admin: Client

    async def say(self, *payloads: bytes) -> None:
        await asyncio.gather(*(self.hass.publish("hass/events", each) for each in payloads))

    async def figures(self, patience: float = 20, **expected: Any) -> dict[str, Any]:
        """What health counts, when it has come to that."""
        async with asyncio.timeout(patience):
            while True:
                found = (await memory(self.admin)).figures
                if expected.items() <= found.items():
                    return found
                await asyncio.sleep(0.05)

    def kept(self) -> list[tuple[str, str]]:
        with SqliteHistory(self.history) as history:
            return [(each.entity_id, each.state) for each in history.read().events()]


@pytest.fixture
async def living(mosquitto: MosquittoBus, tmp_path: Path, entered: AsyncExitStack) -> Living:
    settings = load_settings(env_file=None, homeiq_data=tmp_path / "data")
    running = await entered.enter_async_context(bootstrap.serving(["data"], settings, mosquitto.process.address))
    hass = RawClient(mosquitto.connector("homeassistant"))
    await entered.enter_async_context(hass.connection)
    admin = await entered.enter_async_context(Client(mosquitto.process.address(ADMIN)))
    return Living(tmp_path / "data" / "history.db", running.home, hass, admin)


HOSTILE = [
    b"",
    b"\0state_changed",
    b"[" * 100_000 + b"state_changed",
    b'{"event_type": "state_changed", "event_data": ' + b"[" * 50_000,
    b'{"event_type": "state_changed", "event_data": {"entity_id": "light.a", "new_state": {"state": NaN}}}',
    b'{"event_type": "state_changed", "event_data": ' + b"9" * 10_000 + b"}",
    changed("light." + "a" * 300, "on", 1.0),
    changed("light.no_time", "on", 1.0).replace(b"1970-01-01T00:00:01+00:00", b"NaN"),
    changed("light.no_number", "on", 1.0).replace(b'"1970-01-01T00:00:01+00:00"', b"NaN"),
    changed("light.year_one", "on", 1.0).replace(b"1970-01-01T00:00:01+00:00", b"0001-01-01T00:00:00+14:00"),
    changed("light.year_last", "on", 1.0).replace(b"1970-01-01T00:00:01+00:00", b"9999-12-31T23:59:59-14:00"),
    changed("light.junk\n", "on", 1.0),
    changed("LIGHT.Å", "on", 1.0),
]


async def test_what_is_hostile_holds_up_nothing(living: Living) -> None:
    now = time.time()
    nested: Any = "deep"
    for _ in range(300):
        nested = [nested]
    await living.say(
        *HOSTILE,
        changed("light.nul", "o\0n", now),
        changed("light.long", "x" * 10_000, now),
        changed("light.future", "on", now + 86_400),
        changed("light.ancient", "on", 1.0),
        changed("light.surrogate", "\ud800", now),
        changed("light.longest", "x" * 255, now + 1),
        changed("light.half", "on", now + 2, friendly_name="half \udc00", deep=nested, number=float("nan")),
        changed("light.large", "on", now + 3, note="x" * 5_000_000),
        changed("light.last", "on", now + 4),
    )
    figures = await living.figures(kept=5)
    assert living.kept() == [
        ("light.surrogate", "\ufffd"),
        ("light.longest", "x" * 255),
        ("light.half", "on"),
        ("light.large", "on"),
        ("light.last", "on"),
    ]
    assert figures["dropped"] == {"unreadable": 2, "no time": 2}
    await until(lambda: living.home.knows("light.last"))
    listed = await living.admin.request(home.ENTITIES, EntitiesRequest(attributes=True))
    states = {each.entity_id: each for each in listed.entities}
    assert states["light.half"].name == "half \ufffd"
    assert states["light.half"].attributes is not None
    assert states["light.half"].attributes["number"] is None
    assert {"light.nul", "light.long", "light.future"}.isdisjoint(each for each, told in states.items() if told.state)
    listing = await living.admin.request(past.LIST, EventsRequest())
    assert listing.events[0].entity_id == "light.surrogate"
    assert (await memory(living.admin)).status is HealthStatus.OK


def test_a_hundred_thousand_entities_join_a_home() -> None:
    """In no more than a second or two: each of them once made a copy of the registry."""
    home_, now = Home(), datetime.now(UTC)
    for number in range(100_000):
        change = StateChange(f"light.number_{number}", EntityState("on", {}, now, now))
        assert home_.apply(change)
        assert home_.knows(change.entity_id)
    assert len(home_.registry.entities) == 100_000
    assert home_.registry is home_.registry


async def test_ten_thousand_entities_join_by_mqtt(living: Living) -> None:
    count, now = 10_000, time.time()
    for start in range(0, count, 2_000):
        await living.say(*(changed(f"light.number_{n}", "on", now) for n in range(start, start + 2_000)))
    await living.figures(60, kept=count)
    await until(lambda: len(living.home.registry.entities) == count, 60)
    listed = await living.admin.request(home.ENTITIES, EntitiesRequest(text="number 9999"), timeout=20)
    assert [each.entity_id for each in listed.entities] == ["light.number_9999"]


async def test_events_as_fast_as_they_can_be_said(living: Living) -> None:
    """At QoS 0, as Home Assistant publishes them."""
    count, now = 10_000, time.time() - 60
    for number in range(count):
        payload = changed(f"light.l{number % 50}", ("on", "off")[number // 50 % 2], now + number / 1_000)
        living.hass.connection.tell(Publish("hass/events", payload, qos=0))
        if not number % 100:
            await asyncio.sleep(0)
    figures = await living.figures(60, kept=count)
    assert (figures["received"], figures["dropped"]) == (count, {})
    assert len(living.kept()) == count


async def test_what_the_broker_has_retained_of_states(
    mosquitto: MosquittoBus, tmp_path: Path, entered: AsyncExitStack
) -> None:
    """With attributes that are no JSON; it is told anew at each start, and kept once."""
    count = RETAINED
    now = iso(time.time() - 60).encode()
    pieces = {"state": b"on", "last_changed": now, "last_updated": now, "note": b"{no json", "\xf6": b"\xff\0"}
    hass = RawClient(mosquitto.connector("homeassistant"))
    async with hass.connection:
        for start in range(0, count, 1_000):
            numbers = range(start, start + 1_000)
            topics = ((f"hass/states/light/number_{n}/{name}", said) for n in numbers for name, said in pieces.items())
            await asyncio.gather(*(hass.publish(topic, said, retain=True) for topic, said in topics))
        document = {"entities": [{"entity_id": f"light.number_{number}"} for number in range(count)]}
        settings = load_settings(env_file=None, homeiq_data=tmp_path / "data")
        name = ImportFolder(tmp_path / "data").lay_down(json.dumps(document).encode())
        admin = await entered.enter_async_context(Client(mosquitto.process.address(ADMIN)))
        async with bootstrap.serving(["data"], settings, mosquitto.process.address):
            await admin.run(home.IMPORT, ImportRequest(source=ImportSource.HOME, file=name), timeout=60)
        async with bootstrap.serving(["data"], settings, mosquitto.process.address) as running:
            living = Living(tmp_path / "data" / "history.db", running.home, hass, admin)
            await until(lambda: len(living.kept()) == count, 60)
            await hass.publish("hass/states/light/number_0/state", b"x" * 10_000, retain=True)
            await hass.publish("hass/states/light/number_2/state", b"off", retain=True)
            later = iso(time.time()).encode()
            for name in ("last_changed", "last_updated"):
                await hass.publish(f"hass/states/light/number_2/{name}", later, retain=True)
            await until(lambda: len(living.kept()) == count + 1)
            assert running.home.snapshot().states["light.number_0"].state == "on"
    assert living.kept()[-1] == ("light.number_2", "off")


async def test_a_clock_that_goes_backwards(living: Living) -> None:
    """Home Assistant's: what comes later is older, and is kept where it belongs."""
    now = time.time()
    times = [now - 10, now - 8, now - 3_600, now - 3_599, now - 7]
    for number, at in enumerate(times):
        await living.say(changed("light.a", ("on", "off")[number % 2], at))
        await living.figures(kept=number + 1)
    assert living.kept() == [("light.a", state) for state in ("on", "off", "on", "off", "on")]
    told = living.home.snapshot().states["light.a"]
    assert (told.state, told.last_changed) == ("on", datetime.fromtimestamp(now - 7, UTC))


async def test_a_clock_of_ours_that_is_set_back(tmp_path: Path) -> None:
    """What Home Assistant says is then from the future for a while; nothing stops, and nothing is counted wrong."""
    now = 1_772_366_400.0
    with SqliteHistory(tmp_path / "history.db") as history:
        ingestion = Ingestion(history, Excluded(), clock=lambda: now)
        running = asyncio.create_task(ingestion.run())
        try:
            ingestion.offer(Event(now, "light.a", "on"), lambda: None)
            await until(lambda: ingestion.statistics.kept == 1)
            now -= 86_400
            ingestion.offer(Event(now + 86_401, "light.a", "off"), lambda: None)
            ingestion.offer(Event(now + 1, "light.a", "off"), lambda: None)
            await until(lambda: ingestion.statistics.kept == 2)
            assert ingestion.statistics.dropped == {"no time": 1}
            assert 0 <= ingestion.statistics.events_per_minute() <= 2
            assert Retention(history, 1).forget(now) == 0
            now += 86_400
            ingestion.offer(Event(now + 2, "light.a", "on"), lambda: None)
            await until(lambda: ingestion.statistics.kept == 3)
        finally:
            running.cancel()
        assert [each.at - now for each in history.read().events()] == [-86_399, 0, 2]


async def test_a_batch_of_a_run_that_ended_is_brought_to_its_end(tmp_path: Path) -> None:
    """The worker leads no more, and leads again: what came meanwhile is kept as well as what was half done."""

    class Slow(SqliteHistory):
        def append(self, events: Any) -> int:
            began.set()
            go_on.wait(10)
            return super().append(events)

    began, go_on = threading.Event(), threading.Event()
    now, acknowledged = 1_772_366_400.0, []
    with Slow(tmp_path / "history.db") as history:
        ingestion = Ingestion(history, Excluded(), clock=lambda: now)
        ingestion.offer(Event(now, "light.a", "on"), lambda: acknowledged.append("on"))
        running = asyncio.create_task(ingestion.run())
        await until(began.is_set)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        ingestion.offer(Event(now + 1, "light.a", "off"), lambda: acknowledged.append("off"))
        running = asyncio.create_task(ingestion.run())
        go_on.set()
        await until(lambda: acknowledged == ["on", "off"])
        running.cancel()
        assert [each.state for each in history.read().events()] == ["on", "off"]


# -- `homeiq` as people run it -----------------------------------------------------------------------------------------

HEADER = "entity_id,state,last_changed\n"
NOON = 1_772_366_400.0


async def failing(installation: Installation, *arguments: str) -> str:
    """The one line of a command that must fail."""
    status, out, error = await installation.run(*arguments, HOMEIQ_LOG_LEVEL="error")
    assert (status in {1, 2}, out) == (True, ""), (status, out, error)
    assert error.startswith("homeiq: ")
    assert error.count("\n") == 1, error
    return error


def past_of(file: Path, rows: int) -> None:
    with SqliteHistory(file) as history:
        history.append(Event(NOON + n, f"light.l{n % 7}", ("on", "off")[n // 7 % 2]) for n in range(rows))


def recorder(file: Path, rows: int, begin: float = NOON) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(RECORDER)
        told = ((("on", "off")[n % 2], begin + n) for n in range(rows))
        connection.executemany("INSERT INTO states (state, last_updated_ts, metadata_id) VALUES (?, ?, 1)", told)
        connection.commit()


def cut(file: Path, to: Path, part: float) -> Path:
    content = file.read_bytes()
    to.write_bytes(content[: int(len(content) * part)])
    return to


async def test_a_history_that_was_cut_off_is_named(installation: Installation, tmp_path: Path) -> None:
    installation.data.mkdir()
    past_of(tmp_path / "whole.db", 50_000)
    history = installation.data / "history.db"
    content = cut(tmp_path / "whole.db", history, 0.6).read_bytes()
    assert f"{history} is damaged" in await failing(installation, "up")
    assert history.read_bytes() == content, "nothing of it is touched"


async def test_files_that_are_none_are_one_line_each(installation: Installation, tmp_path: Path) -> None:
    junk = random.Random(7).randbytes(300_000)
    recorder(tmp_path / "whole.db", 20_000)
    files = {
        "csv": (b"entity;state;time\nlight.a;on;1\n", "the file has no column entity_id"),
        "recorder": (cut(tmp_path / "whole.db", tmp_path / "cut.db", 0.6).read_bytes(), "is damaged or cut off"),
        "home": (b'{"time_zone": "Europe/Atlantis", "areas": [{"area_id": "a", "name": "A"}]}', "Europe/Atlantis"),
    }
    async with installation.up():
        for kind, (content, told) in files.items():
            for each, expected in ((content, told), *([] if kind == "recorder" else [(junk, "")])):
                file = tmp_path / f"bad.{kind}"
                file.write_bytes(each)
                assert expected in await failing(installation, "import", kind, str(file))
        future = tmp_path / "future.csv"
        future.write_text(HEADER + f"light.a,on,{NOON}\nlight.a,off,4000000000\nlight.a,on,NaN\nlight.a,off,1e400\n")
        told_csv = await installation.json("import", "csv", str(future))
        assert (told_csv["counts"]["imported"], told_csv["counts"]["bad"]) == (1, 3)
        recorder(tmp_path / "ahead.db", 10, time.time() + 86_400 * 400)
        told_recorder = await installation.json("import", "recorder", str(tmp_path / "ahead.db"))
        assert (told_recorder["counts"]["imported"], told_recorder["counts"]["bad"]) == (0, 10)
        large = tmp_path / "large.json"
        large.write_text(json.dumps({"entities": [{"entity_id": f"light.l{n}", "state": "on"} for n in range(20_000)]}))
        assert (await installation.json("import", "home", str(large)))["counts"]["entities"] == 20_000
        listed = await installation.json("request", "data/entities", '{"text": "l19999"}')
        assert [each["entity_id"] for each in listed["data"]["entities"]] == ["light.l19999"]
    assert list((installation.data / "imports").iterdir()) == []


async def test_two_workers_and_the_leading_one_is_killed(installation: Installation, entered: AsyncExitStack) -> None:
    begin, count = time.time() - 3_600, 900
    broker = await entered.enter_async_context(MosquittoProcess(installation.data, Naming()))
    workers = [Up(await installation.start("worker", "data", "--json")) for _ in range(2)]
    try:
        await asyncio.gather(*(each.ready() for each in workers))
        hass = RawClient(mqtt_connector(broker.address("homeassistant")))
        await entered.enter_async_context(hass.connection)
        while not rows(installation.data / "history.db"):  # nothing is kept for a listener that never was there
            hass.connection.tell(Publish("hass/events", changed("light.l0", "0", begin), qos=0))
            await asyncio.sleep(0.05)
        for number in range(1, count):
            payload = changed(f"light.l{number % 3}", str(number), begin + number)
            hass.connection.tell(Publish("hass/events", payload, qos=0))
            if number == count // 3:
                await until(lambda: rows(installation.data / "history.db") > 0)
                leading = max(workers, key=lambda each: each.log.count("leads ") - each.log.count("leads no more"))
                leading.process.kill()
            await asyncio.sleep(0.001)
        await until(lambda: rows(installation.data / "history.db") == count, 30)
    finally:
        await asyncio.gather(*(each.end() for each in workers))


async def test_a_disk_that_fills_up_keeps_what_was_said_for_later(
    installation: Installation, small_disk: Path, tmp_path: Path
) -> None:
    installation.data = small_disk / "data"
    installation.environment["HOMEIQ_DATA"] = str(installation.data)
    begin, count = time.time() - 3_600, 300
    file = tmp_path / "past.csv"
    file.write_text(HEADER + "".join(f"light.l{n % 7},{n % 99},{NOON + n}\n" for n in range(20_000)))
    async with installation.up():
        address, hass = own_broker(installation.data, ADMIN), own_broker(installation.data, "homeassistant")
        assert address is not None
        assert hass is not None
        history = installation.data / "history.db"
        async with RawClient(mqtt_connector(hass)).connection as speaking, Client(address) as admin:
            filler = fill(small_disk)
            for number in range(count):
                payload = changed(f"light.l{number % 3}", f"{number}" * 40, begin + number)
                speaking.tell(Publish("hass/events", payload, qos=0))
            async with asyncio.timeout(20):
                while (await memory(admin)).status is not HealthStatus.FAILED:
                    await asyncio.sleep(0.05)
            assert "free some space" in (await memory(admin)).message
            assert "No space left on device" in await failing(installation, "import", "csv", str(file))
            filler.unlink()
            await until(lambda: rows(history) == count, 30)
            assert (await memory(admin)).status is HealthStatus.OK
            with (small_disk / "filler").open("wb") as half:
                half.write(bytes(int(shutil.disk_usage(small_disk).free - 8e5)))
            error = await failing(installation, "import", "csv", str(file))
            assert "free some space" in error
            half.close()
            (small_disk / "filler").unlink()
            done = await installation.json("import", "csv", str(file))
            assert done["counts"]["imported"] + done["counts"]["duplicates"] == 20_000
            assert rows(history) == count + 20_000


def rows(file: Path) -> int:
    with SqliteHistory(file) as history:
        return history.span().rows
