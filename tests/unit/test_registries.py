"""Home Assistant's answers as a home document: names as it shows them, nothing disabled, nothing broken."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from shared.home import EntityState, Registry
from shared.homeassistant.registries import Face, Told, home_document, state_faces

TOLD = Told(
    config={"time_zone": "Europe/Amsterdam"},
    labels=[{"label_id": "evening", "name": "Evening", "color": "red"}],
    floors=[{"floor_id": "up", "name": "Upstairs", "level": 1, "aliases": ["above"]}],
    areas=[
        {"area_id": "study", "name": "Study", "floor_id": "up", "aliases": ["office", "den"], "labels": ["b", "a"]},
        {"area_id": "attic", "name": "Attic", "floor_id": None, "aliases": [], "labels": []},
    ],
    devices=[
        {"id": "d2", "name": "Hue bulb", "name_by_user": "Desk lamp", "area_id": "study", "labels": ["evening"]},
        {"id": "d1", "name": "Sensor", "name_by_user": None, "area_id": None, "manufacturer": "Acme", "model": 3},
        {"id": "d0", "name": "Gone", "disabled_by": "user", "area_id": "attic"},
    ],
    entities={
        "light.desk": {
            "device_id": "d2",
            "name": None,
            "original_name": "Light",
            "has_entity_name": True,
            "aliases": [None, "big lamp", ""],
            "area_id": None,
            "labels": ["evening"],
        },
        "sensor.warmth": {
            "device_id": "d1",
            "original_name": "Temperature",
            "has_entity_name": True,
            "original_device_class": "temperature",
            "area_id": "attic",
        },
        "sensor.plain": {"device_id": "d1", "original_name": "Plain", "has_entity_name": False},
        "sensor.bare": {"device_id": "d1", "original_name": None, "has_entity_name": True},
        "sensor.lonely_thing": {"device_id": None, "original_name": None},
        "light.off": {"disabled_by": "user", "original_name": "Off"},
        "light.hidden": {"hidden_by": "user", "original_name": "Hidden"},
    },
    services={"light": {"turn_on": {"fields": {"brightness": {}}}}},
    faces={
        "light.desk": Face("Desk lamp Light", None),
        "sun.sun": Face("Sun", None),
        "binary_sensor.door": Face("Door", "door"),
    },
)


def told(**changed: Any) -> Told:
    found = copy.deepcopy(TOLD)
    for name, value in changed.items():
        setattr(found, name, value)
    return found


def test_a_home_of_answers() -> None:
    registry = Registry.from_document(home_document(TOLD))
    assert registry.time_zone == "Europe/Amsterdam"
    assert list(registry.areas) == ["study", "attic"]
    assert registry.areas["study"].labels == ("a", "b")
    assert registry.areas["study"].aliases == ("den", "office")
    assert registry.floors["up"].aliases == ("above",)
    assert registry.labels["evening"].name == "Evening"
    assert list(registry.devices) == ["d1", "d2"]
    assert (registry.devices["d1"].manufacturer, registry.devices["d1"].model) == ("Acme", "3")
    assert registry.devices["d2"].name == "Desk lamp"
    assert registry.services["light"]["turn_on"] == {"fields": {"brightness": {}}}
    assert {each: entity.name for each, entity in registry.entities.items()} == {
        "binary_sensor.door": "Door",
        "light.desk": "Desk lamp Light",
        "light.hidden": "Hidden",
        "sensor.bare": "Sensor",
        "sensor.lonely_thing": "Lonely thing",
        "sensor.plain": "Plain",
        "sensor.warmth": "Sensor Temperature",
        "sun.sun": "Sun",
    }
    desk = registry.entities["light.desk"]
    assert (desk.aliases, desk.area_id, desk.labels) == (("big lamp",), "study", ("evening",))
    assert registry.entities["sensor.warmth"].area_id == "attic"
    assert registry.entities["sensor.warmth"].device_class == "temperature"
    assert registry.entities["binary_sensor.door"].device_class == "door"


@pytest.mark.parametrize(
    ("kind", "broken"),
    [
        ("areas", {"area_id": None, "name": "x"}),
        ("areas", {"name": "no id"}),
        ("areas", {"area_id": "study", "name": "the same again"}),
        ("devices", {"name": "no id", "id": ""}),
        ("labels", {"label_id": 7, "name": "x"}),
        ("floors", {"floor_id": "f", "name": "F", "level": "high"}),
    ],
)
def test_one_broken_entry_keeps_no_other_from_being_known(kind: str, broken: dict[str, Any]) -> None:
    home = told(**{kind: [*getattr(TOLD, kind), broken]})
    assert home_document(home) == home_document(TOLD)


@pytest.mark.parametrize("entity_id", ["Not.An_Id", "x", "light.", "light." + "x" * 300])
def test_an_entity_without_a_proper_id_is_left_out(entity_id: str) -> None:
    home = told(faces={**TOLD.faces, entity_id: Face("X", None)})
    assert home_document(home) == home_document(TOLD)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../etc/passwd", None, 5, ""])
def test_a_time_zone_that_nobody_knows_is_utc(zone: object) -> None:
    assert home_document(told(config={"time_zone": zone})).time_zone == "UTC"


def test_names_of_any_length_and_kind() -> None:
    home = told(faces={"light.a": Face("x" * 10_000, None)}, areas=[{"area_id": "a", "name": "y" * 600}])
    document = home_document(home)
    assert max(len(entity.name or "") for entity in document.entities) == 255
    assert len(document.areas[0].name) == 255


def test_a_home_that_tells_nothing_is_empty() -> None:
    assert Registry.from_document(home_document(Told())).counts() == {
        "floors": 0,
        "areas": 0,
        "devices": 0,
        "entities": 0,
        "services": 0,
    }


@pytest.mark.parametrize(
    ("attributes", "face"),
    [
        ({"friendly_name": "A", "device_class": "door"}, Face("A", "door")),
        ({"friendly_name": "", "device_class": 5}, Face(None, None)),
        ({"friendly_name": 21}, Face("21", None)),
        (None, Face(None, None)),
    ],
)
def test_the_face_of_a_state(attributes: Any, face: Face) -> None:
    assert Face.of(attributes) == face
    assert state_faces({"light.a": EntityState("on", attributes or {})}) == {"light.a": face}


def test_a_copy_stands_still() -> None:
    home = told()
    before = home.copy()
    home.faces["light.new"] = Face("New", None)
    home.entities.pop("light.desk")
    assert "light.new" not in before.faces
    assert "light.desk" in before.entities
