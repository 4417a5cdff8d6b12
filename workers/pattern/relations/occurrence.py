"""Occurrences: where in the past one item followed another, and where it could have. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workers.pattern.relations.items import Items

Times = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Occurrences:
    """The occurrences of a pair in the order of time; `starts` and `ends` in milliseconds.

    `leaders` and `followers` are the places of the two changes among all changes to their items.
    """

    leaders: Times
    followers: Times
    starts: Times
    ends: Times

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def lags(self) -> Times:
        """Milliseconds from the first to the second."""
        return self.ends - self.starts

    def where(self, chosen: NDArray[np.bool_]) -> Occurrences:
        """Some of them."""
        return Occurrences(self.leaders[chosen], self.followers[chosen], self.starts[chosen], self.ends[chosen])


def followings(leaders: Times, followers: Times, window: int) -> Occurrences:
    """Each change and the next of the follower within the window (milliseconds), with neither of the two between."""
    before = np.searchsorted(leaders, followers, side="left") - 1
    first = np.ones(len(followers), dtype=np.bool_)
    if not len(leaders):
        first[:] = False
    else:
        since = leaders[np.maximum(before, 0)]
        first = (before >= 0) & (followers - since <= window)
        first[1:] &= followers[:-1] < since[1:]
    places = np.flatnonzero(first)
    return Occurrences(before[places], places, leaders[before[places]], followers[places])


def meetings(one: Times, other: Times, window: int) -> Occurrences:
    """Changes of both within the window of each other, in either order, each of them in one meeting at most."""
    forward, backward = followings(one, other, window), followings(other, one, window)
    tied = np.flatnonzero(np.isin(other, one))
    moments = Occurrences(np.searchsorted(one, other[tied]), tied, other[tied], other[tied])
    leaders = np.concatenate([moments.leaders, forward.leaders, backward.followers])
    followers = np.concatenate([moments.followers, forward.followers, backward.leaders])
    starts = np.minimum(one[leaders], other[followers])
    ends = np.maximum(one[leaders], other[followers])
    kept, last = [], (-1, -1)
    order = np.lexsort((ends - starts, ends))
    for place, leader, follower in zip(order.tolist(), leaders[order].tolist(), followers[order].tolist(), strict=True):
        if leader > last[0] and follower > last[1]:
            kept.append(place)
            last = (leader, follower)
    chosen = np.array(kept, dtype=np.int64)
    return Occurrences(leaders[chosen], followers[chosen], starts[chosen], ends[chosen])


def open_to(items: Items, leader: int, follower: int) -> NDArray[np.bool_]:
    """At which changes of the leader the follower's entity was not yet in the follower's state."""
    times, states = items.history_of(items.names[follower].entity_id)
    before = np.searchsorted(times, items.times[leader], side="left") - 1
    return np.asarray((before < 0) | (states[np.maximum(before, 0)] != follower))


def restless(items: Items, found: Occurrences, follower: int, window: int) -> float:
    """The share of occurrences in which the follower's entity had changed shortly before: it only comes to rest."""
    times, _ = items.history_of(items.names[follower].entity_id)
    before = np.searchsorted(times, found.ends, side="left") - 1
    recent = (before >= 0) & (times[np.maximum(before, 0)] >= found.starts - window)
    return float(recent.mean()) if len(found) else 0.0
