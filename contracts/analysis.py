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
    """Look for patterns in the last `days` of the history, counted back from its newest event in whole UTC days.

    `full` takes nothing from earlier analyses: every day is counted again, with the same result.
    """

    days: int = Field(default=30, ge=1, le=3650)
    full: bool = False


class AnalysisDone(Finished):
    """An analysis has ended. `events` and `days` are what it read.

    `eligible` counts the entities that changed often enough to be compared, `excluded` those that were left out
    (`patterns/excluded` lists them). `explanation` says, where nothing was found, what would be needed; else null.
    `days_counted` are those days whose events had to be read, the others were known from before; `cache_hit_rate` is
    the share of the pairs of entities (0 to 1) whose counts the correlation cache knew, null where it was not asked.
    """

    days: int = Field(default=0, ge=0)
    events: int = Field(default=0, ge=0)
    eligible: int = Field(default=0, ge=0)
    excluded: int = Field(default=0, ge=0)
    patterns_detected: int = Field(default=0, ge=0)
    patterns_new: int = Field(default=0, ge=0)
    synergies_detected: int = Field(default=0, ge=0)
    explanation: str | None = None
    days_counted: int = Field(default=0, ge=0)
    cache_hit_rate: float | None = Field(default=None, ge=0.0, le=1.0)


class Pattern(Message):
    """A regularity in the home's past.

    `entities` are in causal order for `trigger` and `sequence`, else sorted. `support` is the number of occurrences,
    `first_seen` and `last_seen` the first and the last of them (ISO 8601, UTC). `confidence` and `quality` are 0 to 1.
    `detail` depends on the type: `states` (one per entity), `lag_seconds` (one per link) and `window_seconds` for
    `trigger`, `sequence` and `co_occurrence`; `state`, `minute_of_day` (the centre, on the home's own clock),
    `spread_minutes` and `days` (`all`, `weekday`, `weekend`) for `time_of_day`; `kind` (`silent`, `burst`,
    `unusual_time`, `left_on`), `start` and `end` (ISO 8601, UTC) for `anomaly`. `replicated` says whether what the
    first half of the history shows of the pattern, looked at alone, the second shows too; null where that was not asked
    of it or there is too little. `parts` are what the quality is made of, each 0 to 1: `certainty`, `replication`,
    `regularity`, `strength`, `usable` (whether somebody can act upon it), as far as the type has them, and `acceptance`
    (what people think of its like); empty for what was found before there were any. `changes` is how
    somebody would have it, from the last feedback that said so.
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
    parts: dict[str, float] = Field(default_factory=dict)
    changes: dict[str, Any] | None = None


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
    """What somebody thinks of a pattern; `changes` is how they would have it, for `modify`: at most 16 KiB of JSON."""

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


class UndoRequest(Request):
    """Take feedback back, and what it taught."""

    feedback_id: Identifier


class UndoResponse(Message):
    """The feedback counts no more, since `undone_at`; `status` is that of its pattern now."""

    feedback_id: str
    pattern_id: str
    undone_at: str
    status: PatternStatus


class LearnedRequest(Request):
    """What feedback taught; without `limit` as much of the feedback as fits into 256 KiB."""

    pattern_type: PatternType | None = None
    limit: Annotated[int, Field(ge=1, le=10_000)] | None = None
    offset: int = Field(default=0, ge=0, le=1_000_000_000)


class Learned(Message):
    """What people think of the patterns of one type between things of these domains.

    `votes` counts the patterns that were judged, each by the last word on it; `accepted` how many of them were accepted
    (one that somebody would have otherwise counts in part), and `acceptance` is their share. `estimate` is what is made
    of it, with what is thought of the type's other patterns; the quality of each such pattern is `effect` times what it
    would be without any feedback.
    """

    pattern_type: PatternType
    domains: list[str]
    votes: int
    accepted: float
    acceptance: float
    estimate: float
    effect: float


class Feedback(Message):
    """What somebody thought of a pattern; it counts no more where `undone_at` says since when."""

    feedback_id: str
    pattern_id: str
    pattern_type: PatternType
    entities: list[str]
    at: str
    verdict: Verdict
    reason: str | None = None
    changes: dict[str, Any] | None = None
    undone_at: str | None = None


class LearnedResponse(Message):
    """What was learnt, what was judged most often first (200 at most), and all the feedback, the newest first.

    `total` counts the feedback that was asked for; `next_offset` is null at its end.
    """

    learned: list[Learned]
    feedback: list[Feedback]
    total: int
    next_offset: int | None = None


class ExcludedRequest(Request):
    """Which exclusions to list; without `limit` as many as fit into 256 KiB."""

    entity_id: EntityId | None = None
    limit: Annotated[int, Field(ge=1, le=10_000)] | None = None
    offset: int = Field(default=0, ge=0, le=1_000_000_000)


class Excluded(Message):
    """An entity that the last analysis left out of the routines, and why."""

    entity_id: str
    reason: str


class Automated(Message):
    """A pattern that an automation makes, so that it is not listed with the others."""

    pattern_id: str
    pattern_type: PatternType
    entities: list[str]


class ExcludedResponse(Message):
    """The entities that were left out, by name, and the best 100 of the patterns that automations make.

    `total` and `automated_total` count all that were asked for; `next_offset` is null at the end of the entities.
    `patterns` with the status `automated` lists all of the patterns.
    """

    excluded: list[Excluded]
    automated: list[Automated]
    total: int
    automated_total: int
    next_offset: int | None = None


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
    by=frozenset({"query"}),
)
FEEDBACK = Operation(
    "patterns/feedback",
    FeedbackRequest,
    FeedbackResponse,
    worker="pattern",
    summary="Accept, reject or change a pattern.",
    effect=True,
)
UNDO = Operation(
    "patterns/feedback/undo",
    UndoRequest,
    UndoResponse,
    worker="pattern",
    summary="Take feedback on a pattern back.",
    effect=True,
)
LEARNED = Operation(
    "patterns/learned",
    LearnedRequest,
    LearnedResponse,
    worker="pattern",
    summary="List what feedback taught, and the feedback.",
)
EXCLUDED = Operation(
    "patterns/excluded",
    ExcludedRequest,
    ExcludedResponse,
    worker="pattern",
    summary="List what is left out of the patterns, and why.",
)

LAST = State("analysis/last", AnalysisDone, worker="pattern", summary="How the last analysis ended.")

OPERATIONS = (RUN, CANCEL, PATTERNS, FEEDBACK, UNDO, LEARNED, EXCLUDED)
EVENTS = (PROGRESS, DONE)
STATES = (LAST,)
