"""What a template claims, as conditions: `{{ is_state('person.anna', 'home') }}` is a state condition. Pure."""

from __future__ import annotations

from functools import lru_cache

from jinja2 import nodes

from workers.automation.plan.conditions import (
    AndCondition,
    Condition,
    NotCondition,
    OrCondition,
    StateCondition,
    TriggerCondition,
)
from workers.automation.safety.jinja import expression

WAITED = "wait.completed"
"""The id by which a claim says that a wait has ended as it should."""
_WAIT_FIELDS = frozenset({"completed", "trigger"})


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
    return bool(tree.value) if isinstance(tree, nodes.Const) else None


def _claim(node: nodes.Node) -> Condition | None:
    if isinstance(node, (nodes.And, nodes.Or)):
        return _joined(node)
    if _is_wait(node):
        return TriggerCondition(id=(WAITED,))
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


def _state_of(node: nodes.Node) -> str | None:
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name == "states":
        found = _constants(node.args[0]) if node.args else ()
        return found[0] if len(found) == 1 else None
    steps = _path(node).split(".")
    is_state = len(steps) == 4 and steps[0] == "states" and steps[3] == "state"  # noqa: PLR2004
    return ".".join(steps[1:3]) if is_state else None


def _is_wait(node: nodes.Node) -> bool:
    if isinstance(node, nodes.Test) and node.name == "none":
        return False
    if isinstance(node, nodes.Not) and isinstance(node.node, nodes.Test) and node.node.name == "none":
        node = node.node.node
    root, _, name = _path(node).partition(".")
    return root == "wait" and name in _WAIT_FIELDS


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
