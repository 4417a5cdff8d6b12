"""Suggestions for a query by message: the query worker asks the pattern worker, and says so where it is silent."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts import analysis, suggestions, synergies
from contracts.analysis import FeedbackRequest, PatternsRequest, PatternsResponse, PatternType, Verdict
from contracts.suggestions import QuerySuggestions, QuerySuggestionsRequest
from contracts.synergies import SynergiesRequest, SynergiesResponse
from shared.bus.client import Client
from shared.bus.serving import Serving
from shared.bus.worker import Worker
from shared.database_pool import create_shared_db_engine, dispose_engines, writing
from shared.errors import InvalidRequest, NotFound, Unavailable
from shared.home import Home
from shared.migrations import migrate
from tests.conftest import Bus, MosquittoBus, until
from tests.unit.query.suggesting.suggested_home import LIGHT, LOCK, MOTION, REGISTRY
from workers.pattern.candidate import Candidate
from workers.pattern.keeping.patterns import PatternStore
from workers.pattern.keeping.synergies import SynergyStore
from workers.pattern.synergies.synergy import Synergy
from workers.pattern.worker import list_patterns, list_synergies, take_feedback
from workers.query.current import CurrentUnderstanding
from workers.query.store import queries
from workers.query.suggesting import PatternAsker, Suggester
from workers.query.suggesting import suggestions as suggested
from workers.query.suggesting.listing import MOST_PAGES
from workers.query.suggesting.suggester import FRESH, RENEWED

SENTENCE = "when the Hall motion is detected turn on the Hall light"
DAY = 86_400.0
NOW = 1_790_000_000.0
Ask = Callable[..., Any]


def trigger(entities: tuple[str, ...], states: tuple[str, ...], p_value: float = 1e-9) -> Candidate:
    return Candidate(
        pattern_type=PatternType.TRIGGER,
        entities=entities,
        detail={"states": list(states), "lag_seconds": [12.2], "window_seconds": 60.0},
        support=48,
        first_seen=NOW - 30 * DAY,
        last_seen=NOW,
        confidence=0.95,
        p_value=p_value,
        automated=0.0,
        replicated=True,
    )


FOUND = {
    "lit": trigger((MOTION, LIGHT), ("on", "on")),
    "locked": trigger((LIGHT, LOCK), ("off", "locked")),
    "elsewhere": trigger(("light.den", "media_player.tv"), ("on", "on")),
}
SYNERGY = Synergy(
    synergy_id="both",
    devices=(MOTION, LIGHT),
    relationship="motion_light",
    area="hall",
    confidence=0.9,
    impact=0.4,
    score=0.01,
    evidence={"states": ["on", "on"], "lag_seconds": [12.0], "support": 48, "of_days": 30, "pattern_ids": ["lit"]},
)


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    url = str(tmp_path / "homeiq.db")
    await asyncio.to_thread(migrate, url)
    yield create_shared_db_engine(url)
    await dispose_engines()


@pytest.fixture
async def patterns(engine: AsyncEngine) -> dict[type, Any]:
    """The tables of the pattern worker, after an analysis."""
    kept, related, at = PatternStore(engine), SynergyStore(engine), datetime.fromtimestamp(NOW, UTC)
    async with writing(engine) as connection:
        await kept.replace(connection, FOUND, 30, at)
        await related.replace(connection, [SYNERGY], at)
    return {PatternStore: kept, SynergyStore: related}


def pattern_worker() -> Worker:
    """The pattern worker, as far as it lists and learns."""
    worker = Worker("pattern")
    worker.handles(analysis.PATTERNS)(list_patterns)
    worker.handles(synergies.SYNERGIES)(list_synergies)
    worker.handles(analysis.FEEDBACK)(take_feedback)
    return worker


def query_worker() -> Worker:
    """The query worker, as far as it makes suggestions."""
    worker = Worker("query")

    @worker.handles(suggestions.SUGGESTIONS)
    async def suggest(
        request: QuerySuggestionsRequest, home: Home, understanding: CurrentUnderstanding, suggester: Suggester
    ) -> QuerySuggestions:
        return await suggested(request, home, understanding, suggester)

    @worker.beside
    async def keep(suggester: Suggester) -> None:
        await suggester.keep_listing()

    return worker


class Shift:
    """A clock that a test sets forward."""

    seconds = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.seconds


@pytest.fixture
def shift() -> Shift:
    return Shift()


@pytest.fixture
async def suggester(bus: Bus, engine: AsyncEngine, entered: AsyncExitStack, shift: Shift) -> Suggester:
    """That of a query worker that serves."""
    made = Suggester(PatternAsker(lambda: Client(bus.connector(), user="query")), engine, clock=shift)
    home = Home()
    home.load(REGISTRY, {})
    resources = {Home: home, CurrentUnderstanding: CurrentUnderstanding(), Suggester: made}
    await entered.enter_async_context(Serving(query_worker(), bus.connector(), resources, engine=engine))
    return made


@pytest.fixture
async def client(bus: Bus, entered: AsyncExitStack) -> Client:
    return await entered.enter_async_context(Client(bus.connector(), user="admin"))


@pytest.fixture
def ask(client: Client) -> Ask:
    async def ask(**request: Any) -> QuerySuggestions:
        return await client.request(suggestions.SUGGESTIONS, QuerySuggestionsRequest(**request), timeout=20)

    return ask


async def serve(
    bus: Bus, worker: Worker, resources: dict[type, Any], engine: AsyncEngine, into: AsyncExitStack
) -> None:
    await into.enter_async_context(Serving(worker, bus.connector(), resources, engine=engine))


async def test_suggestions_about_entities_a_sentence_and_an_answered_query(
    bus: Bus, engine: AsyncEngine, entered: AsyncExitStack, patterns: dict[type, Any], suggester: Suggester, ask: Ask
) -> None:
    await serve(bus, pattern_worker(), patterns, engine, entered)
    found = await ask(entities=[LIGHT])
    assert found.total == len(found.suggestions) == 2
    best = next(each for each in found.suggestions if each.pattern_id == "lit")
    assert (best.synergy_id, best.kind, best.entities) == ("both", "pattern", [MOTION, LIGHT])
    assert best.text == "Hall light followed Hall motion 48 times in 30 days, usually after 12 s"
    assert best.query == SENTENCE
    other = next(each for each in found.suggestions if each.pattern_id == "locked")
    assert other.query == "when the Hall light turns off lock the Front door lock"
    assert (await ask(query="is the hall light on")) == found
    assert (await ask(query=SENTENCE)).total == 2
    one = await ask(entities=[LIGHT], limit=1)
    assert (one.suggestions, one.total) == (found.suggestions[:1], 2)
    suggester.in_passing("q1", [LIGHT], REGISTRY)
    assert (await ask(query_id="q1")) == found
    row = {"query_id": "saved", "at": "", "correlation_id": "", "query": "", "status": "answered"}
    async with writing(engine) as connection:
        response = {"entities": [LIGHT, "light.gone"]}
        await connection.execute(insert(queries), {**row, "response": response, "execution_seconds": 0.0})
    assert (await ask(query_id="saved")) == found
    assert await ask(entities=["cover.garage"]) == QuerySuggestions(suggestions=[], total=0)
    assert await ask(query="what a nice day") == QuerySuggestions(suggestions=[], total=0)


async def test_what_people_reject_is_not_suggested_any_more(
    bus: Bus, engine: AsyncEngine, entered: AsyncExitStack, patterns: dict[type, Any], suggester: Suggester, ask: Ask,
    client: Client,
) -> None:  # fmt: skip
    await serve(bus, pattern_worker(), patterns, engine, entered)
    assert {each.pattern_id for each in (await ask(entities=[LIGHT])).suggestions} == {"lit", "locked"}
    await client.request(analysis.FEEDBACK, FeedbackRequest(pattern_id="lit", verdict=Verdict.REJECT))
    again = await ask(entities=[LIGHT, MOTION])
    assert [each.pattern_id for each in again.suggestions] == ["locked"]
    assert again.suggestions[0].synergy_id is None


async def test_who_does_not_exist_is_not_found(suggester: Suggester, ask: Ask) -> None:
    with pytest.raises(NotFound, match="no query 'never'"):
        await ask(query_id="never")
    with pytest.raises(NotFound, match="no entity 'light.hal'"):
        await ask(entities=["light.hal"])


async def test_without_a_pattern_worker_it_says_so(suggester: Suggester, ask: Ask) -> None:
    with pytest.raises(Unavailable, match="no worker serves patterns"):
        await ask(entities=[LIGHT])


async def test_a_pattern_worker_that_says_nothing_is_not_waited_for_long(
    bus: Bus, engine: AsyncEngine, entered: AsyncExitStack, suggester: Suggester, ask: Ask,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("workers.query.suggesting.listing.HOLDS", 60.0)
    worker, asked = Worker("pattern"), list[PatternsRequest]()

    @worker.handles(analysis.PATTERNS)
    async def silent(request: PatternsRequest) -> PatternsResponse:
        asked.append(request)
        await asyncio.Event().wait()
        raise AssertionError

    @worker.handles(synergies.SYNERGIES)
    async def none(request: SynergiesRequest) -> SynergiesResponse:
        return SynergiesResponse(synergies=[], total=0)

    await serve(bus, worker, {}, engine, entered)
    several = [ask(entities=[LIGHT], limit=limit) for limit in range(1, 5)]
    for answer in await asyncio.gather(*several, return_exceptions=True):
        assert isinstance(answer, Unavailable)
        assert "the pattern worker tells no patterns now" in answer.message
    assert 1 <= len(asked) <= 2  # who asks meanwhile waits for one more, and who tries again hears of it at once


async def test_all_pages_are_read_up_to_a_limit(
    bus: Bus, engine: AsyncEngine, entered: AsyncExitStack, patterns: dict[type, Any], suggester: Suggester, ask: Ask
) -> None:
    worker, offsets = Worker("pattern"), list[int]()
    store: PatternStore = patterns[PatternStore]

    @worker.handles(analysis.PATTERNS)
    async def endless(request: PatternsRequest) -> PatternsResponse:
        """The one page, again and again."""
        offsets.append(request.offset)
        page = await store.list()
        return page.model_copy(update={"next_offset": request.offset + 3})

    worker.handles(synergies.SYNERGIES)(list_synergies)
    await serve(bus, worker, patterns, engine, entered)
    assert (await ask(entities=[LIGHT])).total == 2
    assert offsets == [3 * page for page in range(MOST_PAGES)]


async def test_replies_have_sentences_in_passing_that_are_asked_for_behind_them(
    bus: Bus,
    engine: AsyncEngine,
    entered: AsyncExitStack,
    patterns: dict[type, Any],
    suggester: Suggester,
    shift: Shift,
) -> None:
    await serve(bus, pattern_worker(), patterns, engine, entered)
    assert suggester.in_passing("q1", [LIGHT], REGISTRY) == []
    await until(lambda: suggester.in_passing("q2", [LIGHT], REGISTRY) != [])
    said = suggester.in_passing("q3", [LIGHT], REGISTRY)
    assert len(said) == 2
    assert any(each.startswith("Hall light followed Hall motion 48 times") and f"“{SENTENCE}”" in each for each in said)
    assert suggester.in_passing("q4", [], REGISTRY) == []
    before, shift.seconds = suggester._asker.last, RENEWED + 1
    assert len(suggester.in_passing("q5", [LIGHT], REGISTRY)) == 2
    await until(lambda: suggester._asker.last is not before)
    shift.seconds = FRESH + 1
    assert suggester.in_passing("q6", [LIGHT], REGISTRY) == []


async def test_who_may_not_ask_says_so(mosquitto: MosquittoBus, engine: AsyncEngine) -> None:
    asker = PatternAsker(lambda: Client(mosquitto.connector("data"), user="data"))
    resources = {PatternStore: PatternStore(engine), SynergyStore: SynergyStore(engine)}
    async with (
        Serving(pattern_worker(), mosquitto.connector("pattern"), resources, engine=engine),
        asker.connected(),
    ):
        with pytest.raises(Unavailable, match="lets this user not ask patterns"):
            await asker.listing()


async def test_without_a_connection_it_says_so(bus: Bus) -> None:
    asker = PatternAsker(lambda: Client(bus.connector()), patience=0.05)
    with pytest.raises(Unavailable, match="nothing came in time"):
        await asker.listing()


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"query": "x", "entities": [LIGHT]},
        {"query_id": "x", "query": "y"},
        {"query": ""},
        {"query": "x" * 2001},
        {"entities": []},
        {"entities": ["no id"]},
        {"entities": [LIGHT] * 101},
        {"query": "x", "limit": 0},
        {"query": "x", "limits": 1},
    ],
)
async def test_a_request_is_about_just_one_of_three(payload: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        QuerySuggestionsRequest.model_validate(payload)


async def test_what_can_not_be_read_is_invalid(suggester: Suggester, client: Client) -> None:
    with pytest.raises(InvalidRequest):
        await client.request(suggestions.SUGGESTIONS, QuerySuggestionsRequest.model_construct(query="x", limit=999))
