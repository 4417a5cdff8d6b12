"""The pair counts of the days that are over, in the correlation cache: a night adds a day, and takes one away."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Final, NamedTuple, Protocol, Self

import numpy as np

from workers.pattern.counts.day_counts import VERSION, DayCounts
from workers.pattern.counts.day_items import Item
from workers.pattern.counts.pair_counts import COLUMNS, PairCounts

TTL_SECONDS: Final = 40 * 86_400.0
MOST_ENTITIES: Final = 140
"""Entities with changes, above which counting again is quicker than 20,000 lookups."""
WHOLE: Final = ("all", "pairs")
"""Under this pair the cache says of which days its counts are."""

_Pair = tuple[str, str]


class PairCache(Protocol):
    """Keeps JSON values by ordered pairs of names."""

    def get(self, a: str, b: str, ttl_seconds: float) -> Any:
        """The value of a pair, or None."""

    def set(self, a: str, b: str, value: Any, ttl_seconds: float) -> None:
        """Keep the value of a pair."""


class Marked(NamedTuple):
    """The counts of a day, and the mark of the events that were counted."""

    mark: str
    counts: DayCounts


Earlier = Callable[[int, str], DayCounts | None]
"""Gives the counts that a day had when it had this mark; None where nobody knows them any more."""


@dataclass(slots=True)
class Lookups:
    """How many pairs were looked for in the cache, and how many of them were there."""

    hits: int = 0
    misses: int = 0

    @property
    def hit_rate(self) -> float | None:
        """From 0 to 1; None where nothing was looked for."""
        total = self.hits + self.misses
        return self.hits / total if total else None


@dataclass(frozen=True, slots=True)
class _Kept:
    """What is in the cache: marks by day, the entities in order, and for each of them the bits of its followers."""

    marks: dict[int, str]
    entities: list[str]
    followers: list[int]

    @classmethod
    def of(cls, value: Any) -> Self | None:
        """Read it; None for anything else, or for the counts of another version."""
        if not isinstance(value, dict) or value.get("version") != VERSION:
            return None
        marks = {int(day): str(mark) for day, mark in value["marks"].items()}
        return cls(marks, list(value["entities"]), [int(bits, 16) for bits in value["followers"]])

    def value(self) -> dict[str, Any]:
        """The same as JSON."""
        followers = [f"{bits:x}" for bits in self.followers]
        marks = {str(day): mark for day, mark in self.marks.items()}
        return {"version": VERSION, "marks": marks, "entities": self.entities, "followers": followers}

    @property
    def digest(self) -> str:
        """Stands in every value of these days."""
        text = json.dumps([VERSION, sorted(self.marks.items())])
        return blake2b(text.encode(), digest_size=8).hexdigest()

    def pairs(self) -> Iterator[_Pair]:
        """The pairs that occurred."""
        for leader, bits in zip(self.entities, self.followers, strict=True):
            for place, follower in enumerate(self.entities):
                if bits >> place & 1:
                    yield leader, follower


@dataclass(slots=True)
class PairMemory:
    """Sums of pair counts, with a cache that spares the counting. The sums are the same without it.

    `afresh` takes nothing from the cache, and leaves it the sums. `lookups` says how the cache did.
    """

    cache: PairCache | None = None
    afresh: bool = False
    lookups: Lookups = field(default_factory=Lookups)

    def total(self, days: Sequence[Marked], earlier: Earlier) -> PairCounts:
        """The sum over some days; `earlier` knows the days that an earlier sum held."""
        counts = [each.counts for each in days]
        if self.cache is None or _entities(counts) > MOST_ENTITIES:
            return _sum(counts)
        kept = None if self.afresh else _Kept.of(self.cache.get(*WHOLE, TTL_SECONDS))
        found = _sum(counts) if kept is None else self._advanced(self.cache, kept, days, earlier)
        marks = {each.counts.day: each.mark for each in days}
        if kept is None or kept.marks != marks or self.lookups.misses:
            _keep(self.cache, marks, found)
        return found

    def _advanced(self, cache: PairCache, kept: _Kept, days: Sequence[Marked], earlier: Earlier) -> PairCounts:
        """The kept sum, with the days that came, without those that went."""
        now = {each.counts.day: each.mark for each in days}
        came = [each.counts for each in days if kept.marks.get(each.counts.day) != each.mark]
        left = [earlier(day, mark) for day, mark in kept.marks.items() if now.get(day) != mark]
        gone = [each for each in left if each is not None]
        if len(gone) < len(left) or 2 * len(came) > len(days):
            self.lookups.misses += sum(1 for _ in kept.pairs())
            return _sum(each.counts for each in days)
        rows, missing = self._rows(cache, kept)
        lost = {name for pair in missing for name in pair}
        again = PairCounts.joined(PairCounts.of(each.counts.items.only(lost)) for each in days if lost)
        more = [_counts(rows), _without(_sum(came), missing), _only(again, missing)]
        return PairCounts.joined(more, [_without(_sum(gone), missing)])

    def _rows(self, cache: PairCache, kept: _Kept) -> tuple[dict[tuple[Item, Item], list[int]], set[_Pair]]:
        """What the cache has of the kept sum, and the pairs that it lacks."""
        rows: dict[tuple[Item, Item], list[int]] = {}
        missing: set[_Pair] = set()
        digest = kept.digest
        for pair in kept.pairs():
            value = cache.get(*pair, TTL_SECONDS)
            if not isinstance(value, dict) or value.get("of") != digest:
                missing.add(pair)
                continue
            for leading, following, *numbers in value["counts"]:
                rows[Item(pair[0], leading), Item(pair[1], following)] = numbers
        self.lookups.misses += len(missing)
        self.lookups.hits += sum(map(int.bit_count, kept.followers)) - len(missing)
        return rows, missing


def _keep(cache: PairCache, marks: dict[int, str], found: PairCounts) -> None:
    """Have the cache hold a sum; what it says of the days comes last."""
    by_pair: defaultdict[_Pair, list[list[Any]]] = defaultdict(list)
    for leader, follower, numbers in zip(
        found.leaders.tolist(), found.followers.tolist(), found.counts.tolist(), strict=True
    ):
        one, other = found.names[leader], found.names[follower]
        by_pair[one.entity_id, other.entity_id].append([one.state, other.state, *numbers])
    entities = sorted({name for pair in by_pair for name in pair})
    places = {name: place for place, name in enumerate(entities)}
    followers = [0] * len(entities)
    for one_id, other_id in by_pair:
        followers[places[one_id]] |= 1 << places[other_id]
    kept = _Kept(marks, entities, followers)
    digest = kept.digest
    for pair, counts in by_pair.items():
        cache.set(*pair, {"of": digest, "counts": counts}, TTL_SECONDS)
    cache.set(*WHOLE, kept.value(), TTL_SECONDS)


def _sum(days: Iterable[DayCounts]) -> PairCounts:
    return PairCounts.joined(each.pairs for each in days)


def _entities(days: Iterable[DayCounts]) -> int:
    return len({name.entity_id for each in days for name in each.items.names})


def _counts(rows: Mapping[tuple[Item, Item], list[int]]) -> PairCounts:
    """Rows as counts."""
    names = tuple(sorted({name for pair in rows for name in pair}))
    places = {name: place for place, name in enumerate(names)}
    pairs = np.array([(places[one], places[other]) for one, other in rows], dtype=np.int32).reshape(-1, 2)
    return PairCounts(names, pairs[:, 0], pairs[:, 1], np.array([*rows.values()], dtype=np.int32).reshape(-1, COLUMNS))


def _only(counts: PairCounts, pairs: set[_Pair]) -> PairCounts:
    return _chosen(counts, pairs, inside=True)


def _without(counts: PairCounts, pairs: set[_Pair]) -> PairCounts:
    return _chosen(counts, pairs, inside=False)


def _chosen(counts: PairCounts, pairs: set[_Pair], *, inside: bool) -> PairCounts:
    names = [name.entity_id for name in counts.names]
    both = zip(counts.leaders.tolist(), counts.followers.tolist(), strict=True)
    kept = np.array([((names[one], names[other]) in pairs) is inside for one, other in both], dtype=np.bool_)
    return PairCounts(counts.names, counts.leaders[kept], counts.followers[kept], counts.counts[kept])
