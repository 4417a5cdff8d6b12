"""When it was, since when it is, and who did it, in English."""

from __future__ import annotations

from shared.home import Snapshot
from workers.query.answering.english_times import lasted
from workers.query.answering.english_told import Told, became, never
from workers.query.answering.english_words import asked_state, named
from workers.query.answering.labels import clean
from workers.query.answering.verdicts import meant_form
from workers.query.past.causes import AUTOMATION, PERSON, UNKNOWN
from workers.query.past.question import Recall
from workers.query.understanding.reading import Ask

_CAUSES = {
    PERSON: "somebody did, by Home Assistant", AUTOMATION: "an automation or a script did",
    UNKNOWN: "Home Assistant was not told who did it, so it was by hand or by the device itself",
}  # fmt: skip


def when_said(told: Told) -> str:
    """When it last, or first, became so."""
    finding = told.finding
    if finding.at is None:
        since = ""
        if told.interval is None and finding.since is not None:
            since = f" since records of it begin {told.times.moment(finding.since)}"
        return f"{named(told.ids, told.snapshot)}: {never(told)}{told.when}{since}."
    until = "" if finding.ended is None else f", until {told.times.moment(finding.ended)}"
    none = meant_form(told.asked.about) is Ask.NONE
    names = told.who if none else named(finding.about or told.ids, told.snapshot)
    order, happened = "first" if told.asked.recall is Recall.FIRST else "last", became(told)
    verb = f"was {order} {happened[4:]}" if happened.startswith("was ") else f"{order} {happened}"
    ago = f", {lasted(float(finding.value))} ago" if isinstance(finding.value, int | float) else ""
    return f"{names} {verb} {told.times.moment(finding.at)}{ago}{until}{told.during}."


def since_said(told: Told) -> str:
    """Since when it is so; that it is not, where it is not; of then, where the records have ended."""
    finding, state = told.finding, asked_state(told.asked.about)
    ended = finding.ends is not None
    if finding.at is not None:
        has, length = "had" if ended else "has", lasted(finding.seconds or 0.0)
        return f"{told.who} {has} been {state} since {told.times.moment(finding.at)}, for {length}."
    before = ""
    if finding.low is not None:
        until = f" until {told.times.moment(finding.high)}" if finding.high is not None else ""
        before = f" It last was from {told.times.moment(finding.low)}{until}."
    return f"{told.who} {f'was not {state} then' if ended else f'is not {state} now'}.{before}"


def who_said(told: Told) -> str:
    """Who last did it, and when."""
    if told.finding.at is None:
        return when_said(told)
    cause = str(told.finding.value)
    by = _CAUSES.get(cause) or f"{_one(cause, told.snapshot)} did"
    return f"{by}: {when_said(told)}"


def _one(entity_id: str, snapshot: Snapshot) -> str:
    """A person, an automation or a script; one that the home does not know by its id."""
    name = named((entity_id,), snapshot) if entity_id in snapshot.registry.entities else clean(entity_id)
    return name if entity_id.startswith("person.") else f"the {entity_id.partition('.')[0]} “{name}”"
