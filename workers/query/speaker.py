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

from contracts.query import Clarification, QueryRequest, QueryResponse, QueryStatus, RefineRequest
from shared.bus.requests import Call
from shared.errors import DatabaseError, NotFound, Unavailable
from shared.history import History
from shared.home import Home, Snapshot
from workers.query.answering import Answer, respond
from workers.query.answering.orders import LEFT_ALONE
from workers.query.answering.past import answer_past
from workers.query.conversing.following import Followed, follow
from workers.query.conversing.memory import Conversations
from workers.query.conversing.refining import CONFIRM, Refined, options_meant, refine, yes_or_no
from workers.query.conversing.turn import Turn
from workers.query.current import CurrentUnderstanding
from workers.query.judging import Judge, Judged
from workers.query.past.question import PastQuestion
from workers.query.store import QueryStore
from workers.query.suggesting import Suggester
from workers.query.understanding import Understanding
from workers.query.understanding.explaining import explained
from workers.query.understanding.orders.order import Command, Missing
from workers.query.understanding.reading import NameAlone, NoSuchThing, OutOfReach, Question, Unclear, UnknownName
from workers.query.understanding.tokens import plainly
from workers.query.understanding.wishes.wish import Wish

P = ParamSpec("P")
T = TypeVar("T")

LOCAL: Final = "local"
"""The provider of an answer that no LLM had a part in."""
_LONG: Final = 20
"""Words from which on a sentence is read in a thread, so that others are answered meanwhile."""
_GOOD: Final = (Question, PastQuestion, Command, Wish)
_NOT_FOUND: Final = (NameAlone, NoSuchThing, OutOfReach, UnknownName, Missing)
_UNREAD: Final = (*_NOT_FOUND, Unclear)
_OF_THE_HOME: Final = (*_GOOD, *_NOT_FOUND)
_NO_HOME: Final = Answer(
    QueryStatus.NOT_UNDERSTOOD, "unknown",
    "I know nothing of your home yet: let Home Assistant be read, or import a home.",
)  # fmt: skip
_WHAT: Final = "what"
"""The id of the question what about a thing that was only named."""
_OWN: Final = frozenset({"is", "are", "on", "off", "to", "make", "use", "and"})
"""Words of a sentence that stands by itself, though it may name an option: "is the desk lamp on"."""


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
        heard = await _reading(request.query, _heard, mind, request.query, area_id, last)
        judged = await self._judged(heard, snapshot, execute=turn.execute)
        return self._told(turn, heard.followed, judged, call, began, mind if request.explain else None)

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
        taken = await _reading(request.answer, _taken, mind, before, request.answer)
        judged = await self._judged(taken, snapshot, execute=execute)
        return self._told(turn, taken.followed, judged, call, began, mind if request.explain else None)

    async def _judged(self, heard: Refined, snapshot: Snapshot, *, execute: bool) -> Judged:
        if heard.confirmed is False:
            return Judged(LEFT_ALONE)
        found = await self._answer(heard.followed, snapshot)
        return await self.judge.judged(found, snapshot.registry, execute=execute, confirmed=heard.confirmed is True)

    async def _answer(self, followed: Followed, snapshot: Snapshot) -> Answer:
        """The answer from the home; from its history in a thread: a deadline ends the waiting for it."""
        if not snapshot.registry.entities and isinstance(followed.reading, _OF_THE_HOME):
            return _NO_HOME
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
            chosen=dict(followed.chosen),
            entities=spoken_of(response),
            clarifications=tuple(response.clarifications),
        )
        self.conversations.keep(kept)
        self.queries.remember(kept, response, call)
        return response


def spoken_of(response: QueryResponse) -> tuple[str, ...]:
    """What "it" is in the next sentence: nothing, while it is open which of several is meant."""
    several = response.clarifications and len(response.entities) > 1
    return () if several else tuple(response.entities)


async def _reading(sentence: str, read: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
    if len(sentence.split()) < _LONG:
        return read(*given, **named)
    return await asyncio.to_thread(read, *given, **named)


def _heard(mind: Understanding, sentence: str, area_id: str | None, last: Turn | None) -> Refined:
    """The reading of a sentence: as the answer to what was asked back just before it, where it is one."""
    asked = last.clarifications[0] if last is not None and last.clarifications else None
    if last is None or asked is None:
        return Refined(follow(mind, sentence, area_id, last))
    if _answers(mind, asked, sentence):
        return _taken(mind, last, sentence)
    followed = follow(mind, sentence, area_id, last)
    refined = refine(mind, last, sentence) if isinstance(followed.reading, _UNREAD) else None
    return refined if refined is not None and isinstance(refined.followed.reading, _GOOD) else Refined(followed)


def _answers(mind: Understanding, asked: Clarification, sentence: str) -> bool:
    """Whether a sentence only answers a question back, and says nothing of its own."""
    if (said := yes_or_no(sentence)) is not None:
        return asked.id == CONFIRM or not said
    if sentence.rstrip().endswith("?") or not _OWN.isdisjoint(plainly(sentence).split()):
        return False
    return bool(options_meant(asked, sentence, mind.registry))


def _taken(mind: Understanding, turn: Turn, answer: str) -> Refined:
    """What an answer to a question back says; a "no" leaves it alone, whatever was asked.

    Who names a thing again, asked what about it, wants to know how it is: nothing is asked twice.
    """
    asked = turn.clarifications[0] if turn.clarifications else None
    meant = options_meant(asked, answer, mind.registry) if asked is not None else []
    if asked is not None and asked.id != CONFIRM and not meant and yes_or_no(answer) is False:
        return Refined(Followed(Unclear(), turn.sentence, dict(turn.chosen)), confirmed=False)
    if asked is not None and asked.id == _WHAT and meant:
        again = f"what is the state of {meant[0].entity_id}"
        return Refined(Followed(mind.read(again, turn.area_id), again))
    return refine(mind, turn, answer)
