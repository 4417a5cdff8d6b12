"""The home in memory: a registry, states that only go forward, snapshots that stand still."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from contracts.home import HomeDocument
from shared.home import Entity, EntityState, Home, Registry, StateChange
from shared.simulator.demo import demo_home

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
LAMP = "light.lamp"


def document(**parts: object) -> HomeDocument:
    return HomeDocument.model_validate(parts)


def told(state: str, second: float = 0, entity_id: str = LAMP, **attributes: object) -> StateChange:
    return StateChange(entity_id, EntityState(state, attributes, NOON, NOON + timedelta(seconds=second)))


def home_with(entity_id: str = LAMP, state: str = "off") -> Home:
    home = Home()
    registry = Registry.from_document(document(entities=[{"entity_id": entity_id, "name": "Lamp", "state": state}]))
    home.load(registry, {entity_id: EntityState(state)})
    return home


def state_of(home: Home, entity_id: str = LAMP) -> str | None:
    state = home.snapshot().state(entity_id)
    return state.state if state else None


def test_an_entity_is_where_its_device_is_unless_it_says_otherwise() -> None:
    registry = Registry.from_document(
        document(
            floors=[{"floor_id": "up", "name": "Upstairs"}],
            areas=[{"area_id": "a", "name": "A", "floor_id": "up"}, {"area_id": "b", "name": "B"}],
            devices=[{"device_id": "d", "area_id": "a"}],
            entities=[
                {"entity_id": "light.one", "device_id": "d"},
                {"entity_id": "light.two", "device_id": "d", "area_id": "b"},
                {"entity_id": "light.three"},
            ],
        )
    )
    areas = {entity_id: entity.area_id for entity_id, entity in registry.entities.items()}
    assert areas == {"light.one": "a", "light.two": "b", "light.three": None}
    floors = {entity_id: registry.floor_of(entity) for entity_id, entity in registry.entities.items()}
    assert floors == {"light.one": "up", "light.two": None, "light.three": None}
    assert {area: [each.entity_id for each in found] for area, found in registry.by_area.items()} == {
        "a": ["light.one"],
        "b": ["light.two"],
    }


def test_an_entity_without_a_name_gets_the_one_home_assistant_shows() -> None:
    registry = Registry.from_document(
        document(
            entities=[
                {"entity_id": "light.a", "attributes": {"friendly_name": "Aunt's lamp"}},
                {"entity_id": "light.hall_way"},
            ]
        )
    )
    assert [entity.name for entity in registry.entities.values()] == ["Aunt's lamp", "Hall way"]


def test_the_demo_home_is_one() -> None:
    registry = Registry.from_document(HomeDocument.model_validate_json(demo_home()))
    assert registry.counts() | {"services": 0} == {
        "floors": 2,
        "areas": 9,
        "devices": 48,
        "entities": 60,
        "services": 0,
    }
    for entity in registry.entities.values():
        assert entity.area_id is None or entity.area_id in registry.areas
        assert entity.device_id is None or entity.device_id in registry.devices


@pytest.mark.parametrize(
    "parts",
    [
        {"entities": [{"entity_id": "Not An Id"}]},
        {"entities": [{"entity_id": "light.a"}, {"entity_id": "light.a"}]},
        {"areas": [{"area_id": "a", "name": "A"}, {"area_id": "a", "name": "B"}]},
        {"areas": [{"name": "no id"}]},
        {"time_zone": "Mars/Olympus"},
        {"time_zone": "../etc/passwd"},
        {"services": ["light"]},
    ],
)
def test_what_is_no_home_is_refused(parts: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        document(**parts)


def test_a_snapshot_stands_still_while_the_home_goes_on() -> None:
    home = home_with()
    before = home.snapshot()
    assert home.apply(told("on"))
    assert before.states[LAMP].state == "off"
    assert home.snapshot().states[LAMP].state == "on"


def test_what_is_older_than_what_is_known_changes_nothing() -> None:
    home = home_with()
    assert home.apply(told("on", 10))
    assert not home.apply(told("off", 5))
    assert state_of(home) == "on"


def test_the_same_again_is_no_change() -> None:
    home = home_with()
    assert home.apply(told("on", 1, brightness=5))
    assert not home.apply(told("on", 2, brightness=5))
    assert home.apply(told("on", 3, brightness=6))


def test_an_entity_nobody_knew_joins_under_its_friendly_name() -> None:
    home = home_with()
    before = home.registry
    home.apply(told("21.5", 1, "sensor.attic", friendly_name="Attic", device_class="temperature"))
    assert home.registry is not before
    assert home.registry.entities["sensor.attic"] == Entity("sensor.attic", "Attic", device_class="temperature")


def test_a_removed_entity_has_no_state() -> None:
    home = home_with()
    assert home.apply(StateChange(LAMP, None))
    assert state_of(home) is None
    assert not home.apply(StateChange(LAMP, None))


def test_loading_keeps_what_was_told_meanwhile_and_newer() -> None:
    home = home_with()
    home.apply(told("on", 10))
    home.load(home.registry, {LAMP: EntityState("off", {}, None, NOON)})
    assert state_of(home) == "on"
    home.load(home.registry, {LAMP: EntityState("off", {}, None, NOON + timedelta(seconds=20))})
    assert state_of(home) == "off"


def test_an_imported_home_replaces_states_that_nobody_told() -> None:
    home = home_with(state="off")
    home.load(home.registry, {LAMP: EntityState("on")})
    assert state_of(home) == "on"


def test_loading_another_home_forgets_the_strangers() -> None:
    home = home_with()
    home.apply(told("on", 1, "light.stranger"))
    home.load(Registry.from_document(document(entities=[{"entity_id": LAMP}])), {})
    assert set(home.snapshot().states) <= {LAMP}


@given(
    st.lists(st.tuples(st.integers(0, 50), st.sampled_from(["on", "off", "unavailable"])), max_size=30), st.randoms()
)
def test_the_order_of_arrival_does_not_matter(changes: list[tuple[int, str]], random: object) -> None:
    """Whatever way changes come in, the newest one is what the home shows (times told apart)."""
    unique = dict(changes)
    shuffled = list(unique.items())
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    home = home_with()
    for second, state in shuffled:
        home.apply(told(state, second))
    assert state_of(home) == (unique[max(unique)] if unique else "off")
