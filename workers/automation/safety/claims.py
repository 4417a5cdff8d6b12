"""What a template claims, as conditions: `{{ is_state('person.anna', 'home') }}` is a state condition. Pure."""

from __future__ import annotations

import math
from functools import lru_cache

from jinja2 import nodes

from workers.automation.plan.conditions import (
    AndCondition,
    Condition,
    NotCondition,
    NumericStateCondition,
    OrCondition,
    StateCondition,
    TriggerCondition,
)
from workers.automation.safety.jinja import expression

WAITED = "wait.completed"
"""The id by which a claim says that a wait has ended as it should."""
BY_HAND = "no automation"
"""The id by which a claim says that no automation has made the change that set it off."""
CAME_FROM, CAME_TO = "trigger.from_state", "trigger.to_state"
"""What a claim calls the thing that set it off: as it was, and as it is."""
_WAIT_FIELDS = frozenset({"completed", "trigger"})
_PLAIN = (nodes.Const, nodes.Compare, nodes.Operand, nodes.Not, nodes.And, nodes.Or)
_LIMITS = {"gt": "above", "gteq": "above", "lt": "below", "lteq": "below"}


@lru_cache(maxsize=1024)
def claim(text: str) -> Condition | None:
    """What holds where a template is true; None where that can't be told."""
    tree = expression(text)
    return None if tree is None else _claim(tree)


def always(text: str) -> bool | None:
    """True or False where a template is nothing but that; None where it depends."""
    tree = expression(text)
    if tree is None:
        plain = text.strip().lower()
        return {"true": True, "false": False}.get(plain)
    if not isinstance(tree, _PLAIN) or any(not isinstance(each, _PLAIN) for each in tree.find_all(nodes.Node)):
        return None
    try:
        return bool(tree.as_const())
    except (nodes.Impossible, TypeError):
        return None


def _claim(node: nodes.Node) -> Condition | None:  # noqa: PLR0911 (one a kind)
    if isinstance(node, (nodes.And, nodes.Or)):
        return _joined(node)
    if _is_wait(node):
        return TriggerCondition(id=(WAITED,))
    if _is_by_hand(node):
        return TriggerCondition(id=(BY_HAND,))
    if isinstance(node, nodes.Not):
        inner = _claim(node.node)
        return None if inner is None else NotCondition(conditions=(inner,))
    if isinstance(node, nodes.Call):
        return _is_state(node)
    if isinstance(node, nodes.Compare) and len(node.ops) == 1:
        return _compared(node)
    return None


def _joined(node: nodes.And | nodes.Or) -> Condition | None:
    left, right = _claim(node.left), _claim(node.right)
    if isinstance(node, nodes.And):
        known = tuple(each for each in (left, right) if each is not None)
        return AndCondition(conditions=known) if known else None
    return OrCondition(conditions=(left, right)) if left is not None and right is not None else None


def _is_state(node: nodes.Call) -> Condition | None:
    if not isinstance(node.node, nodes.Name) or node.node.name != "is_state" or len(node.args) != 2:  # noqa: PLR2004
        return None
    entity_id, states = (_constants(each) for each in node.args)
    return StateCondition(entity_id=entity_id, state=states) if len(entity_id) == 1 and states else None


def _compared(node: nodes.Compare) -> Condition | None:
    how, other = node.ops[0].op, node.ops[0].expr
    if how in _LIMITS:
        return _limited(node.expr, how, other)
    if how == "ne":
        if _is_wait(node.expr) and isinstance(other, nodes.Const) and other.value is None:
            return TriggerCondition(id=(WAITED,))
        equal = _equal(node.expr, other)
        return None if equal is None else NotCondition(conditions=(equal,))
    return _equal(node.expr, other) if how in {"eq", "in"} else None


def _equal(node: nodes.Node, other: nodes.Node) -> Condition | None:
    values = _constants(other)
    if not values:
        return None
    if _path(node) == "trigger.id":
        return TriggerCondition(id=values)
    entity_id = _state_of(node)
    return None if entity_id is None else StateCondition(entity_id=(entity_id,), state=values)


def _limited(node: nodes.Node, how: str, other: nodes.Node) -> Condition | None:
    """The limit of `states('sensor.a') | float > 3`."""
    if not isinstance(node, nodes.Filter) or node.name not in {"int", "float"} or node.node is None:
        return None
    entity_id = _state_of(node.node)
    number = other.value if isinstance(other, nodes.Const) else None
    if entity_id is None or isinstance(number, bool) or not isinstance(number, (int, float)):
        return None
    if how.endswith("eq"):
        number = math.nextafter(float(number), -math.inf if how == "gteq" else math.inf)
    return NumericStateCondition(entity_id=(entity_id,), **{_LIMITS[how]: number})


def _state_of(node: nodes.Node) -> str | None:
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name == "states":
        found = _constants(node.args[0]) if node.args else ()
        return found[0] if len(found) == 1 else None
    steps = _path(node).split(".")
    if ".".join(steps) in {f"{CAME_FROM}.state", f"{CAME_TO}.state"}:
        return ".".join(steps[:2])
    is_state = len(steps) == 4 and steps[0] == "states" and steps[3] == "state"  # noqa: PLR2004
    return ".".join(steps[1:3]) if is_state else None


def _is_wait(node: nodes.Node) -> bool:
    if isinstance(node, nodes.Test) and node.name == "none":
        return False
    if isinstance(node, nodes.Not) and isinstance(node.node, nodes.Test) and node.node.name == "none":
        node = node.node.node
    root, _, name = _path(node).partition(".")
    return root == "wait" and name in _WAIT_FIELDS


def _is_by_hand(node: nodes.Node) -> bool:
    """Whether it says that what set it off has no parent: `trigger.to_state.context.parent_id is none`."""
    if isinstance(node, nodes.Test) and node.name == "none":
        return _path(node.node) == f"{CAME_TO}.context.parent_id"
    if isinstance(node, nodes.Compare) and len(node.ops) == 1 and node.ops[0].op == "eq":
        other = node.ops[0].expr
        nothing = isinstance(other, nodes.Const) and other.value is None
        return nothing and _path(node.expr) == f"{CAME_TO}.context.parent_id"
    return isinstance(node, nodes.Not) and _path(node.node) == f"{CAME_TO}.context.parent_id"


def _path(node: nodes.Node) -> str:
    if isinstance(node, nodes.Getattr):
        return f"{_path(node.node)}.{node.attr}"
    return node.name if isinstance(node, nodes.Name) else "?"


def _constants(node: nodes.Node) -> tuple[str, ...]:
    if isinstance(node, nodes.Const):
        return (str(node.value),)
    if isinstance(node, (nodes.List, nodes.Tuple)):
        found = tuple(value for each in node.items for value in _constants(each))
        return found if len(found) == len(node.items) else ()
    return ()
