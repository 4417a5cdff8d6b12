"""What sets an automation off, as Home Assistant writes triggers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time, timedelta
from typing import Any

from shared.home import Snapshot
from workers.query.understanding.wishes.wish import Becomes, EntityTime, Every, SunEvent, Trigger
from workers.query.wishing.lengths import clock, duration
from workers.query.wishing.states import Limit, NotSayable, Raw, of_each, own_words, told

Node = dict[str, Any]
_HOUR, _MINUTE = 3600, 60
_STATELESS = ("unavailable", "unknown")


def triggers(found: Sequence[Trigger], snapshot: Snapshot) -> list[Node] | NotSayable:
    """The triggers, each of which sets it off."""
    nodes: list[Node] = []
    for each in found:
        made = _trigger(each, snapshot)
        if isinstance(made, NotSayable):
            return made
        nodes += made
    return nodes


def _trigger(trigger: Trigger, snapshot: Snapshot) -> list[Node] | NotSayable:
    match trigger:
        case time():
            return [{"trigger": "time", "at": clock(trigger)}]
        case SunEvent():
            node: Node = {"trigger": "sun", "event": trigger.event}
            return [node | ({"offset": duration(trigger.offset)} if trigger.offset else {})]
        case EntityTime():
            offset = trigger.offset
            at = {"entity_id": trigger.entity_id, "offset": duration(offset)} if offset else trigger.entity_id
            return [{"trigger": "time", "at": at}]
        case Every():
            return _every(trigger)
        case Becomes():
            return _becomes(trigger, snapshot)


def _every(trigger: Every) -> list[Node] | NotSayable:
    """Every so many seconds, minutes or hours, where they go evenly into the next larger."""
    seconds = int(trigger.length.total_seconds())
    for unit, size, whole in (("hours", _HOUR, 24), ("minutes", _MINUTE, 60), ("seconds", 1, 60)):
        count, rest = divmod(seconds, size)
        if count and not rest and count <= whole:
            return [{"trigger": "time_pattern", unit: f"/{count}"}]
    return NotSayable("", str(trigger.length))


def _becomes(trigger: Becomes, snapshot: Snapshot) -> list[Node] | NotSayable:
    """One trigger for all entities that come to the same."""
    said = of_each(trigger.question)
    groups: dict[tuple[Raw | Limit, str | None], list[str]] = {}
    for entity_id in trigger.question.subject.entities:
        meaning = told(said, entity_id, snapshot, change=True)
        if isinstance(meaning, NotSayable):
            return meaning
        before = trigger.before
        if before is not None:
            before = own_words(before, snapshot.registry.entities[entity_id], snapshot)
            if before is None:
                return NotSayable(entity_id, trigger.before or "")
        groups.setdefault((meaning, before), []).append(entity_id)
    return [_node(ids, meaning, before, trigger.lasting) for (meaning, before), ids in groups.items()]


def _node(ids: list[str], meaning: Raw | Limit, before: str | None, lasting: timedelta) -> Node:
    node: Node
    if isinstance(meaning, Limit):
        node = {"trigger": "numeric_state", "entity_id": ids}
        node |= {"attribute": meaning.attribute} if meaning.attribute else {}
        node |= {key: value for key in ("above", "below") if (value := getattr(meaning, key)) is not None}
    else:
        node = {"trigger": "state", "entity_id": ids}
        node |= {"attribute": meaning.attribute} if meaning.attribute else {}
        node |= _leaving(meaning.states) if meaning.but else _reaching(meaning.states, before, ids)
    return node | ({"for": duration(lasting)} if lasting else {})


def _leaving(states: Sequence[str]) -> Node:
    """From some states to any other, but not from one of them to the next, and not to none at all."""
    before = states[0] if len(states) == 1 else list(states)
    return {"from": before, "not_to": [*(states if len(states) > 1 else ()), *_STATELESS]}


def _reaching(states: Sequence[str], before: str | None, ids: Sequence[str]) -> Node:
    """To one of some states; a player that is on, pauses and goes on was on before."""
    to: Node = {"to": states[0] if len(states) == 1 else list(states)}
    if before is not None:
        return to | {"from": before}
    players = all(each.startswith("media_player.") for each in ids)
    return to | ({"not_from": list(states)} if players and len(states) > 1 else {})
