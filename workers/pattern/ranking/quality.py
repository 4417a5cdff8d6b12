"""How much a pattern is worth showing: from 0 to 1, with its parts. Pure.

The parts are desirabilities and come together as their weighted geometric mean (Derringer and Suich 1980), so that what
is bad in one respect can't be made up for by the others. What people think of its like, `acceptance`, has a quarter of
the whole, whatever other parts a pattern has.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import exp, log
from typing import Final

from contracts.analysis import PatternType
from workers.pattern.candidate import CONTROLLABLE, Candidate
from workers.pattern.clock.scan import WIDEST_SPREAD
from workers.pattern.ranking.learning import NEUTRAL, Learnt

WEIGHTS: Final = {"certainty": 2.0, "replication": 1.0, "regularity": 1.0, "strength": 1.0, "usable": 3.0}
ACCEPTANCE: Final = 0.25
"""The weight of the acceptance; all other parts together have the rest."""

_REPLICATED: Final[dict[bool | None, float]] = {True: 1.0, None: 0.6, False: 0.2}
_OFTEN = 2.0
"""Occurrences a week, of which more and more add less and less."""
_NOT_USABLE = 0.1
_SMALLEST = 0.01
_DAY, _WEEK = 86_400.0, 7.0
_DAYS_OF = {"all": 1.0, "weekday": 5 / 7, "weekend": 2 / 7}


def quality(found: Candidate, days: int, learnt: Learnt) -> tuple[float, dict[str, float]]:
    """What a pattern of an analysis of so many days is worth, and the parts of that.

    An anomaly happens once, and is there to be looked at: it is neither regular, strong, replicated nor usable.
    """
    parts = {"certainty": found.confidence}
    if found.pattern_type is not PatternType.ANOMALY:
        parts |= {
            "replication": _REPLICATED[found.replicated],
            "regularity": _regularity(found, days),
            "strength": _strength(found, days),
            "usable": 1.0 if _usable(found) else _NOT_USABLE,
        }
    parts["acceptance"] = learnt.acceptance(found.pattern_type, found.entities)
    rounded = {name: round(min(max(part, 0.0), 1.0), 4) for name, part in parts.items()}
    return combined(rounded), rounded


def combined(parts: Mapping[str, float]) -> float:
    """The quality that these parts make."""
    logs = {name: log(max(part, _SMALLEST)) for name, part in parts.items()}
    weights = {name: weight for name, weight in WEIGHTS.items() if name in parts}
    others = sum(weight * logs[name] for name, weight in weights.items()) / max(sum(weights.values()), 1.0)
    return round(exp((1 - ACCEPTANCE) * others + ACCEPTANCE * logs.get("acceptance", 0.0)), 4)


def effect(acceptance: float) -> float:
    """By how much an acceptance multiplies the quality of what nobody judged."""
    return float((max(acceptance, _SMALLEST) / NEUTRAL) ** ACCEPTANCE)


def _regularity(found: Candidate, days: int) -> float:
    """How often a week it happens, and over how much of the time."""
    weekly = found.support * _WEEK / max(days, 1)
    span = (found.last_seen - found.first_seen) / _DAY + 1
    return (1 - exp(-weekly / _OFTEN)) * min(span / max(days, 1), 1.0)


def _strength(found: Candidate, days: int) -> float:
    """How often the rest follows what it begins with, beyond chance; of a routine by the clock how firmly it keeps."""
    detail = found.detail
    if found.pattern_type is PatternType.TIME_OF_DAY:
        rate = found.support / max(days * _DAYS_OF[detail["days"]], 1.0)
        return float(min(rate, 1.0) * (1 - detail["spread_minutes"] / (2 * WIDEST_SPREAD)))
    low = detail.get("follow_share_low", detail.get("together_share_low", 0.0))
    return float(low * (1 - 1 / max(detail.get("lift", float("inf")), 1.0)))


def _usable(found: Candidate) -> bool:
    """Whether somebody can do what it ends with; or any of it, where it has no order."""
    ends = found.entities if found.pattern_type is PatternType.CO_OCCURRENCE else found.entities[-1:]
    return any(entity.partition(".")[0] in CONTROLLABLE for entity in ends)
