"""The parts of the validator: nearest ids, selectors, thresholds, the purpose-made ones, and the view of a home."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.home import HomeDocument
from shared.home import EntityState, Registry, Snapshot
from shared.spelling import distance
from workers.automation.finding import Severity
from workers.automation.home_view import HomeView
from workers.automation.plan.target import Target
from workers.automation.plan.value import Template, frozen
from workers.automation.service import Service
from workers.automation.validating.nearest import nearest
from workers.automation.validating.purpose import purpose_conditions, purpose_triggers
from workers.automation.validating.selector import misfits
from workers.automation.validating.threshold import judge_threshold

LIGHTS = ["light.kitchen_ceiling", "light.kitchen_counter", "light.hall", "switch.kitchen_ceiling", "light.a"]


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("light.kitchen_celing", "light.kitchen_ceiling"),
        ("light.kitchen_cieling", "light.kitchen_ceiling"),
        ("light.ceiling_kitchen", "light.kitchen_ceiling"),
        ("Light.Kitchen_Ceiling", "light.kitchen_ceiling"),
        ("ligth.hall", "light.hall"),
        ("light.hal", None),
        ("light.b", None),
        ("light.kitchen", None),
        ("fan.kitchen_ceiling", None),
        ("x" * 300, None),
    ],
)
def test_the_nearest_is_given_where_it_is_sure(wrong: str, meant: str | None) -> None:
    assert nearest(wrong, LIGHTS) == meant


def test_two_that_are_as_near_are_none() -> None:
    assert nearest("light.lamp_3", ["light.lamp_1", "light.lamp_2"]) is None


def test_distance_is_bounded() -> None:
    assert distance("abcd", "abdc", 2) == 1
    assert distance("kitten", "sitting", 5) == 3
    assert distance("kitten", "sitting", 2) == 3
    assert distance("", "abc", 1) == 2


@pytest.mark.parametrize(
    ("value", "selector", "fits"),
    [
        (50, {"number": {"min": 0, "max": 100}}, True),
        ("50", {"number": {"min": 0, "max": 100}}, True),
        (101, {"number": {"min": 0, "max": 100}}, False),
        (-1, {"number": {"min": 0}}, False),
        (True, {"number": {}}, False),
        ("nan", {"number": {}}, False),
        ("{{ x }}", {"number": {"min": 0, "max": 100}}, True),
        ("on", {"boolean": None}, True),
        ("maybe", {"boolean": None}, False),
        ("short", {"select": {"options": ["short", "long"]}}, True),
        ("shrt", {"select": {"options": [{"value": "short", "label": "Short"}]}}, False),
        ("other", {"select": {"options": ["short"], "custom_value": True}}, True),
        (["short", "x"], {"select": {"options": ["short"], "multiple": True}}, False),
        ([255, 0, 0], {"color_rgb": None}, True),
        ([256, 0, 0], {"color_rgb": None}, False),
        ("red", {"color_rgb": None}, False),
        ("x", {"made_up": {}}, True),
    ],
)
def test_selectors(value: Any, selector: dict[str, Any], fits: bool) -> None:
    found = [each for each in misfits(frozen(value), selector) if each[0] is Severity.ERROR]
    assert (not found) == fits


def test_times_are_bounded_for_the_slider_alone() -> None:
    ((severity, _, _),) = misfits(600, {"number": {"max": 300, "unit_of_measurement": "seconds"}})
    assert severity is Severity.WARNING


@pytest.mark.parametrize(
    ("threshold", "wrong"),
    [
        ({"type": "above", "value": {"number": 20, "unit_of_measurement": "°C"}}, 0),
        ({"type": "above", "value": {"entity": "sensor.a"}}, 0),
        ({"type": "above", "value": {"number": 20}}, 1),
        ({"type": "any"}, 1),
        ({"type": "above"}, 1),
        ({"type": "above", "value": {"number": "warm", "unit_of_measurement": "K"}}, 1),
        ({"type": "made_up"}, 1),
        ("above 20", 1),
        (
            {
                "type": "between",
                "value_min": {"number": 9, "unit_of_measurement": "K"},
                "value_max": {"number": 1, "unit_of_measurement": "K"},
            },
            1,
        ),
    ],
)
def test_thresholds(threshold: Any, wrong: int) -> None:
    purpose = purpose_triggers()["temperature.crossed_threshold"]
    assert len(list(judge_threshold(frozen(threshold), "options.threshold", purpose))) == wrong


def test_the_purpose_made_ones_are_read_from_their_table() -> None:
    triggers, conditions = purpose_triggers(), purpose_conditions()
    assert len(triggers) > 200
    assert len(conditions) > 150
    assert triggers["light.turned_on"].domains == {"light"}
    assert triggers["light.turned_on"].required == set()
    assert triggers["battery.level_crossed_threshold"].required == {"threshold"}
    assert (triggers["battery.level_crossed_threshold"].least, triggers["battery.level_crossed_threshold"].most) == (
        0,
        100,
    )
    assert triggers["sun.sunrise"].domains is None
    assert conditions["switch.is_on"].domains == {"switch", "input_boolean"}


def test_a_service_is_read_from_its_description() -> None:
    service = Service.of(
        "light.turn_on",
        {
            "fields": {
                "effect": {"required": True, "selector": {"text": None}},
                "more": {"collapsed": True, "fields": {"white": {"selector": {"constant": {}}}, "odd": None}},
            },
            "target": {"entity": [{"domain": ["light"]}]},
            "response": {"optional": False},
        },
    )
    assert set(service.fields) == {"effect", "white", "odd"}
    assert service.fields["effect"].required
    assert service.target_domains == {"light"}
    assert service.response == "only"
    assert Service.of("x.y", {}).target is None
    assert Service.of("x.y", {"target": {"entity": [{}]}, "fields": 3}).target_domains is None


@pytest.fixture
def view() -> HomeView:
    document = HomeDocument.model_validate(
        {
            "floors": [{"floor_id": "up", "name": "Up"}],
            "areas": [{"area_id": "bed", "name": "Bedroom", "floor_id": "up", "labels": ["night"]}],
            "devices": [{"device_id": "d1", "name": "Lamp", "model": "A19", "area_id": "bed"}],
            "entities": [
                {"entity_id": "light.bed", "name": "Bed", "device_id": "d1", "aliases": ["lamp"]},
                {"entity_id": "light.hall", "name": "Hall", "labels": ["night"]},
                {"entity_id": "light.all", "name": "All"},
                {"entity_id": "scene.x", "name": "X"},
            ],
            "labels": [{"label_id": "night", "name": "Night"}],
        }
    )
    states = {
        "light.all": EntityState("on", {"entity_id": ["group.inner", "light.hall"]}),
        "group.inner": EntityState("on", {"entity_id": ["light.bed", "light.all"]}),
        "scene.x": EntityState("on", {"entity_id": ["light.bed"]}),
    }
    return HomeView.of(Snapshot(Registry.from_document(document), states))


def test_targets_reach_through_groups_areas_floors_labels_and_devices(view: HomeView) -> None:
    assert view.members("light.all") == {"group.inner", "light.hall", "light.bed"}
    assert view.members("scene.x") == set()
    assert view.reached(Target(entity_id=("group.inner",))) == {"group.inner", "light.all", "light.bed", "light.hall"}
    for target in (Target(device_id=("d1",)), Target(area_id=("bed",)), Target(floor_id=("up",))):
        assert view.reached(target) == {"light.bed"}
    assert view.reached(Target(label_id=("night",))) == {"light.bed", "light.hall"}
    assert view.reached(Target(label_id=("night",), exclude=Target(area_id=("bed",)))) == {"light.hall"}
    assert view.reached(Target(entity_id=("all",)), "light") == {"light.all", "light.bed", "light.hall"}
    assert view.reached(Target(entity_id=("none", Template("{{ x }}")))) == set()


def test_a_view_tells_names_places_and_labels(view: HomeView) -> None:
    assert view.names_of("light.bed") == ("Bed", "lamp", "Lamp", "A19", "bed")
    assert view.labels_of("light.bed") == {"night"}
    area = view.area_of("light.bed")
    assert area is not None
    assert area.name == "Bedroom"
    assert view.labels_of("light.nobody") == set()
    assert view.ids_by_domain["group"] == ("group.inner",)
