"""The past of a home that never was: any number of changes, by 130 entities in 30 days, with pairs among them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from shared.history import Event

START = 1_760_000_400.0
"""A Thursday, 09:00 UTC; any moment would do."""
DAY = 86_400.0
DAYS = 30
ENTITIES = 130

_PAIRS = 10
_FOLLOWED = 0.7
_AWAKE = 16 * 3600.0
"""Seconds of a day in which things happen."""
_WITH_CONTEXT, _ANOTHER_CONTEXT, _BY_PERSON = 0.3, 0.5, 0.3


def past_events(count: int) -> Iterator[Event]:
    """So many events in the order of time; a third of the entities are sensors, three in ten events have a context.

    A context covers two events on average: a person's (three in ten of them) or an automation's.
    """
    random_ = random.Random(f"events {count}")
    context: tuple[str | None, ...] = ()
    for at in sorted(_moment(random_) for _ in range(count)):
        number = random_.randrange(ENTITIES)
        state = f"{random_.uniform(0, 3000):.1f}" if number % 3 == 0 else random_.choice(("on", "off"))
        if random_.random() >= _WITH_CONTEXT:
            yield Event(round(at, 6), f"sensor.thing_{number}", state)
            continue
        if not context or random_.random() < _ANOTHER_CONTEXT:
            person = random_.random() < _BY_PERSON
            user, parent = (f"{random_.randrange(4):032x}", None) if person else (None, _ulid(random_))
            context = (user, parent, _ulid(random_))
        yield Event(round(at, 6), f"sensor.thing_{number}", state, *context)


def _ulid(random_: random.Random) -> str:
    return "01" + "".join(random_.choices("0123456789ABCDEFGHJKMNPQRSTVWXYZ", k=24))


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
