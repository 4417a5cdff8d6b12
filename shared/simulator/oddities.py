"""Anomalies, planted into the life of a home after its first week. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from shared.simulator.floor_plan import FloorPlan
from shared.simulator.local_days import DAY, LocalDays
from shared.simulator.timeline import Timeline
from shared.simulator.truth import ANOMALY, Planted

SILENT: Final = "silent"
BURST: Final = "burst"
UNUSUAL_TIME: Final = "unusual_time"
LEFT_ON: Final = "left_on"
_BASELINE_DAYS: Final = 8
_LIVELY, _SETTLED = 15.0, 2.5
"""Uses a day from which on silence is odd, and from which on there are hours to speak of."""
_HOUR: Final = 3_600.0
_NIGHT: Final = (90.0, 300.0)
"""Minutes of the day at which nobody is up, save in late nights."""


class Oddities:
    """Plants anomalies; no entity has two, and none that a routine needs has any."""

    def __init__(
        self,
        random: np.random.Generator,
        plan: FloorPlan,
        timeline: Timeline,
        days: LocalDays,
        busy: frozenset[str],
        empty: range,
    ) -> None:
        self._random, self._plan, self._timeline, self._days = random, plan, timeline, days
        self._taken = set(busy)
        self._empty = empty
        self.planted: list[Planted] = []

    def plant(self, count: int) -> None:
        """So many, of all kinds by turns."""
        kinds: list[Callable[[], Planted | None]] = [self._silent, self._burst, self._unusual_time, self._left_on]
        if self._days.count <= _BASELINE_DAYS + 1:
            return
        for number in range(count):
            found = kinds[(number + int(self._random.integers(2))) % len(kinds)]()
            if found is not None:
                self.planted.append(found)
                self._taken.update(found.entities)

    def _silent(self) -> Planted | None:
        """A battery is empty."""
        entity_id = self._one([*self._plan.motion.values(), *self._plan.doors.values()], least=_LIVELY)
        if entity_id is None:
            return None
        since = self._moment(8.0, 16.0)
        until = min(since + float(self._random.uniform(0.75, 3.0)) * DAY, self._days.end - 1.0)
        self._timeline.clear(entity_id, since, until)
        return _anomaly(entity_id, SILENT, since, until)

    def _burst(self) -> Planted | None:
        """A loose contact."""
        entity_id = self._one([*self._plan.motion.values(), *self._things(), *self._plan.doors.values()], least=0.3)
        if entity_id is None:
            return None
        at, states = self._moment(0.0, 23.0), self._states(entity_id)
        gaps = self._random.exponential(float(self._random.uniform(5, 25)), int(self._random.integers(30, 200)))
        times = at + np.cumsum(gaps)
        self._timeline.clear(entity_id, at, float(times[-1]))
        for place, moment in enumerate(times.tolist()):
            self._timeline.add(entity_id, moment, states[place % 2])
        return _anomaly(entity_id, BURST, float(times[0]), float(times[-1]))

    def _unusual_time(self) -> Planted | None:
        """Something is used in the middle of the night, as it never was."""
        settled = [each for each in [*self._things(), "binary_sensor.front_door"] if self._at_night(each) <= 1]
        entity_id = self._one(settled, least=_SETTLED)
        if entity_id is None:
            return None
        at, states = self._moment(1.8, 4.2), self._states(entity_id)
        until = at + float(self._random.uniform(60, 900))
        self._timeline.clear(entity_id, at - 3 * _HOUR, until)
        self._timeline.add(entity_id, at - 3 * _HOUR, states[1])
        self._timeline.add(entity_id, at, states[0])
        self._timeline.add(entity_id, until, states[1])
        return _anomaly(entity_id, UNUSUAL_TIME, at, until)

    def _left_on(self) -> Planted | None:
        """Somebody forgot it: several times as long as it ever was."""
        entity_id = self._one([*self._things(), "binary_sensor.front_door", "binary_sensor.fridge_door"], least=0.7)
        if entity_id is None:
            return None
        states, track = self._states(entity_id), self._timeline.track(entity_id)
        begins = track.states == self._timeline.state(states[0])
        lasted = np.diff(np.append(track.times, self._days.end))[begins]
        since = track.times[begins]
        late = self._days.day_of(since) >= _BASELINE_DAYS
        longest = float(np.max(lasted[:-1], initial=0.0))
        if not late.any() or longest > 4 * _HOUR:
            return None
        at = float(self._random.choice(since[late]))
        until = min(at + float(self._random.uniform(6, 20)) * _HOUR, self._days.end - 60.0)
        self._timeline.clear(entity_id, at + 0.001, until)
        self._timeline.add(entity_id, until, states[1])
        return _anomaly(entity_id, LEFT_ON, at, until) if until > at + max(5 * _HOUR, 2 * longest) else None

    def _things(self) -> list[str]:
        """What has two states that people change, and lasts a while."""
        return [each.entity_id for each in self._plan.actuators]

    def _states(self, entity_id: str) -> tuple[str, str]:
        for each in self._plan.actuators:
            if each.entity_id == entity_id:
                return each.used, each.rest
        return "on", "off"

    def _one(self, entity_ids: Sequence[str], *, least: float) -> str | None:
        """One that happens so often a day at least, and is free."""
        for place in self._random.permutation(len(entity_ids)).tolist():
            entity_id: str = entity_ids[place]
            often = len(self._timeline.track(entity_id)) / 2 / self._days.count >= least
            if entity_id not in self._taken and often:
                return entity_id
        return None

    def _at_night(self, entity_id: str) -> int:
        minutes = self._days.minute_of(self._timeline.track(entity_id).times)
        return int(np.sum((minutes >= _NIGHT[0]) & (minutes < _NIGHT[1])))

    def _moment(self, since: float, until: float) -> float:
        """A time between these hours of a day that has a baseline, and on which somebody is there."""
        able = [day for day in range(_BASELINE_DAYS, self._days.count - 1) if day not in self._empty]
        day = int(self._random.choice(able))
        return self._days.at(day, float(self._random.uniform(since, until)) * _HOUR)


def _anomaly(entity_id: str, kind: str, since: float, until: float) -> Planted:
    start, end = round(since, 6), round(until, 6)
    return Planted(ANOMALY, (entity_id,), {"kind": kind, "start": start, "end": end}, 1.0, 1, start, end)
