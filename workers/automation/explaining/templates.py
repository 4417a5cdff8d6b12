"""Templates that say in Jinja what a condition says: `{{ states('sensor.a') | float > 20 }}`. Pure."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any, Final, Literal

from jinja2 import nodes

from workers.automation.explaining.changes import numeric_subject, unit_of
from workers.automation.explaining.english import phrases
from workers.automation.explaining.naming import Names
from workers.automation.explaining.values import listed, number, quoted
from workers.automation.plan.conditions import (
    AndCondition,
    BaseCondition,
    Condition,
    NotCondition,
    OrCondition,
    StateCondition,
    TimeCondition,
    TriggerCondition,
)
from workers.automation.plan.triggers import StateTrigger, Trigger
from workers.automation.simple_template import expression_of

_COMPARED: Final[dict[str, tuple[Callable[[float, float], bool], str]]] = {
    "gt": (operator.gt, phrases.ABOVE),
    "lt": (operator.lt, phrases.BELOW),
    "gteq": (operator.ge, phrases.AT_LEAST),
    "lteq": (operator.le, phrases.AT_MOST_OF),
    "eq": (operator.eq, phrases.EXACTLY),
    "ne": (operator.ne, phrases.NOT_EXACTLY),
}
"""The comparisons of Jinja, and how a number is told that passes them."""
_MIRRORED: Final = {"gt": "lt", "lt": "gt", "gteq": "lteq", "lteq": "gteq", "eq": "eq", "ne": "ne"}
_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MIDNIGHT: Final = 24


class Said(BaseCondition):
    """A condition that has no kind of its own, in words: as it holds, and as it does not."""

    kind: Literal["said"] = "said"
    yes: str
    no: str


def told_by(template: str, names: Names, triggers: Sequence[Trigger] = ()) -> Condition | Said | None:
    """The condition that a template says, None where it says more than conditions can.

    Where a number that is not known passes (`states('sensor.a') | float(0) < 5`), the words say so.
    """
    expression = expression_of(template)
    return None if expression is None else _Reading(names, triggers).condition(expression)


class _Reading:
    """Reads the expressions of one template."""

    def __init__(self, names: Names, triggers: Sequence[Trigger]) -> None:
        self.names, self.triggers = names, triggers

    def condition(self, node: nodes.Node) -> Any:  # noqa: PLR0911 - one case a kind
        """The condition that an expression says, None where it is none."""
        match node:
            case nodes.And() | nodes.Or():
                parts = [self.condition(each) for each in (node.left, node.right)]
                kind = AndCondition if isinstance(node, nodes.And) else OrCondition
                return None if None in parts else kind.model_construct(conditions=tuple(parts))
            case nodes.Not():
                inner = self.condition(node.node)
                return None if inner is None else NotCondition.model_construct(conditions=(inner,))
            case nodes.Call():
                return self._call(node)
            case nodes.Compare() if len(node.ops) == 1:
                return self._compared(node.expr, node.ops[0].op, node.ops[0].expr)
            case nodes.Getattr():
                return _WAITED if _path(node) == "wait.completed" else None
            case nodes.Test() if node.name == "none" and _path(node.node) == "wait.trigger":
                return NotCondition.model_construct(conditions=(_WAITED,))  # type: ignore[arg-type]
            case _:
                return None

    def _call(self, node: nodes.Call) -> Any:
        name, given = _called(node)
        match name, given:
            case "is_state", [str(entity_id), state] if _states(state):
                return StateCondition(entity_id=(entity_id,), state=_states(state))
            case "is_state_attr", [str(entity_id), str(attribute), (str() | bool() | int() | float()) as state]:
                return StateCondition(entity_id=(entity_id,), attribute=attribute, state=(state,))
            case "has_value", [str(entity_id)]:
                subject = self.names.entity(entity_id)
                return Said(yes=phrases.KNOWN.format(subject), no=phrases.NOT_KNOWN.format(subject))
            case _:
                return None

    def _compared(self, left: nodes.Expr, how: str, right: nodes.Expr) -> Any:
        wanted = _constant(right)
        if wanted is None:
            wanted = _constant(left)
            if wanted is None or how not in _MIRRORED:
                return None
            left, how = right, _MIRRORED[how]
        if how in {"ne", "notin"}:
            same = self._compared_with(left, "eq" if how == "ne" else "in", wanted)
            return None if same is None else NotCondition.model_construct(conditions=(same,))
        return self._compared_with(left, how, wanted)

    def _compared_with(self, node: nodes.Expr, how: str, wanted: Any) -> Any:
        if (path := _path(node)) is not None:
            return self._path_is(path, how, wanted)
        if isinstance(node, nodes.Call) and _path(node.node) == "now.weekday":
            return _days(how, wanted)
        if how in {"eq", "in"} and isinstance(node, nodes.Call) and (states := _states(wanted)):
            return self._state_is(node, states)
        if isinstance(wanted, (int, float)) and not isinstance(wanted, bool) and how in _COMPARED:
            return self._number_is(node, how, wanted)
        return None

    def _state_is(self, node: nodes.Call, states: tuple[str, ...]) -> Any:
        name, given = _called(node)
        match name, given:
            case "states", [str(entity_id)]:
                return StateCondition(entity_id=(entity_id,), state=states)
            case "state_attr", [str(entity_id), str(attribute)]:
                return StateCondition(entity_id=(entity_id,), attribute=attribute, state=states)
            case _:
                return None

    def _path_is(self, path: str, how: str, wanted: Any) -> Any:
        states = _states(wanted) if how in {"eq", "in"} else ()
        if path == "trigger.id":
            return TriggerCondition(id=states) if states else None
        if path in {"trigger.to_state.state", "trigger.from_state.state"} and states:
            yes, no = phrases.CHANGED_TO if "to_state" in path else phrases.CHANGED_FROM
            named, subject = listed([quoted(each) for each in states], phrases.OR), self._started_by()
            return Said(yes=yes.format(subject, named), no=no.format(subject, named))
        if path.startswith("states.") and path.endswith(".state") and path.count(".") == 3 and states:  # noqa: PLR2004
            return StateCondition(entity_id=(path.removeprefix("states.").removesuffix(".state"),), state=states)
        return (
            {"now.hour": _hours, "now.month": _months}[path](how, wanted) if path in {"now.hour", "now.month"} else None
        )

    def _started_by(self) -> str:
        """The one entity whose change started it, where there is but one."""
        ids = {entity for each in self.triggers if isinstance(each, StateTrigger) for entity in each.entity_id}
        only = len(ids) == 1 and all(isinstance(each, StateTrigger) for each in self.triggers)
        return self.names.entity(ids.pop()) if only else phrases.WHAT_STARTED_IT

    def _number_is(self, node: nodes.Expr, how: str, bound: float) -> Said | None:
        otherwise: Any = None
        while isinstance(node, nodes.Filter) and node.name in {"float", "int", "round"} and node.node is not None:
            if node.name != "round":
                otherwise = _constant(node.args[0]) if node.args else None
                if node.args and otherwise is None:
                    return None
            node = node.node
        if not isinstance(node, nodes.Call):
            return None
        match _called(node):
            case "states", [str(entity_id)]:
                attribute = None
            case "state_attr", [str(entity_id), str(attribute)]:
                pass
            case _:
                return None
        what = ((entity_id,), attribute, None)
        subject, (passes, phrase) = numeric_subject(*what, self.names), _COMPARED[how]
        told = phrase.format(number(bound) + unit_of(*what, self.names))
        unknown = isinstance(otherwise, (int, float)) and passes(float(otherwise), bound)
        yes, no = phrases.PASSES_UNKNOWN if unknown else (phrases.IS, phrases.IS_NOT)
        return Said(yes=yes.format(subject, told), no=no.format(subject, told))


_WAITED: Final = Said(yes=phrases.IN_TIME, no=phrases.NOT_IN_TIME)


def _constant(node: nodes.Node) -> Any:
    """The value of a literal, None where it is none; nothing is computed."""
    match node:
        case nodes.Const():
            return node.value
        case nodes.Neg(node=nodes.Const(value=int() | float() as given)):
            return -given
        case nodes.List() | nodes.Tuple() if all(isinstance(each, nodes.Const) for each in node.items):
            return [_constant(each) for each in node.items]
        case _:
            return None


def _called(node: nodes.Call) -> tuple[str, list[Any]]:
    if not isinstance(node.node, nodes.Name) or node.kwargs or node.dyn_args or node.dyn_kwargs:
        return "", []
    return node.node.name, [_constant(each) for each in node.args]


def _path(node: nodes.Node | None) -> str | None:
    """`trigger.to_state.state`, `now.hour` for `now().hour`; None for anything else."""
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, nodes.Getattr):
        inner = node.node
        bare = inner.node if isinstance(inner, nodes.Call) and not inner.args else inner
        called = isinstance(inner, nodes.Call) and _path(bare) != "now"
        before = None if called else _path(bare)
        return None if before is None else f"{before}.{node.attr}"
    return None


def _states(wanted: Any) -> tuple[str, ...]:
    """A state or several; empty for anything else."""
    if isinstance(wanted, str):
        return (wanted,)
    plain = isinstance(wanted, (list, tuple)) and all(isinstance(each, str) for each in wanted)
    return tuple(wanted) if plain else ()


def _numbers(how: str, wanted: Any, possible: range) -> tuple[int, ...]:
    """The numbers that pass, in the order in which they are named."""
    if how == "in" and isinstance(wanted, (list, tuple)):
        return tuple(each for each in wanted if each in possible)
    if how in _COMPARED and isinstance(wanted, (int, float)):
        return tuple(each for each in possible if _COMPARED[how][0](each, wanted))
    return ()


def _days(how: str, wanted: Any) -> TimeCondition | None:
    days = _numbers(how, wanted, range(len(_DAYS)))
    return TimeCondition(weekday=tuple(_DAYS[each] for each in days)) if days else None


def _months(how: str, wanted: Any) -> Said | None:
    months = _numbers(how, wanted, range(1, len(phrases.MONTHS) + 1))
    named = listed([phrases.MONTHS[each - 1] for each in months], phrases.OR)
    return Said(yes=phrases.IT_IS.format(named), no=phrases.IT_IS_NOT.format(named)) if months else None


def _hours(how: str, wanted: Any) -> TimeCondition | None:
    """Hours that follow each other as the time between the first and the end of the last."""
    hours = _numbers(how, wanted, range(_MIDNIGHT))
    if not hours or list(hours) != list(range(hours[0], hours[-1] + 1)):
        return None
    after = f"{hours[0]:02}:00:00" if hours[0] else None
    before = f"{hours[-1] + 1:02}:00:00" if hours[-1] + 1 < _MIDNIGHT else None
    return TimeCondition(after=after, before=before)
