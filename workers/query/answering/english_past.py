"""Answers about the past in English."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from shared.home import Snapshot
from workers.query.answering.english_moments import since_said, when_said, who_said
from workers.query.answering.english_times import Times, lasted
from workers.query.answering.english_told import Told, became, meant, never, was
from workers.query.answering.english_words import asked_state, named, unit_text
from workers.query.answering.labels import clean
from workers.query.past.calendar import Interval
from workers.query.past.finding import PastFinding
from workers.query.past.judging import throughout
from workers.query.past.question import PastQuestion, Recall
from workers.query.understanding.reading import Ask

NOT_YET = "That has not come yet."
NO_SUCH_DATE = "I don't know such a date."
UNKNOWN_ZONE = " (Times are in UTC: I don't know the home's time zone.)"
_KNOWN_FROM = 1.0
"""Seconds after the beginning of a time from which on it is said that records began."""


def phrase_past(
    asked: PastQuestion, finding: PastFinding, interval: Interval | None, snapshot: Snapshot, times: Times
) -> str:
    """The answer to a question about the past."""
    told = Told(asked, finding, interval, snapshot, times)
    if not finding.known:
        return _untold(told)
    if finding.sides:
        return _compared(told)
    if finding.never and finding.since is not None:
        return _never_so(told)
    if finding.since is None and not (isinstance(finding.value, list) and not told.ids):
        return _nothing(told)
    said = _PHRASES.get(asked.recall, _so)(told)
    return f"{said[0].upper()}{said[1:]}{_limits(told)}"


def _compared(told: Told) -> str:
    """Both sides of a comparison, after what they come to."""
    asked, value = replace(told.asked, against=None), told.finding.value
    sides = [phrase_past(asked, found, interval, told.snapshot, told.times) for found, interval in told.finding.sides]
    verdict = "I can't tell." if value is None else "Yes." if value else "No."
    if told.asked.against is not None and told.asked.against.difference and value is not None:
        verdict = f"By {clean(str(value))}{unit_text(told.finding.unit)}."
    return " ".join((verdict, *sides))


def _never_so(told: Told) -> str:
    """That there was no time of the kind that was named."""
    named_time = told.asked.after or told.asked.during or told.asked.about
    who, was_or_were = meant(named_time, named_time.subject.entities, told.snapshot)
    when = f" {told.times.said(told.interval)}" if told.interval else ""
    return f"I know of no time{when} at which {who} {was_or_were} {asked_state(named_time)}.{_limits(told)}"


def _untold(told: Told) -> str:
    names = named(told.asked.about.subject.entities, told.snapshot)
    return f"The history does not tell that of {names}: it has states only, at the time they came."


def _nothing(told: Told) -> str:
    ids = told.finding.nothing if told.finding.never else told.asked.about.subject.entities
    names = named(ids or told.asked.about.subject.entities, told.snapshot)
    if told.finding.ends is not None and not told.finding.nothing:
        return f"I can't tell that of {names}: the records of the home end {told.times.moment(told.finding.ends)}."
    return f"I can't tell: nothing was recorded of {names}{_until(told)}."


def _until(told: Told) -> str:
    if told.interval is None:
        return ""
    return f" up to {told.times.moment(told.interval.until)}"


def _limits(told: Told) -> str:
    """What the answer does not cover."""
    finding, told_of = told.finding, ""
    begins = told.interval.since if told.interval else None
    if begins is not None and finding.since is not None and finding.since > begins + _KNOWN_FROM:
        told_of = f" Records of it begin {told.times.moment(finding.since)}; of the time before I know nothing."
    if finding.ends is not None:
        told_of += f" Records end {told.times.moment(finding.ends)}; of what came after I know nothing."
    if finding.nothing:
        told_of += f" Nothing was recorded of {named(finding.nothing, told.snapshot)}."
    return told_of


# Durations and counts


def _duration(told: Told) -> str:
    seconds = told.finding.value
    length = lasted(seconds) if isinstance(seconds, int | float) and seconds else "no time at all"
    return f"{told.who} {was(told)} {asked_state(told.asked.about)} for {length}{told.when}."


def _often(told: Told) -> str:
    count, at = told.finding.value, told.finding.at
    if not count:
        return f"{named(told.ids, told.snapshot)}: {never(told)}{told.when}."
    times = "once" if count == 1 else f"{count} times"
    last = f", last {told.times.moment(at)}" if at is not None and count != 1 else ""
    last = f", {told.times.moment(at)}" if at is not None and count == 1 else last
    together = " together" if len(told.ids) > 1 else ""
    return f"{named(told.ids, told.snapshot)} {became(told, plural=bool(together))} {times}{together}{told.when}{last}."


# Yes and no, which, readings


def _so(told: Told) -> str:
    ask, value = told.asked.about.ask, told.finding.value
    if ask in {Ask.MEASURE, Ask.EXTREME}:
        return _reading(told)
    if ask is Ask.STATE:
        return f"{named(told.ids, told.snapshot)} was {clean(str(value))}{unit_text(told.finding.unit)}{told.when}."
    if ask in {Ask.WHICH, Ask.COUNT, Ask.ROOMS, Ask.COUNT_ROOMS}:
        return _listed(told)
    return _yes_no(told)


def _yes_no(told: Told) -> str:
    finding, names = told.finding, named(told.ids, told.snapshot)
    if finding.value is None:
        return f"I can't tell{told.when} of {names}."
    word = "Yes" if finding.value else "No"
    if told.asked.event:
        at = f", first {told.times.moment(finding.at)}" if finding.at is not None else ""
        who = named(finding.about, told.snapshot) if finding.about else names
        return f"{word}: {who} {became(told) if finding.about else never(told)}{told.when}{at}."
    length = ""
    if finding.seconds is not None and told.interval is not None and not told.interval.moment:
        length = " all the time" if finding.seconds and finding.value and throughout(told.asked) else _for(told)
    no = "not " if not finding.value and not length else ""
    return f"{word}, {told.who} {was(told)} {no}{asked_state(told.asked.about)}{length}{told.when}."


def _for(told: Told) -> str:
    seconds = told.finding.seconds or 0.0
    if not seconds:
        return ""
    return f" {'only ' if not told.finding.value else ''}for {lasted(seconds)}"


def _listed(told: Told) -> str:
    finding = told.finding
    state = became(told, plural=True) if told.asked.event else f"were {asked_state(told.asked.about)}"
    if not finding.about:
        return (
            f"none of {named(told.ids, told.snapshot)} {state}{told.when}."
            if told.ids
            else "I know of nothing like that."
        )
    return f"{len(finding.about)} of {len(told.ids)} {state}{told.when}: {named(finding.about, told.snapshot)}."


def _reading(told: Told) -> str:
    finding = told.finding
    names = named(finding.about or told.ids, told.snapshot)
    unit = unit_text(finding.unit)
    at = f", {told.times.moment(finding.at)}" if finding.at is not None else ""
    if told.interval is not None and told.interval.moment:
        average = " on average" if len(finding.about) > 1 else ""
        return f"{names} was {clean(str(finding.value))}{unit}{average}{told.when}."
    if told.asked.recall is Recall.RANGE:
        return f"{names} was between {finding.low} and {finding.high}{unit}{told.when}."
    recall = told.asked.recall
    if recall is Recall.LOWEST or told.asked.about.extreme == Recall.LOWEST.value:
        return f"{names} was {finding.low}{unit} at its lowest{told.when}{at}."
    if recall is Recall.HIGHEST or told.asked.about.extreme == Recall.HIGHEST.value:
        return f"{names} was {finding.high}{unit} at its highest{told.when}{at}."
    return (
        f"{names} was {clean(str(finding.value))}{unit} on average{told.when},"
        f" from {finding.low} to {finding.high}{unit}."
    )


def _used(told: Told) -> str:
    finding = told.finding
    names = named(finding.about or told.ids, told.snapshot)
    return f"{names} counted {clean(str(finding.value))}{unit_text(finding.unit)}{told.when}."


_PHRASES: dict[Recall, Callable[[Told], str]] = {
    Recall.DURATION: _duration,
    Recall.OFTEN: _often,
    Recall.LAST: when_said,
    Recall.FIRST: when_said,
    Recall.AGO: when_said,
    Recall.SINCE: since_said,
    Recall.HELD: since_said,
    Recall.LOWEST: _reading,
    Recall.HIGHEST: _reading,
    Recall.AVERAGE: _reading,
    Recall.RANGE: _reading,
    Recall.USED: _used,
    Recall.WHO: who_said,
}
