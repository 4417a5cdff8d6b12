"""People in their rooms: whoever walks sets off sensors, and uses what is there. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from typing import Final

import numpy as np

from shared.simulator.floor_plan import Actuator, FloorPlan
from shared.simulator.household import PersonDay
from shared.simulator.timeline import BY_APP, NOBODY_KNOWN, NONE, Timeline

_MORNING, _EVENING = 11, 17
_LIKED: Final[Mapping[str, tuple[float, float, float]]] = {
    "hall": (0.3, 0.3, 0.3),
    "kitchen": (3.0, 1.6, 2.0),
    "living_room": (0.8, 1.8, 4.0),
    "bathroom": (2.2, 0.8, 1.0),
    "bedroom": (1.5, 0.4, 0.7),
    "office": (0.6, 2.0, 0.6),
    "kids_room": (0.8, 1.0, 0.9),
    "laundry": (0.2, 0.4, 0.2),
    "guest_room": (0.1, 0.2, 0.1),
}
"""How much people are drawn to a room in the morning, by day and in the evening."""
_NEAR_A_TURN: Final = 1_800.0
"""Seconds around a turn of the day in which what is done belongs to it."""
_BY_APP_SHARE: Final = 0.15
_ALWAYS_DARK: Final = frozenset({"bathroom", "laundry", "hall"})


class Walker:
    """Lets people live; what they do goes into the timeline. `origins` numbers the turns of their days."""

    def __init__(
        self,
        random: np.random.Generator,
        plan: FloorPlan,
        timeline: Timeline,
        dark: np.ndarray[tuple[int], np.dtype[np.bool_]],
    ) -> None:
        self._random, self._plan, self._timeline, self._dark = random, plan, timeline, dark
        self.origins: list[tuple[str, int]] = []
        self._pulses: dict[str, list[tuple[float, float, int, int]]] = {each: [] for each in plan.motion.values()}
        self._holds = {entity_id: float(random.choice((30.0, 60.0, 90.0))) for entity_id in self._pulses}
        self._light = {room: random.uniform(0.3, 0.95) for room in plan.rooms}
        self._paths = {room: self._path(room) for room in plan.rooms}
        self._used: dict[str, list[tuple[Actuator, float, float]]] = {room: [] for room in plan.rooms}
        for each in plan.actuators:
            habit = (each, float(random.uniform(0.02, 0.25)), float(random.uniform(300, 5_400)))
            self._used[each.room].append(habit)

    def live(self, day: PersonDay) -> None:
        """One day of one person."""
        for since, until in day.home:
            self._at_home(day, since, until)
        for kind, at in day.moments:
            if kind in {"leave", "return"}:
                self._front_door(day, kind, at)

    def end(self) -> None:
        """Make of the movements what the sensors make of them: they stay on while somebody moves."""
        for entity_id, pulses in self._pulses.items():
            until = -1.0
            for since, end, person, origin in sorted(pulses):
                if since > until:
                    if until > 0:
                        self._timeline.add(entity_id, until, "off")
                    self._timeline.add(entity_id, since, "on", person=person, origin=origin)
                until = max(until, end)
            if until > 0:
                self._timeline.add(entity_id, until, "off")

    def _front_door(self, day: PersonDay, kind: str, at: float) -> None:
        who = {"person": day.person, "origin": self._origin(kind, day.person)}
        opened = at + self._random.uniform(0, 25)
        self._timeline.add("binary_sensor.front_door", opened, "on", **who)
        self._timeline.add("binary_sensor.front_door", opened + self._random.uniform(4, 25), "off", **who)
        told = opened + self._random.uniform(20, 240) * (1 if kind == "leave" else 0.5)
        state = "not_home" if kind == "leave" else "home"
        self._timeline.add(f"person.person_{day.person + 1}", told, state, **who)

    def _origin(self, kind: str, person: int) -> int:
        key = (kind, person)
        if key not in self.origins:
            self.origins.append(key)
        return self.origins.index(key)

    def _origin_at(self, day: PersonDay, at: float) -> int:
        near = min(day.moments, key=lambda each: abs(each.at - at))
        return self._origin(near.kind, day.person) if abs(near.at - at) <= _NEAR_A_TURN else NONE

    def _at_home(self, day: PersonDay, since: float, until: float) -> None:
        at, room = since, "bedroom" if since == day.home[0][0] else "hall"
        while at < until:
            stays = min(float(self._random.lognormal(6.4, 1.0)), until - at)
            self._stay(day, room, at, at + stays)
            at += stays
            following = self._next(room, at, day)
            if "hall" not in {room, following} and at < until:
                self._move("hall", at + self._random.uniform(1, 5), day)
            at, room = at + self._random.uniform(4, 15), following

    def _next(self, room: str, at: float, day: PersonDay) -> str:
        hour = (at - day.home[0][0]) / 3600.0 + 7.0
        part = 0 if hour < _MORNING else 1 if hour < _EVENING else 2
        return self._plan.rooms[bisect_right(self._paths[room][part], self._random.random())]

    def _path(self, room: str) -> list[list[float]]:
        """By the part of the day, how likely somebody goes from here to one of the first rooms, the first two, ..."""
        liked = np.array([np.zeros(3) if each == room else _LIKED[each] for each in self._plan.rooms])
        sums = np.cumsum(liked / liked.sum(axis=0), axis=0)
        paths: list[list[float]] = sums[:-1].T.tolist()
        return paths

    def _move(self, room: str, at: float, day: PersonDay) -> None:
        sensor = self._plan.motion[room]
        seen = (at, at + self._holds[sensor] * self._random.uniform(1.0, 1.3), day.person, self._origin_at(day, at))
        self._pulses[sensor].append(seen)

    def _stay(self, day: PersonDay, room: str, since: float, until: float) -> None:
        self._move(room, since + self._random.uniform(0.5, 3), day)
        for at in since + np.cumsum(self._random.exponential(320.0, size=int((until - since) / 320.0) + 1)):
            if at < until:
                self._move(room, float(at), day)
        who = {"person": day.person, "origin": self._origin_at(day, since)}
        if (door := self._plan.doors.get(room)) and self._random.random() < 0.6:  # noqa: PLR2004
            self._timeline.add(door, since - self._random.uniform(0.5, 2), "on", **who)
            self._timeline.add(door, since + self._random.uniform(2, 8), "off", **who)
        if room == "kitchen" and self._random.random() < 0.4:  # noqa: PLR2004
            at = self._random.uniform(since, until)
            self._timeline.add("binary_sensor.fridge_door", at, "on", **who)
            self._timeline.add("binary_sensor.fridge_door", at + self._random.uniform(4, 40), "off", **who)
        self._lamp(room, since, until, who)
        for habit in self._used[room]:
            self._use(habit, day, since, until)

    def _lamp(self, room: str, since: float, until: float, who: Mapping[str, int]) -> None:
        hour = min(max(int((since - self._timeline.start) // 3600), 0), len(self._dark) - 1)
        dark = room in _ALWAYS_DARK or bool(self._dark[hour])
        if not dark or self._random.random() >= self._light[room]:
            return
        if who["origin"] == NONE and room not in _ALWAYS_DARK and not self._dark[max(0, hour - 2)]:
            who = {**who, "origin": self._origin("dusk", NONE)}
        lamp = self._plan.lamps[room]
        self._timeline.add(lamp, since + float(self._random.lognormal(1.3, 0.6)), "on", **who)
        if self._random.random() < 0.75:  # noqa: PLR2004
            self._timeline.add(lamp, until + self._random.uniform(-4, 2), "off", **who)
        else:
            self._timeline.add(lamp, until + self._random.uniform(600, 5_400), "off")

    def _use(self, habit: tuple[Actuator, float, float], day: PersonDay, since: float, until: float) -> None:
        thing, share, lasts = habit
        if self._random.random() >= share * min(1.0, (until - since) / 1_200.0):
            return
        at = float(self._random.uniform(since, until))
        means = BY_APP if self._random.random() < _BY_APP_SHARE else NOBODY_KNOWN
        who = {"person": day.person, "origin": self._origin_at(day, at), "means": means}
        self._timeline.add(thing.entity_id, at, thing.used, **who)
        self._timeline.add(thing.entity_id, at + lasts * float(self._random.lognormal(0, 0.5)), thing.rest)
