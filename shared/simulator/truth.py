"""What was planted in a home, and what else is true of it. Pure.

A pattern that is found is one of four things to the people who live there.
- Planted: it is a routine, and was to be found.
- Natural: nobody planted it, and it is so all the same. Whoever walks into the kitchen sets off its motion sensor
  and switches on its lamp; whoever gets up at seven is in the bathroom soon after. Such a pattern may be told or
  not. Two entities are naturally linked where the same person's doings changed both within five minutes, at least
  five times and in at least a tenth of the changes of the rarer one; what a routine does counts as the doing of
  whoever set it off. So are all that a planted chain or a common cause joins, and those who come and go by one
  door. Natural is a time of day, too, that comes from the person's own clock (getting up, leaving, coming home,
  meals, going to bed), from dusk, from a timer that the device has, or from a routine before it.
- Done by an automation already: a false pattern, unless it is told as such.
- False: all else. Two things at the same hour that know nothing of each other, or that come and go by themselves; a
  group and its lamp; diagnostic entities that fail together; something unusual on a day like any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

TRIGGER: Final = "trigger"
CO_OCCURRENCE: Final = "co_occurrence"
SEQUENCE: Final = "sequence"
TIME_OF_DAY: Final = "time_of_day"
ANOMALY: Final = "anomaly"
TYPES: Final = (TRIGGER, CO_OCCURRENCE, SEQUENCE, TIME_OF_DAY, ANOMALY)


@dataclass(frozen=True, slots=True)
class Planted:
    """One pattern that is really there, with the fields of the contract (`contracts.analysis.Pattern`).

    `strength` is how often it was to happen, `support` how often it did. Times are seconds since 1970 (UTC); those of
    an anomaly are in `detail` as seconds, too. Where it happened too seldom to be found it is not `required`: found or
    not, it does not count.
    """

    pattern_type: str
    entities: tuple[str, ...]
    detail: Mapping[str, Any]
    strength: float = 1.0
    support: int = 1
    first_seen: float = 0.0
    last_seen: float = 0.0
    required: bool = True


@dataclass(frozen=True, slots=True)
class NaturalTime:
    """An entity takes a state at a time of day, though nobody planted it. Minutes on the home's clock."""

    entity_id: str
    state: str
    minute_of_day: float
    tolerance: float


@dataclass(frozen=True, slots=True)
class Truth:
    """All that is true of a home.

    `natural_pairs` and `automated_pairs` are unordered; `mirrors` names for each entity that repeats others one of
    those; `renamed` the old id for each new one. `odd` are times at which the household itself was unusual, `away`
    those in which nobody was there (seconds since 1970).
    """

    planted: tuple[Planted, ...] = ()
    natural_pairs: frozenset[frozenset[str]] = frozenset()
    natural_times: tuple[NaturalTime, ...] = ()
    automated_pairs: frozenset[frozenset[str]] = frozenset()
    automated: frozenset[str] = frozenset()
    mirrors: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    renamed: Mapping[str, str] = field(default_factory=dict)
    odd: tuple[tuple[float, float], ...] = ()
    away: tuple[tuple[float, float], ...] = ()

    def of_type(self, pattern_type: str) -> list[Planted]:
        """What was planted of one type."""
        return [each for each in self.planted if each.pattern_type == pattern_type]
