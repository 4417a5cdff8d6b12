"""Where the records of a home end, where they do not go on up to now."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from shared.history import Columns, Event, Span
from workers.query.past.records import Past

QUIET = 86_400.0
"""Seconds that a home may be without any event; where nothing came for longer, its records have ended."""

_newest: WeakKeyDictionary[Past, float] = WeakKeyDictionary()
"""The newest event that each history was known to have: no need to ask again before it is a day old."""


@dataclass(frozen=True, slots=True)
class Horizon:
    """Up to when the past is known, asked at `now`; `ended` where the records end before, else None."""

    now: float
    ended: float | None = None

    @property
    def until(self) -> float:
        """Now, or where the records end."""
        return self.now if self.ended is None else self.ended


def horizon_of(past: Past, now: float) -> Horizon:
    """How far the records go. An event from the future counts as one of now."""
    newest = _newest.get(past)
    if newest is None or newest < now - QUIET:
        newest = past.span().last
        if newest is None:
            return Horizon(now)
        _newest[past] = newest
    return Horizon(now, newest if newest < now - QUIET else None)


@dataclass(frozen=True, slots=True)
class EndedPast:
    """A past whose records end: a range up to the end has the last event, too."""

    past: Past
    ended: float

    def read(
        self, since: float | None = None, until: float | None = None, entity_ids: Collection[str] | None = None
    ) -> Columns:
        """A range as arrays."""
        return self.past.read(since, None if until is not None and until >= self.ended else until, entity_ids)

    def last_before(self, at: float, entity_ids: Collection[str]) -> dict[str, Event]:
        """The last event of each of some entities before a moment."""
        return self.past.last_before(at, entity_ids)

    def span(self) -> Span:
        """From when to when the history goes."""
        return self.past.span()
