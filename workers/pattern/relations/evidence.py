"""How sure a count makes us: tails, bounds and the correction for having looked at many pairs. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, lgamma, log, sqrt

_Z = 1.96
_NEGLIGIBLE = 1e-12


def wilson_lower(successes: int, trials: int) -> float:
    """The lower end of the 95 % interval of a proportion (Wilson 1927); 0 without trials."""
    if trials == 0:
        return 0.0
    share, square = successes / trials, _Z * _Z
    centre = share + square / (2 * trials)
    spread = _Z * sqrt(share * (1 - share) / trials + square / (4 * trials * trials))
    return max(0.0, (centre - spread) / (1 + square / trials))


def poisson_tail(observed: int, expected: float) -> float:
    """How likely chance gives `observed` or more where it gives `expected` in the mean."""
    if observed <= 0:
        return 1.0
    if expected <= 0.0:
        return 0.0
    first = observed - 1 if observed <= expected else observed  # the shorter sum leads away from the mean
    term = total = exp(first * log(expected) - expected - lgamma(first + 1))
    value = first
    while value > 0 and term > total * _NEGLIGIBLE:
        if observed <= expected:
            term *= value / expected
            value -= 1
        else:
            value += 1
            term *= expected / value
        total += term
    return min(1.0, max(0.0, 1.0 - total if observed <= expected else total))


def coin_tail(heads: int, throws: int) -> float:
    """How likely a fair coin shows `heads` or more in `throws`: the sign test."""
    if heads <= 0:
        return 1.0
    if 2 * heads <= throws:
        return 1.0 - coin_tail(throws - heads + 1, throws)
    term = total = exp(lgamma(throws + 1) - lgamma(heads + 1) - lgamma(throws - heads + 1) - throws * log(2))
    value = heads
    while value < throws and term > total * _NEGLIGIBLE:
        term *= (throws - value) / (value + 1)
        value += 1
        total += term
    return min(1.0, total)


def significant(p_values: Sequence[float], tests: int, rate: float) -> float:
    """The largest p value that still counts, of `tests` made, so that `rate` of what counts is false.

    Benjamini and Hochberg (1995). Tests that `p_values` leaves out had p = 1. Negative where nothing counts.
    """
    limit = -1.0
    for rank, p_value in enumerate(sorted(p_values), start=1):
        if p_value <= rate * rank / tests:
            limit = p_value
    return limit
