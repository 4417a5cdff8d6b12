"""Patterns in plain words. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from contracts.analysis import Pattern, PatternType
from workers.pattern.pictures.past import window_of

_BECOMES: Final[dict[tuple[str, str], str]] = {
    ("", "on"): "turns on",
    ("", "off"): "turns off",
    ("", "open"): "opens",
    ("", "closed"): "closes",
    ("", "locked"): "is locked",
    ("", "unlocked"): "is unlocked",
    ("", "playing"): "begins to play",
    ("person", "home"): "comes home",
    ("person", "not_home"): "leaves",
    ("device_tracker", "home"): "comes home",
    ("device_tracker", "not_home"): "leaves",
}
_DAYS: Final = {"all": "", "weekday": " on weekdays", "weekend": " at weekends"}
_ODD: Final = {
    "silent": "{entity} was silent from {start} to {end}",
    "burst": "{entity} changed far more often than usual from {start} to {end}",
    "unusual_time": "{entity} changed at an hour at which it never does, from {start} to {end}",
    "left_on": "{entity} was left as it was, far longer than usual, from {start} to {end}",
}
_MINUTE, _HOUR = 60, 3_600
_LONGEST_STATE = 60


def becomes(entity_id: str, state: str) -> str:
    """What an entity does that takes a state: `turns on`."""
    domain = entity_id.partition(".")[0]
    known = _BECOMES.get((domain, state)) or _BECOMES.get(("", state))
    return known or f"becomes {' '.join(state.split())[:_LONGEST_STATE]}"


def sentence(pattern: Pattern, zone: ZoneInfo) -> str:
    """A pattern in a sentence, with how often it was so; moments on the home's own clock."""
    detail = pattern.detail
    if pattern.pattern_type is PatternType.ANOMALY:
        return _anomaly(pattern, zone)
    if pattern.pattern_type is PatternType.TIME_OF_DAY:
        what = becomes(pattern.entities[0], str(detail.get("state", "")))
        spread = float(detail.get("spread_minutes") or 0.0)
        days = _DAYS.get(str(detail.get("days")), "")
        return (
            f"{pattern.entities[0]} {what} at about {clock(float(detail.get('minute_of_day') or 0.0))}{days}, "
            f"give or take {max(1, round(spread))} min ({pattern.support} days)"
        )
    does = [
        f"{entity} {becomes(entity, str(state))}"
        for entity, state in zip(pattern.entities, detail.get("states") or [], strict=False)
    ]
    steps = does if len(does) == len(pattern.entities) else pattern.entities
    within = duration(window_of(pattern))
    if pattern.pattern_type is PatternType.CO_OCCURRENCE:
        return f"{' and '.join(steps)} within {within} of each other{_often(pattern)}"
    if pattern.pattern_type is PatternType.SEQUENCE:
        return f"after {steps[0]}, {', then '.join(steps[1:])}, each within {within}{_often(pattern)}"
    return f"after {steps[0]}, {steps[1]} within {within}, mostly after {_lag(pattern)}{_often(pattern)}"


def clock(minute: float) -> str:
    """A minute of the day as a clock shows it: `06:40`."""
    whole = round(minute) % 1_440
    return f"{whole // 60:02}:{whole % 60:02}"


def duration(seconds: float) -> str:
    """A time in words: `12 s`, `5 min`, `2 h`."""
    if seconds < 2 * _MINUTE:
        return f"{seconds:.1f} s" if 0 < seconds < 3 else f"{round(seconds)} s"  # noqa: PLR2004 - shown to a tenth
    return f"{round(seconds / _MINUTE)} min" if seconds < 2 * _HOUR else f"{round(seconds / _HOUR)} h"


def moment(text: str) -> datetime | None:
    """A moment that is told in ISO 8601; None for any other text."""
    try:
        told = datetime.fromisoformat(text)
    except ValueError:
        return None
    return told if told.tzinfo is not None else None


def _lag(pattern: Pattern) -> str:
    lags = pattern.detail.get("lag_seconds") or [0.0]
    return duration(float(lags[0]))


def _often(pattern: Pattern) -> str:
    share = pattern.detail.get("follow_share", pattern.detail.get("together_share"))
    told = f", {float(share):.0%}".replace("%", " %") if isinstance(share, int | float) else ""
    return f" ({pattern.support} times{told})"


def _anomaly(pattern: Pattern, zone: ZoneInfo) -> str:
    detail = pattern.detail
    told = [moment(str(detail.get(name, ""))) for name in ("start", "end")]
    begin, end = (None if each is None else each.astimezone(zone) for each in told)
    if begin is None or end is None:
        return f"{pattern.entities[0]} was not as usual"
    after = end.strftime("%H:%M" if begin.date() == end.date() else "%a %d %b %H:%M")
    kind = _ODD.get(str(detail.get("kind")), "{entity} was not as usual from {start} to {end}")
    return kind.format(entity=pattern.entities[0], start=begin.strftime("%a %d %b %H:%M"), end=after)
