from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.envelope import REQUEST_LIMIT
from shared.database_pool import writing
from tests.unit.pattern.kept import analyse, found
from workers.pattern.keeping.exclusions import MOST_AUTOMATED, ExclusionStore
from workers.pattern.naming import pattern_id


async def exclude(engine: AsyncEngine, excluded: dict[str, str]) -> None:
    async with writing(engine) as connection:
        await ExclusionStore(engine).replace(connection, excluded)


async def test_what_the_last_analysis_left_out(engine: AsyncEngine) -> None:
    await exclude(engine, {"sensor.old": "its states are numbers"})
    await exclude(engine, {"sensor.b": "its states are numbers", "light.a": "it repeats light.b"})
    told = await ExclusionStore(engine).list()
    assert [(each.entity_id, each.reason) for each in told.excluded] == [
        ("light.a", "it repeats light.b"),
        ("sensor.b", "its states are numbers"),
    ]
    assert (told.total, told.automated, told.automated_total, told.next_offset) == (2, [], 0, None)
    assert [each.entity_id for each in (await ExclusionStore(engine).list(entity_id="sensor.b")).excluded] == [
        "sensor.b"
    ]
    await exclude(engine, {})
    assert (await ExclusionStore(engine).list()).total == 0


async def test_what_automations_do_already(engine: AsyncEngine) -> None:
    made = [replace(found(number), automated=0.9) for number in range(MOST_AUTOMATED + 5)]
    await analyse(engine, *made, found(999))
    told = await ExclusionStore(engine).list()
    assert (len(told.automated), told.automated_total) == (MOST_AUTOMATED, MOST_AUTOMATED + 5)
    (one,) = (await ExclusionStore(engine).list(entity_id="light.lamp_7")).automated
    assert (one.pattern_id, one.pattern_type, one.entities) == (pattern_id(made[7]), "trigger", list(made[7].entities))
    assert (await ExclusionStore(engine).list(entity_id="light.lamp_999")).automated == []


async def test_a_large_home_comes_in_pages_that_a_reply_holds(engine: AsyncEngine) -> None:
    names = [f"sensor.{'x' * 60}_{number:04}" for number in range(3_000)]
    await exclude(engine, dict.fromkeys(reversed(names), "its states are numbers"))
    await analyse(engine, *(replace(found(number), automated=0.9) for number in range(50)))
    seen: list[str] = []
    offset: int | None = 0
    pages = 0
    while offset is not None:
        page = await ExclusionStore(engine).list(offset=offset)
        assert len(page.model_dump_json()) < REQUEST_LIMIT
        seen, offset, pages = [*seen, *(each.entity_id for each in page.excluded)], page.next_offset, pages + 1
    assert (seen, pages > 1) == (names, True)
    assert (await ExclusionStore(engine).list(limit=2, offset=2_999)).next_offset is None
