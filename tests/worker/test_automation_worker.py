"""Automations by message: both verdicts, all findings, a sentence; and what Home Assistant thinks beside it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from contracts import automation
from contracts.acting import ACT, Action, ActRequest
from contracts.automation import (
    OverrideRequest,
    OverridesRequest,
    RecordedOverride,
    RevokeRequest,
    ValidateRequest,
    ValidateResponse,
)
from contracts.envelope import REQUEST_LIMIT
from contracts.health import HealthRequest, health_of
from contracts.home import HomeDocument
from contracts.operation import ADMIN_ONLY, EVERYBODY
from shared.broker.access import ADMIN, DASHBOARD, HOME_ASSISTANT, rules
from shared.bus.client import Client
from shared.bus.serving import Serving
from shared.bus.worker import Worker
from shared.database_pool import create_shared_db_engine, dispose_engines
from shared.errors import Forbidden, InvalidRequest, NotFound, RequestError, Unavailable
from shared.home import Home
from shared.home_store import HomeStore
from shared.migrations import migrate
from shared.settings import load_settings
from tests.conftest import Bus, MosquittoBus, RawClient
from workers.automation.current import CurrentView
from workers.automation.existing import Existing
from workers.automation.finding import warning
from workers.automation.override_store import OverrideStore
from workers.automation.safety.override import Override
from workers.automation.verdict import Verdict, read
from workers.automation.worker import response, validate
from workers.bootstrap import Running, naming, serving

HOME = HomeDocument.model_validate(
    {
        "areas": [{"area_id": "hall", "name": "Hall"}],
        "entities": [
            {"entity_id": "light.hall", "name": "Hall lamp", "area_id": "hall", "state": "off"},
            {"entity_id": "lock.front", "name": "Front door lock", "area_id": "hall", "state": "locked"},
            {"entity_id": "binary_sensor.motion", "name": "Motion", "device_class": "motion", "state": "off"},
            {"entity_id": "automation.night", "name": "Night", "state": "on"},
            {"entity_id": "automation.gone", "name": "Gone", "state": "unavailable"},
            {"entity_id": "script.tidy", "name": "Tidy", "state": "off"},
        ],
        "services": {"light": {"turn_on": {}, "turn_off": {}}, "lock": {"unlock": {}}, "script": {"turn_on": {}}},
    }
)
LAMP = {
    "alias": "Lamp",
    "triggers": [{"trigger": "state", "entity_id": "binary_sensor.motion", "to": "on"}],
    "actions": [{"action": "light.turn_on", "target": {"entity_id": "light.hall"}}],
}
UNLOCKED = {**LAMP, "actions": [{"action": "lock.unlock", "target": {"entity_id": "lock.front"}}]}


class Hass:
    """Home Assistant's websocket as the worker asks it."""

    def __init__(self) -> None:
        self.up, self.trouble = True, None
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.answers: dict[str, Any] = {}
        self.wakers: list[Any] = []

    def on_event(self, event_type: str, call: Any) -> None:
        self.wakers.append(lambda: call({"event_type": event_type}))

    def when_up(self, call: Any) -> None:
        self.wakers.append(call)

    async def wait_up(self) -> None:
        return

    async def request(self, kind: str, *, timeout: float | None = None, **fields: Any) -> Any:
        self.asked.append((kind, fields))
        answer = self.answers.get(str(fields.get("entity_id", kind)), NotFound("no such thing"))
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def hass() -> Hass:
    return Hass()


@pytest.fixture
def existing(hass: Hass) -> Existing:
    return Existing(hass, living())  # type: ignore[arg-type]


def living() -> Home:
    home = Home()
    home.load(*HomeStore.read(HOME))
    return home


@pytest.fixture
async def overrides(tmp_path: Path) -> AsyncIterator[OverrideStore]:
    url = str(tmp_path / "homeiq.db")
    await asyncio.to_thread(migrate, url)
    yield OverrideStore(create_shared_db_engine(url))
    await dispose_engines()


@pytest.fixture
async def asking(bus: Bus, entered: AsyncExitStack, overrides: OverrideStore) -> Client:
    alone = Existing(None, home := living())
    resources = {CurrentView: CurrentView(home, alone), Existing: alone, OverrideStore: overrides}
    return await client(bus, entered, resources)


async def client(bus: Bus, entered: AsyncExitStack, resources: dict[type, Any]) -> Client:
    worker = Worker("automation")
    worker.handles(automation.VALIDATE)(validate)
    await entered.enter_async_context(Serving(worker, bus.connector(), resources))
    return await entered.enter_async_context(Client(bus.connector()))


async def judged(asking: Client, **fields: Any) -> ValidateResponse:
    return await asking.request(automation.VALIDATE, ValidateRequest(**fields))


def codes(found: ValidateResponse, severity: str = "error") -> set[str]:
    return {each.code for each in found.findings if each.severity == severity}


async def test_a_good_one_is_valid_safe_and_told_in_a_sentence(asking: Client) -> None:
    found = await judged(asking, automation=LAMP)
    assert (found.valid, found.safe, found.score > 90) == (True, True, True)
    assert found.explanation == "When Motion detects motion, turn on Hall lamp."
    assert found.findings_left_out == 0


async def test_both_verdicts_and_all_findings_always(asking: Client) -> None:
    both = {
        **UNLOCKED,
        "actions": [*UNLOCKED["actions"], {"action": "light.turn_onn", "target": {"entity_id": "light.hal"}}],
    }
    found = await judged(asking, automation=both)
    assert (found.valid, found.safe) == (False, False)
    assert {"unsafe_lock", "unknown_entity", "unknown_service"} <= codes(found)
    assert found.score < 50
    fixes = {each.code: each.fix.value for each in found.findings if each.fix is not None}
    assert fixes["unknown_service"] == "light.turn_on"


async def test_yaml_is_read_with_its_lines(asking: Client) -> None:
    started = "alias: Lamp\ntriggers:\n- trigger: sun\n  event: sunset\n"
    text = f"{started}actions:\n- action: light.turn_on\n  target: {{entity_id: light.hal}}\n"
    [finding] = [each for each in (await judged(asking, yaml=text)).findings if each.severity == "error"]
    assert (finding.code, finding.line) == ("unknown_entity", 7)
    assert finding.path.startswith("actions[0].target")


async def test_what_cannot_be_read_is_neither_valid_nor_safe(asking: Client) -> None:
    found = await judged(asking, yaml="alias: [")
    assert (found.valid, found.safe, found.explanation, codes(found)) == (False, False, None, {"syntax"})
    assert found.findings[0].line == 2


@pytest.mark.parametrize(
    "fields", [{}, {"automation": LAMP, "yaml": "alias: x"}, {"automation": []}, {"preset": "lax"}]
)
async def test_a_wrong_request_is_answered_as_one(bus: Bus, raw: RawClient, asking: Client, fields: Any) -> None:
    await raw.subscribe("homeiq/automation/validate/response")
    await raw.publish(
        "homeiq/automation/validate/request",
        json.dumps(fields),
    )
    assert (await raw.next_json())["error"]["code"] == "invalid_request"


async def test_the_longest_text_that_fits_is_answered_and_others_are_not_held_up(asking: Client) -> None:
    many = "".join(f"- action: light.turn_onn\n  target: {{entity_id: light.hal{number}}}\n" for number in range(1_000))
    text = "triggers:\n- trigger: sun\n  event: sunset\nactions:\n" + many
    assert len(text) < REQUEST_LIMIT
    long, short = await asyncio.gather(judged(asking, yaml=text), judged(asking, automation=LAMP))
    assert (long.valid, short.valid) == (False, True)
    assert len(long.findings) > 100


def test_a_reply_holds_as_many_findings_as_fit_and_counts_the_others() -> None:
    findings = tuple(warning("style", f"actions[{number}]", "x" * 2_000) for number in range(300))
    found = response(Verdict.of(findings, None, None))
    assert len(found.model_dump_json().encode()) < REQUEST_LIMIT
    assert 0 < found.findings_left_out == 300 - len(found.findings)


def test_a_reply_holds_as_many_overrides_as_fit() -> None:
    one = Override(who="Anna", when=datetime(2026, 11, 21, tzinfo=UTC), why="x" * 2_000, codes=frozenset({"bulk_off"}))
    found = response(Verdict.of((warning("style", "", "x"),), None, None, (one,) * 300))
    assert len(found.model_dump_json().encode()) < REQUEST_LIMIT
    assert 100 < len(found.overrides) < 300
    assert (found.findings, found.findings_left_out) == ([], 1)


def test_everybody_may_ask_and_nothing_changes() -> None:
    assert automation.VALIDATE.callers == EVERYBODY
    assert not automation.VALIDATE.effect
    with pytest.raises(ValueError, match="either"):
        ValidateRequest()


# -- Home Assistant beside it ------------------------------------------------------------------------------------------


async def test_what_home_assistant_alone_refuses_is_a_finding(
    bus: Bus, entered: AsyncExitStack, hass: Hass, existing: Existing, overrides: OverrideStore
) -> None:
    current = CurrentView(living(), existing)
    asking = await client(bus, entered, {CurrentView: current, Existing: existing, OverrideStore: overrides})
    fine = {each: {"valid": True, "error": None} for each in ("triggers", "actions")}
    hass.answers["validate_config"] = fine
    assert (await judged(asking, automation=LAMP)).valid
    hass.answers["validate_config"] = {**fine, "actions": {"valid": False, "error": "not a valid thing"}}
    found = await judged(asking, automation=LAMP)
    assert (found.valid, found.safe) == (False, True)
    [finding] = [each for each in found.findings if each.severity == "error"]
    assert (finding.code, finding.path) == ("schema", "actions")
    assert "not a valid thing" in finding.message
    hass.answers["validate_config"] = fine
    assert not (await judged(asking, automation={**LAMP, "actions": [{"action": "no.such"}]})).valid
    hass.answers["validate_config"] = Unavailable("away")
    assert (await judged(asking, automation=LAMP)).valid
    assert existing.glance().figures | {"asked": 3, "agreed": 1} == existing.glance().figures
    assert (existing.only_ours, existing.only_theirs) == (1, 1)
    [(kind, fields), *_] = hass.asked
    assert (kind, set(fields)) == ("validate_config", {"triggers", "actions"})


async def test_what_is_known_there_only_is_not_asked(hass: Hass, existing: Existing) -> None:
    for document in (
        {"use_blueprint": {"path": "a.yaml", "input": {}}},
        "triggers: []\nactions:\n- action: notify.x\n  data: {message: !secret word}\n",
    ):
        plan = read(document).plan
        assert plan is not None
        assert await existing.opinion(plan, valid=True) == ()
    assert not hass.asked


async def test_automations_and_scripts_there_are_part_of_the_home(hass: Hass, existing: Existing) -> None:
    hass.answers["automation.night"] = {"config": {"id": "7", **LAMP}}
    hass.answers["script.tidy"] = {
        "config": {"sequence": [{"action": "light.turn_off", "target": {"area_id": "hall"}}]}
    }
    current = CurrentView(living(), existing)
    assert not current.view().automations
    reading = asyncio.create_task(existing.run())
    try:
        hass.wakers[0]()
        while not existing.revision:
            await asyncio.sleep(0.005)
    finally:
        reading.cancel()
    view = current.view()
    assert set(view.automations) == {"automation.night"}
    assert [each.action for each in view.scripts["script.tidy"]] == ["light.turn_off"]  # type: ignore[union-attr]
    assert existing.glance().figures | {"automations": 1, "scripts": 1} == existing.glance().figures


def test_a_view_is_kept_while_the_home_is_the_same() -> None:
    now = [0.0]
    home = living()
    current = CurrentView(home, Existing(None, home), lambda: now[0])
    first = current.view()
    assert current.view() is first
    now[0] = 60.0
    second = current.view()
    assert second is not first
    home.load(*HomeStore.read(HOME))
    assert current.view() is not second


# -- wired -------------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def up(mosquitto: MosquittoBus, data: Path) -> AsyncIterator[Running]:
    settings = load_settings(env_file=None, homeiq_data=data)
    async with serving(["automation"], settings, mosquitto.process.address) as running:
        running.home.load(*HomeStore.read(HOME))
        yield running


async def test_the_worker_alone_judges_orders_and_says_what_it_needs_to_do_them(
    mosquitto: MosquittoBus, tmp_path: Path, entered: AsyncExitStack
) -> None:
    await entered.enter_async_context(up(mosquitto, tmp_path / "data"))
    asking = await entered.enter_async_context(Client(mosquitto.process.address(HOME_ASSISTANT), user=HOME_ASSISTANT))
    lock = Action(action="lock.unlock", target={"entity_id": "lock.front"})
    assert (await asking.request(ACT, ActRequest(actions=[lock]))).status == "confirmation"
    lamp = Action(action="light.turn_on", target={"entity_id": "light.hall"})
    with pytest.raises(Unavailable, match="set HA_URL and HA_TOKEN"):
        await asking.request(ACT, ActRequest(actions=[lamp]))


def test_a_deployment_says_whether_the_query_worker_acts(tmp_path: Path) -> None:
    for chosen in (True, False):
        settings = load_settings(env_file=None, homeiq_data=tmp_path, homeiq_execute_from_query=chosen)
        line = f"write {ACT.request_topic()}"
        assert (line in rules("query", naming(settings))) is chosen


async def test_the_worker_alone_answers_home_assistant_and_tells_its_health(
    mosquitto: MosquittoBus, tmp_path: Path, entered: AsyncExitStack
) -> None:
    await entered.enter_async_context(up(mosquitto, tmp_path / "data"))
    asking = await entered.enter_async_context(Client(mosquitto.process.address(HOME_ASSISTANT)))
    assert (await judged(asking, yaml="alias: [")).valid is False
    admin = await entered.enter_async_context(Client(mosquitto.process.address(ADMIN)))
    report = await admin.request(health_of("automation"), HealthRequest())
    assert report.checks["automations"].figures["asked"] == 0
    assert report.requests["automation/validate"].answered == 1
    with pytest.raises(InvalidRequest):
        await asking.request(automation.VALIDATE, ValidateRequest.model_construct(yaml=None))


# -- what an admin allows ----------------------------------------------------------------------------------------------

NURSE = OverrideRequest(automation=UNLOCKED, codes=["unsafe_lock"], why="The nurse comes", who="Anna")


async def listed(asking: Client) -> list[RecordedOverride]:
    return (await asking.request(automation.OVERRIDES, OverridesRequest())).overrides


async def test_an_override_is_recorded_applied_listed_and_revoked(
    mosquitto: MosquittoBus, tmp_path: Path, entered: AsyncExitStack
) -> None:
    admin = await entered.enter_async_context(Client(mosquitto.process.address(ADMIN)))
    async with up(mosquitto, tmp_path / "data"):
        assert not (await judged(admin, automation=UNLOCKED)).safe
        kept = await admin.request(automation.OVERRIDE, NURSE, correlation_id="nurse")
        assert kept.allows == 1
        assert await admin.request(automation.OVERRIDE, NURSE, correlation_id="nurse") == kept, "it happens once"
        await check_applied(admin, kept.override_id)
    async with up(mosquitto, tmp_path / "data"):
        await check_applied(admin, kept.override_id)
        for _ in range(2):
            revoked = await admin.request(automation.REVOKE, RevokeRequest(override_id=kept.override_id))
        found = await judged(admin, automation=UNLOCKED)
        assert (found.safe, found.overrides, codes(found)) == (False, [], {"unsafe_lock"})
        (told,) = await listed(admin)
        assert (told.override_id, told.revoked_at) == (kept.override_id, revoked.revoked_at)
        with pytest.raises(NotFound):
            await admin.request(automation.REVOKE, RevokeRequest(override_id="nobody"))


async def check_applied(admin: Client, override_id: str) -> None:
    """To the automation under any name, and to no other."""
    (told,) = await listed(admin)
    assert (told.override_id, told.who, told.why, told.alias) == (override_id, "Anna", "The nurse comes", "Lamp")
    found = await judged(admin, automation={**UNLOCKED, "alias": "Nurse", "description": "at night"})
    assert (found.valid, found.safe, codes(found), found.score > 49) == (True, True, set(), True)
    (lock,) = [each for each in found.findings if each.code == "unsafe_lock"]
    assert (lock.severity, lock.path) == ("warning", "actions[0]")
    assert lock.message.endswith(f"Allowed by Anna on {told.when[:10]}: The nurse comes")
    named = {name: getattr(told, name) for name in automation.Override.model_fields}
    assert [each.model_dump() for each in found.overrides] == [named]
    other = await judged(admin, automation={**UNLOCKED, "triggers": [{"trigger": "sun", "event": "sunset"}]})
    delayed = await judged(admin, automation={**UNLOCKED, "actions": [{"delay": 5}, *UNLOCKED["actions"]]})
    assert (other.safe, delayed.safe, delayed.overrides) == (False, False, [])


@pytest.mark.parametrize("user", [HOME_ASSISTANT, DASHBOARD])
async def test_only_an_admin_may_allow_and_revoke(
    mosquitto: MosquittoBus, tmp_path: Path, entered: AsyncExitStack, user: str
) -> None:
    await entered.enter_async_context(up(mosquitto, tmp_path / "data"))
    admin = await entered.enter_async_context(Client(mosquitto.process.address(ADMIN)))
    kept = await admin.request(automation.OVERRIDE, NURSE)
    asking = await entered.enter_async_context(Client(mosquitto.process.address(user), user=user))
    assert automation.OVERRIDE.callers == automation.REVOKE.callers == ADMIN_ONLY
    with pytest.raises(Forbidden):
        await asking.request(automation.OVERRIDE, NURSE, timeout=2)
    with pytest.raises(Forbidden):
        await asking.request(automation.REVOKE, RevokeRequest(override_id=kept.override_id), timeout=2)
    (told,) = await listed(asking)
    assert (told.override_id, told.revoked_at) == (kept.override_id, None)
    assert (await judged(asking, automation=UNLOCKED)).safe


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"codes": ["shell"]}, "shell has no exception; what may be allowed is"),
        ({"codes": ["unsafe_lok"]}, "'unsafe_lok' is no code"),
        ({"codes": ["unknown_entity"]}, "'unknown_entity' is not of a safety rule"),
        ({"automation": None, "yaml": "alias: ["}, "This automation can't be read"),
    ],
)
async def test_what_cannot_be_allowed_is_refused_and_not_recorded(
    mosquitto: MosquittoBus, tmp_path: Path, entered: AsyncExitStack, wrong: dict[str, Any], told: str
) -> None:
    await entered.enter_async_context(up(mosquitto, tmp_path / "data"))
    admin = await entered.enter_async_context(Client(mosquitto.process.address(ADMIN)))
    request = OverrideRequest(**NURSE.model_dump() | wrong)
    with pytest.raises(RequestError) as refused:
        await admin.request(automation.OVERRIDE, request)
    assert isinstance(refused.value, InvalidRequest)
    assert told in refused.value.message
    assert await listed(admin) == []
