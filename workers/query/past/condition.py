"""What had to be so at the same time: "… while nobody was home"."""

from __future__ import annotations

from dataclasses import dataclass

from shared.home import Snapshot
from workers.query.past.calendar import Interval
from workers.query.past.judging import steps_of, verdict
from workers.query.past.question import PastQuestion
from workers.query.past.records import Past, records
from workers.query.past.steps import ALWAYS, UNKNOWN, Steps, Times


@dataclass(frozen=True, slots=True, eq=False)
class Condition:
    """When it was so, and how many events tell it."""

    steps: Steps
    events: int = 0

    def among(self, times: Times) -> Times:
        """Those of some times at which it was so."""
        return times if self.steps is ALWAYS else times[self.steps.hold_at(times)]


def condition(asked: PastQuestion, snapshot: Snapshot, past: Past, interval: Interval) -> Condition:
    """When the condition of a question held in an interval; always where it has none."""
    if asked.during is None:
        return Condition(ALWAYS)
    found = records(past, asked.during.subject.entities, interval.since, interval.until)
    steps = steps_of(asked.during, found, snapshot)
    if not steps:
        return Condition(Steps(ALWAYS.times, ALWAYS.codes * UNKNOWN))
    return Condition(verdict(asked.during, steps), sum(map(len, found)))
