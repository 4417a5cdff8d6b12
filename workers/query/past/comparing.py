"""Two times compared: whether it was colder yesterday than today, and by how much."""

from __future__ import annotations

from workers.query.answering.finding import Value
from workers.query.meanings.measures import tidy
from workers.query.past.calendar import Interval
from workers.query.past.finding import PastFinding
from workers.query.past.question import Comparison

Side = tuple[PastFinding, Interval | None]


def compared(one: Side, other: Side, comparison: Comparison) -> PastFinding:
    """Whether the value of one time is above, or below, that of the other; None where one of them is not known.

    Equal ones are neither. The evidence is that of both.
    """
    found = (one[0], other[0])
    since, until = ([each.since for each in found], [each.until for each in found])
    return PastFinding(
        value=_verdict(found[0].value, found[1].value, comparison),
        unit=found[0].unit if comparison.difference else None,
        about=tuple(dict.fromkeys((*found[0].about, *found[1].about))),
        nothing=tuple(each for each in found[0].nothing if each in found[1].nothing),
        events=sum(each.events for each in found),
        since=min((each for each in since if each is not None), default=None),
        until=max((each for each in until if each is not None), default=None),
        known=all(each.known for each in found), sides=(one, other),
    )  # fmt: skip


def _verdict(one: Value, other: Value, comparison: Comparison) -> Value:
    if not isinstance(one, int | float) or not isinstance(other, int | float):
        return None
    more = one - other if comparison.above else other - one
    return tidy(more) if comparison.difference else more > 0
