"""The inbox: one row for each effect that was asked for, from its acceptance until seven days after its end."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    bindparam,
    delete,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.bus.packets import Publish
from shared.bus.transaction import now_text

metadata = MetaData()

inbox = Table(
    "inbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("effect_id", String, nullable=False),
    Column("worker", String, nullable=False),
    Column("operation", String, nullable=False),
    Column("caller", String, nullable=False),
    Column("correlation_id", String),
    Column("digest", LargeBinary, nullable=False),
    Column("topic", String, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("properties", JSON, nullable=False),
    Column("accepted_at", String, nullable=False),
    Column("deadline_at", Float),
    Column("state", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("reply", LargeBinary),
    Column("finished_at", String),
    sqlite_autoincrement=True,
)

ACCEPTED, DONE, DEAD = "accepted", "done", "dead"
KEPT = timedelta(days=7)
"""For how long a repetition gets the stored reply."""


# Built once: what SQLAlchemy does with a statement costs as much as SQLite's part, each time that it is new.
_ADD = {
    name: insert(inbox).on_conflict_do_nothing().returning(inbox.c.id)
    for name, insert in (("sqlite", insert_sqlite), ("postgresql", insert_postgresql))
}
_FIND = select(inbox.c.id, inbox.c.effect_id, inbox.c.digest, inbox.c.state, inbox.c.reply).where(
    inbox.c.operation == bindparam("operation"),
    inbox.c.caller == bindparam("caller"),
    inbox.c.correlation_id == bindparam("correlation_id"),
)
_FINISH = (
    update(inbox)
    .where(inbox.c.id == bindparam("row"), inbox.c.state == ACCEPTED)
    .values(state=bindparam("end"), reply=bindparam("said"), finished_at=bindparam("moment"))
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A request to be accepted. `correlation_id`: None where repetitions can't be told; `deadline_at`: Unix time."""

    operation: str
    caller: str
    correlation_id: str | None
    digest: bytes
    packet: Publish
    deadline_at: float | None


@dataclass(frozen=True, slots=True)
class Known:
    """What the inbox knows of a request: whether it is new here, of the same payload, and what it was answered."""

    id: int
    effect_id: str
    new: bool
    same: bool
    state: str
    reply: bytes | None


async def accept(connection: AsyncConnection, worker: str, entry: Entry) -> Known:
    """Make a request a row, unless its caller has used its correlation id before."""
    effect_id = secrets.token_hex(16)
    row = {
        "effect_id": effect_id,
        "worker": worker,
        "operation": entry.operation,
        "caller": entry.caller,
        "correlation_id": entry.correlation_id,
        "digest": entry.digest,
        "topic": entry.packet.topic,
        "payload": entry.packet.payload,
        "properties": properties_of(entry.packet),
        "accepted_at": now_text(),
        "deadline_at": entry.deadline_at,
        "state": ACCEPTED,
        "attempts": 0,
    }
    added = (await connection.execute(_ADD[connection.dialect.name], row)).scalar()
    if added is not None:
        return Known(added, effect_id, new=True, same=True, state=ACCEPTED, reply=None)
    key = {name: row[name] for name in ("operation", "caller", "correlation_id")}
    found = (await connection.execute(_FIND, key)).one()
    same = found.digest == entry.digest
    return Known(found.id, found.effect_id, new=False, same=same, state=found.state, reply=found.reply)


async def finish(connection: AsyncConnection, row_id: int, reply: bytes, *, state: str = DONE) -> bool:
    """Store the reply. False where another process has ended this effect already: then ours must not count."""
    ended = {"row": row_id, "end": state, "said": reply, "moment": now_text()}
    return (await connection.execute(_FINISH, ended)).rowcount == 1


async def forget(connection: AsyncConnection, row_id: int) -> bool:
    """Remove a row whose effect was not done, so that a repetition is tried anew. False as in `finish`."""
    gone = delete(inbox).where(inbox.c.id == row_id, inbox.c.state == ACCEPTED)
    return (await connection.execute(gone)).rowcount == 1


async def begin(connection: AsyncConnection, row_ids: Iterable[int], times: int = 1) -> None:
    """Count that effects are begun; with -1, that they were not."""
    begun = update(inbox).where(inbox.c.id.in_(row_ids), inbox.c.state == ACCEPTED)
    await connection.execute(begun.values(attempts=inbox.c.attempts + times))


async def unfinished(connection: AsyncConnection, worker: str) -> Sequence[Row[Any]]:
    """What was accepted and has no end, in the order of acceptance."""
    left = select(inbox).where(inbox.c.worker == worker, inbox.c.state == ACCEPTED)
    return (await connection.execute(left.order_by(inbox.c.id))).all()


async def release_dead(connection: AsyncConnection, operation: str, packet: Publish) -> None:
    """Forget that a request was given up, so that the same one can be sent again."""
    dead = delete(inbox).where(
        inbox.c.operation == operation,
        inbox.c.state == DEAD,
        inbox.c.payload == packet.payload,
    )
    await connection.execute(dead)


async def purge_inbox(connection: AsyncConnection, now: datetime) -> None:
    """Forget the replies that are older than seven days."""
    oldest = (now - KEPT).astimezone(UTC).isoformat(timespec="milliseconds")
    await connection.execute(delete(inbox).where(inbox.c.state != ACCEPTED, inbox.c.finished_at < oldest))


def packet_of(row: Any) -> Publish:
    """The packet that a row was made from."""
    return packet_from(row.topic, row.payload, row.properties)


def packet_from(topic: str, payload: bytes, properties: dict[str, Any]) -> Publish:
    """A packet from its stored parts."""
    data = properties.get("correlation_data")
    return Publish(
        topic,
        payload,
        response_topic=properties.get("response_topic"),
        correlation_data=base64.b64decode(data) if data is not None else None,
        content_type=properties.get("content_type"),
        user_properties=tuple((name, value) for name, value in properties.get("user_properties", ())),
    )


def properties_of(packet: Publish) -> dict[str, Any]:
    """The MQTT properties of a packet as JSON; correlation data in base64."""
    data = packet.correlation_data
    named: Iterable[tuple[str, Any]] = (
        ("response_topic", packet.response_topic),
        ("correlation_data", base64.b64encode(data).decode() if data is not None else None),
        ("content_type", packet.content_type),
        ("expiry", packet.expiry),
        ("user_properties", [list(pair) for pair in packet.user_properties] or None),
    )
    return {name: value for name, value in named if value is not None}
