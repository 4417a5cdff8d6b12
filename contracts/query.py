"""Asking the home: a sentence in, an answer out, with the entities it rests on."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from contracts.acting import Action
from contracts.model import Message, Request
from contracts.operation import Operation

QUERY_LIMIT = 2_000
"""Characters of the longest sentence."""


class QueryStatus(StrEnum):
    """What became of a sentence."""

    ANSWERED = "answered"
    CLARIFICATION = "clarification"
    SUGGESTED = "suggested"
    REFUSED = "refused"
    NOT_UNDERSTOOD = "not_understood"


class QueryContext(Request):
    """What is known about the asker; `area_id` is where they stand, and what "here" means."""

    area_id: str | None = None


class QueryRequest(Request):
    """One sentence for the home. `language` is a code such as `en`; null is the home's own."""

    query: Annotated[str, StringConstraints(max_length=QUERY_LIMIT)]
    session_id: Annotated[str, StringConstraints(max_length=128)] | None = None
    user_id: Annotated[str, StringConstraints(max_length=128)] | None = None
    context: QueryContext | None = None
    preferences: dict[str, Any] | None = None
    language: Annotated[str, StringConstraints(max_length=16)] | None = None
    execute: bool | None = None
    explain: bool | None = None
    """Whether `steps` tells how the sentence was read."""


class RefineRequest(Request):
    """An answer to a question back: an option's label or id, or any words. `query_id` is of what asked it.

    Of a query that asked nothing back it is a sentence that goes on from there.
    """

    query_id: Annotated[str, StringConstraints(min_length=1, max_length=128)]
    answer: Annotated[str, StringConstraints(max_length=QUERY_LIMIT)]
    session_id: Annotated[str, StringConstraints(max_length=128)] | None = None
    execute: bool | None = None
    explain: bool | None = None


class Evidence(Message):
    """What an answer about the past rests on: how many events were looked at, and the time that is really covered.

    Times are ISO 8601, UTC; null where nothing was recorded. Of a moment both are the same.
    """

    events: int = 0
    since: str | None = None
    until: str | None = None


class QueryResult(Message):
    """The answer for a program.

    `value` is true or false for a yes-no question, a number for counts and readings, seconds for durations,
    ISO 8601 for "when", a list of ids for "which", text for a state. `unit` belongs to a reading; `at` is when the
    value became so (ISO 8601, UTC); `entities` is what the value speaks of, for "which" exactly the answer. `evidence`
    comes with answers about the past.
    """

    value: bool | int | float | str | list[str] | None = None
    unit: str | None = None
    at: str | None = None
    entities: list[str] = Field(default_factory=list)
    evidence: Evidence | None = None


class Option(Message):
    """One ready answer to a clarification."""

    label: str
    entity_id: str | None = None
    value: Any = None


class Clarification(Message):
    """A question back, with ready choices."""

    id: str
    question: str
    options: list[Option] = Field(default_factory=list)


class Step(Message):
    """One step of reading a sentence: what was found by it, how sure, and why."""

    step: str
    found: str
    confidence: float
    reason: str


class QueryResponse(Message):
    """The answer to one sentence: for people in `answer`, for programs in `result` and `actions`.

    `entities` are the ids the answer rests on; `confidence` is 0 to 1; `execution_time` is in seconds;
    `provider_used` is `local` where no LLM was asked.
    """

    query_id: str
    status: QueryStatus
    query_type: str
    answer: str
    result: QueryResult | None = None
    entities: list[str] = Field(default_factory=list)
    actions: list[Action] = Field(default_factory=list)
    executed: bool = False
    automation: dict[str, Any] | None = None
    clarifications: list[Clarification] = Field(default_factory=list)
    suggestions: list[str] = Field(default_factory=list)
    confidence: float = 0.0
    execution_time: float = 0.0
    provider_used: str | None = None
    cached: bool = False
    steps: list[Step] = Field(default_factory=list)
    """How the sentence was read, where that was asked for."""


ASK = Operation(
    "query",
    QueryRequest,
    QueryResponse,
    worker="query",
    summary="Ask the home one sentence; a bare text payload is the sentence.",
)

REFINE = Operation(
    "query/refine",
    RefineRequest,
    QueryResponse,
    worker="query",
    summary="Answer a question back: which one, to what, yes or no.",
)

OPERATIONS = (ASK, REFINE)
EVENTS = ()
STATES = ()
