"""The pattern worker's handlers."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from contracts import analysis, home, synergies
from contracts.analysis import (
    AnalysisDone,
    AnalysisRequest,
    ExcludedRequest,
    ExcludedResponse,
    FeedbackRequest,
    FeedbackResponse,
    LearnedRequest,
    LearnedResponse,
    PatternsRequest,
    PatternsResponse,
    PatternType,
    UndoRequest,
    UndoResponse,
)
from contracts.home import HomeChanged
from contracts.jobs import CancelRequest, CancelResponse
from contracts.synergies import SynergiesRequest, SynergiesResponse
from shared.bus.jobs import Job, Jobs
from shared.bus.retained import RetainedStates
from shared.bus.transaction import Transaction, Transactions
from shared.bus.worker import Worker
from shared.home import Home
from shared.home_store import HomeStore
from workers.pattern.explanation import explanation
from workers.pattern.keeping.days import DayStore
from workers.pattern.keeping.patterns import PatternStore
from workers.pattern.keeping.synergies import SynergyStore
from workers.pattern.naming import named
from workers.pattern.searching.search import Found
from workers.pattern.searching.searcher import Searcher

worker = Worker("pattern")

HOUR = 3_600.0
"""Seconds between two looks at today."""

_WHOLE = AnalysisRequest().days
"""An analysis of fewer days than a night's does not say that a pattern is no more."""


@worker.prepares(analysis.RUN)
async def look_for_patterns(request: AnalysisRequest, job: Job, searcher: Searcher) -> Found:
    """Look for what is regular in the last days of the history."""
    return await searcher.search(request.days, job.tell, full=request.full)


@worker.handles(analysis.RUN)
async def keep_patterns(
    request: AnalysisRequest,
    search: Found,
    transaction: Transaction,
    patterns: PatternStore,
    synergy_store: SynergyStore,
    days: DayStore,
) -> dict[str, Any]:
    """Take over what was found: of too short a history nothing, and only a whole analysis says what is no more."""
    findings, connection = search.findings, transaction.connection
    found = named(findings.patterns, await patterns.routines(connection))
    fade = findings.enough and request.days >= _WHOLE
    taken = await patterns.replace(connection, found, findings.days, datetime.now(UTC), fade=fade)
    await patterns.exclusions.replace(connection, findings.excluded)
    await synergy_store.replace(connection, findings.synergies, datetime.now(UTC), fade=fade)
    await days.keep(connection, search.days)
    return {
        "days": findings.days,
        "events": findings.events,
        "eligible": len(findings.eligible),
        "excluded": len(findings.excluded),
        "patterns_detected": taken.found,
        "patterns_new": taken.new,
        "synergies_detected": len(findings.synergies),
        "explanation": None if taken.found else explanation(findings),
        "days_counted": len(search.days),
        "cache_hit_rate": search.lookups.hit_rate,
    }


@worker.handles(analysis.CANCEL)
async def cancel(request: CancelRequest, transaction: Transaction, jobs: Jobs) -> CancelResponse:
    """End an analysis before its time."""
    return await jobs.cancel(transaction, analysis.RUN, request.id)


@worker.daily(at="03:00")
async def nightly(transaction: Transaction, jobs: Jobs) -> None:
    """Analyse the last thirty days."""
    await jobs.start(transaction, analysis.RUN, AnalysisRequest())


@worker.leading
async def watch_today(
    searcher: Searcher, home: Home, transactions: Transactions, patterns: PatternStore, days: DayStore
) -> None:
    """Look every hour for what is not as usual today: the nights tell it of the days that are over."""
    while True:
        await asyncio.sleep(HOUR)
        found = await searcher.today()
        if found is None:
            continue
        now = datetime.now(UTC)
        midnight = now.astimezone(ZoneInfo(home.registry.time_zone)).replace(hour=0, minute=0, second=0, microsecond=0)
        odd = (each for each in found.findings.patterns if each.pattern_type is PatternType.ANOMALY)
        today = [each for each in odd if each.last_seen >= midnight.timestamp()]
        async with transactions.begin() as transaction:
            await patterns.replace(transaction.connection, named(today), found.findings.days, now, fade=False)
            await days.keep(transaction.connection, found.days)


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


@worker.handles(synergies.SYNERGIES)
async def list_synergies(request: SynergiesRequest, synergy_store: SynergyStore) -> SynergiesResponse:
    """List what would make a good automation."""
    return await synergy_store.list(
        area=request.area,
        entity_id=request.entity_id,
        depth=request.depth,
        status=request.status,
        minimum_score=request.minimum_score,
        limit=request.limit,
        offset=request.offset,
    )


@worker.handles(analysis.FEEDBACK)
async def take_feedback(
    request: FeedbackRequest, transaction: Transaction, patterns: PatternStore, synergy_store: SynergyStore
) -> FeedbackResponse:
    """Keep what somebody thinks of a pattern, and of the synergies that rest on it."""
    kept = await patterns.feedback.add(
        transaction.connection,
        request.pattern_id,
        request.verdict,
        datetime.now(UTC),
        reason=request.reason,
        changes=request.changes,
    )
    await synergy_store.follow_feedback(transaction.connection)
    return kept


@worker.handles(analysis.UNDO)
async def take_back(
    request: UndoRequest, transaction: Transaction, patterns: PatternStore, synergy_store: SynergyStore
) -> UndoResponse:
    """Take feedback back, and what it taught."""
    undone = await patterns.feedback.undo(transaction.connection, request.feedback_id, datetime.now(UTC))
    await synergy_store.follow_feedback(transaction.connection)
    return undone


@worker.handles(analysis.LEARNED)
async def list_learned(request: LearnedRequest, patterns: PatternStore) -> LearnedResponse:
    """List what feedback taught."""
    return await patterns.feedback.learned(
        pattern_type=request.pattern_type, limit=request.limit, offset=request.offset
    )


@worker.handles(analysis.EXCLUDED)
async def list_excluded(request: ExcludedRequest, patterns: PatternStore) -> ExcludedResponse:
    """List what takes part in no pattern."""
    return await patterns.exclusions.list(entity_id=request.entity_id, limit=request.limit, offset=request.offset)


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
