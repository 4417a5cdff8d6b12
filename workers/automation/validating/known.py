"""What of a home can be named: entities, devices, areas, floors and labels, with the nearest to a wrong one. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from workers.automation.finding import Code, Finding, Fix, Severity
from workers.automation.home_view import HomeView
from workers.automation.plan.actions import CallService
from workers.automation.plan.node import Node
from workers.automation.plan.plan import Plan
from workers.automation.plan.walk import walk
from workers.automation.validating.nearest import nearest
from workers.automation.validating.places import TemplatePlace, known_text, templates

ALWAYS = frozenset({"sun.sun", "zone.home"})
"""Entities that every Home Assistant has, whether an import tells of them or not."""
MOST_SEARCHES = 25
"""Unknown ids of one plan for which the nearest one is looked for."""
_REGISTRY_ID = re.compile(r"[0-9a-f]{32}")
_MADE_BY = {
    "scene.create": ("scene", "scene_id"),
    "group.set": ("group", "object_id"),
}


@dataclass(frozen=True)
class Known:
    """What a plan may name: what is in the home, what the plan makes itself, and itself."""

    home: HomeView
    nodes: tuple[Node, ...] = ()
    places: tuple[TemplatePlace, ...] = ()
    own: frozenset[str] = frozenset()
    ordered: bool = False
    """Whether a person orders it now: what Home Assistant would clamp or pass over is wrong then."""
    searches: Iterator[int] = field(default_factory=lambda: iter(range(MOST_SEARCHES)))

    @classmethod
    def of(cls, plan: Plan, home: HomeView, *, ordered: bool = False) -> Known:
        """The things that a plan may name; `nodes` are all its parts, `places` all its templates."""
        nodes = tuple(walk(plan))
        return cls(home, nodes, tuple(templates(nodes)), frozenset(_made(nodes)) | ALWAYS | _itself(plan), ordered)

    def nearest(self, wrong: str, known: Iterable[str]) -> str | None:
        """What a wrong id was sure to be meant as; only the first few of a plan are looked for."""
        return None if next(self.searches, None) is None else nearest(wrong, known)

    @property
    def judged(self) -> bool:
        """Whether anything is known of the home: else nothing in it can be unknown."""
        return bool(self.home.entity_ids)

    def has_entity(self, entity_id: str) -> bool:
        """Whether there is such an entity; ids of the registry (32 digits) are not seen here, and pass."""
        small = entity_id.lower()
        return small in self.home.entity_ids or small in self.own or _REGISTRY_ID.fullmatch(small) is not None

    def entity(self, entity_id: str, path: str, severity: Severity = Severity.ERROR) -> Finding | None:
        """What to say of an entity that is named; None where it is there."""
        if not self.judged or self.has_entity(entity_id):
            return None
        domain = entity_id.partition(".")[0].lower()
        better = self.nearest(entity_id, self.home.ids_by_domain.get(domain) or sorted(self.home.entity_ids))
        return _unknown(f"There is no entity {entity_id}", better, path, severity)

    def thing(self, kind: str, thing_id: str, path: str, severity: Severity = Severity.ERROR) -> Finding | None:
        """What to say of a `device`, `area`, `floor` or `label` that is named by its id; None where it is there."""
        things = self._things(kind)
        if not self.judged or thing_id in things:
            return None
        named = [key for key, each in things.items() if getattr(each, "name", "").lower() == thing_id.lower()]
        better = named[0] if len(named) == 1 else self.nearest(thing_id, things)
        return _unknown(f"There is no {kind} with the id {thing_id}", better, path, severity)

    def in_template(self, kind: str, name: str) -> bool:
        """Whether a template finds it: there an area, a floor and a label go by their names, too."""
        if not self.judged:
            return True
        if kind == "entity":
            return self.has_entity(name)
        things = self._things(kind)
        return name in things or any(name.lower() in _names(each) for each in things.values())

    def _things(self, kind: str) -> Mapping[str, Any]:
        registry = self.home.registry
        return {
            "device": registry.devices,
            "area": registry.areas,
            "floor": registry.floors,
            "label": registry.labels,
        }[kind]


def _names(thing: Any) -> list[str]:
    return [each.lower() for each in (thing.name, *getattr(thing, "aliases", ()))]


def _unknown(said: str, better: str | None, path: str, severity: Severity) -> Finding:
    hint = f"; did you mean {better}?" if better else "; name one that there is."
    fix = Fix(path=path, value=better) if better else None
    return Finding(code=Code.UNKNOWN_ENTITY, severity=severity, path=path, message=said[:300] + hint, fix=fix)


def _made(nodes: Iterable[Node]) -> Iterator[str]:
    """The entities that a plan makes when it runs."""
    for action in nodes:
        if isinstance(action, CallService) and action.action in _MADE_BY and isinstance(action.data, Mapping):
            domain, key = _MADE_BY[action.action]
            if name := known_text(action.data.get(key)):
                yield f"{domain}.{name}"


def _itself(plan: Plan) -> frozenset[str]:
    alias = known_text(plan.alias)
    slug = re.sub(r"[^a-z0-9]+", "_", alias.lower()).strip("_") if alias else ""
    return frozenset({f"automation.{slug}"} if slug else ())
