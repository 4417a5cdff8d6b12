"""The demo home, with names that are easily confused, and thirty days of its past: the life of two people in it."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from importlib.resources import files
from math import exp
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from shared.history import Columns
from shared.simulator.assembly import assemble
from shared.simulator.chatter import Readings
from shared.simulator.demo_routines import DemoRoutines
from shared.simulator.floor_plan import Actuator, FloorPlan
from shared.simulator.household import Person, PersonDay, household_days
from shared.simulator.local_days import LocalDays
from shared.simulator.natural import implied_pairs, natural_pairs, natural_times
from shared.simulator.sky import elevation
from shared.simulator.timeline import BY_AUTOMATION, Timeline, Track
from shared.simulator.truth import Truth
from shared.simulator.walking import Walker

DAYS: Final = 30

_HOUR: Final = 3_600.0
_UNSEEN: Final = "binary_sensor.unseen_"
"""What the life of the home needs, and the demo home has no sensor for."""
_MOTION: Final = {"hall": "binary_sensor.entrance_motion", "kitchen": "binary_sensor.kitchen_motion"}
_LAMPS: Final = {
    "hall": "light.entrance_light",
    "kitchen": "light.kitchen_light",
    "living_room": "light.lounge_ceiling_light",
    "bathroom": "light.bathroom_light",
    "bedroom": "light.bedroom_light",
    "office": "light.office_lamp",
}
_USED: Final = (
    Actuator("light.kitchen_light_strip", "kitchen", "on", "off"),
    Actuator("switch.coffee_maker", "kitchen", "on", "off"),
    Actuator("switch.dishwasher", "kitchen", "on", "off"),
    Actuator("binary_sensor.kitchen_window", "kitchen", "on", "off"),
    Actuator("light.floor_lamp", "living_room", "on", "off"),
    Actuator("media_player.lounge_tv", "living_room", "playing", "off"),
    Actuator("cover.lounge_blinds", "living_room", "closed", "open"),
    Actuator("binary_sensor.terrace_door", "living_room", "on", "off"),
    Actuator("fan.bathroom_fan", "bathroom", "on", "off"),
    Actuator("switch.towel_heater", "bathroom", "on", "off"),
    Actuator("binary_sensor.bathroom_window", "bathroom", "on", "off"),
    Actuator("light.bedside_lamp", "bedroom", "on", "off"),
    Actuator("fan.bedroom_fan", "bedroom", "on", "off"),
    Actuator("cover.bedroom_blinds", "bedroom", "closed", "open"),
    Actuator("binary_sensor.bedroom_window", "bedroom", "on", "off"),
    Actuator("light.office_desk_lamp", "office", "on", "off"),
    Actuator("light.guest_bathroom_light", "hall", "on", "off"),
)
_PEOPLE: Final = (
    Person(0, 6.4 * _HOUR, 8.1 * _HOUR, 7.6 * _HOUR, 16.4 * _HOUR, 22.6 * _HOUR, 720.0),
    Person(1, 7.1 * _HOUR, 8.6 * _HOUR, 8.3 * _HOUR, 17.7 * _HOUR, 23.2 * _HOUR, 900.0),
)
_NAMES: Final = {"person.person_1": "person.lena", "person.person_2": "person.tobias"}
_GARAGE: Final = ("binary_sensor.garage_motion", "light.garage_light")
_READINGS: Final = (
    ("sensor.lounge_temperature", 21.0, 0.1, 72),
    ("sensor.lounge_humidity", 48.0, 0.4, 48),
    ("sensor.bedroom_temperature", 18.5, 0.1, 48),
    ("sensor.bedroom_co2", 800.0, 25.0, 72),
    ("sensor.bathroom_humidity", 60.0, 1.0, 48),
    ("sensor.outdoor_temperature", 9.0, 0.3, 48),
    ("sensor.house_power", 900.0, 180.0, 144),
)
"""What is measured, about what it stays, how far a step goes, and how often a day it is told."""


@dataclass(frozen=True)
class DemoPast:
    """What happened in the demo home, and what is true of it."""

    events: Columns
    truth: Truth

    def csv(self) -> bytes:
        """The events as `homeiq import csv` reads them."""
        text = io.StringIO()
        text.write("entity_id,state,last_changed,context_user_id,context_parent_id\n")
        for event in self.events.events():
            who = f"{event.context_user_id or ''},{event.context_parent_id or ''}"
            text.write(f"{event.entity_id},{event.state},{event.at:.6f},{who}\n")
        return text.getvalue().encode()


def demo_home() -> bytes:
    """The home as `homeiq import home` reads it."""
    return files("shared.simulator").joinpath("demo_home.json").read_bytes()


def yesterday() -> date:
    """The last whole day, by the home's own clock."""
    return datetime.now(ZoneInfo(_time_zone())).date() - timedelta(days=1)


def _time_zone() -> str:
    return str(json.loads(demo_home())["time_zone"])


def demo_past(last: date, days: int = DAYS) -> DemoPast:
    """So many days of its past, the last of which is named, by the home's own clock. The same arguments, the same past.

    Two people live there by habits of their own; eight routines and two anomalies are planted, and an automation
    switches the light of the garage.
    """
    random = np.random.default_rng([0xDE, 0x30])
    return _Life(random, LocalDays(last - timedelta(days=days - 1), days, _time_zone())).past()


class _Life:
    """Puts the past together, part by part."""

    def __init__(self, random: np.random.Generator, days: LocalDays) -> None:
        self._random, self._days = random, days
        self._timeline = Timeline(days.start, days.end)
        motion = {room: _MOTION.get(room, f"{_UNSEEN}{room}") for room in _LAMPS}
        self._plan = FloorPlan([*_LAMPS], motion, {}, dict(_LAMPS), list(_USED))
        for name in (*motion.values(), *_LAMPS.values(), *_GARAGE, "binary_sensor.front_door"):
            self._timeline.begin(name, "off")
        for name in ("binary_sensor.fridge_door", *_NAMES):
            self._timeline.begin(name, "home" if name in _NAMES else "off")
        for thing in _USED:
            self._timeline.begin(thing.entity_id, thing.rest)

    def past(self) -> DemoPast:
        """All of it."""
        origins, lived = self._live()
        routines = DemoRoutines(self._random, self._timeline, self._days, origins, _NAMES)
        routines.plant(lived)
        self._light_the_garage()
        tracks = self._tracks()
        truth = Truth(
            planted=routines.outcome(),
            natural_pairs=natural_pairs(tracks) | implied_pairs(routines.links) | _comings(),
            natural_times=natural_times(tracks, self._timeline, self._days, origins),
            automated_pairs=frozenset({frozenset(_GARAGE)}),
            automated=frozenset(_GARAGE[1:]),
            odd=tuple(sorted(day.late for day in lived if day.late)),
        )
        return DemoPast(assemble(self._timeline, tracks, self._readings()), truth)

    def _live(self) -> tuple[list[tuple[str, int]], list[PersonDay]]:
        """The plain life, with no routine in it."""
        hours = np.arange(self._days.start, self._days.end, _HOUR) + _HOUR / 2
        dark = elevation(hours, self._days.time_zone) < 2.0  # noqa: PLR2004 - degrees
        walker = Walker(self._random, self._plan, self._timeline, dark)
        lived = household_days(self._random, _PEOPLE, self._days, range(0))
        for day in lived:
            walker.live(day)
        walker.end()
        return walker.origins, lived

    def _light_the_garage(self) -> None:
        """Who leaves or comes passes the garage, where an automation makes light."""
        sensor, light = _GARAGE
        track = self._timeline.track("binary_sensor.front_door")
        doors = track.where(track.states == self._timeline.state("on"))
        for at, person, origin in zip(
            doors.times.tolist(), doors.persons.tolist(), doors.origins.tolist(), strict=True
        ):
            seen, lasts = at + float(self._random.uniform(15, 60)), float(self._random.uniform(30, 120))
            for late, state in ((0.0, "on"), (lasts, "off")):
                self._timeline.add(sensor, seen + late, state, person=person, origin=origin)
                switched = seen + late + 0.4 * exp(float(self._random.normal(0, 0.2)))
                self._timeline.add(light, switched, state, person=person, origin=origin, means=BY_AUTOMATION)

    def _tracks(self) -> dict[str, Track]:
        """What became of each entity that the demo home has, by its name there."""
        known = {each["entity_id"] for each in json.loads(demo_home())["entities"]}
        for name, there in _NAMES.items():
            self._timeline.initial[there] = self._timeline.initial[name]
        return {
            _NAMES.get(name, name): self._timeline.track(name)
            for name in self._timeline.entity_ids
            if name in _NAMES or (name in known and name not in _NAMES.values())
        }

    def _readings(self) -> list[Readings]:
        """Sensors that say numbers all day."""
        found = []
        for entity_id, about, step, a_day in _READINGS:
            times = np.sort(self._random.uniform(self._days.start + 60, self._days.end, self._days.count * a_day))
            walk = self._random.normal(0, step, len(times))
            for place in range(1, len(walk)):
                walk[place] += 0.97 * walk[place - 1]
            found.append(Readings(entity_id, np.round(times, 6), np.round((about + walk) * 10).astype(np.int64)))
        return found


def _comings() -> frozenset[frozenset[str]]:
    """People may come and go together, by the front door and the garage."""
    there = (*_NAMES.values(), "binary_sensor.front_door", *_GARAGE)
    return implied_pairs(frozenset((there[0], other)) for other in there[1:])
