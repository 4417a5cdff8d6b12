"""What is to be done, as Home Assistant writes actions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shared.home import Snapshot
from workers.query.acting import Deeds, NotAble, NothingToDo, OutOfRange, TooMuch, WhichValue, acted
from workers.query.understanding.reading import Ambiguous
from workers.query.understanding.tokens import plainly
from workers.query.understanding.wishes.wish import Do, Step, Tell, Wait, WaitUntil
from workers.query.wishing.lengths import duration
from workers.query.wishing.states import NotSayable
from workers.query.wishing.triggers import triggers

Node = dict[str, Any]
NotDoable = NotAble | OutOfRange | WhichValue | NothingToDo | TooMuch | Ambiguous | NotSayable
_APP = "mobile_app_"
_PATIENCE = "24:00:00"
"""How long it is waited for something to happen."""


def actions(steps: Sequence[Step], snapshot: Snapshot) -> list[Node] | NotDoable:
    """The actions, one after the other; all of them, or why one can't be."""
    nodes: list[Node] = []
    for each in steps:
        made = _step(each, snapshot)
        if not isinstance(made, list):
            return made
        nodes += made
    return nodes


def _step(step: Step, snapshot: Snapshot) -> list[Node] | NotDoable:
    match step:
        case Do():
            found = acted(step.command, snapshot)
            if not isinstance(found, Deeds):
                return found
            return [each.model_dump(exclude_defaults=True) for each in found.actions]
        case Tell():
            return _told(step, snapshot)
        case Wait():
            return [{"delay": duration(step.length)}]
        case WaitUntil():
            made = triggers([step.trigger], snapshot)
            if isinstance(made, NotSayable):
                return made
            return [{"wait_for_trigger": made, "timeout": _PATIENCE, "continue_on_timeout": True}]


def _told(tell: Tell, snapshot: Snapshot) -> list[Node] | NotSayable:
    """A message by the phones of those who are told, else by what the home has to tell people."""
    services = list(snapshot.registry.services.get("notify", {}))
    phones = [each for each in services if each.startswith(_APP)]
    wanted: list[str] = []
    for person in tell.people if phones else ():
        found = _phones(person, phones, snapshot)
        if not found:
            return NotSayable(person, "notify")
        wanted += found
    if tell.all:
        wanted += phones
    elif tell.me and phones:
        wanted = [phones[0], *wanted]
    others = [each for each in ("notify", "persistent_notification") if each in services]
    chosen = list(dict.fromkeys(wanted)) or [*phones, *others][:1]
    if not chosen:
        return [{"action": "persistent_notification.create", "data": {"message": tell.message}}]
    return [{"action": f"notify.{each}", "data": {"message": tell.message}} for each in chosen]


def _phones(person: str, phones: Sequence[str], snapshot: Snapshot) -> list[str]:
    """The phone of a person, by its name; the first of them, where there are several."""
    name = plainly(snapshot.registry.entities[person].name).replace(" ", "_")
    slug = person.partition(".")[2]
    return [each for each in phones if name in each.split("mobile_app_")[1].split("_") or slug in each][:1]
