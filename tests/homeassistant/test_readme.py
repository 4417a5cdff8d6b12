"""What docs/home-assistant/README.md has people write into Home Assistant does what it says.

Its command lines are run in `test_real_system.py`.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml

from shared.broker.access import HOME_ASSISTANT, Naming, rules
from shared.settings import load_settings
from tests.conftest import RawClient
from tests.homeassistant.conftest import Answering, told_event
from tests.homeassistant.hass import Hass
from tests.homeassistant.house import House, require_home_assistant
from tests.homeassistant.readme import snippet, snippets
from tests.homeassistant.start_with_package import PACKAGES

require_home_assistant()

SETTINGS = ("HA_URL", "HOMEIQ_HISTORY_DAYS")
"""The first lines of what goes into `.env`."""


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
        "mqtt_statestream:",
    )
    assert [sum(each in text for each in known) for text in snippets("yaml")] == [1] * len(known)
    assert len(snippets("ini")) == len(SETTINGS)
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


# -- the memory --------------------------------------------------------------------------------------------------------


async def test_the_state_stream_is_a_valid_configuration(house: House, hass: Hass) -> None:
    if house.log is None:
        pytest.skip("the configuration of this Home Assistant is out of reach")
    file = house.log.parent / "packages" / "readme.yaml"
    text = snippet("yaml", "mqtt_statestream:")
    try:
        for written, well in ((text, True), (text.replace("publish_timestamps", "timestamps"), False)):
            file.write_text(written)
            found = (await hass.post("config/core/check_config")).json()
            assert (found["errors"] is None and found["warnings"] is None) is well, found
    finally:
        file.unlink()


@pytest.mark.parametrize("name", SETTINGS)
def test_the_settings_are_understood(name: str, tmp_path: Path) -> None:
    file = tmp_path / "homeiq.env"
    file.write_text(snippet("ini", name))
    settings, default = load_settings(env_file=file), load_settings(env_file=None)
    for line in file.read_text().splitlines():
        field = line.partition("=")[0].lower()
        assert field in type(settings).model_fields
        assert (getattr(settings, field) == getattr(default, field)) is (field == "homeiq_history_days")
