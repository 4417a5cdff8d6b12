"""The routines of the demo home, and the two things in it that were not as usual. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import exp
from typing import Any, Final, NamedTuple

import numpy as np

from shared.simulator.household import PersonDay, moments_at_home
from shared.simulator.local_days import LocalDays
from shared.simulator.timeline import NONE, Timeline, Track
from shared.simulator.truth import ANOMALY, CO_OCCURRENCE, SEQUENCE, TIME_OF_DAY, TRIGGER, Planted

Step = tuple[str, str]
"""An entity and the state that it takes."""

_FEWEST: Final = 8
"""Occurrences below which a routine is not `required` to be found."""
_HOUR: Final = 3_600.0


class Follower(NamedTuple):
    """What follows in how many seconds, how likely, and how it ends after a while."""

    entity_id: str
    state: str
    rest: str
    lag: float
    strength: float


@dataclass(frozen=True, slots=True)
class _ByClock:
    """What is done at a minute of some days, give or take some minutes, how likely, and for how many seconds."""

    entity_id: str
    state: str
    rest: str
    minute: float
    spread: float
    days: str
    strength: float
    lasts: float


_BY_CLOCK: Final = (
    _ByClock("switch.coffee_maker", "on", "off", 400.0, 5.0, "weekday", 0.92, 1_500.0),
    _ByClock("switch.dishwasher", "on", "off", 1_245.0, 9.0, "all", 0.85, 5_400.0),
    _ByClock("cover.bedroom_blinds", "closed", "open", 1_330.0, 6.0, "all", 0.9, 32_000.0),
)
_CHAINS: Final[tuple[tuple[Step, tuple[Follower, ...]], ...]] = (
    (("light.bathroom_light", "on"), (Follower("fan.bathroom_fan", "on", "off", 20.0, 0.75),)),
    (("person.person_1", "home"), (Follower("light.kitchen_light_strip", "on", "off", 70.0, 0.9),)),
    (("person.person_2", "home"), (Follower("light.office_desk_lamp", "on", "off", 110.0, 0.9),)),
    (
        ("media_player.lounge_tv", "playing"),
        (
            Follower("cover.lounge_blinds", "closed", "open", 25.0, 0.9),
            Follower("light.floor_lamp", "on", "off", 12.0, 0.92),
        ),
    ),
)
_TOGETHER: Final = (("light.bedside_lamp", "on", "off"), ("fan.bedroom_fan", "on", "off"))
_LEFT_ON: Final = ("binary_sensor.terrace_door", 5, 21.3, 10.5)
_SILENT: Final = ("binary_sensor.kitchen_motion", 10, 9.2, 33.0)
"""An entity, how many days before the end it begins, at which hour, and for how many hours."""


class DemoRoutines:
    """Plants them into the life of the home. `names` are those that entities have in the end."""

    def __init__(
        self,
        random: np.random.Generator,
        timeline: Timeline,
        days: LocalDays,
        origins: list[tuple[str, int]],
        names: Mapping[str, str],
    ) -> None:
        self._random, self._timeline, self._days, self._origins = random, timeline, days, origins
        self._names = names
        self._drafts: list[tuple[Planted, Step]] = []
        self.links: set[frozenset[str]] = set()

    def plant(self, lived: Sequence[PersonDay]) -> None:
        """All of them."""
        self._together(lived)
        for first, followers in _CHAINS:
            self._chain(first, followers)
        for each in _BY_CLOCK:
            self._by_clock(each)
        self._odd("left_on", *_LEFT_ON)
        self._odd("silent", *_SILENT)

    def outcome(self) -> tuple[Planted, ...]:
        """What was planted, with what came of it."""
        return tuple(self._counted(number, *draft) for number, draft in enumerate(self._drafts))

    def _counted(self, number: int, planted: Planted, last: Step) -> Planted:
        if planted.pattern_type == ANOMALY:
            return planted
        own = self._of(last, number)
        if not len(own):
            return replace(planted, support=0, required=False)
        first, end = float(own.times[0]), float(own.times[-1])
        return replace(planted, support=len(own), first_seen=first, last_seen=end, required=len(own) >= _FEWEST)

    def _chain(self, first: Step, followers: Sequence[Follower]) -> None:
        """One thing after another, most times; each goes on from the one before, where that was part of it."""
        number, track = len(self._drafts), self._of(first)
        for each in followers:
            for at, person, origin in zip(track.times, track.persons, track.origins, strict=True):
                if self._random.random() < each.strength:
                    late = float(at) + each.lag * exp(float(self._random.normal(0, 0.25)))
                    self._use(each, late, number, int(person), int(origin))
            track = self._of((each.entity_id, each.state), number)
        steps = (first, *((each.entity_id, each.state) for each in followers))
        detail = {"states": [state for _, state in steps], "lag_seconds": [each.lag for each in followers]}
        self._draft(TRIGGER if len(followers) == 1 else SEQUENCE, steps, detail)

    def _together(self, lived: Sequence[PersonDay]) -> None:
        """Two things within a minute, either first."""
        number = len(self._drafts)
        for at in moments_at_home(self._random, lived, 3 * self._days.count):
            gaps = self._random.permutation([0.0, float(self._random.uniform(3, 40))]).tolist()
            for gap, thing in zip(gaps, _TOGETHER, strict=True):
                self._use(Follower(*thing, gap, 1.0), at + gap, number, NONE, NONE)
        steps = tuple(sorted((entity_id, state) for entity_id, state, _ in _TOGETHER))
        self._draft(CO_OCCURRENCE, steps, {"states": [state for _, state in steps]})

    def _by_clock(self, routine: _ByClock) -> None:
        number, origin = len(self._drafts), len(self._origins)
        self._origins.append(("routine", number))
        for day in range(self._days.count):
            wanted = routine.days == "all" or (routine.days == "weekend") == bool(self._days.weekend[day])
            if not wanted or self._random.random() >= routine.strength:
                continue
            at = self._days.at(day, 60.0 * (routine.minute + float(self._random.normal(0, routine.spread))))
            ends = at + routine.lasts * exp(float(self._random.normal(0, 0.1)))
            self._timeline.add(routine.entity_id, at - 900.0, routine.rest, origin=origin)
            self._timeline.add(routine.entity_id, at, routine.state, origin=origin, routine=number)
            self._timeline.add(routine.entity_id, ends, routine.rest, origin=origin)
        detail = {"state": routine.state, "minute_of_day": routine.minute, "days": routine.days}
        self._draft(TIME_OF_DAY, ((routine.entity_id, routine.state),), detail)

    def _odd(self, kind: str, entity_id: str, before_the_end: int, hour: float, lasts: float) -> None:
        """Something is forgotten, or says nothing."""
        day = self._days.count - before_the_end
        if day < _FEWEST:  # no week to compare it with
            return
        since = self._days.at(day, hour * _HOUR)
        until = since + lasts * _HOUR
        self._timeline.clear(entity_id, since - _HOUR, until)
        if kind == "left_on":
            self._timeline.add(entity_id, since, "on")
            self._timeline.add(entity_id, until, "off")
        detail = {"kind": kind, "start": since, "end": until}
        self._drafts.append((Planted(ANOMALY, (entity_id,), detail, 1.0, 1, since, until), (entity_id, "on")))

    def _draft(self, kind: str, steps: Sequence[Step], detail: dict[str, Any]) -> None:
        names = tuple(self._names.get(entity_id, entity_id) for entity_id, _ in steps)
        self.links.update(frozenset(pair) for pair in pairwise(names))
        self._drafts.append((Planted(kind, names, detail), steps[-1]))

    def _use(self, thing: Follower, at: float, number: int, person: int, origin: int) -> None:
        who = {"person": person, "origin": origin}
        self._timeline.add(thing.entity_id, at, thing.state, routine=number, **who)
        ends = at + 1_200.0 * exp(float(self._random.normal(0, 0.4)))
        self._timeline.add(thing.entity_id, ends, thing.rest, origin=origin)

    def _of(self, step: Step, routine: int | None = None) -> Track:
        track = self._timeline.track(step[0])
        track = track.where(track.states == self._timeline.state(step[1]))
        return track if routine is None else track.where(track.routines == routine)
