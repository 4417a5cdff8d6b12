"""The automation of a wish, as Home Assistant 2026.11 writes it. Whether it is safe is judged elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shared.home import Snapshot
from workers.query.understanding.wishes.wish import Wish
from workers.query.wishing.actions import NotDoable, actions
from workers.query.wishing.conditions import conditions
from workers.query.wishing.states import NotSayable
from workers.query.wishing.triggers import triggers

_LONGEST_ALIAS = 80


@dataclass(frozen=True, slots=True)
class Drafted:
    """An automation: alias, description, triggers, conditions, actions, mode."""

    automation: dict[str, Any]


def drafted(wish: Wish, sentence: str, snapshot: Snapshot) -> Drafted | NotDoable:
    """The automation of a wish; what can't be said or done in this home, where something can't."""
    started = triggers(wish.triggers, snapshot)
    if isinstance(started, NotSayable):
        return started
    held = conditions(wish.conditions, snapshot)
    if isinstance(held, NotSayable):
        return held
    done = actions(wish.steps, snapshot)
    if not isinstance(done, list):
        return done
    said = " ".join(sentence.split())
    return Drafted({
        "alias": _alias(said), "description": said, "triggers": started, "conditions": held, "actions": done,
        "mode": wish.mode,
    })  # fmt: skip


def _alias(said: str) -> str:
    """The sentence as a name: its first words, without the full stop."""
    name = said.rstrip(" .!?")
    if len(name) > _LONGEST_ALIAS:
        name = name[:_LONGEST_ALIAS].rpartition(" ")[0] or name[:_LONGEST_ALIAS]
    return name[:1].upper() + name[1:]
