"""What an answer says: names, units, times, and what can't be told."""

from typing import Any

import pytest

from contracts.home import HomeDocument
from contracts.query import QueryStatus
from shared.home import Registry, Snapshot
from workers.query.answering import answer
from workers.query.understanding import Understanding
from workers.query.understanding.reading import Ask, Question, Subject


def _doors(*states: str) -> Any:
    return HomeDocument.model_validate(
        {
            "areas": [{"area_id": "hall", "name": "Hall"}],
            "entities": [
                {
                    "entity_id": f"binary_sensor.d{at}",
                    "name": f"Door {at}",
                    "area_id": "hall",
                    "device_class": "door",
                    "state": state,
                }
                for at, state in enumerate(states)
            ],
        }
    )


def test_answer_names_the_room_the_unit_and_the_time(house: Any) -> None:
    got = house.ask("how warm is it in the bedroom")
    assert got.text == "Bedroom temperature is 18.2 °C."
    assert (got.result.value, got.result.unit, got.result.at) == (18.2, "°C", "2026-11-20T07:30:00+00:00")
    assert got.entities == ("sensor.bedroom_temperature",)
    assert (got.query_type, got.confidence) == ("reading", 1.0)


def test_reading_comes_from_the_climate_device_where_there_is_no_sensor(difficult: Any) -> None:
    got = difficult.ask("what's the temperature in Anna's room")
    assert (got.result.value, got.result.unit, got.entities) == (19.5, "°C", ("climate.annas_room",))


def test_sensor_inside_an_appliance_does_not_speak_for_its_room(difficult: Any) -> None:
    assert difficult.ask("what is the temperature in the kitchen").status is QueryStatus.NOT_UNDERSTOOD
    assert difficult.ask("what is the temperature of the fridge").result.value == 4.5


@pytest.mark.parametrize(
    ("sentence", "value"),
    [
        ("are all doors closed", None),
        ("is any door open", None),
        ("which doors are open", []),
        ("how many doors are closed", 1),
        ("is door 1 open", None),
    ],
)
def test_what_is_unavailable_is_said_and_never_counted(make_home: Any, sentence: str, value: object) -> None:
    home = make_home(_doors("off", "unavailable"))
    got = home.ask(sentence)
    assert (got.status, got.result.value) == (QueryStatus.ANSWERED, value)
    assert "Door 1 is unavailable" in got.text
    assert "binary_sensor.d1" in got.entities


def test_one_open_door_is_enough_to_know(make_home: Any) -> None:
    got = make_home(_doors("on", "unavailable")).ask("are all doors closed")
    assert got.result.value is False
    assert got.result.entities == ["binary_sensor.d0"]
    assert "Door 1 is unavailable" in got.text


def test_many_names_are_counted_after_ten(make_home: Any) -> None:
    got = make_home(_doors(*["on"] * 15)).ask("which doors are open")
    assert len(got.result.value) == 15
    assert got.text.endswith("Door 8, Door 9 and 5 more.")


def test_evidence_of_a_large_home_is_cut_but_not_the_result(make_home: Any) -> None:
    got = make_home(_doors(*["off"] * 300)).ask("are any doors open")
    assert (got.result.value, len(got.entities), len(got.result.entities)) == (False, 100, 300)


def test_nothing_of_a_kind_in_a_room_is_said(house: Any) -> None:
    got = house.ask("how many windows are open in the garage")
    assert (got.result.value, got.result.entities, got.text) == (0, [], "I know of no windows in Garage.")


def test_clarification_has_a_label_for_each_candidate(difficult: Any) -> None:
    got = difficult.ask("what is the state of the front door")
    assert [(each.label, each.entity_id) for each in got.clarifications[0].options] == [
        ("Front door (Entry) (lock)", "lock.front_door"),
        ("Front door (Entry) (door)", "binary_sensor.front_door"),
    ]
    assert got.clarifications[0].id == "which"


def test_unknown_name_is_told_with_the_nearest(house: Any) -> None:
    got = house.ask("is the lounge ceilingg spotlamp on")
    assert got.status is QueryStatus.NOT_UNDERSTOOD
    assert len(got.suggestions) <= 3


@pytest.mark.parametrize(
    ("sentence", "query_type", "word"),
    [
        ("is the kitchen light usually on", "history", "past"),
        ("will it be warm tomorrow", "forecast", "future"),
    ],
)
def test_what_is_out_of_reach_is_said_so(house: Any, sentence: str, query_type: str, word: str) -> None:
    got = house.ask(sentence)
    assert (got.status, got.query_type) == (QueryStatus.NOT_UNDERSTOOD, query_type)
    assert word in got.text
    assert got.entities == ()


def test_help_is_answered(house: Any) -> None:
    got = house.ask("what can you do?")
    assert (got.status, got.query_type) == (QueryStatus.ANSWERED, "help")


def test_unknown_language_names_the_known_ones() -> None:
    registry = Registry()
    got = answer(Understanding(registry, "xx").read("wie warm ist es"), Snapshot(registry, {}))
    assert got.status is QueryStatus.NOT_UNDERSTOOD
    assert "en" in got.text


def test_language_may_have_a_region(house: Any) -> None:
    registry = house.snapshot.registry
    assert isinstance(Understanding(registry, "en-GB").read("is the kitchen light on"), Question)


def test_home_without_anything_is_answered() -> None:
    registry = Registry()
    understanding, snapshot = Understanding(registry), Snapshot(registry, {})
    assert answer(understanding.read("which lights are on"), snapshot).result.value == []  # type: ignore[union-attr]
    assert answer(understanding.read("who is home"), snapshot).status is QueryStatus.NOT_UNDERSTOOD


def test_reading_of_another_registry_is_a_mistake(house: Any) -> None:
    with pytest.raises(LookupError):
        answer(Question(Ask.CHECK, Subject(("light.stranger",))), house.snapshot)


def test_entity_without_a_state_is_unknown(house: Any) -> None:
    snapshot = Snapshot(house.snapshot.registry, {})
    got = answer(house.understanding.read("is the kitchen light on"), snapshot)
    assert got.result is not None
    assert (got.result.value, got.text) == (None, "I can't tell: Kitchen ceiling is unknown.")
