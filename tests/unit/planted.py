"""Homes made up for tests, as events: with pairs planted in them, and null homes with none."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from heapq import merge
from math import cos, pi

from shared.history import Event

START = 1_760_000_400.0
"""A Thursday, 09:00 UTC; any moment would do."""
DAY = 86_400.0


@dataclass(frozen=True)
class Planted:
    """A pair that was planted; an unordered one is as often this way round as the other."""

    entities: tuple[str, str]
    states: tuple[str, str]
    ordered: bool
    confidence: float


@dataclass
class PlantedHome:
    events: list[Event]
    planted: list[Planted] = field(default_factory=list)


def independent_home(seed: int, *, entities: int = 30, days: int = 30) -> PlantedHome:
    """Nobody lives together: each thing has its own hours of the day, and knows nothing of the others."""
    random_ = random.Random(f"independent {seed}")
    streams = []
    for number in range(entities):
        peak, a_day = random_.uniform(0, DAY), random_.choice((3, 10, 30, 80))
        times = [at for at in _uniform(random_, days, 2 * a_day) if random_.random() < _daily(at, peak)]
        streams.append(_toggling(f"light.lamp_{number}", times))
    return PlantedHome(_joined(streams))


def awake_home(seed: int, *, entities: int = 30, days: int = 30) -> PlantedHome:
    """A household: all things happen only while people are awake, some days from early, some from late on."""
    random_ = random.Random(f"awake {seed}")
    awake = _awake(random_, days)
    streams = []
    for number in range(entities):
        times = [at for at in _uniform(random_, days, random_.choice((6, 20, 60, 150))) if _within(at, awake)]
        streams.append(_toggling(f"light.lamp_{number}", times))
    return PlantedHome(_joined(streams))


def planted_home(seed: int, *, pairs: int = 8, entities: int = 30, days: int = 30) -> PlantedHome:
    """A household with pairs, half of them ordered, half of them either way round, among things that know nothing."""
    random_ = random.Random(f"planted {seed}")
    home, awake = awake_home(seed, entities=entities, days=days), _awake(random_, days)
    streams, planted = [home.events], []
    for number in range(pairs):
        one, other = f"binary_sensor.motion_{number}", f"switch.plug_{number}"
        truth = Planted((one, other), ("on", "on"), number % 2 == 0, random_.choice((0.5, 0.7, 0.9)))
        leading = [at for at in _uniform(random_, days, random_.choice((8, 15, 25))) if _within(at, awake)]
        following = [at + _lag(random_, truth) for at in leading if random_.random() < truth.confidence]
        following += [at for at in _uniform(random_, days, 2) if _within(at, awake)]
        streams += [_pulses(random_, one, leading, 60), _pulses(random_, other, following, 900)]
        planted.append(truth)
    return PlantedHome(_joined(streams), planted)


def _lag(random_: random.Random, truth: Planted) -> float:
    lag = random_.uniform(2, 8) if truth.entities[0].endswith(("0", "4")) else random_.uniform(10, 90)
    return lag if truth.ordered or random_.random() < 0.5 else -lag


def _uniform(random_: random.Random, days: int, a_day: float) -> list[float]:
    return sorted(START + random_.uniform(0, days * DAY) for _ in range(round(days * a_day)))


def _daily(at: float, peak: float) -> float:
    return 0.5 + 0.5 * cos(2 * pi * (at - peak) / DAY)


def _awake(random_: random.Random, days: int) -> list[tuple[float, float]]:
    """From when to when people are at home and awake: a morning, and an evening, of each day."""
    hours = []
    for day in range(days):
        begin = START + day * DAY + random_.gauss(7 * 3600, 2400)
        home = START + day * DAY + random_.gauss(17 * 3600, 3600)
        hours += [(begin, begin + random_.uniform(1, 3) * 3600), (home, home + random_.uniform(4, 7) * 3600)]
    return hours


def _within(at: float, spans: list[tuple[float, float]]) -> bool:
    return any(begin <= at < end for begin, end in spans)


def _toggling(entity_id: str, times: list[float]) -> list[Event]:
    return [Event(at, entity_id, ("on", "off")[place % 2]) for place, at in enumerate(times)]


def _pulses(random_: random.Random, entity_id: str, times: list[float], mean: float) -> list[Event]:
    """On at each time, off some time later; a time while it is on says nothing new."""
    found: list[Event] = [Event(START, entity_id, "off")]
    end = START
    for at in sorted(times):
        if at <= end:
            continue
        end = at + random_.uniform(0.5, 1.5) * mean
        found += [Event(at, entity_id, "on"), Event(end, entity_id, "off")]
    return found


def _joined(streams: list[list[Event]]) -> list[Event]:
    return list(merge(*(sorted(each, key=lambda row: row[0]) for each in streams), key=lambda row: row[0]))
