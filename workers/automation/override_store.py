"""The overrides that administrators have recorded."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import JSON, Column, Integer, MetaData, String, Table, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from contracts.automation import OverrideRequest, OverrideResponse, OverridesResponse, RecordedOverride, RevokeResponse
from contracts.envelope import REQUEST_LIMIT
from shared.database_pool import reading
from shared.errors import NotFound
from shared.listing import fitting
from workers.automation.allowance import Allowance, arrangement
from workers.automation.equivalence import fingerprint
from workers.automation.plan.plan import Plan
from workers.automation.safety.override import Override

metadata = MetaData()

overrides = Table(
    "automation_overrides",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("override_id", String, nullable=False, unique=True),
    Column("fingerprint", String, nullable=False),
    Column("arrangement", String),
    Column("alias", String),
    Column("who", String, nullable=False),
    Column("when", String, nullable=False),
    Column("why", String, nullable=False),
    Column("codes", JSON, nullable=False),
    Column("path", String),
    Column("revoked_at", String),
)

_SMALLEST = 100
"""Bytes: no override has fewer in a reply."""
_NEWEST = overrides.c.number.desc()
_STANDING = overrides.c.revoked_at.is_(None)


class OverrideStore:
    """Writes in the transaction that a caller has open; reads by itself."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(
        self, connection: AsyncConnection, request: OverrideRequest, found: Allowance, at: datetime
    ) -> OverrideResponse:
        """Keep what somebody allows of an automation."""
        row = {
            "override_id": uuid4().hex,
            "fingerprint": found.fingerprint,
            "arrangement": found.arrangement,
            "alias": found.alias,
            "who": request.who,
            "when": _text(at),
            "why": request.why,
            "codes": sorted(set(request.codes)),
            "path": request.path,
        }
        await connection.execute(insert(overrides), row)
        return OverrideResponse.model_validate({**row, "allows": found.allows})

    async def revoke(self, connection: AsyncConnection, override_id: str, at: datetime) -> RevokeResponse:
        """Let an override count no more; once more changes nothing. Raises NotFound."""
        own = overrides.c.override_id == override_id
        row = (await connection.execute(select(overrides.c.revoked_at).where(own))).one_or_none()
        if row is None:
            raise NotFound(f"there is no override {override_id[:64]}: `automation/overrides` lists them")
        revoked_at = row.revoked_at or _text(at)
        await connection.execute(update(overrides).where(own, _STANDING).values(revoked_at=revoked_at))
        return RevokeResponse(override_id=override_id, revoked_at=revoked_at)

    async def standing(self, plan: Plan) -> tuple[Override, ...]:
        """What is allowed of an automation now, the newest first."""
        meaning = await asyncio.to_thread(fingerprint, plan)  # 0.1 s for the longest
        wanted = select(overrides).where(overrides.c.fingerprint == meaning, _STANDING).order_by(_NEWEST)
        async with reading(self._engine) as connection:
            rows = (await connection.execute(wanted)).all()
        arranged = arrangement(plan) if any(row.arrangement for row in rows) else None
        return tuple(_override(row) for row in rows if row.arrangement in {None, arranged})

    async def list(self, *, limit: int | None = None, offset: int = 0) -> OverridesResponse:
        """Overrides, the newest first: at most `limit`, and as many as fit into 256 KiB."""
        most = REQUEST_LIMIT // _SMALLEST if limit is None else limit
        async with reading(self._engine) as connection:
            total = (await connection.execute(select(func.count()).select_from(overrides))).scalar_one()
            page = select(overrides).order_by(_NEWEST).limit(most).offset(offset)
            rows = (await connection.execute(page)).all()
        listed = [*fitting(_recorded(row) for row in rows)]
        end = offset + len(listed)
        return OverridesResponse(overrides=listed, total=total, next_offset=end if listed and end < total else None)


def _override(row: Any) -> Override:
    return Override.model_validate({name: getattr(row, name) for name in Override.model_fields})


def _recorded(row: Any) -> RecordedOverride:
    return RecordedOverride.model_validate({name: getattr(row, name) for name in RecordedOverride.model_fields})


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
