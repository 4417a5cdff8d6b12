"""Links: what two states of two entities have to do with each other, in figures. Pure.

An occurrence is a change of one entity to a state and the next change of another entity to a state within two minutes,
with neither of the two between: each change is in one occurrence of a pair at most, so chance, which counts every
leader that has a follower, is counted no less generously.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from math import inf
from statistics import median
from typing import Final, NamedTuple

from workers.pattern.changes import STEP, Changes, Item
from workers.pattern.evidence import chances, coin_tail, expected_followed, poisson_tail, wilson_lower

WINDOW: Final = 120.0
"""Seconds within which the second of a pair follows."""
LEAST_SUPPORT: Final = 10
LEAST_LIFT: Final = 1.5
LEAST_CONFIDENCE: Final = 0.2
LEAST_TOGETHER: Final = 0.3
"""What a `co_occurrence` must reach for sure: things that one person passes within minutes come to 0.2 without more."""
LEAST_EXCESS: Final = 0.1
"""Of the confidence over what chance gives."""
DIRECTION: Final = 0.001
"""How likely a coin may be to give the order of a trigger."""

_BUFFER = 4_096
"""Leaders of one follower that are counted at once, which is twice as fast as one by one."""


class Counts(NamedTuple):
    """By the number of the follower and then of the leader; `ties` by both, where nobody leads."""

    followed: list[Counter[int]]
    ties: Counter[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Link:
    """One link that passed the gates. The first of `entities` leads, save in a `co_occurrence`, where they are sorted.

    `confidence` is the share of the leader's changes that were followed; of a `co_occurrence` the share of the changes
    of the more frequent of the two. `expected` is the support that chance gives. Times are seconds since 1970.
    """

    pattern_type: str
    entities: tuple[str, str]
    states: tuple[str, str]
    support: int
    expected: float
    confidence: float
    confidence_low: float
    p_value: float
    lag_seconds: float
    first_seen: float
    last_seen: float
    automated: bool

    @property
    def lift(self) -> float:
        """How many times chance."""
        return self.support / max(self.expected, 1e-9)

    @property
    def excess(self) -> float:
        """Occurrences over what chance gives."""
        return self.support - self.expected


def follow_counts(
    order: Sequence[int], times: Sequence[float], size: int, tell: Callable[[int], None], window: float = WINDOW
) -> Counts:
    """How often each item followed each other one, in one pass; `tell` hears how many changes it has passed."""
    counts = Counts([Counter() for _ in range(size)], Counter())
    buffers: list[list[int]] = [[] for _ in range(size)]
    latest = [-inf] * size
    active: list[int] = []  # items that changed within the window, the last to change at the end
    for start in range(0, len(order), STEP):
        tell(start)
        for item, at in zip(order[start : start + STEP], times[start : start + STEP], strict=True):
            while active and latest[active[0]] < at - window:
                del active[0]
            # Who changed since the item itself did: the others lead a follower that they have had already.
            since = active.index(item) + 1 if latest[item] >= at - window else 0
            until = len(active)
            while until > since and latest[active[until - 1]] == at:
                until -= 1
                counts.ties[active[until], item] += 1
            buffer = buffers[item]
            buffer += active[since:until]
            if len(buffer) > _BUFFER:
                counts.followed[item].update(buffer)
                buffer.clear()
            if since:
                del active[since - 1]
            active.append(item)
            latest[item] = at
    for item, buffer in enumerate(buffers):
        counts.followed[item].update(buffer)
    return counts


def occurrences(leaders: Sequence[float], followers: Sequence[float], window: float = WINDOW) -> list[tuple[int, int]]:
    """Which follower comes next after which leader, by their places in both: strictly after, within the window."""
    found: list[tuple[int, int]] = []
    before = -1.0
    for place, at in enumerate(followers):
        leader = bisect_left(leaders, at) - 1
        if leader >= 0 and leaders[leader] >= max(before, at - window):
            found.append((leader, place))
        before = at
    return found


def meetings(one: Sequence[float], other: Sequence[float], window: float = WINDOW) -> list[tuple[int, int]]:
    """Which changes of both lie within the window of each other, in either order, each of them once."""
    found: list[tuple[int, int]] = []
    first = second = 0
    while first < len(one) and second < len(other):
        apart = other[second] - one[first]
        if abs(apart) <= window:
            found.append((first, second))
        first += apart >= -window
        second += apart <= window
    return found


class LinkFinder:
    """Finds the links between the items of two entities, given how often each followed each."""

    def __init__(self, changes: Changes, counts: Counts) -> None:
        self._changes, self._counts = changes, counts
        self._bins = cache(lambda number: changes.items[number].bins())
        self._chances = cache(lambda number: chances(self._bins(number), WINDOW))
        self._times = cache(changes.times_of)

    def links(self, one: str, other: str) -> list[Link]:
        """The links of two entities, whose ids are in order."""
        numbers = self._changes.by_entity
        pairs = product(numbers[one], numbers[other])
        return [link for first, second in pairs if (link := self._link(first, second)) is not None]

    def _link(self, one: int, other: int) -> Link | None:
        forward, backward = self._counts.followed[other][one], self._counts.followed[one][other]
        together = forward + backward + self._counts.ties[one, other] + self._counts.ties[other, one]
        if together < LEAST_SUPPORT:
            return None
        if coin_tail(max(forward, backward), forward + backward) > DIRECTION:
            return self._co_occurrence(one, other, together)
        return self._trigger(one, other, forward) if forward > backward else self._trigger(other, one, backward)

    def _trigger(self, leader: int, follower: int, support: int) -> Link | None:
        first, second = self._changes.items[leader], self._changes.items[follower]
        if support < LEAST_SUPPORT or support < LEAST_CONFIDENCE * len(first.times):
            return None
        expected = self._expected(leader, follower)
        if not _worthwhile(support, expected, len(first.times)):
            return None
        found = occurrences(first.times, second.times)
        if self._restless(first, second, found):
            return None
        return _link("trigger", first, second, found, expected, len(first.times))

    def _co_occurrence(self, one: int, other: int, together: int) -> Link | None:
        first, second = self._changes.items[one], self._changes.items[other]
        most = max(len(first.times), len(second.times))
        if together < LEAST_TOGETHER * most:
            return None
        expected = self._expected(one, other)
        if together < LEAST_LIFT * expected:
            return None
        expected += self._expected(other, one)
        if not _worthwhile(together, expected, most):
            return None
        met = meetings(first.times, second.times)
        if len(met) < LEAST_SUPPORT or wilson_lower(len(met), most) < LEAST_TOGETHER:
            return None
        if not _worthwhile(len(met), expected, most):
            return None
        return _link("co_occurrence", first, second, met, expected, most)

    def _restless(self, leader: Item, follower: Item, places: list[tuple[int, int]]) -> bool:
        """Whether the follower's entity had mostly changed just before: a motion sensor that goes back to rest."""
        times, window = self._times(follower.entity_id), WINDOW
        restless = 0
        for first, second in places:
            before = bisect_left(times, follower.times[second]) - 1
            restless += before >= 0 and times[before] >= leader.times[first] - window
        return 2 * restless > len(places)

    def _expected(self, leader: int, follower: int) -> float:
        return expected_followed(self._bins(leader), self._chances(follower))


def _worthwhile(support: int, expected: float, chances: int) -> bool:
    return (
        support >= LEAST_LIFT * expected
        and support >= LEAST_CONFIDENCE * chances
        and support - expected >= LEAST_EXCESS * chances
    )


def _link(
    pattern_type: str, one: Item, other: Item, places: list[tuple[int, int]], expected: float, chances: int
) -> Link:
    starts = [min(one.times[first], other.times[second]) for first, second in places]
    second = sum(other.automated[place] for _, place in places)
    return Link(
        pattern_type=pattern_type,
        entities=(one.entity_id, other.entity_id),
        states=(one.state, other.state),
        support=len(places),
        expected=expected,
        confidence=len(places) / chances,
        confidence_low=wilson_lower(len(places), chances),
        p_value=poisson_tail(len(places), expected),
        lag_seconds=median(abs(other.times[second] - one.times[first]) for first, second in places),
        first_seen=min(starts),
        last_seen=max(starts),
        automated=2 * second > len(places),
    )
