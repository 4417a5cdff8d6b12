"""Where: the areas that a sentence limits itself to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from shared.home import Area, Entity, Registry
from workers.query.understanding.cuts import Span
from workers.query.understanding.draft import Draft
from workers.query.understanding.lexicon import Lexicon, Role
from workers.query.understanding.names import Found
from workers.query.understanding.tokens import plainly


@dataclass(frozen=True, slots=True)
class Scope:
    """Some areas, or (`areas` None) the whole home. `label` is their name for the answer."""

    areas: frozenset[str] | None = None
    label: str | None = None
    whole: bool = False
    """Whether the sentence said "in the whole house"."""
    outside: bool = False
    inside: bool = False
    parts: tuple[frozenset[str], ...] = ()
    """The areas of each of several places that an "and" joins."""
    nowhere: bool = False
    """Whether several places were said that have nothing in common."""

    def holds(self, entity: Entity) -> bool:
        """Whether an entity is there."""
        return self.areas is None or entity.area_id in self.areas


class Places:
    """Finds the scope of a draft in one home."""

    def __init__(self, registry: Registry, lexicon: Lexicon) -> None:
        self._registry = registry
        outdoor = lexicon.alone[Role.OUTDOOR_NAME]
        self.outdoor = frozenset(
            area.area_id for area in registry.areas.values() if any(plainly(name) in outdoor for name in _names(area))
        )
        self._levels = {floor.floor_id: floor.level for floor in registry.floors.values()}

    def scope(self, draft: Draft, area_id: str | None, remembered: Sequence[str] = ()) -> Scope | None:
        """The scope of a draft; None where it says "here" and nobody told where that is.

        "There" is where what was spoken of before is (`remembered`).
        """
        if "there" in draft.spots:
            areas = {self._registry.entities[each].area_id for each in remembered}
            known = [each for each in areas if each is not None]
            return self._areas(known) if known else None
        if "here" in draft.spots:
            if area_id not in self._registry.areas:
                return None
            return self._areas([area_id]) if area_id else None
        spots = [self._spot(each) for each in draft.spots]
        if draft.joining("place"):
            scopes = [*(self._place(span.item) for span in draft.places if isinstance(span.item, Found)), *spots]
            return self._all_of(scopes, apart=draft.joining("place", "and"))
        found = self.named(draft.places)
        for spot in spots:
            found = _meet(found, spot)
        return found

    def _all_of(self, scopes: Sequence[Scope], *, apart: bool) -> Scope:
        """Several places together; `apart` where each counts for itself."""
        if any(each.areas is None for each in scopes):
            return Scope(nowhere=True)
        parts = tuple(each.areas for each in scopes if each.areas is not None)
        label = " and ".join(dict.fromkeys(each.label for each in scopes if each.label))
        return Scope(frozenset[str]().union(*parts), label or None, parts=parts if apart else ())

    def named(self, places: Iterable[Span]) -> Scope:
        """The scope of named places: where they meet."""
        scopes = [self._place(span.item) for span in places if isinstance(span.item, Found)]
        found = Scope()
        for scope in scopes:
            found = _meet(found, scope)
        return found

    def _place(self, place: Found) -> Scope:
        if place.areas:
            return self._areas(place.areas)
        labels = [self._registry.floors[each].name for each in place.floors]
        return Scope(self._on_floors(place.floors), labels[0])

    def _areas(self, areas: Iterable[str]) -> Scope:
        ids = list(dict.fromkeys(areas))
        labels = dict.fromkeys(self._registry.areas[each].name for each in ids)
        return Scope(frozenset(ids), ", ".join(labels))

    def _on_floors(self, floors: Iterable[str]) -> frozenset[str]:
        wanted = set(floors)
        return frozenset(area.area_id for area in self._registry.areas.values() if area.floor_id in wanted)

    def _spot(self, spot: str) -> Scope:
        if spot == "outside":
            return Scope(self.outdoor, "outside", outside=True)
        if spot == "inside":
            return Scope(None, None, whole=True, inside=True)
        if spot in {"everywhere", "throughout"}:
            return Scope(whole=True)
        wanted = [floor for floor, level in self._levels.items() if level is not None and _on_level(spot, level)]
        return Scope(self._on_floors(wanted), spot)


def _on_level(spot: str, level: int) -> bool:
    if spot == "upstairs":
        return level > 0
    return level == 0 if spot == "downstairs" else level < 0


def _meet(one: Scope, other: Scope) -> Scope:
    if one.areas is None or other.areas is None:
        areas = one.areas if other.areas is None else other.areas
    else:
        areas = one.areas & other.areas
    labels = [each for each in (one.label, other.label) if each]
    return Scope(
        areas,
        " ".join(labels) or None,
        one.whole or other.whole,
        one.outside or other.outside,
        one.inside or other.inside,
        nowhere=one.nowhere or other.nowhere or _apart(one, other),
    )


def _apart(one: Scope, other: Scope) -> bool:
    """Whether two places that both exist have nothing in common."""
    return bool(one.areas and other.areas and not one.areas & other.areas)


def _names(area: Area) -> tuple[str, ...]:
    return (area.name, *area.aliases)
