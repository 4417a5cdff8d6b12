"""What Home Assistant's websocket API tells of a home, as a home document. Pure."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog
from pydantic import BaseModel, ValidationError

from contracts.home import AreaEntry, DeviceEntry, EntityEntry, FloorEntry, HomeDocument, LabelEntry
from shared.home import EntityState, friendly_name

log = structlog.get_logger(__name__)

Answer = Mapping[str, Any]
P = TypeVar("P", bound=BaseModel)


class Face(NamedTuple):
    """What the state of an entity tells of the entity itself."""

    friendly_name: str | None
    device_class: str | None

    @classmethod
    def of(cls, attributes: Any) -> Face:
        """The face in the attributes of a state."""
        if not isinstance(attributes, Mapping):
            return cls(None, None)
        name, kind = attributes.get("friendly_name"), attributes.get("device_class")
        return cls(str(name) if name else None, kind if isinstance(kind, str) else None)


@dataclass
class Told:
    """The answers as they came, each replaced as a whole; entities with all their fields, and faces, by id."""

    config: Answer = field(default_factory=dict)
    areas: list[Answer] = field(default_factory=list)
    floors: list[Answer] = field(default_factory=list)
    devices: list[Answer] = field(default_factory=list)
    labels: list[Answer] = field(default_factory=list)
    entities: dict[str, Answer] = field(default_factory=dict)
    services: dict[str, dict[str, Any]] = field(default_factory=dict)
    faces: dict[str, Face] = field(default_factory=dict)

    def copy(self) -> Told:
        """The same, for a thread: what comes meanwhile does not show in it."""
        return replace(self, entities=dict(self.entities), faces=dict(self.faces))


def home_document(told: Told) -> HomeDocument:
    """The home, without states: devices and entities by id, the rest in Home Assistant's order.

    What is disabled is left out, and so is what can't be read: no entry may keep the others from being known.
    """
    devices = {str(each.get("id")): each for each in told.devices if not each.get("disabled_by")}
    return HomeDocument(
        time_zone=_time_zone(told.config),
        complete=True,
        labels=[*_parts(LabelEntry, "label_id", map(_plain, told.labels))],
        floors=[*_parts(FloorEntry, "floor_id", map(_plain, told.floors))],
        areas=[*_parts(AreaEntry, "area_id", map(_plain, told.areas))],
        devices=[*_parts(DeviceEntry, "device_id", (_device(id_, devices[id_]) for id_ in sorted(devices)))],
        entities=[*_parts(EntityEntry, "entity_id", _entities(told, devices))],
        services={str(domain): each for domain, each in told.services.items() if isinstance(each, dict)},
    )


def _time_zone(config: Answer) -> str:
    name = config.get("time_zone")
    with contextlib.suppress(ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo(str(name)).key
    log.warning("Home Assistant names a time zone that is not known here", time_zone=str(name)[:64])
    return "UTC"


def _plain(entry: Answer) -> dict[str, Any]:
    return {
        **entry,
        "name": _short(entry.get("name")),
        "aliases": sorted(_aliases(entry)),  # a set there, in another order after each start
        "labels": _labels(entry),
    }


def _device(device_id: str, entry: Answer) -> dict[str, Any]:
    return {
        "device_id": device_id,
        "name": _short(entry.get("name_by_user") or entry.get("name")) or None,
        "area_id": entry.get("area_id"),
        "manufacturer": _text(entry.get("manufacturer")),
        "model": _text(entry.get("model")),
        "labels": _labels(entry),
    }


def _entities(told: Told, devices: Mapping[str, Answer]) -> Iterator[dict[str, Any]]:
    for entity_id in sorted(told.entities.keys() | told.faces.keys()):
        entry, face = told.entities.get(entity_id, {}), told.faces.get(entity_id, _FACELESS)
        if entry.get("disabled_by"):
            continue
        device_id = entry.get("device_id")
        yield {
            "entity_id": entity_id,
            "name": _short(face.friendly_name or _name(entity_id, entry, devices.get(str(device_id), {}))),
            "aliases": _aliases(entry),
            "area_id": entry.get("area_id"),
            "device_id": device_id,
            "device_class": face.device_class or entry.get("device_class") or entry.get("original_device_class"),
            "labels": _labels(entry),
        }


def _name(entity_id: str, entry: Answer, device: Answer) -> str:
    """The name of an entity without a state, as Home Assistant would show it: `<device name> <entity name>`."""
    name = entry.get("name") or entry.get("original_name")
    of_device = device.get("name_by_user") or device.get("name")
    if of_device and entry.get("has_entity_name"):
        return f"{of_device} {name}" if name else str(of_device)
    return str(name or of_device or friendly_name(entity_id, {}))


def _parts(model: type[P], identifier: str, entries: Iterable[dict[str, Any]]) -> Iterator[P]:
    """Those entries that can be read, each id once."""
    seen: set[Any] = set()
    for entry in entries:
        try:
            part = model.model_validate(entry)
        except ValidationError as error:
            why = error.errors(include_input=False, include_url=False)[0]["msg"]
            log.warning("a part of the home can't be read", id=str(entry.get(identifier))[:255], error=why)
            continue
        if (name := getattr(part, identifier)) not in seen:
            seen.add(name)
            yield part


def _aliases(entry: Answer) -> list[str]:
    """The other names. A null among them stands for the entity's own one."""
    aliases = entry.get("aliases")
    return [_short(each) for each in aliases if isinstance(each, str) and each] if isinstance(aliases, list) else []


def _labels(entry: Answer) -> list[str]:
    """Sorted: Home Assistant keeps them as a set."""
    labels = entry.get("labels")
    return sorted(each for each in labels if isinstance(each, str)) if isinstance(labels, list) else []


def _short(name: Any) -> str:
    return str(name or "")[:_LONGEST_NAME]


def _text(value: Any) -> str | None:
    return _short(value) if value else None


def state_faces(states: Mapping[str, EntityState]) -> dict[str, Face]:
    """The faces in states."""
    return {entity_id: Face.of(state.attributes) for entity_id, state in states.items()}


_FACELESS = Face(None, None)
_LONGEST_NAME = 255
