"""What a sentence orders: a deed, the things it is done to, and what they are to be set to. Knows no services."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Deed(StrEnum):
    """What is to be done."""

    ON = "on"
    OFF = "off"
    TOGGLE = "toggle"
    SET = "set"
    OPEN = "open"
    CLOSE = "close"
    LOCK = "lock"
    UNLOCK = "unlock"
    START = "start"
    STOP = "stop"
    PAUSE = "pause"
    PLAY = "play"
    NEXT = "next"
    PREVIOUS = "previous"
    MUTE = "mute"
    UNMUTE = "unmute"
    DOCK = "dock"
    LOCATE = "locate"
    ACTIVATE = "activate"
    ARM = "arm"
    DISARM = "disarm"
    PRESS = "press"
    CANCEL = "cancel"
    LEAVE = "leave"  # as it is: left out of what was ordered before


@dataclass(frozen=True, slots=True)
class Setting:
    """One value that was said. `what` is empty where only the number was: "set the lamp to 50".

    `value` is a number or a word; `unit` one of percent, degrees, fahrenheit, kelvin or empty. A `step` is relative:
    the value is how much more or less, None where it was not said.
    """

    what: str = ""
    value: float | str | None = None
    unit: str = ""
    step: int = 0
    """1 for more, -1 for less, 0 for a value of its own."""


@dataclass(frozen=True, slots=True)
class Order:
    """One deed on some entities.

    `only` is a state that they must be in ("close the *open* windows"). `everything` is whether no kind and no place
    was said, `sweeping` whether it was with an exception. `implied` is whether no thing was said at all: of several it
    is that which is active. `place` is the name of the place for the answer.
    """

    deed: Deed
    entities: tuple[str, ...]
    settings: tuple[Setting, ...] = ()
    only: str | None = None
    everything: bool = False
    implied: bool = False
    sweeping: bool = False
    place: str | None = None
    said: str = ""
    """The words of the things."""


@dataclass(frozen=True, slots=True)
class Command:
    """A sentence that orders something: all of its orders, in their sequence."""

    orders: tuple[Order, ...]
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Missing:
    """An order that lacks a part. `what` is `things`, `value` or `kind` (a place alone: its lights, or everything?)."""

    what: str
    deed: Deed | None = None
    entities: tuple[str, ...] = ()
    place: str | None = None


@dataclass(frozen=True, slots=True)
class CannotBe:
    """An order that the named things can't follow: a lamp is never locked."""

    deed: Deed
    entities: tuple[str, ...]
    said: str = ""
