"""Chains: links joined, and what the events say of the whole. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from workers.pattern.counts.day_items import DAY
from workers.pattern.relations.items import Items
from workers.pattern.relations.occurrence import Times, followings
from workers.pattern.relations.relation import LEAST_LIFT, LEAST_SUPPORT, Relation
from workers.pattern.synergies.link import Link

LONGEST: Final = 4
"""Devices of a chain."""
LEAST_GOING_ON: Final = 0.2
"""Of the completions of a chain, that go on to the next step."""
MOST_CHAINS: Final = 500
"""Chains that are counted; of more, those of the most certain links."""

Relate = Callable[[Link], Relation]
"""Gives what the events say of a link."""


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """Completions of a chain: `times` has a row of milliseconds for each, a column for each step.

    `by_hand` says of each step whether no automation made it; `shares` are how often each link came to its end, once
    it was reached.
    """

    items: Items
    links: tuple[Link, ...]
    relations: tuple[Relation, ...]
    times: Times
    by_hand: NDArray[np.bool_]
    shares: tuple[float, ...]

    @classmethod
    def of(cls, items: Items, link: Link, relation: Relation) -> Self:
        """The chain of one link."""
        found, turned = relation.found, relation.leader != link.leader
        leaders, followers = (found.followers, found.leaders) if turned else (found.leaders, found.followers)
        times = np.stack([items.times[link.leader][leaders], items.times[link.follower][followers]], axis=1)
        hands = np.stack([~items.automated[link.leader][leaders], ~items.automated[link.follower][followers]], axis=1)
        return cls(items, (link,), (relation,), times, hands, (relation.share,))

    def extended(self, link: Link, relation: Relation) -> Chain:
        """The completions that go on: the last step is the next of its item after the step before."""
        goes_on = followings(self.times[:, -1], self.items.times[link.follower], link.window)
        times = np.concatenate([self.times[goes_on.leaders], goes_on.ends[:, np.newaxis]], axis=1)
        last = ~self.items.automated[link.follower][goes_on.followers]
        hands = np.concatenate([self.by_hand[goes_on.leaders], last[:, np.newaxis]], axis=1)
        share = len(goes_on) / max(len(self), 1)
        return Chain(self.items, (*self.links, link), (*self.relations, relation), times, hands, (*self.shares, share))

    def __len__(self) -> int:
        return len(self.times)

    @property
    def steps(self) -> tuple[int, ...]:
        """The places of the items, in order."""
        return (self.links[0].leader, *(link.follower for link in self.links))

    @property
    def devices(self) -> tuple[str, ...]:
        """The entities, in order."""
        return tuple(self.items.entities[step] for step in self.steps)

    @property
    def states(self) -> tuple[str, ...]:
        """What each comes to."""
        return tuple(self.items.names[step].state for step in self.steps)

    @property
    def confidence(self) -> float:
        """The probability that it is real: that of its weakest link."""
        return min(link.confidence for link in self.links)

    @property
    def days(self) -> int:
        """On how many days (UTC) it happened."""
        return len(np.unique(self.times[:, -1] // DAY))

    @property
    def lags(self) -> tuple[float, ...]:
        """Median seconds from each step to the next."""
        if not len(self):
            return (0.0,) * len(self.links)
        return tuple(float(each) / 1_000 for each in np.median(np.abs(np.diff(self.times, axis=1)), axis=0))


def chains(items: Items, links: Iterable[Link], relate: Relate) -> Iterator[Chain]:
    """All chains of links, of two to four devices, that the events come to the end of often enough."""
    leading: dict[int, list[Link]] = {}
    for link in sorted(links, key=lambda each: (-each.confidence, each.leader, each.follower)):
        leading.setdefault(link.leader, []).append(link)
    found = [Chain.of(items, link, relate(link)) for each in leading.values() for link in each]
    yield from found
    counted = 0
    for _ in range(LONGEST - 2):
        longer = []
        for chain in found:
            for link in leading.get(chain.steps[-1], ()):
                if items.entities[link.follower] in chain.devices or counted >= MOST_CHAINS:
                    continue
                counted += 1
                extended = chain.extended(link, relate(link))
                if _goes_on(extended):
                    longer.append(extended)
        yield from longer
        found = longer


def _goes_on(chain: Chain) -> bool:
    """Whether the last step comes often enough, and more often than chance has it."""
    last = chain.relations[-1]
    chance = last.expected / max(last.opportunities, 1)
    share = chain.shares[-1]
    return len(chain) >= LEAST_SUPPORT and share >= max(LEAST_GOING_ON, LEAST_LIFT * chance)
