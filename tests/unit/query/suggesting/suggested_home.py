"""A home with its names, and patterns and synergies that say what a test wants."""

from __future__ import annotations

from typing import Any

from contracts.analysis import Pattern
from contracts.home import HomeDocument
from contracts.synergies import Synergy
from shared.home import Registry
from workers.query.suggesting.calling import Calling

MOTION, LIGHT, LAMP, DOOR, LOCK = (
    "binary_sensor.hall_motion",
    "light.hall",
    "light.hall_lamp",
    "binary_sensor.front_door",
    "lock.front_door",
)
DOCUMENT = {
    "time_zone": "Europe/Amsterdam",
    "areas": [{"area_id": "hall", "name": "Hall"}, {"area_id": "den", "name": "Den"}],
    "devices": [{"device_id": "plug", "name": "Washer plug"}],
    "entities": [
        {"entity_id": MOTION, "name": "Hall motion", "area_id": "hall", "device_class": "motion"},
        {"entity_id": LIGHT, "name": "Hall light", "area_id": "hall"},
        {"entity_id": LAMP, "name": "Standing lamp", "area_id": "hall"},
        {"entity_id": "light.den", "name": "Den light", "area_id": "den"},
        {"entity_id": "cover.blind", "name": "Den blind", "area_id": "den", "device_class": "blind"},
        {"entity_id": "cover.garage", "name": "Car garage door", "device_class": "garage"},
        {"entity_id": DOOR, "name": "Front door", "area_id": "hall", "device_class": "door"},
        {"entity_id": LOCK, "name": "Front door lock", "area_id": "hall"},
        {"entity_id": "switch.washer", "name": "Washing machine", "device_id": "plug", "device_class": "outlet"},
        {"entity_id": "sensor.washer", "name": "Washing machine power", "device_id": "plug", "device_class": "power"},
        {"entity_id": "person.anna", "name": "Anna"},
        {"entity_id": "climate.den", "name": "Den thermostat", "area_id": "den"},
        {"entity_id": "media_player.tv", "name": "Samsung TV", "area_id": "den", "device_class": "tv"},
    ],
}


REGISTRY = Registry.from_document(HomeDocument.model_validate(DOCUMENT))
CALLING = Calling(REGISTRY)


def pattern(key: str, kind: str, *steps: tuple[str, str], **fields: Any) -> Pattern:
    detail = {"states": [state for _, state in steps], "lag_seconds": [12.2] * (len(steps) - 1)}
    told = {
        "pattern_id": key,
        "pattern_type": kind,
        "entities": [entity for entity, _ in steps],
        "confidence": 0.9,
        "support": 48,
        "first_seen": "2026-10-20T10:00:00+00:00",
        "last_seen": "2026-11-19T09:00:00+00:00",
        "detail": detail,
        "quality": 0.8,
        "status": "active",
    }
    return Pattern.model_validate({**told, **fields})


def routine(key: str, entity: str, state: str, minute: float, days: str = "all", **fields: Any) -> Pattern:
    detail = {"state": state, "minute_of_day": minute, "spread_minutes": 7.0, "days": days}
    return pattern(key, "time_of_day", (entity, ""), **{"detail": detail, **fields})


def synergy(key: str, *steps: tuple[str, str], rests_on: tuple[str, ...] = (), **fields: Any) -> Synergy:
    evidence = {
        "states": [state for _, state in steps],
        "lag_seconds": [11.0] * (len(steps) - 1),
        "support": 40,
        "of_days": 30,
        "pattern_ids": list(rests_on),
    }
    told = {
        "synergy_id": key,
        "devices": [entity for entity, _ in steps],
        "depth": len(steps),
        "relationship": "motion_light",
        "confidence": 0.9,
        "impact": 0.4,
        "score": 0.7,
        "evidence": evidence,
        "status": "active",
    }
    return Synergy.model_validate({**told, **fields})
