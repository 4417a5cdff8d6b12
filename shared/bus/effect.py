"""One effect: what was asked, how it is done inside a transaction, and how it has ended."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any, Self

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.model import Request
from contracts.operation import Operation
from shared.bus import inbox
from shared.bus.deadline import Deadline
from shared.bus.replies import ReplyRoute, error_reply, ok_reply
from shared.bus.requests import Call
from shared.bus.transaction import Transaction
from shared.bus.transport import Message
from shared.bus.worker import Bound
from shared.errors import DatabaseError, InternalError, Overloaded, RequestError, Unavailable, outcome_unknown

log = structlog.get_logger(__name__)

_LONGEST_HANDLER = 30.0


@dataclass(frozen=True)
class EffectHandler:
    """How one operation is done: `prepare` outside of any transaction, where there is one; `handle` inside."""

    handle: Bound
    prepare: Bound | None = None


@dataclass(slots=True, eq=False)
class Effect:
    """One effect that is under way. Its `messages` wait for their acknowledgement, its `routes` for the reply.

    `row_id` is 0 until it is accepted. `prepared` is what its preparation gave, `error` why that failed.
    """

    operation: Operation[Any, Any]
    request: Request
    call: Call
    deadline: Deadline
    entry: inbox.Entry
    routes: dict[ReplyRoute, None]
    messages: list[Message] = field(default_factory=list)
    arrived: float = field(default_factory=time.monotonic)
    row_id: int = 0
    prepared: tuple[Any, ...] = ()
    error: RequestError | None = None

    @classmethod
    def asked(
        cls, operation: Operation[Any, Any], request: Request, call: Call, deadline: Deadline, message: Message
    ) -> Self:
        """An effect that a message asks for."""
        named = call.correlation_id if call.key is not None else None
        until = time.time() + deadline.remaining if deadline.given else None
        entry = inbox.Entry(operation.name, call.route.caller, named, call.digest, message.packet, until)
        return cls(operation, request, call, deadline, entry, {call.route: None}, [message])

    def acknowledge(self) -> None:
        """Tell the broker that its messages are safe here."""
        for message in self.messages:
            message.acknowledge()
        self.messages.clear()


@dataclass(frozen=True, slots=True)
class Ended:
    """How an effect has ended, once its transaction is committed. `final` ones are answered the same for good.

    No payload: another process was faster, and answers.
    """

    effect: Effect
    payload: bytes | None
    final: bool
    error: RequestError | None = None
    transaction: Transaction | None = None


async def do_effect(connection: AsyncConnection, effect: Effect, handler: EffectHandler, worker: str) -> Ended:
    """Do an effect inside a transaction that it may share with others: where it fails, it is undone alone.

    Its row in the inbox is ended with it. Raises what fails for all, such as DatabaseError.
    """
    structlog.contextvars.bind_contextvars(correlation_id=effect.call.correlation_id, operation=effect.operation.name)
    try:
        payload, transaction = await _handle(connection, effect, handler, worker)
    except RequestError as error:
        return await _end_with(connection, effect, error)
    except _EndedElsewhereError:
        return Ended(effect, None, final=True)
    return Ended(effect, payload, final=True, transaction=transaction)


async def _handle(
    connection: AsyncConnection, effect: Effect, handler: EffectHandler, worker: str
) -> tuple[bytes, Transaction]:
    if effect.error is not None:
        raise effect.error
    transaction = Transaction(connection, worker, effect.call.correlation_id)
    try:
        async with asyncio.timeout(_LONGEST_HANDLER), connection.begin_nested():
            offered = (effect.request, effect.call, effect.deadline, transaction, *effect.prepared)
            payload = ok_reply(effect.call.correlation_id, await handler.handle.call(*offered))
            await _finish(connection, effect, payload)
            return payload, transaction
    except (RequestError, DatabaseError, _EndedElsewhereError):
        raise
    except Exception:
        log.exception("an effect failed")
        raise broken(worker) from None


async def _end_with(connection: AsyncConnection, effect: Effect, error: RequestError) -> Ended:
    """What may be otherwise the next time is not stored, so that the caller's retry runs; an unknown outcome is."""
    payload = error_reply(effect.call.correlation_id, error)
    final = not isinstance(error, Overloaded | Unavailable) or outcome_unknown(error)
    ours = (
        await inbox.finish(connection, effect.row_id, payload)
        if final
        else await inbox.forget(connection, effect.row_id)
    )
    return Ended(effect, payload if ours else None, final, error)


async def _finish(connection: AsyncConnection, effect: Effect, payload: bytes) -> None:
    if not await inbox.finish(connection, effect.row_id, payload):
        raise _EndedElsewhereError


class _EndedElsewhereError(Exception):
    """Another process has ended this effect already: what was done here must not count."""


def broken(worker: str) -> InternalError:
    """The error for what nobody foresaw."""
    return InternalError(f"the {worker} worker failed on this request; its log says why")
