"""The package `homeiq.yaml` in a real Home Assistant, on our own broker, against the fastest possible worker."""

from __future__ import annotations

import asyncio
import json
import math
import re
import statistics
import time
from contextlib import AsyncExitStack
from typing import Any

import pytest

from contracts.home import HomeDocument
from contracts.query import QueryContext
from shared.bus.mqtt import mqtt_connector
from shared.bus.packets import Publish
from shared.bus.serving import Serving
from shared.bus.transport import Message, Subscription
from shared.bus.worker import Worker
from shared.errors import Unavailable
from shared.homeassistant.eventstream import read_event
from tests.conftest import RawClient
from tests.homeassistant.conftest import Answering, told_event
from tests.homeassistant.hass import Hass, eventually
from tests.homeassistant.house import FILES, House, require_home_assistant

require_home_assistant()

AUTOMATIONS = ("homeiq_tell_all_states", "homeiq_answer_sentences", "homeiq_hear_replies")


async def test_the_package_loads_without_a_word_in_the_log(house: House, hass: Hass) -> None:
    for automation in AUTOMATIONS:
        assert await hass.entity_of(automation), f"{automation} is missing: load docs/home-assistant/homeiq.yaml"
    assert await hass.state("script.homeiq_ask") == "off"
    if house.log is not None:
        assert complaints(house.log.read_text()) == []


def complaints(log: str) -> list[str]:
    """Errors, and whatever names us; save for Home Assistant's own error with aliases in its event stream."""
    entries = re.split(r"^(?=\d{4}-\d\d-\d\d )", log, flags=re.MULTILINE)
    wrong = [entry for entry in entries if " ERROR " in entry[:60] or "homeiq" in entry.lower()]
    return [entry for entry in wrong if "ComputedNameType is not JSON serializable" not in entry]


# -- the script --------------------------------------------------------------------------------------------------------


async def test_the_script_gives_the_answer_as_its_response(hass: Hass, answering: Answering) -> None:
    response = await hass.ask("is the garage door open?")
    told = {key: response[key] for key in ("ok", "error", "answer", "status", "result", "entities", "query_id")}
    assert told == {
        "ok": True,
        "error": None,
        "answer": "is the garage door open?",
        "status": "answered",
        "result": None,
        "entities": [],
        "query_id": "1",
    }


async def test_the_area_of_the_asker_travels_along(hass: Hass, answering: Answering) -> None:
    for area in ({"area_id": "kitchen"}, {"area_id": ""}, {}):
        await hass.ask("is the light on here?", **area)
    assert [request.context for request in answering.asked] == [QueryContext(area_id="kitchen"), None, None]


async def test_two_hundred_questions_in_a_row_get_two_hundred_answers(
    hass: Hass, answering: Answering, record_property: Any
) -> None:
    seconds = []
    for number in range(200):
        began = time.perf_counter()
        response = await hass.ask(f"question {number}")
        seconds.append(time.perf_counter() - began)
        assert (response["ok"], response["answer"]) == (True, f"question {number}")
    figures = {"median": statistics.median(seconds), "slowest": max(seconds)}
    for name, value in figures.items():
        record_property(f"{name}_ms", round(1000 * value, 1))
    print("200 questions:", ", ".join(f"{name} {1000 * value:.0f} ms" for name, value in figures.items()))


async def test_the_retained_reply_alone_is_enough(house: House, hass: Hass, entered: AsyncExitStack) -> None:
    """A reply that was faster than the script waits on a topic of its own; here it is the only one, and at once."""
    worker = await entered.enter_async_context(house.client("query"))

    def answer(message: Message) -> None:
        message.acknowledge()
        request = json.loads(message.packet.payload)
        reply = {"correlation_id": request["correlation_id"], "status": "ok", "data": {"answer": request["query"]}}
        topic = f"homeiq/query/response/{request['correlation_id']}"
        worker.connection.tell(Publish(topic, json.dumps(reply).encode(), retain=True, expiry=60))

    await worker.connection.subscribe([Subscription("homeiq/query/request")], answer)
    for number in range(5):
        assert (await hass.ask(f"question {number}"))["answer"] == f"question {number}"


async def test_many_can_ask_at_once(hass: Hass, answering: Answering) -> None:
    answering.seconds = 0.2
    questions = [f"question {number}" for number in range(40)]
    responses = await asyncio.gather(*(hass.ask(question) for question in questions))
    assert [response["answer"] for response in responses] == questions


async def test_one_automation_can_ask_twice_at_once(hass: Hass, answering: Answering, events: RawClient) -> None:
    """Both run with one context, whose id alone would let the first reply answer both."""
    answering.seconds = 0.1
    ask = [
        {"action": "script.homeiq_ask", "data": {"question": question}, "response_variable": question}
        for question in ("one", "two")
    ]
    tell = [
        {"event": "homeiq_test_told", "event_data": {"asked": each, "answer": f"{{{{ {each}.answer }}}}"}}
        for each in ("one", "two")
    ]
    actions = [{"parallel": [{"sequence": [*pair]} for pair in zip(ask, tell, strict=True)]}]
    async with hass.automation("homeiq_test_twice", {"alias": "Twice", "triggers": [], "actions": actions}) as entity:
        await hass.call("automation", "trigger", entity_id=entity)
        told = [await told_event(events) for _ in ask]
    assert sorted((each["asked"], each["answer"]) for each in told) == [("one", "one"), ("two", "two")]


HOSTILE = [
    'say "hi" \\ back',
    "it's 'quoted' `so`",
    "one\nline\r\nand\tanother",
    "{{ 7*7 }} {% if %} {# no #}",
    '{"query": "mine", "correlation_id": "x"}',
    "[1, 2]",
    "Ünïcødé 🏠 日本 \u2028",
    "  with space around  ",
    "42",
    "1.50",
    "None",
    "true",
    "\x00\x1f",
    "x" * 2_000,
    "",
]


async def test_any_text_arrives_as_it_was_said(hass: Hass, answering: Answering) -> None:
    for text in HOSTILE:
        assert (await hass.ask(text))["answer"] == text
    assert [request.query for request in answering.asked] == HOSTILE


# -- when there is no answer -------------------------------------------------------------------------------------------


async def test_without_a_worker_the_script_says_so_in_time(hass: Hass) -> None:
    began = time.perf_counter()
    response = await hass.ask("is anybody there?", timeout=1)
    assert 0.9 < time.perf_counter() - began < 3
    assert (response["ok"], response["status"], response["error"]["code"]) == (False, "error", "deadline_exceeded")
    assert response["answer"] == "HomeIQ did not answer within 1 second. Is it running?"
    assert (response["result"], response["entities"], response["query_id"]) == (None, [], None)


async def test_the_deadline_travels_with_the_question(hass: Hass, answering: Answering) -> None:
    for timeout in (1, 30, 2.5):
        await hass.ask("how long do you have?", timeout=timeout)
    assert [math.ceil(seconds) for seconds in answering.deadlines] == [1, 30, 3]
    answering.seconds = 1.5
    assert not (await hass.ask("slow", timeout=1))["ok"]
    assert (await hass.ask("patient", timeout=3))["answer"] == "patient"


async def test_an_error_reply_is_told_in_words(hass: Hass, answering: Answering) -> None:
    answering.error = Unavailable("the history can't be read")
    response = await hass.ask("when did it rain?")
    assert response["error"] == {"code": "unavailable", "message": "the history can't be read"}
    assert response["answer"] == "HomeIQ could not answer: the history can't be read."


async def test_a_question_that_is_too_long_is_told_so(hass: Hass, answering: Answering) -> None:
    response = await hass.ask("x" * 2_001)
    assert (response["ok"], response["error"]["code"]) == (False, "invalid_request")
    assert "2000 characters" in response["answer"]
    assert answering.asked == []


# -- voice -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "opening", ["ask the house", "Ask the home", "ask HomeIQ", "ask home iq", "Ask home i q"], ids=str.lower
)
async def test_a_sentence_is_answered(hass: Hass, answering: Answering, opening: str) -> None:
    assert await hass.say(f"{opening} which windows are open upstairs?") == "which windows are open upstairs"


async def test_a_sentence_may_hold_anything(hass: Hass, answering: Answering) -> None:
    sentence = 'what is "{{ 7*7 }}" in Zoë\'s room'
    assert await hass.say(f"ask the house {sentence}") == sentence


async def test_here_is_the_room_of_the_device_that_listens(hass: Hass, answering: Answering) -> None:
    device = await hass.render("{{ device_id('light.kitchen_ceiling') }}")
    await hass.say("ask the house is the light on here", device_id=device)
    await hass.say("ask the house is the light on", satellite_id="light.kitchen_ceiling")
    await hass.say("ask the house is the light on")
    kitchen = QueryContext(area_id="kitchen")
    assert [request.context for request in answering.asked] == [kitchen, kitchen, None]


async def test_a_sentence_without_an_answer_is_told_so(hass: Hass, answering: Answering) -> None:
    answering.error = Unavailable("no home yet")
    assert await hass.say("ask the house is the light on") == "HomeIQ could not answer: no home yet."


# -- the home, told to HomeIQ ------------------------------------------------------------------------------------------


async def test_the_event_stream_tells_states_and_nothing_else(
    hass: Hass, answering: Answering, events: RawClient
) -> None:
    await hass.ask("is the light on?")
    name = "light.office_desk_lamp" if await hass.state("light.office_desk_lamp") else "light.kitchen_ceiling"
    before = await hass.state(name)
    await hass.call("light", "toggle", entity_id=name)
    seen = set()
    while True:
        event = await events.next_json()
        seen.add(event["event_type"])
        if event["event_data"].get("entity_id") == name and event["event_data"]["new_state"]["state"] != before:
            break
    assert seen == {"state_changed"}
    await hass.call("light", "toggle", entity_id=name)

    async def as_before() -> bool:
        return await hass.state(name) == before

    await eventually(as_before)


async def test_all_states_are_told_when_homeiq_starts(house: House, hass: Hass, events: RawClient) -> None:
    """So that a question is answered at once, and not only when the thing has moved."""
    states = {each["entity_id"]: each for each in await hass.get("states")}
    told: dict[str, Any] = {}
    async with Serving(Worker("data"), mqtt_connector(house.address("data")), {}):
        async with asyncio.timeout(10):
            while states.keys() - told.keys():
                if found := read_event((await events.next()).payload):
                    told[found.change.entity_id] = found.change.state
    lights = [entity_id for entity_id in states if entity_id.startswith(("light.", "climate.", "cover."))]
    assert lights
    for entity_id in lights:
        assert (told[entity_id].state, told[entity_id].attributes) == (
            states[entity_id]["state"],
            states[entity_id]["attributes"],
        )


async def test_a_worker_that_renews_its_presence_is_told_nothing(
    house: House, hass: Hass, entered: AsyncExitStack
) -> None:
    entity = await hass.entity_of("homeiq_tell_all_states")

    async def last_told() -> Any:
        return (await hass.get(f"states/{entity}"))["attributes"]["last_triggered"]

    before = await last_told()
    data = await entered.enter_async_context(house.client("data"))
    presence = {"status": "online", "connected": "2026-11-01T10:00:00+00:00", "renewed": "2026-11-01T10:00:30+00:00"}
    for payload in (json.dumps(presence), json.dumps(presence | {"status": "offline"}), "no JSON"):
        await data.publish("homeiq/workers/data/test", payload)
    await data.publish("homeiq/workers/data/test", json.dumps(presence | {"renewed": "2026-11-01T10:00:01+00:00"}))

    async def told() -> bool:
        return bool(await last_told() != before)

    await eventually(told)  # by the last one, and so, in the order of messages, not by those before


async def test_the_home_can_be_taken_from_a_template(house: House, hass: Hass) -> None:
    """`home.jinja` gives what `homeiq import home` reads, with the same rooms as the registries."""
    home = HomeDocument.model_validate_json(await hass.render((FILES / "home.jinja").read_text()))
    areas = {each["area_id"]: each for each in await hass.command("config/area_registry/list")}
    assert {each.area_id: (each.name, each.floor_id) for each in home.areas} == {
        area_id: (each["name"], each["floor_id"]) for area_id, each in areas.items()
    }
    floors = await hass.command("config/floor_registry/list")
    assert {each.floor_id: each.name for each in home.floors} == {each["floor_id"]: each["name"] for each in floors}
    rooms = {each["id"]: each["area_id"] for each in await hass.command("config/device_registry/list")}
    registered = {each["entity_id"]: each for each in await hass.command("config/entity_registry/list")}
    for entity in home.entities:
        if (entry := registered.get(entity.entity_id)) is not None:
            assert entity.area_id == (entry["area_id"] or rooms.get(entry["device_id"]))
    assert len(home.entities) == len(await hass.get("states"))
    assert home.time_zone == (await hass.get("config"))["time_zone"]
