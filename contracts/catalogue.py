"""Everything that is on the wire, in one list: the source of topics, AsyncAPI, access rules and completions."""

from typing import Any

from contracts import (
    acting,
    analysis,
    automation,
    dead_letters,
    health,
    history,
    home,
    past,
    query,
    suggestions,
    synergies,
)
from contracts.model import Message
from contracts.operation import Event, Operation, State

MODULES = (query, suggestions, acting, analysis, synergies, automation, home, past, history, health)

WORKERS: dict[str, str] = {
    "data": "Keeps the home as it is, from Home Assistant's messages and from imports.",
    "query": "Answers questions about the home.",
    "pattern": "Finds what regularly happens in the home.",
    "automation": "Reads and judges automations, and does what a person orders.",
}
"""The workers and what each is for, in the order in which they start."""

OPERATIONS: tuple[Operation[Any, Any], ...] = (
    *(operation for module in MODULES for operation in module.OPERATIONS),
    *(health.health_of(worker) for worker in WORKERS),
)
EVENTS: tuple[Event[Any], ...] = (
    *(event for module in MODULES for event in module.EVENTS),
    *(dead_letters.dead_letters_of(worker) for worker in WORKERS),
)
STATES: tuple[State[Message], ...] = tuple(state for module in MODULES for state in module.STATES)


def operation(name: str) -> Operation[Any, Any] | None:
    """The operation of this name, or None."""
    return next((each for each in OPERATIONS if each.name == name), None)
