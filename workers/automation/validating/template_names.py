"""What of the home a template names: entities, devices, areas, floors and labels that stand in it as texts. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from jinja2 import nodes

from contracts.home import ENTITY_ID

Kind = Literal["entity", "device", "area", "floor", "label", "text"]

_BY_FUNCTION: dict[str, tuple[Kind, ...]] = {
    "states": ("entity",),
    "is_state": ("entity",),
    "state_attr": ("entity",),
    "is_state_attr": ("entity",),
    "has_value": ("entity",),
    "state_translated": ("entity",),
    "state_attr_translated": ("entity",),
    "expand": ("entity",),
    "closest": ("entity",),
    "distance": ("entity",),
    "is_hidden_entity": ("entity",),
    "entity_name": ("entity",),
    "config_entry_id": ("entity",),
    "device_id": ("device", "entity"),
    "device_entities": ("device",),
    "device_name": ("device", "entity"),
    "device_attr": ("device", "entity"),
    "is_device_attr": ("device", "entity"),
    "area_entities": ("area",),
    "area_devices": ("area",),
    "floor_entities": ("floor",),
    "floor_areas": ("floor",),
    "label_entities": ("label",),
    "label_devices": ("label",),
    "label_areas": ("label",),
}
_ALL_ARGUMENTS = frozenset({"expand", "closest", "distance"})
_BY_NAME = frozenset({"map", "select", "reject"})


@dataclass(frozen=True, slots=True)
class Mention:
    """A thing that a template names. `kinds` is what it may be; a `text` only looks like the id of an entity."""

    kinds: tuple[Kind, ...]
    name: str
    line: int


def mentions(found: Iterable[nodes.Node]) -> Iterator[Mention]:
    """The things that nodes of a template name, once each; the nodes come with a call before its arguments."""
    seen: set[tuple[tuple[Kind, ...], str]] = set()
    for node in found:
        for each in _of(node):
            if (each.kinds, each.name) not in seen and not (
                each.kinds == ("text",) and (("entity",), each.name) in seen
            ):
                seen.add((each.kinds, each.name))
                yield each


def _of(node: nodes.Node) -> Iterator[Mention]:
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name):
        arguments = node.args if node.node.name in _ALL_ARGUMENTS else node.args[:1]
        yield from _by(node.node.name, arguments)
    elif isinstance(node, (nodes.Filter, nodes.Test)):
        name, value = node.name, node.node
        if name in _BY_NAME and node.args and isinstance(node.args[0], nodes.Const):
            name = str(node.args[0].value)
        yield from _by(name, [value] if value is not None else [])
    elif isinstance(node, nodes.Getattr):
        yield from _by_path(node)
    elif isinstance(node, nodes.Getitem):
        if isinstance(node.node, nodes.Name) and node.node.name == "states":
            yield from _texts(("entity",), node.arg)
    elif isinstance(node, nodes.Const) and isinstance(node.value, str) and ENTITY_ID.fullmatch(node.value):
        yield Mention(("text",), node.value, node.lineno)


def _by(function: str, arguments: Iterable[nodes.Node]) -> Iterator[Mention]:
    if (kinds := _BY_FUNCTION.get(function)) is not None:
        for each in arguments:
            yield from _texts(kinds, each)


def _texts(kinds: tuple[Kind, ...], node: nodes.Node) -> Iterator[Mention]:
    if isinstance(node, nodes.Const) and isinstance(node.value, str):
        yield Mention(kinds, node.value, node.lineno)
    elif isinstance(node, (nodes.List, nodes.Tuple)):
        for each in node.items:
            if isinstance(each, nodes.Const) and isinstance(each.value, str):
                yield Mention(kinds, each.value, each.lineno)


def _by_path(node: nodes.Getattr) -> Iterator[Mention]:
    """`states.light.kitchen`, with or without `.state` behind it: only the two names right behind `states`."""
    domain = node.node
    if not isinstance(domain, nodes.Getattr) or not isinstance(domain.node, nodes.Name):
        return
    if domain.node.name == "states":
        yield Mention(("entity",), f"{domain.attr}.{node.attr}", node.lineno)
