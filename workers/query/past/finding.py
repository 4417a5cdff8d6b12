"""What a question about the past has for an answer: values and ids, no words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

from workers.query.answering.finding import Value
from workers.query.past.calendar import Interval


@dataclass(frozen=True, slots=True)
class PastFinding:
    """The value of an answer, and what it rests on. Times are seconds since 1970 (UTC)."""

    value: Value = None
    unit: str | None = None
    at: float | None = None
    """When what the value tells was so, or became so."""
    ended: float | None = None
    """When what began `at` ended; None where it goes on."""
    about: tuple[str, ...] = ()
    """What the value speaks of: for "which" exactly the answer."""
    nothing: tuple[str, ...] = ()
    """Entities of which the history has nothing up to then."""
    events: int = 0
    """Events that were looked at."""
    since: float | None = None
    """From when on the answer is known; None where nothing is."""
    until: float | None = None
    low: float | None = None
    high: float | None = None
    seconds: float | None = None
    """For how long it was so, beside a yes or no."""
    ends: float | None = None
    """Where the records of the home end, if the time that is asked for goes on."""
    never: bool = False
    """Whether what had to be so at the same time, or before, never was."""
    sides: tuple[tuple[Self, Interval | None], ...] = ()
    """What was found of each of two times that are compared."""
    known: bool = True
    """Whether the history tells it at all."""

    def among(self, entity_ids: tuple[str, ...]) -> Self:
        """The same, about some entities where it names none."""
        return self if self.about else replace(self, about=entity_ids)
