"""How likely so many of so many days are by chance. Pure."""

from __future__ import annotations

from math import exp, lgamma, log, log1p

import numpy as np
from numpy.typing import NDArray


def binomial_tail(successes: int, trials: int, chance: float) -> float:
    """How likely `trials` of this chance give so many successes or more."""
    if successes <= 0 or chance >= 1.0:
        return 1.0
    if chance <= 0.0:
        return 0.0
    steps = range(successes, trials + 1)
    first = lgamma(trials + 1)
    logs = [
        first - lgamma(k + 1) - lgamma(trials - k + 1) + k * log(chance) + (trials - k) * log1p(-chance) for k in steps
    ]
    return min(1.0, sum(exp(each) for each in logs))


def evidence(
    hits: NDArray[np.float32], chance: NDArray[np.float32], trials: NDArray[np.float32]
) -> NDArray[np.float32]:
    """How far a binomial is above its mean: minus the logarithm of Chernoff's bound on its tail."""
    share = np.clip(hits / trials, 1e-5, 1 - 1e-5)
    chance = np.clip(chance, 1e-5, 1 - 1e-5)
    divergence = share * np.log(share / chance) + (1 - share) * np.log((1 - share) / (1 - chance))
    return np.asarray(np.where(share > chance, trials * divergence, 0.0))
