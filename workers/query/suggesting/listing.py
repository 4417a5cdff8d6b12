"""The patterns and synergies of the home, asked of the pattern worker by message."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Final, TypeVar

from contracts import analysis, synergies
from contracts.analysis import Pattern, PatternsRequest
from contracts.synergies import SynergiesRequest, Synergy
from shared.bus.client import Client
from shared.errors import BrokerError, RequestError, Unavailable
from workers.query.suggesting.idea import Idea, ideas

T = TypeVar("T")

PATIENCE: Final = 1.0
"""Seconds in which the pattern worker has to answer all that it is asked."""
HOLDS: Final = 1.0
"""Seconds for which a failure is told to who asks: callers try again at once."""
PAGE: Final = 100
"""Of each listing at once: a larger page holds up what else this process, or the pattern worker's, has to answer."""
MOST_PAGES: Final = 20
"""Pages that are read of each listing, the best first."""


@dataclass(frozen=True)
class Listing:
    """The ideas of the home at one moment; `at` is on this process's monotonic clock. Never changed."""

    at: float
    ideas: tuple[Idea, ...]
    by_entity: dict[str, tuple[Idea, ...]]

    @classmethod
    def of(cls, patterns: Iterable[Pattern], found: Iterable[Synergy], at: float) -> Listing:
        """What is worth telling of some patterns and synergies."""
        every = tuple(ideas(patterns, found))
        by_entity: dict[str, list[Idea]] = {}
        for each in every:
            for entity_id in dict.fromkeys(each.entities):
                by_entity.setdefault(entity_id, []).append(each)
        return cls(at, every, {entity_id: tuple(about) for entity_id, about in by_entity.items()})

    def about(self, entity_ids: Iterable[str]) -> list[Idea]:
        """The ideas in which one of these entities is, each once."""
        return list(dict.fromkeys(each for entity_id in entity_ids for each in self.by_entity.get(entity_id, ())))


class PatternAsker:
    """Asks the pattern worker while it is `connected`; `client` makes the client that it asks by, as the query worker.

    Who asks while somebody else does waits for that, and for one more listing that is common to all who wait.
    """

    def __init__(self, client: Callable[[], Client], *, patience: float = PATIENCE) -> None:
        self._make, self._patience = client, patience
        self._client: Client | None = None
        self._there = asyncio.Event()
        self._turn = asyncio.Lock()
        self._failed: tuple[float, Unavailable] | None = None
        self.last: Listing | None = None
        """The last listing that was told."""

    @contextlib.asynccontextmanager
    async def connected(self) -> AsyncIterator[None]:
        """Stay connected to the broker until the block is left. Raises LoginRefused or BrokerError."""
        async with self._make() as client:
            self._client = client
            self._there.set()
            try:
                yield
            finally:
                self._there.clear()
                self._client = None

    async def listing(self) -> Listing:
        """The patterns and synergies as they are now. Raises Unavailable where they are not told in time."""
        asked = time.monotonic()
        async with self._turn:
            if self.last is not None and self.last.at >= asked:
                return self.last
            if self._failed is not None and self._failed[0] + HOLDS >= asked:
                raise self._failed[1]
            at = time.monotonic()
            try:
                self.last = await self._ask(at)
            except Unavailable as error:
                self._failed = time.monotonic(), error
                raise
            return self.last

    async def _ask(self, at: float) -> Listing:
        try:
            async with asyncio.timeout(self._patience):
                await self._there.wait()
                patterns, found = await self._told()
        except TimeoutError:
            raise _silent("nothing came in time") from None
        except (RequestError, BrokerError) as error:
            raise _silent(str(error)) from None
        return Listing.of(patterns, found, at)

    async def _told(self) -> tuple[list[Pattern], list[Synergy]]:
        client, patience = self._client, self._patience
        if client is None:
            raise BrokerError("there is no connection to the broker")

        async def patterns(offset: int) -> tuple[list[Pattern], int | None]:
            page = await client.request(analysis.PATTERNS, PatternsRequest(limit=PAGE, offset=offset), timeout=patience)
            return page.patterns, page.next_offset

        async def synergies_(offset: int) -> tuple[list[Synergy], int | None]:
            page = await client.request(
                synergies.SYNERGIES, SynergiesRequest(limit=PAGE, offset=offset), timeout=patience
            )
            return page.synergies, page.next_offset

        return await _pages(patterns), await _pages(synergies_)


async def _pages(ask: Callable[[int], Awaitable[tuple[list[T], int | None]]]) -> list[T]:
    """The first pages of a listing, one after the other."""
    found: list[T] = []
    offset: int | None = 0
    for _ in range(MOST_PAGES):
        page, offset = await ask(offset or 0)
        found += page
        if offset is None:
            break
    return found


def _silent(reason: str) -> Unavailable:
    return Unavailable(
        f"the pattern worker tells no patterns now ({reason}): `homeiq status` shows whether it is there"
    )
