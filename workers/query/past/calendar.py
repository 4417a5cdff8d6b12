"""From a time as it was said to moments, in the home's zone, right across daylight-saving changes.

A day has 23 or 25 hours where the clocks change. Of a wall time that comes twice the first one is meant; one that is
skipped is taken as if the clocks had not been changed yet (02:30 is then 03:30), both as `fold=0` of PEP 495. Hours and
minutes are counted back as they pass, days and more by the calendar.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from workers.query.past.period import Bound, Clock, Day, Part, Period, Span, Unit

_HOURS = {Part.MORNING: (6, 12), Part.AFTERNOON: (12, 18), Part.EVENING: (18, 24), Part.NIGHT: (18, 32)}
"""From and up to which hour a part of a day goes. A night is 18:00 to 08:00."""
_SECONDS = {Unit.SECOND: 1, Unit.MINUTE: 60, Unit.HOUR: 3600}
_HALF, _NOON, _WHOLE = timedelta(hours=12), 12, timedelta(days=1)
_EVENING = 6
"""The hour from which on "at seven last night" is the evening."""
_MORNING = 8
"""The hour up to which "tonight" is the night that began yesterday."""
_MONTHS = 12
_WEEK = 7
_SATURDAY = 5
_LAST_YEAR, _LEAP = 9_999, 8
"""Two leap years are at most eight years apart."""


@dataclass(frozen=True, slots=True)
class Interval:
    """From `since` up to before `until`, seconds since 1970 (UTC). A moment has both at one time."""

    since: float
    until: float

    @property
    def moment(self) -> bool:
        """Whether it is a moment."""
        return self.since == self.until


def zone_of(name: str) -> ZoneInfo | None:
    """The zone of that name; None where there is none."""
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        return None


def instant(wall: datetime, zone: ZoneInfo) -> float:
    """When a wall clock shows a time, in seconds since 1970; the first time where it does so twice."""
    return wall.replace(tzinfo=zone, fold=0).astimezone(UTC).timestamp()


def wall_time(at: float, zone: ZoneInfo) -> datetime:
    """What the wall clock shows, with its zone."""
    return datetime.fromtimestamp(at, zone)


def interval_of(period: Period, now: float, zone: ZoneInfo) -> Interval | None:
    """What is meant by a time that was said at `now`; it ends now at the latest. None where it has not begun yet.

    Raises ValueError where there is no such date.
    """
    try:
        found = _Calendar(now, zone).interval(period)
    except OverflowError as error:
        raise ValueError("that is too long ago") from error
    if found.since > now or (found.since == now and not found.moment):
        return None
    return Interval(found.since, min(found.until, now))


class _Calendar:
    """The days around one now in one zone."""

    def __init__(self, now: float, zone: ZoneInfo) -> None:
        self._now, self._zone = now, zone
        self._wall = wall_time(now, zone).replace(tzinfo=None)
        self._today = self._wall.date()

    def interval(self, period: Period) -> Interval:
        day, clocks, bound = period.day, period.clocks, period.bound
        if day is not None and day.span in {Span.LAST, Span.AGO} and not clocks:
            return self._bounded(self._back(day), bound)
        day = day or self._day_of(clocks, bound)
        if not clocks:
            start, end = self._whole(day)
            return self._bounded(self._between(start, end), bound)
        return self._clocked(day, clocks, bound)

    def _at(self, wall: datetime) -> float:
        return instant(wall, self._zone)

    def _between(self, start: datetime, end: datetime) -> Interval:
        return Interval(self._at(start), self._at(end))

    def _bounded(self, found: Interval, bound: Bound | None) -> Interval:
        return Interval(found.since, self._now) if bound is Bound.SINCE else found

    # Counting back

    def _back(self, day: Day) -> Interval:
        """The last hours or days up to now, or the moment or the day some time ago."""
        unit = day.unit or Unit.HOUR
        if unit in _SECONDS:
            since = self._now - day.count * _SECONDS[unit]
            return Interval(since, since if day.span is Span.AGO else self._now)
        start = self._before(day.count, unit)
        if day.span is Span.AGO:
            return self._between(_midnight(start.date()), _midnight(start.date()) + _WHOLE)
        return Interval(self._at(start), self._now)

    def _before(self, count: int, unit: Unit) -> datetime:
        """The same wall time some days, weeks, months or years before."""
        if unit in {Unit.DAY, Unit.WEEK}:
            return self._wall - timedelta(days=count * (_WEEK if unit is Unit.WEEK else 1))
        months = self._wall.year * _MONTHS + self._wall.month - 1 - count * (_MONTHS if unit is Unit.YEAR else 1)
        year, month = divmod(months, _MONTHS)
        last = calendar.monthrange(_year(year), month + 1)[1]
        return self._wall.replace(year=year, month=month + 1, day=min(self._wall.day, last))

    # Days

    def _whole(self, day: Day) -> tuple[datetime, datetime]:
        """The wall times between which a day phrase goes."""
        if day.span in {Span.WEEK, Span.WEEKEND, Span.MONTH, Span.YEAR} or (day.month and not day.day):
            first, last = self._days(day)
            return _midnight(first), _midnight(last)
        start = _midnight(self._date(day))
        if day.part is None:
            return start, start + _WHOLE
        since, until = _HOURS[day.part]
        return start + timedelta(hours=since), start + timedelta(hours=until)

    def _days(self, day: Day) -> tuple[date, date]:
        """The first day of a week, month or year, and the first one after it."""
        monday = self._today - timedelta(days=self._today.weekday())
        if day.span is Span.WEEK:
            first = monday - timedelta(weeks=day.count)
            return first, first + timedelta(weeks=1)
        if day.span is Span.WEEKEND:
            begun = self._today.weekday() >= _SATURDAY and day.count == 0
            first = monday + timedelta(days=_SATURDAY - (0 if begun else _WEEK))
            return first, first + timedelta(days=2)
        if day.span is Span.YEAR:
            year = _year(day.year or self._today.year - day.count)
            return date(year, 1, 1), date(year + 1, 1, 1)
        months = self._month(day)
        return _month(months), _month(months + 1)

    def _month(self, day: Day) -> int:
        """A month, counted from the year 0; of a month's name alone the last one that has begun."""
        this = self._today.year * _MONTHS + self._today.month - 1
        if day.month is None:
            return this - day.count
        if day.year is not None:
            return _year(day.year) * _MONTHS + day.month - 1
        return this - (self._today.month - day.month) % _MONTHS

    def _date(self, day: Day) -> date:
        if day.span is Span.WEEKDAY:
            return self._today - timedelta(days=(self._today.weekday() - day.count - 1) % _WEEK + 1)
        if day.span is Span.DATE and day.day is not None:
            return self._dated(day.day, day.month, day.year)
        if day.span is Span.AGO and day.unit is not None:
            return self._before(day.count, day.unit).date()
        early = day.span is Span.TODAY and day.part is Part.NIGHT and self._wall.hour < _MORNING
        return self._today - timedelta(days=1 if early else day.count if day.span is Span.DAYS_AGO else 0)

    def _dated(self, number: int, month: int | None, year: int | None) -> date:
        """A date; of one without a year or a month the last one that is not in the future."""
        if month is not None and year is not None:
            return date(_year(year), month, number)
        at = self._today.year * _MONTHS + (self._today.month if month is None else month) - 1
        for months in range(at, at - _LEAP * _MONTHS - 1, -1 if month is None else -_MONTHS):
            first = _month(months)
            if number <= calendar.monthrange(first.year, first.month)[1] and first.replace(day=number) <= self._today:
                return first.replace(day=number)
        raise ValueError(f"there is no day {number} in that month")

    # Times of day

    def _day_of(self, clocks: tuple[Clock, ...], bound: Bound | None) -> Day:
        """The day of a time without a day: today, or yesterday where it is yet to come."""
        if not clocks or bound is Bound.UNTIL:
            return Day()
        start = _at_clock(_midnight(self._today), clocks[0])
        return Day() if self._at(start) <= self._now else Day(Span.DAYS_AGO, 1)

    def _clocked(self, day: Day, clocks: tuple[Clock, ...], bound: Bound | None) -> Interval:
        start, end = self._whole(day)
        if end - start > _WHOLE:
            raise ValueError("a time of day needs one day")
        first = _in_part(_midnight(start.date()), clocks[0], day.part)
        if len(clocks) > 1:
            return self._between(first, _after(first, clocks[1]))
        at = self._at(first)
        if bound is Bound.SINCE:
            return Interval(at, self._now)
        if bound is Bound.AFTER:
            return Interval(at, self._at(end))
        return Interval(self._at(start), at) if bound is Bound.UNTIL else Interval(at, at)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())


def _month(months: int) -> date:
    return date(_year(months // _MONTHS), months % _MONTHS + 1, 1)


def _year(year: int) -> int:
    if not 1970 <= year <= _LAST_YEAR:  # noqa: PLR2004 (the clock of the history begins there)
        raise ValueError(f"there is nothing of the year {year}")
    return year


def _at_clock(start: datetime, clock: Clock) -> datetime:
    return start + timedelta(hours=clock.hour, minutes=clock.minute)


def _in_part(start: datetime, clock: Clock, part: Part | None) -> datetime:
    """A time of day in a part of a day: 3 in the afternoon is 15:00, 7 last night 19:00, 3 last night the next day."""
    at = _at_clock(start, clock)
    if part is None:
        return at
    if part is Part.NIGHT:
        late = clock.hour >= _NOON if clock.sure else _EVENING <= clock.hour < _NOON
        if clock.sure:
            return at if late else at + _WHOLE
        return at + _HALF if late else start + _WHOLE + timedelta(hours=clock.hour % _NOON, minutes=clock.minute)
    if clock.sure:
        return at
    hour = clock.hour % _NOON + (0 if part is Part.MORNING else _NOON)
    return start + timedelta(hours=hour, minutes=clock.minute)


def _after(first: datetime, clock: Clock) -> datetime:
    """The first time after another at which a clock shows what was said; at which one with hands does, where unsure."""
    at = _at_clock(_midnight(first.date()), clock)
    step = _WHOLE if clock.sure else _HALF
    if step is _HALF:
        at = _at_clock(_midnight(first.date()), Clock(clock.hour % _NOON, clock.minute))
    while at <= first:
        at += step
    return at
