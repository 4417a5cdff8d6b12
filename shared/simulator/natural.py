"""What is true of a home though nobody planted it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shared.simulator.local_days import LocalDays
from shared.simulator.timeline import Timeline, Track
from shared.simulator.truth import NaturalTime

WITHIN: Final = 300.0
"""Seconds within which the doings of one person belong together."""
_FEWEST, _SMALLEST_SHARE = 5, 0.1
_SHARE_OF_DAYS: Final = 0.3
_HUMP: Final = 60.0
"""Minutes within which a time of day has to lie."""
_TOLERANCE: Final = 40.0
_OF_PEOPLE: Final = frozenset({"wake", "leave", "return", "meal", "sleep"})
_DAY_MINUTES: Final = 1_440.0


def natural_pairs(tracks: Mapping[str, Track]) -> frozenset[frozenset[str]]:
    """Entities that the same person's doings changed within five minutes: see `truth` for how often."""
    names = list(tracks)
    parts = [(track.times, np.full(len(track), number), track.persons) for number, track in enumerate(tracks.values())]
    times, entities, persons = (np.concatenate(each) for each in zip(*parts, strict=True))
    near = np.zeros((len(names), len(names)), dtype=np.int64)
    for person in range(int(persons.max(initial=-1)) + 1):
        chosen = persons == person
        order = np.argsort(times[chosen], kind="stable")
        near += _neighbours(times[chosen][order], entities[chosen][order], len(names))
    sizes = np.array([len(track) for track in tracks.values()])
    rarer = sizes[:, None] <= sizes[None, :]
    linked = rarer & (near >= _FEWEST) & (near >= _SMALLEST_SHARE * sizes[:, None] / 2)
    return frozenset(
        frozenset((names[one], names[other])) for one, other in np.argwhere(linked).tolist() if one != other
    )


def _neighbours(times: NDArray[np.float64], entities: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """By entity and other entity: how many changes of the first have one of the other's near them."""
    keys: list[NDArray[np.int64]] = []
    live, step = np.arange(len(times)), 1
    while True:
        live = live[live + step < len(times)]
        live = live[times[live + step] - times[live] <= WITHIN]
        if not len(live):
            break
        keys += [live * size + entities[live + step], (live + step) * size + entities[live]]
        step += 1
    if not keys:
        return np.zeros((size, size), dtype=np.int64)
    event, other = np.divmod(np.unique(np.concatenate(keys)), size)
    counted = np.bincount(entities[event] * size + other, minlength=size * size)
    return counted.reshape(size, size).astype(np.int64)


def implied_pairs(links: Iterable[frozenset[str]]) -> frozenset[frozenset[str]]:
    """All that are joined by links: a chain's first and last, two things with one cause."""
    groups: list[set[str]] = []
    for link in links:
        joined = [group for group in groups if group & link]
        groups = [group for group in groups if not group & link] + [set(link).union(*joined)]
    return frozenset(frozenset(pair) for group in groups for pair in combinations(sorted(group), 2))


def natural_times(
    tracks: Mapping[str, Track], timeline: Timeline, days: LocalDays, origins: Sequence[tuple[str, int]]
) -> tuple[NaturalTime, ...]:
    """Times of day that come from people's own clocks, from the sun, from a timer, or from a routine before.

    `origins` are those that the tracks name, by kind and number. The turns of all people's days count together, and
    those of each person by themselves: the first to leave is on time, though others leave later.
    """
    found = []
    for entity_id, track in tracks.items():
        owned = track.where(track.origins >= 0)
        if not len(owned):
            continue
        day = np.clip(days.day_of(owned.times), 0, days.count - 1)
        minutes, free = days.minute_of(owned.times), days.weekend[day]
        for source in _sources(owned.origins, origins):
            for state in np.unique(owned.states[source]).tolist():
                for weekend in (False, True):
                    chosen = source & (owned.states == state) & (free == weekend)
                    fewest = _SHARE_OF_DAYS * max(1, int(np.sum(days.weekend == weekend)))
                    name = timeline.state_names[state]
                    found += [
                        NaturalTime(entity_id, name, centre, _TOLERANCE)
                        for centre in _humps(minutes[chosen], day[chosen], fewest)
                    ]
    return tuple(found)


def _sources(owned: NDArray[np.int64], origins: Sequence[tuple[str, int]]) -> Iterator[NDArray[np.bool_]]:
    """Which changes come of one origin, for each of them, and which of any person's turns of one kind."""
    numbers = np.unique(owned).tolist()
    for number in numbers:
        yield owned == number
    for kind in sorted({origins[number][0] for number in numbers} & _OF_PEOPLE):
        of_kind = [number for number in numbers if origins[number][0] == kind]
        if len(of_kind) > 1:
            yield np.isin(owned, of_kind)


def _humps(minutes: NDArray[np.float64], day: NDArray[np.int64], fewest: float) -> Iterator[float]:
    """The centres of hours that have events on so many days, the fullest first."""
    while len(minutes):
        centre, often = _hump(minutes, day)
        if often < fewest:
            return
        yield centre
        outside = np.abs((minutes - centre + _DAY_MINUTES / 2) % _DAY_MINUTES - _DAY_MINUTES / 2) > _HUMP
        minutes, day = minutes[outside], day[outside]


def _hump(minutes: NDArray[np.float64], day: NDArray[np.int64]) -> tuple[float, int]:
    """The centre of the hour that has events on the most days, and how many these are."""
    best: tuple[float, int] = (0.0, 0)
    for begin in minutes.tolist():
        inside = (minutes - begin) % _DAY_MINUTES <= _HUMP
        often = len(np.unique(day[inside]))
        if often > best[1]:
            best = circular(minutes[inside])[0], often
    return best


def circular(minutes: NDArray[np.float64]) -> tuple[float, float]:
    """The mean of minutes after midnight on the circle of a day, and their spread (Mardia 1972)."""
    turned = np.exp(2j * np.pi * minutes / _DAY_MINUTES).mean()
    length = min(1.0, max(1e-12, float(abs(turned))))
    spread = float(np.sqrt(-2.0 * np.log(length))) * _DAY_MINUTES / (2 * np.pi)
    return float(np.angle(turned) * _DAY_MINUTES / (2 * np.pi)) % _DAY_MINUTES, spread
