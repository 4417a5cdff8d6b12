"""Homes that do not exist, and all that is true of them: people, rooms, routines, chatter. Pure.

    home = simulate(7, days=30, entities=60, events=100_000)
    for day in home.days(): ...
    score(found, home.truth)

The same arguments give the same home, event by event.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from itertools import combinations
from typing import Any, Final

import numpy as np

from contracts.home import HomeDocument
from shared.history import Columns
from shared.simulator.assembly import assemble, utc_days
from shared.simulator.chatter import chatter
from shared.simulator.floor_plan import FloorPlan, floor_plan
from shared.simulator.household import PersonDay, household_days, people
from shared.simulator.local_days import LocalDays, change_of_clock
from shared.simulator.machines import Machines
from shared.simulator.natural import implied_pairs, natural_pairs, natural_times
from shared.simulator.oddities import Oddities
from shared.simulator.routines import Planter, Step
from shared.simulator.sky import elevation
from shared.simulator.timeline import Timeline
from shared.simulator.truth import Planted, Truth
from shared.simulator.walking import Walker

_ZONES: Final = (
    "Europe/Berlin",
    "Europe/Amsterdam",
    "Europe/London",
    "America/New_York",
    "Asia/Tokyo",
    "Australia/Sydney",
)
_EMPTY_DAYS_FROM: Final = 12


@dataclass(frozen=True)
class SimulatedHome:
    """A home: its `document` for `homeiq import home`, its past, and the truth about it."""

    seed: int
    document: dict[str, Any]
    events: Columns
    truth: Truth

    @property
    def time_zone(self) -> str:
        """The IANA name."""
        return str(self.document["time_zone"])

    @cached_property
    def registry_document(self) -> HomeDocument:
        """The document, read."""
        return HomeDocument.model_validate(self.document)

    def days(self) -> Iterator[Columns]:
        """The past, one UTC day after the other."""
        return utc_days(self.events)


def simulate(
    seed: int,
    *,
    days: int = 30,
    entities: int = 60,
    events: int = 100_000,
    routines: bool = True,
    empty_days: int = 0,
    daylight_saving: bool = False,
    shifts: bool = False,
    time_zone: str | None = None,
    first: date | None = None,
) -> SimulatedHome:
    """A home of about so many entities and events; with fewer than 40 of them there is no room for most routines.

    Without `routines` the same kind of people live there, and do nothing by routine; no automation is missing, and
    nothing odd happens. For `empty_days` from the twelfth day on nobody is there. With `daylight_saving` the clock is
    changed in the middle of the past. With `shifts` one of them works early and late by turns, a week each.
    """
    random = np.random.default_rng([seed, 0x40])
    zone = time_zone or str(random.choice(_ZONES[:4] if daylight_saving else _ZONES))
    begin = date(2025, 1, 1) + timedelta(days=int(random.integers(600)))
    if daylight_saving:
        begin = change_of_clock(2025, zone) - timedelta(days=days // 2)
    calendar = LocalDays(first or begin, days, zone)
    empty = range(_EMPTY_DAYS_FROM, min(_EMPTY_DAYS_FROM + empty_days, days)) if empty_days else range(0)
    return _Builder(random, calendar, entities, empty, shifts=shifts).build(seed, events, routines=routines)


class _Builder:
    """Puts a home together, part by part."""

    def __init__(
        self, random: np.random.Generator, days: LocalDays, entities: int, empty: range, *, shifts: bool
    ) -> None:
        self._random, self._days, self._entities, self._empty = random, days, entities, empty
        self._people = people(random, int(random.choice((1, 2, 3, 4, 5), p=(0.15, 0.3, 0.2, 0.25, 0.1))))
        self._people[0] = replace(self._people[0], shifts=shifts)
        self._plan: FloorPlan = floor_plan(random, entities, len(self._people))
        self._timeline = Timeline(days.start, days.end)
        self._lived: list[PersonDay] = []

    def build(self, seed: int, events: int, *, routines: bool) -> SimulatedHome:
        """The home."""
        walker = self._live()
        machines = Machines(self._random, self._plan, self._timeline, self._days, walker.origins)
        machines.timers()
        machines.sky()
        runs = machines.appliances(self._lived)
        machines.titles(self._lived)
        machines.rhythms(2 + (self._entities >= 60))  # noqa: PLR2004
        machines.diagnostics(2 + self._entities // 50)
        planter = Planter(self._random, self._timeline, self._days, self._plan.actuators, walker.origins)
        oddities: list[Planted] = []
        if routines:
            self._plant(planter)
            oddities = self._odd(planter)
        machines.automations(1 + self._entities // 60)
        machines.groups()
        tracks = {name: self._timeline.track(name) for name in self._timeline.entity_ids}
        sensors = max(2, self._entities - len(self._plan.entities))
        readings = chatter(
            self._random,
            self._plan,
            (self._days.start + 60, self._days.end),
            (sensors, max(0, events - sum(map(len, tracks.values())))),
            runs,
            self._days.time_zone,
        )
        truth = Truth(
            planted=(*planter.outcome(), *oddities),
            natural_pairs=natural_pairs(tracks) | implied_pairs(planter.links) | self._comings(),
            natural_times=natural_times(tracks, self._timeline, self._days, walker.origins),
            automated_pairs=frozenset(frozenset(each) for each in machines.automated.items()),
            automated=frozenset(machines.automated),
            mirrors=machines.mirrors,
            odd=tuple(sorted(day.late for day in self._lived if day.late)),
            away=self._away(),
        )
        past = assemble(self._timeline, tracks, readings)
        return SimulatedHome(seed, self._plan.document(self._days.time_zone), past, truth)

    def _live(self) -> Walker:
        """The plain life, with no routine in it."""
        self._begin()
        hours = np.arange(self._days.start, self._days.end, 3600.0) + 1800.0
        walker = Walker(self._random, self._plan, self._timeline, elevation(hours, self._days.time_zone) < 2.0)  # noqa: PLR2004
        self._lived = household_days(self._random, self._people, self._days, self._empty)
        for day in self._lived:
            walker.live(day)
        walker.end()
        return walker

    def _begin(self) -> None:
        for entity_id in self._plan.entities:
            self._timeline.begin(entity_id, "home" if entity_id.startswith("person.") else "off")
        for thing in self._plan.actuators:
            self._timeline.begin(thing.entity_id, thing.rest)

    def _plant(self, planter: Planter) -> None:
        """As many routines as the home has room for: of four things about three get one."""
        leaders = self._leaders()
        room = len(self._plan.actuators)
        for _ in range(max(1, room // 14)):
            planter.sequence(leaders, 3 + int(self._random.integers(2)))
        for _ in range(max(1, room // 12)):
            planter.co_occurrence(self._lived)
        for _ in range(max(2, room // 8)):
            planter.time_of_day(self._empty)
        for _ in range(max(2, room // 6)):
            planter.trigger(leaders)

    def _leaders(self) -> Sequence[Step]:
        """What may set off a routine."""
        things = [(each.entity_id, state) for each in self._plan.actuators for state in (each.used, each.rest)]
        doors = [(entity_id, "on") for entity_id in ("binary_sensor.front_door", *self._plan.doors.values())]
        lamps = [(entity_id, state) for entity_id in self._plan.lamps.values() for state in ("on", "off")]
        machine = [("sensor.washing_machine_status", state) for state in ("running", "done")]
        persons = [(f"person.person_{each.number + 1}", "home") for each in self._people]
        return [*things, *doors, *lamps, *machine, *persons]

    def _odd(self, planter: Planter) -> list[Planted]:
        busy = frozenset(name for draft in planter.drafts for name in draft.planted.entities)
        oddities = Oddities(self._random, self._plan, self._timeline, self._days, busy, self._empty)
        oddities.plant(2 + self._entities // 25)
        return oddities.planted

    def _comings(self) -> frozenset[frozenset[str]]:
        """People may come and go together, by the front door."""
        there = [f"person.person_{each.number + 1}" for each in self._people]
        return frozenset(frozenset(pair) for pair in combinations([*there, "binary_sensor.front_door"], 2))

    def _away(self) -> tuple[tuple[float, float], ...]:
        if not len(self._empty):
            return ()
        return ((self._days.at(self._empty[0], 0.0), self._days.at(self._empty[-1], 86_400.0)),)
