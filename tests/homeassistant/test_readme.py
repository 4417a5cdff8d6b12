"""What docs/home-assistant/README.md has people write into Home Assistant does what it says.

Its command lines are run in `test_real_system.py`.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack
from typing import Any

import pytest
import yaml

from shared.broker.access import HOME_ASSISTANT, Naming, rules
from tests.conftest import RawClient
from tests.homeassistant.conftest import Answering, told_event
from tests.homeassistant.hass import Hass, eventually
from tests.homeassistant.house import House, require_home_assistant
from tests.homeassistant.readme import snippet, snippets
from tests.homeassistant.start_with_package import PACKAGES

require_home_assistant()


def automation(alias: str) -> dict[str, Any]:
    """An automation of the page; where it sends a notification, it tells the test instead."""
    text = snippet("yaml", f"alias: {alias}")
    document = told_instead(yaml.safe_load(text))
    assert isinstance(document, dict)
    return document


def told_instead(part: Any) -> Any:
    if isinstance(part, list):
        return [told_instead(each) for each in part]
    if not isinstance(part, dict):
        return part
    if part.get("action") == "notify.mobile_app_phone":
        return {"event": "homeiq_test_told", "event_data": part["data"]}
    return {key: told_instead(value) for key, value in part.items()}


async def test_the_lines_for_the_configuration_are_those_of_the_test_house() -> None:
    assert snippet("yaml", "packages:") == f"homeassistant:\n{PACKAGES}"


def test_nothing_on_the_page_is_left_untested() -> None:
    known = (
        *("packages:", "Tell which windows", "Ask by MQTT alone", "Tell when things", "Tell what regularly"),
        "binary_sensor:",
    )
    assert [sum(each in text for each in known) for text in snippets("yaml")] == [1] * len(known)
    run = ("MQTT_URL=", "homeiq credentials", "jq -Rs", "BROKER=", "-C 1 &", "my-1", "mosquitto_rr")
    assert [sum(each in text for each in run) for text in snippets("sh")] == [1] * len(run)


def test_the_access_list_is_what_our_own_broker_has() -> None:
    lines = [line.removeprefix("topic ") for line in snippet("text", "topic write").splitlines()]
    assert [line for line in lines if line not in rules(HOME_ASSISTANT, Naming())] == []


# -- automations -------------------------------------------------------------------------------------------------------


async def test_the_automation_with_the_script_tells_what_is_open(
    hass: Hass, answering: Answering, events: RawClient
) -> None:
    answering.values = [[], ["binary_sensor.office_window"]]
    configuration = automation("Tell which windows are open when the last person leaves")
    async with hass.automation("homeiq_test_leaving", configuration) as entity:
        await hass.call("automation", "trigger", entity_id=entity)
        await hass.call("automation", "trigger", entity_id=entity)
        assert await told_event(events) == {"message": "which windows are open?"}
    assert len(answering.asked) == 2


async def test_the_automation_by_mqtt_alone_gets_its_answer(
    hass: Hass, answering: Answering, events: RawClient
) -> None:
    async with hass.automation("homeiq_test_alone", automation("Ask by MQTT alone")) as entity:
        await hass.call("automation", "trigger", entity_id=entity)
        assert await told_event(events) == {"message": "is the garage door open?"}


async def test_the_automation_on_an_event_runs(
    house: House, hass: Hass, events: RawClient, entered: AsyncExitStack
) -> None:
    data = await entered.enter_async_context(house.client("data"))
    changed = {"event_id": "1", "at": "2026-11-21T12:00:00Z", "reason": "imported", "counts": {"entities": 79}}
    async with hass.automation("homeiq_test_changed", automation("Tell when things have joined the home")):
        heard = asyncio.ensure_future(told_event(events))
        while not heard.done():  # until Home Assistant has subscribed
            await data.publish("homeiq/home/changed", json.dumps(changed))
            await asyncio.wait([heard], timeout=0.2)
        assert await heard == {"message": "HomeIQ: imported, 79 entities."}


async def test_the_automation_on_an_analysis_runs_where_there_is_something_new(
    house: House, hass: Hass, events: RawClient, entered: AsyncExitStack
) -> None:
    pattern = await entered.enter_async_context(house.client("pattern"))
    done = {"event_id": "1", "at": "2026-11-21T12:00:00Z", "id": "1", "status": "completed", "days": 30}
    async with hass.automation("homeiq_test_analysed", automation("Tell what regularly happens")):
        heard = asyncio.ensure_future(told_event(events))
        while not heard.done():  # until Home Assistant has subscribed
            for new in (0, 3):
                await pattern.publish("homeiq/analysis/done", json.dumps(done | {"patterns_new": new}))
            await asyncio.wait([heard], timeout=0.2)
        assert await heard == {"message": "HomeIQ: 3 new patterns in 30 days."}


async def test_the_sensor_shows_how_homeiq_does(house: House, hass: Hass, answering: Answering) -> None:
    if house.log is None:
        pytest.skip("the configuration of this Home Assistant is out of reach")
    file = house.log.parent / "packages" / "readme.yaml"
    file.write_text(snippet("yaml", "binary_sensor:"))
    try:
        await hass.call("mqtt", "reload")

        async def shown() -> bool:
            return await hass.state("binary_sensor.homeiq") == "on"

        await eventually(shown)
        attributes = (await hass.get("states/binary_sensor.homeiq"))["attributes"]
        assert attributes["status"] == "ok"
    finally:
        file.unlink()
        await hass.call("mqtt", "reload")
