"""The time that a sentence names by what happened: "while I was away", "since Anna left"."""

from __future__ import annotations

from dataclasses import dataclass, replace

from shared.home import Snapshot
from workers.query.past.calendar import Interval
from workers.query.past.finding import PastFinding
from workers.query.past.moments import last_time
from workers.query.past.question import PastQuestion
from workers.query.past.records import Past


@dataclass(frozen=True, slots=True)
class Occasion:
    """That time, None where it never came, and what tells it."""

    interval: Interval | None
    finding: PastFinding

    lasting: bool = False
    """Whether it goes on as far as is known."""

    def told(self, found: PastFinding, ended: float | None) -> PastFinding:
        """An answer of that time, with the events that tell the time, and that the records have `ended` in it."""
        ends = ended if self.lasting else None
        return replace(found, events=found.events + self.finding.events, ends=found.ends or ends)

    @property
    def never(self) -> PastFinding:
        """That it never came."""
        return replace(self.finding, value=None, at=None, ended=None, about=(), never=True)


def occasion(
    asked: PastQuestion, snapshot: Snapshot, past: Past, interval: Interval | None, until: float
) -> Occasion | None:
    """The last time of that kind in an interval, or before `until`; None where the question names none."""
    question = asked.after or (asked.during if asked.once else None)
    if question is None:
        return None
    last = min(interval.until, until) if interval is not None else until
    found = last_time(question, snapshot, past, last)
    begun = interval.since if interval is not None else None
    if found.at is None or (asked.after is not None and begun is not None and found.at < begun):
        return Occasion(None, found)
    if asked.after is not None:
        return Occasion(Interval(found.at, until), found, lasting=True)
    start = found.at if begun is None else max(found.at, begun)
    end = last if found.ended is None else min(found.ended, last)
    return Occasion(Interval(start, end) if start < end else None, found, lasting=end == until)
