"""How a relation of two things is told as a pattern. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from contracts.analysis import PatternType
from workers.pattern.candidate import Candidate
from workers.pattern.counts.day_items import Item
from workers.pattern.relations.certainty import certainty
from workers.pattern.relations.evidence import wilson_lower
from workers.pattern.relations.relation import Relation, replicated

SHARES: Final = {PatternType.TRIGGER: "follow_share", PatternType.CO_OCCURRENCE: "together_share"}
"""What the share of the opportunities that came to an occurrence is called."""


def told(relation: Relation, kind: PatternType, names: Sequence[Item]) -> Candidate:
    """The candidate of a trigger or a co-occurrence, its two items in the order in which they are told."""
    low = wilson_lower(len(relation), relation.opportunities)
    return Candidate(
        pattern_type=kind,
        entities=tuple(name.entity_id for name in names),
        detail={
            "states": [name.state for name in names],
            "lag_seconds": [round(relation.lag_seconds, 3)],
            "window_seconds": relation.window / 1_000,
            SHARES[kind]: round(relation.share, 4),
            f"{SHARES[kind]}_low": round(low, 4),
            "opportunities": relation.opportunities,
            "lift": round(relation.lift, 2),
            "expected": round(relation.expected, 2),
        },
        support=len(relation),
        first_seen=float(relation.found.starts[0]) / 1_000,
        last_seen=float(relation.found.ends[-1]) / 1_000,
        confidence=certainty(relation),
        p_value=relation.p_value,
        automated=relation.automated,
        replicated=replicated(relation),
    )
