"""Wishes are read, become automations of a real Home Assistant, and do what was said when simulated devices play.

What is said and what is to come of it is in `wishes.yaml`.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from shared.home import EntityState, Registry, Snapshot
from shared.homeassistant.registries import Told, home_document, state_faces
from tests.conftest import RawClient
from tests.homeassistant.hass import Hass
from tests.homeassistant.house import House, require_home_assistant
from tests.homeassistant.playing import HOME, Look, Playing, looks
from workers.query.answering import respond
from workers.query.understanding import Understanding

require_home_assistant()

WISHES: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("wishes.yaml").read_text("utf-8"))
ZONE = ZoneInfo(HOME["time_zone"])
QUIET = 0.3
"""Seconds after which what has not happened does not happen."""
AHEAD = timedelta(seconds=10)
"""Time in which all automations of a minute are there."""


@dataclass(frozen=True)
class Reader:
    """Reads wishes as the query worker does, in the home that Home Assistant tells of."""

    registry: Registry
    understanding: Understanding

    def automation(self, sentence: str, states: Mapping[str, EntityState]) -> dict[str, Any]:
        """The automation that a sentence wishes for, where it is read as that."""
        answer = respond(self.understanding.read(sentence), Snapshot(self.registry, states), sentence)
        assert answer.automation is not None, f"{sentence}: {answer.status} {answer.text}"
        return answer.automation


@pytest.fixture(scope="module")
def workplace(house: House) -> Iterator[None]:
    """Another place that people are in."""

    async def ask(kind: str, **fields: Any) -> Any:
        async with house.hass() as hass:
            return await hass.command(kind, **fields)

    zone = asyncio.run(ask("zone/create", name="Work", latitude=52.4, longitude=5.0, radius=100))
    yield
    asyncio.run(ask("zone/delete", zone_id=zone["id"]))


@pytest.fixture(scope="module")
def reader(house: House, workplace: None) -> Reader:
    async def told() -> Told:
        async with house.hass() as hass:
            return await _told(hass)

    registry = Registry.from_document(home_document(asyncio.run(told())))
    assert "zone.work" in registry.entities
    return Reader(registry, Understanding(registry))


async def _told(hass: Hass) -> Told:
    """What Home Assistant tells of the home."""
    listed = await hass.command("config/entity_registry/list")
    ids = [each["entity_id"] for each in listed]
    return Told(
        config=await hass.command("get_config"),
        areas=await hass.command("config/area_registry/list"),
        floors=await hass.command("config/floor_registry/list"),
        devices=await hass.command("config/device_registry/list"),
        entities=await hass.command("config/entity_registry/get_entries", entity_ids=ids),
        services=await hass.command("get_services"),
        faces=state_faces(states_of(await hass.get("states"))),
    )


def states_of(shown: list[dict[str, Any]]) -> dict[str, EntityState]:
    """States as our snapshots hold them."""
    return {each["entity_id"]: EntityState(each["state"], each["attributes"]) for each in shown}


@pytest.fixture
async def playing(hass: Hass, ha_user: RawClient) -> Playing:
    """The home as its file says."""
    playing = Playing(hass, ha_user)
    await playing.reset()
    return playing


def said(wish: dict[str, Any], now: datetime, minute: datetime) -> str:
    """The sentence, with the times of this run."""
    two, morning = timedelta(hours=2), datetime.combine(now, time(), ZONE)
    times = {"past": max(now - two, morning), "soon": now + two, "later": now + 2 * two, "latest": now + 3 * two}
    days = {"today": minute, "tomorrow": minute + timedelta(days=1)}
    return str(wish["say"]).format(
        **{name: at.strftime("%H:%M") for name, at in (times | {"minute": minute}).items()},
        **{name: at.strftime("%A") for name, at in days.items()},
    )


def sentence(wish: dict[str, Any]) -> str:
    now = datetime.now(ZONE)
    return said(wish, now, now)


# -- plays -------------------------------------------------------------------------------------------------------------


def test_there_are_enough_of_them() -> None:
    assert len({each["say"] for each in WISHES}) == len(WISHES) >= 60


@dataclass
class Play:
    """One course of events with one automation. `expected` is what is so by now, beside what was `before`."""

    playing: Playing
    before: dict[str, Look]
    expected: dict[str, Look]

    async def step(self, step: dict[str, Any]) -> None:
        """What happens, and what follows of it."""
        happens, then, tells = looks(step.get("becomes")), looks(step.get("then")), step.get("tells", "")
        self.expected |= _with_trackers(happens) | then
        known = [self.playing.changed_at(each) for each in self.expected]
        causes = await self._caused(happens, step) if happens else known
        await self.playing.expect(self.expected, tells)
        if not then and not tells:
            await asyncio.sleep(step.get("pause", QUIET))
            await self.playing.see()
        elif later := step.get("later"):
            effects = [self.playing.changed_at(each) for each in then] or [self.playing.told_at(tells)]
            waited = min(each for each in effects if each) - max(causes)
            assert waited > timedelta(seconds=later - 0.01), f"after {waited}"

    async def _caused(self, happens: dict[str, Look], step: dict[str, Any]) -> list[datetime]:
        """When it happened; what follows later may undo it."""
        await self.playing.become(happens)
        if "later" not in step:
            return []
        await self.playing.expect(happens)
        return [self.playing.changed_at(each) for each in happens]

    async def end(self, messages: list[str]) -> None:
        """Nothing else is other than before, and nothing else was told."""
        await asyncio.sleep(QUIET)
        await self.playing.see()
        await self.playing.hear()
        home = self.playing.home()
        others = {each: look for each, look in home.items() if each not in self.expected and look != self.before[each]}
        assert (others, self.playing.differing(self.expected)) == ({}, {})
        assert len(self.playing.told) == len(messages), list(self.playing.told)


def _with_trackers(happens: dict[str, Look]) -> dict[str, Look]:
    trackers = {
        each: f"device_tracker.{each.partition('.')[2]}_phone" for each in happens if each.startswith("person.")
    }
    return happens | {tracker: happens[person] for person, tracker in trackers.items()}


def _parameters() -> Iterator[Any]:
    """The plays of every second wish; of all where HOMEIQ_TEST_ALL_WISHES says so: they take three minutes."""
    for wish in WISHES if os.environ.get("HOMEIQ_TEST_ALL_WISHES") == "1" else WISHES[::2]:
        marks = [pytest.mark.xfail(strict=True, reason=wish["finding"])] if "finding" in wish else []
        for number, steps in enumerate(wish.get("plays", ())):
            yield pytest.param(wish, steps, marks=marks, id=f"{wish['say']}-{number}")


@pytest.mark.parametrize(("wish", "steps"), list(_parameters()))
async def test_it_does_what_was_said(
    playing: Playing, reader: Reader, hass: Hass, wish: dict[str, Any], steps: list[dict[str, Any]]
) -> None:
    wished = reader.automation(sentence(wish), states_of(list(playing.shown.values())))
    given = looks(steps[0].get("given"))
    sun = playing.look("sun.sun")
    await playing.become(given)
    await playing.expect(given)
    before = playing.home()
    try:
        async with hass.automation("wish", wished) as automation:
            play = Play(playing, before, _with_trackers(given))
            await playing.see()
            ran = playing.last_run(automation)
            for step in steps:
                if "set_off" in step:
                    assert step["set_off"] in wished["triggers"]
                    await hass.call("automation", "trigger", entity_id=automation, skip_condition=False)
                await play.step(step)
            await play.end([each["tells"] for each in steps if "tells" in each])
            assert (playing.last_run(automation) != ran) is any("then" in each or "tells" in each for each in steps)
    finally:
        await playing.become({"sun.sun": sun})


async def test_at_the_minute(playing: Playing, reader: Reader, hass: Hass, entered: AsyncExitStack) -> None:
    wishes = [each for each in WISHES if "minute" in each]
    now = datetime.now(ZONE)
    minute = (now + AHEAD + timedelta(minutes=1)).replace(second=0, microsecond=0)
    before, states = playing.home(), states_of(list(playing.shown.values()))
    for number, each in enumerate(wishes):
        wished = reader.automation(said(each, now, minute), states)
        await entered.enter_async_context(hass.automation(f"minute_{number}", wished))
    await playing.see()
    assert playing.home() == before
    assert datetime.now(ZONE) < minute
    expected = {one: wanted for each in wishes for one, wanted in looks(each["minute"].get("then")).items()}
    messages = [each["minute"]["tells"] for each in wishes if "tells" in each["minute"]]
    play = Play(playing, before, expected)
    await playing.expect(expected, messages[0], patience=90)
    assert all(playing.changed_at(each) >= minute for each in expected)
    await play.end(messages)
