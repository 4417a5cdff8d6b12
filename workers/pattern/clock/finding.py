"""One thing that was not as usual, and how far out something lies. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import exp

import numpy as np
from numpy.typing import NDArray

_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Finding:
    """What was not as usual with an entity (its place in ClockCounts), from when to when (seconds since 1970, UTC).

    `amount` is of changes; `surplus` says how many times more than the most that is usual; `times` how often it
    happened on the day on which it began; `doubt` how likely it only looks so, because events were lost.
    """

    kind: str
    entity: int
    begin: int
    end: int
    p_value: float
    surplus: float
    amount: int = 1
    automated: float = 0.0
    times: int = 1
    doubt: float = 0.0


def merged(findings: Iterable[Finding]) -> list[Finding]:
    """The same findings, those of one kind that one entity had on one day (UTC) as one: they have one cause."""
    found: dict[tuple[int, str, int], Finding] = {}
    for each in sorted(findings, key=lambda each: (each.begin, each.entity)):
        key = (each.entity, each.kind, each.begin // _DAY)
        first = found.get(key)
        found[key] = each if first is None else _both(first, each)
    return list(found.values())


def _both(first: Finding, second: Finding) -> Finding:
    return replace(
        first,
        end=max(first.end, second.end),
        p_value=min(first.p_value, second.p_value),
        surplus=max(first.surplus, second.surplus),
        amount=first.amount + second.amount,
        times=first.times + second.times,
        doubt=min(first.doubt, second.doubt),
    )


def tail_p(value: float, others: NDArray[np.float64], share: float = 0.1) -> float:
    """How likely the largest of as many values as `others` is as large as this, with exponential tails.

    Peaks over a threshold (Pickands 1975): the `share` of the largest, or a third of it, whichever is heavier.
    """
    if len(others) < 10:  # noqa: PLR2004
        return 1.0
    chances = []
    for part in (share, share / 3):
        threshold = float(np.quantile(others, 1 - part))
        above = others[others > threshold]
        scale = float((above - threshold).mean()) if len(above) else 0.0
        if value <= threshold:
            return 1.0
        chances.append(part * exp(-(value - threshold) / scale) if scale > 0 else 0.0)
    return min(1.0, max(chances) * len(others))
