"""Things of real homes that look like routines and are none. Pure; each gives another home with some more things.

What these things do by themselves is no pattern of the people who live there: whatever is told of them is false.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np

from shared.history import Columns, Event
from shared.simulator.harm import joined
from shared.simulator.local_days import DAY
from shared.simulator.simulation import SimulatedHome

_SALT: Final = 0x4B
_POLLED: Final = 300.0


def flicker(home: SimulatedHome) -> SimulatedHome:
    """The power of an appliance lies near a threshold: several times a day its sensor can't decide for some minutes."""
    random = np.random.default_rng([home.seed, _SALT, 1])
    name = "binary_sensor.freezer_plug_active"
    rows = []
    for begin in _moments(random, home, 4.0):
        flips = 2 * int(random.integers(4, 40))
        for number, at in enumerate((begin + np.cumsum(random.exponential(25.0, flips))).tolist()):
            rows.append(Event(round(at, 6), name, ("on", "off")[number % 2]))
    return _with(home, _changing(rows), {name: "running"})


def in_step(home: SimulatedHome) -> SimulatedHome:
    """Three states are polled at the same second of every fifth minute, and know nothing of each other."""
    random = np.random.default_rng([home.seed, _SALT, 2])
    second, rows = float(random.uniform(0, _POLLED)), []
    names = [f"sensor.{each}_status" for each in ("tariff", "solar", "grid")]
    for name in names:
        for at in _moments(random, home, 25.0):
            told = at - at % _POLLED + second + float(random.uniform(0, 3.0))
            rows.append(Event(round(told, 6), name, str(random.choice(("low", "normal", "high")))))
    return _with(home, _changing(rows), dict.fromkeys(names, "enum"))


def vacuum(home: SimulatedHome) -> SimulatedHome:
    """A robot that cleans again some hours after it is charged: each day a little later."""
    random = np.random.default_rng([home.seed, _SALT, 3])
    rows, at = [], float(home.events.times[0]) + float(random.uniform(0, DAY))
    while at < home.events.times[-1] - DAY:
        for state, lasts in (("cleaning", 2_700), ("returning", 120), ("docked", 0)):
            rows.append(Event(round(at, 6), "vacuum.robot", state))
            at += lasts * float(random.uniform(0.8, 1.2))
        at += float(random.normal(24.4 * 3_600 - 2_900, 400))
    return _with(home, rows, {"vacuum.robot": None})


def _moments(random: np.random.Generator, home: SimulatedHome, a_day: float) -> list[float]:
    """Some times of the past, at any hour."""
    since, until = float(home.events.times[0]) + 60.0, float(home.events.times[-1])
    count = round(a_day * (until - since) / DAY)
    return sorted(random.uniform(since, until, count).tolist())


def _changing(rows: list[Event]) -> list[Event]:
    """The rows in order, without those that change nothing."""
    kept: list[Event] = []
    states: dict[str, str] = {}
    for row in sorted(rows):
        if states.get(row.entity_id) != row.state:
            states[row.entity_id] = row.state
            kept.append(row)
    return kept


def _with(home: SimulatedHome, rows: list[Event], kinds: Mapping[str, str | None]) -> SimulatedHome:
    return replace(
        home,
        events=joined(home.events, Columns.of(rows)),
        document={**home.document, "entities": [*home.document["entities"], *_entities(kinds)]},
    )


def _entities(kinds: Mapping[str, str | None]) -> Iterator[dict[str, Any]]:
    for entity_id, kind in kinds.items():
        name = entity_id.partition(".")[2].replace("_", " ").capitalize()
        yield {"entity_id": entity_id, "name": name, "device_class": kind}


HABITS: Final[dict[str, Callable[[SimulatedHome], SimulatedHome]]] = {
    "flicker": flicker,
    "in_step": in_step,
    "vacuum": vacuum,
}
"""By the name that the evaluation knows them by."""
