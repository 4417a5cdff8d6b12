"""Direct relations: those that no other relation explains. Pure.

Two things that a third one sets off follow each other, and so do the ends of a chain: what is left of a relation where
the third did not happen tells whether it is one of its own (a partial count, after the conditional independence of the
PC algorithm, Spirtes and Glymour 1991, with one condition at a time).
"""

from __future__ import annotations

from collections.abc import Iterable
from math import comb
from typing import Final

import numpy as np

from workers.pattern.relations.relation import LEAST_SUPPORT, Relation

LEAST_LEFT: Final = 0.35
"""Of the excess share, that must be left where the third thing did not happen."""
FEW: Final = 40
"""Opportunities without the third thing, up to which a binomial tells whether they say anything."""
SURE: Final = 0.05
"""The largest p value with which they do."""
COMPARABLE: Final = 0.3
"""Of the strength of the stronger one of two that explain each other; below it the weaker one is explained."""
STEADIER: Final = 1.15
"""Times the spread of the lag from the inner leader; above it that from the outer one is the less steady."""
SIMILAR: Final = 0.75
"""Of the best strength; above it the states with the steadier lag are told, not those that came the most often."""
AS_STEADY: Final = 1.4
"""Times the smallest spread of the lag; below it a lag is as steady as another."""


def direct(relations: Iterable[Relation]) -> list[Relation]:
    """Those that no other one explains, the strongest first."""
    into: dict[int, list[Relation]] = {}
    for relation in sorted(relations, key=_order):
        rivals = into.setdefault(relation.follower, [])
        beaten = []
        for other in rivals:
            explained = indirect(other, relation)
            if explained is relation:
                break
            if explained is other:
                beaten.append(other)
        else:
            into[relation.follower] = [other for other in rivals if other not in beaten] + [relation]
    return sorted((each for found in into.values() for each in found), key=_order)


def _order(relation: Relation) -> tuple[float, int, int]:
    return -relation.strength, relation.leader, relation.follower


def indirect(stronger: Relation, weaker: Relation) -> Relation | None:
    """Which of two relations with one follower the other one explains; None where each is one of its own.

    Of two things that one leader sets off, one at times fails without the other, and their leader explains both. Of a
    chain each explains the other: the last link is the direct one. Where they never come alone, the steadier lag tells.
    """
    if stronger.items.entities[stronger.leader] == weaker.items.entities[weaker.leader]:
        return None
    forth, back = explains(stronger, weaker), explains(weaker, stronger)
    if forth is False and back is False:
        return None
    if forth is False or back is False:
        return weaker if back is False else stronger
    if weaker.strength < COMPARABLE * stronger.strength:
        return weaker
    outer, inner = sorted((stronger, weaker), key=lambda each: -each.lag_seconds)
    if (forth and back) or _steadier(outer, inner.leader):
        return outer
    return weaker


def passes(relation: Relation, third: int) -> bool:
    """Whether a relation goes by a third item: little is left without it, or else the lag from there is steadier."""
    left = nothing_left(relation, third, relation.window)
    return left is True or (left is None and _steadier(relation, third))


def _steadier(outer: Relation, third: int) -> bool:
    """Whether the time from a third item, where it comes after the leader, varies less than from the leader.

    The first change after the outer leader counts: what changes often always did shortly before.
    """
    starts, ends = outer.found.starts, outer.found.ends
    others = outer.items.times[third]
    places = np.searchsorted(others, starts, side="right")
    between = others[np.minimum(places, len(others) - 1)]
    both = (between > starts) & (between < ends)
    if both.sum() < LEAST_SUPPORT:
        return False
    low, high = np.percentile(np.stack([ends - starts, ends - between])[:, both], (25, 75), axis=1)
    whole, part = high - low
    return bool(whole > STEADIER * part)


def explains(other: Relation, relation: Relation) -> bool | None:
    """Whether little is left of a relation where the leader of another did not change; None where that is rare."""
    return nothing_left(relation, other.leader, other.window)


def nothing_left(relation: Relation, third: int, window: int) -> bool | None:
    """Whether little is left of a relation where a third item did not change; None where that is rare."""
    left = relation.without(relation.items.times[third], window)
    whole = relation.excess / max(relation.opportunities, 1)
    if left.opportunities > FEW:
        return left.excess_share < LEAST_LEFT * whole
    chance = left.expected / max(left.opportunities, 1)
    few, many = (min(1.0, chance + part * whole) for part in (LEAST_LEFT, 1.0))
    if _at_most(left.support, left.opportunities, many) <= SURE:
        return True
    return False if _at_most(left.support - 1, left.opportunities, few) >= 1.0 - SURE else None


def _at_most(number: int, tries: int, chance: float) -> float:
    """How likely no more than this number of tries come off."""
    return float(sum(comb(tries, each) * chance**each * (1.0 - chance) ** (tries - each) for each in range(number + 1)))


def one_for_each_pair(relations: Iterable[Relation]) -> list[Relation]:
    """Of the states of each two entities those that explain the most; of equals those with the steadiest lag."""
    by_pair: dict[frozenset[str], list[Relation]] = {}
    for relation in relations:
        pair = frozenset((relation.items.entities[relation.leader], relation.items.entities[relation.follower]))
        by_pair.setdefault(pair, []).append(relation)
    chosen = []
    for found in by_pair.values():
        most = max(each.strength for each in found)
        equal = [each for each in found if each.strength >= SIMILAR * most]
        least = min(each.spread for each in equal)
        steady = [each for each in equal if each.spread <= AS_STEADY * least]
        chosen.append(max(steady, key=lambda each: (each.lag_seconds, each.strength, -each.leader, -each.follower)))
    return chosen
