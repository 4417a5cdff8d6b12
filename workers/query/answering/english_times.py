"""Moments, times and durations in English, by the wall clock of the home."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from workers.query.past.calendar import Interval, wall_time

_DAY, _HOUR, _MINUTE = 86_400, 3_600, 60
_FEW = 10
"""Minutes below which seconds are told too."""


class Times:
    """Says times as they are seen from one `now` (seconds since 1970) in one zone."""

    def __init__(self, now: float, zone: ZoneInfo) -> None:
        self._now, self._zone = now, zone

    def clock(self, at: float) -> str:
        """The time of day; of one that comes twice with its zone."""
        wall = wall_time(at, self._zone)
        twice = wall.replace(fold=0).utcoffset() != wall.replace(fold=1).utcoffset()
        return f"{wall:%H:%M}{f' {wall:%Z}' if twice else ''}"

    def day(self, at: float) -> str:
        """The day, with its preposition where it has one."""
        wall, today = wall_time(at, self._zone), wall_time(self._now, self._zone)
        days = (today.date() - wall.date()).days
        if days in {0, 1}:
            return "yesterday" if days else "today"
        year = "" if wall.year == today.year else f" {wall.year}"
        return f"on {wall:%A} {wall.day} {wall:%B}{year}"

    def moment(self, at: float) -> str:
        """A day and a time of day."""
        return f"{self.day(at)} at {self.clock(at)}"

    def said(self, interval: Interval) -> str:
        """A time as it was understood: a day, or from when to when."""
        if interval.moment:
            return self.moment(interval.since)
        first, last = wall_time(interval.since, self._zone), wall_time(interval.until, self._zone)
        whole = _is_midnight(first) and (_is_midnight(last) or interval.until >= self._now)
        if whole and wall_time(interval.until - 1e-6, self._zone).date() == first.date():
            return self.day(interval.since)
        until = "now" if interval.until >= self._now else self.moment(interval.until).removeprefix("on ")
        return f"between {self.moment(interval.since).removeprefix('on ')} and {until}"


def _is_midnight(wall: datetime) -> bool:
    before = wall.astimezone(UTC) - timedelta(microseconds=1)
    return before.astimezone(wall.tzinfo).date() != wall.date()


def lasted(seconds: float) -> str:
    """A duration: "3 days 2 h", "2 h 5 min", "4 min 10 s"."""
    whole = round(seconds)
    days, rest = divmod(whole, _DAY)
    hours, rest = divmod(rest, _HOUR)
    minutes, rest = divmod(rest, _MINUTE)
    if days:
        return _joined((days, "day" if days == 1 else "days"), (hours, "h"))
    if hours or minutes >= _FEW:
        return _joined((hours, "h"), (minutes, "min"))
    return _joined((minutes, "min"), (rest, "s")) or "0 s"


def _joined(*parts: tuple[int, str]) -> str:
    return " ".join(f"{number} {unit}" for number, unit in parts if number)
