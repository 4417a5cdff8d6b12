"""Links: what two states of two entities have to do with each other, in figures. Pure.

An occurrence is a change of one entity to a state and the next change of another entity to a state within two minutes,
with neither of the two between: each change is in one occurrence of a pair at most, so chance, which counts every
leader that has a follower, is counted no less generously.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from statistics import median
from typing import Final

import numpy as np
from numpy.typing import NDArray

from workers.pattern.changes import Changes, Item
from workers.pattern.evidence import chances, coin_tail, expected_followed, expected_table, poisson_tail, wilson_lower
from workers.pattern.following import WINDOW, Counts

LEAST_SUPPORT: Final = 10
LEAST_LIFT: Final = 1.5
LEAST_CONFIDENCE: Final = 0.2
LEAST_TOGETHER: Final = 0.3
"""What a `co_occurrence` must reach for sure: things that one person passes within minutes come to 0.2 without more."""
LEAST_EXCESS: Final = 0.1
"""Of the confidence over what chance gives."""
DIRECTION: Final = 0.001
"""How likely a coin may be to give the order of a trigger."""

_TABLE_OF = 2_000
"""Items, of which a table of all pairs takes 32 MB."""


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
        self._table = _expected_table(changes)
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
        if not self._often_enough(one, other, forward, backward, together):
            return None
        if coin_tail(max(forward, backward), forward + backward) > DIRECTION:
            return self._co_occurrence(one, other, together)
        return self._trigger(one, other, forward) if forward > backward else self._trigger(other, one, backward)

    def _often_enough(self, one: int, other: int, forward: int, backward: int, together: int) -> bool:
        """Whether it could be a link of any kind: what is cheap to know goes before the coin."""
        first, second = (len(self._changes.items[each].times) for each in (one, other))
        led = forward >= LEAST_CONFIDENCE * first or backward >= LEAST_CONFIDENCE * second
        return led or together >= LEAST_TOGETHER * max(first, second)

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
        if self._table is not None:
            return float(self._table[leader, follower])
        return expected_followed(self._bins(leader), self._chances(follower))


def _expected_table(changes: Changes) -> NDArray[np.float64] | None:
    """What chance gives for all pairs at once, a thousand times as fast as one by one; None where it would be large."""
    if not 0 < len(changes.items) <= _TABLE_OF:
        return None
    return expected_table([item.bins() for item in changes.items], WINDOW)


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
