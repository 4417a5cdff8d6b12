"""From a question about the past to what it has for an answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from shared.home import Snapshot
from workers.query.past.calendar import Interval, interval_of
from workers.query.past.causes import who
from workers.query.past.durations import duration, often, so
from workers.query.past.ending import EndedPast, Horizon, horizon_of
from workers.query.past.finding import PastFinding
from workers.query.past.judging import told
from workers.query.past.moments import since, when
from workers.query.past.period import Period
from workers.query.past.question import PastQuestion, Recall
from workers.query.past.readings import at_moment, reading, used
from workers.query.past.records import Past
from workers.query.understanding.reading import Ask, Extreme

_COUNTED_BACK = frozenset({Recall.LAST, Recall.FIRST, Recall.AGO, Recall.SINCE, Recall.HELD, Recall.WHO})
_TICK = 1e-6
_MEASURED = frozenset({Recall.LOWEST, Recall.HIGHEST, Recall.AVERAGE})
_YES_NO_OR_LIST = frozenset({
    Ask.CHECK, Ask.ANY, Ask.ALL, Ask.NONE, Ask.WHICH, Ask.COUNT, Ask.ROOMS, Ask.COUNT_ROOMS,
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Recalled:
    """What was found, and of which time; that is None where no time was said and none was needed."""

    finding: PastFinding
    interval: Interval | None


class NotYetError(ValueError):
    """The time that was asked for has not come yet."""


def recall(asked: PastQuestion, snapshot: Snapshot, past: Past, now: float, zone: ZoneInfo) -> Recalled:
    """The answer of a question that was asked at `now` (seconds since 1970) in a zone. Reads: it blocks.

    Where the records of the home end before, what came after is not known, and the answer ends there.

    Raises NotYetError where its time is to come, ValueError where there is no such date.
    """
    if asked.recall in _COUNTED_BACK and asked.period is None:
        interval = None
    else:
        interval = interval_of(asked.period or Period(), now, zone)
        if interval is None:
            raise NotYetError
    if _beyond_records(asked, snapshot):
        return Recalled(PastFinding(known=False), interval)
    horizon = horizon_of(past, now)
    if horizon.ended is None:
        return Recalled(_found(asked, snapshot, past, interval, horizon), interval)
    return Recalled(_as_far_as_known(asked, snapshot, EndedPast(past, horizon.ended), interval, horizon), interval)


def _as_far_as_known(
    asked: PastQuestion, snapshot: Snapshot, past: Past, interval: Interval | None, horizon: Horizon
) -> PastFinding:
    """What was found up to the end of the records."""
    end = horizon.until
    if interval is not None and (interval.since > end or (interval.since == end and not interval.moment)):
        return PastFinding(ends=end)
    # What came with the last event was so, if only for a moment.
    last = end + _TICK if asked.recall is Recall.SO else end
    known = None if interval is None else Interval(interval.since, min(interval.until, last))
    found = _found(asked, snapshot, past, known, horizon)
    if (interval is not None and interval.until <= end) or (found.until is not None and found.until > last + _TICK):
        return found
    return replace(found, ends=end, until=None if found.until is None else min(found.until, end))


def _found(
    asked: PastQuestion, snapshot: Snapshot, past: Past, interval: Interval | None, horizon: Horizon
) -> PastFinding:
    if asked.recall in {Recall.SINCE, Recall.HELD}:
        return since(asked, snapshot, past, horizon)
    if asked.recall is Recall.WHO:
        return who(asked, snapshot, past, interval, horizon)
    if asked.recall in {Recall.LAST, Recall.FIRST, Recall.AGO}:
        return when(asked, snapshot, past, interval, horizon)
    if interval is None:
        raise TypeError("only what is counted back needs no time")
    return _evaluator(asked)(asked, snapshot, past, interval)


def _evaluator(asked: PastQuestion) -> Callable[[PastQuestion, Snapshot, Past, Interval], PastFinding]:
    measured = asked.recall in _MEASURED or asked.about.ask in {Ask.MEASURE, Ask.EXTREME}
    if measured and asked.recall is not Recall.USED:
        return reading
    if asked.about.ask is Ask.STATE:
        return at_moment
    return {Recall.USED: used, Recall.DURATION: duration, Recall.OFTEN: often}.get(asked.recall, so)


def _beyond_records(asked: PastQuestion, snapshot: Snapshot) -> bool:
    """Whether it asks for what the history does not keep, or for what a moment or a time does not have."""
    if asked.during is not None and not told(asked.during, snapshot):
        return True
    about, moment = asked.about, asked.period is not None and _is_moment(asked.period)
    if asked.recall is Recall.USED:
        return about.ask is not Ask.MEASURE or not told(about, snapshot) or moment
    if asked.recall in _MEASURED or about.ask in {Ask.MEASURE, Ask.EXTREME}:
        readings = about.ask in {Ask.MEASURE, Ask.EXTREME} and asked.recall in {*_MEASURED, Recall.SO}
        return not readings or not told(about, snapshot) or about.extreme is Extreme.TOTAL
    if about.ask is Ask.STATE:
        return asked.recall is not Recall.SO or not moment
    if asked.recall in {Recall.DURATION, Recall.OFTEN, Recall.LAST, Recall.FIRST, Recall.AGO, Recall.WHO} and moment:
        return True
    return about.ask not in _YES_NO_OR_LIST or not told(about, snapshot)


def _is_moment(period: Period) -> bool:
    one_clock = len(period.clocks) == 1 and period.bound is None
    return one_clock or (period.day is not None and period.day.is_moment and period.bound is None)
