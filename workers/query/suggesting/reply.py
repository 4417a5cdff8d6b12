"""The answer to `query/suggestions`."""

from __future__ import annotations

from contracts.suggestions import QuerySuggestions, QuerySuggestionsRequest
from shared.errors import NotFound
from shared.home import Home, Registry
from workers.query.current import CurrentUnderstanding
from workers.query.suggesting.subject import entities_of, named_in
from workers.query.suggesting.suggester import Suggester


async def suggestions(
    request: QuerySuggestionsRequest, home: Home, understanding: CurrentUnderstanding, suggester: Suggester
) -> QuerySuggestions:
    """Suggestions about the things of an answered query, of a sentence, or about some entities.

    Raises NotFound for a query or an entity that nobody knows, Unavailable where the pattern worker does not answer.
    """
    registry = home.registry
    if request.query_id is not None:
        asked = list(await suggester.remembered.entities(request.query_id))
    elif request.query is not None:
        asked = await _meant(request.query, registry, understanding)
    else:
        asked = _known(request.entities or [], registry)
    return await suggester.about(asked, registry, request.limit)


async def _meant(sentence: str, registry: Registry, understanding: CurrentUnderstanding) -> list[str]:
    """What a sentence is about, in the home's own language."""
    mind = await understanding.of(registry, None)
    return entities_of(mind.read(sentence), registry) or named_in(sentence, registry)


def _known(entities: list[str], registry: Registry) -> list[str]:
    if (stranger := next((each for each in entities if each not in registry.entities), None)) is not None:
        raise NotFound(f"there is no entity {stranger!r} in the home: leave it out, or give an id that is there")
    return entities
