from pathlib import Path

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.analysis import PatternType, UndoResponse, Verdict
from shared.database_pool import create_shared_db_engine, dispose_engines, reading, writing
from shared.errors import InvalidRequest, NotFound
from tests.unit.pattern.conftest import upgrade
from tests.unit.pattern.kept import DAY, NIGHT, analyse, found, give, listed, statuses
from workers.pattern.keeping.patterns import PatternStore
from workers.pattern.keeping.tables import pattern_feedback, patterns
from workers.pattern.naming import pattern_id

LAMP = "light.lamp_1"
NAME = pattern_id(found())


async def undo(engine: AsyncEngine, feedback_id: str, days: int = 1) -> UndoResponse:
    async with writing(engine) as connection:
        return await PatternStore(engine).feedback.undo(connection, feedback_id, NIGHT + days * DAY)


async def test_each_word_of_feedback_is_a_row(engine: AsyncEngine) -> None:
    await analyse(engine, found())
    first = await give(engine, NAME, Verdict.MODIFY, reason="later", changes={"lag_seconds": [60]})
    assert (first.pattern_id, first.verdict, first.status) == (NAME, "modify", "new")
    assert (await give(engine, NAME, Verdict.REJECT)).status == "rejected"
    assert (await give(engine, NAME, Verdict.ACCEPT, reason="after all")).status == "approved"
    told = await PatternStore(engine).feedback.learned()
    assert [(each.verdict, each.reason, each.changes) for each in told.feedback] == [
        ("accept", "after all", None),
        ("reject", None, None),
        ("modify", "later", {"lag_seconds": [60]}),
    ]
    assert len({each.feedback_id for each in told.feedback}) == told.total == 3
    (group,) = told.learned
    assert (group.pattern_type, group.domains, group.votes, group.accepted) == (
        PatternType.TRIGGER,
        ["binary_sensor", "light"],
        1,
        1.0,
    ), "of one pattern the last word counts"


async def test_feedback_on_what_nobody_found(engine: AsyncEngine) -> None:
    with pytest.raises(NotFound, match="there is no pattern 123: `patterns` lists them"):
        await give(engine, "123", Verdict.ACCEPT)
    with pytest.raises(NotFound, match="there is no feedback 123: `patterns/learned` lists it"):
        await undo(engine, "123")


async def test_how_somebody_would_have_it_is_listed(engine: AsyncEngine) -> None:
    await analyse(engine, found(), found(2))
    await give(engine, NAME, Verdict.MODIFY, changes={"lag_seconds": [60]})
    last = await give(engine, NAME, Verdict.MODIFY, changes={"lag_seconds": [90]})
    await give(engine, NAME, Verdict.MODIFY, reason="no changes")
    assert {name: each.changes for name, each in (await listed(engine)).items()} == {
        LAMP: {"lag_seconds": [90]},
        "light.lamp_2": None,
    }
    await undo(engine, last.feedback_id)
    assert (await listed(engine))[LAMP].changes == {"lag_seconds": [60]}


async def test_changes_that_no_listing_could_hold(engine: AsyncEngine) -> None:
    await analyse(engine, found())
    with pytest.raises(InvalidRequest, match="the changes are too large: more than 16,384 bytes of JSON") as error:
        await give(engine, NAME, Verdict.MODIFY, changes={"note": "x" * 20_000})
    assert error.value.details[0]["path"] == "$.changes"
    assert (await PatternStore(engine).feedback.learned()).total == 0


async def test_votes_move_what_is_like_them_at_once_and_in_the_next_analysis(engine: AsyncEngine) -> None:
    lamps = [found(number, share=0.6) for number in range(1, 6)]
    others = [found(6, share=0.45, last="fan.fan"), found(7, share=0.9, pattern_type="co_occurrence")]
    await analyse(engine, *lamps, *others)
    before = await listed(engine)
    for each in lamps[:3]:
        await give(engine, pattern_id(each), Verdict.REJECT)
    after = await listed(engine)
    assert list(before).index("fan.fan_6") > list(before).index("light.lamp_5")
    assert list(after).index("fan.fan_6") < list(after).index("light.lamp_5")
    assert after["light.lamp_5"].parts["acceptance"] < after["fan.fan_6"].parts["acceptance"] < 0.5
    assert after["light.lamp_7"] == before["light.lamp_7"], "another type"
    await analyse(engine, *lamps, *others, at=NIGHT + DAY)
    again = await listed(engine)
    assert {name: each.quality for name, each in again.items()} == {name: each.quality for name, each in after.items()}


async def test_what_is_taken_back_has_taught_nothing(engine: AsyncEngine) -> None:
    await analyse(engine, found(), found(2))
    before = await listed(engine)
    given = await give(engine, NAME, Verdict.REJECT, reason="a slip")
    assert (await listed(engine))["light.lamp_2"].quality < before["light.lamp_2"].quality
    undone = await undo(engine, given.feedback_id)
    assert (undone.status, undone.pattern_id) == ("new", NAME)
    assert await listed(engine) == before
    assert await undo(engine, given.feedback_id, days=5) == undone, "once more changes nothing"
    told = await PatternStore(engine).feedback.learned()
    assert told.learned == []
    (row,) = told.feedback
    assert (row.reason, row.undone_at) == ("a slip", "2026-03-02T03:00:00.000+00:00")


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (0, 2, 1), (1, 2, 0), (2, 0, 1)])
async def test_in_whatever_order_all_is_taken_back_the_pattern_stands_where_it_stood(
    engine: AsyncEngine, order: tuple[int, ...]
) -> None:
    await analyse(engine, found())
    verdicts = [Verdict.REJECT, Verdict.ACCEPT, Verdict.REJECT]
    given = [(await give(engine, NAME, each)).feedback_id for each in verdicts]
    standing = {0: "rejected", 1: "approved", 2: "rejected"}
    for number in order:
        status = (await undo(engine, given[number])).status
        del standing[number]
        assert status == (standing[max(standing)] if standing else "new")
    assert await statuses(engine) == {LAMP: "new"}


async def test_what_something_else_decided_since_stays(engine: AsyncEngine) -> None:
    await analyse(engine, found())
    given = await give(engine, NAME, Verdict.ACCEPT)
    async with writing(engine) as connection:
        await connection.execute(update(patterns).values(status="suggested"))
    assert (await undo(engine, given.feedback_id)).status == "suggested"
    rejected = await give(engine, NAME, Verdict.REJECT)
    assert (await undo(engine, rejected.feedback_id)).status == "suggested"


async def test_the_feedback_comes_in_pages_and_by_type(engine: AsyncEngine) -> None:
    await analyse(engine, found(), found(2, pattern_type="co_occurrence"))
    for number in range(7):
        await give(engine, NAME, Verdict.MODIFY, reason=str(number))
    await give(engine, pattern_id(found(2, pattern_type="co_occurrence")), Verdict.ACCEPT)
    store = PatternStore(engine).feedback
    seen: list[str | None] = []
    offset: int | None = 0
    while offset is not None:
        page = await store.learned(pattern_type=PatternType.TRIGGER, limit=3, offset=offset)
        assert ([group.pattern_type for group in page.learned], page.total) == (["trigger"], 7)
        seen, offset = [*seen, *(each.reason for each in page.feedback)], page.next_offset
    assert seen == [str(number) for number in reversed(range(7))]
    assert [group.pattern_type for group in (await store.learned()).learned] == ["co_occurrence", "trigger"]


async def test_large_feedback_comes_in_pages_that_a_reply_holds(engine: AsyncEngine) -> None:
    await analyse(engine, found())
    for _ in range(20):
        await give(engine, NAME, Verdict.MODIFY, changes={"note": "x" * 16_000})
    page = await PatternStore(engine).feedback.learned()
    assert 10 < len(page.feedback) == page.next_offset < page.total == 20
    assert len(page.model_dump_json()) < 256 * 1024


async def test_a_pattern_from_before_there_were_parts(engine: AsyncEngine) -> None:
    await analyse(engine, found())
    async with writing(engine) as connection:
        await connection.execute(update(patterns).values(parts=None, quality=0.7))
    await give(engine, NAME, Verdict.MODIFY)
    pattern = (await listed(engine))[LAMP]
    assert (pattern.quality, pattern.parts) == (0.7, {})


async def test_feedback_goes_with_its_pattern(engine: AsyncEngine) -> None:
    await analyse(engine, found())
    await give(engine, NAME, Verdict.ACCEPT)
    async with writing(engine) as connection:
        await connection.execute(delete(patterns))
    async with reading(engine) as connection:
        assert (await connection.execute(select(pattern_feedback))).all() == []
    assert (await PatternStore(engine).feedback.learned()).learned == []


async def test_feedback_from_before_it_was_numbered_keeps_its_order(tmp_path: Path) -> None:
    engine = create_shared_db_engine(str(tmp_path / "older.db"))
    async with writing(engine) as connection:
        await connection.run_sync(upgrade, ["r0003_patterns"])
        await connection.execute(
            text(
                "INSERT INTO patterns VALUES ('p', 'trigger', '[\"light.a\", \"light.b\"]', 0.9, 12, '', '', '{}', 0.8,"
                " NULL, 'rejected', '2026-01-01T03:00:00.000+00:00', '2026-01-01T03:00:00.000+00:00')"
            )
        )
        for name, at, verdict in (
            ("b", "2026-02-02", "reject"),
            ("a", "2026-02-02", "accept"),
            ("c", "2026-02-01", "modify"),
        ):
            row = {"name": name, "at": at, "verdict": verdict}
            await connection.execute(
                text("INSERT INTO pattern_feedback VALUES (:name, 'p', :at, :verdict, NULL, NULL)"), row
            )
        await connection.run_sync(upgrade, ["r0004_pattern_days"])
    told = await PatternStore(engine).feedback.learned()
    assert [each.feedback_id for each in told.feedback] == ["b", "a", "c"]
    assert (await undo(engine, "b")).status == "active"
    await dispose_engines()
