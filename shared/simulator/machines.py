"""What happens in a home without anybody's doing: timers, appliances, the sun, automations, groups. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from shared.simulator.floor_plan import FloorPlan
from shared.simulator.household import PersonDay, moments_at_home
from shared.simulator.local_days import LocalDays
from shared.simulator.sky import elevation
from shared.simulator.timeline import BY_AUTOMATION, Timeline

_HOUR: Final = 3600.0
_POLLED: Final = 300.0
_WEATHER: Final = ("sunny", "partlycloudy", "cloudy", "rainy", "fog")
PORCH: Final = "light.porch"


class Machines:
    """Puts them into a home. `origins` numbers what has a clock of its own.

    `mirrors` and `automated` say who repeats whom, and who is switched by what.
    """

    def __init__(
        self,
        random: np.random.Generator,
        plan: FloorPlan,
        timeline: Timeline,
        days: LocalDays,
        origins: list[tuple[str, int]],
    ) -> None:
        self._random, self._plan, self._timeline, self._days, self._origins = random, plan, timeline, days, origins
        self.mirrors: dict[str, tuple[str, ...]] = {}
        self.automated: dict[str, str] = {}

    def _origin(self, kind: str) -> int:
        self._origins.append((kind, len(self._origins)))
        return len(self._origins) - 1

    def timers(self) -> None:
        """A pump twice a day and a thermostat with its program, to the minute, by clocks of their own."""
        pump = self._plan.put("switch.circulation_pump", "laundry" if "laundry" in self._plan.rooms else "hall")
        heating = self._plan.put("climate.living_room", "living_room")
        self._timeline.begin(pump, "off")
        self._timeline.begin(heating, "off")
        for minute in (6.25 * 60 + 15 * self._random.integers(5), 16.5 * 60 + 15 * self._random.integers(5)):
            self._daily(pump, "on", "off", float(minute) * 60.0, 1_800.0)
        self._daily(heating, "heat", "off", float(self._random.choice((5.5, 6.0, 6.5, 7.0))) * _HOUR, 16 * _HOUR)

    def _daily(self, entity_id: str, state: str, after: str, seconds: float, lasts: float) -> None:
        begins, ends = self._origin("timer"), self._origin("timer")
        for day in range(self._days.count):
            at = seconds + self._random.normal(0, 15)
            self._timeline.add(entity_id, self._days.at(day, at), state, origin=begins)
            self._timeline.add(entity_id, self._days.at(day, at + lasts), after, origin=ends)

    def sky(self) -> None:
        """The sun's rising and setting, and the weather."""
        sun, weather = self._plan.put("sun.sun", None), self._plan.put("weather.home", None)
        times = np.arange(self._timeline.start, self._timeline.end, 60.0)
        up = elevation(times, self._days.time_zone) > 0
        self._timeline.begin(sun, "above_horizon" if up[0] else "below_horizon")
        origins = {True: self._origin("sun"), False: self._origin("sun")}
        for place in (np.flatnonzero(np.diff(up)) + 1).tolist():
            state = "above_horizon" if up[place] else "below_horizon"
            at = float(times[place] + self._random.uniform(0, 60))
            self._timeline.add(sun, at, state, origin=origins[bool(up[place])])
        self._timeline.begin(weather, "cloudy")
        for at in self._moments(self._days.count * 6):
            self._timeline.add(weather, at, str(self._random.choice(_WEATHER)))

    def appliances(self, lived: Sequence[PersonDay]) -> list[tuple[float, float]]:
        """A washing machine, started while somebody is at home. Gives when it ran."""
        machine = self._plan.put("sensor.washing_machine_status", self._plan.rooms[-1], "enum")
        self._timeline.begin(machine, "idle")
        runs = []
        for at in moments_at_home(self._random, lived, round(self._days.count * self._random.uniform(0.6, 1.3))):
            done = at + float(self._random.uniform(4_500, 7_000))
            runs.append((at, done))
            self._timeline.add(machine, at, "running")
            self._timeline.add(machine, done, "done")
            self._timeline.add(machine, done + float(self._random.uniform(300, 5_000)), "idle")
        return runs

    def titles(self, lived: Sequence[PersonDay]) -> None:
        """What a player says that it plays: text, another one each time."""
        title = self._plan.put("sensor.now_playing", "living_room")
        self._timeline.begin(title, "nothing")
        for number, at in enumerate(moments_at_home(self._random, lived, self._days.count * 12)):
            self._timeline.add(title, at, f"song {number % 400}")

    def rhythms(self, compressors: int) -> None:
        """What follows nobody: compressors and a hygrostat that come and go by themselves, and services in the cloud.

        Two of almost the same period keep their distance for hours; what is polled every five minutes at its own
        second always comes as long after the other as the last time.
        """
        for name in ("fridge_compressor", "freezer_compressor", "hygrostat")[:compressors]:
            entity_id = self._plan.put(f"binary_sensor.{name}", self._plan.rooms[1], "running")
            self._timeline.begin(entity_id, "off")
            period, at = (
                float(self._random.uniform(1_800, 3_000)),
                self._timeline.start + float(self._random.uniform(0, 1_800)),
            )
            while at < self._timeline.end:
                self._timeline.add(entity_id, at, "on")
                self._timeline.add(entity_id, at + period * float(self._random.uniform(0.3, 0.45)), "off")
                at += period * float(self._random.normal(1.0, 0.04))
        for name, states in (("car_charger", ("idle", "charging", "full")), ("air_quality", ("good", "fair", "poor"))):
            entity_id = self._plan.put(f"sensor.{name}_state", None, "enum")
            self._timeline.begin(entity_id, states[0])
            second = float(self._random.uniform(0, _POLLED))
            for at in self._moments(self._days.count * 15):
                polled = at - at % _POLLED + second + float(self._random.uniform(0, 1.5))
                self._timeline.add(entity_id, polled, str(self._random.choice(states)))

    def diagnostics(self, count: int) -> None:
        """Connections that are lost: each by itself, and all together when the router restarts."""
        names = [
            self._plan.put(f"binary_sensor.bridge_{number}_connectivity", None, "connectivity")
            for number in range(count)
        ]
        self._plan.diagnostic += names
        together = self._moments(round(self._days.count * 0.4))
        for name in names:
            self._timeline.begin(name, "on")
            for at in [*together, *self._moments(self._days.count)]:
                lost = at + self._random.uniform(0, 4)
                self._timeline.add(name, lost, "off")
                self._timeline.add(name, lost + self._random.uniform(5, 90), "on")

    def automations(self, count: int) -> None:
        """Night lights that motion switches, and a porch light that comes with the dusk: automations do it already."""
        for room in self._random.permutation(self._plan.rooms)[:count].tolist():
            light = self._plan.put(f"light.{room}_night_light", room)
            self._timeline.begin(light, "off")
            self._follow(self._plan.motion[room], light, {"on": "on", "off": "off"}, 0.4)
        self._timeline.begin(self._plan.put(PORCH, "hall"), "off")
        self._follow("sun.sun", PORCH, {"below_horizon": "on", "above_horizon": "off"}, 1.0)

    def _follow(self, leader: str, follower: str, states: Mapping[str, str], delay: float) -> None:
        self.automated[follower] = leader
        names, track = self._timeline.state_names, self._timeline.track(leader)
        for at, state, person, origin in zip(track.times, track.states, track.persons, track.origins, strict=True):
            self._timeline.add(
                follower,
                float(at + delay * self._random.uniform(0.3, 1.5)),
                states[names[state]],
                person=int(person),
                origin=int(origin),
                means=BY_AUTOMATION,
            )

    def groups(self) -> None:
        """A group of two lamps, and a template sensor that repeats a switch."""
        lamps = self._random.permutation(sorted(self._plan.lamps.values()))[:2].tolist()
        self._group(self._plan.put("light.downstairs", None), lamps)
        switches = [each for each in self._plan.actuators if (each.used, each.rest) == ("on", "off")]
        if switches:
            source = switches[int(self._random.integers(len(switches)))].entity_id
            name = f"binary_sensor.{source.partition('.')[2]}_active"
            self._group(self._plan.put(name, None, "running"), [source])

    def _group(self, group: str, members: Sequence[str]) -> None:
        self._timeline.begin(group, "off")
        self.mirrors[group] = tuple(members)
        tracks = [self._timeline.track(member) for member in members]
        on = self._timeline.state("on")
        rows = sorted(
            (at, place, state == on, person, origin)
            for place, track in enumerate(tracks)
            for at, state, person, origin in zip(track.times, track.states, track.persons, track.origins, strict=True)
        )
        lit = [False] * len(members)
        for at, place, now, person, origin in rows:
            lit[place] = bool(now)
            told = float(at) + float(self._random.uniform(0.002, 0.1))
            state = "on" if any(lit) else "off"
            self._timeline.add(group, told, state, person=int(person), origin=int(origin))

    def _moments(self, count: int) -> list[float]:
        return sorted(self._random.uniform(self._timeline.start, self._timeline.end, count).tolist())
