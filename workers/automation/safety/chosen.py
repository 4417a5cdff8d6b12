"""What a value may be that is chosen when an automation runs: all that its template can give. Pure."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from jinja2 import nodes

from workers.automation.home_view import HomeView
from workers.automation.plan.target import Target
from workers.automation.plan.value import Data, Tagged, Template
from workers.automation.safety.jinja import parsed

_DEEPEST = 12
_MOST = 5_000
_ENTITY_ID = re.compile(r"\b[a-z_]+\.[a-z0-9_]+\b")
_PASSING = frozenset(
    {"list", "map", "select", "selectattr", "reject", "rejectattr", "sort", "unique", "lower", "trim",
     "string", "first",
     "last", "random", "int", "float", "round", "min", "max", "default", "join", "reverse", "shuffle", "flatten"}
)  # fmt: skip
_DEFAULTED = frozenset({"int", "float", "default"})
_GROUPS = {"area_entities": "area_id", "floor_entities": "floor_id", "label_entities": "label_id",
           "device_entities": "device_id", "expand": "entity_id"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Choice:
    """What a value may be; where not `complete`, it may be anything else as well."""

    values: frozenset[Any] = frozenset()
    complete: bool = True

    def __or__(self, other: Choice) -> Choice:
        return Choice(self.values | other.values, self.complete and other.complete)

    @property
    def texts(self) -> frozenset[str]:
        """The values that are texts, lists in a text taken apart."""
        found = (part.strip() for each in self.values if isinstance(each, str) for part in each.split(","))
        return frozenset(each for each in found if each)

    @property
    def numbers(self) -> frozenset[float]:
        """The values that are numbers, or texts of one."""
        return frozenset(number for each in self.values if (number := as_number(each)) is not None)


UNKNOWN = Choice(frozenset(), complete=False)


@dataclass(frozen=True)
class Scope:
    """What templates are read with: the variables set so far, what set it off, the home."""

    home: HomeView
    variables: Mapping[str, Any] = field(default_factory=dict)
    triggered_by: frozenset[str] | None = None
    """The entities that may have set it off; None where it may be another thing."""


def choices(value: Any, scope: Scope, depth: int = 0) -> Choice:
    """All that a value may be: itself where it is plain, what its template can give where it is one."""
    if depth > _DEEPEST or isinstance(value, Tagged):
        return UNKNOWN
    if isinstance(value, (tuple, list)):
        return _all(value, lambda each: choices(each, scope, depth + 1))
    if isinstance(value, (Data, Mapping)):
        return UNKNOWN
    if not isinstance(value, Template):
        return Choice(frozenset({value}))
    tree = parsed(value)
    if tree is None:
        return UNKNOWN
    found = _Reader(scope, depth).body(tree.body)
    return found if found.complete else found | Choice(_mentioned(value, scope.home), complete=False)


def as_number(value: Any) -> float | None:
    """A number, or None."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)) or isinstance(value, Template):
        return None
    try:
        return float(value)
    except ValueError:
        return None


def _all(values: Any, read: Callable[[Any], Choice]) -> Choice:
    found = Choice()
    for each in list(values)[:_MOST]:
        found |= read(each)
    return found


def _mentioned(text: str, home: HomeView) -> frozenset[str]:
    return frozenset(each for each in _ENTITY_ID.findall(text) if each in home.entity_ids)


class _Reader:
    """Goes through one template."""

    def __init__(self, scope: Scope, depth: int) -> None:
        self.scope, self.depth = scope, depth
        self.own: dict[str, Choice] = {}

    def body(self, statements: list[nodes.Node]) -> Choice:
        """What some statements write."""
        told = Choice(frozenset({""}))
        for each in statements:
            told = _joined(told, self.statement(each))
        return Choice(frozenset(_trimmed(each) for each in told.values if _trimmed(each) != ""), told.complete)

    def statement(self, node: nodes.Node) -> Choice:
        """What one statement writes."""
        if isinstance(node, nodes.Output):
            told = Choice(frozenset({""}))
            for part in node.nodes:
                told = _joined(told, self.value(part))
            return told
        if isinstance(node, nodes.If):
            branches = [self.body(node.body), *(self.body(each.body) for each in node.elif_), self.body(node.else_)]
            return _all(branches, lambda each: each)
        if isinstance(node, nodes.Assign) and isinstance(node.target, nodes.Name):
            self.own[node.target.name] = self.value(node.node)
            return Choice(frozenset({""}))
        return UNKNOWN

    def value(self, node: nodes.Node) -> Choice:
        """What an expression may be."""
        for kind, read in _READERS:
            if isinstance(node, kind):
                found: Choice = read(self, node)
                return found
        return UNKNOWN

    def condition(self, node: nodes.CondExpr) -> Choice:
        """One of two."""
        return self.value(node.expr1) | (self.value(node.expr2) if node.expr2 is not None else Choice())

    def name(self, node: nodes.Name) -> Choice:
        """A variable."""
        if node.name in self.own:
            return self.own[node.name]
        if node.name == "states":
            return Choice(self.scope.home.entity_ids)
        if node.name in self.scope.variables:
            return choices(self.scope.variables[node.name], self.scope, self.depth + 1)
        return UNKNOWN

    def attribute(self, node: nodes.Getattr | nodes.Getitem) -> Choice:  # noqa: PLR0911 (one a kind)
        """`repeat.item`, `trigger.entity_id`, `states.light` and what is within them."""
        path = _path(node)
        if isinstance(node, nodes.Getitem) and (looked_up := self.looked_up(node.node)) is not None:
            return looked_up
        if path == "repeat.item" and "repeat.item" in self.scope.variables:
            return choices(self.scope.variables["repeat.item"], self.scope, self.depth + 1)
        if path.startswith("repeat.item."):
            return self.item(path.split(".")[2:])
        if path in {"trigger.entity_id", "trigger.to_state.entity_id", "trigger.from_state.entity_id"}:
            return UNKNOWN if self.scope.triggered_by is None else Choice(self.scope.triggered_by)
        steps = path.split(".")
        if steps[0] == "states" and len(steps) == 2:  # noqa: PLR2004
            return Choice(frozenset(self.scope.home.ids_by_domain.get(steps[1], ())))
        if steps[0] == "states" and len(steps) == 4 and steps[3] == "entity_id":  # noqa: PLR2004
            return Choice(frozenset({".".join(steps[1:3])}))
        return UNKNOWN

    def item(self, keys: list[str]) -> Choice:
        """What stands under some keys in each of what is repeated over."""
        found: list[Any] = (
            list(items) if isinstance(items := self.scope.variables.get("repeat.item"), tuple) else [None]
        )
        for key in keys:
            found = [each.get(key) if isinstance(each, Mapping) else None for each in found]
        return UNKNOWN if None in found else choices(tuple(found), self.scope, self.depth + 1)

    def looked_up(self, node: nodes.Node) -> Choice | None:
        """Any value of a table of the template, or of a variable; None where it is no table."""
        if isinstance(node, (nodes.Dict, nodes.List)) or (isinstance(node, nodes.Name) and node.name in self.own):
            return self.value(node)
        table = self.scope.variables.get(node.name) if isinstance(node, nodes.Name) else None
        return choices(tuple(table.values()), self.scope, self.depth + 1) if isinstance(table, Mapping) else None

    def called(self, node: nodes.Call) -> Choice:
        """`expand(...)`, `area_entities(...)` and their like."""
        if isinstance(node.node, nodes.Getattr) and node.node.attr == "get":
            table = self.looked_up(node.node.node)
            return UNKNOWN if table is None else table | _all(node.args[1:2], self.value)
        key = _GROUPS.get(node.node.name) if isinstance(node.node, nodes.Name) else None
        if key is None:
            return UNKNOWN
        named = _all(node.args, self.value)
        if not named.complete:
            return UNKNOWN
        ids = tuple(str(each) for each in named.texts)
        found = self.scope.home.reached(Target(**{key: ids}))
        return Choice(found)

    def filtered(self, node: nodes.Filter) -> Choice:
        """What passes through a filter."""
        if node.name not in _PASSING or node.node is None:
            return UNKNOWN
        found = self.value(node.node)
        return found | _all(node.args[:1], self.value) if node.name in _DEFAULTED and not found.complete else found

    def joined(self, node: nodes.Concat | nodes.Add) -> Choice:
        """Texts put together."""
        parts = node.nodes if isinstance(node, nodes.Concat) else [node.left, node.right]
        told = self.value(parts[0])
        for each in parts[1:]:
            told = _joined(told, self.value(each))
        return told

    def listed(self, node: nodes.List | nodes.Tuple) -> Choice:
        """Any of a list."""
        return _all(node.items, self.value)

    def tabled(self, node: nodes.Dict) -> Choice:
        """Any value of a table."""
        return _all([each.value for each in node.items], self.value)

    def counted(self, node: nodes.Sub | nodes.Mul | nodes.Div) -> Choice:
        """The difference, product or quotient of numbers."""
        left, right = self.value(node.left), self.value(node.right)
        known = left.complete and right.complete and len(left.numbers) * len(right.numbers) <= _MOST
        count = _COUNTS[type(node)]
        pairs = [(one, other) for one in left.numbers for other in right.numbers] if known else []
        if not pairs or (isinstance(node, nodes.Div) and 0.0 in right.numbers):
            return UNKNOWN
        return Choice(frozenset(count(one, other) for one, other in pairs))


_COUNTS: Mapping[type[nodes.Node], Callable[[float, float], float]] = {
    nodes.Sub: operator.sub,
    nodes.Mul: operator.mul,
    nodes.Div: operator.truediv,
}
_READERS: tuple[tuple[Any, Any], ...] = (
    (nodes.TemplateData, lambda _, node: Choice(frozenset({node.data}))),
    (nodes.Const, lambda _, node: Choice(frozenset({node.value}))),
    (nodes.Neg, lambda reader, node: _negative(reader.value(node.node))),
    ((nodes.List, nodes.Tuple), _Reader.listed),
    (nodes.Dict, _Reader.tabled),
    ((nodes.Sub, nodes.Mul, nodes.Div), _Reader.counted),
    (nodes.CondExpr, _Reader.condition),
    (nodes.Name, _Reader.name),
    ((nodes.Getattr, nodes.Getitem), _Reader.attribute),
    (nodes.Call, _Reader.called),
    (nodes.Filter, _Reader.filtered),
    ((nodes.Concat, nodes.Add), _Reader.joined),
    ((nodes.Or, nodes.And), lambda reader, node: reader.value(node.left) | reader.value(node.right)),
)


def _negative(found: Choice) -> Choice:
    return Choice(frozenset(-each for each in found.numbers), found.complete)


def _joined(left: Choice, right: Choice) -> Choice:
    """Each of one with each of the other; what is not complete stays so, its known ends dropped."""
    if left.values == {""}:
        return Choice(right.values, left.complete and right.complete)
    if right.values == {""}:
        return Choice(left.values, left.complete and right.complete)
    if not (left.complete and right.complete) or len(left.values) * len(right.values) > _MOST:
        return UNKNOWN
    return Choice(frozenset(_sum(one, other) for one in left.values for other in right.values))


def _sum(one: Any, other: Any) -> Any:
    numbers = not isinstance(one, (str, bool)) and not isinstance(other, (str, bool))
    if numbers and isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return one + other
    if isinstance(one, str) and not one.strip():
        return other
    if isinstance(other, str) and not other.strip():
        return one
    return f"{one}{other}"


def _trimmed(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def _path(node: nodes.Node) -> str:
    if isinstance(node, nodes.Getattr):
        return f"{_path(node.node)}.{node.attr}"
    if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
        return f"{_path(node.node)}.{node.arg.value}"
    return node.name if isinstance(node, nodes.Name) else "?"
