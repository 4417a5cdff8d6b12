"""One event of the home's past, and who was behind it."""

from __future__ import annotations

from typing import NamedTuple


class Event(NamedTuple):
    """A change of state. `at` in seconds since 1970 (UTC), exact to the microsecond.

    `context_user_id` is the person who did it by Home Assistant, `context_parent_id` the context that caused it: an
    automation or a script. Where neither is known, a store may forget `context_id`.
    """

    at: float
    entity_id: str
    state: str
    context_user_id: str | None = None
    context_parent_id: str | None = None
    context_id: str | None = None


class Context(NamedTuple):
    """Who was behind an event; all None where nobody is known."""

    user_id: str | None = None
    parent_id: str | None = None
    context_id: str | None = None

    @property
    def weight(self) -> int:
        """How much is known, from 0 for nothing: the weightier of two contexts of one event is kept.

        What was fetched or imported later has no context id, and may name another parent than was told live.
        """
        if self.user_id is None and self.parent_id is None:
            return 0
        return 1 if self.context_id is None else 2


NOBODY = Context()


class Span(NamedTuple):
    """The first and the last time in the history (seconds since 1970, UTC; None where it is empty), and its size."""

    first: float | None
    last: float | None
    rows: int
