"""Takes live events into the history: many at once, and acknowledged when they are safe."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from threading import Lock
from typing import Final, NamedTuple

import structlog

from shared.errors import DatabaseError
from shared.history import Event, History
from shared.home import is_state, is_text
from shared.homeassistant.feed import AHEAD
from workers.data.filters import Excluded, Filter
from workers.data.statistics import Statistics

log = structlog.get_logger(__name__)

Acknowledge = Callable[[], None]

BATCH: Final = 100
"""Events after which a batch waits for no more: half of what our broker lets a client have unacknowledged."""
COLLECT: Final = 0.2
"""Seconds for which the events of a batch come together."""
MOST_WAITING: Final = 50_000
"""Events kept in memory while the history can't be written; what comes then is fetched from Home Assistant later."""

_EARLIEST = 946_684_800.0  # 2000-01-01: before, a clock was not set
_IDLE = 30.0
_PAUSES = (0.5, 1.0, 2.0, 5.0, 10.0)


class Waiting(NamedTuple):
    """An event on its way into the history, and how to say that it is safe."""

    event: Event
    acknowledge: Acknowledge
    before: str | None = None
    """The state before it, where one was told."""


class Ingestion:
    """Collects events, filters them and appends them to the history.

    `clock` gives seconds since 1970. Where the history can't be written, events wait, and so does the broker with the
    rest: nothing is acknowledged that is not safe.
    """

    def __init__(self, history: History, excluded: Excluded, *, clock: Callable[[], float] = time.time) -> None:
        self.statistics = Statistics(clock)
        self.trouble: str | None = None
        """Why nothing can be kept just now."""
        self._history, self._filter, self._clock = history, Filter(excluded), clock
        self.statistics.dropped = self._filter.dropped
        self._waiting: list[Waiting] = []
        self._batch: list[Waiting] = []
        self._passed: list[Event] = []
        self._writing = Lock()
        self._wake, self._full = asyncio.Event(), asyncio.Event()

    def offer(self, event: Event, acknowledge: Acknowledge, before: str | None = None) -> None:
        """Take one event in, and the state `before` it where one is told.

        One that no store could keep is dropped here: it would hold up all that come with it.
        """
        self.statistics.received += 1
        if not _EARLIEST <= event.at <= self._clock() + AHEAD.total_seconds():
            self.statistics.dropped["no time"] += 1
            acknowledge()
        elif not _readable(event):
            self.statistics.dropped["unreadable"] += 1
            acknowledge()
        elif len(self._waiting) >= MOST_WAITING:
            self.statistics.dropped["no room"] += 1
        else:
            self._waiting.append(Waiting(event, acknowledge, before))
            self._wake.set()
            if len(self._waiting) >= BATCH:
                self._full.set()

    async def run(self) -> None:
        """Keep what comes, for ever. What is not safe when this ends was not acknowledged, and comes again."""
        while True:
            if self._waiting:
                self._wake.set()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_IDLE):  # then it looks what was held back
                    await self._wake.wait()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(COLLECT if self._wake.is_set() else 0):
                    await self._full.wait()
            await self._keep()

    async def _keep(self) -> None:
        """Keep what waits, trying until that is done."""
        self._wake.clear()
        self._full.clear()
        # One that an earlier run did not bring to its end has passed the filter already: it stays as it was.
        batch = self._batch = self._batch or self._waiting[:]
        attempt = 0
        while True:
            try:
                await self._once(batch)
            except DatabaseError as error:
                if self.trouble is None:
                    log.warning("events can't be kept, and wait", events=len(batch), error=str(error))
                self.trouble = str(error)
                await asyncio.sleep(_PAUSES[min(attempt, len(_PAUSES) - 1)])
                attempt += 1
            else:
                break
        if self.trouble is not None:
            log.info("events are kept again", events=len(batch))
            self.trouble = None

    async def _once(self, batch: list[Waiting]) -> None:
        """Keep a batch that stands first in what waits, and say so to who told it. Raises DatabaseError."""
        new = await asyncio.to_thread(self._write, batch)
        passed, self._passed, self._batch = self._passed, [], []
        self.statistics.note(len(passed), new, max((each.at for each in passed), default=None))
        del self._waiting[: len(batch)]
        for each in batch:
            each.acknowledge()

    def _write(self, batch: list[Waiting]) -> int:
        """Append what passes the filter. What has passed once passes no second time, so it is kept until it is safe."""
        with self._writing:  # the thread of a run that was cancelled goes on
            if not self._passed:
                self._meet([each.event for each in batch])
                passed = self._filter.settled(self._clock())
                for event, _, before in sorted(batch, key=lambda each: each.event[:3]):
                    passed += self._filter.told(event, before)
                self._passed = passed
            return self._history.append(self._passed) if self._passed else 0

    def _meet(self, events: list[Event]) -> None:
        """Learn the last states of entities that are new to the filter."""
        if strangers := self._filter.strangers(events):
            try:
                last = self._history.last_before(min(event.at for event in events), strangers)
            except DatabaseError:  # then a state may be kept a second time, which is better than not at all
                last = {}
            self._filter.learn(strangers, last)


def _readable(event: Event) -> bool:
    return is_state(event.state) and is_text("".join(filter(None, event[3:])))
