import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from shared.bus.connection import Connection
from shared.bus.sessions import SESSION
from shared.errors import DatabaseError
from shared.history import Event, History
from shared.history.sqlite import SqliteHistory
from shared.home import Entity, Home, Registry, StateChange
from shared.homeassistant.feed import AHEAD, HomeFeed
from tests.conftest import Bus, MosquittoBus, RawClient, until
from workers.data.filters import Excluded
from workers.data.ingestion import BATCH, Ingestion
from workers.data.streams import Streams

NOON = 1_772_366_400.0


def iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()


def state(text: str, at: float, *, updated: float | None = None, context: dict[str, Any] | None = None) -> Any:
    return {
        "state": text,
        "attributes": {},
        "last_changed": iso(at),
        "last_updated": iso(updated or at),
        "context": context or {"id": "01KAJ8Q0000000000000000000", "user_id": None, "parent_id": None},
    }


def changed(entity_id: str, old: Any, new: Any) -> bytes:
    data = {"entity_id": entity_id, "old_state": old, "new_state": new}
    return json.dumps({"event_type": "state_changed", "event_data": data}).encode()


class FailingHistory(SqliteHistory):
    """Fails as often as it is told to, after it has done nothing."""

    failures = 0

    def append(self, events: Any) -> int:
        if self.failures:
            self.failures -= 1
            raise DatabaseError("The disk is full.")
        return super().append(events)


@pytest.fixture
def history(tmp_path: Path) -> Any:
    with FailingHistory(tmp_path / "history.db") as history:
        yield history


@asynccontextmanager
async def running(history: History, now: Callable[[], float] = lambda: NOON, *out: str) -> AsyncIterator[Ingestion]:
    ingestion = Ingestion(history, Excluded(out), clock=now)
    task = asyncio.create_task(ingestion.run())
    try:
        yield ingestion
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


@dataclass
class Acknowledged:
    names: list[str] = field(default_factory=list)

    def of(self, name: str) -> Callable[[], None]:
        return lambda: self.names.append(name)


def told(history: History) -> list[tuple[float, str, str]]:
    return [(event.at - NOON, event.entity_id, event.state) for event in history.read().events()]


async def test_events_are_acknowledged_when_they_can_be_read(history: FailingHistory) -> None:
    seen: list[int] = []
    async with running(history) as ingestion:
        for place in range(2 * BATCH + 50):
            event = Event(NOON + place, "light.a", "on" if place % 2 else "off")
            ingestion.offer(event, lambda: seen.append(history.span().rows))
        await until(lambda: len(seen) == 2 * BATCH + 50)
    assert seen == sorted(seen)
    assert seen[0] >= BATCH
    assert seen[-1] == 2 * BATCH + 50
    assert ingestion.statistics.kept == 2 * BATCH + 50
    assert ingestion.statistics.events_per_minute() == 2 * BATCH + 50


async def test_what_cannot_be_kept_waits_unacknowledged_and_is_kept_once(history: FailingHistory) -> None:
    acknowledged = Acknowledged()
    history.failures = 2
    async with running(history) as ingestion:
        ingestion.offer(Event(NOON, "light.a", "on"), acknowledged.of("on"))
        await until(lambda: ingestion.trouble == "The disk is full.")
        ingestion.offer(Event(NOON + 1, "light.a", "off"), acknowledged.of("off"))
        assert acknowledged.names == []
        await until(lambda: acknowledged.names == ["on", "off"])
        assert ingestion.trouble is None
    assert told(history) == [(0, "light.a", "on"), (1, "light.a", "off")]
    assert ingestion.statistics.kept == 2


async def test_what_is_left_out_is_acknowledged_and_counted(history: FailingHistory) -> None:
    acknowledged = Acknowledged()
    history.append([Event(NOON - 60, "light.a", "on")])
    async with running(history, lambda: NOON, "automation") as ingestion:
        for name, event in {
            "unchanged": Event(NOON, "light.a", "on"),
            "unknown": Event(NOON, "light.a", "unavailable"),
            "excluded": Event(NOON, "automation.a", "on"),
            "future": Event(NOON + AHEAD.total_seconds() + 1, "light.a", "off"),
            "ancient": Event(1.0, "light.a", "off"),
            "kept": Event(NOON + 5, "light.a", "off"),
        }.items():
            ingestion.offer(event, acknowledged.of(name))
        await until(lambda: len(acknowledged.names) == 6)
    assert told(history) == [(-60, "light.a", "on"), (5, "light.a", "off")]
    assert ingestion.statistics.dropped == {"unchanged": 1, "unknown": 1, "excluded": 1, "no time": 2}
    assert ingestion.statistics.figures()["received"] == 6


async def test_a_sensor_that_comes_to_rest_is_kept_without_another_word(
    history: FailingHistory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.data.ingestion._IDLE", 0.05)
    now = NOON
    async with running(history, lambda: now) as ingestion:
        for place in range(100):
            ingestion.offer(Event(NOON + place / 10, "sensor.power", str(place)), lambda: None)
        await until(lambda: ingestion.statistics.kept > 0)
        assert told(history)[-1][2] != "99"
        now = NOON + 100
        await until(lambda: told(history)[-1][2] == "99")


# -- streams -----------------------------------------------------------------------------------------------------------


@dataclass
class Listening:
    streams: Streams
    ingestion: Ingestion
    home: Home
    changes: list[StateChange]


@asynccontextmanager
async def listening(bus: Bus, history: History) -> AsyncIterator[Listening]:
    async with running(history) as ingestion:
        home = Home()
        home.load(Registry(entities={"light.a": Entity("light.a", "A")}), {})
        changes: list[StateChange] = []
        streams = Streams(
            ingestion,
            home,
            events_topic="hass/events",
            states_topic="hass/states",
            on_change=changes.append,
            clock=lambda: NOON,
        )
        connection = Connection(bus.connector("data"), "homeiq-data-memory", session=SESSION)
        await streams.follow(connection)
        async with connection:
            yield Listening(streams, ingestion, home, changes)


@asynccontextmanager
async def speaking(bus: Bus) -> AsyncIterator[RawClient]:
    client = RawClient(bus.connector("homeassistant"))
    async with client.connection:
        yield client


async def test_both_streams_tell_one_event(bus: Bus, history: FailingHistory) -> None:
    async with listening(bus, history) as heard, speaking(bus) as hass:
        context = {"id": "01KAJ8Q0000000000000000001", "user_id": "u" * 32, "parent_id": "01KAJ8Q0000000000000000000"}
        await hass.publish("hass/states/light/a/state", b"on", retain=True)
        await hass.publish("hass/states/light/a/last_changed", iso(NOON - 1.5).encode(), retain=True)
        await hass.publish("hass/states/light/a/last_updated", iso(NOON - 1.5).encode(), retain=True)
        await until(lambda: heard.ingestion.statistics.kept == 1)
        await hass.publish(
            "hass/events", changed("light.a", state("off", NOON - 9), state("on", NOON - 1.5, context=context))
        )
        await until(lambda: heard.ingestion.statistics.received == 2)
        await hass.publish("hass/events", changed("light.a", state("on", NOON - 1.5), state("off", NOON - 1)))
        await until(lambda: heard.ingestion.statistics.kept == 2)
    events = [*history.read().events()]
    assert [(each.at - NOON, each.state) for each in events] == [(-1.5, "on"), (-1, "off")]
    assert len(heard.changes) == 3


async def test_an_update_of_attributes_is_no_event(bus: Bus, history: FailingHistory) -> None:
    async with listening(bus, history) as heard, speaking(bus) as hass:
        old = state("on", NOON - 100)
        await hass.publish("hass/events", changed("light.a", old, state("on", NOON - 100, updated=NOON)))
        await hass.publish("hass/events", changed("light.a", old, None))
        await hass.publish("hass/events", b'{"event_type": "state_changed", "event_data": {"entity_id": 7}}')
        await hass.publish("hass/events", b"\xff state_changed")
        await hass.publish("hass/events", changed("light.a", None, state("off", NOON)))
        await until(lambda: heard.ingestion.statistics.kept == 1)
    assert heard.ingestion.statistics.received == 1
    assert [each.state is None for each in heard.changes] == [False, True, False]


async def test_retained_states_count_where_their_time_is_told_and_the_home_knows_them(
    bus: Bus, history: FailingHistory
) -> None:
    history.append([Event(NOON - 500, "light.a", "off")])
    async with speaking(bus) as hass:
        for name, piece, payload in (
            ("a", "state", b"on"),
            ("a", "last_changed", iso(NOON - 100).encode()),
            ("a", "last_updated", iso(NOON - 100).encode()),
            ("deleted", "state", b"on"),
            ("deleted", "last_changed", iso(NOON - 100).encode()),
            ("untimed", "state", b"on"),
        ):
            await hass.publish(f"hass/states/light/{name}/{piece}", payload, retain=True)
        async with listening(bus, history) as heard:
            heard.home.load(Registry(entities={each: Entity(each, each) for each in ("light.a", "light.untimed")}), {})
            await until(lambda: heard.ingestion.statistics.kept == 1)
            await hass.publish("hass/states/light/untimed/state", b"off", retain=True)
            await until(lambda: heard.ingestion.statistics.kept == 2)
    assert told(history) == [(-500, "light.a", "off"), (-100, "light.a", "on"), (0, "light.untimed", "off")]


async def test_events_wait_for_a_worker_that_is_away(mosquitto: MosquittoBus, history: FailingHistory) -> None:
    """Home Assistant publishes them at QoS 0."""
    bus = mosquitto
    async with listening(bus, history):
        pass
    async with speaking(bus) as hass:
        for place in range(30):
            new = state("on" if place % 2 else "off", NOON - 60 + place)
            await hass.publish("hass/events", changed("light.a", None, new), qos=0)
    async with listening(bus, history) as heard:
        await until(lambda: heard.ingestion.statistics.kept == 30)
    assert history.span().rows == 30


async def test_the_websocket_and_mqtt_tell_one_event(bus: Bus, history: FailingHistory) -> None:
    async with listening(bus, history) as heard, speaking(bus) as hass:
        data = {"entity_id": "light.a", "old_state": None, "new_state": state("on", NOON - 1)}
        heard.streams.tell(data)
        await hass.publish("hass/events", changed("light.a", None, data["new_state"]))
        await until(lambda: heard.ingestion.statistics.received == 2)
        heard.streams.tell({"entity_id": "light.a", "old_state": None, "new_state": state("off", NOON)})
        heard.streams.tell({"entity_id": None})
        heard.streams.tell("junk")
        await until(lambda: heard.ingestion.statistics.kept == 2)
    assert told(history) == [(-1, "light.a", "on"), (0, "light.a", "off")]


async def test_a_change_is_one_though_the_change_before_it_was_missed(bus: Bus, history: FailingHistory) -> None:
    """That it was switched off nobody has heard; Home Assistant's recorder will tell it, but nothing after."""
    history.append([Event(NOON - 60, "light.a", "on"), Event(NOON - 60, "light.b", "on")])
    async with listening(bus, history) as heard, speaking(bus) as hass:
        off = state("off", NOON - 30)
        heard.streams.tell({"entity_id": "light.a", "old_state": off, "new_state": state("on", NOON - 1)})
        await hass.publish("hass/events", changed("light.b", off, state("on", NOON - 1)))
        await until(lambda: heard.ingestion.statistics.received == 2)
        await until(lambda: heard.ingestion.statistics.kept == 2)
    assert told(history)[2:] == [(-1, "light.a", "on"), (-1, "light.b", "on")]


async def test_deleted_entities_do_not_come_back_into_a_complete_home(bus: Bus) -> None:
    """What the broker has retained of them is older than what Home Assistant told of the whole home."""
    async with speaking(bus) as hass:
        for name in ("a", "deleted"):
            await hass.publish(f"hass/states/light/{name}/state", b"on", retain=True)
        home = Home()
        home.load(Registry(complete=True, entities={"light.a": Entity("light.a", "A")}), {})
        feed = HomeFeed(home, events_topic="hass/events", states_topic="hass/states")
        connection = Connection(bus.connector("data"), "homeiq-data-feed")
        await feed.follow(connection)
        async with connection:
            await until(lambda: home.snapshot().state("light.a") is not None)
            assert not home.knows("light.deleted")
            await hass.publish("hass/states/light/new/state", b"on", retain=True)
            await until(lambda: home.knows("light.new"))
    assert not home.knows("light.deleted")
