"""Dead letters: messages that can't be read, or were begun twice and came to no end, kept for a person to look at."""

from __future__ import annotations

import asyncio
import base64
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import structlog
from sqlalchemy import JSON, Column, Integer, LargeBinary, MetaData, String, Table, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from contracts.dead_letters import dead_letters_of
from contracts.envelope import REQUEST_LIMIT
from shared.bus.inbox import packet_from, properties_of
from shared.bus.outbox import events
from shared.bus.packets import Publish
from shared.bus.transaction import Transaction, Transactions, now_text
from shared.database_pool import reading
from shared.errors import DatabaseError, NotFound

log = structlog.get_logger(__name__)

metadata = MetaData()

dead_letters = Table(
    "dead_letters",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("worker", String, nullable=False),
    Column("at", String, nullable=False),
    Column("topic", String, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("size", Integer, nullable=False),
    Column("properties", JSON, nullable=False),
    Column("reason", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    sqlite_autoincrement=True,
)

_MOST_KEPT = 1_000
"""Letters of one worker: the oldest goes when there are more."""
_MOST_WAITING = 200
_LISTED = 1_000


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that was given up: `attempts` is how often it was begun. What is beyond 256 KiB of it is cut off.

    `size` counts the bytes of its whole payload, where the packet no longer holds them all.
    """

    packet: Publish
    reason: str
    attempts: int = 0
    size: int = 0

    def cut(self) -> DeadLetter:
        """The letter with no more of its payload than is kept."""
        payload = self.packet.payload
        packet = replace(self.packet, payload=payload[:REQUEST_LIMIT])
        return replace(self, packet=packet, size=max(self.size, len(payload)))


@dataclass(frozen=True, slots=True)
class StoredLetter:
    """A dead letter with its number; `complete` tells that all of its payload is there."""

    id: int
    worker: str
    at: str
    letter: DeadLetter
    complete: bool

    def document(self) -> dict[str, Any]:
        """The letter as JSON says it: a payload that is no text in base64."""
        packet = self.letter.packet
        return {
            "id": self.id,
            "worker": self.worker,
            "at": self.at,
            "topic": packet.topic,
            "reason": self.letter.reason,
            "attempts": self.letter.attempts,
            "size": self.letter.size,
            "complete": self.complete,
            **payload_fields(packet.payload),
            "properties": properties_of(packet),
        }


class DeadLetters:
    """Takes the dead letters of one worker: a row and its announcement in one transaction."""

    def __init__(self, transactions: Transactions | None, worker: str) -> None:
        self._transactions, self._worker = transactions, worker
        self._waiting: deque[DeadLetter] = deque()
        self._wake = asyncio.Event()

    def give_up(self, letter: DeadLetter) -> None:
        """Take a letter without waiting for its row. When too many wait, it is only logged: a flood is no memory."""
        if self._transactions is None or len(self._waiting) >= _MOST_WAITING:
            log.warning("a dead letter is not kept", topic=letter.packet.topic, reason=letter.reason)
            return
        self._waiting.append(letter.cut())
        self._wake.set()

    async def run(self) -> None:
        """Make rows of what waits, for ever; a last time when cancelled."""
        if self._transactions is None:
            return
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                await self._save(self._transactions)
        except asyncio.CancelledError:
            await self._save(self._transactions)
            raise

    async def _save(self, transactions: Transactions) -> None:
        letters = list(self._waiting)
        if not letters:
            return
        try:
            async with transactions.begin(durable=False) as transaction:
                for letter in letters:
                    await self.add(transaction, letter)
        except DatabaseError as error:
            log.error("dead letters can't be written", count=len(letters), error=str(error))  # noqa: TRY400 - told
        for _ in letters:
            self._waiting.popleft()

    async def add(self, transaction: Transaction, letter: DeadLetter) -> None:
        """A row, and the announcement on `<root>/dead-letter/<worker>`."""
        letter = letter.cut()
        packet, at = letter.packet, now_text()
        row = {
            "worker": self._worker,
            "at": at,
            "topic": packet.topic,
            "payload": packet.payload,
            "size": letter.size,
            "properties": properties_of(packet),
            "reason": letter.reason,
            "attempts": letter.attempts,
        }
        number = (await transaction.connection.execute(insert(dead_letters).returning(dead_letters.c.id), row)).scalar()
        await transaction.publish(
            dead_letters_of(self._worker),
            id=number,
            topic=packet.topic,
            reason=letter.reason,
            attempts=letter.attempts,
            properties=properties_of(packet),
            **payload_fields(packet.payload),
        )
        await self._forget_the_oldest(transaction.connection)

    async def _forget_the_oldest(self, connection: AsyncConnection) -> None:
        """Keep no more than a thousand letters, nor announcements: these hold the payload too, and live for a week."""
        of_this_worker = (
            (dead_letters, dead_letters.c.id, dead_letters.c.worker == self._worker),
            (events, events.c.seq, events.c.name == dead_letters_of(self._worker).name),
        )
        for table, number, mine in of_this_worker:
            beyond = select(number).where(mine).order_by(number.desc()).limit(1).offset(_MOST_KEPT).scalar_subquery()
            await connection.execute(delete(table).where(mine, number <= beyond))


def payload_fields(payload: bytes) -> dict[str, str]:
    """A payload as a field of JSON: text where it is UTF-8, else base64."""
    try:
        return {"payload": payload.decode()}
    except UnicodeDecodeError:
        return {"payload_base64": base64.b64encode(payload).decode()}


async def all_letters(engine: AsyncEngine) -> list[StoredLetter]:
    """Every dead letter, oldest first, with the first 1,000 bytes of its payload."""
    columns = [each for each in dead_letters.c if each is not dead_letters.c.payload]
    begins = func.substr(dead_letters.c.payload, 1, _LISTED, type_=LargeBinary).label("payload")
    async with reading(engine) as connection:
        listed = select(*columns, begins).order_by(dead_letters.c.id)
        rows: Sequence[Any] = (await connection.execute(listed)).all()
    return [_stored(row) for row in rows]


async def one_letter(engine: AsyncEngine, number: int) -> StoredLetter:
    """The dead letter of this number. Raises NotFound."""
    async with reading(engine) as connection:
        row = (await connection.execute(select(dead_letters).where(dead_letters.c.id == number))).one_or_none()
    if row is None:
        raise NotFound(f"there is no dead letter {number}: `homeiq dead-letters` lists them")
    return _stored(row)


async def drop_letters(connection: AsyncConnection, numbers: Sequence[int]) -> int:
    """Forget these letters; gives how many there were."""
    return (await connection.execute(delete(dead_letters).where(dead_letters.c.id.in_(numbers)))).rowcount


def _stored(row: Any) -> StoredLetter:
    packet = packet_from(row.topic, row.payload or b"", row.properties)  # of nothing, SQLite's substr is null
    letter = DeadLetter(packet, row.reason, row.attempts, row.size)
    return StoredLetter(row.id, row.worker, row.at, letter, complete=row.size <= REQUEST_LIMIT)
