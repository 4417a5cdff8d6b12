"""A service of Home Assistant as it describes itself: fields with their selectors, target, response. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class ServiceField:
    """A field of a service; `selector` is as Home Assistant describes it: `{"number": {"min": 0, "max": 100}}`."""

    name: str
    required: bool = False
    selector: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Service:
    """What a service takes and gives.

    `described` is whether Home Assistant told its fields: many services take fields that they do not tell. `target` is
    None where it takes none, else the entities that it is for (`{"entity": [{"domain": ["light"]}]}`). `response` is
    None where it gives none, else `optional` or `only`.
    """

    name: str
    fields: Mapping[str, ServiceField] = field(default_factory=dict)
    described: bool = False
    target: Mapping[str, Any] | None = None
    response: str | None = None

    @classmethod
    def of(cls, name: str, description: Mapping[str, Any]) -> Service:
        """A service from its description in Home Assistant's list of services; what can't be read is left out."""
        fields = description.get("fields")
        target = description.get("target")
        response = description.get("response")
        return cls(
            name=name,
            fields=_fields(fields) if isinstance(fields, Mapping) else {},
            described=isinstance(fields, Mapping),
            target=(target if isinstance(target, Mapping) else {}) if "target" in description else None,
            response=_response(response),
        )

    @property
    def domain(self) -> str:
        """The part before the dot."""
        return self.name.partition(".")[0]

    @property
    def target_domains(self) -> frozenset[str] | None:
        """The domains of the entities that it is for; None where it is for any, or takes no target."""
        entities = (self.target or {}).get("entity")
        entities = [entities] if isinstance(entities, Mapping) else entities
        if not isinstance(entities, (list, tuple)) or not entities:
            return None
        found: set[str] = set()
        for each in entities:
            domains = each.get("domain") if isinstance(each, Mapping) else None
            if not domains:
                return None
            found.update([domains] if isinstance(domains, str) else domains)
        return frozenset(found)


def _response(described: Any) -> str | None:
    if described is None:
        return None
    return "only" if isinstance(described, Mapping) and described.get("optional") is False else "optional"


def _fields(described: Mapping[str, Any]) -> dict[str, ServiceField]:
    """The fields, those of sections (`advanced_fields: {fields: …}`) among them."""
    found: dict[str, ServiceField] = {}
    for name, each in described.items():
        told = each if isinstance(each, Mapping) else {}
        if isinstance(inner := told.get("fields"), Mapping):
            found |= _fields(inner)
            continue
        selector = told.get("selector")
        found[str(name)] = ServiceField(
            str(name), told.get("required") is True, selector if isinstance(selector, Mapping) else {}
        )
    return found
