"""The query worker's handlers."""

from __future__ import annotations

import asyncio
import secrets
import time

from contracts import home, query
from contracts.query import QueryRequest, QueryResponse
from shared.bus.requests import Call
from shared.bus.worker import Worker
from shared.errors import DatabaseError, Unavailable
from shared.history import History
from shared.home import Home, Snapshot
from shared.home_store import HomeStore
from workers.query.answering import Answer, answer
from workers.query.answering.past import answer_past
from workers.query.current import CurrentUnderstanding
from workers.query.past.question import PastQuestion
from workers.query.store import QueryStore

worker = Worker("query")

LOCAL = "local"
"""The provider of an answer that no LLM had a part in."""


@worker.handles(query.ASK)
async def ask(
    request: QueryRequest,
    call: Call,
    home: Home,
    understanding: CurrentUnderstanding,
    history: History,
    queries: QueryStore,
) -> QueryResponse:
    """Answer one sentence from the home as it is now, or from its history."""
    began = time.perf_counter()
    snapshot = home.snapshot()
    mind = await understanding.of(snapshot.registry, request.language)
    reading = mind.read(request.query, request.context.area_id if request.context else None)
    if isinstance(reading, PastQuestion):
        found = await _from_history(reading, snapshot, history)
    else:
        found = answer(reading, snapshot)
    response = QueryResponse(
        query_id=secrets.token_hex(16),
        status=found.status,
        query_type=found.query_type,
        answer=found.text,
        result=found.result,
        entities=list(found.entities),
        clarifications=list(found.clarifications),
        suggestions=list(found.suggestions),
        confidence=found.confidence,
        execution_time=round(time.perf_counter() - began, 6),
        provider_used=LOCAL,
    )
    queries.remember(request, response, call)
    return response


async def _from_history(reading: PastQuestion, snapshot: Snapshot, history: History) -> Answer:
    """The answer from the history, read in a thread: a deadline ends the waiting for it."""
    try:
        return await asyncio.to_thread(answer_past, reading, snapshot, history, time.time())
    except DatabaseError as error:
        raise Unavailable(f"The history can't be read: {error}") from error


@worker.on(home.CHANGED, each=True)
async def learn_the_home(home: Home, store: HomeStore, understanding: CurrentUnderstanding) -> None:
    """Take the changed home from the database, and make its names known before somebody asks."""
    home.load(*await store.load())
    await understanding.of(home.registry, None)


@worker.beside
async def know_the_home(home: Home, understanding: CurrentUnderstanding) -> None:
    """Know the names of the home before the first question."""
    await understanding.of(home.registry, None)


@worker.beside
async def save_queries(queries: QueryStore) -> None:
    """Save the queries behind their replies."""
    await queries.keep_saving()
