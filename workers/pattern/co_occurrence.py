"""Co-occurrences: two things that happen together, either of them first. Pure.

Found as triggers are, with both orders together, where neither order holds (`trigger.ordered`): a pair is told once.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np

from contracts.analysis import PatternType
from workers.pattern.candidate import Candidates
from workers.pattern.counts.pair_counts import SOONEST, WINDOWS
from workers.pattern.relations.direct import nothing_left, one_for_each_pair
from workers.pattern.relations.items import Items
from workers.pattern.relations.pair_table import PairTable
from workers.pattern.relations.relation import (
    LEAST_GAIN,
    LEAST_LIFT,
    LEAST_SUPPORT,
    TESTS_A_PAIR,
    Relation,
    gain,
)
from workers.pattern.relations.telling import told

LEAST_TOGETHER: Final = 0.22
"""Of the changes of the more frequent of the two: what one person passes within minutes comes to 0.2 without more."""
LEAST_EXCESS: Final = 0.15
RAREST: Final = 1e-6


def find_co_occurrences(items: Items, table: PairTable, links: Iterable[Relation]) -> Candidates:
    """What may be a co-occurrence, the most certain first; two entities with a link between them are left out."""
    known = list(links)
    linked = {frozenset((items.entities[each.leader], items.entities[each.follower])) for each in known}
    relations = (Relation(items, *pair, ordered=False) for pair in _screened(items, table, linked))
    found = _direct(one_for_each_pair(filter(worthwhile, relations)), known)
    size = len(items)
    pairs = ((each, sorted((items.names[each.leader], items.names[each.follower]))) for each in found)
    candidates = sorted(
        (told(each, PatternType.CO_OCCURRENCE, names) for each, names in pairs),
        key=lambda each: (-each.confidence, each.entities),
    )
    return Candidates(tuple(candidates), TESTS_A_PAIR * size * (size - 1) // 2)


def worthwhile(relation: Relation) -> bool:
    """Whether two things are together more than chance has it, often enough to matter, and not one thing told twice."""
    return (
        len(relation) >= LEAST_SUPPORT
        and relation.share >= LEAST_TOGETHER
        and relation.lift >= LEAST_LIFT
        and relation.excess >= LEAST_EXCESS * relation.opportunities
        and relation.p_value <= RAREST
        and relation.lag_seconds * 1_000 > SOONEST
    )


def _screened(items: Items, table: PairTable, linked: set[frozenset[str]]) -> list[tuple[int, int, int]]:
    """The more frequent item, the other, and the window in which chance would have them together the least likely."""
    size = len(items)
    best, windows = np.full((size, size), LEAST_GAIN), np.zeros((size, size), dtype=np.int64)
    most = np.maximum(table.amounts[:, np.newaxis], table.amounts)
    for window in WINDOWS:
        together = table.followed[window] + table.followed[window].T + table.ties
        chance = table.expected[window] + table.expected[window].T
        good = (together >= LEAST_SUPPORT) & (together >= LEAST_TOGETHER * most)
        good &= (together >= LEAST_LIFT * chance) & (together - chance >= LEAST_EXCESS / 2 * most)
        gained = np.where(good, gain(together, chance), -1.0)
        better = gained > best
        best[better], windows[better] = gained[better], window
    found = []
    for one, other in zip(*(each.tolist() for each in np.nonzero(np.triu(windows))), strict=True):
        entities = frozenset((items.entities[one], items.entities[other]))
        if len(entities) > 1 and entities not in linked:
            more, less = (one, other) if table.amounts[one] >= table.amounts[other] else (other, one)
            found.append((more, less, int(windows[one, other])))
    return found


def _direct(relations: Iterable[Relation], links: list[Relation]) -> list[Relation]:
    """Those of which something is left where no third thing happened that goes with one of the two."""
    kept: list[Relation] = []
    for relation in sorted(relations, key=lambda each: (-each.strength, each.leader, each.follower)):
        if not any(_explains(other, relation) for other in (*links, *kept)):
            kept.append(relation)
    return kept


def _explains(other: Relation, relation: Relation) -> bool:
    pair, theirs = {relation.leader, relation.follower}, {other.leader, other.follower}
    if len(pair & theirs) != 1 or other.strength < relation.strength:
        return False
    third = (theirs - pair).pop()
    if relation.items.entities[third] in {relation.items.entities[each] for each in pair}:
        return False
    return nothing_left(relation, third, other.window) is not False
