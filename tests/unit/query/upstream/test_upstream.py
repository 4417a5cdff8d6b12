"""Upstream's grammar, the last step of reading."""

from typing import Any

import pytest

from contracts.home import HomeDocument
from shared.home import Registry
from workers.query.understanding import lexicon
from workers.query.understanding.names import Names
from workers.query.understanding.orders.order import CannotBe, Command, Deed, Missing
from workers.query.understanding.reading import (
    Ambiguous,
    Ask,
    NameAlone,
    NotApplicable,
    OutOfReach,
    Question,
    Reach,
    Unclear,
    UnknownName,
)
from workers.query.understanding.subjects import Subjects
from workers.query.understanding.upstream import Upstream


def over(entities: list[dict[str, Any]]) -> Upstream:
    areas = [{"area_id": "shed", "name": "Shed"}, {"area_id": "attic", "name": "Attic"}]
    registry = Registry.from_document(HomeDocument.model_validate({"areas": areas, "entities": entities}))
    words = lexicon.load("en")
    return Upstream(Subjects(registry, Names(registry, words), words), "en")


@pytest.mark.parametrize(
    ("sentence", "ask", "entities"),
    [
        ("is the garage door closed", Ask.CHECK, ("cover.garage_door",)),
        ("which lights are on in the bedroom", Ask.WHICH, ("light.bedroom_lamp", "light.bedroom_ceiling")),
        ("how many fans are on on the first floor", Ask.COUNT, ("fan.bedroom_fan", "fan.bathroom_fan")),
        ("how's the garage door", Ask.STATE, ("cover.garage_door",)),
    ],
)
def test_question_is_read(upstream: Upstream, sentence: str, ask: Ask, entities: tuple[str, ...]) -> None:
    found = upstream.read(sentence)
    assert isinstance(found, Question)
    assert (found.ask, found.subject.entities) == (ask, entities)


@pytest.mark.parametrize("sentence", ["turn on the light", "is the lamp on", "banana", "is the window open " * 6, ""])
def test_orders_ambiguous_names_and_long_texts_are_no_questions(upstream: Upstream, sentence: str) -> None:
    assert upstream.read(sentence) is None


def test_language_that_upstream_does_not_know_is_left_alone(house: Any) -> None:
    registry, words = house.snapshot.registry, lexicon.load("en")
    assert Upstream(Subjects(registry, Names(registry, words), words), "xx").read("is it on") is None


@pytest.mark.parametrize(
    "reading",
    [NameAlone(("light.x",)), Ambiguous(("light.x", "light.y")), Command(()), OutOfReach(Reach.WISH)],
)
def test_what_we_read_stays(upstream: Upstream, reading: object) -> None:
    assert upstream.after(reading, "turn off the bedroom lamp") is reading


@pytest.mark.parametrize(
    "reading",
    [
        Unclear(),
        UnknownName("x"),
        NotApplicable(("light.x",), "x"),
        CannotBe(Deed.ON, ("light.x",)),
        Missing("things"),
        OutOfReach(Reach.ORDER),
        OutOfReach(Reach.PAST),
    ],
)
def test_what_we_did_not_read_is_tried(upstream: Upstream, reading: object) -> None:
    found = upstream.after(reading, "Turn off the bedroom lamp, please!")
    assert isinstance(found, Command)
    assert [(each.deed, each.entities) for each in found.orders] == [(Deed.OFF, ("light.bedroom_lamp",))]


def test_where_the_asker_stands_counts(upstream: Upstream) -> None:
    there = upstream.after(Unclear(), "lights off", "bathroom")
    assert isinstance(there, Command)
    assert there.orders[0].entities == ("light.bathroom_light", "light.bathroom_mirror")
    assert upstream.after(Unclear(), "lights off", "nowhere") == Unclear()


@pytest.mark.parametrize(
    "sentence",
    [
        "turn off the bedroom lamp and the freezer",
        "turn off the bedroom lamp in the kitchen",
        "turn off the bedroom lamp unless it is dark",
        "lock the bedroom lamp",
        "set the bedroom lamp to 120 percent",
        "light up the cellar",
    ],
)
def test_what_is_not_said_whole_is_left_alone(upstream: Upstream, sentence: str) -> None:
    assert upstream.after(Unclear(), sentence) == Unclear()


@pytest.mark.parametrize(
    ("sentence", "entities", "value"),
    [
        ("make the bedroom lamp 50% bright", ("light.bedroom_lamp",), 50),
        ("make the bathroom lights 30 percent bright", ("light.bathroom_light", "light.bathroom_mirror"), 30),
        ("turn the bedroom lamp as bright as possible", ("light.bedroom_lamp",), 100),
        ("make the lights as dim as possible", ("light.kitchen_ceiling", "light.kitchen_counter"), 1),
    ],
)
def test_light_is_as_bright_as_said(upstream: Upstream, sentence: str, entities: tuple[str, ...], value: int) -> None:
    found = upstream.after(Unclear(), sentence, "kitchen")
    assert isinstance(found, Command)
    (order,) = found.orders
    assert (order.entities, [each.value for each in order.settings]) == (entities, [value])


def test_vacuum_goes_home(upstream: Upstream) -> None:
    found = upstream.after(Unclear(), "return the vacuum to the base")
    assert isinstance(found, Command)
    assert [(each.deed, each.entities, each.implied) for each in found.orders] == [(Deed.DOCK, ("vacuum.rosie",), True)]


def test_one_light_of_several_is_asked_for(upstream: Upstream) -> None:
    found = upstream.after(Unclear(), "turn the light in the bedroom off")
    assert found == Ambiguous(("light.bedroom_lamp", "light.bedroom_ceiling"))


def test_name_of_several_things_is_asked_for() -> None:
    lamps = [{"entity_id": f"light.{each}", "name": "Beacon", "area_id": each} for each in ("shed", "attic")]
    home = over(lamps)
    assert home.after(Unclear(), "turn on the beacon") == Ambiguous(("light.shed", "light.attic"))
    found = home.after(Unclear(), "turn on the beacon in the attic")
    assert isinstance(found, Command)
    assert found.orders[0].entities == ("light.attic",)


@pytest.mark.parametrize("name", ["(a|b) {name}", "[", "<all>", "{area}", "a" * 255, "!", "on"])
def test_name_is_no_template(name: str) -> None:
    home = over(
        [{"entity_id": "light.one", "name": name, "area_id": "shed"}, {"entity_id": "light.two", "name": "Two"}]
    )
    assert home.after(Unclear(), "turn on a") == Unclear()
    found = home.after(Unclear(), "turn on two")
    assert isinstance(found, Command)
    assert found.orders[0].entities == ("light.two",)


@pytest.mark.parametrize(
    ("sentence", "entity_id", "state"),
    [
        ("what is the power factor of the wall plug", "sensor.wall_plug", None),
        ("what's the wall plug power factor", "sensor.wall_plug", None),
        ("are any batteries charging", "binary_sensor.phone", "charging"),
        ("is the phone charging?", "binary_sensor.phone", "charging"),
        ("which things are hot", "binary_sensor.stove", "detected"),
        ("is the hatch shut", "binary_sensor.hatch", "closed"),
    ],
)
def test_sensors_are_asked_by_their_class(sentence: str, entity_id: str, state: str | None) -> None:
    home = over([
        {"entity_id": "sensor.wall_plug", "name": "Wall plug", "device_class": "power_factor"},
        {"entity_id": "sensor.wall_plug_power", "name": "Wall plug", "device_class": "power"},
        {"entity_id": "binary_sensor.phone", "name": "Phone", "device_class": "battery_charging"},
        {"entity_id": "binary_sensor.phone_low", "name": "Phone", "device_class": "battery"},
        {"entity_id": "binary_sensor.stove", "name": "Stove", "device_class": "heat"},
        {"entity_id": "binary_sensor.hatch", "name": "Hatch", "device_class": "opening"},
    ])  # fmt: skip
    found = home.read(sentence)
    assert found is not None
    assert (found.subject.entities, found.predicate.state) == ((entity_id,), state)
