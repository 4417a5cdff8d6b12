"""What an automation does, taken apart: each service, what it reaches, and all that must hold before. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from workers.automation.plan.actions import Action, Repeat
from workers.automation.plan.conditions import Condition
from workers.automation.plan.triggers import Trigger
from workers.automation.safety.chosen import Choice


@dataclass(frozen=True, slots=True)
class Guard:
    """Conditions that all hold (`holds`), or of which at least one does not (an `else`)."""

    conditions: tuple[Condition, ...]
    holds: bool = True


@dataclass(frozen=True)
class Deed:
    """One thing that is done to some entities, wherever in an automation, its scripts and scenes it stands.

    `path` is in the automation, also where it is done by a script; `through` has the scripts, scenes and automations
    between. `starters` has the triggers that may have led to it, once for the automation and once for each wait since.
    `data` has what each field may be. `sources` are the actions it comes from, outermost first, and `later` what
    comes after it in each sequence around it, innermost first.
    """

    path: str
    service: str
    entity_ids: frozenset[str] = frozenset()
    named: frozenset[str] = frozenset()
    """Those of `entity_ids` that are named themselves, not by a group or a place."""
    everything: bool = False
    """Whether it says `all`."""
    open: bool = False
    """Whether its target is chosen when it is run and can't be told: `entity_ids` then holds all it may be."""
    data: Mapping[str, Choice] = field(default_factory=dict)
    templated: bool = False
    """Whether any of its data is a template."""
    guards: tuple[Guard, ...] = ()
    starters: tuple[tuple[Trigger, ...], ...] = ()
    through: tuple[str, ...] = ()
    sources: tuple[Action, ...] = ()
    later: tuple[tuple[Action, ...], ...] = ()

    @property
    def domain(self) -> str:
        """The part of the service before the dot."""
        return self.service.partition(".")[0]

    @property
    def verb(self) -> str:
        """The part of the service after the dot."""
        return self.service.partition(".")[2]

    @property
    def means(self) -> str:
        """How a message says what it goes through: ` (through script.evening)`."""
        return f" (through {', '.join(self.through)})" if self.through else ""


@dataclass(frozen=True, slots=True)
class Loop:
    """A `repeat`, where it stands, and the scripts it stands in."""

    path: str
    repeat: Repeat
    through: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unread:
    """Something whose meaning is chosen when it is run: an action, or its target."""

    path: str
    what: str
    action: bool = False


@dataclass(frozen=True, slots=True)
class Course:
    """All that an automation may do, in the order of its actions."""

    deeds: tuple[Deed, ...] = ()
    loops: tuple[Loop, ...] = ()
    recursions: tuple[tuple[str, str], ...] = ()
    """Scripts that call themselves, each with the path of the action that starts it."""
    unread: tuple[Unread, ...] = ()
    cut: str | None = None
    """The path at which it was given up, because there is too much of it."""
