"""How much of what the first half of a history shows the second half shows too.

Each half is analysed by itself. The base rate is how much of what could be told at random is found in the second half:
the share found there of all pairs and chains of the entities that were compared, and of these entities by themselves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import comb, perm
from typing import Final
from zoneinfo import ZoneInfo

from contracts.analysis import PatternType
from shared.home import Registry
from shared.simulator.simulation import SimulatedHome
from workers.pattern.analysis import Findings, counted, examine
from workers.pattern.naming import named

KINDS: Final[Mapping[PatternType, tuple[int, ...]]] = {
    PatternType.TRIGGER: (2,),
    PatternType.CO_OCCURRENCE: (2,),
    PatternType.SEQUENCE: (3, 4),
    PatternType.TIME_OF_DAY: (1,),
}
"""What comes again, with the number of its entities: an anomaly is no routine."""

What = tuple[PatternType, tuple[str, ...]]
"""The type of a pattern and its entities."""


@dataclass(frozen=True, slots=True)
class Replication:
    """Of one type over some homes: how many patterns the first half showed, how many of them the second shows.

    The same pattern has the same id; `same_entities` asks for its type and entities only. `base_rate` is the share of
    all that could be told that the second half shows.
    """

    found: int
    same_id: int
    same_entities: int
    base_rate: float


def replication(homes: Iterable[SimulatedHome]) -> dict[PatternType, Replication]:
    """The replication by type over all homes."""
    found, same_id, same_entities, told, possible = (Counter[PatternType]() for _ in range(5))
    for home in homes:
        early, late = halves(home)
        first, second = _named(early), _named(late)
        again = set(second.values())
        found.update(kind for kind, _ in first.values())
        same_id.update(first[name][0] for name in first.keys() & second.keys())
        same_entities.update(what[0] for what in first.values() if what in again)
        told.update(kind for kind, _ in again)
        possible.update({kind: _possible(kind, len(late.eligible)) for kind in KINDS})
    return {
        kind: Replication(found[kind], same_id[kind], same_entities[kind], told[kind] / max(possible[kind], 1))
        for kind in KINDS
    }


def halves(home: SimulatedHome) -> tuple[Findings, Findings]:
    """What an analysis of the first half of the days finds, and one of the second half."""
    registry, zone = Registry.from_document(home.registry_document), ZoneInfo(home.time_zone)
    days = list(home.days())
    middle = len(days) // 2
    return examine(counted(days[:middle]), registry, zone), examine(counted(days[middle:]), registry, zone)


def _named(findings: Findings) -> dict[str, What]:
    """The type and the entities of each pattern that may come again, by its id."""
    told = named(findings.patterns).items()
    return {name: (each.pattern_type, each.entities) for name, each in told if each.pattern_type in KINDS}


def _possible(kind: PatternType, entities: int) -> int:
    """How many patterns of a type so many entities could have."""
    ways = comb if kind is PatternType.CO_OCCURRENCE else perm
    return sum(ways(entities, length) for length in KINDS[kind])
