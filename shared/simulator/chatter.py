"""Sensors that say numbers all day long. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shared.simulator.floor_plan import FloorPlan
from shared.simulator.sky import elevation

_KINDS: Final = (
    ("temperature", 20.0, 0.08, 1.0),
    ("power", 60.0, 15.0, 6.0),
    ("humidity", 50.0, 0.3, 1.0),
    ("signal_strength", -65.0, 2.0, 2.0),
    ("illuminance", 120.0, 12.0, 3.0),
    ("uptime", 0.0, 0.0, 1.0),
    ("battery", 90.0, 0.01, 0.2),
    ("voltage", 230.0, 0.7, 4.0),
)
"""What is measured, where it begins, how far a step goes, and how much it talks."""
_KEPT: Final = 1.08
"""Some readings are the same as the one before, and no events."""


@dataclass(frozen=True, slots=True)
class Readings:
    """What one sensor says: `values` are tenths."""

    entity_id: str
    times: NDArray[np.float64]
    values: NDArray[np.int64]


def chatter(
    random: np.random.Generator,
    plan: FloorPlan,
    span: tuple[float, float],
    counts: tuple[int, int],
    runs: Sequence[tuple[float, float]],
    time_zone: str,
) -> list[Readings]:
    """So many sensors with so many readings in all (`counts`); the first tells the power of a machine that `runs`."""
    sensors, readings = counts
    weights = np.array([_KINDS[number % len(_KINDS)][3] for number in range(sensors)]) * random.lognormal(
        0, 0.4, sensors
    )
    amounts = np.maximum(2, _KEPT * readings * weights / max(weights.sum(), 1.0)).astype(np.int64)
    found = []
    for number, amount in enumerate(amounts.tolist()):
        kind, begin, step, _ = _KINDS[number % len(_KINDS)]
        room = plan.rooms[number % len(plan.rooms)]
        entity_id = plan.put(f"sensor.{room}_{kind}_{number}", room, kind)
        plan.numeric.append(entity_id)
        times = np.round(np.sort(random.uniform(*span, amount)), 6)
        walk = begin + np.cumsum(random.normal(0, step, amount)) if kind != "uptime" else (times - span[0]) / 3600.0
        walk = _about(walk, begin, kind)
        if kind == "illuminance":
            walk = np.maximum(0.0, 30.0 * elevation(times, time_zone)) + np.abs(walk - begin)
        if number == 1:
            walk = _machine(times, runs) + random.normal(0, 5, amount)
        values = np.round(walk * 10.0).astype(np.int64)
        changed = np.concatenate(([True], (np.diff(values) != 0) & (np.diff(times) > 0)))
        found.append(Readings(entity_id, times[changed], values[changed]))
    return found


def _about(walk: NDArray[np.float64], middle: float, kind: str) -> NDArray[np.float64]:
    """A walk that is turned back where it goes too far."""
    if kind == "uptime":
        return walk
    reach = max(5.0, abs(middle) * 0.5)
    return middle + reach * 2 / np.pi * np.arcsin(np.sin((walk - middle) * np.pi / 2 / reach))


def _machine(times: NDArray[np.float64], runs: Sequence[tuple[float, float]]) -> NDArray[np.float64]:
    """Watts: 2,000 while it heats, 300 while it turns, next to nothing else."""
    watts = np.full(len(times), 8.0)
    for since, until in runs:
        running = (times >= since) & (times < until)
        watts[running] = np.where(times[running] < since + 1_500, 2_000.0, 300.0)
    return watts
