"""The templates and ids of a plan, each with the path where it stands. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from workers.automation.plan.actions import CallService, OtherAction, Repeat
from workers.automation.plan.conditions import DeviceCondition, OtherCondition
from workers.automation.plan.node import Node
from workers.automation.plan.triggers import DeviceTrigger, OtherTrigger
from workers.automation.plan.value import Data, Tagged, Template, is_template

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_FLAT = (DeviceTrigger, DeviceCondition, OtherTrigger, OtherCondition, OtherAction)
"""What keeps its own keys in `config`, which is no key of a document."""
_REPEATED = frozenset({"count", "for_each"})


@dataclass(frozen=True, slots=True)
class TemplatePlace:
    """A template where it stands; `of_target` is whether it chooses what an action is done to."""

    path: str
    template: Template
    of_target: bool = False


def child(path: str, step: str | int) -> str:
    """The path of what stands under a key or at an index."""
    if isinstance(step, int):
        return f"{path}[{step}]"
    if _PLAIN.fullmatch(step):
        return f"{path}.{step}" if path else step
    escaped = step.replace("\\", "\\\\").replace('"', '\\"')
    return f'{path}["{escaped}"]'


def templates(nodes: Iterable[Node]) -> Iterator[TemplatePlace]:
    """All templates of the nodes of a plan, in their order."""
    for node in nodes:
        for name, value in node:
            if not isinstance(value, Node) and name not in {"path", "kind"}:
                of_target = isinstance(node, CallService) and name == "target"
                yield from _in(value, _path(node, name), of_target or name in _TARGETS)


_TARGETS = frozenset({"entity_id", "device_id", "area_id", "floor_id", "label_id"})


def _path(node: Node, name: str) -> str:
    """Where a field of a node stands."""
    if isinstance(node, _FLAT) and name == "config":
        return node.path
    if isinstance(node, Repeat) and name in _REPEATED:
        return child(child(node.path, "repeat"), name)
    return child(node.path, name.rstrip("_"))


def _in(value: object, path: str, of_target: bool) -> Iterator[TemplatePlace]:
    if isinstance(value, Template):
        yield TemplatePlace(path, value, of_target)
    elif isinstance(value, Data):
        for key, each in value.items():
            if is_template(key):
                yield TemplatePlace(path, Template(key), of_target)
            yield from _in(each, child(path, key), of_target or key in _TARGETS)
    elif isinstance(value, tuple):
        for index, each in enumerate(value):
            if not isinstance(each, Node):
                yield from _in(each, child(path, index), of_target)


def given_names(nodes: Iterable[Node]) -> frozenset[str]:
    """The names that templates of a plan may use because a node gives them a value, wherever it stands."""
    names: set[str] = set()
    for node in nodes:
        for key in ("variables", "trigger_variables"):
            if isinstance(variables := getattr(node, key, None), Data):
                names.update(variables)
        response = getattr(node, "response_variable", None)
        if isinstance(response, str):
            names.add(response)
    return frozenset(names)


def known_text(value: object) -> str | None:
    """A text that stands there as it is: no template, nothing behind a tag."""
    return value if isinstance(value, str) and not isinstance(value, (Template, Tagged)) else None
