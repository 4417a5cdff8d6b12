"""What a wish for an automation was read as: typed, and without a word of Home Assistant's.

Times of day are those of the home's clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time, timedelta

from workers.query.understanding.orders.order import Command
from workers.query.understanding.reading import Question


@dataclass(frozen=True, slots=True)
class SunEvent:
    """Sunset or sunrise, or some time before (below zero) or after it."""

    event: str
    offset: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class EntityTime:
    """The time that an entity holds, such as the next alarm of a phone."""

    entity_id: str
    offset: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Every:
    """Again and again: `length` is the time between."""

    length: timedelta


@dataclass(frozen=True, slots=True)
class Becomes:
    """What a question asks becomes so, and has been so for `lasting`. `before` is the state that it comes from."""

    question: Question
    lasting: timedelta = timedelta()
    before: str | None = None


Trigger = time | SunEvent | EntityTime | Every | Becomes
"""What sets an automation off."""


@dataclass(frozen=True, slots=True)
class Holds:
    """What a question asks is so, or (`negated`) is not, for `lasting`."""

    question: Question
    negated: bool = False
    lasting: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Within:
    """A part of the day; it may go over midnight."""

    after: time | SunEvent | None = None
    before: time | SunEvent | None = None
    negated: bool = False


@dataclass(frozen=True, slots=True)
class OnDays:
    """Days of the week: `mon` to `sun`."""

    days: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Alone:
    """Exactly one of some people is home: the first one who came."""

    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """One of several has to be so."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class All:
    """Each of several has to be so."""

    conditions: tuple[Condition, ...]


Condition = Holds | Within | OnDays | Alone | Either | All
"""What has to be so when an automation is set off."""


@dataclass(frozen=True, slots=True)
class Do:
    """An order that is followed."""

    command: Command


@dataclass(frozen=True, slots=True)
class Tell:
    """A message to people. `people` are person entities; none: whoever asked, or (`all`) everyone."""

    message: str
    people: tuple[str, ...] = ()
    me: bool = True
    all: bool = False


@dataclass(frozen=True, slots=True)
class Wait:
    """A while without anything."""

    length: timedelta


@dataclass(frozen=True, slots=True)
class WaitUntil:
    """Until something happens."""

    trigger: Trigger


Step = Do | Tell | Wait | WaitUntil
"""What an automation does, one after the other."""


@dataclass(frozen=True, slots=True)
class Wish:
    """An automation that somebody wishes for."""

    triggers: tuple[Trigger, ...]
    conditions: tuple[Condition, ...]
    steps: tuple[Step, ...]
    mode: str = "single"
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class MissingPart:
    """What a wish does not say. `what` is `trigger time`, `threshold`, `length`, `action`, `trigger` or `value`.

    An answer takes the place of the words `said`, as `instead` says, or goes to the end of the sentence where `said` is
    empty. `choices` are answers that are usual.
    """

    what: str
    choices: tuple[str, ...] = ()
    said: str = ""
    instead: str = "{}"


@dataclass(frozen=True, slots=True)
class NotPossible:
    """A wish that no automation can fulfil. `why` is `once` (one time only) or `undo` (how it was is unknown)."""

    why: str
