"""Which entities the slots of a match mean: everything that was said has to hold of each."""

from __future__ import annotations

from collections.abc import Iterable

from shared.home import Entity
from workers.query.understanding.scope import Scope
from workers.query.understanding.subjects import Subjects
from workers.query.understanding.upstream.grammar import Match


def scope(match: Match, subjects: Subjects) -> Scope:
    """The place that was said, or the whole home."""
    areas = subjects.registry.areas
    if "area" in match.slots:
        area_id = str(match.slots["area"])
        return Scope(frozenset({area_id}), areas[area_id].name)
    if "floor" in match.slots:
        floor_id = str(match.slots["floor"])
        on_it = frozenset(each.area_id for each in areas.values() if each.floor_id == floor_id)
        return Scope(on_it, subjects.registry.floors[floor_id].name)
    return Scope()


def meant(match: Match, subjects: Subjects, domain: str | None = None) -> tuple[Entity, ...]:
    """The entities of a name, else those of a domain and class, in the place that was said.

    `domain` is what an intent is about where its slots don't say so. Without a name and a domain it is none.
    """
    where = scope(match, subjects)
    domain = match.slots.get("domain", domain)
    if match.by_name:
        found: Iterable[Entity] = match.named
    elif domain is not None:
        found = (each for each in subjects.registry.entities.values() if each.domain == domain)
    else:
        return ()
    classes = str(match.slots.get("device_class", "")).split()
    return tuple(each for each in found if where.holds(each) and (not classes or each.device_class in classes))
