"""How a worker says what it does: operations it answers, events it acts on, and what runs beside.

The handlers are plain functions. What they take is told by the types of their parameters: the request or event
itself, `Deadline` and `Call`, and the resources that the worker was wired with.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, get_type_hints

from contracts.operation import Event, Operation

Function = Callable[..., Awaitable[Any]]
Fn = TypeVar("Fn", bound=Function)


class WiringError(TypeError):
    """A handler asks for something that nobody provides."""


class Worker:
    """What one worker does, by name of its package."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.operations: dict[Operation[Any, Any], Function] = {}
        self.events: dict[Event[Any], Function] = {}
        self.background: list[Function] = []

    def handles(self, operation: Operation[Any, Any]) -> Callable[[Fn], Fn]:
        """Answer an operation: the return value is the reply, an exception an error reply."""
        if operation.worker != self.name:
            raise WiringError(f"{operation.name} belongs to the {operation.worker} worker, not to {self.name}")

        def register(function: Fn) -> Fn:
            self.operations[operation] = function
            return function

        return register

    def on(self, event: Event[Any], *, each: Literal[True]) -> Callable[[Fn], Fn]:  # noqa: ARG002
        """Act on an event, in every instance of the worker; what is missed while offline is missed."""

        def register(function: Fn) -> Fn:
            self.events[event] = function
            return function

        return register

    def beside(self, function: Fn) -> Fn:
        """Run it for as long as the worker serves; it is started again when it fails."""
        self.background.append(function)
        return function


@dataclass(frozen=True, slots=True)
class Bound:
    """A function with its resources filled in; `call` adds what belongs to one message."""

    function: Function
    resources: Mapping[str, Any]
    per_call: Mapping[str, type]

    def call(self, *offered: Any) -> Awaitable[Any]:
        """Call it with those of the offered objects that it asks for, told by type."""
        chosen = {
            name: next(each for each in offered if isinstance(each, kind)) for name, kind in self.per_call.items()
        }
        return self.function(**self.resources, **chosen)


def bind(function: Function, resources: Mapping[type, Any], per_call: tuple[type, ...] = ()) -> Bound:
    """Fill in a function's resources by the types of its parameters. Raises WiringError."""
    hints = get_type_hints(function)
    filled: dict[str, Any] = {}
    open_: dict[str, type] = {}
    for name in inspect.signature(function).parameters:
        kind = hints.get(name)
        if kind is None:
            raise WiringError(f"{function.__name__}: parameter {name} has no type")
        if kind in per_call:
            open_[name] = kind
        elif kind in resources:
            filled[name] = resources[kind]
        else:
            raise WiringError(f"{function.__name__}: nobody provides {name}: {kind}")
    return Bound(function, filled, open_)
