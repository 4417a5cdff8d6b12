"""Mirrors: entities that only repeat what others do, as groups and templates. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from workers.pattern.relations.items import Items
from workers.pattern.relations.pair_table import PairTable

REPEATED: Final = 0.9
"""Of the changes of an entity, above which it does nothing of its own."""
A_PART: Final = 0.15
"""Of the changes of an entity, that it must repeat of one of those that it repeats together."""
MOSTLY: Final = 0.5
SAME_STATE: Final = 0.8
"""Of the repetitions of a state of the source, that show one and the same state."""
_LEAD_BITS, _PLACE_BITS = 24, 10
"""How often both changed, who led and which state, in one number: fewer than 2 ** 23 times, of at most 1,024 items."""


def mirrors(items: Items, table: PairTable) -> dict[str, tuple[str, ...]]:
    """For each entity that changes within two seconds of others, each time, whom it repeats.

    Of two that repeat each other the one that is told later is the mirror, or else the one that changed less often, or
    whose name is the later one. What an automation does is no mirror.
    """
    near = _near(items, table)
    changes = {entity_id: len(items.history_of(entity_id)[0]) for entity_id in items.eligible}
    found: dict[str, dict[str, int]] = {}
    for entity_id in sorted(changes, key=lambda name: (changes[name], name)):
        if _automated(items, entity_id):
            continue
        sources = {
            other: total
            for other, (total, lead) in near.get(entity_id, {}).items()
            if other not in found and total >= A_PART * changes[entity_id] and _follows(lead, total, entity_id, other)
        }
        if sum(sources.values()) >= REPEATED * changes[entity_id]:
            found[entity_id] = sources
    return {entity_id: _fewest(sources, changes[entity_id], set(found)) for entity_id, sources in found.items()}


def _fewest(sources: Mapping[str, int], changes: int, others: set[str]) -> tuple[str, ...]:
    """The one source that is enough, where there is one; rather one that is no mirror itself."""
    enough = [name for name, total in sources.items() if total >= REPEATED * changes]
    return tuple(sorted(enough, key=lambda name: (name in others, name))[:1] or sorted(sources))


def told(found: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """The reason for each."""
    return {entity_id: f"it repeats {' and '.join(sources)}" for entity_id, sources in found.items()}


def _follows(lead: int, total: int, entity_id: str, other: str) -> bool:
    """Whether the entity is told after the other one; where neither leads the names decide."""
    if 2 * abs(lead) > total:
        return lead > 0
    return entity_id > other


def _near(items: Items, table: PairTable) -> dict[str, dict[str, tuple[int, int]]]:
    """By entity and other entity how often both changed within two seconds, and how much more often the other led.

    Only what maps a state of the other one to one state counts.
    """
    found: dict[str, dict[str, tuple[int, int]]] = {}
    if not len(items):
        return found
    after = table.technical - table.ties
    together, lead = after + after.T + table.ties, after.T - after
    starts = [place for place, name in enumerate(items.entities) if not place or name != items.entities[place - 1]]
    sums = np.add.reduceat(together, starts, axis=0)
    places = np.arange(len(items), dtype=np.int64)[:, None]
    best = np.maximum.reduceat((together << _LEAD_BITS) + lead << _PLACE_BITS | places, starts, axis=0)
    states = best & ((1 << _PLACE_BITS) - 1)
    fits = (sums > 0) & (np.take_along_axis(together, states, axis=0) >= SAME_STATE * sums)
    for row, other in zip(*(each.tolist() for each in np.nonzero(fits)), strict=True):
        state, name = int(states[row, other]), items.entities[other]
        known = found.setdefault(items.entities[starts[row]], {})
        total, leads = known.get(name, (0, 0))
        known[name] = (total + int(together[state, other]), leads + int(lead[state, other]))
    return found


def _automated(items: Items, entity_id: str) -> bool:
    """Whether automations make most of its changes."""
    flags = [items.automated[place] for place, name in enumerate(items.names) if name.entity_id == entity_id]
    return bool(np.concatenate(flags).mean() > MOSTLY)
