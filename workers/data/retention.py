"""Forgets the oldest days of the history."""

from __future__ import annotations

import asyncio
import time
from typing import Final

import structlog

from shared.errors import DatabaseError
from shared.history import History

log = structlog.get_logger(__name__)

DAY: Final = 86_400.0
_EVERY = 3_600.0


class Retention:
    """Keeps the last `days` days of the history, counted back from its newest event; 0 keeps all."""

    def __init__(self, history: History, days: int) -> None:
        self._history, self._days = history, days

    def forget(self, now: float) -> int:
        """Forget what is older. An event from the future moves nothing. Gives how many events went; blocks."""
        newest = self._history.span().last
        if not self._days or newest is None:
            return 0
        return self._history.forget(min(newest, now) - self._days * DAY)

    async def run(self) -> None:
        """Do it now, and every hour."""
        while True:
            try:
                gone = await asyncio.to_thread(self.forget, time.time())
            except DatabaseError as error:
                log.warning("old days can't be forgotten", error=str(error))
            else:
                if gone:
                    log.info("old days forgotten", events=gone)
            await asyncio.sleep(_EVERY)
