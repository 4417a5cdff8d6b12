"""Fills times of which nothing was heard, from what Home Assistant's recorder has of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Collection
from typing import Final, TypeAlias

import structlog

from shared.errors import DatabaseError, HomeIQError
from shared.history import Event, History
from workers.data.filters import Excluded, Filter
from workers.data.statistics import Gap, Statistics

log = structlog.get_logger(__name__)

Ask: TypeAlias = Callable[[float, float, Collection[str]], AsyncIterator[list[Event]]]
"""What Home Assistant has from one time up to another of these entities: in parts, each in the order of time."""

FURTHEST: Final = 10 * 86_400.0
"""Seconds. Home Assistant's recorder keeps ten days, unless told otherwise."""
OVERLAP: Final = 60.0
"""Seconds before the last event that are asked for again: what was on its way when it ended."""
_WORTH_TELLING = 60.0
_PAUSE = 10.0


class Gaps:
    """Asks for what was missed, each time Home Assistant is there again. `clock` gives seconds since 1970."""

    def __init__(
        self,
        history: History,
        excluded: Excluded,
        statistics: Statistics,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._history, self._excluded, self._statistics, self._clock = history, excluded, statistics, clock
        self._since: float | None = None
        self._begun, self._back = asyncio.Event(), asyncio.Event()

    async def begin(self) -> None:
        """Remember the last event that is known, before live ones are taken in: what came since is missing.

        A gap that was not filled before is still one, whatever the history has had since.
        """
        self._begun.clear()
        now = self._clock()
        try:
            last = (await asyncio.to_thread(self._history.span)).last
        except DatabaseError as error:  # nobody would listen meanwhile; asking for too much brings nothing twice
            log.warning("the history can't tell its last event", error=str(error))
            last = None
        self._miss(now - FURTHEST if last is None else max(min(last, now) - OVERLAP, now - FURTHEST))
        self._begun.set()

    def lost(self) -> None:
        """Home Assistant is heard no more."""
        self._miss(self._clock() - OVERLAP)

    def _miss(self, since: float) -> None:
        self._since = since if self._since is None else min(self._since, since)

    def back(self) -> None:
        """Home Assistant is heard again, and can be asked."""
        self._back.set()

    async def fill(self, ask: Ask, since: float, until: float, entity_ids: Collection[str]) -> int:
        """Fetch what happened between two times. Gives how many events were new.

        Raises HomeIQError where Home Assistant or the history can't be asked; what came until then is kept.
        """
        filter_ = Filter(self._excluded)
        new = 0
        async for events in ask(since, until, entity_ids):
            new += await asyncio.to_thread(self._keep, filter_, events)
        new += await asyncio.to_thread(self._history.append, filter_.settled())
        if new or until - since > _WORTH_TELLING + OVERLAP:
            self._statistics.gaps.append(Gap(since, until, new))
            log.info("a gap was filled", seconds=round(until - since), events=new)
        return new

    def _keep(self, filter_: Filter, events: list[Event]) -> int:
        events = sorted(events, key=lambda each: each[:3])
        if strangers := filter_.strangers(events):
            filter_.learn(strangers, self._history.last_before(events[0].at, strangers))
        return self._history.append([kept for event in events for kept in filter_.kept(event)])

    async def run(self, ask: Ask, entity_ids: Callable[[], Collection[str]]) -> None:
        """Fill what is missing whenever Home Assistant is back, for ever; try again where that fails."""
        while True:
            await self._back.wait()
            await self._begun.wait()
            self._back.clear()
            since, self._since = self._since, None
            if since is None:
                continue
            try:
                await self._fill_up(ask, since, entity_ids)
            except BaseException as error:
                self._miss(since)
                if not isinstance(error, HomeIQError):
                    raise
                log.warning("a gap can't be filled yet", error=str(error))
                await asyncio.sleep(_PAUSE)
                self._back.set()

    async def _fill_up(self, ask: Ask, since: float, entity_ids: Callable[[], Collection[str]]) -> None:
        """Fill a gap that ends now, and what came meanwhile: it was compared with a past that lacked the gap."""
        until = self._clock()
        if await self.fill(ask, since, until, entity_ids()):
            await self.fill(ask, until, self._clock(), entity_ids())
