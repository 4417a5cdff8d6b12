"""Patterns made up for the tests of what is kept, and short ways to keep them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.analysis import FeedbackResponse, Pattern, PatternType, Verdict
from shared.database_pool import reading, writing
from workers.pattern.candidate import Candidate
from workers.pattern.keeping.patterns import PatternStore
from workers.pattern.keeping.tables import patterns
from workers.pattern.naming import named

NIGHT = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def found(
    number: int = 1, *, pattern_type: str = "trigger", share: float = 0.5, states: str = "on", last: str = "light.lamp"
) -> Candidate:
    """A link of a motion sensor to a lamp, or to something else."""
    detail = {"states": ["on", states], "lag_seconds": [4.0], "window_seconds": 120.0, "lift": 10.0}
    detail["together_share_low" if pattern_type == "co_occurrence" else "follow_share_low"] = share
    return Candidate(
        pattern_type=PatternType(pattern_type),
        entities=(f"binary_sensor.motion_{number}", f"{last}_{number}"),
        confidence=0.8,
        support=20,
        first_seen=1_760_000_000.0,
        last_seen=1_762_000_000.5,
        detail=detail,
        p_value=1e-9,
        automated=0.0,
        replicated=None,
    )


async def analyse(
    engine: AsyncEngine,
    *patterns: Candidate,
    at: datetime = NIGHT,
    fade: bool = True,
) -> int:
    """Keep what an analysis of thirty days found, and give how many patterns nobody knew."""
    async with writing(engine) as connection:
        store = PatternStore(engine)
        return (await store.replace(connection, named(patterns), 30, at, fade=fade)).new


async def give(engine: AsyncEngine, pattern: str, verdict: Verdict, **more: object) -> FeedbackResponse:
    """Judge a pattern."""
    async with writing(engine) as connection:
        return await PatternStore(engine).feedback.add(connection, pattern, verdict, NIGHT, **more)  # type: ignore[arg-type]


async def statuses(engine: AsyncEngine) -> dict[str, str]:
    """Where each pattern stands, by its second entity."""
    async with reading(engine) as connection:
        return {row.entities[-1]: row.status for row in await connection.execute(select(patterns))}


async def listed(engine: AsyncEngine, status: str | None = None) -> dict[str, Pattern]:
    """What the list shows, in its order, by the last entity."""
    page = await PatternStore(engine).list(status=status)
    return {each.entities[-1]: each for each in page.patterns}
