"""The pattern worker's handlers."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from contracts import analysis, home
from contracts.analysis import (
    AnalysisDone,
    AnalysisRequest,
    FeedbackRequest,
    FeedbackResponse,
    PatternsRequest,
    PatternsResponse,
)
from contracts.home import HomeChanged
from contracts.jobs import CancelRequest, CancelResponse
from shared.bus.jobs import Job, Jobs
from shared.bus.retained import RetainedStates
from shared.bus.transaction import Transaction
from shared.bus.worker import Worker
from shared.history import History
from shared.home import Home, Registry
from shared.home_store import HomeStore
from workers.pattern.analysis import Findings, counted, examine
from workers.pattern.naming import named
from workers.pattern.store import PatternStore

worker = Worker("pattern")

_DAY = 86_400
_FEWEST_DAYS = 7
"""An analysis of fewer days does not say that a pattern is no more."""


@worker.prepares(analysis.RUN)
async def look_for_patterns(request: AnalysisRequest, job: Job, history: History, home: Home) -> Findings:
    """Look for what is regular in the last days of the history."""
    return await asyncio.to_thread(_find, request, job, history, home.registry)


def _find(request: AnalysisRequest, job: Job, history: History, registry: Registry) -> Findings:
    span = history.span()
    since = None if span.last is None else span.last - request.days * _DAY
    days = counted(history.days(since), span.rows, job.tell)
    return examine(days, registry, ZoneInfo(registry.time_zone), job.tell)


@worker.handles(analysis.RUN)
async def keep_patterns(
    request: AnalysisRequest, findings: Findings, transaction: Transaction, patterns: PatternStore
) -> dict[str, Any]:
    """Take over what was found."""
    fade = request.days >= _FEWEST_DAYS and bool(findings.events)
    found = named(findings.patterns)
    new = await patterns.replace(transaction.connection, found, datetime.now(UTC), fade=fade)
    return {
        "days": findings.days,
        "events": findings.events,
        "patterns_detected": len(found),
        "patterns_new": new,
    }


@worker.handles(analysis.CANCEL)
async def cancel(request: CancelRequest, transaction: Transaction, jobs: Jobs) -> CancelResponse:
    """End an analysis before its time."""
    return await jobs.cancel(transaction, analysis.RUN, request.id)


@worker.daily(at="03:00")
async def nightly(transaction: Transaction, jobs: Jobs) -> None:
    """Analyse the last thirty days."""
    await jobs.start(transaction, analysis.RUN, AnalysisRequest())


@worker.handles(analysis.PATTERNS)
async def list_patterns(request: PatternsRequest, patterns: PatternStore) -> PatternsResponse:
    """List what was found."""
    return await patterns.list(
        pattern_type=request.pattern_type,
        entity_id=request.entity_id,
        status=request.status,
        limit=request.limit,
        offset=request.offset,
    )


@worker.handles(analysis.FEEDBACK)
async def take_feedback(request: FeedbackRequest, transaction: Transaction, patterns: PatternStore) -> FeedbackResponse:
    """Keep what somebody thinks of a pattern."""
    return await patterns.add_feedback(
        transaction.connection,
        request.pattern_id,
        request.verdict,
        datetime.now(UTC),
        reason=request.reason,
        changes=request.changes,
    )


@worker.on(analysis.DONE)
async def remember_the_last(
    event: AnalysisDone, transaction: Transaction, patterns: PatternStore, states: RetainedStates
) -> None:
    """Keep how the analysis ended, for those who ask later."""
    await patterns.keep_last(transaction.connection, event)
    transaction.after_commit(lambda: states.renew(analysis.LAST))


@worker.retains(analysis.LAST)
async def last_analysis(patterns: PatternStore) -> AnalysisDone | None:
    """How the last analysis ended."""
    return await patterns.last()


@worker.on(home.CHANGED, each=True)
async def learn_the_home(_event: HomeChanged, home: Home, store: HomeStore) -> None:
    """Know the time zone by which three in the morning is told."""
    home.load(*await store.load())
