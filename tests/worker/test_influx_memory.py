"""The data worker with a real InfluxDB that is killed, not there yet, or wants another token."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from contracts.health import Check, HealthReport, HealthRequest, HealthStatus, health_of
from shared.broker.access import ADMIN
from shared.bus.client import Client
from shared.history import Event
from shared.settings import Settings, load_settings
from tests.conftest import MosquittoBus, RawClient
from tests.unit.history.influxd import Influxd, installed
from workers import bootstrap
from workers.data import worker as module

DATABASE = "home_assistant_events"
SECRET = "a-token-that-nobody-sees"

pytestmark = pytest.mark.skipif(not installed(), reason="needs Debian's influxdb (version 1)")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_CATCH_UP", 0.1)


class Home:
    """Home Assistant on a broker, and the data worker beside it: `told` are the events that were said."""

    def __init__(self, hass: RawClient, admin: Client) -> None:
        self._hass, self._admin = hass, admin
        self.told: list[Event] = []
        self._begin = time.time() - 3_600

    async def say(self, count: int) -> None:
        """The broker has taken them."""
        for number in range(len(self.told), len(self.told) + count):
            event = Event(round(self._begin + number / 100, 6), f"light.l{number % 5}", ("on", "off")[number // 5 % 2])
            self.told.append(event)
            moment = datetime.fromtimestamp(event.at, UTC).isoformat()
            state = {"state": event.state, "attributes": {}, "last_changed": moment, "last_updated": moment}
            data = {"entity_id": event.entity_id, "old_state": None, "new_state": state}
            payload = json.dumps({"event_type": "state_changed", "event_data": data})
            await self._hass.publish("hass/events", payload)
            while number == 0 and not (await self.history()).figures["kept"]:  # nobody may have listened yet
                await asyncio.sleep(0.1)
                await self._hass.publish("hass/events", payload)

    async def history(self) -> Check:
        """What health says of the history."""
        report = await self._admin.request(health_of("data"), HealthRequest())
        assert isinstance(report, HealthReport)
        return report.checks["history"]

    async def until(self, status: HealthStatus, **figures: int) -> Check:
        """Wait until health says that, and give its word."""
        async with asyncio.timeout(20):
            while True:
                check = await self.history()
                if check.status is status and figures.items() <= check.figures.items():
                    return check
                await asyncio.sleep(0.05)


@asynccontextmanager
async def living(bus: MosquittoBus, settings: Settings) -> AsyncIterator[Home]:
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(bootstrap.serving(["data"], settings, bus.process.address))
        hass = RawClient(bus.connector("homeassistant"))
        await stack.enter_async_context(hass.connection)
        admin = await stack.enter_async_context(Client(bus.process.address(ADMIN)))
        yield Home(hass, admin)


def settings(tmp_path: Path, server: Influxd, token: str | None = None) -> Settings:
    return load_settings(
        env_file=None, homeiq_data=tmp_path / "data", influxdb_url=server.url, influxdb_token=token or ""
    )


def kept(server: Influxd, login: str | None = None) -> list[tuple[float, str, str]]:
    """What is in the database, asked for past all of our code."""
    answer = json.loads(server.ask(f'SELECT "entity_id", "state_value" FROM {DATABASE}', DATABASE, login))
    rows = answer["results"][0].get("series", [{"values": []}])[0]["values"]
    return sorted((at // 1000 / 1e6, entity_id, state) for at, entity_id, state in rows)


async def test_a_server_that_is_killed_while_events_come(mosquitto: MosquittoBus, tmp_path: Path) -> None:
    with Influxd(tmp_path / "influxd") as server:
        server.ask(f"CREATE DATABASE {DATABASE}")
        async with living(mosquitto, settings(tmp_path, server)) as home:
            await home.say(50)
            await home.until(HealthStatus.OK, kept=50)
            for _ in range(2):
                server.kill()
                await home.say(70)
                check = await home.until(HealthStatus.DEGRADED, kept=len(home.told))
                assert "is not reachable" in check.message
                saying = asyncio.create_task(home.say(70))
                await asyncio.to_thread(server.start)
                await saying
                await home.until(HealthStatus.OK, kept=len(home.told), waiting=0)
        assert kept(server) == sorted(tuple(each[:3]) for each in home.told)


async def test_a_server_that_comes_after_the_worker(mosquitto: MosquittoBus, tmp_path: Path) -> None:
    server = Influxd(tmp_path / "influxd")
    async with living(mosquitto, settings(tmp_path, server)) as home:
        await home.say(30)
        await home.until(HealthStatus.DEGRADED, kept=30, waiting=30)
        with server:
            server.ask(f"CREATE DATABASE {DATABASE}")
            await home.until(HealthStatus.OK, kept=30, waiting=0)
            assert kept(server) == sorted(tuple(each[:3]) for each in home.told)


async def test_a_wrong_token_loses_nothing(
    mosquitto: MosquittoBus, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    login = "homeiq:right"
    with Influxd(tmp_path / "influxd", auth=True) as server:
        server.ask("CREATE USER homeiq WITH PASSWORD 'right' WITH ALL PRIVILEGES")
        server.ask(f"CREATE DATABASE {DATABASE}", login=login)
        told: list[Event] = []
        for wrong in (None, SECRET, f"homeiq:{SECRET}"):
            async with living(mosquitto, settings(tmp_path, server, wrong)) as home:
                await home.say(20)
                told += home.told
                check = await home.until(HealthStatus.DEGRADED, kept=20, waiting=len(told))
                assert "INFLUXDB_TOKEN" in check.message
                assert SECRET not in str(check)
        async with living(mosquitto, settings(tmp_path, server, login)) as right:
            await right.until(HealthStatus.OK, waiting=0)
        assert kept(server, login) == sorted(tuple(each[:3]) for each in told)
    out, error = capfd.readouterr()
    assert SECRET not in out + error
