"""What is so: the value of an answer and what it rests on. Pure numbers and ids; the words come later."""

from dataclasses import dataclass, field

from shared.home import Snapshot
from workers.query.meanings.measures import Amount
from workers.query.meanings.states import said

Value = bool | int | float | str | list[str] | None


@dataclass(frozen=True, slots=True)
class Finding:
    """The value of an answer and what it rests on."""

    value: Value = None
    unit: str | None = None
    at: str | None = None
    about: tuple[str, ...] = ()
    """What the value speaks of: for "which" exactly the answer."""
    evidence: tuple[str, ...] = ()
    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    """Entities of which the home does not know."""
    amounts: dict[str, Amount] = field(default_factory=dict)
    understood: bool = True
    """False where the state asked for is none that the thing can have."""


def home_unit(snapshot: Snapshot) -> str:
    """The temperature unit of the home: that of its first thermometer."""
    for entity in snapshot.entities():
        if entity.device_class == "temperature" and entity.domain == "sensor":
            state = snapshot.state(entity.entity_id)
            unit = state.attributes.get("unit_of_measurement") if state else None
            if unit:
                return str(unit)
    return "°C"


def word_for(snapshot: Snapshot, entity_id: str) -> str:
    """The state of an entity as a word: "open" for the contact of a door that is on."""
    state = snapshot.state(entity_id)
    return said(snapshot.registry.entities[entity_id], state.state) if state else "unknown"


def since(snapshot: Snapshot, ids: tuple[str, ...]) -> str | None:
    """When the one of some entities became what it is, in ISO 8601; None for several."""
    state = snapshot.state(ids[0]) if len(ids) == 1 else None
    return state.last_changed.isoformat() if state and state.last_changed else None


def is_known(snapshot: Snapshot, entity_id: str) -> bool:
    """Whether the state of an entity says anything."""
    state = snapshot.state(entity_id)
    return state is not None and state.known


def besides_these(ids: tuple[str, ...], besides: tuple[str, ...]) -> tuple[str, ...]:
    """Those of some entities that are not among others."""
    return tuple(each for each in ids if each not in besides)
