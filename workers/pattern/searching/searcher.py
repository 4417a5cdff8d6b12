"""Where a search runs: a night's in a thread, a whole one, and any of a very long past, in a process of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from contracts.analysis import AnalysisRequest
from shared.correlation_cache import CorrelationCache
from shared.history import History
from shared.home import Home, Registry
from shared.settings import Settings
from workers.pattern.analysis import Tell, nobody
from workers.pattern.keeping.days import DayStore
from workers.pattern.searching.frames import Task
from workers.pattern.searching.process import search_apart
from workers.pattern.searching.search import Found, KeptDay, Plan, Search

FEW_DAYS: Final = 3
"""Up to so many days are counted in a thread: those of a night or two."""
FEW_EVENTS: Final = 50_000
"""Up to so many events in all, no process is worth its start."""
MANY_EVENTS: Final = 3_000_000
"""From so many events on even a night's search would keep others waiting for tens of milliseconds, now and then."""
USUAL_DAYS: Final = AnalysisRequest().days
"""The span of a night, whose pair counts are in the cache."""


class Searcher:
    """Looks for patterns in the home's past, out of the way of others. Writes nothing but the cache."""

    def __init__(
        self, settings: Settings, history: History, home: Home, cache: CorrelationCache, days: DayStore
    ) -> None:
        self._settings, self._history, self._home = settings, history, home
        self._cache, self._days = cache, days

    async def search(self, amount: int, tell: Tell, *, full: bool = False) -> Found:
        """Search the last days of the history; `full` counts all of them again.

        Raises DatabaseError, Unavailable and InternalError, each of which says what to do, and what `tell` raises.
        """
        kept = {} if full else await self._days.load(amount + FEW_DAYS + 1)
        plan, events = await asyncio.to_thread(self._plan, amount, kept)
        if full or events > MANY_EVENTS or (len(plan.missing) > FEW_DAYS and events > FEW_EVENTS):
            return await search_apart(self._task(amount), kept, tell)
        return await asyncio.to_thread(self._search, plan, kept, amount, tell)

    async def today(self) -> Found | None:
        """The usual search, where a night has counted the days before: only then it is as cheap as to be done often."""
        kept = await self._days.load(USUAL_DAYS + FEW_DAYS + 1)
        plan, _ = await asyncio.to_thread(self._plan, USUAL_DAYS, kept)
        few = 0 < len(plan.missing) <= FEW_DAYS
        return await self.search(USUAL_DAYS, nobody) if few else None

    def _plan(self, amount: int, kept: Mapping[int, KeptDay]) -> tuple[Plan, int]:
        return Plan.of(self._history, amount, kept), self._history.span().rows

    def _search(self, plan: Plan, kept: Mapping[int, KeptDay], amount: int, tell: Tell) -> Found:
        cache = self._cache if amount == USUAL_DAYS else None
        return Search(self._history, self._registry, cache, tell).run(plan, kept)

    @property
    def _registry(self) -> Registry:
        return replace(self._home.registry, services={})

    def _task(self, amount: int) -> Task:
        settings = self._settings
        token = settings.influxdb_token
        return Task(
            homeiq_data=str(settings.homeiq_data),
            influxdb_url=str(settings.influxdb_url) if settings.influxdb_url is not None else None,
            influxdb_token=token.get_secret_value() if token is not None else None,
            influxdb_org=settings.influxdb_org,
            influxdb_bucket=settings.influxdb_bucket,
            cache=str(settings.correlation_cache_db) if amount == USUAL_DAYS else None,
            registry=self._registry,
            days=amount,
        )
