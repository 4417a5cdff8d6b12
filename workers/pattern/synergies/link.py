"""Links: one thing and the next of it, of which chains are made. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from contracts.analysis import PatternType
from workers.pattern.candidate import Candidate
from workers.pattern.counts.day_items import Item
from workers.pattern.relations.items import Items
from workers.pattern.relations.occurrence import followings

LINKING = frozenset({PatternType.TRIGGER, PatternType.SEQUENCE, PatternType.CO_OCCURRENCE})


@dataclass(frozen=True, slots=True)
class Link:
    """The leader and the follower by their places in the items; `window` in milliseconds.

    `confidence` is that of the pattern that tells it. Where it is not `ordered` either may go first.
    """

    leader: int
    follower: int
    window: int
    confidence: float
    ordered: bool = True


Ids = Mapping[tuple[int, ...], str]
"""What the patterns are called, by the places of their steps."""


def links_of(patterns: Mapping[str, Candidate], items: Items) -> tuple[list[Link], dict[tuple[int, ...], str]]:
    """The links that patterns tell, each pair of items once, and what the patterns are called by their steps.

    A pattern that speaks of what does not take part is left out. Those of a sequence come after those of triggers.
    """
    found: dict[tuple[int, int], Link] = {}
    ids: dict[tuple[int, ...], str] = {}
    for key, pattern in sorted(patterns.items(), key=lambda each: (len(each[1].entities), each[0])):
        steps = _steps(pattern, items)
        if not steps:
            continue
        if pattern.pattern_type is PatternType.CO_OCCURRENCE:
            steps = _by_order(items, steps, _window(pattern))
            ids[steps[::-1]] = key
        ids[steps] = key
        for link in _links(pattern, steps):
            found.setdefault((link.leader, link.follower), link)
    return list(found.values()), ids


def _steps(pattern: Candidate, items: Items) -> tuple[int, ...]:
    if pattern.pattern_type not in LINKING:
        return ()
    names = zip(pattern.entities, pattern.detail["states"], strict=True)
    places = tuple(items.places.get(Item(*name), -1) for name in names)
    return places if min(places) >= 0 else ()


def _links(pattern: Candidate, steps: tuple[int, ...]) -> Iterator[Link]:
    ordered = pattern.pattern_type is not PatternType.CO_OCCURRENCE
    for leader, follower in pairwise(steps):
        yield Link(leader, follower, _window(pattern), pattern.confidence, ordered)


def _by_order(items: Items, steps: tuple[int, ...], window: int) -> tuple[int, ...]:
    """The two of a co-occurrence, the one first that more often is."""
    one, other = (items.times[step] for step in steps)
    back = len(followings(other, one, window)) > len(followings(one, other, window))
    return steps[::-1] if back else steps


def _window(pattern: Candidate) -> int:
    return round(1_000 * float(pattern.detail["window_seconds"]))
