"""One entity as an order meets it: its domain, its state, and what its attributes say that it can do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.home import Snapshot


@dataclass(frozen=True, slots=True)
class Thing:
    """An entity and its attributes; `services` are those of its domain, empty where none are known."""

    entity_id: str
    domain: str
    state: str
    attributes: Mapping[str, Any]
    services: frozenset[str]
    device_class: str | None = None

    @classmethod
    def of(cls, entity_id: str, snapshot: Snapshot) -> Thing:
        """The entity of a snapshot."""
        domain = entity_id.partition(".")[0]
        state, entity = snapshot.states.get(entity_id), snapshot.registry.entities.get(entity_id)
        return cls(
            entity_id,
            domain,
            state.state if state is not None else "unknown",
            state.attributes if state is not None else {},
            frozenset(snapshot.registry.services.get(domain, {})),
            entity.device_class if entity is not None else None,
        )

    def number(self, name: str) -> float | None:
        """An attribute that is a number."""
        value = self.attributes.get(name)
        return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None

    def listed(self, name: str) -> tuple[str, ...]:
        """An attribute that is a list of words."""
        value = self.attributes.get(name)
        return tuple(str(each) for each in value) if isinstance(value, (list, tuple)) else ()

    def limits(self, low: str, high: str, otherwise: tuple[float, float]) -> tuple[float, float]:
        """The range that two attributes tell."""
        least, most = self.number(low), self.number(high)
        return (otherwise[0] if least is None else least, otherwise[1] if most is None else most)

    @property
    def color_modes(self) -> frozenset[str] | None:
        """The colour modes of a light; None where it does not tell."""
        modes = self.listed("supported_color_modes")
        return frozenset(modes) if modes else None
