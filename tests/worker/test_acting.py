"""Orders by message: judged, confirmed, done once, and kept; what Home Assistant refuses and what nobody knows."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts import acting, automation
from contracts.acting import Action, ActRequest, ActResponse, ActStatus
from contracts.automation import ValidateRequest, ValidateResponse
from contracts.home import HomeDocument
from contracts.query import QueryResponse, QueryStatus
from shared.bus.client import Client
from shared.bus.outside import OutsideCalls
from shared.bus.serving import Serving
from shared.bus.worker import Worker
from shared.database_pool import create_shared_db_engine, dispose_engines, reading, writing
from shared.errors import Conflict, DeadlineExceeded, InvalidRequest, NotFound, RequestError, Unavailable
from shared.home import Home
from shared.home_store import HomeStore
from shared.homeassistant import websocket
from shared.migrations import migrate
from tests.conftest import Bus, RawClient
from workers.automation import worker as handlers
from workers.automation.acting.act_store import ActStore
from workers.automation.acting.acting import Acting
from workers.automation.acting.service_call import ANSWERED
from workers.automation.current import CurrentView
from workers.automation.existing import Existing
from workers.automation.override_store import OverrideStore

HOME = HomeDocument.model_validate(
    {
        "entities": [
            {"entity_id": "light.hall", "name": "Hall lamp", "state": "off"},
            {"entity_id": "light.desk", "name": "Desk lamp", "state": "off"},
            {"entity_id": "lock.front", "name": "Front door lock", "state": "locked"},
            {"entity_id": "alarm_control_panel.home", "name": "Alarm", "state": "armed_away"},
            {"entity_id": "switch.freezer", "name": "Freezer", "state": "on"},
            {"entity_id": "script.tidy", "name": "Tidy", "state": "off"},
        ],
        "services": {
            "light": {"turn_on": {}, "turn_off": {}},
            "lock": {"unlock": {}},
            "alarm_control_panel": {"alarm_disarm": {}},
            "switch": {"turn_off": {}},
            "script": {"turn_on": {}, "tidy": {}},
        },
    }
)
LAMP = Action(action="light.turn_on", target={"entity_id": "light.hall"}, data={"brightness_pct": 20})
DESK = Action(action="light.turn_off", target={"entity_id": "light.desk"})
UNLOCK = Action(action="lock.unlock", target={"entity_id": "lock.front"})
FREEZER = Action(action="switch.turn_off", target={"entity_id": "switch.freezer"})


class Hass:
    """Home Assistant's websocket as the worker asks it; `answers` are by service, the last one stays."""

    def __init__(self) -> None:
        self.up, self.trouble = True, "nobody answers"
        self.called: list[dict[str, Any]] = []
        self.answers: dict[str, list[Any]] = {}

    async def request(self, kind: str, *, timeout: float | None = None, **fields: Any) -> Any:
        assert (kind, timeout is not None) == ("call_service", True)
        self.called.append(fields)
        answers = self.answers.get(f"{fields['domain']}.{fields['service']}", [{"context": {"id": "c"}}])
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def services(self) -> list[str]:
        return [f"{each['domain']}.{each['service']}" for each in self.called]


@dataclass
class Acted:
    """The worker, the client that asks it, and what it asks in turn."""

    bus: Bus
    engine: AsyncEngine
    client: Client
    hass: Hass = field(default_factory=Hass)
    home: Home = field(default_factory=Home)

    def serving(self, *, connected: bool = True) -> Serving:
        alone = Existing(None, self.home)
        acts = ActStore(self.engine, patience=0.5)
        client: Any = self.hass if connected else None
        resources: dict[type, Any] = {
            CurrentView: CurrentView(self.home, alone),
            Existing: alone,
            OverrideStore: OverrideStore(self.engine),
            ActStore: acts,
            Acting: Acting(client, OutsideCalls(self.engine, pause=0.001), acts),
        }
        worker = Worker("automation")
        worker.handles(automation.VALIDATE)(handlers.validate)
        worker.prepares(acting.ACT)(handlers.do_at_home_assistant)
        worker.handles(acting.ACT)(handlers.act)
        return Serving(worker, self.bus.connector(), resources, engine=self.engine)

    async def act(self, *actions: Action, correlation_id: str | None = None, **fields: Any) -> ActResponse:
        request = ActRequest(actions=list(actions) or None, **fields)
        return await self.client.request(acting.ACT, request, correlation_id=correlation_id)

    async def rows(self, table: str = "acts") -> list[Any]:
        async with reading(self.engine) as connection:
            return list((await connection.execute(text(f"SELECT * FROM {table} ORDER BY at"))).all())

    async def answered(self, query_id: str, *actions: Action) -> None:
        """A query was answered, and is saved."""
        response = QueryResponse(
            query_id=query_id, status=QueryStatus.ANSWERED, query_type="command", answer="ok", actions=list(actions)
        )
        row = (
            "INSERT INTO queries (query_id, at, correlation_id, query, status, response, execution_seconds) "
            "VALUES (:query_id, '', '', '', 'answered', :response, 0)"
        )
        async with writing(self.engine) as connection:
            await connection.execute(text(row), {"query_id": query_id, "response": response.model_dump_json()})


@pytest.fixture
async def acted(bus: Bus, entered: AsyncExitStack, tmp_path: Path) -> AsyncIterator[Acted]:
    url = str(tmp_path / "homeiq.db")
    await asyncio.to_thread(migrate, url)
    client = await entered.enter_async_context(Client(bus.connector(), user="admin"))
    acted = Acted(bus, create_shared_db_engine(url), client)
    acted.home.load(*HomeStore.read(HOME))
    yield acted
    await entered.aclose()
    await dispose_engines()


@pytest.fixture
async def served(acted: Acted, entered: AsyncExitStack) -> Acted:
    await entered.enter_async_context(acted.serving())
    return acted


# -- done --------------------------------------------------------------------------------------------------------------


async def test_an_order_is_done_told_and_kept(served: Acted) -> None:
    done = await served.act(LAMP, DESK, correlation_id="one")
    assert (done.status, done.executed, done.actions) == (ActStatus.DONE, True, [LAMP, DESK])
    assert done.message.startswith("Done: Turn on Hall lamp")
    on = {"domain": "light", "service": "turn_on", "service_data": {"brightness_pct": 20}}
    assert served.hass.called[0] == {**on, "target": {"entity_id": "light.hall"}}
    assert served.hass.services == ["light.turn_on", "light.turn_off"]
    (row,) = await served.rows()
    assert (row.act_id, row.correlation_id, row.status, row.query_id) == (done.act_id, "one", "done", None)
    assert [each["action"] for each in json.loads(row.actions)] == ["light.turn_on", "light.turn_off"]
    assert row.message == done.message


async def test_it_is_done_once_though_asked_twice(served: Acted) -> None:
    first = await served.act(LAMP, correlation_id="same")
    assert await served.act(LAMP, correlation_id="same") == first
    assert len(served.hass.called) == len(await served.rows()) == 1
    with pytest.raises(Conflict):
        await served.act(DESK, correlation_id="same")


async def test_what_has_to_be_confirmed_is_done_with_it_and_not_before(served: Acted) -> None:
    asked = await served.act(LAMP, UNLOCK)
    assert (asked.status, asked.executed, asked.actions) == (ActStatus.CONFIRMATION, False, [LAMP, UNLOCK])
    assert "unlock Front door lock" in asked.message
    assert [each.code for each in asked.findings] == ["unsafe_lock"]
    assert served.hass.called == []
    done = await served.act(LAMP, UNLOCK, confirm=True)
    assert (done.status, done.executed) == (ActStatus.DONE, True)
    assert served.hass.services == ["light.turn_on", "lock.unlock"]
    assert [row.status for row in await served.rows()] == ["confirmation", "done"]


@pytest.mark.parametrize("confirm", [True, False])
async def test_what_is_refused_is_not_done_nor_what_stands_beside_it(served: Acted, confirm: bool) -> None:
    refused = await served.act(LAMP, FREEZER, confirm=confirm)
    assert (refused.status, refused.executed, refused.actions) == (ActStatus.REFUSED, False, [])
    assert {each.code for each in refused.findings} == {"critical_off"}
    assert "Freezer" in refused.message
    assert served.hass.called == []


@pytest.mark.parametrize(
    "wrong",
    [
        Action(action="light.turn_on", target={"entity_id": "light.attic"}),
        Action(action="light.explode", target={"entity_id": "light.hall"}),
        Action(action="light.turn_on", target={"entity_id": "light.hall"}, data={"brightness_pct": 150}),
        Action(action="light.turn_on", target={"entity_id": "{{ 'lock.front' }}"}),
        Action(action="nothing"),
    ],
    ids=str,
)
async def test_what_cannot_work_is_refused_with_its_findings(served: Acted, wrong: Action) -> None:
    refused = await served.act(wrong, confirm=True)
    assert (refused.status, refused.executed) == (ActStatus.REFUSED, False)
    assert [each for each in refused.findings if each.severity == "error"]
    assert served.hass.called == []


async def test_a_code_is_sent_and_not_kept(served: Acted) -> None:
    disarm = Action(
        action="alarm_control_panel.alarm_disarm",
        target={"entity_id": "alarm_control_panel.home"},
        data={"code": "4711-disarm"},
    )
    assert (await served.act(disarm, confirm=True)).status is ActStatus.DONE
    assert served.hass.called[0]["service_data"] == {"code": "4711-disarm"}
    for table in ("acts", "outside_calls"):
        assert "4711-disarm" not in str([row[-3:] for row in await served.rows(table)])


# -- not done ----------------------------------------------------------------------------------------------------------


async def test_what_home_assistant_refuses_ends_it_and_what_was_done_is_told(served: Acted) -> None:
    served.hass.answers["light.turn_off"] = [InvalidRequest("Home Assistant does not take this: no")]
    failed = await served.act(LAMP, DESK, LAMP)
    assert (failed.status, failed.executed, failed.actions) == (ActStatus.FAILED, True, [LAMP])
    assert failed.message == (
        "light.turn_off was not done: Home Assistant does not take this: no. Done before it: light.turn_on."
    )
    assert served.hass.services == ["light.turn_on", "light.turn_off"]
    first = await served.act(DESK, LAMP)
    assert (first.status, first.executed, first.actions) == (ActStatus.FAILED, False, [])
    assert [row.status for row in await served.rows()] == ["failed", "failed"]


async def test_what_it_could_not_do_has_failed_and_is_not_unknown(served: Acted) -> None:
    refusal = websocket._refusal({"code": "home_assistant_error", "message": "the lamp is out"})
    assert refusal.message.startswith(ANSWERED)
    served.hass.answers["light.turn_on"] = [refusal]
    failed = await served.act(LAMP)
    assert (failed.status, failed.executed) == (ActStatus.FAILED, False)
    assert "the lamp is out" in failed.message


async def test_without_home_assistant_it_is_said_what_to_set(acted: Acted, entered: AsyncExitStack) -> None:
    await entered.enter_async_context(acted.serving(connected=False))
    with pytest.raises(Unavailable, match="set HA_URL and HA_TOKEN") as away:
        await acted.act(LAMP)
    assert not away.value.details
    assert (await acted.act(UNLOCK)).status is ActStatus.CONFIRMATION
    assert (await acted.act(FREEZER)).status is ActStatus.REFUSED


async def test_while_it_is_away_nothing_is_done_and_the_same_may_be_asked_again(served: Acted) -> None:
    served.hass.up = False
    with pytest.raises(Unavailable, match="Home Assistant is away: nobody answers"):
        await served.act(LAMP, correlation_id="again")
    assert served.hass.called == []
    assert await served.rows() == []
    served.hass.up = True
    assert (await served.act(LAMP, correlation_id="again")).status is ActStatus.DONE


async def test_what_was_sent_and_not_answered_is_unknown_and_never_sent_again(served: Acted) -> None:
    served.hass.answers["light.turn_off"] = [Unavailable("the connection to Home Assistant was lost before")]
    for _ in range(2):
        with pytest.raises(Unavailable, match=r"did not say whether light.turn_off was done.*light.turn_on") as told:
            await served.act(LAMP, DESK, correlation_id="once")
        assert told.value.details == [{"outcome": "unknown"}]
    assert served.hass.services == ["light.turn_on", "light.turn_off"]
    assert [row.status for row in await served.rows()] == ["unknown"]


async def test_a_script_that_goes_on_was_done_and_a_lamp_that_is_silent_was_not(served: Acted) -> None:
    silent = DeadlineExceeded("Home Assistant did not answer call_service in time")
    served.hass.answers |= {"script.tidy": [silent], "light.turn_on": [silent]}
    assert (await served.act(Action(action="script.tidy"))).status is ActStatus.DONE
    with pytest.raises(Unavailable, match="did not say whether light.turn_on was done"):
        await served.act(LAMP)


async def test_nothing_is_done_in_a_home_of_which_nothing_is_known(served: Acted) -> None:
    served.home.load(*HomeStore.read(HomeDocument()))
    with pytest.raises(Unavailable, match="nothing is known of the home yet"):
        await served.act(LAMP)
    assert served.hass.called == []


async def crashed(acted: Acted, *statements: str) -> None:
    """An order was done, and its reply lost; then the rows are as a crash would have left them."""
    async with acted.serving():
        await acted.act(DESK, LAMP, correlation_id="crash")
    async with writing(acted.engine) as connection:
        for each in ("UPDATE inbox SET state = 'accepted', reply = NULL", "DELETE FROM acts", *statements):
            await connection.execute(text(each))
    acted.hass.called.clear()


async def test_after_a_crash_what_was_done_is_not_done_again(acted: Acted, entered: AsyncExitStack) -> None:
    await crashed(acted)
    await entered.enter_async_context(acted.serving())
    assert (await acted.act(DESK, LAMP, correlation_id="crash")).status is ActStatus.DONE
    assert acted.hass.called == []
    assert [row.status for row in await acted.rows()] == ["done"]


async def test_after_a_crash_what_was_not_begun_is_done(acted: Acted, entered: AsyncExitStack) -> None:
    await crashed(acted, "DELETE FROM outside_calls WHERE key LIKE '%/1'")
    await entered.enter_async_context(acted.serving())
    assert (await acted.act(DESK, LAMP, correlation_id="crash")).status is ActStatus.DONE
    assert acted.hass.services == ["light.turn_on"]


async def test_after_a_crash_what_was_begun_is_unknown(acted: Acted, entered: AsyncExitStack) -> None:
    await crashed(acted, "UPDATE outside_calls SET state = 'intended', result = NULL WHERE key LIKE '%/1'")
    await entered.enter_async_context(acted.serving())
    with pytest.raises(Unavailable, match=r"did not say whether light.turn_on was done") as told:
        await acted.act(DESK, LAMP, correlation_id="crash")
    assert told.value.details == [{"outcome": "unknown"}]
    assert acted.hass.called == []
    assert [row.status for row in await acted.rows()] == ["unknown"]


# -- queries -----------------------------------------------------------------------------------------------------------


async def test_what_a_query_proposed_is_done(served: Acted) -> None:
    await served.answered("q1", LAMP)
    done = await served.act(query_id="q1")
    assert (done.status, done.actions) == (ActStatus.DONE, [LAMP])
    (row,) = await served.rows()
    assert row.query_id == "q1"


async def test_a_query_that_is_saved_behind_its_answer_is_waited_for(served: Acted) -> None:
    asking = asyncio.create_task(served.act(query_id="q2"))
    await asyncio.sleep(0.1)
    assert not asking.done()
    await served.answered("q2", LAMP)
    assert (await asking).status is ActStatus.DONE


async def test_what_a_query_proposed_is_judged_as_any_other(served: Acted) -> None:
    await served.answered("q3", UNLOCK)
    await served.answered("q4", FREEZER)
    assert (await served.act(query_id="q3")).status is ActStatus.CONFIRMATION
    assert (await served.act(query_id="q4", confirm=True)).status is ActStatus.REFUSED
    assert served.hass.called == []


async def test_a_query_that_nobody_knows_and_one_that_proposed_nothing(served: Acted) -> None:
    with pytest.raises(NotFound, match="there is no query nobody"):
        await served.act(query_id="nobody")
    await served.answered("q5")
    with pytest.raises(InvalidRequest, match="has proposed nothing to do"):
        await served.act(query_id="q5")


# -- requests ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"actions": []},
        {"actions": [LAMP.model_dump()], "query_id": "q"},
        {"actions": [LAMP.model_dump()] * 101},
        {"actions": [{**LAMP.model_dump(), "dat": {}}]},
        {"actions": [{"target": {}}]},
        {"actions": ["light.turn_on"]},
        {"actions": [LAMP.model_dump()], "confirmed": True},
        {"query_id": ""},
    ],
    ids=lambda each: str(each)[:60],
)
async def test_a_wrong_request_is_answered_as_one(served: Acted, raw: RawClient, fields: dict[str, Any]) -> None:
    await raw.subscribe("homeiq/home/act/response")
    await raw.publish("homeiq/home/act/request", json.dumps(fields))
    assert (await raw.next_json())["error"]["code"] == "invalid_request"
    assert served.hass.called == []


async def test_an_order_is_judged_before_it_is_given(served: Acted) -> None:
    async def judged(*actions: Action) -> ValidateResponse:
        request = ValidateRequest(actions=[each.model_dump() for each in actions])
        return await served.client.request(automation.VALIDATE, request)

    lamp, lock, freezer = await judged(LAMP), await judged(UNLOCK), await judged(FREEZER)
    assert [(each.valid, each.safe, each.confirm) for each in (lamp, lock, freezer)] == [
        (True, True, False),
        (True, True, True),
        (True, False, False),
    ]
    assert lamp.explanation == "Turn on Hall lamp at 20 %."
    assert served.hass.called == []


@pytest.mark.parametrize("also", [{"yaml": "alias: x"}, {"automation": {"alias": "x"}}])
def test_an_automation_and_an_order_are_two_things(also: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="give either `automation` or `yaml` or `actions`"):
        ValidateRequest(actions=[], **also)


async def test_errors_are_those_of_requests(served: Acted) -> None:
    served.hass.answers["light.turn_on"] = [RuntimeError("a mistake")]
    with pytest.raises(RequestError, match="the automation worker failed on this request"):
        await served.act(LAMP)
