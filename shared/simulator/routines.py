"""Routines, planted into the life of a home, and what really came of them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import exp, log
from typing import Any, Final

import numpy as np

from shared.simulator.floor_plan import Actuator
from shared.simulator.household import PersonDay, moments_at_home
from shared.simulator.local_days import LocalDays
from shared.simulator.timeline import BY_APP, NOBODY_KNOWN, NONE, Timeline, Track
from shared.simulator.truth import CO_OCCURRENCE, SEQUENCE, TIME_OF_DAY, TRIGGER, Planted

_FEWEST, _SMALLEST_SHARE = 10, 0.35
"""Times, and share of the leader's, below which a routine is not `required` to be found."""
_FEWEST_DAYS, _SMALLEST_SHARE_OF_DAYS = 6, 0.5
_SHORTEST, _LONGEST = 2.0, 240.0
_MOST_A_DAY, _LEAST_A_DAY = 12.0, 0.5
_EVENING: Final = 1_020.0
"""Minutes after midnight from which some routines are done only."""
_BY_APP_SHARE: Final = 0.2
_NEAR_MIDNIGHT, _TWICE, _SAME_HOUR, _ENDS, _DRIFTS = 0.25, 0.3, 0.35, 0.25, 0.4

Step = tuple[str, str]
"""An entity and the state that it takes."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A routine before it is known what came of it; `steps` have the numbers of the routine that made them."""

    planted: Planted
    steps: tuple[Step, ...]
    number: int


class Planter:
    """Plants routines. Each has a thing of its own that nothing else makes do it, save people's plain use of it."""

    def __init__(
        self,
        random: np.random.Generator,
        timeline: Timeline,
        days: LocalDays,
        things: Sequence[Actuator],
        origins: list[tuple[str, int]],
    ) -> None:
        self._random, self._timeline, self._days, self._origins = random, timeline, days, origins
        able = [each for each in things if not each.entity_id.startswith("binary_sensor.")]
        self._free: list[Actuator] = [able[place] for place in random.permutation(len(able)).tolist()]
        self._leads: dict[Step, int] = {}
        self._follows: set[str] = set()
        self._minutes: list[float] = []
        self.drafts: list[Draft] = []
        self.links: set[frozenset[str]] = set()

    def trigger(self, leaders: Sequence[Step]) -> None:
        """One thing after another, by hand, most times."""
        leader = self._leader(leaders)
        if leader is None or not self._free:
            return
        follower, strength = self._take(), float(self._random.uniform(0.5, 0.95))
        when, lag = str(self._random.choice(("always", "weekday", "evening"), p=(0.65, 0.2, 0.15))), self._lag()
        number = self._number()
        self._follow(self._of(leader), follower, number, strength, lag, when=when)
        detail = {"states": [leader[1], follower.used], "lag_seconds": [lag], "when": when}
        self._draft(TRIGGER, (leader, (follower.entity_id, follower.used)), detail, strength, number)

    def sequence(self, leaders: Sequence[Step], length: int) -> None:
        """A chain of so many things; each goes on from the one before, where that was part of it."""
        leader = self._leader(leaders)
        if leader is None or len(self._free) < length - 1:
            return
        steps, lags, number = [leader], [], self._number()
        track, share = self._of(leader), 1.0
        for _ in range(length - 1):
            follower, strength, lag = self._take(), float(self._random.uniform(0.65, 0.97)), self._lag() / 2
            self._follow(track, follower, number, strength, lag)
            steps.append((follower.entity_id, follower.used))
            lags.append(lag)
            track = self._of(steps[-1])
            track = track.where(track.routines == number)
            share *= strength
        detail = {"states": [state for _, state in steps], "lag_seconds": lags}
        self._draft(SEQUENCE, tuple(steps), detail, share, number)

    def co_occurrence(self, lived: Sequence[PersonDay]) -> None:
        """Two things within a minute, either first."""
        if len(self._free) < 2:  # noqa: PLR2004
            return
        pair, number = (self._take(), self._take()), self._number()
        strength, a_day = float(self._random.uniform(0.5, 0.95)), float(self._random.uniform(1.0, 4.0))
        for at in moments_at_home(self._random, lived, round(a_day * self._days.count)):
            both = self._random.random() < strength
            gap = float(self._random.uniform(2, 50)) * (1 if self._random.random() < 0.5 else -1)  # noqa: PLR2004
            alone = int(self._random.integers(2))
            for place, thing in enumerate(pair):
                if both or place == alone:
                    self._use(thing, at + place * gap, number if both else NONE, NONE, NONE, lasts=600.0)
        ordered = sorted((each.entity_id, each.used) for each in pair)
        detail = {"states": [state for _, state in ordered]}
        self._draft(CO_OCCURRENCE, tuple(ordered), detail, strength, number)

    def time_of_day(self, empty: range) -> None:
        """A thing at a time of day, once or twice; on all days, working days or free days."""
        if not self._free:
            return
        thing = self._take()
        first = self._minute()
        self._at_minute(thing, first, empty)
        if self._random.random() < _TWICE:
            self._at_minute(thing, (first + float(self._random.uniform(300, 1_100))) % 1_440.0, empty)

    def outcome(self) -> list[Planted]:
        """What was planted, with what came of it."""
        return [self._outcome(draft) for draft in self.drafts]

    def _outcome(self, draft: Draft) -> Planted:
        tracks = [self._of(step) for step in draft.steps]
        own = [track.where(track.routines == draft.number) for track in tracks]
        last = own[-1] if draft.planted.pattern_type != CO_OCCURRENCE else min(own, key=len)
        share = len(last) / max(1, len(tracks[0]))
        enough = len(last) >= _FEWEST and share >= _SMALLEST_SHARE * draft.planted.strength**0.5
        if draft.planted.pattern_type == TIME_OF_DAY:
            share = len(last) / max(1, draft.planted.support)
            enough = len(last) >= _FEWEST_DAYS and share >= _SMALLEST_SHARE_OF_DAYS
        if not len(last):
            return replace(draft.planted, support=0, required=False)
        return replace(
            draft.planted,
            support=len(last),
            first_seen=float(last.times[0]),
            last_seen=float(last.times[-1]),
            required=enough,
        )

    def _draft(
        self, kind: str, steps: tuple[Step, ...], detail: dict[str, Any], strength: float, number: int, support: int = 1
    ) -> None:
        names = tuple(entity_id for entity_id, _ in steps)
        self.drafts.append(Draft(Planted(kind, names, detail, strength, support), steps, number))
        self._follows.update(names)
        self.links.update(frozenset(pair) for pair in pairwise(names))

    def _number(self) -> int:
        return len(self.drafts)

    def _take(self) -> Actuator:
        return self._free.pop()

    def _of(self, step: Step) -> Track:
        track = self._timeline.track(step[0])
        return track.where(track.states == self._timeline.state(step[1]))

    def _leader(self, leaders: Sequence[Step]) -> Step | None:
        """Something that happens now and then, and that leads one thing already at the most."""
        for place in self._random.permutation(len(leaders)).tolist():
            step: Step = leaders[place]
            a_day = len(self._of(step)) / self._days.count
            taken = self._leads.get(step, 0)
            if taken > int(self._random.random() < 0.3) or not _LEAST_A_DAY <= a_day <= _MOST_A_DAY:  # noqa: PLR2004
                continue
            if step[0] in self._follows and not taken:
                continue
            self._free = [each for each in self._free if each.entity_id != step[0]]
            self._leads[step] = taken + 1
            return step
        return None

    def _lag(self) -> float:
        return exp(float(self._random.uniform(log(_SHORTEST), log(_LONGEST))))

    def _follow(
        self, leading: Track, follower: Actuator, number: int, strength: float, lag: float, *, when: str = "always"
    ) -> None:
        """The follower does its thing some time after the leader's, with a lag of its own each time."""
        days = np.clip(self._days.day_of(leading.times), 0, self._days.count - 1)
        late_enough = self._days.minute_of(leading.times) >= _EVENING
        able = {"always": days >= 0, "weekday": ~self._days.weekend[days], "evening": late_enough}[when]
        jitter = float(self._random.uniform(0.15, 0.5))
        for place, at in enumerate(leading.times.tolist()):
            late = min(lag * exp(float(self._random.normal(0, jitter))), 290.0)
            if self._random.random() < strength and able[place]:
                self._use(follower, at + late, number, int(leading.persons[place]), int(leading.origins[place]))

    def _use(self, thing: Actuator, at: float, number: int, person: int, origin: int, lasts: float = 900.0) -> None:
        means = BY_APP if self._random.random() < _BY_APP_SHARE else NOBODY_KNOWN
        self._timeline.add(thing.entity_id, at, thing.used, person=person, origin=origin, routine=number, means=means)
        end = at + lasts * float(self._random.lognormal(0, 0.6))
        self._timeline.add(thing.entity_id, end, thing.rest, origin=origin)

    def _minute(self) -> float:
        """A time of day: near midnight, at the same time as another one that it knows nothing of, or any."""
        if self._random.random() < _NEAR_MIDNIGHT:
            minute = float(self._random.uniform(-35, 35)) % 1_440.0
        elif self._minutes and self._random.random() < _SAME_HOUR:
            minute = (float(self._random.choice(self._minutes)) + float(self._random.normal(0, 3))) % 1_440.0
        else:
            minute = float(self._random.uniform(330, 1_380))
        self._minutes.append(minute)
        return minute

    def _at_minute(self, thing: Actuator, minute: float, empty: range) -> None:
        kind = str(self._random.choice(("all", "weekday", "weekend"), p=(0.5, 0.35, 0.15)))
        strength, spread = float(self._random.uniform(0.6, 0.95)), float(self._random.uniform(2, 18))
        drift = float(self._random.uniform(-20, 20)) if self._random.random() < _DRIFTS else 0.0
        ends = self._random.random() < _ENDS
        number, origin = self._number(), len(self._origins)
        self._origins.append(("routine", number))
        meant = 0
        for day in range(self._days.count):
            if kind != "all" and (kind == "weekend") != bool(self._days.weekend[day]):
                continue
            if day in empty:
                continue
            meant += 1
            if self._random.random() >= strength:
                continue
            moved = minute + drift * (day / self._days.count - 0.5) + float(self._random.normal(0, spread))
            at = self._days.at(day, moved * 60.0)
            self._once(thing, at, number, origin, ends=bool(ends))
        state = thing.rest if ends else thing.used
        detail = {"state": state, "minute_of_day": minute, "spread_minutes": spread, "days": kind, "drift": drift}
        self._draft(TIME_OF_DAY, ((thing.entity_id, state),), detail, strength, number, support=meant)

    def _once(self, thing: Actuator, at: float, number: int, origin: int, *, ends: bool) -> None:
        if not ends:
            self._use(thing, at, number, NONE, origin, lasts=1_500.0)
            return
        before = at - float(self._random.uniform(1_200, 14_000))
        self._timeline.clear(thing.entity_id, before, at)
        self._timeline.add(thing.entity_id, before, thing.used)
        self._timeline.add(thing.entity_id, at, thing.rest, origin=origin, routine=number)
