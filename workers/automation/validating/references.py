"""Whether what an automation names is in the home: entities, devices, areas, floors, labels, zones. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from workers.automation.finding import Finding
from workers.automation.plan.actions import ActivateScene, CallService, DeviceAction
from workers.automation.plan.conditions import (
    DeviceCondition,
    NumericStateCondition,
    PurposeCondition,
    StateCondition,
    TimeCondition,
    ZoneCondition,
)
from workers.automation.plan.node import Node
from workers.automation.plan.target import TARGET_KEYS, Target
from workers.automation.plan.triggers import (
    DeviceTrigger,
    NumericStateTrigger,
    OtherTrigger,
    PurposeTrigger,
    StateTrigger,
    TimeEntity,
    TimeTrigger,
    ZoneTrigger,
)
from workers.automation.plan.value import Data
from workers.automation.validating.known import Known
from workers.automation.validating.places import child, known_text

_EVERYTHING = frozenset({"all", "none"})
_KINDS = {"device_id": "device", "area_id": "area", "floor_id": "floor", "label_id": "label"}
_WITH_ENTITIES = (
    StateTrigger,
    NumericStateTrigger,
    ZoneTrigger,
    StateCondition,
    NumericStateCondition,
    ZoneCondition,
)
_WITH_LIMITS = (NumericStateTrigger, NumericStateCondition)
_OF_OTHERS = {"calendar": ("entity_id",), "geo_location": ("zone",)}
_OF_SCENES = frozenset({"scene.apply", "scene.create"})
_OF_DEVICES = (DeviceTrigger, DeviceCondition, DeviceAction)


def judge_references(known: Known) -> Iterator[Finding]:
    """What a plan names that is not in the home, save in templates."""
    for node in known.nodes:
        for path, kind, name in _named(node):
            found = known.entity(name, path) if kind == "entity" else known.thing(kind, name, path)
            if found is not None:
                yield found


def _named(node: Node) -> Iterator[tuple[str, str, str]]:
    """What a node names: where, of which kind, and its id."""
    if isinstance(node, _WITH_ENTITIES):
        yield from _listed(child(node.path, "entity_id"), node.entity_id)
    if isinstance(node, (ZoneTrigger, ZoneCondition)):
        yield from _listed(child(node.path, "zone"), node.zone)
    if isinstance(node, _WITH_LIMITS):
        for key in ("above", "below"):
            yield from _listed(child(node.path, key), getattr(node, key))
    elif isinstance(node, (TimeTrigger, TimeCondition)):
        yield from _times(node)
    elif isinstance(node, _OF_DEVICES):
        yield from _device(node)
    elif isinstance(node, ActivateScene):
        yield from _listed(child(node.path, "scene"), node.scene)
    else:
        yield from _targeted(node)


def _targeted(node: Node) -> Iterator[tuple[str, str, str]]:
    if isinstance(node, (CallService, PurposeTrigger, PurposeCondition)) and isinstance(node.target, Target):
        yield from targeted(node.target)
    if isinstance(node, (PurposeTrigger, PurposeCondition)):
        yield from _listed(child(child(node.path, "options"), "zone"), node.options.get("zone"))
    elif isinstance(node, CallService) and node.action in _OF_SCENES and isinstance(node.data, Data):
        yield from _set_by_scene(child(child(node.path, "data"), "entities"), node.data.get("entities"))
    elif isinstance(node, OtherTrigger) and isinstance(node.config, Data):
        for key in _OF_OTHERS.get(node.kind, ()):
            yield from _listed(child(node.path, key), node.config.get(key))


def _set_by_scene(path: str, entities: object) -> Iterator[tuple[str, str, str]]:
    for entity_id in entities if isinstance(entities, Mapping) else ():
        yield from _listed(child(path, entity_id), entity_id)


def targeted(target: Target) -> Iterator[tuple[str, str, str]]:
    """What a target names: where, of which kind, and its id."""
    for key in TARGET_KEYS:
        ids = getattr(target, key)
        path = child(target.path, key)
        if key == "entity_id":
            yield from _listed(path, ids)
            continue
        for index, each in enumerate(ids):
            if (name := known_text(each)) is not None and name not in _EVERYTHING:
                yield child(path, index), _KINDS[key], name
    if target.exclude is not None:
        yield from targeted(target.exclude)


def _listed(path: str, value: object) -> Iterator[tuple[str, str, str]]:
    """One id of an entity, or a list of them; what is no id, or not known before it runs, is left out."""
    if isinstance(value, tuple):
        for index, each in enumerate(value):
            yield from _listed(child(path, index), each)
    elif (name := known_text(value)) is not None and "." in name:
        yield path, "entity", name


def _times(node: TimeTrigger | TimeCondition) -> Iterator[tuple[str, str, str]]:
    if isinstance(node, TimeCondition):
        for key in ("after", "before"):
            yield from _listed(child(node.path, key), getattr(node, key))
        return
    for index, each in enumerate(node.at):
        path = child(child(node.path, "at"), index)
        if isinstance(each, TimeEntity):
            yield from _listed(child(path, "entity_id"), each.entity_id)
        else:
            yield from _listed(path, each)


def _device(node: DeviceTrigger | DeviceCondition | DeviceAction) -> Iterator[tuple[str, str, str]]:
    if name := known_text(node.device_id):
        yield child(node.path, "device_id"), "device", name
    yield from _listed(child(node.path, "entity_id"), node.config.get("entity_id"))
