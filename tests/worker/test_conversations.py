"""Conversations by message: orders, wishes, questions back and what follows them, through both workers to a home."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts import acting, automation, query, suggestions
from contracts.acting import ActRequest, ActResponse, ActStatus
from contracts.home import HomeDocument
from contracts.query import Clarification, QueryContext, QueryRequest, QueryResponse, QueryStatus, RefineRequest
from contracts.suggestions import QuerySuggestionsRequest
from shared.bus.client import Client
from shared.bus.outside import OutsideCalls
from shared.bus.serving import Serving
from shared.bus.worker import Worker
from shared.database_pool import create_shared_db_engine, dispose_engines, reading, writing
from shared.errors import DeadlineExceeded, InvalidRequest, NotFound, Unavailable
from shared.history.sqlite import SqliteHistory
from shared.home import Home
from shared.home_store import HomeStore
from shared.migrations import migrate
from tests.conftest import Bus
from tests.worker.test_acting import Hass
from tests.worker.test_query_suggestions import pattern_worker, trigger
from workers.automation import worker as handlers
from workers.automation.acting.act_store import ActStore
from workers.automation.acting.acting import Acting
from workers.automation.current import CurrentView
from workers.automation.existing import Existing
from workers.automation.override_store import OverrideStore
from workers.pattern.keeping.patterns import PatternStore
from workers.pattern.keeping.synergies import SynergyStore
from workers.query.conversing.memory import LASTING, Conversations
from workers.query.speaker import Speaker
from workers.query.store import QueryStore
from workers.query.wiring import resources as query_resources
from workers.query.worker import worker as query_worker

CEILING, TABLE, HALL, DESK = "light.kitchen_ceiling", "light.kitchen_table", "light.hall", "light.desk"
FRONT, BACK, GARAGE, GATE = "lock.front", "lock.back", "cover.garage_door", "cover.gate"
ALARM, FREEZER, STUDY = "alarm_control_panel.home", "switch.freezer", "climate.study"
SWITCHES: dict[str, Any] = {"turn_on": {}, "turn_off": {}, "toggle": {}}
HOME = HomeDocument.model_validate({
    "areas": [{"area_id": each, "name": each.capitalize()} for each in ("kitchen", "hall", "study")],
    "entities": [
        {"entity_id": CEILING, "name": "Kitchen ceiling lamp", "area_id": "kitchen", "state": "on"},
        {"entity_id": TABLE, "name": "Kitchen table lamp", "area_id": "kitchen", "state": "off"},
        {"entity_id": HALL, "name": "Hall lamp", "area_id": "hall", "state": "off"},
        {"entity_id": DESK, "name": "Desk lamp", "area_id": "study", "state": "on"},
        {"entity_id": FRONT, "name": "Front door lock", "area_id": "hall", "state": "locked"},
        {"entity_id": BACK, "name": "Back door lock", "area_id": "kitchen", "state": "locked"},
        {"entity_id": GARAGE, "name": "Garage door", "device_class": "garage", "state": "closed"},
        {"entity_id": GATE, "name": "Garden gate", "device_class": "gate", "state": "closed"},
        {"entity_id": ALARM, "name": "Alarm", "state": "armed_away",
         "attributes": {"code_arm_required": False, "supported_features": 3}},
        {"entity_id": FREEZER, "name": "Freezer", "area_id": "kitchen", "state": "on"},
        {"entity_id": STUDY, "name": "Study heating", "area_id": "study", "state": "heat",
         "attributes": {"temperature": 20, "current_temperature": 19.5, "min_temp": 5, "max_temp": 30,
                        "hvac_modes": ["off", "heat"], "supported_features": 385}},
        {"entity_id": "person.anna", "name": "Anna", "state": "home"},
        {"entity_id": "sun.sun", "name": "Sun", "state": "above_horizon"},
    ],
    "services": {
        "light": SWITCHES, "switch": SWITCHES, "lock": {"lock": {}, "unlock": {}},
        "cover": {"open_cover": {}, "close_cover": {}}, "notify": {"notify": {}},
        "alarm_control_panel": {"alarm_disarm": {}, "alarm_arm_away": {}, "alarm_arm_home": {}},
        "climate": {"set_temperature": {}, "set_hvac_mode": {}, "turn_on": {}, "turn_off": {}},
    },
})  # fmt: skip
LATER = LASTING + 1.0
Ids = list[str]


class Counted(Conversations):
    """A memory that knows how often it was told something."""

    told = 0

    def keep(self, turn: Any) -> None:
        self.told += 1
        super().keep(turn)


@dataclass
class Talking:
    """The workers, who speaks with them, and Home Assistant behind them."""

    bus: Bus
    engine: AsyncEngine
    client: Client
    folder: Path
    hass: Hass = field(default_factory=Hass)
    home: Home = field(default_factory=Home)
    memories: list[Counted] = field(default_factory=list)
    late: float = 0.0
    """Seconds by which the clocks of conversations are ahead."""

    def judging(self) -> Serving:
        """The automation worker, as far as it judges and acts."""
        alone, acts = Existing(None, self.home), ActStore(self.engine)
        hass: Any = self.hass
        resources: dict[type, Any] = {
            CurrentView: CurrentView(self.home, alone), Existing: alone, ActStore: acts,
            OverrideStore: OverrideStore(self.engine),
            Acting: Acting(hass, OutsideCalls(self.engine, pause=0.001), acts),
        }  # fmt: skip
        worker = Worker("automation")
        worker.handles(automation.VALIDATE)(handlers.validate)
        worker.prepares(acting.ACT)(handlers.do_at_home_assistant)
        worker.handles(acting.ACT)(handlers.act)
        return Serving(worker, self.bus.connector(), resources, engine=self.engine)

    def answering(self, *, executes: bool = False) -> Serving:
        """An instance of the query worker, with a memory of its own."""
        history = SqliteHistory(self.folder / "history.db")
        own = Client(self.bus.connector(), user="query")
        resources = query_resources(self.home, self.engine, history, own, executes=executes)
        memory = Counted(resources[QueryStore], clock=lambda: time.time() + self.late)
        self.memories.append(memory)
        resources[Speaker] = replace(resources[Speaker], conversations=memory)
        resources |= {Home: self.home, HomeStore: HomeStore(self.engine)}
        return Serving(query_worker, self.bus.connector(), resources, engine=self.engine)

    async def ask(self, sentence: str, **fields: Any) -> QueryResponse:
        return await self.client.request(query.ASK, QueryRequest(query=sentence, **fields), timeout=20)

    async def refine(self, before: QueryResponse | str, answer: str, **fields: Any) -> QueryResponse:
        query_id = before if isinstance(before, str) else before.query_id
        request = RefineRequest(query_id=query_id, answer=answer, **fields)
        return await self.client.request(query.REFINE, request, timeout=20)

    async def act(self, **fields: Any) -> ActResponse:
        return await self.client.request(acting.ACT, ActRequest(**fields), timeout=20)

    async def saved(self, query_id: str) -> None:
        """A query is in the database, where other instances find it."""
        statement = text("SELECT count(*) FROM queries WHERE query_id = :id")
        async with asyncio.timeout(20):
            while True:
                async with reading(self.engine) as connection:
                    if (await connection.execute(statement, {"id": query_id})).scalar_one():
                        return
                await asyncio.sleep(0.02)


@pytest.fixture
async def talking(bus: Bus, entered: AsyncExitStack, tmp_path: Path) -> AsyncIterator[Talking]:
    url = str(tmp_path / "homeiq.db")
    await asyncio.to_thread(migrate, url)
    client = await entered.enter_async_context(Client(bus.connector(), user="admin"))
    talking = Talking(bus, create_shared_db_engine(url), client, tmp_path)
    talking.home.load(*HomeStore.read(HOME))
    yield talking
    await entered.aclose()
    await dispose_engines()


@pytest.fixture
async def home(talking: Talking, entered: AsyncExitStack) -> Talking:
    """Both workers serve; orders are proposed and not done."""
    await entered.enter_async_context(talking.judging())
    await entered.enter_async_context(talking.answering())
    return talking


@pytest.fixture
async def doing(talking: Talking, entered: AsyncExitStack) -> Talking:
    """Both workers serve, where a deployment has orders done at once."""
    await entered.enter_async_context(talking.judging())
    await entered.enter_async_context(talking.answering(executes=True))
    return talking


def called(response: QueryResponse) -> list[tuple[str, Any, dict[str, Any]]]:
    """What an answer proposes: service, entities, data."""
    return [(each.action, each.target.get("entity_id"), each.data) for each in response.actions]


def only(response: QueryResponse) -> Clarification:
    """The one question that is asked back; nothing is proposed beside it."""
    assert (response.status, response.actions, response.executed) == (QueryStatus.CLARIFICATION, [], False)
    (asked,) = response.clarifications
    return asked


# -- orders and wishes -------------------------------------------------------------------------------------------------


async def test_an_order_is_proposed_and_not_done(home: Talking) -> None:
    proposed = await home.ask("turn on the hall lamp")
    assert (proposed.status, proposed.query_type, proposed.executed) == (QueryStatus.ANSWERED, "command", False)
    assert called(proposed) == [("light.turn_on", [HALL], {})]
    assert (proposed.answer, proposed.entities) == ("Turning on Hall lamp.", [HALL])
    assert home.hass.called == []


async def test_execute_does_nothing_where_the_deployment_does_not_allow_it(home: Talking) -> None:
    proposed = await home.ask("turn on the hall lamp", execute=True)
    assert (called(proposed), proposed.executed) == ([("light.turn_on", [HALL], {})], False)
    unlocked = await home.ask("unlock the front door", execute=True)
    assert (called(unlocked), unlocked.executed) == ([("lock.unlock", [FRONT], {})], False)
    assert home.hass.called == []


@pytest.mark.parametrize("execute", [None, True])
async def test_a_dangerous_order_is_refused(doing: Talking, execute: bool | None) -> None:
    refused = await doing.ask("turn off the freezer", execute=execute)
    assert (refused.status, refused.actions, refused.clarifications) == (QueryStatus.REFUSED, [], [])
    assert refused.answer.startswith("I won't do that. ")
    assert "Freezer" in refused.answer
    again = await doing.refine(refused, "yes", execute=execute)
    assert (again.executed, again.actions) == (False, [])
    assert doing.hass.called == []


async def test_a_wish_is_suggested_with_its_automation_and_explained(home: Talking) -> None:
    wished = await home.ask("turn on the hall lamp at sunset unless nobody is home", execute=True)
    assert (wished.status, wished.query_type, wished.actions) == (QueryStatus.SUGGESTED, "automation", [])
    assert wished.automation is not None
    assert wished.automation["triggers"] == [{"trigger": "sun", "event": "sunset"}]
    assert {"conditions", "actions"} <= wished.automation.keys()
    assert "At sunset, if Anna is home, turn on Hall lamp." in wished.answer
    assert home.hass.called == []


async def test_a_dangerous_wish_is_refused(home: Talking) -> None:
    refused = await home.ask("every day at 22:00 unlock the front door")
    assert (refused.status, refused.automation, refused.actions) == (QueryStatus.REFUSED, None, [])
    assert "unlocks Front door lock" in refused.answer


async def test_what_was_proposed_is_done_by_its_query_id(home: Talking) -> None:
    proposed = await home.ask("dim the hall lamp to 30 percent")
    done = await home.act(query_id=proposed.query_id)
    assert (done.status, done.actions) == (ActStatus.DONE, proposed.actions)
    assert [each["service_data"] for each in home.hass.called] == [{"brightness_pct": 30}]
    asked = await home.ask("turn off the kitchen lamp")
    with pytest.raises(InvalidRequest, match="has proposed nothing to do"):
        await home.act(query_id=asked.query_id)
    chosen = await home.refine(asked, "both")
    assert (await home.act(query_id=chosen.query_id)).actions == chosen.actions


# -- questions back ----------------------------------------------------------------------------------------------------


ANSWERS: dict[str, Ids] = {
    "Kitchen table lamp": [TABLE], TABLE: [TABLE], "the table one": [TABLE], "table please": [TABLE],
    "I mean the one on the table": [TABLE], "the celing one": [CEILING], "the first one": [CEILING],
    "the second": [TABLE], "the last one": [TABLE], "2": [TABLE], "both": [CEILING, TABLE],
    "all of them": [CEILING, TABLE],
}  # fmt: skip


async def test_which_one_is_answered_in_many_ways_and_not_asked_again(home: Talking) -> None:
    asked = await home.ask("turn off the kitchen lamp")
    choices = [(each.label, each.entity_id) for each in only(asked).options]
    assert choices == [("Kitchen ceiling lamp", CEILING), ("Kitchen table lamp", TABLE)]
    for answer, ids in ANSWERS.items():
        chosen = await home.refine(asked, answer)
        assert (chosen.status, chosen.clarifications) == (QueryStatus.ANSWERED, []), answer
        assert called(chosen) == [("light.turn_off", ids, {})], answer
        assert chosen.query_id != asked.query_id


@pytest.mark.parametrize("sentence", ["turn off the kitchen lamp", "set the study heating", "is the kitchen lamp on"])
async def test_who_says_no_is_left_alone(home: Talking, sentence: str) -> None:
    asked = await home.ask(sentence)
    only(asked)
    for answer in ("no", "never mind", "cancel"):
        left = await home.refine(asked, answer)
        assert (left.status, left.actions, left.clarifications) == (QueryStatus.ANSWERED, [], [])
        assert left.answer == "All right, nothing was done."


async def test_an_answer_that_is_none_does_nothing_and_the_question_can_still_be_answered(home: Talking) -> None:
    asked = await home.ask("turn off the kitchen lamp")
    for answer in ("banana", "", "the third one", "the green one"):
        wrong = await home.refine(asked, answer)
        assert (wrong.actions, wrong.executed) == ([], False)
    assert called(await home.refine(asked, "table")) == [("light.turn_off", [TABLE], {})]


async def test_another_order_instead_of_an_answer_is_that_order(home: Talking) -> None:
    asked = await home.ask("turn off the kitchen lamp")
    assert called(await home.refine(asked, "turn on the hall lamp")) == [("light.turn_on", [HALL], {})]


async def test_to_what_is_answered_by_a_number(home: Talking) -> None:
    asked = await home.ask("set the study heating")
    assert [each.label for each in only(asked).options] == ["19", "20", "21", "22"]
    for answer in ("21", "21 degrees"):
        got = await home.refine(asked, answer)
        assert called(got) == [("climate.set_temperature", [STUDY], {"temperature": 21})]


async def test_what_is_asked_of_a_name_alone_is_not_asked_twice(home: Talking) -> None:
    asked = await home.ask("desk lamp")
    assert only(asked).id == "what"
    assert called(await home.refine(asked, "turn it off")) == [("light.turn_off", [DESK], {})]
    assert (await home.refine(asked, "is it on?")).answer == "Yes, Desk lamp is on."
    told = await home.refine(asked, "Desk lamp")
    assert (told.status, told.entities, told.clarifications) == (QueryStatus.ANSWERED, [DESK], [])


async def test_a_query_that_nobody_asked_is_not_found(home: Talking) -> None:
    with pytest.raises(NotFound, match="ask it again"):
        await home.refine("0" * 32, "yes")


# -- sessions ----------------------------------------------------------------------------------------------------------


async def test_a_session_goes_on(home: Talking) -> None:
    assert (await home.ask("which lights are on in the study?", session_id="a")).entities == [DESK]
    there = await home.ask("and in the kitchen?", session_id="a")
    assert there.result is not None
    assert there.result.value == [CEILING]
    await home.ask("turn on the hall lamp", session_id="b")
    assert called(await home.ask("turn it off again", session_id="b")) == [("light.turn_off", [HALL], {})]
    await home.ask("set the study heating to 20", session_id="c")
    warmer = await home.ask("make it 22", session_id="c")
    assert called(warmer) == [("climate.set_temperature", [STUDY], {"temperature": 22})]
    assert (await home.ask("is the hall lamp on?", session_id="d")).answer == "No, Hall lamp is off."
    assert called(await home.ask("turn it on", session_id="d")) == [("light.turn_on", [HALL], {})]


@pytest.mark.parametrize("sentence", ["turn it off again", "make it 22", "and in the kitchen?", "yes"])
async def test_without_its_session_nothing_is_remembered(home: Talking, sentence: str) -> None:
    await home.ask("turn on the hall lamp", session_id="one")
    for session_id in (None, "another"):
        lost = await home.ask(sentence, session_id=session_id)
        assert (lost.actions, lost.result) == ([], None)


@pytest.mark.parametrize(
    ("answer", "ids"), [("the table one", [TABLE]), ("both", [CEILING, TABLE]), (CEILING, [CEILING])]
)
async def test_the_next_sentence_of_a_session_answers_a_question_back(home: Talking, answer: str, ids: Ids) -> None:
    only(await home.ask("turn off the kitchen lamp", session_id="s"))
    got = await home.ask(answer, session_id="s")
    assert called(got) == [("light.turn_off", ids, {})]
    assert only(await home.ask("set the study heating", session_id="s")).id == "value"
    warm = await home.ask("21", session_id="s")
    assert called(warm) == [("climate.set_temperature", [STUDY], {"temperature": 21})]


async def test_a_sentence_of_its_own_is_no_answer(home: Talking) -> None:
    for sentence in ("is the kitchen table lamp on?", "is the kitchen table lamp on", "which lights are on?"):
        only(await home.ask("turn off the kitchen lamp", session_id="s"))
        got = await home.ask(sentence, session_id="s")
        assert (got.actions, got.result is None) == ([], False)
    only(await home.ask("turn off the kitchen lamp", session_id="s"))
    lit = await home.ask("turn on the kitchen table lamp", session_id="s")
    assert called(lit) == [("light.turn_on", [TABLE], {})]
    only(await home.ask("turn off the kitchen lamp", session_id="s"))
    assert (await home.ask("no", session_id="s")).answer == "All right, nothing was done."


async def test_after_half_an_hour_it_is_over(home: Talking) -> None:
    asked = await home.ask("turn off the kitchen lamp", session_id="s")
    home.late = LASTING - 60.0
    assert called(await home.refine(asked, "table")) == [("light.turn_off", [TABLE], {})]
    home.late = LATER
    with pytest.raises(NotFound, match="in the last half hour"):
        await home.refine(asked, "table")
    assert (await home.ask("turn it on again", session_id="s")).actions == []


async def test_a_conversation_outlives_the_worker(talking: Talking, entered: AsyncExitStack) -> None:
    await entered.enter_async_context(talking.judging())
    async with talking.answering():
        which = await talking.ask("turn off the kitchen lamp")
        here = await talking.ask("turn off the lamp", context=QueryContext(area_id="kitchen"))
        await talking.ask("turn on the hall lamp", session_id="s")
    await entered.enter_async_context(talking.answering())
    assert called(await talking.ask("turn it off again", session_id="s")) == [("light.turn_off", [HALL], {})]
    assert called(await talking.refine(which, "the second one")) == [("light.turn_off", [TABLE], {})]
    assert called(await talking.refine(here, "the table one")) == [("light.turn_off", [TABLE], {})]
    talking.late = LATER
    with pytest.raises(NotFound):
        await talking.refine(which, "the second one")
    assert (await talking.ask("turn it on again", session_id="s")).actions == []


async def test_two_instances_share_a_conversation(talking: Talking, entered: AsyncExitStack) -> None:
    await entered.enter_async_context(talking.judging())
    await entered.enter_async_context(talking.answering())
    await entered.enter_async_context(talking.answering())
    for name, entity_id in [("hall", HALL), ("desk", DESK), ("kitchen table", TABLE)] * 3:
        said = await talking.ask(f"turn on the {name} lamp", session_id="s")
        await talking.saved(said.query_id)
        again = await talking.ask("turn it off again", session_id="s")
        assert called(again) == [("light.turn_off", [entity_id], {})]
        await talking.saved(again.query_id)
    assert all(each.told for each in talking.memories)


async def test_another_instance_takes_the_answer_at_once(talking: Talking, entered: AsyncExitStack) -> None:
    await entered.enter_async_context(talking.judging())
    await entered.enter_async_context(talking.answering())
    await entered.enter_async_context(talking.answering())
    for _ in range(4):
        asked = await talking.ask("turn off the kitchen lamp")
        assert called(await talking.refine(asked, "table")) == [("light.turn_off", [TABLE], {})]
    assert all(each.told for each in talking.memories)


# -- done --------------------------------------------------------------------------------------------------------------


async def test_an_order_is_done_where_that_is_asked_for_and_allowed(doing: Talking) -> None:
    done = await doing.ask("turn on the hall lamp", execute=True)
    assert (done.status, done.executed) == (QueryStatus.ANSWERED, True)
    assert called(done) == [("light.turn_on", [HALL], {})]
    assert doing.hass.services == ["light.turn_on"]
    assert not (await doing.ask("turn off the hall lamp")).executed
    assert not (await doing.ask("turn off the hall lamp", execute=False)).executed
    assert doing.hass.services == ["light.turn_on"]


async def test_a_chosen_one_is_done_as_the_order_was_to_be(doing: Talking) -> None:
    asked = await doing.ask("turn off the kitchen lamp", execute=True)
    only(asked)
    assert doing.hass.called == []
    assert not (await doing.refine(asked, "table", execute=False)).executed
    assert doing.hass.called == []
    assert (await doing.refine(asked, "table")).executed
    assert [each["target"] for each in doing.hass.called] == [{"entity_id": TABLE}]


WEIGHTY = [
    ("unlock the front door", "lock.unlock"),
    ("disarm the alarm", "alarm_control_panel.alarm_disarm"),
    ("open the garage door", "cover.open_cover"),
    ("open the garden gate", "cover.open_cover"),
]


@pytest.mark.parametrize(("sentence", "service"), WEIGHTY)
async def test_what_weighs_is_done_after_a_yes_and_only_then(doing: Talking, sentence: str, service: str) -> None:
    asked = await doing.ask(sentence, execute=True)
    assert [each.label for each in only(asked).options] == ["yes", "no"]
    assert asked.answer.endswith("Shall I?")
    for answer in ("no", "hmm", "maybe later"):
        left = await doing.refine(asked, answer)
        assert (left.executed, left.actions) == (False, [])
    assert doing.hass.called == []
    done = await doing.refine(asked, "yes")
    assert (done.status, done.executed, done.clarifications) == (QueryStatus.ANSWERED, True, [])
    assert [each.action for each in done.actions] == doing.hass.services == [service]


async def test_which_one_and_whether_are_asked_once_each(doing: Talking) -> None:
    asked = await doing.ask("unlock the door", execute=True)
    assert [each.entity_id for each in only(asked).options] == [FRONT, BACK]
    sure = await doing.refine(asked, "the back one")
    assert only(sure).id == "confirm"
    done = await doing.refine(sure, "yes please")
    assert (called(done), done.executed) == ([("lock.unlock", [BACK], {})], True)
    assert doing.hass.services == ["lock.unlock"]


async def test_a_yes_counts_for_another_instance_and_after_a_restart(talking: Talking, entered: AsyncExitStack) -> None:
    await entered.enter_async_context(talking.judging())
    async with talking.answering(executes=True):
        asked = await talking.ask("unlock the door", execute=True)
        sure = await talking.refine(asked, "the back one")
    await entered.enter_async_context(talking.answering(executes=True))
    done = await talking.refine(sure, "yes")
    assert (called(done), done.executed) == ([("lock.unlock", [BACK], {})], True)


async def test_a_yes_in_a_session_is_one_to_the_last_question_only(doing: Talking) -> None:
    speak = {"session_id": "s", "execute": True}
    await doing.ask("unlock the front door", **speak)
    await doing.ask("is the hall lamp on", **speak)
    assert not (await doing.ask("yes", **speak)).executed
    only(await doing.ask("unlock the front door", **speak))
    assert not (await doing.ask("yes", session_id="s")).executed
    assert not (await doing.ask("yes", execute=True)).executed
    assert doing.hass.called == []
    only(await doing.ask("unlock the front door", **speak))
    assert (await doing.ask("yes", **speak)).executed
    assert doing.hass.services == ["lock.unlock"]


async def test_a_no_in_a_session_ends_it(doing: Talking) -> None:
    speak = {"session_id": "s", "execute": True}
    only(await doing.ask("open the garage door", **speak))
    assert (await doing.ask("no", **speak)).answer == "All right, nothing was done."
    assert not (await doing.ask("yes", **speak)).executed
    assert doing.hass.called == []


async def test_what_home_assistant_does_not_do_is_told(doing: Talking) -> None:
    doing.hass.answers["light.turn_on"] = [InvalidRequest("Home Assistant does not take this: no")]
    failed = await doing.ask("turn on the hall lamp", execute=True)
    assert (failed.executed, "was not done" in failed.answer) == (False, True)
    doing.hass.answers["light.turn_on"] = [DeadlineExceeded("Home Assistant did not answer call_service in time")]
    unknown = await doing.ask("turn on the desk lamp", execute=True)
    assert not unknown.executed
    assert "Whether it was done is not known" in unknown.answer
    doing.hass.up = False
    away = await doing.ask("turn on the kitchen table lamp", execute=True)
    assert not away.executed
    assert "It was not done: Home Assistant is away" in away.answer


# -- alone -------------------------------------------------------------------------------------------------------------


async def test_without_the_automation_worker_questions_go_on(talking: Talking, entered: AsyncExitStack) -> None:
    await entered.enter_async_context(talking.answering(executes=True))
    for sentence in ("turn on the hall lamp", "turn off the freezer", "turn on the hall lamp at sunset"):
        with pytest.raises(Unavailable, match="The automation worker, which judges orders and wishes, does not answer"):
            await talking.ask(sentence, execute=True)
    assert (await talking.ask("is the hall lamp on?")).answer == "No, Hall lamp is off."
    only(await talking.ask("turn off the kitchen lamp"))
    async with talking.judging():
        assert (await talking.ask("turn on the hall lamp")).status is QueryStatus.ANSWERED
    assert talking.hass.called == []


async def test_an_automation_worker_that_went_is_not_waited_for_long(
    talking: Talking, entered: AsyncExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.query.judging.PATIENCE", 0.3)
    await entered.enter_async_context(talking.answering())
    async with talking.judging():
        await talking.ask("turn on the hall lamp")
    with pytest.raises(Unavailable, match="does not answer: every worker that serves automation/validate is offline"):
        await talking.ask("turn on the desk lamp")
    async with talking.judging():
        assert (await talking.ask("turn on the hall lamp")).status is QueryStatus.ANSWERED


# -- beside ------------------------------------------------------------------------------------------------------------


async def test_how_a_sentence_was_read_is_told_where_that_is_asked(home: Talking) -> None:
    assert (await home.ask("turn on the hall lamp")).steps == []
    steps = (await home.ask("turn on the hall lmap", explain=True)).steps
    assert [steps[0].step, steps[-1].step, steps[-1].reason] == ["words", "reading", "Command"]
    assert "mended" in steps[0].reason
    assert any(HALL in each.reason for each in steps)
    assert all(0.0 <= each.confidence <= 1.0 for each in steps)
    asked = await home.ask("turn off the kitchen lamp", explain=True)
    assert asked.steps[-1].reason == "Ambiguous"
    assert (await home.refine(asked, "table", explain=True)).steps[-1].reason == "Command"


async def test_suggestions_of_a_query_are_wishes_that_are_understood(home: Talking, entered: AsyncExitStack) -> None:
    kept, related = PatternStore(home.engine), SynergyStore(home.engine)
    async with writing(home.engine) as connection:
        await kept.replace(connection, {"lit": trigger((DESK, HALL), ("on", "on"))}, 30, datetime.now(UTC))
    resources = {PatternStore: kept, SynergyStore: related}
    await entered.enter_async_context(Serving(pattern_worker(), home.bus.connector(), resources, engine=home.engine))
    asked = await home.ask("is the desk lamp on?")
    wanted = QuerySuggestionsRequest(query_id=asked.query_id)
    (found,) = (await home.client.request(suggestions.SUGGESTIONS, wanted, timeout=20)).suggestions
    assert (found.pattern_id, found.entities) == ("lit", [DESK, HALL])
    wished = await home.ask(found.query)
    assert wished.status is QueryStatus.SUGGESTED
    assert wished.automation is not None
    assert wished.automation["triggers"][0]["entity_id"] == [DESK]
