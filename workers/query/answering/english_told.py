"""What there is to tell of the past, with the parts of its English sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shared.home import Snapshot
from workers.query.answering.english_times import Times
from workers.query.answering.english_words import asked_state, named
from workers.query.answering.verdicts import meant_form
from workers.query.past.calendar import Interval
from workers.query.past.finding import PastFinding
from workers.query.past.question import PastQuestion
from workers.query.understanding.reading import Ask, Question

_BECAME = {
    "on": "turned on", "off": "turned off", "open": "opened", "closed": "closed", "locked": "locked",
    "unlocked": "unlocked", "detected": "set off", "triggered": "set off",
}  # fmt: skip
_DID = {"home": "came home", "away": "left home", "running": "started", "stopped": "stopped"}


@dataclass(frozen=True, slots=True)
class Told:
    """What there is to tell."""

    asked: PastQuestion
    finding: PastFinding
    interval: Interval | None
    snapshot: Snapshot
    times: Times

    @property
    def ids(self) -> tuple[str, ...]:
        """What the question is about, as far as the history has anything of it."""
        return tuple(each for each in self.asked.about.subject.entities if each not in self.finding.nothing)

    @property
    def when(self) -> str:
        """The time that was asked for, and what had to be so then."""
        return (f" {self.times.said(self.interval)}" if self.interval else "") + self.during

    @property
    def during(self) -> str:
        """What had to be so at the same time."""
        during = self.asked.during
        if during is None:
            return ""
        who, are = meant(during, during.subject.entities, self.snapshot)
        return f" while {who} {are} {asked_state(during)}"

    @property
    def who(self) -> str:
        """The things, with how many of them are meant."""
        return meant(self.asked.about, self.ids, self.snapshot)[0]


def meant(question: Question, ids: Sequence[str], snapshot: Snapshot) -> tuple[str, str]:
    """Some things with how many of them are meant, and the verb that goes with them."""
    names, form = named(ids, snapshot), meant_form(question)
    if len(ids) == 1:
        return (f"not {names}" if form is Ask.NONE else names), "was"
    said = {Ask.NONE: f"none of {names}", Ask.ALL: f"all of {names}"}.get(form, f"at least one of {names}")
    return said, "were" if form is Ask.ALL else "was"


def was(told: Told) -> str:
    """The verb that goes with the things."""
    return meant(told.asked.about, told.ids, told.snapshot)[1]


def became(told: Told, *, plural: bool = False) -> str:
    """What happened, as a verb."""
    predicate = told.asked.about.predicate
    state = predicate.state if not predicate.negated else None
    if state in _DID:
        return _DID[state]
    verb = "were" if plural else "was"
    return f"{verb} {_BECAME[state]}" if state in _BECAME else f"became {asked_state(told.asked.about)}"


def never(told: Told) -> str:
    """That it did not happen."""
    return f"never {became(told).removeprefix('was ')}"
