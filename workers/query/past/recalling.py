"""From a question about the past to what it has for an answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from shared.home import Snapshot
from workers.query.past.calendar import Interval, interval_of
from workers.query.past.causes import who
from workers.query.past.comparing import compared
from workers.query.past.durations import duration, often, so
from workers.query.past.ending import EndedPast, Horizon, horizon_of
from workers.query.past.finding import PastFinding
from workers.query.past.judging import told, unit_of
from workers.query.past.moments import since, when
from workers.query.past.occasions import occasion
from workers.query.past.period import Period
from workers.query.past.question import Comparison, PastQuestion, Recall
from workers.query.past.readings import at_moment, reading, used
from workers.query.past.records import Past
from workers.query.understanding.reading import Ask, Extreme

_COUNTED_BACK = frozenset({Recall.LAST, Recall.FIRST, Recall.AGO, Recall.SINCE, Recall.HELD, Recall.WHO})
_TICK = 1e-6
_MEASURED = frozenset({Recall.LOWEST, Recall.HIGHEST, Recall.AVERAGE, Recall.RANGE})
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
    if asked.against is not None:
        return _of_two(asked, asked.against, snapshot, past, now, zone)
    if asked.period is None and (asked.recall in _COUNTED_BACK or asked.once or asked.after is not None):
        interval = None
    else:
        interval = interval_of(asked.period or Period(), now, zone)
        if interval is None:
            raise NotYetError
    if _beyond_records(asked, snapshot):
        return Recalled(PastFinding(known=False), interval)
    horizon = horizon_of(past, now)
    known = past if horizon.ended is None else EndedPast(past, horizon.ended)
    named = occasion(asked, snapshot, known, interval, horizon.until)
    if named is not None and named.interval is None:
        return Recalled(replace(named.never, ends=horizon.ended), interval)
    if named is not None:
        asked, interval = replace(asked, during=asked.during if asked.after else None), named.interval
    found = _reached(asked, snapshot, past, interval, horizon)
    return Recalled(found if named is None else named.told(found, horizon.ended), interval)


def _of_two(
    asked: PastQuestion, comparison: Comparison, snapshot: Snapshot, past: Past, now: float, zone: ZoneInfo
) -> Recalled:
    """Two times compared; its interval is the first one."""
    one = recall(replace(asked, against=None), snapshot, past, now, zone)
    other = recall(replace(asked, against=None, period=comparison.period), snapshot, past, now, zone)
    finding = compared((one.finding, one.interval), (other.finding, other.interval), comparison)
    return Recalled(finding, one.interval)


def _reached(
    asked: PastQuestion, snapshot: Snapshot, past: Past, interval: Interval | None, horizon: Horizon
) -> PastFinding:
    """What was found, up to now or to the end of the records."""
    if horizon.ended is None:
        return _found(asked, snapshot, past, interval, horizon)
    return _as_far_as_known(asked, snapshot, EndedPast(past, horizon.ended), interval, horizon)


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


def as_reading(asked: PastQuestion, snapshot: Snapshot) -> PastQuestion:
    """Of the state of a sensor over a time its readings are meant."""
    ids = asked.about.subject.entities
    numeric = bool(ids) and all(unit_of(snapshot, each) is not None for each in ids)
    if (
        asked.about.ask is not Ask.STATE
        or not numeric
        or (
            asked.recall is Recall.SO
            and asked.against is None
            and asked.period is not None
            and _is_moment(asked.period)
        )
    ):
        return asked
    return replace(asked, about=replace(asked.about, ask=Ask.MEASURE))


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
    if not all(told(each, snapshot) for each in (asked.during, asked.after) if each is not None):
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
