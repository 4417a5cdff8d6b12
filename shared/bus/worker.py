"""How a worker says what it does: operations it answers, events it acts on, and what runs beside.

The handlers are plain functions. What they take is told by the types of their parameters: the request or event
itself, what belongs to one call (`Call`, `Deadline`, `Transaction`, `Job`), and the resources that the worker was wired
with.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import time
from typing import Any, TypeVar, get_type_hints

from contracts.operation import Event, Operation, State

Function = Callable[..., Awaitable[Any]]
Fn = TypeVar("Fn", bound=Function)


class WiringError(TypeError):
    """A handler asks for something that nobody provides."""


class Worker:
    """What one worker does, by name of its package."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.operations: dict[Operation[Any, Any], Function] = {}
        self.preparations: dict[Operation[Any, Any], Function] = {}
        self.events: dict[Event[Any], Function] = {}
        self.consumed: dict[Event[Any], Function] = {}
        self.daily_functions: dict[str, tuple[time, Function]] = {}
        self.states: dict[State[Any], Function] = {}
        self.background: list[Function] = []
        self.led: list[Function] = []

    def handles(self, operation: Operation[Any, Any]) -> Callable[[Fn], Fn]:
        """Answer an operation: the return value is the reply, an exception an error reply.

        An effect's handler runs inside its `Transaction`. A long operation's takes what its preparation gave, and
        returns the fields of the operation's `done` event.
        """

        def register(function: Fn) -> Fn:
            self._own(operation)
            self.operations[operation] = function
            return function

        return register

    def prepares(self, operation: Operation[Any, Any]) -> Callable[[Fn], Fn]:
        """Do what takes long or reaches outside, before an effect's handler and outside of its transaction.

        The handler gets what it returns, told by the type of the return value.
        """

        def register(function: Fn) -> Fn:
            self._own(operation)
            self.preparations[operation] = function
            return function

        return register

    def on(self, event: Event[Any], *, each: bool = False) -> Callable[[Fn], Fn]:
        """Act on an event once per worker, missing none: in a transaction that also moves the worker's cursor.

        With `each`, in every instance and outside of any transaction; what is missed while offline is missed.
        """

        def register(function: Fn) -> Fn:
            if event in self.events or event in self.consumed:
                raise WiringError(f"the {self.name} worker acts on {event.name} already")
            (self.events if each else self.consumed)[event] = function
            return function

        return register

    def daily(self, *, at: str) -> Callable[[Fn], Fn]:
        """Do it daily at a local time of the home (`HH:MM`), in one transaction; made up when the machine slept."""

        def register(function: Fn) -> Fn:
            self.daily_functions[function.__name__] = (time.fromisoformat(at), function)
            return function

        return register

    def retains(self, state: State[Any]) -> Callable[[Fn], Fn]:
        """Give the state as it is now, or None: published, retained, at each connect and whenever it is renewed."""

        def register(function: Fn) -> Fn:
            self.states[state] = function
            return function

        return register

    def beside(self, function: Fn) -> Fn:
        """Run it for as long as the worker serves; it is started again when it fails."""
        self.background.append(function)
        return function

    def leading(self, function: Fn) -> Fn:
        """Run it in the instance that leads, for as long as it does; it is started again when it fails."""
        self.led.append(function)
        return function

    def _own(self, operation: Operation[Any, Any]) -> None:
        if operation.worker != self.name:
            raise WiringError(f"{operation.name} belongs to the {operation.worker} worker, not to {self.name}")

    @property
    def leads_something(self) -> bool:
        """Whether there is anything that only one of its instances may do."""
        effects = any(operation.effect for operation in self.operations)
        return effects or bool(self.consumed or self.daily_functions or self.states or self.led)


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


def given_by(function: Function) -> tuple[type, ...]:
    """The type of what a preparation gives; empty where it gives nothing. Raises WiringError."""
    kind = get_type_hints(function).get("return", type(None))
    if kind is type(None):
        return ()
    if not isinstance(kind, type):
        raise WiringError(f"{function.__name__}: what it returns must be of one class, not {kind}")
    return (kind,)
