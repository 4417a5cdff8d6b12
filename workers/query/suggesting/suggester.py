"""What the query worker's handlers are given: suggestions as of now, and those that a reply can have in passing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.suggestions import QuerySuggestion, QuerySuggestionKind, QuerySuggestions
from shared.errors import Unavailable
from shared.home import Registry
from workers.query.suggesting.calling import Calling
from workers.query.suggesting.evidence import evidence
from workers.query.suggesting.idea import Idea
from workers.query.suggesting.listing import Listing, PatternAsker
from workers.query.suggesting.ranking import Near, Ranked, Vicinity, ranked
from workers.query.suggesting.remembered import Remembered
from workers.query.suggesting.wish import question

log = structlog.get_logger(__name__)

FRESH: Final = 300.0
"""Seconds for which patterns are told in passing."""
RENEWED: Final = 120.0
"""Seconds after which they are asked for again, behind the next reply."""
MOST_IN_PASSING: Final = 2
_AT_ONCE: Final = 300
"""Entities up to which learning their names takes less than the hop to a thread is worth."""
_PAUSE: Final = 5.0
"""Seconds before the pattern worker is asked again that did not answer."""


class Suggester:
    """Suggestions about some things of one home. `clock` gives monotonic seconds."""

    def __init__(
        self, asker: PatternAsker, engine: AsyncEngine, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._asker, self._clock = asker, clock
        self._calling: Calling | None = None
        self._wanted: Registry | None = None
        self._wake = asyncio.Event()
        self.remembered = Remembered(engine)

    async def about(self, entities: Iterable[str], registry: Registry, limit: int) -> QuerySuggestions:
        """The best suggestions about these entities, and how many there are. Raises Unavailable."""
        asked = set(entities) & registry.entities.keys()
        if not asked:
            return QuerySuggestions(suggestions=[], total=0)
        listing = await self._asker.listing()
        calling = await self._called(registry)
        found = ranked(listing.ideas, Vicinity(asked, registry), calling)
        return QuerySuggestions(suggestions=[told(each, calling) for each in found[:limit]], total=len(found))

    def in_passing(self, query_id: str, entities: Sequence[str], registry: Registry) -> list[str]:
        """At most two sentences about the things of an answer, for its `suggestions`; never waits.

        They are of patterns that were told in the last five minutes: where they were not, there are none, and they
        are asked for behind the reply. What the answer is about is remembered by its `query_id`.
        """
        self.remembered.keep(query_id, entities)
        if not entities:
            return []
        listing, calling = self._asker.last, self._calling
        known = calling is not None and calling.registry is registry
        if not known or listing is None or self._clock() - listing.at > RENEWED:
            self._wanted = registry
            self._wake.set()
        if calling is None or not known or listing is None:
            return []
        return hints(listing, self._clock(), entities, calling)

    async def keep_listing(self) -> None:
        """Be connected, and ask for what replies lacked, behind them, for ever."""
        async with self._asker.connected():
            while True:
                await self._wake.wait()
                self._wake.clear()
                if (registry := self._wanted) is not None:
                    await self._called(registry)
                await self._renew()

    async def _renew(self) -> None:
        last = self._asker.last
        if last is not None and self._clock() - last.at <= RENEWED:
            return
        try:
            await self._asker.listing()
        except Unavailable as error:
            log.debug("no patterns for suggestions", error=error.message)
            await asyncio.sleep(_PAUSE)

    async def _called(self, registry: Registry) -> Calling:
        """The names of this home, which are looked at again where it has changed."""
        calling = self._calling
        if calling is None or calling.registry is not registry:
            if len(registry.entities) <= _AT_ONCE:
                calling = Calling(registry)
            else:
                calling = await asyncio.to_thread(Calling, registry)
            self._calling = calling
        return calling


def told(each: Ranked, calling: Calling) -> QuerySuggestion:
    """An idea as it is told. Pure."""
    idea = each.idea
    return QuerySuggestion(
        text=evidence(idea, calling),
        kind=idea.kind,
        pattern_id=each.key_of(QuerySuggestionKind.PATTERN),
        synergy_id=each.key_of(QuerySuggestionKind.SYNERGY),
        entities=list(idea.entities),
        confidence=idea.confidence,
        quality=idea.quality,
        query=each.wish or question(idea, calling),
    )


def hints(listing: Listing, now: float, entities: Iterable[str], calling: Calling) -> list[str]:
    """At most two sentences about these entities, or their devices, that can be acted upon. Pure.

    None from a listing that is older than five minutes.
    """
    if now - listing.at > FRESH:
        return []
    vicinity = Vicinity(entities, calling.registry)
    about: list[Idea] = listing.about(sorted(vicinity.siblings))
    near = (each for each in ranked(about, vicinity, calling) if each.near <= Near.DEVICE)
    useful = [each for each in near if each.wish is not None][:MOST_IN_PASSING]
    return [f"{evidence(each.idea, calling)}: you can ask for “{each.wish}”." for each in useful]
