"""Answers about the past in English."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from shared.home import Snapshot
from workers.query.answering.english_times import Times, lasted
from workers.query.answering.english_words import asked_state, named, unit_text
from workers.query.answering.labels import clean
from workers.query.answering.verdicts import meant_form
from workers.query.past.calendar import Interval
from workers.query.past.finding import PastFinding
from workers.query.past.judging import throughout
from workers.query.past.question import PastQuestion, Recall
from workers.query.understanding.reading import Ask

NOT_YET = "That has not come yet."
NO_SUCH_DATE = "I don't know such a date."
UNKNOWN_ZONE = " (Times are in UTC: I don't know the home's time zone.)"
_BECAME = {
    "on": "turned on", "off": "turned off", "open": "opened", "closed": "closed", "locked": "locked",
    "unlocked": "unlocked", "detected": "set off", "triggered": "set off",
}  # fmt: skip
_DID = {"home": "came home", "away": "left home", "running": "started", "stopped": "stopped"}
_KNOWN_FROM = 1.0
"""Seconds after the beginning of a time from which on it is said that records began."""


@dataclass(frozen=True, slots=True)
class _Told:
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
        """The time that was asked for."""
        return f" {self.times.said(self.interval)}" if self.interval else ""

    @property
    def who(self) -> str:
        """The things, with how many of them are meant."""
        names, form = named(self.ids, self.snapshot), meant_form(self.asked.about)
        if len(self.ids) == 1:
            return f"not {names}" if form is Ask.NONE else names
        return {Ask.NONE: f"none of {names}", Ask.ALL: f"all of {names}"}.get(form, f"at least one of {names}")


def phrase_past(
    asked: PastQuestion, finding: PastFinding, interval: Interval | None, snapshot: Snapshot, times: Times
) -> str:
    """The answer to a question about the past."""
    told = _Told(asked, finding, interval, snapshot, times)
    if not finding.known:
        return _untold(told)
    if finding.since is None and not (isinstance(finding.value, list) and not told.ids):
        return _nothing(told)
    said = _PHRASES.get(asked.recall, _so)(told)
    return f"{said[0].upper()}{said[1:]}{_limits(told)}"


def _untold(told: _Told) -> str:
    names = named(told.asked.about.subject.entities, told.snapshot)
    return f"The history does not tell that of {names}: it has states only, at the time they came."


def _nothing(told: _Told) -> str:
    names = named(told.asked.about.subject.entities, told.snapshot)
    return f"I can't tell: nothing was recorded of {names}{_until(told)}."


def _until(told: _Told) -> str:
    if told.interval is None:
        return ""
    return f" up to {told.times.moment(told.interval.until)}"


def _limits(told: _Told) -> str:
    """What the answer does not cover."""
    finding, told_of = told.finding, ""
    begins = told.interval.since if told.interval else None
    if begins is not None and finding.since is not None and finding.since > begins + _KNOWN_FROM:
        told_of = f" Records of it begin {told.times.moment(finding.since)}; of the time before I know nothing."
    if finding.nothing:
        told_of += f" Nothing was recorded of {named(finding.nothing, told.snapshot)}."
    return told_of


# Durations and counts


def _duration(told: _Told) -> str:
    seconds = told.finding.value
    length = lasted(seconds) if isinstance(seconds, int | float) and seconds else "no time at all"
    return f"{told.who} {_was(told)} {asked_state(told.asked.about)} for {length}{told.when}."


def _was(told: _Told) -> str:
    return "were" if len(told.ids) > 1 and meant_form(told.asked.about) is Ask.ALL else "was"


def _became(told: _Told, *, plural: bool = False) -> str:
    """What happened, as a verb."""
    predicate = told.asked.about.predicate
    state = predicate.state if not predicate.negated else None
    if state in _DID:
        return _DID[state]
    was = "were" if plural else "was"
    return f"{was} {_BECAME[state]}" if state in _BECAME else f"became {asked_state(told.asked.about)}"


def _often(told: _Told) -> str:
    count, at = told.finding.value, told.finding.at
    if not count:
        return f"{named(told.ids, told.snapshot)}: {_never(told)}{told.when}."
    times = "once" if count == 1 else f"{count} times"
    last = f", last {told.times.moment(at)}" if at is not None and count != 1 else ""
    last = f", {told.times.moment(at)}" if at is not None and count == 1 else last
    together = " together" if len(told.ids) > 1 else ""
    return (
        f"{named(told.ids, told.snapshot)} {_became(told, plural=bool(together))} {times}{together}{told.when}{last}."
    )


def _never(told: _Told) -> str:
    return f"never {_became(told).removeprefix('was ')}"


# Moments


def _when(told: _Told) -> str:
    finding = told.finding
    first = told.asked.recall is Recall.FIRST
    if finding.at is None:
        since = (
            ""
            if told.interval or finding.since is None
            else f" since records of it begin {told.times.moment(finding.since)}"
        )
        return f"{named(told.ids, told.snapshot)}: {_never(told)}{told.when}{since}."
    until = "" if finding.ended is None else f", until {told.times.moment(finding.ended)}"
    names = (
        named(finding.about or told.ids, told.snapshot) if meant_form(told.asked.about) is not Ask.NONE else told.who
    )
    order = "first" if first else "last"
    became = _became(told)
    verb = f"was {order} {became[4:]}" if became.startswith("was ") else f"{order} {became}"
    ago = f", {lasted(float(finding.value))} ago" if isinstance(finding.value, int | float) else ""
    return f"{names} {verb} {told.times.moment(finding.at)}{ago}{until}."


def _since(told: _Told) -> str:
    finding = told.finding
    state = asked_state(told.asked.about)
    if finding.at is not None:
        length = lasted(finding.seconds or 0.0)
        return f"{told.who} has been {state} since {told.times.moment(finding.at)}, for {length}."
    was = ""
    if finding.low is not None:
        ended = f" until {told.times.moment(finding.high)}" if finding.high is not None else ""
        was = f" It last was from {told.times.moment(finding.low)}{ended}."
    return f"{told.who} is not {state} now.{was}"


# Yes and no, which, readings


def _so(told: _Told) -> str:
    ask, value = told.asked.about.ask, told.finding.value
    if ask in {Ask.MEASURE, Ask.EXTREME}:
        return _reading(told)
    if ask is Ask.STATE:
        return f"{named(told.ids, told.snapshot)} was {clean(str(value))}{unit_text(told.finding.unit)}{told.when}."
    if ask in {Ask.WHICH, Ask.COUNT, Ask.ROOMS, Ask.COUNT_ROOMS}:
        return _listed(told)
    return _yes_no(told)


def _yes_no(told: _Told) -> str:
    finding, names = told.finding, named(told.ids, told.snapshot)
    if finding.value is None:
        return f"I can't tell{told.when} of {names}."
    word = "Yes" if finding.value else "No"
    if told.asked.event:
        at = f", first {told.times.moment(finding.at)}" if finding.at is not None else ""
        who = named(finding.about, told.snapshot) if finding.about else names
        return f"{word}: {who} {_became(told) if finding.about else _never(told)}{told.when}{at}."
    length = ""
    if finding.seconds is not None and told.interval is not None and not told.interval.moment:
        length = " all the time" if finding.seconds and finding.value and throughout(told.asked.about) else _for(told)
    no = "not " if not finding.value and not length else ""
    return f"{word}, {told.who} {_was(told)} {no}{asked_state(told.asked.about)}{length}{told.when}."


def _for(told: _Told) -> str:
    seconds = told.finding.seconds or 0.0
    if not seconds:
        return ""
    return f" {'only ' if not told.finding.value else ''}for {lasted(seconds)}"


def _listed(told: _Told) -> str:
    finding = told.finding
    state = _became(told, plural=True) if told.asked.event else f"were {asked_state(told.asked.about)}"
    if not finding.about:
        return (
            f"none of {named(told.ids, told.snapshot)} {state}{told.when}."
            if told.ids
            else "I know of nothing like that."
        )
    return f"{len(finding.about)} of {len(told.ids)} {state}{told.when}: {named(finding.about, told.snapshot)}."


def _reading(told: _Told) -> str:
    finding = told.finding
    names = named(finding.about or told.ids, told.snapshot)
    unit = unit_text(finding.unit)
    at = f", {told.times.moment(finding.at)}" if finding.at is not None else ""
    if told.interval is not None and told.interval.moment:
        return f"{names} was {clean(str(finding.value))}{unit}{told.when}."
    recall = told.asked.recall
    if recall is Recall.LOWEST or told.asked.about.extreme == Recall.LOWEST.value:
        return f"{names} was {finding.low}{unit} at its lowest{told.when}{at}."
    if recall is Recall.HIGHEST or told.asked.about.extreme == Recall.HIGHEST.value:
        return f"{names} was {finding.high}{unit} at its highest{told.when}{at}."
    return (
        f"{names} was {clean(str(finding.value))}{unit} on average{told.when},"
        f" from {finding.low} to {finding.high}{unit}."
    )


def _used(told: _Told) -> str:
    finding = told.finding
    names = named(finding.about or told.ids, told.snapshot)
    return f"{names} counted {clean(str(finding.value))}{unit_text(finding.unit)}{told.when}."


_PHRASES: dict[Recall, Callable[[_Told], str]] = {
    Recall.DURATION: _duration,
    Recall.OFTEN: _often,
    Recall.LAST: _when,
    Recall.FIRST: _when,
    Recall.AGO: _when,
    Recall.SINCE: _since,
    Recall.HELD: _since,
    Recall.LOWEST: _reading,
    Recall.HIGHEST: _reading,
    Recall.AVERAGE: _reading,
    Recall.USED: _used,
}
