"""Lists what is in the home: filters, pages, and as much as a reply holds. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from contracts.home import (
    DevicesRequest,
    DevicesResponse,
    EntitiesRequest,
    EntitiesResponse,
    KnownDevice,
    KnownEntity,
)
from shared.home import Device, Entity, Registry, Snapshot
from shared.listing import fitting

_LARGEST_ATTRIBUTES = 32 * 1024
"""Characters of the attributes of one entity: what is larger is left out, or the listing would never get past it."""
_MOST_CARRIED = 1_000


def entities(request: EntitiesRequest, snapshot: Snapshot) -> EntitiesResponse:
    """The entities that were asked for, by id. Takes some 0.2 s for 100,000: run it in a thread."""
    registry = snapshot.registry
    ids = registry.entity_ids if request.entity_ids is None else sorted(set(request.entity_ids))
    wanted = _wanted_entity(request, registry)
    found = [entity for each in ids if (entity := registry.entities.get(each)) is not None and wanted(entity)]
    page = found[request.offset :][: request.limit]
    listed = [*fitting(_entity(each, snapshot, attributes=request.attributes) for each in page)]
    return EntitiesResponse(
        entities=listed, total=len(found), next_offset=_next(request.offset, len(listed), len(found))
    )


def devices(request: DevicesRequest, registry: Registry) -> DevicesResponse:
    """The devices that were asked for, by id."""
    ids = sorted(registry.devices if request.device_ids is None else set(request.device_ids))
    wanted = _wanted_device(request, registry)
    found = [device for each in ids if (device := registry.devices.get(each)) is not None and wanted(device)]
    page = found[request.offset :][: request.limit]
    listed = [*fitting(_device(each, registry) for each in page)]
    return DevicesResponse(devices=listed, total=len(found), next_offset=_next(request.offset, len(listed), len(found)))


def _next(offset: int, listed: int, total: int) -> int | None:
    end = offset + listed
    return end if listed and end < total else None


def _wanted_entity(request: EntitiesRequest, registry: Registry) -> Callable[[Entity], bool]:
    asked = [(name, getattr(request, name)) for name in ("area_id", "device_id", "domain", "device_class")]
    exact = [(name, value) for name, value in asked if value is not None]
    tests: list[Callable[[Entity], bool]] = []
    if exact:
        tests.append(lambda entity: all(getattr(entity, name) == value for name, value in exact))
    if request.floor_id is not None:
        tests.append(lambda entity: registry.floor_of(entity) == request.floor_id)
    if request.label is not None:
        tests.append(lambda entity: request.label in entity.labels)
    if request.text is not None:
        part = folded(request.text)
        tests.append(lambda entity: any(part in folded(name) for name in (entity.name, *entity.aliases)))
    return lambda entity: all(test(entity) for test in tests)


def _wanted_device(request: DevicesRequest, registry: Registry) -> Callable[[Device], bool]:
    tests: list[Callable[[Device], bool]] = []
    if request.area_id is not None:
        tests.append(lambda device: device.area_id == request.area_id)
    if request.floor_id is not None:
        tests.append(lambda device: _floor(device.area_id, registry) == request.floor_id)
    if request.label is not None:
        tests.append(lambda device: request.label in device.labels)
    if request.text is not None:
        part = folded(request.text)
        tests.append(lambda device: part in folded(device.name))
    return lambda device: all(test(device) for test in tests)


def _entity(entity: Entity, snapshot: Snapshot, *, attributes: bool) -> KnownEntity:
    state = snapshot.state(entity.entity_id)
    known = dict(state.attributes) if state and attributes else None
    return KnownEntity(
        entity_id=entity.entity_id,
        name=entity.name,
        aliases=list(entity.aliases),
        area_id=entity.area_id,
        floor_id=snapshot.registry.floor_of(entity),
        device_id=entity.device_id,
        device_class=entity.device_class,
        labels=list(entity.labels),
        state=state.state if state else None,
        attributes=known if len(str(known)) <= _LARGEST_ATTRIBUTES else None,
        last_changed=_text(state.last_changed) if state else None,
        last_updated=_text(state.last_updated) if state else None,
    )


def _device(device: Device, registry: Registry) -> KnownDevice:
    return KnownDevice(
        device_id=device.device_id,
        name=device.name,
        area_id=device.area_id,
        floor_id=_floor(device.area_id, registry),
        manufacturer=device.manufacturer,
        model=device.model,
        labels=list(device.labels),
        entities=list(registry.by_device.get(device.device_id, ())[:_MOST_CARRIED]),
    )


def _floor(area_id: str | None, registry: Registry) -> str | None:
    area = registry.areas.get(area_id) if area_id else None
    return area.floor_id if area else None


def folded(text: str) -> str:
    """A name as it is compared: without case and accents."""
    if text.isascii():
        return text.casefold()
    return "".join(_bare(unicodedata.normalize("NFKD", text.casefold())))


def _bare(text: str) -> Iterator[str]:
    return (sign for sign in text if not unicodedata.combining(sign))


def _text(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat() if moment else None
