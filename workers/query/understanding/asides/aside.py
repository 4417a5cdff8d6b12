"""What is said to an assistant beside the home itself: the time, lists, timers, announcements, media, itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Tells(StrEnum):
    """What is asked of the clock."""

    TIME = "time"
    DATE = "date"
    WEEKDAY = "weekday"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Clock:
    """What the clock and the calendar tell of a day; `days` is how many from today."""

    tells: Tells
    days: int = 0


class ListDeed(StrEnum):
    """What is done with a list."""

    ADD = "add"
    COMPLETE = "complete"
    REMOVE = "remove"
    LENGTH = "length"


@dataclass(frozen=True, slots=True)
class OnList:
    """A thing on a list. `lists` are the to-do entities that may be meant; none: there is none that is called so."""

    deed: ListDeed
    item: str
    lists: tuple[str, ...]
    said: str = ""


class TimerDeed(StrEnum):
    """What is done with a timer."""

    START = "start"
    CANCEL = "cancel"
    PAUSE = "pause"
    RESUME = "resume"
    LENGTHEN = "lengthen"
    SHORTEN = "shorten"
    TELL = "tell"


@dataclass(frozen=True, slots=True)
class WithTimer:
    """A timer. `timers` are the timer helpers that may be meant; `length` is how long, or by how much."""

    deed: TimerDeed
    timers: tuple[str, ...]
    length: timedelta | None = None
    said: str = ""
    """What it was called."""
    every: bool = False
    """Whether all of them were spoken of."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """Words that are to be heard in the home, and the voice satellites that are there."""

    message: str
    satellites: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MediaSearch:
    """Something to be looked for and played."""

    words: str


@dataclass(frozen=True, slots=True)
class Remark:
    """Words about the assistant itself: `key` is the sort."""

    key: str


Aside = Clock | OnList | WithTimer | Announcement | MediaSearch | Remark
