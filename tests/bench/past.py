"""The past of a home that never was: any number of changes, by 130 entities in 30 days, with pairs among them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

START = 1_760_000_400.0
"""A Thursday, 09:00 UTC; any moment would do."""
DAY = 86_400.0
DAYS = 30
ENTITIES = 130

_PAIRS = 10
_FOLLOWED = 0.7
_AWAKE = 16 * 3600.0
"""Seconds of a day in which things happen."""


def write_past(file: Path, rows: int) -> None:
    """Write so many rows as Home Assistant's history panel exports them: entity by entity, each in the order of time.

    All entities have two states, so that an analysis leaves none of them out: the hardest home of its size.
    """
    random_ = random.Random(f"past {rows}")
    with file.open("w") as out:
        out.write("entity_id,state,last_changed\n")
        for entity_id, times in _streams(random_, rows):
            out.writelines(f"{entity_id},{('on', 'off')[place % 2]},{at:.6f}\n" for place, at in enumerate(times))


def _streams(random_: random.Random, rows: int) -> Iterator[tuple[str, list[float]]]:
    """Each entity with the times at which it changes; lights of the first rooms mostly follow the motion there."""
    weights = [random_.choice((1, 2, 4, 8)) for _ in range(ENTITIES - _PAIRS)]
    left, weight_left = rows, 2 * sum(weights[:_PAIRS]) + sum(weights[_PAIRS:])
    for number, weight in enumerate(weights):
        share = left * weight // weight_left
        leading = sorted(_moment(random_) for _ in range(share))
        left, weight_left = left - share, weight_left - weight
        yield f"binary_sensor.room_{number}_motion", leading
        if number < _PAIRS:
            following = sorted(
                at + random_.uniform(2, 60) if random_.random() < _FOLLOWED else _moment(random_) for at in leading
            )
            left, weight_left = left - share, weight_left - weight
            yield f"light.room_{number}_ceiling", following


def _moment(random_: random.Random) -> float:
    return START + random_.randrange(DAYS) * DAY + random_.uniform(0, _AWAKE)
