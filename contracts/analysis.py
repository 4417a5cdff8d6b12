"""Analyses of the home's past, the patterns that they find, and what people think of those."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from contracts.home import EntityId, Identifier
from contracts.jobs import CancelRequest, CancelResponse, Finished, Progress, Started
from contracts.model import Message, Request
from contracts.operation import Event, Operation, Role, State


class PatternType(StrEnum):
    """What kind of regularity a pattern is."""

    TIME_OF_DAY = "time_of_day"
    CO_OCCURRENCE = "co_occurrence"
    TRIGGER = "trigger"
    SEQUENCE = "sequence"
    ANOMALY = "anomaly"


class PatternStatus(StrEnum):
    """Where a pattern stands. `rejected`, `gone` and `automated` are listed only when asked for."""

    NEW = "new"
    ACTIVE = "active"
    SUGGESTED = "suggested"
    APPROVED = "approved"
    FADING = "fading"
    REJECTED = "rejected"
    GONE = "gone"
    AUTOMATED = "automated"


class Verdict(StrEnum):
    """What somebody thinks of a pattern."""

    ACCEPT = "accept"
    REJECT = "reject"
    MODIFY = "modify"


class AnalysisRequest(Request):
    """Look for patterns in the last `days` of the history, counted back from its newest event.

    `full` takes nothing from earlier analyses; today none does.
    """

    days: int = Field(default=30, ge=1, le=3650)
    full: bool = False


class AnalysisDone(Finished):
    """An analysis has ended. `events` and `days` are what it read."""

    days: int = Field(default=0, ge=0)
    events: int = Field(default=0, ge=0)
    patterns_detected: int = Field(default=0, ge=0)
    patterns_new: int = Field(default=0, ge=0)
    synergies_detected: int = Field(default=0, ge=0)


class Pattern(Message):
    """A regularity in the home's past.

    `entities` are in causal order for `trigger` and `sequence`, else sorted. `support` is the number of occurrences,
    `first_seen` and `last_seen` the first and the last of them (ISO 8601, UTC). `confidence` and `quality` are 0 to 1.
    `detail` depends on the type: `states` (one per entity), `lag_seconds` (one per link) and `window_seconds` for
    `trigger`, `sequence` and `co_occurrence`; `state`, `minute_of_day` (the centre, on the home's own clock),
    `spread_minutes` and `days` (`all`, `weekday`, `weekend`) for `time_of_day`; `kind` (`silent`, `burst`,
    `unusual_time`, `left_on`), `start` and `end` (ISO 8601, UTC) for `anomaly`. `replicated` says whether a part of
    the history that the pattern was not found in holds it too; null where that was not asked of it or there is too
    little.
    """

    pattern_id: str
    pattern_type: PatternType
    entities: list[str] = Field(min_length=1)
    confidence: float = Field(ge=0.0, le=1.0)
    support: int = Field(ge=0)
    first_seen: str
    last_seen: str
    detail: dict[str, Any] = Field(default_factory=dict)
    quality: float = Field(ge=0.0, le=1.0)
    replicated: bool | None = None
    status: PatternStatus


class PatternsRequest(Request):
    """Which patterns to list; without `limit` as many as fit into 256 KiB."""

    pattern_type: PatternType | None = None
    entity_id: EntityId | None = None
    status: PatternStatus | None = None
    limit: Annotated[int, Field(ge=1, le=10_000)] | None = None
    offset: int = Field(default=0, ge=0, le=1_000_000_000)


class PatternsResponse(Message):
    """Patterns, the best first. `total` counts all that were asked for; `next_offset` is null at the end."""

    patterns: list[Pattern]
    total: int
    next_offset: int | None = None


class FeedbackRequest(Request):
    """What somebody thinks of a pattern; `changes` is how they would have it, for `modify`."""

    pattern_id: Identifier
    verdict: Verdict
    reason: Annotated[str, StringConstraints(max_length=2_000)] | None = None
    changes: dict[str, Any] | None = None


class FeedbackResponse(Message):
    """The feedback is kept; `status` is that of the pattern now."""

    feedback_id: str
    pattern_id: str
    verdict: Verdict
    status: PatternStatus


PROGRESS = Event("analysis/progress", Progress, worker="pattern", summary="How far a running analysis is.")
DONE = Event(
    "analysis/done",
    AnalysisDone,
    worker="pattern",
    summary="An analysis has ended.",
    readers=frozenset({"pattern"}),
)

RUN = Operation(
    "analysis/run",
    AnalysisRequest,
    Started,
    worker="pattern",
    summary="Analyse the history; `analysis/done` tells the end.",
    effect=True,
    callers=frozenset({Role.HOME_ASSISTANT}),
    progress=PROGRESS,
    done=DONE,
)
CANCEL = Operation(
    "analysis/cancel",
    CancelRequest,
    CancelResponse,
    worker="pattern",
    summary="End a running analysis; the patterns stay as they were.",
    effect=True,
    callers=frozenset({Role.HOME_ASSISTANT}),
)
PATTERNS = Operation(
    "patterns",
    PatternsRequest,
    PatternsResponse,
    worker="pattern",
    summary="List the patterns that analyses found.",
)
FEEDBACK = Operation(
    "patterns/feedback",
    FeedbackRequest,
    FeedbackResponse,
    worker="pattern",
    summary="Accept, reject or change a pattern.",
    effect=True,
)

LAST = State("analysis/last", AnalysisDone, worker="pattern", summary="How the last analysis ended.")

OPERATIONS = (RUN, CANCEL, PATTERNS, FEEDBACK)
EVENTS = (PROGRESS, DONE)
STATES = (LAST,)
