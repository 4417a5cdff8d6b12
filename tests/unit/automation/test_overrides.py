"""What an admin allows: which codes, of which automation, and for how long."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.automation import OverrideRequest, OverrideResponse, RecordedOverride, RevokeResponse
from contracts.envelope import REQUEST_LIMIT
from contracts.home import HomeDocument
from shared.database_pool import create_shared_db_engine, dispose_engines, writing
from shared.errors import InvalidRequest, NotFound
from shared.home import Home
from shared.home_store import HomeStore
from tests.unit.pattern.conftest import upgrade
from workers.automation.allowance import Allowance, allowance
from workers.automation.equivalence import same
from workers.automation.finding import ENDANGERING, Code
from workers.automation.home_view import HomeView
from workers.automation.override_store import OverrideStore
from workers.automation.plan.plan import Plan
from workers.automation.safety.override import ABSOLUTE, Override
from workers.automation.verdict import judge_reading, read

HOME = HomeDocument.model_validate(
    {
        "entities": [
            {"entity_id": "lock.front", "name": "Front door", "state": "locked"},
            {"entity_id": "lock.back", "name": "Back door", "state": "locked"},
            {"entity_id": "switch.cpap", "name": "CPAP", "state": "on"},
            {"entity_id": "switch.freezer", "name": "Freezer", "state": "on"},
        ]
    }
)
NOW = datetime(2026, 11, 21, 20, tzinfo=UTC)
FRONT: dict[str, Any] = {"action": "lock.unlock", "target": {"entity_id": "lock.front"}}
BACK: dict[str, Any] = {"action": "lock.unlock", "target": {"entity_id": "lock.back"}}
BOTH: dict[str, Any] = {"action": "lock.unlock", "target": {"entity_id": ["lock.front", "lock.back"]}}


@pytest.fixture
def home() -> HomeView:
    living = Home()
    living.load(*HomeStore.read(HOME))
    return HomeView.of(living.snapshot())


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    engine = create_shared_db_engine(str(tmp_path / "homeiq.db"))
    async with writing(engine) as connection:
        await connection.run_sync(upgrade, ["r0005_automation_overrides"])
    yield engine
    await dispose_engines()


def at_ten(*actions: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"triggers": [{"trigger": "time", "at": "22:00:00"}], "actions": list(actions), **more}


def planned(document: dict[str, Any]) -> Plan:
    plan = read(document).plan
    assert plan is not None
    return plan


def asked(document: dict[str, Any], *codes: str, **more: Any) -> OverrideRequest:
    return OverrideRequest(**{"automation": document, "codes": codes or ["unsafe_lock"], "why": "The nurse", **more})


async def allow(engine: AsyncEngine, home: HomeView, request: OverrideRequest, days: int = 0) -> OverrideResponse:
    found = allowance(read(request.given), home, request.codes, request.path)
    async with writing(engine) as connection:
        return await OverrideStore(engine).add(connection, request, found, NOW + timedelta(days=days))


async def revoke(engine: AsyncEngine, override_id: str, days: int = 0) -> RevokeResponse:
    async with writing(engine) as connection:
        return await OverrideStore(engine).revoke(connection, override_id, NOW + timedelta(days=days))


async def standing(engine: AsyncEngine, document: dict[str, Any]) -> list[str | None]:
    return [each.override_id for each in await OverrideStore(engine).standing(planned(document))]


# -- which automation --------------------------------------------------------------------------------------------------


async def test_it_stands_for_the_automation_under_any_name_and_for_no_other(
    engine: AsyncEngine, home: HomeView
) -> None:
    kept = await allow(engine, home, asked(at_ten(FRONT, alias="Door", id="7"), who="Anna"))
    assert (kept.when, kept.allows) == ("2026-11-21T20:00:00.000+00:00", 1)
    (found,) = await OverrideStore(engine).standing(planned(at_ten(FRONT, alias="Nurse", description="x")))
    codes = frozenset({"unsafe_lock"})
    assert found == Override(who="Anna", when=NOW, why="The nurse", codes=codes, override_id=kept.override_id)
    old = {"service": "lock.unlock", "entity_id": "lock.front"}
    assert await standing(engine, {"trigger": {"platform": "time", "at": "22:00"}, "action": old}) == [kept.override_id]
    for other in (at_ten(BACK), at_ten(BOTH), at_ten(FRONT, mode="restart"), at_ten({"delay": 1}, FRONT)):
        assert await standing(engine, other) == []
    assert await standing(engine, {**at_ten(FRONT), "triggers": [{"trigger": "time", "at": "22:01:00"}]}) == []


async def test_a_path_stands_only_while_it_is_put_together_as_it_was(engine: AsyncEngine, home: HomeView) -> None:
    apart, together = at_ten(FRONT, BACK), at_ten(BOTH)
    assert same(planned(apart), planned(together)), "else the fingerprint alone would do"
    kept = await allow(engine, home, asked(apart, path="actions[0]"))
    assert kept.allows == 1
    assert await standing(engine, {**apart, "alias": "Nurse", "id": "8"}) == [kept.override_id]
    assert await standing(engine, together) == []
    everywhere = await allow(engine, home, asked(apart))
    assert everywhere.allows == 2
    assert await standing(engine, together) == [everywhere.override_id]
    assert await standing(engine, apart) == [everywhere.override_id, kept.override_id]


def test_what_one_path_is_allowed_the_other_is_not(home: HomeView) -> None:
    one = Override(who="Anna", when=NOW, why="x", codes=frozenset({"unsafe_lock"}), path="actions[0]")
    unused = one.model_copy(update={"codes": frozenset({"too_often"}), "path": None})
    found = judge_reading(read(at_ten(FRONT, BACK)), home, overrides=(unused, one))
    assert [(each.path, each.severity) for each in found.findings if each.code == "unsafe_lock"] == [
        ("actions[0]", "warning"),
        ("actions[1]", "error"),
    ]
    assert (found.safe, found.overrides) == (False, (one,))
    safe = judge_reading(read(at_ten(FRONT)), home, overrides=(one,))
    assert (safe.valid, safe.safe, safe.overrides) == (True, True, (one,))
    assert safe.with_findings(found.findings).overrides == (one,)


# -- which codes -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", sorted(ABSOLUTE | (set(Code) - ENDANGERING) | {"unsafe_lok", ""}))
def test_what_allows_no_exception_is_refused(home: HomeView, code: str) -> None:
    with pytest.raises(InvalidRequest, match=r"what may be allowed is .*unsafe_lock") as refused:
        allowance(read(at_ten(FRONT)), home, ["unsafe_lock", code])
    assert refused.value.details[0]["path"] == "$.codes"


@pytest.mark.parametrize("code", sorted(ENDANGERING - ABSOLUTE))
def test_every_other_code_of_the_rules_may_be_allowed(home: HomeView, code: str) -> None:
    assert allowance(read(at_ten(FRONT)), home, [code]).allows == (code == "unsafe_lock")


def test_what_has_no_exception_in_this_automation_is_refused(home: HomeView) -> None:
    freezer, cpap = (
        {"action": "switch.turn_off", "target": {"entity_id": each}} for each in ("switch.freezer", "switch.cpap")
    )
    assert allowance(read(at_ten(freezer)), home, ["critical_off"]).allows == 1
    assert allowance(read(at_ten(freezer, cpap)), home, ["critical_off"]).allows == 1
    for document, path in ((at_ten(cpap), None), (at_ten(freezer, cpap), "actions[1]")):
        with pytest.raises(InvalidRequest, match=r"critical_off has no exception here, at actions\[[01]\]: .*CPAP"):
            allowance(read(document), home, ["critical_off"], path)
    chosen = {"action": "lock.unlock", "target": {"entity_id": "{{ trigger.entity_id }}"}}
    with pytest.raises(InvalidRequest, match="no exception here"):
        allowance(read(at_ten(chosen)), home, ["unsafe_lock"])


@pytest.mark.parametrize("wrong", ["alias: [", "- a\n- b\n", "lights", "", {**at_ten(FRONT), "conditions": [3]}])
def test_what_cannot_be_read_whole_cannot_be_allowed(home: HomeView, wrong: str | dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest, match=r"can't be read, so nothing of it is allowed: \S") as refused:
        allowance(read(wrong), home, ["unsafe_lock"])
    assert refused.value.details


# -- what is kept ------------------------------------------------------------------------------------------------------


async def test_one_that_is_revoked_counts_no_more_and_stays_on_the_list(engine: AsyncEngine, home: HomeView) -> None:
    kept = await allow(engine, home, asked(at_ten(FRONT, alias="Door")))
    first = await revoke(engine, kept.override_id, days=1)
    assert first == await revoke(engine, kept.override_id, days=2)
    assert first.revoked_at == "2026-11-22T20:00:00.000+00:00"
    assert await standing(engine, at_ten(FRONT)) == []
    (told,) = (await OverrideStore(engine).list()).overrides
    assert told == RecordedOverride(
        override_id=kept.override_id,
        fingerprint=kept.fingerprint,
        alias="Door",
        who="admin",
        when=kept.when,
        why="The nurse",
        codes=["unsafe_lock"],
        revoked_at=first.revoked_at,
    )
    again = await allow(engine, home, asked(at_ten(FRONT)), days=2)
    assert await standing(engine, at_ten(FRONT)) == [again.override_id]


async def test_nobody_can_revoke_what_is_not_there(engine: AsyncEngine) -> None:
    with pytest.raises(NotFound, match="there is no override 123: `automation/overrides` lists them"):
        await revoke(engine, "123")


async def test_they_are_listed_in_pages_the_newest_first(engine: AsyncEngine, home: HomeView) -> None:
    store = OverrideStore(engine)
    assert (await store.list()).model_dump() == {"overrides": [], "total": 0, "next_offset": None}
    found = allowance(read(at_ten(FRONT)), home, ["unsafe_lock"])
    async with writing(engine) as connection:
        for number in range(200):
            request = asked(at_ten(FRONT), why=f"{number} {'x' * 1_900}")
            await store.add(connection, request, found, NOW - timedelta(days=number))
    page = await store.list(limit=2)
    assert [each.why.split()[0] for each in page.overrides] == ["199", "198"]
    assert (page.total, page.next_offset) == (200, 2)
    told: list[RecordedOverride] = []
    offset: int | None = 0
    while offset is not None:
        page = await store.list(offset=offset)
        assert len(page.model_dump_json()) < REQUEST_LIMIT
        told, offset = [*told, *page.overrides], page.next_offset
    assert [int(each.why.split()[0]) for each in told] == list(range(199, -1, -1))
    assert (await store.list(offset=200)).next_offset is None


async def test_codes_are_kept_once_each(engine: AsyncEngine, home: HomeView) -> None:
    await allow(engine, home, asked(at_ten(FRONT), "unsafe_lock", "bulk_off", "unsafe_lock"))
    (told,) = (await OverrideStore(engine).list()).overrides
    assert told.codes == ["bulk_off", "unsafe_lock"]


# -- the words ---------------------------------------------------------------------------------------------------------


@given(st.text(max_size=60))
def test_a_reason_is_one_line_of_words(text: str) -> None:
    try:
        told = asked(at_ten(FRONT), why=text).why
    except ValidationError:
        assert not text.strip() or any(ord(each) < 32 or 127 <= ord(each) < 160 for each in text)
    else:
        assert told.split() == text.split()
        assert told == " ".join(told.split()) != ""
        assert "\x1b" not in told


@pytest.mark.parametrize(
    "wrong",
    [
        {"why": ""},
        {"why": " \n"},
        {"why": "x" * 2_001},
        {"who": ""},
        {"who": "\x1b[2J"},
        {"codes": []},
        {"path": "x" * 1_001},
        {"yaml": "alias: x"},
        {"automation": None},
    ],
)
def test_a_wrong_request_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        asked(at_ten(FRONT), **wrong)


def test_an_allowance_of_everything_needs_no_arrangement(home: HomeView) -> None:
    found = allowance(read(at_ten(FRONT)), home, ["unsafe_lock"])
    assert found == Allowance(found.fingerprint, None, None, 1)
