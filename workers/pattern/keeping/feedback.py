"""What people think of patterns, and what that teaches."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from contracts.analysis import (
    Feedback,
    FeedbackResponse,
    Learned,
    LearnedResponse,
    PatternStatus,
    PatternType,
    UndoResponse,
    Verdict,
)
from contracts.envelope import REQUEST_LIMIT
from contracts.model import Message
from shared.database_pool import reading
from shared.errors import InvalidRequest, NotFound
from shared.listing import fitting
from workers.pattern.keeping.tables import pattern_feedback, patterns, text_of
from workers.pattern.ranking.learning import Learnt, Vote
from workers.pattern.ranking.lifecycle import VERDICTS
from workers.pattern.ranking.quality import combined, effect

LARGEST_CHANGES: Final = 16 * 1024
"""Bytes of JSON: every listing has to hold them."""
MOST_GROUPS: Final = 200

_STANDING = pattern_feedback.c.undone_at.is_(None)
_DECISIVE = pattern_feedback.c.verdict.in_([verdict.value for verdict in VERDICTS])
_QUALITY = (
    update(patterns)
    .where(patterns.c.pattern_id == bindparam("key"))
    .values(quality=bindparam("value"), parts=bindparam("made_of"))
)


async def learnt_from(connection: AsyncConnection) -> Learnt:
    """What all feedback teaches that was not taken back: the last word on each pattern is its vote."""
    last = select(func.max(pattern_feedback.c.number)).where(_STANDING).group_by(pattern_feedback.c.pattern_id)
    votes = (
        select(patterns.c.pattern_type, patterns.c.entities, pattern_feedback.c.verdict)
        .join(pattern_feedback, pattern_feedback.c.pattern_id == patterns.c.pattern_id)
        .where(pattern_feedback.c.number.in_(last))
    )
    return Learnt(
        Vote(PatternType(row.pattern_type), tuple(row.entities), Verdict(row.verdict))
        for row in await connection.execute(votes)
    )


class FeedbackStore:
    """Writes in the transaction that a caller has open; reads by itself."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(
        self,
        connection: AsyncConnection,
        pattern_id: str,
        verdict: Verdict,
        at: datetime,
        *,
        reason: str | None = None,
        changes: Mapping[str, Any] | None = None,
    ) -> FeedbackResponse:
        """Keep what somebody thinks of a pattern, and learn from it.

        Accepting approves a pattern, rejecting takes it off the lists. Raises NotFound, and InvalidRequest for changes
        that are too large.
        """
        row = (await connection.execute(select(patterns).where(patterns.c.pattern_id == pattern_id))).one_or_none()
        if row is None:
            raise NotFound(f"there is no pattern {pattern_id[:64]}: `patterns` lists them")
        _check(changes)
        after, before = VERDICTS.get(verdict, PatternStatus(row.status)), row.status
        kept = {
            "feedback_id": uuid4().hex,
            "pattern_id": pattern_id,
            "at": text_of(at),
            "verdict": verdict.value,
            "reason": reason,
            "changes": dict(changes) if changes is not None else None,
            "number": ((await connection.execute(select(func.max(pattern_feedback.c.number)))).scalar() or 0) + 1,
            "status_before": before,
        }
        await connection.execute(insert(pattern_feedback), kept)
        await _set_status(connection, pattern_id, after)
        await _learn(connection, row.pattern_type)
        return FeedbackResponse(feedback_id=kept["feedback_id"], pattern_id=pattern_id, verdict=verdict, status=after)

    async def undo(self, connection: AsyncConnection, feedback_id: str, at: datetime) -> UndoResponse:
        """Take feedback back, as if nobody had given it; once more changes nothing.

        Its pattern stands where it stood before, unless something else decided about it since. Raises NotFound.
        """
        query = (
            select(pattern_feedback, patterns.c.pattern_type, patterns.c.status)
            .join(patterns, patterns.c.pattern_id == pattern_feedback.c.pattern_id)
            .where(pattern_feedback.c.feedback_id == feedback_id)
        )
        row = (await connection.execute(query)).one_or_none()
        if row is None:
            raise NotFound(f"there is no feedback {feedback_id[:64]}: `patterns/learned` lists it")
        undone_at, status = row.undone_at, PatternStatus(row.status)
        if undone_at is None:
            undone_at = text_of(at)
            own = pattern_feedback.c.feedback_id == feedback_id
            await connection.execute(update(pattern_feedback).where(own).values(undone_at=undone_at))
            status = await _without(connection, row)
            await _learn(connection, row.pattern_type)
        return UndoResponse(feedback_id=feedback_id, pattern_id=row.pattern_id, undone_at=undone_at, status=status)

    async def learned(
        self, *, pattern_type: PatternType | None = None, limit: int | None = None, offset: int = 0
    ) -> LearnedResponse:
        """What was learnt, and one page of the feedback: at most `limit`, and no more than a reply holds."""
        wanted = select(pattern_feedback, patterns.c.pattern_type, patterns.c.entities).join(
            patterns, patterns.c.pattern_id == pattern_feedback.c.pattern_id
        )
        if pattern_type is not None:
            wanted = wanted.where(patterns.c.pattern_type == pattern_type)
        newest = wanted.order_by(pattern_feedback.c.number.desc())
        most = REQUEST_LIMIT // 100 if limit is None else limit  # none is smaller than 100 bytes
        async with reading(self._engine) as connection:
            total = (await connection.execute(select(func.count()).select_from(wanted.subquery()))).scalar_one()
            rows = (await connection.execute(newest.limit(most).offset(offset))).all()
            groups = _told(await learnt_from(connection), pattern_type)
        whole: list[Message] = [*groups, *(_feedback(row) for row in rows)]
        listed = [each for each in fitting(whole) if isinstance(each, Feedback)]
        end = offset + len(listed)
        following = end if listed and end < total else None
        return LearnedResponse(learned=groups, feedback=listed, total=total, next_offset=following)


async def _without(connection: AsyncConnection, undone: Any) -> PatternStatus:
    """Where the pattern of undone feedback stands now. A later verdict stays, and came where this one had come."""
    status, after = PatternStatus(undone.status), VERDICTS.get(Verdict(undone.verdict))
    if after is None:
        return status
    query = (
        select(pattern_feedback.c.feedback_id, pattern_feedback.c.status_before)
        .where(pattern_feedback.c.pattern_id == undone.pattern_id, _STANDING, _DECISIVE)
        .where(pattern_feedback.c.number > undone.number)
        .order_by(pattern_feedback.c.number)
        .limit(1)
    )
    later = (await connection.execute(query)).one_or_none()
    if later is None and status is after:
        status = PatternStatus(undone.status_before)
        await _set_status(connection, undone.pattern_id, status)
    elif later is not None and later.status_before == after:
        theirs = update(pattern_feedback).where(pattern_feedback.c.feedback_id == later.feedback_id)
        await connection.execute(theirs.values(status_before=undone.status_before))
    return status


async def _set_status(connection: AsyncConnection, pattern_id: str, status: PatternStatus) -> None:
    await connection.execute(update(patterns).where(patterns.c.pattern_id == pattern_id).values(status=status.value))


async def _learn(connection: AsyncConnection, pattern_type: str) -> None:
    """Give the patterns of a type the quality that is theirs by all feedback."""
    learnt = await learnt_from(connection)
    query = select(patterns.c.pattern_id, patterns.c.entities, patterns.c.parts).where(
        patterns.c.pattern_type == pattern_type, patterns.c.parts.is_not(None)
    )
    changed = []
    for row in await connection.execute(query):
        acceptance = round(learnt.acceptance(PatternType(pattern_type), row.entities), 4)
        if acceptance != row.parts["acceptance"]:
            parts = {**row.parts, "acceptance": acceptance}
            changed.append({"key": row.pattern_id, "value": combined(parts), "made_of": parts})
    if changed:
        await connection.execute(_QUALITY, changed)


def _check(changes: Mapping[str, Any] | None) -> None:
    if changes is not None and len(json.dumps(changes).encode()) > LARGEST_CHANGES:
        told = f"more than {LARGEST_CHANGES:,} bytes of JSON"
        raise InvalidRequest(f"the changes are too large: {told}", [{"path": "$.changes", "message": told}])


def _told(learnt: Learnt, pattern_type: PatternType | None) -> list[Learned]:
    """The groups that were judged, the most often first."""
    groups = [group for group in learnt.groups if pattern_type in {None, group.pattern_type}]
    groups.sort(key=lambda group: (-group.votes, group.pattern_type, group.domains))
    return [
        Learned(
            pattern_type=group.pattern_type,
            domains=list(group.domains),
            votes=group.votes,
            accepted=group.accepted,
            acceptance=round(group.acceptance, 4),
            estimate=round(learnt.estimate(group), 4),
            effect=round(effect(learnt.estimate(group)), 4),
        )
        for group in groups[:MOST_GROUPS]
    ]


def _feedback(row: Any) -> Feedback:
    return Feedback.model_validate({name: getattr(row, name) for name in Feedback.model_fields})
