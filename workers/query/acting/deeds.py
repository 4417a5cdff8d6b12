"""What became of orders: the actions, or why there are none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from contracts.acting import Action
from workers.query.understanding.orders.order import Deed


@dataclass(frozen=True, slots=True)
class Call:
    """One service for one entity; `data` has only what was said."""

    service: str
    data: tuple[tuple[str, Any], ...] = ()

    @classmethod
    def of(cls, service: str, **data: Any) -> Call:
        """A call with its data."""
        return cls(service, tuple(data.items()))


@dataclass(frozen=True, slots=True)
class Deeds:
    """The actions of a command, in their sequence; `entities` is all they are done to."""

    actions: tuple[Action, ...]
    entities: tuple[str, ...]
    left_out: tuple[str, ...] = ()
    """Entities of a plural that can't follow."""


@dataclass(frozen=True, slots=True)
class NotAble:
    """That entities can't do what was ordered; `what` is the setting, else the deed."""

    entities: tuple[str, ...]
    deed: Deed
    what: str = ""
    value: str = ""
    choices: tuple[str, ...] = ()
    """What they can be set to, where that is known."""


@dataclass(frozen=True, slots=True)
class OutOfRange:
    """A value that an entity does not take: it is refused, never clamped."""

    entity_id: str
    what: str
    value: float
    low: float
    high: float
    unit: str = ""


@dataclass(frozen=True, slots=True)
class WhichValue:
    """A value is missing; `choices` are ready ones."""

    entity_id: str
    what: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NothingToDo:
    """None of the things is in the state that was said: no open blind to be closed."""

    only: str
    entities: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TooMuch:
    """Everything in the home, without an exception: it is never switched."""

    deed: Deed


Trouble = NotAble | OutOfRange | WhichValue
