from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.envelope import REQUEST_LIMIT
from contracts.synergies import SynergiesRequest
from shared.database_pool import reading, writing
from workers.pattern.keeping.synergies import SynergyStore, synergies
from workers.pattern.keeping.tables import patterns
from workers.pattern.synergies.synergy import Synergy, synergy_id

NIGHT = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def found(
    number: int = 1, *, depth: int = 2, area: str | None = "hall", score: float = 0.5, ids: Collection[str] = ()
) -> Synergy:
    devices = (f"binary_sensor.motion_{number}", *(f"light.lamp_{number}_{step}" for step in range(1, depth)))
    evidence = {"states": ["on"] * depth, "support": 20, "pattern_ids": list(ids)}
    return Synergy(synergy_id(devices), devices, "motion_light", area, 0.9, 0.4, score, evidence)


async def analyse(engine: AsyncEngine, *synergies_: Synergy, at: datetime = NIGHT, fade: bool = True) -> int:
    async with writing(engine) as connection:
        return await SynergyStore(engine).replace(connection, synergies_, at, fade=fade)


async def statuses(engine: AsyncEngine) -> dict[int, str]:
    """By the number in the name of the first device."""
    async with reading(engine) as connection:
        rows = (await connection.execute(select(synergies))).all()
    return {int(row.devices[0].rpartition("_")[2]): row.status for row in rows}


async def judge(engine: AsyncEngine, pattern_id: str, status: str) -> None:
    """What feedback does to a pattern."""
    row = {"pattern_id": pattern_id, "pattern_type": "trigger", "entities": [], "confidence": 1, "support": 1}
    row |= {"first_seen": "", "last_seen": "", "detail": {}, "quality": 1, "found_at": "", "confirmed_at": ""}
    async with writing(engine) as connection:
        mine = patterns.c.pattern_id == pattern_id
        if (await connection.execute(select(patterns).where(mine))).first() is None:
            await connection.execute(insert(patterns), {**row, "status": status})
        await connection.execute(update(patterns).where(mine).values(status=status))
        await SynergyStore(engine).follow_feedback(connection)


async def test_what_was_found_is_listed_as_it_was_found(engine: AsyncEngine) -> None:
    assert await analyse(engine, found(depth=3, ids=["p1"])) == 1
    (listed,) = (await SynergyStore(engine).list()).synergies
    assert listed.model_dump() == {
        "synergy_id": found(depth=3).synergy_id,
        "devices": ["binary_sensor.motion_1", "light.lamp_1_1", "light.lamp_1_2"],
        "depth": 3,
        "relationship": "motion_light",
        "area": "hall",
        "confidence": 0.9,
        "impact": 0.4,
        "score": 0.5,
        "evidence": {"states": ["on", "on", "on"], "support": 20, "pattern_ids": ["p1"]},
        "status": "new",
    }


async def test_found_again_it_is_active_with_the_figures_of_now(engine: AsyncEngine) -> None:
    await analyse(engine, found())
    assert await analyse(engine, found(), at=NIGHT + DAY / 24) == 0
    assert await statuses(engine) == {1: "new"}, "twice in a night is no second night"
    assert await analyse(engine, replace(found(), score=0.7), found(2), at=NIGHT + DAY) == 1
    listed = (await SynergyStore(engine).list()).synergies
    assert [(each.score, each.status) for each in listed] == [(0.7, "active"), (0.5, "new")]


async def test_not_found_it_fades_and_after_a_week_it_is_gone(engine: AsyncEngine) -> None:
    await analyse(engine, found())
    await analyse(engine, at=NIGHT + DAY)
    assert await statuses(engine) == {1: "fading"}
    assert (await SynergyStore(engine).list()).total == 1
    await analyse(engine, at=NIGHT + 7 * DAY)
    assert await statuses(engine) == {1: "gone"}
    assert (await SynergyStore(engine).list()).total == 0
    assert (await SynergyStore(engine).list(status="gone")).total == 1
    assert await analyse(engine, found(), at=NIGHT + 9 * DAY) == 0
    assert await statuses(engine) == {1: "active"}


async def test_a_short_analysis_lets_nothing_fade(engine: AsyncEngine) -> None:
    await analyse(engine, found())
    await analyse(engine, found(2), at=NIGHT + 30 * DAY, fade=False)
    assert await statuses(engine) == {1: "new", 2: "new"}


async def test_what_rests_on_a_rejected_pattern_is_rejected_until_people_think_again(engine: AsyncEngine) -> None:
    await analyse(engine, found(ids=["p1", "p2"]), found(2, ids=["p3"]))
    await judge(engine, "p2", "rejected")
    assert await statuses(engine) == {1: "rejected", 2: "new"}
    assert [each.devices for each in (await SynergyStore(engine).list()).synergies] == [list(found(2).devices)]
    await analyse(engine, found(ids=["p1", "p2"]), found(3, ids=["p2"]), at=NIGHT + DAY)
    assert await statuses(engine) == {1: "rejected", 2: "fading", 3: "rejected"}
    await judge(engine, "p2", "active")
    assert await statuses(engine) == {1: "active", 2: "fading", 3: "active"}


async def test_what_was_rejected_does_not_come_back_when_its_pattern_is_no_longer_found(engine: AsyncEngine) -> None:
    await analyse(engine, found(ids=["p1"]))
    await judge(engine, "p1", "rejected")
    await analyse(engine, at=NIGHT + 10 * DAY)
    assert await statuses(engine) == {1: "rejected"}
    await analyse(engine, found(), at=NIGHT + 11 * DAY)
    assert await statuses(engine) == {1: "rejected"}


async def test_a_transaction_that_fails_keeps_nothing(engine: AsyncEngine) -> None:
    async def crash() -> None:
        async with writing(engine) as connection:
            await SynergyStore(engine).replace(connection, [found()], NIGHT)
            raise RuntimeError("crash")

    with pytest.raises(RuntimeError, match="crash"):
        await crash()
    assert await statuses(engine) == {}


async def test_synergies_are_chosen_by_area_entity_depth_status_and_score(engine: AsyncEngine) -> None:
    await analyse(
        engine,
        found(1, score=0.2),
        found(2, score=0.9, depth=4),
        found(3, area=None, ids=["p1"]),
        found(4, area="attic"),
    )
    await judge(engine, "p1", "rejected")
    store = SynergyStore(engine)

    async def numbers(**filters: object) -> list[int]:
        page = await store.list(**filters)  # type: ignore[arg-type]
        return [int(each.devices[0].rpartition("_")[2]) for each in page.synergies]

    assert await numbers() == [2, 4, 1]
    assert await numbers(area="hall") == [2, 1]
    assert await numbers(area="cellar") == []
    assert await numbers(depth=4) == await numbers(entity_id="light.lamp_2_3") == [2]
    assert await numbers(entity_id="light.lamp_2") == []
    assert await numbers(minimum_score=0.5) == [2, 4]
    assert await numbers(minimum_score=0.5, area="hall", depth=2) == []
    assert await numbers(status="rejected") == [3]
    assert await numbers(status="new", entity_id="binary_sensor.motion_1") == [1]


async def test_pages_hold_everything_once_and_no_page_is_too_large(engine: AsyncEngine) -> None:
    many = [found(number, score=number / 2_000) for number in range(1_500)]
    await analyse(engine, *many)
    store = SynergyStore(engine)
    seen: list[str] = []
    offset: int | None = 0
    pages = 0
    while offset is not None:
        page = await store.list(offset=offset)
        assert len(page.model_dump_json().encode()) < REQUEST_LIMIT
        assert page.total == 1_500
        seen += [each.synergy_id for each in page.synergies]
        offset, pages = page.next_offset, pages + 1
    assert seen == [each.synergy_id for each in reversed(many)]
    assert pages > 1
    few = await store.list(limit=7, offset=1_490)
    assert (len(few.synergies), few.next_offset) == (7, 1_497)
    assert (await store.list(limit=3, offset=1_497)).next_offset is None
    assert (await store.list(offset=9_999)).next_offset is None


@pytest.mark.parametrize(
    "request_",
    [
        {"depth": 5},
        {"depth": 1},
        {"minimum_score": 1.1},
        {"minimum_score": float("nan")},
        {"limit": 0},
        {"room": "hall"},
    ],
)
def test_what_can_not_be_asked(request_: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        SynergiesRequest.model_validate(request_)
