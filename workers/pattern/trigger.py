"""Triggers: one thing, and then another because of it. Pure.

Of all pairs of items those are kept that follow each other more often than chance has it (interval jitter, Amarasingham
et al. 2012; Poisson tail), in one order more often than a coin would have it (sign test), that are worth telling, and
that nothing else explains (`direct`).
"""

from __future__ import annotations

from typing import Final

from contracts.analysis import PatternType
from workers.pattern.candidate import Candidates
from workers.pattern.counts.pair_counts import SOONEST
from workers.pattern.relations.direct import direct, one_for_each_pair
from workers.pattern.relations.items import Items
from workers.pattern.relations.pair_table import PairTable
from workers.pattern.relations.relation import (
    LEAST_LIFT,
    LEAST_SHARE,
    LEAST_SUPPORT,
    TESTS_A_PAIR,
    Relation,
    screened,
)
from workers.pattern.relations.telling import told

DIRECTION: Final = 0.002
"""How likely a coin may be to give the order."""
LEAST_EXCESS: Final = 0.1
"""Of the share over what chance gives."""
WIDEST: Final = 0.42
"""Of the window, between the quartiles of the lag: half of it is what comes at any time at all."""
MOSTLY: Final = 0.5
RAREST: Final = 1e-7
"""The largest p value of a candidate: the analysis decides how small it has to be."""


def find_triggers(items: Items, table: PairTable) -> Candidates:
    """What may be a trigger, the most certain first."""
    return triggers_of(links(items, table), items)


def triggers_of(found: list[Relation], items: Items) -> Candidates:
    """The candidates of links that are known already."""
    size = len(items)
    pairs = ((each, (items.names[each.leader], items.names[each.follower])) for each in found)
    candidates = sorted(
        (told(each, PatternType.TRIGGER, names) for each, names in pairs),
        key=lambda each: (-each.confidence, each.entities),
    )
    return Candidates(tuple(candidates), TESTS_A_PAIR * size * (size - 1) // 2)


def links(items: Items, table: PairTable) -> list[Relation]:
    """The direct links, the strongest first."""
    worthy = []
    for leader, follower, window in screened(items, table):
        relation = Relation(items, leader, follower, window, ordered=True)
        if worthwhile(relation) and ordered(relation) and relation.restless <= MOSTLY:
            worthy.append(relation)
    return direct(one_for_each_pair(worthy))


def worthwhile(relation: Relation) -> bool:
    """Whether it is more than chance, often enough to matter, and not one thing told twice."""
    return (
        len(relation) >= LEAST_SUPPORT
        and relation.share >= LEAST_SHARE
        and relation.lift >= LEAST_LIFT
        and relation.excess >= LEAST_EXCESS * relation.opportunities
        and relation.p_value <= RAREST
        and (relation.lag_seconds * 1_000 > SOONEST or relation.automated > MOSTLY)
    )


def ordered(relation: Relation) -> bool:
    """Whether the leader goes first more often than a coin has it, and the follower after some time of its own."""
    steady = relation.spread * 1_000 <= WIDEST * relation.window
    return steady and relation.direction <= DIRECTION
