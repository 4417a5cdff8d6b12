"""Sequences: chains of three and four steps, counted as they really came to their end. Pure.

Chains are walked along the direct links and then counted anew in the changes of all days, each step the next of its
item after the one before: the smallest confidence of the links is no evidence. What is counted are the changes that the
days' statistics carry, so a chain that is new tonight is counted in the whole past without reading it again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from contracts.analysis import PatternType
from workers.pattern.candidate import CONTROLLABLE, Candidate, Candidates
from workers.pattern.relations.certainty import chain_certainty
from workers.pattern.relations.direct import passes
from workers.pattern.relations.evidence import poisson_tail, wilson_lower
from workers.pattern.relations.items import Items
from workers.pattern.relations.occurrence import Times, followings
from workers.pattern.relations.relation import LEAST_LIFT, LEAST_SUPPORT, Half, Relation, holds_in_both

LONGEST: Final = 4
"""Steps of a chain."""
LEAST_ADDED: Final = 0.12
"""Of the share with which the last step follows the chain before it, over what chance gives."""
MOST_CHAINS: Final = 5_000
"""Chains that are counted; of more, those of the strongest links."""
RAREST: Final = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """Completions of a chain in the order of time: `times` has a row of milliseconds for each, a column for each step.

    `tries` are the times of the first steps that came as far as the last step but one, `expected` how many of them
    chance would have completed; `starts` counts the changes to the first step.
    """

    links: tuple[Relation, ...]
    times: Times
    tries: Times
    expected: float
    starts: int

    @property
    def steps(self) -> tuple[int, ...]:
        """The places of the items, in order."""
        return (self.links[0].leader, *(link.follower for link in self.links))

    def __len__(self) -> int:
        return len(self.times)


def find_sequences(items: Items, links: list[Relation]) -> Candidates:
    """What may be a sequence of three or four steps, the most certain first; the parts of a longer one among them."""
    leading: dict[int, list[Relation]] = {}
    for link in links:
        leading.setdefault(link.leader, []).append(link)
    tests, found = 0, []
    chains: list[Chain] = [_first(link) for link in links]
    for _ in range(LONGEST - 2):
        longer = []
        for before, link in _longer(chains, leading):
            tests += 1
            chain = _extended(before, link)
            if _holds(chain):
                longer.append(chain)
        found += longer
        chains = longer
    candidates = sorted(
        (_candidate(items, chain) for chain in found), key=lambda each: (-each.confidence, each.entities)
    )
    return Candidates(tuple(candidates), tests)


def _longer(chains: list[Chain], leading: dict[int, list[Relation]]) -> Iterator[tuple[Chain, Relation]]:
    """Each chain with a link that goes on from it, to an entity that it has not passed."""
    number = 0
    for chain in chains:
        entities = [chain.links[0].items.entities[step] for step in chain.steps]
        for link in (*leading.get(chain.steps[-1], ()), *_passed(chain, leading)):
            if link.items.entities[link.follower] not in entities and number < MOST_CHAINS:
                number += 1
                yield chain, link


def _passed(chain: Chain, leading: dict[int, list[Relation]]) -> Iterator[Relation]:
    """Links from the last step that stand behind one from the step before: what often comes alone leads to little."""
    before, last = chain.steps[-2:]
    known = {link.follower for link in leading.get(last, ())}
    for link in leading.get(before, ()):
        if link.follower not in known and link.follower != last and passes(link, last):
            yield Relation(link.items, last, link.follower, link.window, ordered=True)


def _first(link: Relation) -> Chain:
    times = np.stack([link.found.starts, link.found.ends], axis=1)
    return Chain((link,), times, link.found.starts, link.expected, len(link.items.times[link.leader]))


def _extended(chain: Chain, link: Relation) -> Chain:
    """The completions of a chain that has one link more: its last step is the next after the step before."""
    last = chain.times[:, -1]
    goes_on = followings(last, link.items.times[link.follower], link.window)
    times = np.concatenate([chain.times[goes_on.leaders], goes_on.ends[:, np.newaxis]], axis=1)
    chance = link.expected / max(link.opportunities, 1)
    return Chain((*chain.links, link), times, chain.times[:, 0], chance * len(chain), chain.starts)


def _holds(chain: Chain) -> bool:
    """Whether the last step comes after the chain before it more often than chance has it."""
    tries = max(len(chain.tries), 1)
    return (
        len(chain) >= LEAST_SUPPORT
        and len(chain) >= LEAST_LIFT * chain.expected
        and len(chain) - chain.expected >= LEAST_ADDED * tries
        and poisson_tail(len(chain), chain.expected) <= RAREST
    )


def _candidate(items: Items, chain: Chain) -> Candidate:
    names = [items.names[step] for step in chain.steps]
    low = wilson_lower(len(chain), chain.starts)
    lags = np.median(np.diff(chain.times, axis=1), axis=0) / 1_000
    weakest = max(chain.links, key=lambda link: link.p_value)
    return Candidate(
        pattern_type=PatternType.SEQUENCE,
        entities=tuple(name.entity_id for name in names),
        detail={
            "states": [name.state for name in names],
            "lag_seconds": [round(float(each), 3) for each in lags],
            "window_seconds": max(link.window for link in chain.links) / 1_000,
            "follow_share": round(len(chain) / max(chain.starts, 1), 4),
            "follow_share_low": round(low, 4),
            "step_shares": [round(link.share, 4) for link in chain.links],
        },
        support=len(chain),
        first_seen=float(chain.times[0, 0]) / 1_000,
        last_seen=float(chain.times[-1, -1]) / 1_000,
        confidence=chain_certainty(chain.links),
        p_value=max(weakest.p_value, poisson_tail(len(chain), chain.expected)),
        automated=_automated(items, chain),
        replicated=holds_in_both(*_halves(items, chain)),
    )


def _automated(items: Items, chain: Chain) -> float:
    """The share that automations make of the steps that can be done: passing a sensor on the way takes nothing over."""
    domains = [items.names[link.follower].entity_id.partition(".")[0] for link in chain.links]
    shares = [link.automated for link in chain.links]
    done = [share for share, domain in zip(shares, domains, strict=True) if domain in CONTROLLABLE]
    return min(done or shares)


def _halves(items: Items, chain: Chain) -> tuple[Half, Half]:
    """The last step of a chain before and after the middle of the days."""
    middle = items.middle
    first, early = int((chain.tries < middle).sum()), int((chain.times[:, 0] < middle).sum())
    chance = chain.expected / max(len(chain.tries), 1)
    rest = len(chain.tries) - first
    return Half(early, first, chance * first), Half(len(chain) - early, rest, chance * rest)
