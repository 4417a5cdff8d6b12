"""What was counted of each day, in the database, so that a night costs a day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy import Column, Integer, LargeBinary, MetaData, String, Table, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.database_pool import reading
from workers.pattern.searching.search import KeptDay

metadata = MetaData()

LONGEST: Final = 400
"""Days that are kept: as far back as an analysis says what is usual."""

pattern_days = Table(
    "pattern_days",
    metadata,
    Column("day", Integer, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("fingerprint", String, nullable=False),
    Column("counts", LargeBinary, nullable=False),
)


class DayStore:
    """Writes in the transaction that a caller has open; reads by itself. Days are numbers of UTC days since 1970."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def load(self, amount: int) -> dict[int, KeptDay]:
        """The last days that were counted, so many at most."""
        query = select(pattern_days).order_by(pattern_days.c.day.desc()).limit(amount)
        async with reading(self._engine) as connection:
            rows = (await connection.execute(query)).all()
        return {row.day: KeptDay(row.fingerprint, row.counts, row.version) for row in rows}

    async def keep(self, connection: AsyncConnection, days: Mapping[int, KeptDay]) -> None:
        """Keep the counts of days, and forget those of more than a year ago."""
        if days:
            forgotten = pattern_days.c.day < max(days) - LONGEST
            await connection.execute(delete(pattern_days).where(pattern_days.c.day.in_(list(days)) | forgotten))
            rows = [
                {"day": day, "version": each.version, "fingerprint": each.mark, "counts": each.counts}
                for day, each in days.items()
            ]
            await connection.execute(insert(pattern_days), rows)
