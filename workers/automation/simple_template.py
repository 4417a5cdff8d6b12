"""Templates that only spell a condition otherwise: `{{ is_state('light.hall', 'on') }}`. Pure."""

from __future__ import annotations

import re
from typing import Final

from jinja2 import Environment, TemplateError, nodes

from workers.automation.plan.conditions import AndCondition, Condition, NotCondition, OrCondition, StateCondition

_LONGEST: Final = 600
"""Characters of a template that is looked into."""
_ENVIRONMENT: Final = Environment(autoescape=False)  # noqa: S701 - nothing is ever rendered
_MEANS_ANOTHER: Final = re.compile(r"input_\w+\.\w+")
"""States that a state condition takes for the state of a helper."""


def expression_of(template: str) -> nodes.Expr | None:
    """The one expression that a template is, None where it is more or can't be read. Nothing is computed."""
    if len(template) > _LONGEST:
        return None
    try:
        body = _ENVIRONMENT.parse(template.strip()).body
    except (TemplateError, RecursionError):
        return None
    whole = body[0].nodes if len(body) == 1 and isinstance(body[0], nodes.Output) else []
    return whole[0] if len(whole) == 1 and not isinstance(whole[0], nodes.TemplateData) else None


def condition_of(template: str) -> Condition | None:
    """The condition on states that a template says, None where it says more.

    `is_state` and `states(...) == ...`, joined by `and`, `or` and `not`.
    """
    expression = expression_of(template)
    return None if expression is None else _condition(expression)


def _condition(node: nodes.Node) -> Condition | None:
    match node:
        case nodes.And() | nodes.Or():
            parts = [found for each in (node.left, node.right) if (found := _condition(each)) is not None]
            kind = AndCondition if isinstance(node, nodes.And) else OrCondition
            return kind(conditions=tuple(parts)) if len(parts) == 2 else None  # noqa: PLR2004 - both sides
        case nodes.Not():
            inner = _condition(node.node)
            return None if inner is None else NotCondition(conditions=(inner,))
        case nodes.Call(node=nodes.Name(name="is_state"), args=[nodes.Const(value=entity), nodes.Const(value=state)]):
            return _state(node, entity, state)
        case nodes.Compare(
            expr=nodes.Call(node=nodes.Name(name="states"), args=[nodes.Const(value=entity)]) as call,
            ops=[nodes.Operand(op="eq", expr=nodes.Const(value=state))],
        ) if state != "unknown":
            return _state(call, entity, state)
        case _:
            return None


def _state(call: nodes.Call, entity: object, state: object) -> Condition | None:
    if call.kwargs or call.dyn_args or call.dyn_kwargs or not isinstance(entity, str) or not isinstance(state, str):
        return None
    return None if _MEANS_ANOTHER.fullmatch(state) else StateCondition(entity_id=(entity,), state=(state,))
