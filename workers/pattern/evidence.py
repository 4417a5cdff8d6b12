"""How sure a count makes us: tails, bounds and the correction for having looked at many pairs. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp, expm1, lgamma, log, log1p, sqrt
from operator import mul
from typing import Final

import numpy as np
from numpy.typing import NDArray

BIN_SECONDS: Final = 1_800
"""Width of the bins within which chance may move an event."""
_Z = 1.96
_NEGLIGIBLE = 1e-12
_BINS_AT_ONCE = 500


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


def chances(followers: Mapping[int, int], window: float) -> dict[int, float]:
    """For each bin how likely at least one of its followers lies within `window` seconds after a moment in it.

    Each may lie anywhere in its bin of 30 minutes, so `n` of them miss it with the chance `(1 - window/bin) ** n`.
    """
    missed = log1p(-window / BIN_SECONDS)
    return {each: -expm1(number * missed) for each, number in followers.items()}


def expected_followed(leaders: Mapping[int, int], chances: Mapping[int, float]) -> float:
    """How many leaders chance would have followed: their number in each bin, times the chances of the follower there.

    Interval jitter (Amarasingham et al. 2012) in closed form: it knows at what times people are awake.
    """
    shared = leaders.keys() & chances.keys()
    return float(sum(map(mul, map(leaders.__getitem__, shared), map(chances.__getitem__, shared))))


def expected_table(bins: Sequence[Mapping[int, int]], window: float) -> NDArray[np.float64]:
    """`expected_followed` of all leaders (rows) by all followers (columns), given the numbers of each in its bins."""
    table = np.zeros((len(bins), len(bins)))
    places = np.concatenate([np.fromiter(each.keys(), np.int64, len(each)) for each in bins])
    amounts = np.concatenate([np.fromiter(each.values(), np.float64, len(each)) for each in bins])
    items = np.repeat(np.arange(len(bins)), [len(each) for each in bins])
    different, places = np.unique(places, return_inverse=True)
    missed = log1p(-window / BIN_SECONDS)
    for start in range(0, len(different), _BINS_AT_ONCE):
        inside = (places >= start) & (places < start + _BINS_AT_ONCE)
        leaders = np.zeros((len(bins), _BINS_AT_ONCE))
        leaders[items[inside], places[inside] - start] = amounts[inside]
        table += leaders @ -np.expm1(leaders * missed).T
    return table
