"""Whether confidence is what it says: of the patterns with a confidence, how many are real."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from shared.simulator.scoring import Verdict
from tests.bench.routines.outcome import Outcome, interval

BOUNDS: Final = (0.5, 0.7, 0.8, 0.9, 0.97, 1.0)


@dataclass(frozen=True, slots=True)
class Reliability:
    """The patterns with a confidence from `low` up to `high`.

    `confidence` is the mean of theirs; `real` counts those that are true of the home, planted or not, `planted` those
    that are planted.
    """

    low: float
    high: float
    count: int
    confidence: float
    real: int
    planted: int

    @property
    def share(self) -> float:
        """How many of them are real, as a share."""
        return self.real / max(self.count, 1)

    @property
    def share_95(self) -> tuple[float, float]:
        """The 95 % interval of that share."""
        return interval(self.real, self.count)


def reliability(outcomes: Iterable[Outcome], kind: str | None = None) -> Iterator[Reliability]:
    """The table, of one type of patterns or of all together."""
    told = [
        (pattern.confidence, verdict)
        for outcome in outcomes
        for pattern, (_, verdict) in zip(outcome.found, outcome.score.verdicts, strict=True)
        if kind in {None, pattern.pattern_type}
    ]
    for low, high in pairwise(BOUNDS):
        inside = [(sure, verdict) for sure, verdict in told if low <= sure < high or sure == high == BOUNDS[-1]]
        verdicts = [verdict for _, verdict in inside]
        yield Reliability(
            low,
            high,
            len(inside),
            sum(sure for sure, _ in inside) / max(len(inside), 1),
            len(verdicts) - verdicts.count(Verdict.FALSE),
            verdicts.count(Verdict.RIGHT),
        )
