"""The people of a home, and what their days are like. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np

from shared.simulator.local_days import LocalDays

_HOUR: Final = 3600.0
_WEEK: Final = 7
_LATE_SHIFT, _LATE_BACK, _LATE_SLEEP = 13.2 * _HOUR, 22.6 * _HOUR, 24.8 * _HOUR
_TOGETHER: Final = 0.35
"""Share of the days on which those whose hours are near get up, come home and go to bed together."""
_NEAR: Final = 1.5 * _HOUR
_LATE_NIGHT, _AT_HOME, _OUT = 0.05, 0.05, 0.6
"""Chances of a late night, of a working day at home, and of going out on a free day."""


class Moment(NamedTuple):
    """A turn of somebody's day: `wake`, `leave`, `return`, `meal` or `sleep`."""

    kind: str
    at: float


@dataclass(frozen=True, slots=True)
class Person:
    """Habits, in seconds after midnight, and how far the days are from them."""

    number: int
    wake: float
    weekend_wake: float
    leave: float | None
    back: float
    sleep: float
    spread: float
    shifts: bool = False
    """Whether every second week is one of late shifts."""

    def in_week_of(self, day: int) -> Person:
        """The same person as the week has it."""
        if not self.shifts or day // _WEEK % 2 == 0:
            return self
        return replace(self, wake=self.wake + 2 * _HOUR, leave=_LATE_SHIFT, back=_LATE_BACK, sleep=_LATE_SLEEP)


@dataclass(frozen=True, slots=True)
class PersonDay:
    """One day of one person: when they are at home and awake, and its turns. Seconds since 1970."""

    person: int
    day: int
    home: tuple[tuple[float, float], ...]
    moments: tuple[Moment, ...]
    late: tuple[float, float] | None


def people(random: np.random.Generator, count: int) -> list[Person]:
    """So many people; two in three go out to work or to school."""
    found = []
    for number in range(count):
        wake = random.uniform(5.7, 7.8) * _HOUR
        leave = wake + random.uniform(0.7, 1.5) * _HOUR if random.random() < 0.67 else None  # noqa: PLR2004
        found.append(
            Person(
                number,
                wake,
                wake + random.uniform(0.7, 2.2) * _HOUR,
                leave,
                random.uniform(14.5, 18.3) * _HOUR,
                random.uniform(21.0, 23.8) * _HOUR,
                random.uniform(7, 25) * 60.0,
            )
        )
    return found


class _Common(NamedTuple):
    """When they get up, come home and go to bed on a day that they share, in seconds after midnight."""

    wake: float
    back: float
    sleep: float


def household_days(
    random: np.random.Generator, persons: Sequence[Person], days: LocalDays, empty: range
) -> list[PersonDay]:
    """What becomes of everybody's habits; on `empty` days nobody is there. One more holiday comes to each person."""
    first = persons[0]
    common = [
        _Common(
            first.wake + random.normal(0, first.spread),
            first.back + random.normal(0, first.spread),
            first.sleep + random.normal(0, first.spread),
        )
        if random.random() < _TOGETHER
        else None
        for _ in range(days.count)
    ]
    lived = []
    for person in persons:
        holiday = int(random.integers(days.count))
        lived += [
            _day(random, person.in_week_of(day), days, day, common[day], free=bool(days.weekend[day]) or day == holiday)
            for day in range(days.count)
            if day not in empty
        ]
    return lived


def moments_at_home(random: np.random.Generator, days: Sequence[PersonDay], count: int) -> list[float]:
    """So many times at which somebody is at home and awake, each as likely as any other; none where nobody ever is."""
    home = np.array([each for day in days for each in day.home]).reshape(-1, 2)
    if not len(home):
        return []
    lengths = home[:, 1] - home[:, 0]
    chosen = random.choice(len(home), size=count, p=lengths / lengths.sum())
    found: list[float] = random.uniform(home[chosen, 0], home[chosen, 1]).tolist()
    return found


def _day(
    random: np.random.Generator, person: Person, days: LocalDays, day: int, common: _Common | None, *, free: bool
) -> PersonDay:
    wake = (person.weekend_wake if free else person.wake) + random.normal(0, person.spread * (2.0 if free else 1.0))
    sleep = person.sleep + random.normal(0, 1.6 * person.spread) + (0.8 * _HOUR if free else 0.0)
    if common and not free and abs(wake - common.wake) < _NEAR:
        wake = common.wake + random.normal(0, 180)
    if common and not free and abs(sleep - common.sleep) < _NEAR:
        sleep = common.sleep + random.normal(0, 180)
    late = random.random() < _LATE_NIGHT
    usual, sleep = sleep, sleep + (random.uniform(1.5, 4.0) * _HOUR if late else 0.0)
    out = _away(random, person, wake, sleep, free=free)
    if out and common and not free and abs(out[1] - common.back) < _NEAR and common.back > out[0] + _HOUR:
        out = out[0], common.back + random.uniform(0, 40)
    moments = [Moment("wake", days.at(day, wake)), Moment("sleep", days.at(day, sleep))]
    moments += [Moment("meal", days.at(day, hour * _HOUR + random.normal(0, 1200))) for hour in (12.4, 18.6)]
    home = [(wake, sleep)]
    if out:
        moments += [Moment("leave", days.at(day, out[0])), Moment("return", days.at(day, out[1]))]
        home = [(wake, out[0]), (out[1], sleep)]
    return PersonDay(
        person.number,
        day,
        tuple((days.at(day, since), days.at(day, until)) for since, until in home if until > since),
        tuple(sorted(moments, key=lambda each: each.at)),
        (days.at(day, usual), days.at(day, sleep)) if late else None,
    )


def _away(
    random: np.random.Generator, person: Person, wake: float, sleep: float, *, free: bool
) -> tuple[float, float] | None:
    """When somebody is out, in seconds after midnight."""
    if not free and person.leave is not None and random.random() >= _AT_HOME:
        leave = max(wake + 1200, person.leave + random.normal(0, 0.6 * person.spread))
        return leave, min(max(leave + _HOUR, person.back + random.normal(0, 1.5 * person.spread)), sleep - 1800)
    if random.random() >= _OUT:
        return None
    leave = wake + random.uniform(1.0, 9.0) * _HOUR
    back = leave + random.uniform(0.5, 5.0) * _HOUR
    return (leave, back) if back < sleep - _HOUR else None
