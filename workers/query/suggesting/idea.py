"""Ideas: what a pattern or a synergy says, as far as somebody can be told of it. Pure.

What comes from another worker is data: a detail that is not as it should be leaves something unsaid.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple

from contracts.analysis import Pattern, PatternStatus, PatternType
from contracts.suggestions import QuerySuggestionKind
from contracts.synergies import Synergy, SynergyStatus

DAY_MINUTES: Final = 1_440
_UNWANTED: Final = frozenset(
    {PatternStatus.REJECTED, PatternStatus.GONE, PatternStatus.AUTOMATED, PatternStatus.FADING}
)
_UNWANTED_SYNERGIES: Final = frozenset({SynergyStatus.REJECTED, SynergyStatus.GONE, SynergyStatus.FADING})
_TOGETHER: Final = "together"


class Form(StrEnum):
    """How the steps of an idea belong together."""

    AFTER = "after"
    """Each follows the one before."""
    TOGETHER = "together"
    """Either may be the first."""
    CLOCK = "clock"
    ODD = "odd"
    """Something is not as usual."""


class Step(NamedTuple):
    """An entity and what it comes to; an empty state is one that nobody told."""

    entity_id: str
    state: str


class Clock(NamedTuple):
    """When a routine by the clock is: `days` is `all`, `weekday` or `weekend`, the minutes on the home's own clock."""

    minute: float
    spread: float
    days: str


class Oddity(NamedTuple):
    """What was not as usual; the moments are ISO 8601."""

    kind: str
    start: str
    end: str


@dataclass(frozen=True, slots=True)
class Idea:
    """One pattern or synergy. `support` times in `days` days; `lags` are in seconds, one per link."""

    kind: QuerySuggestionKind
    key: str
    form: Form
    steps: tuple[Step, ...]
    confidence: float
    quality: float
    support: int
    days: int
    lags: tuple[float, ...] = ()
    clock: Clock | None = None
    odd: Oddity | None = None

    @property
    def entities(self) -> tuple[str, ...]:
        """The entities, in the order of the steps."""
        return tuple(step.entity_id for step in self.steps)

    @property
    def meaning(self) -> frozenset[object]:
        """What it says, apart from how it was found: one whose meaning is a part of another's says nothing new."""
        return frozenset({*self.steps, *(each for each in (self.clock, self.odd) if each is not None)})


def ideas(patterns: Iterable[Pattern], synergies: Iterable[Synergy]) -> list[Idea]:
    """The ideas that are worth telling: nothing that is automated, rejected, gone or fading, or that rests on such."""
    found, unwanted = list[Idea](), set[str]()
    for pattern in patterns:
        if pattern.status in _UNWANTED:
            unwanted.add(pattern.pattern_id)
        else:
            found.append(_of_pattern(pattern))
    for synergy in synergies:
        rests_on = synergy.evidence.get("pattern_ids")
        lost = any(each in unwanted for each in _texts(rests_on))
        if synergy.status not in _UNWANTED_SYNERGIES and not lost:
            found.append(_of_synergy(synergy))
    return found


def _of_pattern(pattern: Pattern) -> Idea:
    detail = pattern.detail
    form = {
        PatternType.TIME_OF_DAY: Form.CLOCK,
        PatternType.ANOMALY: Form.ODD,
        PatternType.CO_OCCURRENCE: Form.TOGETHER,
    }
    states = detail.get("states") if "states" in detail else [detail.get("state")]
    return Idea(
        kind=QuerySuggestionKind.PATTERN,
        key=pattern.pattern_id,
        form=form.get(pattern.pattern_type, Form.AFTER),
        steps=_steps(pattern.entities, states),
        confidence=pattern.confidence,
        quality=pattern.quality,
        support=pattern.support,
        days=_days(pattern.first_seen, pattern.last_seen),
        lags=_numbers(detail.get("lag_seconds")),
        clock=_clock(detail) if pattern.pattern_type is PatternType.TIME_OF_DAY else None,
        odd=_oddity(detail) if pattern.pattern_type is PatternType.ANOMALY else None,
    )


def _of_synergy(synergy: Synergy) -> Idea:
    evidence = synergy.evidence
    days = _numbers([evidence.get("of_days")])
    return Idea(
        kind=QuerySuggestionKind.SYNERGY,
        key=synergy.synergy_id,
        form=Form.TOGETHER if synergy.relationship == _TOGETHER else Form.AFTER,
        steps=_steps(synergy.devices, evidence.get("states")),
        confidence=synergy.confidence,
        quality=synergy.score,
        support=max(0, round(next(iter(_numbers([evidence.get("support")])), 0.0))),
        days=max(1, round(days[0])) if days else 0,
        lags=_numbers(evidence.get("lag_seconds")),
    )


def _steps(entities: Sequence[str], states: Any) -> tuple[Step, ...]:
    known = list(states) if isinstance(states, list | tuple) and len(states) == len(entities) else [""] * len(entities)
    return tuple(
        Step(entity, state if isinstance(state, str) else "") for entity, state in zip(entities, known, strict=True)
    )


def _clock(detail: dict[str, Any]) -> Clock | None:
    told = _numbers([detail.get("minute_of_day")])
    if not told:
        return None
    spread = _numbers([detail.get("spread_minutes")]) or (0.0,)
    return Clock(told[0] % DAY_MINUTES, max(0.0, spread[0]), str(detail.get("days", "all")))


def _oddity(detail: dict[str, Any]) -> Oddity:
    return Oddity(*(str(detail.get(name, "")) for name in ("kind", "start", "end")))


def _days(first: str, last: str) -> int:
    """Over how many days something was seen, begun ones too; 0 where that can't be told."""
    try:
        seconds = (datetime.fromisoformat(last) - datetime.fromisoformat(first)).total_seconds()
    except (ValueError, TypeError):  # no moment, or only one of the two with a time zone
        return 0
    return max(1, math.ceil(seconds / 86_400))


def _numbers(told: Any) -> tuple[float, ...]:
    """The finite numbers of a list; none where it has anything else."""
    if not isinstance(told, list | tuple):
        return ()
    good = all(isinstance(each, int | float) and not isinstance(each, bool) and abs(each) < _LARGE for each in told)
    return tuple(float(each) for each in told) if good else ()


def _texts(told: Any) -> list[str]:
    return [each for each in told if isinstance(each, str)] if isinstance(told, list | tuple) else []


_LARGE: Final = 1e9
"""No figure of a pattern comes near; an infinity or a number that is none is not below it."""
