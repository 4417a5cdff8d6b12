"""Effects outside the database, in three steps: the intent as a row, the call under an id of ours, the result as a row.

After a crash between the steps the other side is asked what happened, where it can be asked; what can be repeated is
repeated; what can be neither is never done a second time, and its outcome is unknown.

An effect does this in its preparation, with the id of the effect as a part of the key:

    @worker.prepares(DEPLOY)
    async def deploy(request: Deploy, call: Call, outside: OutsideCalls, automations: Automations) -> Deployed:
        result = await outside.once(f"{call.effect_id}/automation", automations, {"alias": request.alias})
"""

from __future__ import annotations

import asyncio
import random
from typing import Any, Protocol, runtime_checkable

import structlog
from sqlalchemy import JSON, Column, MetaData, String, Table, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.bus.transaction import now_text
from shared.database_pool import writing
from shared.errors import RequestError, unknown_outcome

log = structlog.get_logger(__name__)

metadata = MetaData()

outside_calls = Table(
    "outside_calls",
    metadata,
    Column("key", String, primary_key=True),
    Column("target", String, nullable=False),
    Column("intent", JSON, nullable=False),
    Column("state", String, nullable=False),
    Column("result", JSON(none_as_null=True)),
    Column("at", String, nullable=False),
)

INTENDED, DONE, UNKNOWN = "intended", "done", "unknown"
_ATTEMPTS = 3
_FIRST_PAUSE = 0.2

Document = dict[str, Any]
"""What JSON can say of an intent or of a result."""


class NoAnswerError(Exception):
    """The call was sent, and whether it was carried out is not known."""


class Target(Protocol):
    """Something outside that can be told to do a thing.

    `repeatable`: the same key again does nothing more. `perform` raises RequestError where the other side says no (and
    did nothing), and NoAnswerError, TimeoutError or OSError where nobody can say.
    """

    name: str
    repeatable: bool

    async def perform(self, key: str, intent: Document) -> Document:
        """Do it under this key, and give the result."""


@runtime_checkable
class Askable(Protocol):
    """A target that can be asked what became of a call."""

    async def find(self, key: str, intent: Document) -> Document | None:
        """The result of a call that was carried out, or None where it was not. Raises as `perform`."""


class OutsideCalls:
    """Does things outside once, or says that nobody knows."""

    def __init__(self, engine: AsyncEngine, *, pause: float = _FIRST_PAUSE) -> None:
        self._engine, self._pause = engine, pause

    async def once(self, key: str, target: Target, intent: Document) -> Document:
        """Have a thing done under a key that is the same at each repetition, and give the result.

        Raises the target's RequestError where it was refused, and Unavailable with an unknown outcome where it was
        sent, can't be repeated and can't be asked about, or where the other side stays silent.
        """
        state, result = await self._intend(key, target, intent)
        if state == DONE:
            return result or {}
        if state == UNKNOWN and not isinstance(target, Askable):
            raise _unknown(target)
        return await self._carry_out(key, target, intent, sent=state != "")

    async def _carry_out(self, key: str, target: Target, intent: Document, *, sent: bool) -> Document:
        """Perform it until there is an answer. `sent`: it may have been carried out already."""
        pause = self._pause
        for attempt in range(_ATTEMPTS):
            try:
                result = await self._find(key, target, intent) if sent else None
                if result is None:
                    if sent and not target.repeatable and not isinstance(target, Askable):
                        break
                    sent = True
                    result = await target.perform(key, intent)
            except RequestError:
                await self._forget(key)
                raise
            except (NoAnswerError, TimeoutError, OSError) as error:
                log.warning("no answer from outside", target=target.name, attempt=attempt + 1, error=str(error))
                await asyncio.sleep(random.uniform(pause / 2, pause))  # noqa: S311
                pause *= 2
            else:
                await self._end(key, DONE, result)
                return result
        await self._end(key, UNKNOWN, None)
        raise _unknown(target)

    @staticmethod
    async def _find(key: str, target: Target, intent: Document) -> Document | None:
        return await target.find(key, intent) if isinstance(target, Askable) else None

    async def _intend(self, key: str, target: Target, intent: Document) -> tuple[str, Document | None]:
        """Make the intent a row. Gives the state that it had before, empty where it is new, and the result."""
        there = select(outside_calls.c.state, outside_calls.c.result).where(outside_calls.c.key == key)
        async with writing(self._engine, durable=True) as connection:
            found = (await connection.execute(there)).one_or_none()
            if found is not None:
                return found.state, found.result
            row = {"key": key, "target": target.name, "intent": intent, "state": INTENDED, "at": now_text()}
            await connection.execute(insert(outside_calls), row)
        return "", None

    async def _end(self, key: str, state: str, result: Document | None) -> None:
        ended = update(outside_calls).where(outside_calls.c.key == key)
        async with writing(self._engine, durable=True) as connection:
            await connection.execute(ended.values(state=state, result=result, at=now_text()))

    async def _forget(self, key: str) -> None:
        """It was refused, and so not done: another attempt may be made."""
        async with writing(self._engine, durable=True) as connection:
            await connection.execute(delete(outside_calls).where(outside_calls.c.key == key))


def _unknown(target: Target) -> RequestError:
    return unknown_outcome(f"{target.name} did not say whether it was done: look there before you ask again")
