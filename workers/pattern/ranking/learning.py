"""What feedback teaches about patterns of one type between things of the same domains. Pure.

Beta-binomial shrinkage: the acceptance of each such group is drawn towards that of its type, the more so the fewer
votes it has. The prior of a type is fitted to its groups by moments (empirical Bayes: Kleinman 1973 for proportions
that vary more than a binomial; Casella 1985), and is itself held by a weak prior, for most homes have few votes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from contracts.analysis import PatternType, Verdict

NEUTRAL: Final = 0.5
"""The acceptance of what nobody has judged."""
ACCEPTED: Final = {Verdict.ACCEPT: 1.0, Verdict.MODIFY: 0.75, Verdict.REJECT: 0.0}
"""The share of an acceptance in a verdict: who takes the trouble to change a pattern wants it, but not as it was."""

_STRENGTH = 4.0
"""Votes that the prior of a type counts for, where too few groups were judged to tell."""
_WEAKEST, _STRONGEST = 2.0, 20.0
_GROUPS = 3
"""Judged groups of a type, below which nothing is said of how they vary."""
_UNSEEN = 2.0
"""Groups without preference that the mean of a type begins with."""


@dataclass(frozen=True, slots=True)
class Vote:
    """The last word on one pattern."""

    pattern_type: PatternType
    entities: tuple[str, ...]
    verdict: Verdict


@dataclass(frozen=True, slots=True, order=True)
class Group:
    """Patterns of a type between domains: how many were judged, and how many of these accepted."""

    pattern_type: PatternType
    domains: tuple[str, ...]
    votes: int = 0
    accepted: float = 0.0

    @property
    def acceptance(self) -> float:
        """The share that was accepted."""
        return self.accepted / self.votes


@dataclass(frozen=True, slots=True)
class Prior:
    """What is thought of a type before a group of it is looked at: `mean`, with the weight of `strength` votes."""

    mean: float = NEUTRAL
    strength: float = _STRENGTH

    def estimate(self, group: Group | None) -> float:
        """The acceptance of a group; None is one that nobody judged."""
        if group is None:
            return self.mean
        return (self.strength * self.mean + group.accepted) / (self.strength + group.votes)


class Learnt:
    """What all votes teach."""

    def __init__(self, votes: Iterable[Vote] = ()) -> None:
        self.groups = _grouped(votes)
        by_type = groupby(self.groups, key=lambda group: group.pattern_type)
        self._priors = {kind: fitted(list(groups)) for kind, groups in by_type}
        self._by_key = {(group.pattern_type, group.domains): group for group in self.groups}

    def acceptance(self, pattern_type: PatternType, entities: Sequence[str]) -> float:
        """How likely somebody accepts a pattern of this type and of these entities, from 0 to 1."""
        prior = self._priors.get(pattern_type, Prior())
        return prior.estimate(self._by_key.get((pattern_type, domains_of(pattern_type, entities))))

    def estimate(self, group: Group) -> float:
        """The acceptance of a group."""
        return self._priors[group.pattern_type].estimate(group)


def domains_of(pattern_type: PatternType, entities: Sequence[str]) -> tuple[str, ...]:
    """The domains of the first and the last entity; in the order of the alphabet where the pattern has none."""
    ends = entities[:1] if len(entities) == 1 else (entities[0], entities[-1])
    domains = [entity.partition(".")[0] for entity in ends]
    return tuple(sorted(domains) if pattern_type is PatternType.CO_OCCURRENCE else domains)


def fitted(groups: Sequence[Group]) -> Prior:
    """The prior of the type whose judged groups these are.

    A group with many votes tells no more of others than one group can, so each weighs n / (n + strength).
    """
    strength = _fitted_strength(groups)
    weights = [group.votes / (group.votes + strength) for group in groups]
    weighed = sum(weight * group.acceptance for weight, group in zip(weights, groups, strict=True))
    return Prior((_UNSEEN * NEUTRAL + weighed) / (_UNSEEN + sum(weights)), strength)


def _fitted_strength(groups: Sequence[Group]) -> float:
    """From the correlation of two votes of one group, told by the variance between groups and within them."""
    count, total = len(groups), sum(group.votes for group in groups)
    if count < _GROUPS or total <= count:
        return _STRENGTH
    mean = sum(group.accepted for group in groups) / total
    between = sum(group.votes * (group.acceptance - mean) ** 2 for group in groups) / (count - 1)
    within = sum(group.votes * group.acceptance * (1 - group.acceptance) for group in groups) / (total - count)
    size = (total - sum(group.votes**2 for group in groups) / total) / (count - 1)
    spread = between + (size - 1) * within
    correlation = (between - within) / spread if spread > 0 else 0.0
    if correlation <= 0:
        return _STRONGEST
    return min(max(1 / correlation - 1, _WEAKEST), _STRONGEST)


def _grouped(votes: Iterable[Vote]) -> list[Group]:
    """The groups that were judged, in order."""
    found: dict[tuple[PatternType, tuple[str, ...]], list[float]] = {}
    for vote in votes:
        key = vote.pattern_type, domains_of(vote.pattern_type, vote.entities)
        found.setdefault(key, []).append(ACCEPTED[vote.verdict])
    return sorted(Group(*key, len(shares), sum(shares)) for key, shares in found.items())
