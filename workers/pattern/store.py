"""The patterns that were found, what people think of them, and how analyses ended."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Integer,
    MetaData,
    Select,
    String,
    Table,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from contracts.analysis import AnalysisDone, FeedbackResponse, Pattern, PatternsResponse, PatternStatus, Verdict
from contracts.envelope import REQUEST_LIMIT
from shared.database_pool import reading
from shared.errors import NotFound
from shared.listing import fitting
from workers.pattern.candidate import Candidate

metadata = MetaData()

patterns = Table(
    "patterns",
    metadata,
    Column("pattern_id", String, primary_key=True),
    Column("pattern_type", String, nullable=False),
    Column("entities", JSON, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("support", Integer, nullable=False),
    Column("first_seen", String, nullable=False),
    Column("last_seen", String, nullable=False),
    Column("detail", JSON, nullable=False),
    Column("quality", Float, nullable=False),
    Column("replicated", Boolean),
    Column("status", String, nullable=False),
    Column("found_at", String, nullable=False),
    Column("confirmed_at", String, nullable=False),
)
pattern_entities = Table(
    "pattern_entities",
    metadata,
    Column("entity_id", String, primary_key=True),
    Column("pattern_id", ForeignKey(patterns.c.pattern_id, ondelete="CASCADE"), primary_key=True),
)
pattern_feedback = Table(
    "pattern_feedback",
    metadata,
    Column("feedback_id", String, primary_key=True),
    Column("pattern_id", ForeignKey(patterns.c.pattern_id, ondelete="CASCADE"), nullable=False),
    Column("at", String, nullable=False),
    Column("verdict", String, nullable=False),
    Column("reason", String),
    Column("changes", JSON(none_as_null=True)),
)
analyses = Table(
    "analyses",
    metadata,
    Column("id", String, primary_key=True),
    Column("at", String, nullable=False),
    Column("status", String, nullable=False),
    Column("document", JSON, nullable=False),
)

MOSTLY: Final = 0.5
"""Share of its occurrences, above which a pattern is an automation's doing."""
GONE_AFTER: Final = timedelta(days=7)
"""A pattern that no analysis has found for this long is gone."""

_UNLISTED = (PatternStatus.REJECTED, PatternStatus.GONE, PatternStatus.AUTOMATED)
_DECIDED = {PatternStatus.SUGGESTED, PatternStatus.APPROVED, PatternStatus.REJECTED}
"""What people or other workers decided: no analysis changes it."""
_VERDICTS = {Verdict.ACCEPT: PatternStatus.APPROVED, Verdict.REJECT: PatternStatus.REJECTED}
_STAYING = _DECIDED | {PatternStatus.GONE}
_BY_KEY = update(patterns).where(patterns.c.pattern_id == bindparam("key"))


class PatternStore:
    """Writes in the transaction that a caller has open; reads by itself."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def replace(
        self, connection: AsyncConnection, found: Mapping[str, Candidate], at: datetime, *, fade: bool = True
    ) -> int:
        """Take what an analysis found, by what it is called, and give how many patterns nobody knew before.

        One that is found again is `active`, one that is not `fading`, and `gone` after a week; what was decided about a
        pattern stays. `fade=False`: an analysis of too few days to say that something is no longer so.
        """
        moment = _text(at)
        known = {row.pattern_id: row for row in await connection.execute(select(patterns))}
        rows = {key: _row(key, each, moment) for key, each in found.items()}
        new = [row for row in rows.values() if row["pattern_id"] not in known]
        if new:
            await connection.execute(insert(patterns), new)
            members = [
                {"entity_id": entity, "pattern_id": row["pattern_id"]} for row in new for entity in row["entities"]
            ]
            await connection.execute(insert(pattern_entities), members)
        again = [
            {**row, "key": key, "found_at": known[key].found_at, "status": _found_again(known[key], row)}
            for key, row in rows.items()
            if key in known
        ]
        faded = [
            {"key": key, "status": _not_found(row, at).value}
            for key, row in known.items()
            if fade and key not in rows and row.status not in _STAYING
        ]
        for changed in (again, faded):
            if changed:
                await connection.execute(_BY_KEY, changed)
        return len(new)

    async def add_feedback(
        self,
        connection: AsyncConnection,
        pattern_id: str,
        verdict: Verdict,
        at: datetime,
        *,
        reason: str | None = None,
        changes: Mapping[str, Any] | None = None,
    ) -> FeedbackResponse:
        """Keep what somebody thinks of a pattern: accepting approves it, rejecting it takes it off the lists.

        Raises NotFound.
        """
        query = select(patterns.c.status).where(patterns.c.pattern_id == pattern_id)
        status = (await connection.execute(query)).scalar()
        if status is None:
            raise NotFound(f"there is no pattern {pattern_id[:64]}: `patterns` lists them")
        after = _VERDICTS.get(verdict, PatternStatus(status))
        feedback_id = uuid4().hex
        row = {
            "feedback_id": feedback_id,
            "pattern_id": pattern_id,
            "at": _text(at),
            "verdict": verdict.value,
            "reason": reason,
            "changes": dict(changes) if changes is not None else None,
        }
        await connection.execute(insert(pattern_feedback), row)
        await connection.execute(update(patterns).where(patterns.c.pattern_id == pattern_id).values(status=after.value))
        return FeedbackResponse(feedback_id=feedback_id, pattern_id=pattern_id, verdict=verdict, status=after)

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


def _row(key: str, found: Candidate, at: str) -> dict[str, Any]:
    return {
        "pattern_id": key,
        "pattern_type": found.pattern_type.value,
        "entities": list(found.entities),
        "confidence": found.confidence,
        "support": found.support,
        "first_seen": _text(datetime.fromtimestamp(found.first_seen, UTC)),
        "last_seen": _text(datetime.fromtimestamp(found.last_seen, UTC)),
        "detail": dict(found.detail),
        "quality": found.quality,
        "replicated": found.replicated,
        "status": (PatternStatus.AUTOMATED if found.automated > MOSTLY else PatternStatus.NEW).value,
        "found_at": at,
        "confirmed_at": at,
    }


def _found_again(known: Any, row: Mapping[str, Any]) -> str:
    if known.status in _DECIDED:
        return str(known.status)
    automated = row["status"] == PatternStatus.AUTOMATED
    return (PatternStatus.AUTOMATED if automated else PatternStatus.ACTIVE).value


def _not_found(known: Any, at: datetime) -> PatternStatus:
    gone = at - datetime.fromisoformat(known.confirmed_at) >= GONE_AFTER
    return PatternStatus.GONE if gone else PatternStatus.FADING


def _wanted(pattern_type: str | None, entity_id: str | None, status: str | None) -> Select[Any]:
    wanted = select(patterns)
    if pattern_type is not None:
        wanted = wanted.where(patterns.c.pattern_type == pattern_type)
    if status is None:
        wanted = wanted.where(patterns.c.status.not_in(_UNLISTED))
    else:
        wanted = wanted.where(patterns.c.status == status)
    if entity_id is not None:
        of = select(pattern_entities.c.pattern_id).where(pattern_entities.c.entity_id == entity_id)
        wanted = wanted.where(patterns.c.pattern_id.in_(of))
    return wanted


def _pattern(row: Any) -> Pattern:
    return Pattern.model_validate({name: getattr(row, name) for name in Pattern.model_fields})


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
