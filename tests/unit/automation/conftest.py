"""A small home for the tests of the automation worker."""

from __future__ import annotations

import pytest

from contracts.home import HomeDocument
from shared.home import Registry
from tests.unit.automation.generated import Things

HOME = HomeDocument.model_validate(
    {
        "floors": [{"floor_id": "ground", "name": "Ground floor", "level": 0}],
        "labels": [{"label_id": "night", "name": "Night"}],
        "areas": [
            {"area_id": "kitchen", "name": "Kitchen", "floor_id": "ground"},
            {"area_id": "hall", "name": "Hall", "labels": ["night"]},
        ],
        "devices": [{"device_id": "d1", "name": "Ceiling", "area_id": "kitchen"}, {"device_id": "d2", "name": "Plug"}],
        "entities": [
            {"entity_id": "light.kitchen", "name": "Kitchen light", "device_id": "d1"},
            {"entity_id": "light.hall", "name": "Hall light", "area_id": "hall"},
            {"entity_id": "switch.fan", "name": "Fan", "device_id": "d2"},
            {"entity_id": "binary_sensor.door", "name": "Door", "device_class": "door", "area_id": "hall"},
            {"entity_id": "sensor.outside", "name": "Outside", "device_class": "temperature"},
            {"entity_id": "person.anna", "name": "Anna"},
            {"entity_id": "scene.evening", "name": "Evening"},
        ],
    }
)


@pytest.fixture(scope="session")
def registry() -> Registry:
    return Registry.from_document(HOME)


@pytest.fixture(scope="session")
def things(registry: Registry) -> Things:
    return Things.of(registry)
