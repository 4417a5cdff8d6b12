"""HomeIQ as Home Assistant shows it: a device that comes by MQTT discovery, and goes with HomeIQ."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from contracts.discovery import DISCOVERY, ONLINE, STATUS_TOPIC
from contracts.operation import ROOT
from shared.broker.access import ADMIN
from shared.version import VERSION
from tests.conftest import RawClient
from tests.homeassistant.hass import Hass, eventually
from tests.homeassistant.house import House, require_home_assistant
from workers.data.discovery import discovery, own_entities

require_home_assistant()

WORKERS = ("worker", "data", "query", "pattern", "automation")
"""On the broker of the tests, which runs already."""


async def states(hass: Hass) -> dict[str, str]:
    """The entities of ours that Home Assistant has, with their states."""
    ours = own_entities(ROOT)
    return {each["entity_id"]: each["state"] for each in await hass.get("states") if each["entity_id"] in ours}


async def attributes(hass: Hass, entity_id: str) -> dict[str, Any]:
    found = (await hass.get(f"states/{entity_id}"))["attributes"]
    assert isinstance(found, dict)
    return found


async def available(hass: Hass) -> bool:
    found = await states(hass)
    return found.keys() == own_entities(ROOT) and "unavailable" not in found.values()


async def gone(hass: Hass) -> bool:
    return set((await states(hass)).values()) <= {"unavailable"}


@pytest.fixture
async def running(house: House, hass: Hass) -> AsyncIterator[House]:
    """The house with HomeIQ in it, as Home Assistant has seen it."""
    async with house.homeiq(*WORKERS):
        await eventually(lambda: available(hass))
        yield house


async def test_all_entities_are_there_with_their_states(running: House, hass: Hass) -> None:
    async def well() -> bool:
        found = await states(hass)
        return all(found[f"binary_sensor.homeiq_{worker}_worker"] == "off" for worker in WORKERS[1:])

    await eventually(well, patience=45)  # health is told every 30 s; at first nothing is known of the home
    assert await attributes(hass, "binary_sensor.homeiq_data_worker") == {
        "status": "ok",
        "version": VERSION,
        "trouble": [],
        "device_class": "problem",
        "friendly_name": "HomeIQ Data worker",
    }
    registered = {each["entity_id"]: each for each in await hass.command("config/entity_registry/list")}
    [device] = [
        each for each in await hass.command("config/device_registry/list") if ["mqtt", ROOT] in each["identifiers"]
    ]
    assert (device["name"], device["sw_version"]) == ("HomeIQ", VERSION)
    assert {registered[entity_id]["device_id"] for entity_id in own_entities(ROOT)} == {device["id"]}


async def test_home_assistant_has_nothing_against_it(house: House, hass: Hass) -> None:
    if house.log is None:
        pytest.skip("the log of this Home Assistant is out of reach")
    before = len(house.log.read_text())
    async with house.homeiq(*WORKERS):
        await eventually(lambda: available(hass))
    await eventually(lambda: gone(hass))
    said = house.log.read_text()[before:].splitlines()
    assert [line for line in said if ("WARNING" in line or "ERROR" in line) and ROOT in line] == []


def health(**checks: Any) -> dict[str, Any]:
    return {"status": "degraded", "version": "1", "checks": checks}


@pytest.mark.parametrize(
    ("key", "template", "value", "told"),
    [
        ("events_a_minute", "value_template", health(), "None"),
        ("events_a_minute", "value_template", health(history={"status": "ok"}), "None"),
        ("events_a_minute", "value_template", health(history={"figures": {}}), "None"),
        ("events_a_minute", "value_template", health(history={"figures": {"events_per_minute": None}}), "None"),
        ("events_a_minute", "value_template", health(history={"figures": {"events_per_minute": 12.5}}), "12.5"),
        ("query_worker", "value_template", health(), "ON"),
        ("query_worker", "value_template", health() | {"status": "ok"}, "OFF"),
        (
            "query_worker",
            "json_attributes_template",
            health(home={"status": "degraded", "message": 'no "home"'}, cache={"status": "ok", "message": "well"}),
            '{"status":"degraded","version":"1","trouble":["no \\"home\\""]}',
        ),
    ],
)
async def test_health_is_read_as_it_may_come(
    hass: Hass, key: str, template: str, value: dict[str, Any], told: str
) -> None:
    """`None` is what makes a sensor unknown."""
    written = getattr(discovery(ROOT, "presence", VERSION).components[key], template)
    assert await hass.render(f"{{% set value_json = {value!r} %}}{written}") == told


async def test_the_button_analyses_and_the_event_tells_the_end(
    running: House, hass: Hass, entered: AsyncExitStack
) -> None:
    before = await hass.state("event.homeiq_analysis")
    listener = await entered.enter_async_context(running.client(ADMIN))
    await listener.subscribe("homeiq/analysis/done")
    await hass.call("button", "press", entity_id="button.homeiq_analyse")
    done = await listener.next_json(30)
    assert done["status"] == "completed"

    async def shown() -> bool:
        return await hass.state("event.homeiq_analysis") != before

    await eventually(shown)
    told = await attributes(hass, "event.homeiq_analysis")
    assert told["event_type"] == "completed"
    assert {name: told[name] for name in ("days", "patterns_new", "errors")} == {
        name: done[name] for name in ("days", "patterns_new", "errors")
    }

    async def last() -> bool:
        at = await hass.state("sensor.homeiq_last_analysis")
        return at is not None and at[:19] == done["at"][:19]

    await eventually(last)
    assert await hass.state("sensor.homeiq_patterns") == str(done["patterns_detected"])
    assert (await attributes(hass, "sensor.homeiq_patterns"))["events"] == done["events"]


async def test_it_is_announced_again_when_home_assistant_has_come(
    running: House, hass: Hass, ha_user: RawClient
) -> None:
    await ha_user.publish(DISCOVERY.topic(), b"", retain=True)

    async def forgotten() -> bool:
        return not await states(hass)

    await eventually(forgotten)
    await ha_user.publish(STATUS_TOPIC, ONLINE)
    await eventually(lambda: available(hass))


async def test_when_homeiq_has_ended_everything_is_unavailable_until_it_runs_again(house: House, hass: Hass) -> None:
    for _ in range(2):
        async with house.homeiq(*WORKERS):
            await eventually(lambda: available(hass))
        await eventually(lambda: gone(hass))


async def test_two_homes_on_one_broker_are_two_devices(house: House, hass: Hass, ha_user: RawClient) -> None:
    root = "site/Haus"
    topic, presence = DISCOVERY.topic(root), "homeassistant/homeiq-test/presence"
    ours = own_entities(root)
    assert not ours & own_entities(ROOT)
    try:
        await ha_user.publish(topic, discovery(root, presence, VERSION).model_dump_json(), retain=True)

        async def there() -> bool:
            return {each["entity_id"] for each in await hass.get("states")} >= ours

        await eventually(there)
        await ha_user.publish(presence, json.dumps({"status": "online"}), retain=True)
        pressed = f"button.{topic.split('/')[2]}_analyse"

        async def up() -> bool:
            return await hass.state(pressed) == "unknown"

        await eventually(up)
    finally:
        await ha_user.publish(topic, b"", retain=True)
        await ha_user.publish(presence, b"", retain=True)
