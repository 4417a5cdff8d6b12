from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, inspect
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.analysis import AnalysisDone, PatternType, Verdict
from contracts.envelope import REQUEST_LIMIT
from contracts.jobs import JobStatus
from shared.database_pool import reading, writing
from tests.unit.pattern.kept import DAY, NIGHT, analyse, found, give, listed, statuses
from workers.pattern.candidate import Candidate
from workers.pattern.keeping.patterns import PatternStore
from workers.pattern.keeping.tables import metadata
from workers.pattern.naming import Routine, named, pattern_id


async def test_the_revision_makes_the_tables_of_the_code(engine: AsyncEngine) -> None:
    def columns(connection: Connection) -> dict[str, list[tuple[object, object]]]:
        inspector = inspect(connection)
        return {
            name: [(each["name"], each["nullable"]) for each in inspector.get_columns(name)]
            for name in inspector.get_table_names()
        }

    async with reading(engine) as connection:
        made = await connection.run_sync(columns)
    kept = {table.name: [(each.name, each.nullable) for each in table.columns] for table in metadata.sorted_tables}
    assert {name: made[name] for name in kept} == kept


async def test_what_was_found_is_listed_as_it_was_found(engine: AsyncEngine) -> None:
    assert await analyse(engine, found()) == 1
    (pattern,) = (await PatternStore(engine).list()).patterns
    assert pattern.model_dump() == {
        "pattern_id": pattern_id(found()),
        "pattern_type": "trigger",
        "entities": ["binary_sensor.motion_1", "light.lamp_1"],
        "confidence": 0.8,
        "support": 20,
        "first_seen": "2025-10-09T08:53:20.000+00:00",
        "last_seen": "2025-11-01T12:26:40.500+00:00",
        "detail": dict(found().detail),
        "quality": pattern.quality,
        "replicated": None,
        "status": "new",
        "parts": pattern.parts,
        "changes": None,
    }
    assert set(pattern.parts) == {"certainty", "replication", "regularity", "strength", "usable", "acceptance"}
    assert 0 < pattern.quality < 1


def test_a_pattern_keeps_its_id_and_no_two_share_one() -> None:
    same = replace(found(), support=99, confidence=0.1, last_seen=1_763_000_000.0)
    assert pattern_id(same) == pattern_id(found())
    turned = replace(found(), entities=tuple(reversed(found().entities)))
    others = [found(), found(2), found(states="off"), found(pattern_type="co_occurrence"), turned]
    assert len({pattern_id(each) for each in others}) == len(others)


def clock(minute: float, *, entity: str = "light.hall", state: str = "on", days: str = "all") -> Candidate:
    detail = {"state": state, "minute_of_day": minute, "spread_minutes": 5.0, "days": days}
    return Candidate(PatternType.TIME_OF_DAY, (entity,), detail, 20, 0.0, 1.0, 0.9, 1e-9, 0.0, None)


def anomaly(start: str, *, entity: str = "light.hall", kind: str = "left_on", automated: float = 0.0) -> Candidate:
    detail = {"kind": kind, "start": start, "end": "2026-03-09T09:00:00+00:00"}
    return Candidate(PatternType.ANOMALY, (entity,), detail, 1, 0.0, 1.0, 0.9, 1e-9, automated, None)


def test_routines_by_the_clock_keep_their_ids_while_their_minutes_move() -> None:
    evening, morning = named([clock(1_200.0), clock(420.0)])
    assert list(named([clock(431.5), clock(1_190.0)])) == [morning, evening]
    others = [clock(420.0), clock(420.0, state="off"), clock(420.0, days="weekend"), clock(420.0, entity="light.attic")]
    assert len({evening, *named(others)}) == len(others) + 1
    assert [each.detail["place"] for each in named([clock(1_200.0), clock(420.0), others[1]]).values()] == [2, 1, 1]


def test_a_routine_keeps_its_id_while_others_come_and_go() -> None:
    noon, evening = named([clock(720.0), clock(1_200.0)]).items()
    known = [Routine.read(each.entities, each.detail) for _, each in (noon, evening)]
    assert list(named([clock(1_195.0)], known)) == [evening[0]]
    found = named([clock(400.0), clock(730.0), clock(1_210.0)], known)
    assert list(found)[1:] == [noon[0], evening[0]]
    assert [each.detail["place"] for each in found.values()] == [3, 1, 2]
    assert list(named([clock(700.0), clock(735.0)], known)) == [next(iter(found)), noon[0]]
    midnight = [Routine.read(each.entities, each.detail) for each in named([clock(1_430.0), clock(700.0)]).values()]
    assert [each.detail["place"] for each in named([clock(5.0)], midnight).values()] == [2]


def test_an_anomaly_is_known_by_its_kind_and_the_day_on_which_it_began() -> None:
    (first,) = named([anomaly("2026-03-08T20:00:00+00:00"), anomaly("2026-03-08T20:01:40+00:00")])
    others = [anomaly("2026-03-07T20:00:00+00:00"), anomaly("2026-03-08T20:00:00+00:00", kind="burst")]
    others.append(anomaly("2026-03-08T20:00:00+00:00", entity="light.attic"))
    assert len({first, *named(others)}) == len(others) + 1


async def test_all_types_are_kept_as_the_contract_has_them(engine: AsyncEngine) -> None:
    by_automation = anomaly("2026-03-08T20:00:00+00:00", automated=0.6)
    assert await analyse(engine, clock(420.0), by_automation) == 2
    (told,) = (await PatternStore(engine).list()).patterns
    assert (told.pattern_type, told.entities, told.detail["minute_of_day"]) == ("time_of_day", ["light.hall"], 420)
    assert (told.first_seen, told.last_seen) == ("1970-01-01T00:00:00.000+00:00", "1970-01-01T00:00:01.000+00:00")
    (kept,) = (await PatternStore(engine).list(status="automated")).patterns
    assert kept.detail == dict(by_automation.detail)


async def test_found_again_it_is_active_with_the_figures_of_now(engine: AsyncEngine) -> None:
    await analyse(engine, found())
    assert await analyse(engine, replace(found(), support=31), found(2), at=NIGHT + DAY) == 1
    first, second = sorted((await PatternStore(engine).list()).patterns, key=lambda each: each.entities)
    assert (first.status, first.support) == ("active", 31)
    assert second.status == "new"


async def test_not_found_it_fades_and_after_a_week_it_is_gone(engine: AsyncEngine) -> None:
    await analyse(engine, found())
    await analyse(engine, at=NIGHT + DAY)
    assert await statuses(engine) == {"light.lamp_1": "fading"}
    await analyse(engine, at=NIGHT + 2 * DAY)
    assert await statuses(engine) == {"light.lamp_1": "fading"}
    await analyse(engine, at=NIGHT + 7 * DAY)
    assert await statuses(engine) == {"light.lamp_1": "gone"}
    assert (await PatternStore(engine).list()).total == 0
    assert await analyse(engine, found(), at=NIGHT + 9 * DAY) == 0
    assert await statuses(engine) == {"light.lamp_1": "active"}


async def test_a_short_analysis_lets_nothing_fade(engine: AsyncEngine) -> None:
    await analyse(engine, found())
    await analyse(engine, found(2), at=NIGHT + 30 * DAY, fade=False)
    assert await statuses(engine) == {"light.lamp_1": "new", "light.lamp_2": "new"}


async def test_what_is_found_twice_in_a_night_is_still_new(engine: AsyncEngine) -> None:
    await analyse(engine, found())
    await analyse(engine, found(), at=NIGHT + timedelta(hours=7))
    assert await statuses(engine) == {"light.lamp_1": "new"}
    await analyse(engine, found(), at=NIGHT + timedelta(hours=23))
    assert await statuses(engine) == {"light.lamp_1": "active"}


async def test_the_best_comes_first_and_a_sensor_after_a_sensor_last(engine: AsyncEngine) -> None:
    sensors = found(3, share=0.9, last="binary_sensor.door")
    await analyse(engine, found(1, share=0.3), found(2, share=0.6), sensors)
    ranked = await listed(engine)
    assert list(ranked) == ["light.lamp_2", "light.lamp_1", "binary_sensor.door_3"]
    values = [each.quality for each in ranked.values()]
    assert values == sorted(values, reverse=True)
    assert [each.parts["usable"] for each in ranked.values()] == [1.0, 1.0, 0.1]


@pytest.mark.parametrize(("verdict", "status"), [(Verdict.REJECT, "rejected"), (Verdict.ACCEPT, "approved")])
async def test_no_analysis_changes_what_people_decided(engine: AsyncEngine, verdict: Verdict, status: str) -> None:
    await analyse(engine, found())
    assert (await give(engine, pattern_id(found()), verdict)).status == status
    assert await analyse(engine, found(), at=NIGHT + DAY) == 0
    assert await statuses(engine) == {"light.lamp_1": status}
    await analyse(engine, at=NIGHT + 30 * DAY)
    assert await statuses(engine) == {"light.lamp_1": status}


async def test_what_an_automation_does_is_kept_apart(engine: AsyncEngine) -> None:
    await analyse(engine, replace(found(), automated=1.0))
    assert (await PatternStore(engine).list()).patterns == []
    assert (await PatternStore(engine).list(status="automated")).total == 1
    await analyse(engine, at=NIGHT + DAY)
    assert await statuses(engine) == {"light.lamp_1": "automated"}, "for one night without it nobody is told of it"
    await analyse(engine, found(), at=NIGHT + 2 * DAY)
    assert await statuses(engine) == {"light.lamp_1": "active"}


async def test_a_transaction_that_fails_keeps_nothing(engine: AsyncEngine) -> None:
    async def crash() -> None:
        async with writing(engine) as connection:
            await PatternStore(engine).replace(connection, named([found()]), 30, NIGHT)
            raise RuntimeError("crash")

    with pytest.raises(RuntimeError, match="crash"):
        await crash()
    assert await statuses(engine) == {}


async def test_patterns_are_chosen_by_type_entity_and_status(engine: AsyncEngine) -> None:
    await analyse(engine, found(1, share=0.2), found(2, share=0.9), found(3, pattern_type="co_occurrence"))
    await give(engine, pattern_id(found(2)), Verdict.REJECT)
    store = PatternStore(engine)

    async def lamps(**filters: str) -> list[str]:
        return [each.entities[1] for each in (await store.list(**filters)).patterns]  # type: ignore[arg-type]

    assert await lamps() == ["light.lamp_3", "light.lamp_1"]
    assert await lamps(status="rejected") == ["light.lamp_2"]
    assert await lamps(status="new", pattern_type="trigger") == ["light.lamp_1"]
    assert await lamps(entity_id="binary_sensor.motion_3") == ["light.lamp_3"]
    assert await lamps(entity_id="light.lamp_2") == []
    assert await lamps(entity_id="light.lamp_2", status="rejected") == ["light.lamp_2"]


async def test_pages_hold_everything_once_and_no_page_is_too_large(engine: AsyncEngine) -> None:
    many = [found(number, share=number / 2_000) for number in range(1_500)]
    await analyse(engine, *many)
    store = PatternStore(engine)
    seen, offset, pages = [], 0, 0
    while offset is not None:
        page = await store.list(offset=offset)
        assert len(page.model_dump_json().encode()) < REQUEST_LIMIT
        assert page.total == 1_500
        seen += [each.pattern_id for each in page.patterns]
        offset, pages = page.next_offset, pages + 1
    assert len(set(seen)) == len(seen)
    assert set(seen) == {pattern_id(each) for each in many}
    assert pages > 1
    few = await store.list(limit=7, offset=1_490)
    assert (len(few.patterns), few.next_offset) == (7, 1_497)
    assert (await store.list(limit=3, offset=1_497)).next_offset is None
    assert (await store.list(offset=9_999)).next_offset is None


async def test_the_last_analysis(engine: AsyncEngine) -> None:
    store = PatternStore(engine)
    assert await store.last() is None
    done = AnalysisDone(
        event_id="e1", at="2026-03-01T03:00:05.000+00:00", id="a1", status=JobStatus.COMPLETED, events=12, days=30
    )
    later = done.model_copy(update={"id": "a2", "at": "2026-03-02T03:00:05.000+00:00", "errors": ["no history"]})
    async with writing(engine) as connection:
        await store.keep_last(connection, later)
        await store.keep_last(connection, done)
        await store.keep_last(connection, done)
    assert await store.last() == later
