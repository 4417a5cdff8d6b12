"""The query worker's handlers; `speaker` shows the way of a sentence."""

from __future__ import annotations

from contracts import home, query, suggestions
from contracts.query import QueryRequest, QueryResponse, RefineRequest
from contracts.suggestions import QuerySuggestions, QuerySuggestionsRequest
from shared.bus.requests import Call
from shared.bus.worker import Worker
from shared.home import Home
from shared.home_store import HomeStore
from workers.query import suggesting
from workers.query.current import CurrentUnderstanding
from workers.query.speaker import Speaker
from workers.query.store import QueryStore
from workers.query.suggesting import Suggester

worker = Worker("query")


@worker.handles(query.ASK)
async def ask(request: QueryRequest, call: Call, speaker: Speaker) -> QueryResponse:
    """Answer one sentence."""
    return await speaker.ask(request, call)


@worker.handles(query.REFINE)
async def refine(request: RefineRequest, call: Call, speaker: Speaker) -> QueryResponse:
    """Take the answer to a question back, and go on from there."""
    return await speaker.refine(request, call)


@worker.handles(suggestions.SUGGESTIONS)
async def suggest(
    request: QuerySuggestionsRequest, home: Home, understanding: CurrentUnderstanding, suggester: Suggester
) -> QuerySuggestions:
    """Suggest what could be done with the same things."""
    return await suggesting.suggestions(request, home, understanding, suggester)


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
async def know_the_patterns(suggester: Suggester) -> None:
    """Stay able to ask the other workers, and ask for patterns behind replies."""
    await suggester.keep_listing()


@worker.beside
async def save_queries(queries: QueryStore) -> None:
    """Save the queries behind their replies."""
    await queries.keep_saving()
