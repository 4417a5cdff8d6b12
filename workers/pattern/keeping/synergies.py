"""The synergies that were found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Float,
    ForeignKey,
    Integer,
    MetaData,
    Select,
    String,
    Table,
    bindparam,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from contracts.analysis import PatternStatus
from contracts.envelope import REQUEST_LIMIT
from contracts.synergies import SynergiesResponse, Synergy, SynergyStatus
from shared.database_pool import reading
from shared.listing import fitting
from workers.pattern.keeping.tables import patterns
from workers.pattern.ranking.lifecycle import GONE_AFTER, SETTLED_AFTER
from workers.pattern.synergies import synergy

metadata = MetaData()

synergies = Table(
    "synergies",
    metadata,
    Column("synergy_id", String, primary_key=True),
    Column("devices", JSON, nullable=False),
    Column("depth", Integer, nullable=False),
    Column("relationship", String, nullable=False),
    Column("area", String),
    Column("confidence", Float, nullable=False),
    Column("impact", Float, nullable=False),
    Column("score", Float, nullable=False),
    Column("evidence", JSON, nullable=False),
    Column("status", String, nullable=False),
    Column("found_at", String, nullable=False),
    Column("confirmed_at", String, nullable=False),
)
synergy_devices = Table(
    "synergy_devices",
    metadata,
    Column("entity_id", String, primary_key=True),
    Column("synergy_id", ForeignKey(synergies.c.synergy_id, ondelete="CASCADE"), primary_key=True),
)

_REJECTED = SynergyStatus.REJECTED
_UNLISTED = (_REJECTED, SynergyStatus.GONE)
_BY_KEY = update(synergies).where(synergies.c.synergy_id == bindparam("key"))
_SMALLEST = 100
"""Bytes: no synergy has fewer in a reply."""


class SynergyStore:
    """Writes in the transaction that a caller has open; reads by itself."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def replace(
        self, connection: AsyncConnection, found: Iterable[synergy.Synergy], at: datetime, *, fade: bool = True
    ) -> int:
        """Take what an analysis found, and give how many synergies nobody knew before.

        One that is found again is `active`, one that is not `fading`, and `gone` after a week, as patterns are; one
        that rests on a pattern that people rejected is `rejected`. `fade=False`: an analysis of too few days to say
        that something is no longer so.
        """
        known = {row.synergy_id: row for row in await connection.execute(select(synergies))}
        rows = {each.synergy_id: _row(each, _text(at)) for each in found}
        new = [row for key, row in rows.items() if key not in known]
        if new:
            await connection.execute(insert(synergies), new)
            members = [{"entity_id": name, "synergy_id": row["synergy_id"]} for row in new for name in row["devices"]]
            await connection.execute(insert(synergy_devices), members)
        again = [{**row, "key": key, **_found_again(known[key], row, at)} for key, row in rows.items() if key in known]
        faded = [
            {"key": key, "status": _not_found(row, at).value} for key, row in known.items() if fade and key not in rows
        ]
        for changed in (again, faded):
            if changed:
                await connection.execute(_BY_KEY, changed)
        await self.follow_feedback(connection)
        return len(new)

    async def follow_feedback(self, connection: AsyncConnection) -> None:
        """Take off the lists what rests on a pattern that people rejected, and put back what no longer does."""
        query = select(patterns.c.pattern_id).where(patterns.c.status == PatternStatus.REJECTED)
        rejected = {row.pattern_id for row in await connection.execute(query)}
        for row in (await connection.execute(select(synergies))).all():
            refused, is_refused = bool(rejected & set(row.evidence["pattern_ids"])), row.status == _REJECTED
            if refused != is_refused:
                after = _REJECTED if refused else SynergyStatus.ACTIVE
                await connection.execute(_BY_KEY, {"key": row.synergy_id, "status": after.value})

    async def list(
        self,
        *,
        area: str | None = None,
        entity_id: str | None = None,
        depth: int | None = None,
        status: str | None = None,
        minimum_score: float | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> SynergiesResponse:
        """Synergies, the best first: at most `limit`, and as many as fit into 256 KiB.

        `rejected` and `gone` ones only where `status` asks for them.
        """
        wanted = _wanted({"area": area, "depth": depth}, entity_id, status, minimum_score)
        best = wanted.order_by(synergies.c.score.desc(), synergies.c.synergy_id)
        most = REQUEST_LIMIT // _SMALLEST if limit is None else limit
        async with reading(self._engine) as connection:
            total = (await connection.execute(select(func.count()).select_from(wanted.subquery()))).scalar_one()
            rows = (await connection.execute(best.limit(most).offset(offset))).all()
        listed = [*fitting(_synergy(row) for row in rows)]
        end = offset + len(listed)
        return SynergiesResponse(synergies=listed, total=total, next_offset=end if listed and end < total else None)


def _row(found: synergy.Synergy, at: str) -> dict[str, Any]:
    return {
        "synergy_id": found.synergy_id,
        "devices": list(found.devices),
        "depth": len(found.devices),
        "relationship": found.relationship,
        "area": found.area,
        "confidence": found.confidence,
        "impact": found.impact,
        "score": found.score,
        "evidence": dict(found.evidence),
        "status": SynergyStatus.NEW.value,
        "found_at": at,
        "confirmed_at": at,
    }


def _found_again(known: Any, row: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """What stays of one that was known; what was rejected keeps the patterns for which it was."""
    if known.status == _REJECTED:
        ids = sorted({*known.evidence["pattern_ids"], *row["evidence"]["pattern_ids"]})
        evidence = {**row["evidence"], "pattern_ids": ids}
        return {"found_at": known.found_at, "status": _REJECTED.value, "evidence": evidence}
    settled = known.status != SynergyStatus.NEW or at - datetime.fromisoformat(known.found_at) >= SETTLED_AFTER
    return {"found_at": known.found_at, "status": (SynergyStatus.ACTIVE if settled else SynergyStatus.NEW).value}


def _not_found(known: Any, at: datetime) -> SynergyStatus:
    if known.status in _UNLISTED:
        return SynergyStatus(known.status)
    gone = at - datetime.fromisoformat(known.confirmed_at) >= GONE_AFTER
    return SynergyStatus.GONE if gone else SynergyStatus.FADING


def _wanted(
    filters: Mapping[str, Any], entity_id: str | None, status: str | None, minimum_score: float | None
) -> Select[Any]:
    wanted = select(synergies)
    for name, value in filters.items():
        if value is not None:
            wanted = wanted.where(synergies.c[name] == value)
    listed = synergies.c.status.not_in(_UNLISTED) if status is None else synergies.c.status == status
    wanted = wanted.where(listed)
    if minimum_score is not None:
        wanted = wanted.where(synergies.c.score >= minimum_score)
    if entity_id is not None:
        of = select(synergy_devices.c.synergy_id).where(synergy_devices.c.entity_id == entity_id)
        wanted = wanted.where(synergies.c.synergy_id.in_(of))
    return wanted


def _synergy(row: Any) -> Synergy:
    return Synergy.model_validate({name: getattr(row, name) for name in Synergy.model_fields})


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
