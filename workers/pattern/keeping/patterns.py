"""The patterns that were found, and how analyses ended."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from contracts.analysis import AnalysisDone, Pattern, PatternsResponse, PatternStatus, PatternType, Verdict
from contracts.envelope import REQUEST_LIMIT
from shared.database_pool import reading
from shared.listing import fitting
from workers.pattern.candidate import Candidate
from workers.pattern.keeping.exclusions import ExclusionStore
from workers.pattern.keeping.feedback import FeedbackStore, learnt_from
from workers.pattern.keeping.tables import analyses, pattern_entities, pattern_feedback, patterns, text_of
from workers.pattern.naming import Routine
from workers.pattern.ranking.learning import Learnt
from workers.pattern.ranking.lifecycle import UNLISTED, found_again, found_first, not_found
from workers.pattern.ranking.quality import quality

_BY_KEY = update(patterns).where(patterns.c.pattern_id == bindparam("key"))
_CHANGES = (
    select(pattern_feedback.c.changes)
    .where(pattern_feedback.c.pattern_id == patterns.c.pattern_id, pattern_feedback.c.verdict == Verdict.MODIFY.value)
    .where(pattern_feedback.c.undone_at.is_(None), pattern_feedback.c.changes.is_not(None))
    .order_by(pattern_feedback.c.number.desc())
    .limit(1)
    .scalar_subquery()
    .label("changes")
)
"""How somebody would have a pattern, the last who said so."""


class Taken(NamedTuple):
    """What an analysis brought: how many patterns it found, and how many of these nobody knew before."""

    found: int
    new: int


class PatternStore:
    """Writes in the transaction that a caller has open; reads by itself.

    `feedback` is what people think of the patterns, `exclusions` what takes part in none.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self.feedback = FeedbackStore(engine)
        self.exclusions = ExclusionStore(engine)

    async def replace(
        self,
        connection: AsyncConnection,
        found: Mapping[str, Candidate],
        days: int,
        at: datetime,
        *,
        fade: bool = True,
    ) -> Taken:
        """Take what an analysis of so many days found, by what it is called.

        One that is not found fades, and is listed for a week more: those at the edge of the gates come and go, and
        come back within days. `fade=False`: an analysis of too few days to say that something is no longer so.
        """
        learnt = await learnt_from(connection)
        known = {row.pattern_id: row for row in await connection.execute(select(patterns))}
        rows = [_row(key, each, days, learnt, known.get(key), at) for key, each in found.items()]
        new = [row for row in rows if row["pattern_id"] not in known]
        await _insert(connection, new)
        changed = [{"key": row.pop("pattern_id"), **row} for row in rows if row["pattern_id"] in known]
        missed = {key: _missed(known[key], at) for key in known.keys() - found.keys()} if fade else {}
        faded = [{"key": key, "status": now.value} for key, now in missed.items() if now != known[key].status]
        for updated in (changed, faded):
            if updated:
                await connection.execute(_BY_KEY, updated)
        return Taken(len(rows), len(new))

    async def routines(self, connection: AsyncConnection) -> list[Routine]:
        """The routines by the clock that are known."""
        query = select(patterns.c.entities, patterns.c.detail).where(
            patterns.c.pattern_type == PatternType.TIME_OF_DAY.value
        )
        return [Routine.read(row.entities, row.detail) for row in await connection.execute(query)]

    async def keep_last(self, connection: AsyncConnection, done: AnalysisDone) -> None:
        """Keep how an analysis ended; the same one again takes the place of what was kept."""
        row = {"id": done.id, "at": done.at, "status": done.status.value, "document": done.model_dump(mode="json")}
        await connection.execute(delete(analyses).where(analyses.c.id == done.id))
        await connection.execute(insert(analyses), row)

    async def last(self) -> AnalysisDone | None:
        """How the last analysis ended, or None before the first."""
        query = select(analyses.c.document).order_by(analyses.c.at.desc()).limit(1)
        async with reading(self._engine) as connection:
            document = (await connection.execute(query)).scalar()
        return AnalysisDone.model_validate(document) if document is not None else None

    async def list(
        self,
        *,
        pattern_type: str | None = None,
        entity_id: str | None = None,
        status: str | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> PatternsResponse:
        """Patterns, the best first: at most `limit`, and as many as fit into 256 KiB.

        `rejected`, `gone` and `automated` ones only where `status` asks for them.
        """
        wanted = _wanted(pattern_type, entity_id, status)
        best = wanted.order_by(patterns.c.quality.desc(), patterns.c.support.desc(), patterns.c.pattern_id)
        most = REQUEST_LIMIT // 100 if limit is None else limit  # none is smaller than 100 bytes
        async with reading(self._engine) as connection:
            total = (await connection.execute(select(func.count()).select_from(wanted.subquery()))).scalar_one()
            rows = (await connection.execute(best.limit(most).offset(offset))).all()
        listed = [*fitting(_pattern(row) for row in rows)]
        end = offset + len(listed)
        return PatternsResponse(patterns=listed, total=total, next_offset=end if listed and end < total else None)


async def _insert(connection: AsyncConnection, rows: list[dict[str, Any]]) -> None:
    members = [{"entity_id": entity, "pattern_id": row["pattern_id"]} for row in rows for entity in row["entities"]]
    if rows:
        await connection.execute(insert(patterns), rows)
        await connection.execute(insert(pattern_entities), members)


def _row(key: str, found: Candidate, days: int, learnt: Learnt, known: Any, at: datetime) -> dict[str, Any]:
    """The row of a pattern that was found; `known` is the one that it had."""
    status, found_at = found_first(found.automated), text_of(at)
    if known is not None:
        since, found_at = datetime.fromisoformat(known.found_at), known.found_at
        status = found_again(PatternStatus(known.status), since, found.automated, at)
    value, parts = quality(found, days, learnt)
    return {
        "pattern_id": key,
        "pattern_type": found.pattern_type.value,
        "entities": list(found.entities),
        "confidence": found.confidence,
        "support": found.support,
        "first_seen": text_of(datetime.fromtimestamp(found.first_seen, UTC)),
        "last_seen": text_of(datetime.fromtimestamp(found.last_seen, UTC)),
        "detail": dict(found.detail),
        "quality": value,
        "replicated": found.replicated,
        "status": status.value,
        "found_at": found_at,
        "confirmed_at": text_of(at),
        "parts": parts,
    }


def _missed(known: Any, at: datetime) -> PatternStatus:
    return not_found(PatternStatus(known.status), datetime.fromisoformat(known.confirmed_at), at)


def _wanted(pattern_type: str | None, entity_id: str | None, status: str | None) -> Select[Any]:
    wanted = select(patterns, _CHANGES)
    if pattern_type is not None:
        wanted = wanted.where(patterns.c.pattern_type == pattern_type)
    if status is None:
        wanted = wanted.where(patterns.c.status.not_in(UNLISTED))
    else:
        wanted = wanted.where(patterns.c.status == status)
    if entity_id is not None:
        of = select(pattern_entities.c.pattern_id).where(pattern_entities.c.entity_id == entity_id)
        wanted = wanted.where(patterns.c.pattern_id.in_(of))
    return wanted


def _pattern(row: Any) -> Pattern:
    told = {name: getattr(row, name) for name in Pattern.model_fields}
    return Pattern.model_validate({**told, "parts": row.parts or {}})
