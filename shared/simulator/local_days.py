"""The days of a home by its own clock, across daylight saving. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

DAY: Final = 86_400.0
_HOURS: Final = 36
"""Hours of a day that have an entry: what goes on past midnight still belongs to its evening."""
_SATURDAY: Final = 5


class LocalDays:
    """So many days from a date on in a time zone; day 0 is the first."""

    def __init__(self, first: date, count: int, time_zone: str) -> None:
        self.first, self.count, self.time_zone = first, count, time_zone
        self._zone = ZoneInfo(time_zone)

    @cached_property
    def hours(self) -> NDArray[np.float64]:
        """Seconds since 1970 of each hour on the clock, shape (days, 36); an hour that is skipped is the next one."""
        midnight = datetime.combine(self.first, datetime.min.time(), self._zone)
        return np.array(
            [
                [(midnight + timedelta(days=day, hours=hour)).timestamp() for hour in range(_HOURS)]
                for day in range(self.count + 1)
            ]
        )

    @property
    def start(self) -> float:
        """The first midnight."""
        return float(self.hours[0, 0])

    @property
    def end(self) -> float:
        """The midnight after the last day."""
        return float(self.hours[self.count, 0])

    @cached_property
    def weekend(self) -> NDArray[np.bool_]:
        """Which days are a Saturday or a Sunday."""
        return np.array([(self.first + timedelta(days=day)).weekday() >= _SATURDAY for day in range(self.count)])

    def at(self, day: int, seconds: float) -> float:
        """When the clock shows so many seconds after midnight of a day; below 0 and above 24 hours is near it."""
        if seconds < 0:
            return float(self.hours[day, 0] + seconds)
        hour, rest = divmod(min(seconds, _HOURS * 3600 - 1.0), 3600.0)
        return float(self.hours[day, int(hour)] + rest)

    def day_of(self, times: NDArray[np.float64]) -> NDArray[np.int64]:
        """The day each time is in; -1 before the first."""
        return np.searchsorted(self.hours[:, 0], times, side="right") - 1

    def minute_of(self, times: NDArray[np.float64]) -> NDArray[np.float64]:
        """Minutes after midnight on the clock."""
        days = np.clip(self.day_of(times), 0, self.count)
        day = self.hours[days]
        hour = np.clip(np.sum(day <= np.asarray(times)[:, None], axis=1) - 1, 0, _HOURS - 1)
        rest = (np.asarray(times) - day[np.arange(len(day)), hour]) % 3600.0
        minutes: NDArray[np.float64] = (hour * 60.0 + rest / 60.0) % 1440.0
        return minutes


def change_of_clock(year: int, time_zone: str) -> date:
    """The first day of a year on which the clock is changed; its first day where it never is."""
    zone, day = ZoneInfo(time_zone), datetime(year, 1, 1, 12, tzinfo=UTC)
    before = day.astimezone(zone).utcoffset()
    for number in range(365):
        moment = (day + timedelta(days=number)).astimezone(zone)
        if moment.utcoffset() != before:
            return moment.date()
    return date(year, 1, 1)
