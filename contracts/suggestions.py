"""Suggestions for a query: what the home's patterns and synergies say about the same things."""

from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import Field, StringConstraints, model_validator

from contracts.home import EntityId, Identifier
from contracts.model import Message, Request
from contracts.operation import Event, Operation, State
from contracts.query import QUERY_LIMIT


class QuerySuggestionKind(StrEnum):
    """What a suggestion was made of."""

    PATTERN = "pattern"
    SYNERGY = "synergy"


class QuerySuggestionsRequest(Request):
    """What to make suggestions about: an answered query, a sentence, or entities; just one of the three."""

    query_id: Identifier | None = None
    query: Annotated[str, StringConstraints(min_length=1, max_length=QUERY_LIMIT)] | None = None
    entities: Annotated[list[EntityId], Field(min_length=1, max_length=100)] | None = None
    limit: int = Field(default=5, ge=1, le=50)

    @model_validator(mode="after")
    def _one_of_three(self) -> Self:
        if [self.query_id, self.query, self.entities].count(None) != 2:  # noqa: PLR2004 - one of the three is given
            raise ValueError("give just one of `query_id`, `query` and `entities`")
        return self


class QuerySuggestion(Message):
    """One thing that could be done, or asked, about the same things.

    `text` says in plain words what was seen and how often; `query` is a sentence to send to `query` as it is: the wish
    for an automation that does it, or, where nothing can be acted upon, a question. `kind` is what it was made of;
    where a pattern and a synergy say the same, both ids are there. `entities` are in their order. `confidence` and
    `quality` (of a synergy its score) are 0 to 1.
    """

    text: str
    kind: QuerySuggestionKind
    pattern_id: str | None = None
    synergy_id: str | None = None
    entities: list[str] = Field(min_length=1)
    confidence: float = Field(ge=0.0, le=1.0)
    quality: float = Field(ge=0.0, le=1.0)
    query: str


class QuerySuggestions(Message):
    """Suggestions, the nearest first: about the same entities, then their devices, then their like in the same area.

    `total` counts all that there are, beyond `limit` too.
    """

    suggestions: list[QuerySuggestion]
    total: int


SUGGESTIONS = Operation(
    "query/suggestions",
    QuerySuggestionsRequest,
    QuerySuggestions,
    worker="query",
    summary="Suggest automations about the things of a query, from patterns and synergies.",
)

OPERATIONS = (SUGGESTIONS,)
EVENTS: tuple[Event[Any], ...] = ()
STATES: tuple[State[Message], ...] = ()
