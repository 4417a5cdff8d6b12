"""The ranking of synergies: how good an automation each would make, from its figures. Pure.

A `Scorer` is all that a ranking has to be: a trained model takes the place of ours by being one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from typing import Final, Protocol

import numpy as np


@dataclass(frozen=True, slots=True)
class Features:
    """What a ranking knows of a synergy.

    `prior` is the log odds of the kinds and areas of its devices (the worst link's), `share` the lower bound of how
    often the rarest link follows, `excess` the same over chance, `certainty` how small the largest p value of the
    links is, growing ever more slowly, `direction` the same of the order, `steadiness` is 1 where the lag never varies
    and 0 where it fills the window, `days` the share of the days on which it happened, `by_hand` that of the
    occurrences that nobody automated, `weekly` the occurrences a week (as log(1 + n)), `proven` 1 where each link is
    a pattern, `released` the share of links in which one thing goes to rest and another on, as when people leave a
    room for the next, `longer` the steps beyond two.
    """

    prior: float
    share: float
    excess: float
    certainty: float
    direction: float
    steadiness: float
    days: float
    by_hand: float
    weekly: float
    proven: float
    released: float
    longer: float


class Scorer(Protocol):
    """Gives for each synergy how likely it makes a good automation, from 0 to 1."""

    def __call__(self, found: Sequence[Features]) -> Sequence[float]:
        """As many figures as there are synergies, in their order."""


class LogisticScorer:
    """A weighted sum of the figures as log odds (logistic regression, Cox 1958)."""

    def __init__(self, constant: float, weights: Mapping[str, float]) -> None:
        """What is not among the weights does not count."""
        self.constant = constant
        self.weights = np.array([weights.get(each.name, 0.0) for each in fields(Features)])

    def __call__(self, found: Sequence[Features]) -> list[float]:
        """From 0 to 1, for each of them."""
        if not found:
            return []
        odds = self.constant + np.array([astuple(each) for each in found]) @ self.weights
        return [float(each) for each in 1.0 / (1.0 + np.exp(-np.clip(odds, -30.0, 30.0)))]


DEFAULT: Final = LogisticScorer(
    -16.4,
    {"prior": 0.3, "share": 8.29, "certainty": 4.86, "steadiness": 10.73, "proven": 2.29, "released": -3.66},
)
"""Fitted by `tests.bench.synergies` on simulated homes with the seeds 0 to 29, save the weight of the prior.

That one is set: the routines of simulated homes join any two things, so they can't say what it is worth.
"""
