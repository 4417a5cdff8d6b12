"""What happened in the home of `seasons.yaml`, and a slow second opinion on it that looks at every minute."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from shared.history import Event

MINUTE = 60
ON_OFF = ("on", "off")
STATES: dict[str, tuple[tuple[str, ...], int]] = {
    "light.bathroom": (ON_OFF, 70), "light.kitchen_ceiling": (ON_OFF, 90), "light.kitchen_counter": (ON_OFF, 110),
    "light.night": (ON_OFF, 200), "light.sunday_lamp": (ON_OFF, 150), "binary_sensor.front_door": (ON_OFF, 120),
    "binary_sensor.back_door": (ON_OFF, 400), "binary_sensor.bedroom_window": (ON_OFF, 300),
    "binary_sensor.bathroom_window": (ON_OFF, 250), "binary_sensor.fridge": (ON_OFF, 60),
    "binary_sensor.kitchen_motion": (ON_OFF, 40), "cover.garage_door": (("open", "closed"), 300),
    "lock.front_door": (("locked", "unlocked"), 350), "switch.washing_machine": (ON_OFF, 500),
    "media_player.tv": (("off", "on", "playing", "paused", "playing"), 100),
    "person.anna": (("home", "not_home", "Work", "not_home"), 500), "person.ben": (("not_home", "home"), 600),
}  # fmt: skip
"""The states each goes through, and the mean number of minutes in each."""
SEASONS = (("2026-03-20", "2026-04-02"), ("2026-10-16", "2026-10-29"))


def at(text: str, zone: str = "Europe/Berlin") -> float:
    """A wall time with its UTC offset, or in a zone where it comes once."""
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))).timestamp()


def past_events(seed: int = 4) -> list[Event]:
    """Two weeks around each change of the clocks, at whole minutes."""
    chance, found = random.Random(seed), list[Event]()
    for since, until in SEASONS:
        start, end = at(f"{since}T00:00+00:00"), at(f"{until}T00:00+00:00")
        for entity_id, (states, mean) in STATES.items():
            found += walk(chance, entity_id, states, mean, start, end)
        found += readings(
            chance, "sensor.bedroom_temperature", start, end, lambda old: old + chance.choice((-0.5, 0.5))
        )
        found += readings(chance, "sensor.outdoor_temperature", start, end, lambda old: old + chance.choice((-1, 1)))
        found += readings(chance, "sensor.bathroom_humidity", start, end, lambda _: chance.randint(35, 85))
        found += readings(
            chance, "sensor.house_energy", start, end, lambda old: 0 if chance.random() < 0.02 else old + 0.5
        )
    return found


def walk(
    chance: random.Random, entity_id: str, states: tuple[str, ...], mean: int, start: float, end: float
) -> Iterator[Event]:
    """The states of one entity in their order, each for a while."""
    moment, step = start + MINUTE * chance.randint(0, mean), 0
    while moment < end:
        yield Event(moment, entity_id, states[step % len(states)])
        step, moment = step + 1, moment + MINUTE * chance.randint(1, 2 * mean)


def readings(
    chance: random.Random, entity_id: str, start: float, end: float, following: Callable[[float], float]
) -> Iterator[Event]:
    """The readings of one sensor."""
    moment, value = start, 18.0
    while moment < end:
        value = following(value)
        yield Event(moment, entity_id, f"{value:g}")
        moment += MINUTE * chance.randint(5, 50)


Wall = datetime
When = Callable[[Wall], bool]


@dataclass
class SlowPast:
    """Answers by looking at every minute and every event."""

    events: list[Event]
    now: float
    zone: str

    def __post_init__(self) -> None:
        self.events = sorted(each for each in self.events if each.at <= self.now)

    def wall(self, moment: float) -> Wall:
        return datetime.fromtimestamp(moment, UTC).astimezone(ZoneInfo(self.zone)).replace(tzinfo=None)

    def of(self, entity_id: str) -> list[Event]:
        return [each for each in self.events if each.entity_id == entity_id]

    def state(self, entity_id: str, moment: float) -> str | None:
        return next((each.state for each in reversed(self.of(entity_id)) if each.at <= moment), None)

    def minutes(self, when: When, days: int = 10) -> list[float]:
        """The minutes before now whose wall time is wanted."""
        last = int(self.now // MINUTE) * MINUTE
        found = [last - MINUTE * back for back in range(days * 1440, 0, -1)]
        return [each for each in found if when(self.wall(each))]

    def course(self, entity_id: str, when: When, days: int = 10) -> list[str | None]:
        """The state in each of those minutes."""
        minutes, course = self.minutes(when, days), list[str | None]()
        changes, place, state = self.of(entity_id), 0, None
        for minute in minutes:
            while place < len(changes) and changes[place].at <= minute:
                state, place = changes[place].state, place + 1
            course.append(state)
        return course

    def seconds(self, states: str, when: When, *ids: str, every: bool = False, days: int = 10) -> int:
        """For how long any, or every, of some entities had one of some states."""
        wanted, quantifier = states.split(), all if every else any
        courses = zip(*(self.course(each, when, days) for each in ids), strict=True)
        return MINUTE * sum(quantifier(state in wanted for state in row) for row in courses)

    def became(self, states: str, entity_id: str, when: When = lambda _: True) -> list[float]:
        """When it came into one of some states from another one."""
        wanted, before, found = states.split(), "", list[float]()
        for each in self.of(entity_id):
            if each.state in wanted and before not in wanted and when(self.wall(each.at)):
                found.append(each.at)
            before = each.state
        return found

    def numbers(self, entity_id: str, when: When, days: int = 10) -> list[float]:
        """The reading in each minute."""
        return [float(each) for each in self.course(entity_id, when, days) if each is not None]

    def used(self, entity_id: str, when: When) -> float:
        """What a meter counted, minute by minute, begun anew where it falls."""
        course = self.numbers(entity_id, when)
        return sum(b if b < a else b - a for a, b in pairwise(course))


def iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat()
