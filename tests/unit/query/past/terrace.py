"""What happened in the house of `homes/terrace.yaml`, around both changes of the clocks."""

from __future__ import annotations

import random
from pathlib import Path

import yaml

from contracts.home import HomeDocument
from shared.history import Event
from tests.unit.query.past.past_home import ON_OFF, SEASONS, at, readings, walk

KITCHEN, SOFA, BEDROOM, BENCH = "light.kitchen", "light.sofa", "light.bedroom", "light.workbench"
FRONT, BACK = "binary_sensor.front_door", "binary_sensor.back_door"
BED_WINDOW, BATH_WINDOW, KITCHEN_WINDOW = (
    "binary_sensor.bedroom_window", "binary_sensor.bathroom_window", "binary_sensor.kitchen_window",
)  # fmt: skip
HALL, LAUNDRY, WORKSHOP = (
    "binary_sensor.hall_motion", "binary_sensor.laundry_motion", "binary_sensor.workshop_motion",
)  # fmt: skip
TV, WASHER = "media_player.tv", "switch.washing_machine"
WASHER_POWER, WASHER_ENERGY = "sensor.washing_machine_power", "sensor.washing_machine_energy"
ENERGY, POWER = "sensor.house_energy", "sensor.house_power"
LIVING, BED, OUTSIDE = (
    "sensor.living_room_temperature", "sensor.bedroom_temperature", "sensor.outdoor_temperature",
)  # fmt: skip
HUMIDITY = "sensor.bathroom_humidity"
ANNA, BEN = "person.anna", "person.ben"

LIGHTS, WINDOWS = (KITCHEN, SOFA, BEDROOM, BENCH), (BED_WINDOW, BATH_WINDOW, KITCHEN_WINDOW)

_STATES: dict[str, tuple[tuple[str, ...], int]] = {
    KITCHEN: (ON_OFF, 90), SOFA: (ON_OFF, 130), BEDROOM: (ON_OFF, 170), BENCH: (ON_OFF, 400), FRONT: (ON_OFF, 150),
    BACK: (ON_OFF, 210), BED_WINDOW: (ON_OFF, 190), BATH_WINDOW: (ON_OFF, 260), KITCHEN_WINDOW: (ON_OFF, 320),
    HALL: (ON_OFF, 35), LAUNDRY: (ON_OFF, 300), WORKSHOP: (ON_OFF, 450), TV: (("off", "playing", "paused"), 120),
    WASHER: (ON_OFF, 300), ANNA: (("home", "not_home", "Work"), 150), BEN: (("not_home", "home"), 220),
}  # fmt: skip


def terrace() -> HomeDocument:
    """The house."""
    path = Path(__file__).parent / "homes" / "terrace.yaml"
    return HomeDocument.model_validate(yaml.safe_load(path.read_text("utf-8")))


def terrace_events(seed: int = 7) -> list[Event]:
    """Two weeks around each change of the clocks, at whole minutes."""
    chance, found = random.Random(seed), list[Event]()
    for since, until in SEASONS:
        start, end = at(f"{since}T00:00+00:00"), at(f"{until}T00:00+00:00")
        for entity_id, (states, mean) in _STATES.items():
            found += walk(chance, entity_id, states, mean, start, end)
        for entity_id in (LIVING, BED, OUTSIDE):
            found += readings(chance, entity_id, start, end, lambda old: old + chance.choice((-0.3, 0.3)))
        for entity_id, highest in ((HUMIDITY, 90), (WASHER_POWER, 2100), (POWER, 4000)):
            found += readings(chance, entity_id, start, end, lambda _, top=highest: chance.randint(20, top))  # type: ignore[misc]
        for entity_id in (ENERGY, WASHER_ENERGY):
            found += readings(chance, entity_id, start, end, lambda old: 0 if chance.random() < 0.02 else old + 0.25)
    return found
