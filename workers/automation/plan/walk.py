"""Going through a plan: all its parts, in the order of the document."""

from __future__ import annotations

from collections.abc import Iterator

from workers.automation.plan.actions import Action, BaseAction, CheckCondition
from workers.automation.plan.conditions import BaseCondition, Condition
from workers.automation.plan.node import Node
from workers.automation.plan.triggers import BaseTrigger, Trigger
from workers.automation.plan.value import Data, Template, Value


def walk(node: Node) -> Iterator[Node]:
    """The node itself and all that are in it, each before what is in it: options, targets and durations too."""
    yield node
    for _, value in node:
        yield from _walk_value(value)


def _walk_value(value: object) -> Iterator[Node]:
    if isinstance(value, Node):
        yield from walk(value)
    elif isinstance(value, tuple):
        for each in value:
            yield from _walk_value(each)


def triggers_in(node: Node) -> Iterator[Trigger]:
    """All triggers, those that an action waits for too."""
    return (each for each in walk(node) if isinstance(each, BaseTrigger))  # type: ignore[misc]


def conditions_in(node: Node) -> Iterator[Condition]:
    """All conditions, in every branch and each inside of another."""
    return (each for each in walk(node) if isinstance(each, BaseCondition))  # type: ignore[misc]


def actions_in(node: Node) -> Iterator[Action]:
    """All actions, in every branch."""
    return (each for each in walk(node) if isinstance(each, (BaseAction, CheckCondition)))  # type: ignore[misc]


def templates_in(node: Node) -> Iterator[tuple[str, Template]]:
    """All templates of a node and of what is in it, each with the path of the node that it is of."""
    for part in walk(node):
        for _, value in part:
            for template in _templates(value):
                yield part.path, template


def _templates(value: Value | object) -> Iterator[Template]:
    if isinstance(value, Template):
        yield value
    elif isinstance(value, Data):
        for key, each in value.items():
            yield from _templates(Template(key) if "{{" in key else key)
            yield from _templates(each)
    elif isinstance(value, tuple):
        for each in value:
            yield from _templates(each)
