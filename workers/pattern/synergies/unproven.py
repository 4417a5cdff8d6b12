"""Unproven pairs: things that commonly go together, of which the events say something, but not yet enough. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Final

import numpy as np

from shared.home import Registry
from workers.pattern.counts.day_items import DAY
from workers.pattern.counts.pair_counts import SOONEST, WINDOWS
from workers.pattern.relations.certainty import certainty
from workers.pattern.relations.direct import passes
from workers.pattern.relations.items import Items
from workers.pattern.relations.pair_table import PairTable
from workers.pattern.relations.relation import Relation, gain
from workers.pattern.synergies.kinds import actionable, active, kind_of
from workers.pattern.synergies.link import Link
from workers.pattern.synergies.prior import log_odds

LIKELY: Final = 1.5
"""The least log odds of two devices that are looked at without a pattern."""
FEWEST: Final = 5
"""Times that it happened, and days of them, below which the events say nothing of it."""
FEWEST_DAYS: Final = 4
LEAST_LIFT: Final = 1.5
LEAST_SHARE: Final = 0.05
UNLIKELY: Final = 0.001
"""The largest p value: it is that of one test, for few pairs are looked at, and each is expected."""
MOST_PAIRS: Final = 100
"""Pairs that are looked at; of more, those that are the least likely chance."""


def unproven_pairs(
    items: Items,
    table: PairTable,
    registry: Registry | None,
    proven: Sequence[Link],
    *,
    least: float = LIKELY,
    most: int = MOST_PAIRS,
) -> Iterator[tuple[Link, Relation]]:
    """Pairs of entities without a `proven` link, in the states and window in which chance has them the least likely.

    `least` log odds of the kinds and areas let at `most` so many pairs in. What goes by the leader of a proven link is
    no pair of its own. Without a registry nothing is known of areas and device classes, and there are none.
    """
    if registry is None or not len(items):
        return
    known = {frozenset((items.entities[link.leader], items.entities[link.follower])) for link in proven}
    into: dict[int, list[int]] = {}
    for link in proven:
        into.setdefault(link.follower, []).append(link.leader)
    best: dict[tuple[str, str], tuple[float, int, int, int]] = {}
    for leader, follower in _likely(items, table, registry, known, least):
        gained, window = _window(table, leader, follower)
        key = (items.entities[leader], items.entities[follower])
        if gained > 0.0:
            best[key] = max(best.get(key, (0.0, 0, 0, 0)), (gained, leader, follower, window))
    for _, leader, follower, window in sorted(best.values(), reverse=True)[:most]:
        relation = Relation(items, leader, follower, window, ordered=True)
        if _says_something(relation) and not any(passes(relation, third) for third in into.get(follower, ())):
            yield Link(leader, follower, window, certainty(relation)), relation


def _likely(
    items: Items, table: PairTable, registry: Registry, known: Collection[frozenset[str]], least: float
) -> Iterator[tuple[int, int]]:
    """Leaders and followers that commonly go together, in states that do, and that did often enough to look at."""
    kinds = {name: kind_of(name, registry) for name in items.eligible}
    areas = {name: entity.area_id for name in kinds if (entity := registry.entities.get(name))}
    able = np.array([name.entity_id in areas and actionable(*name, registry) for name in items.names])
    often = (table.followed[WINDOWS[-1]] >= FEWEST) & able
    for leader, follower in zip(*(each.tolist() for each in np.nonzero(often)), strict=True):
        (one, state), (other, theirs) = items.names[leader], items.names[follower]
        if one == other or one not in areas or frozenset((one, other)) in known:
            continue
        if log_odds(kinds[one], kinds[other], areas[one], areas[other]) >= least and _agree(
            kinds[one], state, kinds[other], theirs
        ):
            yield leader, follower


def _agree(first: str, state: str, second: str, other: str) -> bool:
    """Whether the states go together: on after motion, off when everybody has left, no heating at an open window."""
    if "cover" in {first, second} or first == "sun":
        return True
    contrary = second == "climate" and first in {"window", "door"}
    return second == "lock" or (active(state) == active(other)) != contrary


def _window(table: PairTable, leader: int, follower: int) -> tuple[float, int]:
    """By how much the counts beat chance in the best window, in log likelihood; negative where they don't."""
    best = (-1.0, 0)
    for window in WINDOWS:
        seen, chance = table.followed[window][leader, follower], table.expected[window][leader, follower]
        if seen >= max(FEWEST, LEAST_LIFT * chance):
            best = max(best, (float(gain(np.asarray(seen), np.asarray(chance))), window))
    return best


def _says_something(relation: Relation) -> bool:
    """Whether it happened now and then, on some days, more often than chance has it and than the other way round."""
    return (
        len(relation) >= FEWEST
        and len(np.unique(relation.found.ends // DAY)) >= FEWEST_DAYS
        and relation.lift >= LEAST_LIFT
        and relation.share >= LEAST_SHARE
        and relation.lag_seconds * 1_000 > SOONEST
        and relation.p_value <= UNLIKELY
        and relation.backward <= len(relation)
    )
