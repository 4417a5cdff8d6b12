"""How many of the routines of simulated homes an analysis finds, and how much of what it finds is there.

    python -m tests.bench.routines --seeds 100-109 [--null] [--entities 60] [--events 100000]

An analysis is a function of the days of a past, the registry of the home and its time zone; it gives patterns. Seeds
0-99 are for tuning, 100-999 for a look now and then; 1000-1009 are kept for the last run: nobody looks at them before.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from math import sqrt
from time import perf_counter
from typing import Any, Final
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

from shared.history import Columns
from shared.home import Registry
from shared.simulator.harm import HARMS
from shared.simulator.scoring import Counts, FoundLike, Score, Verdict, score
from shared.simulator.simulation import SimulatedHome, simulate
from shared.simulator.truth import TYPES
from workers.pattern.analysis import analyse

Analysis = Callable[[Iterable[Columns], Registry, ZoneInfo], Iterable[FoundLike]]
"""Days in order, the home, its time zone; gives what was found."""

_Z: Final = 1.96


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an analysis made of one home."""

    seed: int
    score: Score
    seconds: float


def run(analysis: Analysis, homes: Iterable[SimulatedHome]) -> Iterator[Outcome]:
    """Have an analysis look at homes, one after the other."""
    for home in homes:
        registry, days = Registry.from_document(home.registry_document), list(home.days())
        begun = perf_counter()
        found = list(analysis(days, registry, ZoneInfo(home.time_zone)))
        yield Outcome(home.seed, score(found, home.truth), perf_counter() - begun)


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


def document(outcomes: list[Outcome]) -> dict[str, Any]:
    """The figures for JSON."""
    figures = {
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
        "types": figures,
        "false_by_home": false,
        "false_a_home": sum(false) / max(1, len(false)),
        "seconds": [round(outcome.seconds, 3) for outcome in outcomes],
    }


def table(outcomes: list[Outcome], title: str) -> Table:
    """The figures for people."""
    made = Table("type", "right", "false", "missed", "neutral", "precision (95 %)", "recall (95 %)", title=title)
    for kind, each in document(outcomes)["types"].items():
        cells = [
            f"{each[name]:.2f} ({each[f'{name}_95'][0]:.2f}-{each[f'{name}_95'][1]:.2f})"
            if each[name] is not None
            else "-"
            for name in ("precision", "recall")
        ]
        made.add_row(kind, str(each["tp"]), str(each["fp"]), str(each["fn"]), str(each["neutral"]), *cells)
    return made


def explain(outcome: Outcome) -> Iterator[str]:
    """What was false, and what was missed, a line each."""
    for pattern, verdict in outcome.score.verdicts:
        if verdict is Verdict.FALSE:
            yield f"{outcome.seed} false  {pattern.pattern_type} {' > '.join(pattern.entities)} {dict(pattern.detail)}"
    for planted in outcome.score.missed:
        names, how = " > ".join(planted.entities), dict(planted.detail)
        yield f"{outcome.seed} missed {planted.pattern_type} {names} {planted.support} x {planted.strength:.2f} {how}"


def _seeds(text: str) -> range:
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


def _homes(arguments: argparse.Namespace) -> Iterator[SimulatedHome]:
    for seed in arguments.seeds:
        home = simulate(
            seed,
            days=arguments.days,
            entities=arguments.entities,
            events=arguments.events,
            routines=not arguments.null,
            empty_days=arguments.empty_days,
            daylight_saving=arguments.daylight_saving,
        )
        for name in arguments.harm:
            home = HARMS[name](home)
        yield home


def main() -> None:
    """Run it, and print the figures."""
    parser = argparse.ArgumentParser(description="Precision and recall of an analysis, on homes with planted routines.")
    option = partial(parser.add_argument)
    option("--seeds", type=_seeds, default=range(10), help="such as 0-9")
    option("--null", action="store_true", help="homes without routines")
    option("--days", type=int, default=30)
    option("--entities", type=int, default=60)
    option("--events", type=int, default=100_000)
    option("--empty-days", type=int, default=0)
    option("--daylight-saving", action="store_true", help="with a change of the clock in the middle")
    option("--harm", action="append", choices=sorted(HARMS), default=[], help="what happened to the history; repeat it")
    option("--explain", action="store_true", help="list what was false and what was missed")
    option("--json", action="store_true")
    arguments = parser.parse_args()
    outcomes = list(run(analyse, _homes(arguments)))
    for line in (line for outcome in outcomes for line in explain(outcome)) if arguments.explain else ():
        print(line)
    if arguments.json:
        print(json.dumps(document(outcomes)))
        return
    found = document(outcomes)
    title = f"{len(outcomes)} homes{' without routines' if arguments.null else ''}"
    Console(width=120).print(table(outcomes, title))
    print(f"false patterns a home: {found['false_a_home']:.2f} {found['false_by_home']}")
    print(f"seconds a home: {sum(found['seconds']) / max(1, len(outcomes)):.2f}")


if __name__ == "__main__":
    main()
