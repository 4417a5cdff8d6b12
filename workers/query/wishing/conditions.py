"""What has to be so, as Home Assistant writes conditions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import time, timedelta
from typing import Any

from shared.home import Snapshot
from workers.query.understanding.wishes.setting import of_all
from workers.query.understanding.wishes.wish import (
    All,
    Alone,
    Condition,
    Either,
    Holds,
    OnDays,
    SunEvent,
    Within,
)
from workers.query.wishing.lengths import clock, duration
from workers.query.wishing.states import Limit, NotSayable, Raw, of_each, told

Node = dict[str, Any]


def conditions(found: Sequence[Condition], snapshot: Snapshot) -> list[Node] | NotSayable:
    """The conditions, all of which have to hold."""
    nodes: list[Node] = []
    for each in found:
        made = _condition(each, snapshot)
        if isinstance(made, NotSayable):
            return made
        nodes += made
    return nodes


def _condition(condition: Condition, snapshot: Snapshot) -> list[Node] | NotSayable:
    match condition:
        case OnDays():
            return [{"condition": "time", "weekday": list(condition.days)}]
        case Within():
            return _denied([_within(condition, snapshot)], negated=condition.negated)
        case Alone():
            return [_alone(condition.people)]
        case Either() | All():
            return _several(condition, snapshot)
        case Holds():
            return _holds(condition, snapshot)


def _several(condition: Either | All, snapshot: Snapshot) -> list[Node] | NotSayable:
    parts: list[list[Node]] = []
    for each in condition.conditions:
        made = _condition(each, snapshot)
        if isinstance(made, NotSayable):
            return made
        parts.append(made)
    if isinstance(condition, All):
        return [node for part in parts for node in part]
    return [{"condition": "or", "conditions": [_one(part) for part in parts]}]


def _one(nodes: list[Node]) -> Node:
    return nodes[0] if len(nodes) == 1 else {"condition": "and", "conditions": nodes}


def _denied(nodes: list[Node], *, negated: bool) -> list[Node]:
    """What must not be so; of two states the other one has to be."""
    return [{"condition": "not", "conditions": [_one(nodes)]}] if negated else nodes


def _holds(condition: Holds, snapshot: Snapshot) -> list[Node] | NotSayable:
    """What is asked of several has to be so of all or of one of them; denied, it is the other way round."""
    nodes: list[Node] = []
    said = of_each(condition.question)
    limited = said.predicate.threshold is not None
    if condition.negated and not limited:
        said = replace(said, predicate=replace(said.predicate, negated=not said.predicate.negated))
    for entity_id in said.subject.entities:
        meaning = told(said, entity_id, snapshot, change=False)
        if isinstance(meaning, NotSayable):
            return meaning
        nodes += _denied([_node(entity_id, meaning, condition.lasting)], negated=condition.negated and limited)
    if len(nodes) == 1 or of_all(condition.question) is not condition.negated:
        return nodes
    return [{"condition": "or", "conditions": nodes}]


def _node(entity_id: str, meaning: Raw | Limit, lasting: timedelta) -> Node:
    node: Node
    if isinstance(meaning, Limit):
        node = {"condition": "numeric_state", "entity_id": [entity_id]}
        node |= {"attribute": meaning.attribute} if meaning.attribute else {}
        return node | {key: value for key in ("above", "below") if (value := getattr(meaning, key)) is not None}
    state = meaning.states[0] if len(meaning.states) == 1 else list(meaning.states)
    node = {"condition": "state", "entity_id": [entity_id]}
    node |= {"attribute": meaning.attribute} if meaning.attribute else {}
    node |= {"state": state}
    node |= {"for": duration(lasting)} if lasting else {}
    return {"condition": "not", "conditions": [node]} if meaning.but else node


def _within(within: Within, snapshot: Snapshot) -> Node:
    bounds = (within.after, within.before)
    if bounds == (SunEvent("sunset"), SunEvent("sunrise")):
        return _sun(snapshot, "below_horizon", ("after", "sunset"), ("before", "sunrise"), "or")
    if bounds == (SunEvent("sunrise"), SunEvent("sunset")):
        return _sun(snapshot, "above_horizon", ("after", "sunrise"), ("before", "sunset"), "and")
    if isinstance(within.after, SunEvent) or isinstance(within.before, SunEvent):
        return _mixed(within, snapshot)
    node: Node = {"condition": "time"}
    node |= {"after": clock(within.after)} if isinstance(within.after, time) else {}
    return node | ({"before": clock(within.before)} if isinstance(within.before, time) else {})


def _mixed(within: Within, snapshot: Snapshot) -> Node:
    """Between a sun event and a time of day, or after one sun event: over midnight one of both will do."""
    if within.before is None and within.after == SunEvent("sunset"):
        return _sun(snapshot, "below_horizon", ("after", "sunset"), ("before", "sunrise"), "or")
    if within.after is None and within.before == SunEvent("sunrise"):
        return _sun(snapshot, "below_horizon", ("after", "sunset"), ("before", "sunrise"), "or")
    parts = [_bound(key, bound) for key, bound in (("after", within.after), ("before", within.before)) if bound]
    if len(parts) == 1:
        return parts[0]
    over_midnight = isinstance(within.after, SunEvent) and within.after.event == "sunset" and _early(within.before)
    from_late = isinstance(within.after, time) and within.after.hour >= 12 and within.before == SunEvent("sunrise")  # noqa: PLR2004
    return {"condition": "or" if over_midnight or from_late else "and", "conditions": parts}


def _early(bound: time | SunEvent | None) -> bool:
    return (isinstance(bound, time) and bound.hour < 12) or (isinstance(bound, SunEvent) and bound.event == "sunrise")  # noqa: PLR2004


def _bound(key: str, bound: time | SunEvent) -> Node:
    if isinstance(bound, time):
        return {"condition": "time", key: clock(bound)}
    node: Node = {"condition": "sun", key: bound.event}
    return node | ({f"{key}_offset": duration(bound.offset)} if bound.offset else {})


def _sun(snapshot: Snapshot, state: str, first: tuple[str, str], second: tuple[str, str], join: str) -> Node:
    """Dark or light: by the sun's entity, where the home has it."""
    if "sun.sun" in snapshot.registry.entities:
        return {"condition": "state", "entity_id": ["sun.sun"], "state": state}
    parts = [{"condition": "sun", key: event} for key, event in (first, second)]
    return {"condition": join, "conditions": parts}


def _alone(people: Sequence[str]) -> Node:
    """Exactly one of some people is home."""
    ways = [
        _one([
            {"condition": "state", "entity_id": [each], "state": "home" if each == one else "not_home"}
            for each in people
        ])
        for one in people
    ]  # fmt: skip
    return {"condition": "or", "conditions": ways}
