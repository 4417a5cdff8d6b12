"""What was seen, in plain words and with how often. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from workers.query.answering.labels import enumerated
from workers.query.suggesting.calling import Calling
from workers.query.suggesting.doing import doing
from workers.query.suggesting.idea import Clock, Form, Idea, Oddity, Step

_MINUTE, _HOUR = 60, 3_600
_DAYS: Final = {"weekday": " on weekdays", "weekend": " at weekends"}
_ODD: Final = {
    "silent": "{} was silent",
    "burst": "{} changed far more often than usual",
    "unusual_time": "{} changed at an hour at which it never does",
    "left_on": "{} was left as it was far longer than usual",
}


def evidence(idea: Idea, calling: Calling) -> str:
    """What was seen: `Hall light followed Hall motion 48 times in 30 days, usually after 12 s`."""
    if idea.odd is not None:
        return _oddly(idea.entities[0], idea.odd, calling)
    if idea.clock is not None:
        return f"{_by_clock(idea.steps[0], idea.clock, calling)}, {_often(idea)}"
    said = [_named(step, calling) for step in idea.steps]
    if len(said) == 1:
        return f"{said[0]} was seen {_often(idea)}"
    if idea.form is Form.AFTER:
        *before, last = said
        return f"{last} followed {', then '.join(before)} {_often(idea)}{_usually(idea.lags)}"
    return f"{enumerated(said, 'and', '{} more')} came together {_often(idea)}"


def duration(seconds: float) -> str:
    """A time in words: `12 s`, `5 min`, `2 h`."""
    if seconds < 2 * _MINUTE:
        return f"{seconds:.1f} s" if 0 < seconds < 3 else f"{round(seconds)} s"  # noqa: PLR2004 - shown to a tenth
    return f"{round(seconds / _MINUTE)} min" if seconds < 2 * _HOUR else f"{round(seconds / _HOUR)} h"


def _named(step: Step, calling: Calling) -> str:
    """A thing with what it does, unless its name says enough: `Hall light`, `Hall light turning off`."""
    found = doing(step, calling.registry)
    return " ".join(each for each in (calling.label(step.entity_id), found.by_doing if found else "") if each)


def _often(idea: Idea) -> str:
    times = "once" if idea.support == 1 else f"{idea.support} times"
    if not idea.days:
        return times
    return f"{times} in {idea.days} day{'' if idea.days == 1 else 's'}"


def _usually(lags: tuple[float, ...]) -> str:
    """The time of a link, or of each link of a chain."""
    if not lags:
        return ""
    return f", usually after {' and '.join(duration(max(0.0, each)) for each in lags)}"


def _by_clock(step: Step, clock: Clock, calling: Calling) -> str:
    found = doing(step, calling.registry)
    does = found.does if found else "changes"
    minute = round(clock.minute) % 1_440
    at = f"{minute // 60}:{minute % 60:02}"
    spread = max(1, round(clock.spread))
    return f"{calling.label(step.entity_id)} {does} at about {at}{_DAYS.get(clock.days, '')}, give or take {spread} min"


def _oddly(entity_id: str, odd: Oddity, calling: Calling) -> str:
    said = _ODD.get(odd.kind, "{} was not as usual").format(calling.label(entity_id))
    zone = ZoneInfo(calling.registry.time_zone)
    begin, end = (_moment(each, zone) for each in (odd.start, odd.end))
    return f"{said} from {begin} to {end}" if begin and end else said


def _moment(text: str, zone: ZoneInfo) -> str | None:
    """A moment on the home's own clock; None for what is none."""
    try:
        told = datetime.fromisoformat(text)
        return told.astimezone(zone).strftime("%d %b %H:%M") if told.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None
