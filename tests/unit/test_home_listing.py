"""Listing what is in the home: filters, pages, and no reply beyond its limit."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from contracts.envelope import REQUEST_LIMIT
from contracts.home import DevicesRequest, EntitiesRequest, HomeDocument
from shared.home import EntityState, Registry, Snapshot
from workers.data.listing import devices, entities, folded

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOUSE = HomeDocument.model_validate(
    {
        "labels": [{"label_id": "evening", "name": "Evening"}],
        "floors": [{"floor_id": "up", "name": "Upstairs"}],
        "areas": [{"area_id": "study", "name": "Study", "floor_id": "up"}, {"area_id": "hall", "name": "Hall"}],
        "devices": [
            {"device_id": "d2", "name": "Bureaulamp", "area_id": "study", "labels": ["evening"]},
            {"device_id": "d1", "name": "Café sensor", "area_id": "hall"},
            {"device_id": "d3", "name": "Lonely"},
        ],
        "entities": [
            {"entity_id": "sensor.b", "name": "Café warmth", "device_id": "d1", "device_class": "temperature"},
            {"entity_id": "light.a", "name": "Desk", "aliases": ["Große Lampe"], "device_id": "d2"},
            {"entity_id": "light.z", "name": "Hall", "area_id": "hall", "labels": ["evening"]},
            {"entity_id": "sun.sun", "name": "Sun"},
        ],
    }
)
SNAPSHOT = Snapshot(
    Registry.from_document(HOUSE),
    {"light.a": EntityState("on", {"brightness": 80}, NOON, NOON), "sun.sun": EntityState("below_horizon")},
)


def found(snapshot: Snapshot = SNAPSHOT, **asked: Any) -> list[str]:
    return [each.entity_id for each in entities(EntitiesRequest(**asked), snapshot).entities]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, ["light.a", "light.z", "sensor.b", "sun.sun"]),
        ({"area_id": "study"}, ["light.a"]),
        ({"area_id": "hall"}, ["light.z", "sensor.b"]),
        ({"floor_id": "up"}, ["light.a"]),
        ({"domain": "light"}, ["light.a", "light.z"]),
        ({"device_class": "temperature"}, ["sensor.b"]),
        ({"device_id": "d1"}, ["sensor.b"]),
        ({"label": "evening"}, ["light.z"]),
        ({"entity_ids": ["sun.sun", "light.a", "light.nobody", "sun.sun"]}, ["light.a", "sun.sun"]),
        ({"entity_ids": []}, []),
        ({"text": "CAFE"}, ["sensor.b"]),
        ({"text": "grosse"}, ["light.a"]),
        ({"text": "esk"}, ["light.a"]),
        ({"domain": "light", "area_id": "hall"}, ["light.z"]),
        ({"domain": "light", "area_id": "nowhere"}, []),
    ],
)
def test_filters(asked: dict[str, Any], expected: list[str]) -> None:
    assert found(**asked) == expected
    assert entities(EntitiesRequest(**asked), SNAPSHOT).total == len(expected)


def test_what_an_entity_tells_of_itself() -> None:
    [desk] = entities(EntitiesRequest(entity_ids=["light.a"], attributes=True), SNAPSHOT).entities
    assert desk.model_dump() == {
        "entity_id": "light.a",
        "name": "Desk",
        "aliases": ["Große Lampe"],
        "area_id": "study",
        "floor_id": "up",
        "device_id": "d2",
        "device_class": None,
        "labels": [],
        "state": "on",
        "attributes": {"brightness": 80},
        "last_changed": "2026-11-21T12:00:00+00:00",
        "last_updated": "2026-11-21T12:00:00+00:00",
    }
    [silent] = entities(EntitiesRequest(entity_ids=["sensor.b"]), SNAPSHOT).entities
    assert (silent.state, silent.attributes, silent.last_changed) == (None, None, None)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, ["d1", "d2", "d3"]),
        ({"area_id": "study"}, ["d2"]),
        ({"floor_id": "up"}, ["d2"]),
        ({"label": "evening"}, ["d2"]),
        ({"text": "cafe"}, ["d1"]),
        ({"device_ids": ["d3", "nobody"]}, ["d3"]),
        ({"limit": 1, "offset": 1}, ["d2"]),
    ],
)
def test_devices(asked: dict[str, Any], expected: list[str]) -> None:
    response = devices(DevicesRequest(**asked), SNAPSHOT.registry)
    assert [each.device_id for each in response.devices] == expected
    carried = {"d1": ["sensor.b"], "d2": ["light.a"], "d3": []}
    assert all(each.entities == carried[each.device_id] for each in response.devices)


def large_home(count: int, **attributes: Any) -> Snapshot:
    ids = [f"light.l{number:05}" for number in range(count)]
    random.Random(1).shuffle(ids)
    document = HomeDocument.model_validate({"entities": [{"entity_id": each, "name": each} for each in ids]})
    return Snapshot(Registry.from_document(document), {each: EntityState("on", attributes) for each in ids})


@pytest.mark.parametrize("limit", [None, 1, 700, 10_000])
def test_pages_give_all_once_in_order(limit: int | None) -> None:
    snapshot = large_home(3000 if limit != 1 else 5)
    listed: list[str] = []
    offset: int | None = 0
    while offset is not None:
        response = entities(EntitiesRequest(limit=limit, offset=offset), snapshot)
        assert len(response.model_dump_json().encode()) <= REQUEST_LIMIT
        assert response.total == len(snapshot.registry.entities)
        listed += [each.entity_id for each in response.entities]
        offset = response.next_offset
    assert listed == sorted(snapshot.registry.entities)


def test_attributes_beyond_all_measure_are_left_out_and_hold_up_nobody() -> None:
    snapshot = large_home(3, picture="x" * 300_000)
    response = entities(EntitiesRequest(attributes=True), snapshot)
    assert [each.attributes for each in response.entities] == [None, None, None]
    assert response.next_offset is None


def test_beyond_the_end_there_is_nothing() -> None:
    response = entities(EntitiesRequest(offset=99), SNAPSHOT)
    assert (response.entities, response.total, response.next_offset) == ([], 4, None)


@pytest.mark.parametrize(
    "asked",
    [{"limit": 0}, {"offset": -1}, {"text": ""}, {"entity_ids": ["Not An Id"]}, {"bogus": 1}, {"text": "x" * 300}],
)
def test_what_can_not_be_asked(asked: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        EntitiesRequest(**asked)


def test_names_are_compared_without_case_and_accents() -> None:
    assert folded("Éclairage DE LA Façade") == "eclairage de la facade"
    assert folded("Straße") == "strasse"
