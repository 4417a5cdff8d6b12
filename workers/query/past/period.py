"""A time as it was said: "last night", "between 8 and 10 on Monday". Knows neither the clock nor the zone."""

from dataclasses import dataclass
from enum import StrEnum


class Span(StrEnum):
    """What a day phrase speaks of; `Day.count` and `Day.date` say which one."""

    TODAY = "today"
    DAYS_AGO = "days_ago"
    WEEKDAY = "weekday"
    DATE = "date"
    WEEK = "week"
    WEEKEND = "weekend"
    MONTH = "month"
    YEAR = "year"
    LAST = "last"
    """The last hours, days or weeks, up to now."""
    AGO = "ago"
    """A moment some hours or minutes ago."""


class Part(StrEnum):
    """A part of a day; a night goes on into the next day."""

    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"
    NIGHT = "night"


class Unit(StrEnum):
    """What is counted back."""

    SECOND = "second"
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


class Bound(StrEnum):
    """What a time bounds, where it is not itself what is meant."""

    SINCE = "since"
    AFTER = "after"
    """From then to the end of the day."""
    UNTIL = "until"


@dataclass(frozen=True, slots=True)
class Day:
    """A day or some days. `count` goes back: 1 is yesterday, last week; a weekday counts from Monday (0).

    `day`, `month` and `year` are a date as far as it was said; without a year it is the last such date.
    """

    span: Span = Span.TODAY
    count: int = 0
    part: Part | None = None
    unit: Unit | None = None
    day: int | None = None
    month: int | None = None
    year: int | None = None

    @property
    def is_moment(self) -> bool:
        """Whether it is a moment: two hours ago."""
        return self.span is Span.AGO and self.unit in {Unit.SECOND, Unit.MINUTE, Unit.HOUR}


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day as it was said. `sure` where 7 can't be 19 o'clock: by am, pm, "noon", "07:00", "19"."""

    hour: int
    minute: int = 0
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Period:
    """A time: a day, a time of day (one is a moment, two are a range), or both; `bound` where it goes from or up to it.

    `Period()` is what is meant where nothing was said: today.
    """

    day: Day | None = None
    clocks: tuple[Clock, ...] = ()
    bound: Bound | None = None
    whole: bool = False
    """Whether all of it was said to be meant: "all night", "the whole time"."""
