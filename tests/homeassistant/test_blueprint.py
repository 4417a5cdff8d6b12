"""The blueprint: imported as a person does it, and made into automations that run."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from shared.errors import Unavailable
from tests.conftest import RawClient
from tests.homeassistant.conftest import Answering, told_event
from tests.homeassistant.hass import Hass
from tests.homeassistant.house import FILES, require_home_assistant

require_home_assistant()

BLUEPRINT = "blueprints/automation/homeiq/ask_and_announce.yaml"
ANNOUNCE = [
    {"event": "homeiq_test_told", "event_data": {"answer": "{{ answer }}", "entities": "{{ homeiq.entities }}"}}
]


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Nobody reads it."""


@pytest.fixture
def url() -> Iterator[str]:
    """Where our files are on the web."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(FILES))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/{BLUEPRINT}"
        server.shutdown()
        thread.join()


@pytest.fixture
async def path(hass: Hass, url: str) -> str:
    """The blueprint, imported by its address."""
    found = await hass.command("blueprint/import", url=url)
    assert found["validation_errors"] is None
    assert found["blueprint"]["metadata"]["domain"] == "automation"
    saved = {"domain": "automation", "path": "homeiq_test/ask.yaml", "yaml": found["raw_data"]}
    await hass.command("blueprint/save", **saved, source_url=url, allow_override=True)
    return "homeiq_test/ask.yaml"


def made(path: str, **inputs: Any) -> dict[str, Any]:
    """An automation that is made from the blueprint, and asks when the test says so."""
    moment = [{"trigger": "event", "event_type": "homeiq_test_now"}]
    asking = {"moment": moment, "question": "which windows are open?", "announce": ANNOUNCE}
    return {"alias": "Announce", "use_blueprint": {"path": path, "input": asking | inputs}}


async def test_it_asks_and_announces(hass: Hass, path: str, answering: Answering, events: RawClient) -> None:
    async with hass.automation("homeiq_test_announce", made(path)):
        await hass.post("events/homeiq_test_now")
        assert await told_event(events) == {"answer": "which windows are open?", "entities": []}


async def test_its_own_way_to_announce_is_a_notification(
    hass: Hass, path: str, answering: Answering, events: RawClient
) -> None:
    configuration = made(path)
    del configuration["use_blueprint"]["input"]["announce"]
    async with hass.automation("homeiq_test_notice", configuration):
        await hass.post("events/homeiq_test_now")
        async with asyncio.timeout(5):
            while not (notices := await hass.command("persistent_notification/get")):
                await asyncio.sleep(0.05)
    assert [(each["title"], each["message"]) for each in notices] == [("which windows are open?",) * 2]
    await hass.call("persistent_notification", "dismiss_all")


async def test_nothing_to_say_can_be_kept_quiet(hass: Hass, path: str, answering: Answering, events: RawClient) -> None:
    """The answers come in this order; only the two that say something are announced."""
    answering.values = [["binary_sensor.office_window"], [], False, 0, None, True]
    async with hass.automation("homeiq_test_quiet", made(path, only_if_something=True)):
        for _ in range(6):
            await hass.post("events/homeiq_test_now")
        told = [await told_event(events), await told_event(events)]
    assert [each["entities"] for each in told] == [["1"], ["6"]]
    assert len(answering.asked) == 6


@pytest.mark.parametrize("tell", [True, False])
async def test_a_failure_is_told_where_it_is_wanted(
    hass: Hass, path: str, answering: Answering, events: RawClient, tell: bool
) -> None:
    answering.error = Unavailable("no home yet")
    async with hass.automation("homeiq_test_failure", made(path, tell_failures=tell)):
        await hass.post("events/homeiq_test_now")
        if tell:
            assert (await told_event(events))["answer"] == "HomeIQ could not answer: no home yet."
            return
        async with asyncio.timeout(5):
            while not answering.asked:
                await asyncio.sleep(0.02)
        answering.error = None
        await hass.post("events/homeiq_test_now")
        assert (await told_event(events))["answer"] == "which windows are open?"
