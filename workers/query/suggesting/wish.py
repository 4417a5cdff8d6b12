"""The sentence to send back: the wish for an automation that does what was seen, or a question. Pure."""

from __future__ import annotations

from typing import Final

from workers.query.suggesting.calling import Calling
from workers.query.suggesting.doing import happens, ordered
from workers.query.suggesting.idea import DAY_MINUTES, Clock, Form, Idea, Step

MOST_WORDS: Final = 50
"""Words that are read of a sentence."""
_DAYS: Final = {"all": "every day", "weekday": "every weekday", "weekend": "every weekend"}
_STEP: Final = 5
"""Minutes: a wish is for a time that people would say."""
_MINUTE, _HOUR = 60, 3_600
_AT_ONCE: Final = 120.0
"""Seconds up to which what follows is wished for at once: so long people take to do it themselves."""


def wish(idea: Idea, calling: Calling) -> str | None:
    """The wish for an automation, such as `when the Hall motion is detected turn on the Hall light`.

    None where nothing of it can be acted upon, or where there are no words for it.
    """
    if idea.clock is not None:
        deed = ordered(idea.steps[-1], calling)
        said = None if deed is None else f"{_at(idea.clock)} {deed}"
    elif idea.form is Form.AFTER:
        said = _chain(idea.steps, idea.lags, calling)
    elif idea.form is Form.TOGETHER:
        said = _chain(idea.steps, (), calling) or _chain(idea.steps[::-1], (), calling)
    else:
        said = None
    return said if said is not None and len(said.split()) <= MOST_WORDS else None


def question(idea: Idea, calling: Calling) -> str:
    """What can be asked about the last thing of an idea."""
    return f"what is the state of {calling.the(idea.steps[-1].entity_id)}"


def _chain(steps: tuple[Step, ...], lags: tuple[float, ...], calling: Calling) -> str | None:
    """The last steps are done that can be ordered, after the one before them."""
    deeds = [ordered(step, calling) for step in steps]
    start = len(deeds)
    while start > 1 and deeds[start - 1] is not None:
        start -= 1
    if start == len(deeds) or (first := happens(steps[start - 1], calling)) is None:
        return None
    said = " and ".join(each for each in deeds[start:] if each is not None)
    later = lags[-1] if len(lags) == len(steps) - 1 and start == len(deeds) - 1 else 0.0
    return f"when {first} {said}{_later(later)}"


def _later(seconds: float) -> str:
    if seconds <= _AT_ONCE:
        return ""
    if seconds < _HOUR:
        return f" after {round(seconds / _MINUTE)} minutes"
    hours = round(seconds / _HOUR)
    return f" after {hours} hour{'' if hours == 1 else 's'}"


def _at(clock: Clock) -> str:
    minute = _STEP * round(clock.minute / _STEP) % DAY_MINUTES
    return f"{_DAYS.get(clock.days, _DAYS['all'])} at {minute // 60}:{minute % 60:02}"
