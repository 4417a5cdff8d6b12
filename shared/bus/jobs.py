"""Long operations as rows: accepted, run one after the other by the instance that leads, and ended with an event."""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import JSON, Column, Integer, LargeBinary, MetaData, String, Table, Text, delete, insert, select, update
from sqlalchemy.engine import Row

from contracts.envelope import Envelope
from contracts.jobs import CancelResponse, CancelState, JobState, JobStatus, Started
from contracts.model import Request
from contracts.operation import Event, Operation
from shared.bus.dead_letters import DeadLetter, DeadLetters
from shared.bus.packets import Publish
from shared.bus.transaction import Transaction, Transactions, now_text
from shared.bus.worker import Bound
from shared.database_pool import reading
from shared.errors import DatabaseError, NotFound, RequestError

log = structlog.get_logger(__name__)

metadata = MetaData()

jobs = Table(
    "jobs",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("id", String, nullable=False),
    Column("worker", String, nullable=False),
    Column("operation", String, nullable=False),
    Column("request", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("correlation_ids", JSON, nullable=False),
    Column("state", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("accepted_at", String, nullable=False),
    Column("ended_at", String),
    sqlite_autoincrement=True,
)

ACCEPTED, RUNNING, CANCELLING = "accepted", "running", "cancelling"
_OPEN = (ACCEPTED, RUNNING, CANCELLING)
_KEPT = timedelta(days=30)
_ATTEMPTS = 2
_TICK = 0.5
_ENVELOPE = set(Envelope.model_fields)
_BROKEN = "the worker failed on it; its log says why"


class JobCancelledError(Exception):
    """Somebody wanted the job to end."""


class Job:
    """One long operation at work. May be used from a thread of the job."""

    def __init__(self, job_id: str, correlation_ids: list[str]) -> None:
        self.id, self.correlation_ids = job_id, correlation_ids
        self.cancelled = False
        self._told: tuple[float, str] | None = None

    def tell(self, done: float, message: str) -> None:
        """Say how far it is (0 to 1); some twice a second it becomes an event. Raises JobCancelledError."""
        self._told = (min(max(done, 0.0), 1.0), message)
        if self.cancelled:
            raise JobCancelledError

    def news(self) -> tuple[float, str] | None:
        """What was told since this was asked last."""
        told, self._told = self._told, None
        return told


class Jobs:
    """The long operations of one worker, for its handlers: starting and cancelling them."""

    def __init__(self, worker: str) -> None:
        self._worker = worker
        self._wake = asyncio.Event()
        self.at_work: Job | None = None

    async def start(self, transaction: Transaction, operation: Operation[Any, Any], request: Request) -> Started:
        """Have an operation done. Where the same is waiting or running already, the caller joins it."""
        text = request.model_dump_json(exclude=_ENVELOPE)
        digest = hashlib.blake2b(text.encode(), digest_size=16).digest()
        same = select(jobs.c.id, jobs.c.correlation_ids).where(
            jobs.c.operation == operation.name, jobs.c.digest == digest, jobs.c.state.in_((ACCEPTED, RUNNING))
        )
        found = (await transaction.connection.execute(same)).first()
        caller = [transaction.correlation_id] if transaction.correlation_id is not None else []
        if found is not None:
            joined = list(dict.fromkeys([*found.correlation_ids, *caller]))
            change = update(jobs).where(jobs.c.id == found.id).values(correlation_ids=joined)
            await transaction.connection.execute(change)
            return Started(id=found.id, state=JobState.JOINED)
        row = {
            "id": secrets.token_hex(16),
            "worker": self._worker,
            "operation": operation.name,
            "request": text,
            "digest": digest,
            "correlation_ids": caller,
            "state": ACCEPTED,
            "attempts": 0,
            "accepted_at": now_text(),
        }
        await transaction.connection.execute(insert(jobs), row)
        transaction.after_commit(self._wake.set)
        return Started(id=str(row["id"]), state=JobState.ACCEPTED)

    async def cancel(self, transaction: Transaction, operation: Operation[Any, Any], job_id: str) -> CancelResponse:
        """Have a job end before its time; one that has not begun ends here and now. Raises NotFound."""
        wanted = select(jobs).where(jobs.c.id == job_id, jobs.c.operation == operation.name)
        row = (await transaction.connection.execute(wanted)).first()
        if row is None:
            raise NotFound(f"{operation.name} knows no {job_id}")
        if row.state not in _OPEN:
            return CancelResponse(id=job_id, state=CancelState.ENDED)
        if row.state == ACCEPTED:
            await _finish(transaction, operation, row, JobStatus.CANCELLED, None, {})
            return CancelResponse(id=job_id, state=CancelState.CANCELLED)
        await transaction.connection.execute(update(jobs).where(jobs.c.id == job_id).values(state=CANCELLING))
        transaction.after_commit(lambda: self._stop(job_id))
        return CancelResponse(id=job_id, state=CancelState.CANCELLING)

    def _stop(self, job_id: str) -> None:
        self._wake.set()
        if self.at_work is not None and self.at_work.id == job_id:
            self.at_work.cancelled = True

    async def wait(self) -> None:
        """Wait until there may be another job."""
        await self._wake.wait()
        self._wake.clear()


class JobHandler:
    """How one long operation is done: `prepare` at length and outside of any transaction, `handle` keeps the result.

    `handle` gives the fields of the operation's `done` event that are its own.
    """

    def __init__(self, operation: Operation[Any, Any], prepare: Bound, handle: Bound) -> None:
        self.operation, self.prepare, self.handle = operation, prepare, handle


class JobRunner:
    """Runs the jobs of one worker, one after the other, for as long as this instance leads it."""

    def __init__(
        self,
        transactions: Transactions,
        jobs_: Jobs,
        handlers: Mapping[str, JobHandler],
        dead_letters: DeadLetters,
        root: str,
    ) -> None:
        self._transactions, self._jobs, self._handlers = transactions, jobs_, handlers
        self._dead_letters, self._root = dead_letters, root

    async def run(self) -> None:
        """Run what is there and what comes, until cancelled; what was running then is run again by the next leader."""
        while True:
            row = await self._next()
            if row is None:
                await self._jobs.wait()
                continue
            try:
                await self._run(row)
            except _EndedElsewhereError:
                log.warning("another process has ended this", job=row.id)

    async def _next(self) -> Row[Any] | None:
        open_ = select(jobs).where(jobs.c.operation.in_(self._handlers), jobs.c.state.in_(_OPEN)).order_by(jobs.c.seq)
        async with reading(self._transactions.engine) as connection:
            return (await connection.execute(open_.limit(1))).first()

    async def _run(self, row: Any) -> None:
        structlog.contextvars.bind_contextvars(job=row.id, operation=row.operation)
        handler, job = self._handlers[row.operation], Job(row.id, row.correlation_ids)
        if row.state == CANCELLING:
            await self._end(handler, row, JobStatus.CANCELLED)
            return
        if row.attempts >= _ATTEMPTS:
            await self._give_up(handler, row)
            return
        if not await self._begin(row):
            return
        self._jobs.at_work = job
        began = time.monotonic()
        try:
            await self._do(handler, row, job, began)
        except JobCancelledError:
            await self._end(handler, row, JobStatus.CANCELLED, began)
        except (RequestError, DatabaseError) as error:
            await self._end(handler, row, JobStatus.FAILED, began, str(error))
        except _EndedElsewhereError:
            raise
        except asyncio.CancelledError:
            await self._put_back(row)
            raise
        except Exception:
            log.exception("a long operation failed")
            await self._end(handler, row, JobStatus.FAILED, began, _BROKEN)
        finally:
            self._jobs.at_work = None

    async def _begin(self, row: Any) -> bool:
        """Count a beginning. False where the job was cancelled, begun or ended since it was looked for."""
        seen = update(jobs).where(jobs.c.id == row.id, jobs.c.state == row.state, jobs.c.attempts == row.attempts)
        async with self._transactions.begin() as transaction:
            begun = seen.values(state=RUNNING, attempts=row.attempts + 1)
            return (await transaction.connection.execute(begun)).rowcount == 1

    async def _do(self, handler: JobHandler, row: Any, job: Job, began: float) -> None:
        request = handler.operation.request.model_validate_json(row.request)
        prepared = await self._prepare(handler, row, request, job)
        async with self._transactions.begin(_first(row.correlation_ids)) as transaction:
            fields = await handler.handle.call(request, job, transaction, prepared)
            await _finish(transaction, handler.operation, row, JobStatus.COMPLETED, began, fields)

    async def _prepare(self, handler: JobHandler, row: Any, request: Request, job: Job) -> Any:
        """The long part. Raises JobCancelledError."""
        preparing = asyncio.ensure_future(handler.prepare.call(request, job))
        try:
            while not preparing.done():
                await asyncio.wait([preparing], timeout=_TICK)
                await self._tell(handler, row, job)
                if job.cancelled:
                    preparing.cancel()
        finally:
            if not preparing.done():  # this worker ends; a thread of the job hears of it at its next word
                job.cancelled = True
                preparing.cancel()
                await asyncio.gather(preparing, return_exceptions=True)
        if preparing.cancelled():
            raise JobCancelledError
        return preparing.result()

    async def _tell(self, handler: JobHandler, row: Any, job: Job) -> None:
        told, event = job.news(), handler.operation.progress
        if told is None or event is None:
            return
        async with self._transactions.begin(_first(row.correlation_ids), durable=False) as transaction:
            await transaction.publish(event, id=row.id, done=told[0], message=told[1])

    async def _end(
        self, handler: JobHandler, row: Any, status: JobStatus, began: float | None = None, error: str | None = None
    ) -> None:
        async with self._transactions.begin(_first(row.correlation_ids)) as transaction:
            fields = {"errors": [error]} if error else {}
            await _finish(transaction, handler.operation, row, status, began, fields)

    async def _put_back(self, row: Any) -> None:
        """We leave in order: this was no beginning without an end."""
        ours = (jobs.c.state == RUNNING, jobs.c.attempts == row.attempts + 1)
        back = update(jobs).where(jobs.c.id == row.id, *ours)
        async with self._transactions.begin() as transaction:
            await transaction.connection.execute(back.values(state=ACCEPTED, attempts=row.attempts))

    async def _give_up(self, handler: JobHandler, row: Any) -> None:
        reason = f"{row.operation} was begun twice and came to no end"
        async with self._transactions.begin(_first(row.correlation_ids)) as transaction:
            packet = Publish(handler.operation.request_topic(self._root), row.request.encode())
            await self._dead_letters.add(transaction, DeadLetter(packet, reason, row.attempts))
            await _finish(transaction, handler.operation, row, JobStatus.FAILED, None, {"errors": [reason]})


class _EndedElsewhereError(Exception):
    """Another process has ended this job."""


async def _finish(
    transaction: Transaction,
    operation: Operation[Any, Any],
    row: Any,
    status: JobStatus,
    began: float | None,
    fields: Mapping[str, Any],
) -> None:
    """A job's end and its event. Raises where ours must not count: it was ended elsewhere, or cancelled meanwhile."""
    assert operation.done is not None  # noqa: S101 - for the type checker
    current = select(jobs.c.state, jobs.c.correlation_ids).where(jobs.c.id == row.id)
    found = (await transaction.connection.execute(current)).one()
    if found.state not in _OPEN:
        raise _EndedElsewhereError
    if found.state == CANCELLING and status is JobStatus.COMPLETED:
        raise JobCancelledError
    ended = update(jobs).where(jobs.c.id == row.id).values(state=status.value, ended_at=now_text())
    await transaction.connection.execute(ended)
    own = {
        "id": row.id,
        "status": status,
        "correlation_id": _first(found.correlation_ids),
        "correlation_ids": found.correlation_ids,
        "duration_seconds": round(time.monotonic() - began, 3) if began is not None else 0.0,
    }
    fact = await transaction.publish(operation.done, **(_required(operation.done, row) | own | dict(fields)))
    log.info("long operation ended", job=row.id, status=status.value, event_id=fact.event_id)


def _required(done: Event[Any], row: Any) -> dict[str, Any]:
    """Fields of the event that the request has too: an import says of what, also where it failed."""
    request = json.loads(row.request)
    return {name: request[name] for name in done.model.model_fields if name in request}


async def purge_jobs(transaction: Transaction, now: datetime) -> None:
    """Forget the jobs that ended a month ago."""
    oldest = (now - _KEPT).astimezone(UTC).isoformat(timespec="milliseconds")
    await transaction.connection.execute(delete(jobs).where(jobs.c.ended_at < oldest))


def _first(correlation_ids: list[str]) -> str | None:
    return correlation_ids[0] if correlation_ids else None
