"""The changes of one UTC day that can mean something: what the statistics of pairs and chains are made of. Pure."""

from __future__ import annotations

import json
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from shared.errors import DatabaseError
from shared.history import Columns
from workers.pattern.counts.day_changes import MOST_A_DAY, Changed, changes_of, day_of, tail_of

REACH: Final = 300_000
"""Milliseconds of the day before that a day's statistics may look at: the longest window."""
DAY: Final = 86_400_000
"""Milliseconds of a UTC day."""
MOST_STATES: Final = 20
"""States of an entity, above which they are text and no states."""
NUMERIC: Final = "its states are numbers"
TOO_MANY_STATES: Final = f"it has more than {MOST_STATES} different states"
TOO_MANY_CHANGES: Final = f"it changed more than {MOST_A_DAY:,} times on most of its days"


class Item(NamedTuple):
    """The changes of an entity to a state."""

    entity_id: str
    state: str


@dataclass(frozen=True, slots=True, eq=False)
class DayItems:
    """The changes of one UTC day, and those of the last 300 s before it, in the order of time.

    `times` are milliseconds since 1970 (UTC), `items` places in `names`, which are in order. The first `before` changes
    are those of the day before. `words` counts what was said of each entity on the day; `left_out` are entities without
    changes here, each with the reason. `events` counts all events.
    """

    day: int
    events: int
    before: int
    names: tuple[Item, ...]
    times: NDArray[np.int64]
    items: NDArray[np.int32]
    automated: NDArray[np.bool_]
    words: Mapping[str, int]
    left_out: Mapping[str, str]

    @classmethod
    def of(cls, day: Columns, before: Columns | None = None) -> Self:
        """The changes of a day; of the day before only the last 300 s are looked at.

        What is said again is no change, nor is the first word after `unknown` and `unavailable`; the first word of a
        day is one. Times that no clock shows are left out.
        """
        number = day_of(day)
        found = changes_of(day, number, MOST_STATES)
        tail = None if before is None else changes_of(tail_of(before, number, REACH), number - 1, MOST_STATES)
        reasons = {"numbers": NUMERIC, "states": TOO_MANY_STATES, "changes": TOO_MANY_CHANGES}
        left_out = {entity_id: reasons[why] for entity_id, why in found.left_out.items()}
        parts = [found] if tail is None else [tail, found]
        names = sorted({name for part in parts for name in part.names if name[0] not in left_out})
        places = {name: place for place, name in enumerate(names)}
        moved = [_moved(part, places) for part in parts]
        times, items, automated = (np.concatenate([part[each] for part in moved]) for each in range(3))
        return cls(
            number,
            len(day),
            len(moved[0][0]) if tail is not None else 0,
            tuple(Item(*name) for name in names),
            times,
            items.astype(np.int32),
            automated,
            found.words,
            left_out,
        )

    def only(self, entity_ids: Collection[str]) -> Self:
        """The changes of some entities alone."""
        names = tuple(name for name in self.names if name.entity_id in entity_ids)
        places = {name: place for place, name in enumerate(names)}
        now = np.array([places.get(name, -1) for name in self.names], dtype=np.int32)[self.items]
        kept = now >= 0
        return replace(
            self,
            before=int(kept[: self.before].sum()),
            names=names,
            times=self.times[kept],
            items=now[kept],
            automated=self.automated[kept],
        )

    def to_bytes(self) -> bytes:
        """The same as bytes: about three for a change."""
        header = {
            "day": self.day,
            "events": self.events,
            "before": self.before,
            "names": self.names,
            "words": dict(self.words),
            "left_out": dict(self.left_out),
            "changes": len(self.times),
        }
        steps = np.diff(self.times, prepend=self.day * DAY - REACH).astype(np.uint32)
        body = steps.tobytes() + self.items.astype(np.uint16).tobytes() + np.packbits(self.automated).tobytes()
        text = json.dumps(header, separators=(",", ":")).encode()
        return zlib.compress(len(text).to_bytes(4, "little") + text + body, 1)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """What `to_bytes` made. Raises DatabaseError where it is something else."""
        try:
            return cls._from(zlib.decompress(data))
        except (zlib.error, ValueError, KeyError, TypeError) as error:
            raise DatabaseError("A day's changes can't be read: run a full analysis to count them anew.") from error

    @classmethod
    def _from(cls, plain: bytes) -> Self:
        start = 4 + int.from_bytes(plain[:4], "little")
        header = json.loads(plain[4:start])
        size = header["changes"]
        steps = np.frombuffer(plain, np.uint32, size, start)
        items = np.frombuffer(plain, np.uint16, size, start + 4 * size)
        automated = np.frombuffer(plain, np.uint8, (size + 7) // 8, start + 6 * size)
        names = tuple(Item(*name) for name in header["names"])
        if size and int(items.max()) >= len(names):
            raise ValueError("an item without a name")
        return cls(
            header["day"],
            header["events"],
            header["before"],
            names,
            header["day"] * DAY - REACH + np.cumsum(steps, dtype=np.int64),
            items.astype(np.int32),
            np.unpackbits(automated, count=size).astype(np.bool_),
            header["words"],
            header["left_out"],
        )


def _moved(
    part: Changed, places: Mapping[tuple[str, str], int]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """The changes of a part, with the places that its names have now; without those that have none."""
    if not part.names:
        return part.times, part.items, part.automated
    now = np.array([places.get(name, -1) for name in part.names], dtype=np.int64)[part.items]
    kept = now >= 0
    return part.times[kept], now[kept], part.automated[kept]
