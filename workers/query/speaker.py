"""Answering what people say: the way of a sentence through the query worker.

What was said before it (`conversing`), its reading (`understanding`), the answer from the home or its history
(`answering`), the verdict on what it proposes (`judging`), what else may interest (`suggesting`); then it is kept in
mind.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, ParamSpec, TypeVar

from contracts.query import QueryRequest, QueryResponse, RefineRequest
from shared.bus.requests import Call
from shared.errors import DatabaseError, NotFound, Unavailable
from shared.history import History
from shared.home import Home, Snapshot
from workers.query.answering import Answer, respond
from workers.query.answering.orders import LEFT_ALONE
from workers.query.answering.past import answer_past
from workers.query.conversing.following import Followed, follow
from workers.query.conversing.memory import Conversations
from workers.query.conversing.refining import refine
from workers.query.conversing.turn import Turn
from workers.query.current import CurrentUnderstanding
from workers.query.judging import Judge, Judged
from workers.query.past.question import PastQuestion
from workers.query.store import QueryStore
from workers.query.suggesting import Suggester
from workers.query.understanding import Understanding
from workers.query.understanding.explaining import explained

P = ParamSpec("P")
T = TypeVar("T")

LOCAL: Final = "local"
"""The provider of an answer that no LLM had a part in."""
_LONG: Final = 20
"""Words from which on a sentence is read in a thread, so that others are answered meanwhile."""


@dataclass(frozen=True)
class Speaker:
    """Answers sentences about one home."""

    home: Home
    understanding: CurrentUnderstanding
    history: History
    queries: QueryStore
    conversations: Conversations
    judge: Judge
    suggester: Suggester

    async def ask(self, request: QueryRequest, call: Call) -> QueryResponse:
        """The answer to one sentence. Raises Unavailable where the history or a verdict can't be had."""
        began = time.perf_counter()
        snapshot = self.home.snapshot()
        mind = await self.understanding.of(snapshot.registry, request.language)
        last = await self.conversations.last(request.session_id)
        area_id = request.context.area_id if request.context else None
        turn = Turn(
            query_id=secrets.token_hex(16),
            sentence=request.query,
            area_id=area_id,
            language=request.language,
            session_id=request.session_id,
            user_id=request.user_id,
            execute=bool(request.execute),
            at=time.time(),
        )
        followed = await _reading(request.query, follow, mind, request.query, area_id, last)
        judged = await self._judged(followed, snapshot, execute=turn.execute)
        return self._told(turn, followed, judged, call, began, mind if request.explain else None)

    async def refine(self, request: RefineRequest, call: Call) -> QueryResponse:
        """What follows from the answer to a question back. Raises NotFound where that was never asked, or long ago."""
        began = time.perf_counter()
        before = await self.conversations.of(request.query_id)
        if before is None:
            raise NotFound("No query of this id was asked in the last half hour: ask it again.")
        snapshot = self.home.snapshot()
        mind = await self.understanding.of(snapshot.registry, before.language)
        execute = before.execute if request.execute is None else request.execute
        session_id = request.session_id or before.session_id
        turn = replace(before, query_id=secrets.token_hex(16), session_id=session_id, execute=execute, at=time.time())
        refined = await _reading(request.answer, refine, mind, before, request.answer)
        followed = refined.followed
        if refined.confirmed is False:
            judged = Judged(LEFT_ALONE)
        else:
            confirmed = refined.confirmed is True
            judged = await self._judged(followed, snapshot, execute=execute, confirmed=confirmed)
        return self._told(turn, followed, judged, call, began, mind if request.explain else None)

    async def _judged(
        self, followed: Followed, snapshot: Snapshot, *, execute: bool, confirmed: bool = False
    ) -> Judged:
        found = await self._answer(followed, snapshot)
        return await self.judge.judged(found, snapshot.registry, execute=execute, confirmed=confirmed)

    async def _answer(self, followed: Followed, snapshot: Snapshot) -> Answer:
        """The answer from the home; from its history in a thread: a deadline ends the waiting for it."""
        if not isinstance(followed.reading, PastQuestion):
            return respond(followed.reading, snapshot, followed.sentence)
        try:
            return await asyncio.to_thread(answer_past, followed.reading, snapshot, self.history, time.time())
        except DatabaseError as error:
            raise Unavailable(f"The history can't be read: {error}") from error

    def _told(
        self, turn: Turn, followed: Followed, judged: Judged, call: Call, began: float, mind: Understanding | None
    ) -> QueryResponse:
        """The reply, remembered with the sentence as it was understood. `mind` where it shall tell its steps."""
        found = judged.answer
        registry = self.home.registry
        response = QueryResponse(
            query_id=turn.query_id,
            status=found.status,
            query_type=found.query_type,
            answer=found.text,
            result=found.result,
            entities=list(found.entities),
            actions=list(found.actions),
            executed=judged.executed,
            automation=found.automation,
            clarifications=list(found.clarifications),
            suggestions=[*found.suggestions, *self.suggester.in_passing(turn.query_id, found.entities, registry)],
            confidence=found.confidence,
            execution_time=round(time.perf_counter() - began, 6),
            provider_used=LOCAL,
            steps=explained(mind, followed.sentence, followed.reading) if mind is not None else [],
        )
        kept = replace(
            turn,
            sentence=followed.sentence,
            chosen=followed.chosen,
            entities=tuple(response.entities),
            clarifications=tuple(response.clarifications),
        )
        self.conversations.keep(kept)
        self.queries.remember(kept, response, call)
        return response


async def _reading(sentence: str, read: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
    if len(sentence.split()) < _LONG:
        return read(*given, **named)
    return await asyncio.to_thread(read, *given, **named)
