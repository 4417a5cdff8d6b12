"""How often each item followed each other one, day by day. Pure.

An occurrence is a change to one state and the next change of another entity to a state within five minutes, with
neither of the two between: each change is in one occurrence of a pair at most. It belongs to the day of the follower.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from shared.errors import DatabaseError
from workers.pattern.counts.day_items import DayItems, Item

WINDOWS: Final = (30_000, 60_000, 120_000, 300_000)
"""Milliseconds within which the second of a pair follows."""
TECHNICAL: Final = 2_000
"""Milliseconds within which what is told twice is told again."""
SOONEST: Final = 400
"""Milliseconds in which nobody does a second thing: what follows as soon is the same thing, or a machine's doing."""
LIMITS: Final = np.array((1, TECHNICAL + 1, *(each + 1 for each in WINDOWS)), dtype=np.int64)
"""Lags below these lie in the columns of the counts: at the same moment, technical, and within each of the windows."""

COLUMNS: Final = len(LIMITS)
_BINS_BYTE = 255
_AT_ONCE = 512
_BYTE = 255
_AT_ONCE = 300_000


@dataclass(frozen=True, slots=True, eq=False)
class PairCounts:
    """The occurrences of one day: `leaders` and `followers` are places in `names`, `counts` has a row for each pair.

    The columns of `counts` are those of LIMITS. Two changes at the same moment count for both orders.
    """

    day: int
    names: tuple[Item, ...]
    leaders: NDArray[np.int32]
    followers: NDArray[np.int32]
    counts: NDArray[np.int32]

    @classmethod
    def of(cls, day: DayItems) -> Self:
        """Count one day: O(changes x changes within five minutes)."""
        size = len(day.names)
        table = _table(day).reshape(COLUMNS, size * size)
        pairs = np.flatnonzero(table.any(axis=0))
        leaders, followers = np.divmod(pairs, max(size, 1))
        numbers = {entity_id: place for place, entity_id in enumerate({name.entity_id: 0 for name in day.names})}
        entities = np.array([numbers[name.entity_id] for name in day.names], dtype=np.int64)
        other = entities[leaders] != entities[followers]
        leaders, followers = leaders[other].astype(np.int32), followers[other].astype(np.int32)
        return cls(day.day, day.names, leaders, followers, np.ascontiguousarray(table[:, pairs[other]].T))

    def to_bytes(self) -> bytes:
        """The same as bytes, sparse and compressed."""
        text = json.dumps({"day": self.day, "names": self.names, "pairs": len(self.leaders)}).encode()
        wide = np.uint8 if not len(self.counts) or self.counts.max() <= _BYTE else np.uint32
        body = (
            np.diff(self.leaders, prepend=0).astype(np.uint16).tobytes()
            + self.followers.astype(np.uint16).tobytes()
            + bytes([np.dtype(wide).itemsize])
            + np.ascontiguousarray(self.counts.T).astype(wide).tobytes()
        )
        return zlib.compress(len(text).to_bytes(4, "little") + text + body, 1)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """What `to_bytes` made. Raises DatabaseError where it is something else."""
        try:
            return cls._from(zlib.decompress(data))
        except (zlib.error, ValueError, KeyError, TypeError, IndexError) as error:
            raise DatabaseError("A day's pairs can't be read: run a full analysis to count them anew.") from error

    @classmethod
    def _from(cls, plain: bytes) -> Self:
        start = 4 + int.from_bytes(plain[:4], "little")
        header = json.loads(plain[4:start])
        size, names = header["pairs"], tuple(Item(*name) for name in header["names"])
        leaders = np.cumsum(np.frombuffer(plain, np.uint16, size, start), dtype=np.int32)
        followers = np.frombuffer(plain, np.uint16, size, start + 2 * size).astype(np.int32)
        kind = {1: np.uint8, 4: np.uint32}[plain[start + 4 * size]]
        counts = np.frombuffer(plain, kind, size * COLUMNS, start + 4 * size + 1)
        if size and max(int(leaders.max()), int(followers.max())) >= len(names):
            raise ValueError("an item without a name")
        return cls(header["day"], names, leaders, followers, counts.reshape(COLUMNS, size).T.astype(np.int32))


def _table(day: DayItems) -> NDArray[np.int32]:
    """The occurrences by column, leader and follower, those of two states of one entity among them.

    Chunks are of a few followers each, so that the counts stay in the processor's cache.
    """
    size = len(day.names)
    table = np.zeros((COLUMNS, size, size), dtype=np.int32)
    items = day.items.astype(np.int64)
    before, after = _same(items)
    live = np.arange(day.before, len(items))
    live = live[np.argsort(items[live], kind="stable")]
    near = live
    for column, limit in enumerate(LIMITS.tolist()):
        far = np.maximum(np.searchsorted(day.times, day.times[live] - limit, side="right"), before[live] + 1)
        many = np.maximum(near - far, 0)
        for part in np.split(np.arange(len(live)), np.flatnonzero(np.diff(np.cumsum(many) // _AT_ONCE)) + 1):
            keys = _pairs(live[part], far[part], many[part], after, items, size)
            table[column] += np.bincount(keys, minlength=size * size + 1)[1:].reshape(size, size)
        near = np.minimum(near, far)
    table[0] += table[0].T
    return np.ascontiguousarray(table.transpose(0, 2, 1))


def _pairs(
    live: NDArray[np.int64],
    far: NDArray[np.int64],
    many: NDArray[np.int64],
    after: NDArray[np.int64],
    items: NDArray[np.int64],
    size: int,
) -> NDArray[np.int64]:
    """`1 + follower * size + leader` of the `many` changes from each place `far` on that lead `live`; 0 for others."""
    ends = np.cumsum(many)
    other = np.arange(ends[-1] if len(ends) else 0) + np.repeat(far - ends + many, many)
    keys = items[other] + np.repeat(items[live] * size + 1, many)
    keys *= after[other] > np.repeat(live, many)
    return np.asarray(keys)


def _same(items: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each place the last place before it and the next after it with the same number: else -1, or the end."""
    places = np.argsort(items, kind="stable")
    same = np.diff(items[places]) == 0
    before = np.full(len(items), -1, dtype=np.int64)
    after = np.full(len(items), len(items), dtype=np.int64)
    before[places[1:][same]] = places[:-1][same]
    after[places[:-1][same]] = places[1:][same]
    return before, after
