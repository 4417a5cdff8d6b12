"""What the analysis made of homes, held against the truth."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import sqrt
from time import perf_counter
from typing import Any, Final
from zoneinfo import ZoneInfo

from shared.home import Registry
from shared.simulator.scoring import Counts, Score, Verdict, score
from shared.simulator.simulation import SimulatedHome
from shared.simulator.truth import TYPES
from workers.pattern.analysis import analyse
from workers.pattern.candidate import Candidate

_Z: Final = 1.96


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the analysis made of one home: `found` in the order of the score's verdicts."""

    seed: int
    found: list[Candidate]
    score: Score
    seconds: float


def run(homes: Iterable[SimulatedHome]) -> Iterator[Outcome]:
    """Have the analysis look at homes, one after the other."""
    for home in homes:
        registry, days = Registry.from_document(home.registry_document), list(home.days())
        begun = perf_counter()
        found = analyse(days, registry, ZoneInfo(home.time_zone))
        seconds = perf_counter() - begun
        yield Outcome(home.seed, found, score(found, home.truth), seconds)


def together(outcomes: Iterable[Outcome]) -> dict[str, Counts]:
    """Counts by type over all homes."""
    summed = {each: Counts() for each in TYPES}
    for outcome in outcomes:
        for kind, counts in outcome.score.counts.items():
            for name in ("tp", "fp", "fn", "neutral"):
                setattr(summed[kind], name, getattr(summed[kind], name) + getattr(counts, name))
    return summed


def interval(successes: int, trials: int) -> tuple[float, float]:
    """The 95 % interval of a proportion (Wilson 1927); all of 0 to 1 without trials."""
    if not trials:
        return 0.0, 1.0
    share, square = successes / trials, _Z * _Z
    centre, spread = share + square / (2 * trials), _Z * sqrt(share * (1 - share) / trials + (square / trials**2) / 4)
    return max(0.0, (centre - spread) / (1 + square / trials)), min(1.0, (centre + spread) / (1 + square / trials))


def figures(outcomes: list[Outcome]) -> dict[str, Any]:
    """Precision and recall by type with their intervals, false patterns by home, and seconds."""
    types = {
        kind: {
            **{name: getattr(each, name) for name in ("tp", "fp", "fn", "neutral")},
            "precision": each.tp / (each.tp + each.fp) if each.tp + each.fp else None,
            "precision_95": interval(each.tp, each.tp + each.fp),
            "recall": each.tp / (each.tp + each.fn) if each.tp + each.fn else None,
            "recall_95": interval(each.tp, each.tp + each.fn),
        }
        for kind, each in together(outcomes).items()
    }
    false = [outcome.score.false for outcome in outcomes]
    return {
        "types": types,
        "false_by_home": false,
        "false_a_home": sum(false) / max(1, len(false)),
        "seconds": [round(outcome.seconds, 3) for outcome in outcomes],
    }


def explain(outcome: Outcome) -> Iterator[str]:
    """What was false, and what was missed, a line each."""
    for pattern, verdict in outcome.score.verdicts:
        if verdict is Verdict.FALSE:
            yield f"{outcome.seed} false  {pattern.pattern_type} {' > '.join(pattern.entities)} {dict(pattern.detail)}"
    for planted in outcome.score.missed:
        names, how = " > ".join(planted.entities), dict(planted.detail)
        yield f"{outcome.seed} missed {planted.pattern_type} {names} {planted.support} x {planted.strength:.2f} {how}"
