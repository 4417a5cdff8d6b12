"""What the last analysis left out of the routines, and what automations do already."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from contracts.analysis import Automated, Excluded, ExcludedResponse, PatternStatus
from contracts.envelope import REQUEST_LIMIT
from contracts.model import Message
from shared.database_pool import reading
from shared.listing import fitting
from workers.pattern.keeping.tables import pattern_entities, pattern_exclusions, patterns

MOST_AUTOMATED: Final = 100


class ExclusionStore:
    """Writes in the transaction that a caller has open; reads by itself."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def replace(self, connection: AsyncConnection, excluded: Mapping[str, str]) -> None:
        """Take the entities that an analysis left out, each with the reason, for those of the one before."""
        await connection.execute(delete(pattern_exclusions))
        rows = [{"entity_id": entity_id, "reason": reason} for entity_id, reason in excluded.items()]
        if rows:
            await connection.execute(insert(pattern_exclusions), rows)

    async def list(
        self, *, entity_id: str | None = None, limit: int | None = None, offset: int = 0
    ) -> ExcludedResponse:
        """One page of the entities: at most `limit`, and no more than a reply holds; with the automated patterns."""
        wanted = select(pattern_exclusions)
        automated = select(patterns).where(patterns.c.status == PatternStatus.AUTOMATED.value)
        if entity_id is not None:
            wanted = wanted.where(pattern_exclusions.c.entity_id == entity_id)
            of = select(pattern_entities.c.pattern_id).where(pattern_entities.c.entity_id == entity_id)
            automated = automated.where(patterns.c.pattern_id.in_(of))
        best = automated.order_by(patterns.c.quality.desc(), patterns.c.pattern_id).limit(MOST_AUTOMATED)
        page = wanted.order_by(pattern_exclusions.c.entity_id).offset(offset)
        page = page.limit(REQUEST_LIMIT // 20 if limit is None else limit)
        async with reading(self._engine) as connection:
            total, all_automated = [
                (await connection.execute(select(func.count()).select_from(each.subquery()))).scalar_one()
                for each in (wanted, automated)
            ]
            excluded = [Excluded(entity_id=row.entity_id, reason=row.reason) for row in await connection.execute(page)]
            made = [Automated.model_validate(row, from_attributes=True) for row in await connection.execute(best)]
        whole: list[Message] = [*made, *excluded]
        listed = [each for each in fitting(whole) if isinstance(each, Excluded)]
        end = offset + len(listed)
        return ExcludedResponse(
            excluded=listed,
            automated=made,
            total=total,
            automated_total=all_automated,
            next_offset=end if listed and end < total else None,
        )
