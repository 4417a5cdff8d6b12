"""Print the figures of an evaluation: see the package."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

from rich.console import Console

from shared.simulator.truth import TYPES
from tests.bench.routines import tables
from tests.bench.routines.outcome import explain, figures, run
from tests.bench.routines.reliability import reliability
from tests.bench.routines.replication import replication
from tests.bench.routines.situations import EVERY, Situation, situations


def main() -> None:
    """Run it, and print the figures."""
    arguments = _arguments().parse_args()
    situation = Situation(
        arguments.days,
        arguments.entities,
        arguments.events,
        not arguments.null,
        arguments.empty_days,
        arguments.daylight_saving,
        arguments.shifts,
        tuple(arguments.harm),
    )
    title = f"{len(arguments.seeds)} homes{' without routines' if arguments.null else ''}"
    console = Console(width=150)
    for asked, show in ((arguments.harms, _harms), (arguments.replication, _replication), (True, _accuracy)):
        if asked:
            show(arguments, situation, console, title)
            return


def _accuracy(arguments: argparse.Namespace, situation: Situation, console: Console, title: str) -> None:
    outcomes = list(run(situation.homes(arguments.seeds)))
    for line in (line for outcome in outcomes for line in explain(outcome)) if arguments.explain else ():
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    found = figures(outcomes)
    kinds: Sequence[str | None] = (None, *TYPES) if arguments.reliability else ()
    if arguments.json:
        rows: dict[str, Any] = {str(kind or "all"): [*tables.plain(reliability(outcomes, kind))] for kind in kinds}
        _print_json({**found, "reliability": rows} if rows else found)
        return
    console.print(tables.accuracy_table(outcomes, title))
    for kind in kinds:
        console.print(tables.reliability_table(reliability(outcomes, kind), f"{kind or 'all types'}, {title}"))
    console.print(f"false patterns a home: {found['false_a_home']:.2f} {found['false_by_home']}")
    console.print(f"seconds a home: {sum(found['seconds']) / max(1, len(outcomes)):.2f}")


def _harms(arguments: argparse.Namespace, situation: Situation, console: Console, title: str) -> None:
    by_situation = {}
    for name, each in situations(situation).items():
        by_situation[name] = list(run(each.homes(arguments.seeds)))
        Console(stderr=True).print(f"{name}: {tables.line(by_situation[name])}", highlight=False, soft_wrap=True)
        for line in (line for outcome in by_situation[name] for line in explain(outcome)) if arguments.explain else ():
            console.print(f"{name} {line}", highlight=False, markup=False, soft_wrap=True)
    if arguments.json:
        _print_json({name: figures(outcomes) for name, outcomes in by_situation.items()})
    else:
        console.print(tables.harms_table(by_situation, f"{title}: precision, recall (right/false/missed)"))


def _replication(arguments: argparse.Namespace, situation: Situation, console: Console, title: str) -> None:
    found = replication(situation.homes(arguments.seeds))
    if arguments.json:
        _print_json({kind: asdict(each) for kind, each in found.items()})
    else:
        console.print(tables.replication_table(found, title))


def _print_json(document: dict[str, Any]) -> None:
    print(json.dumps(document))


def _seeds(text: str) -> range:
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.routines",
        description="Precision and recall of the analysis, on homes with planted routines.",
    )
    option = partial(parser.add_argument)
    option("--seeds", type=_seeds, default=range(10), help="such as 0-9")
    option("--null", action="store_true", help="homes without routines")
    option("--days", type=int, default=30)
    option("--entities", type=int, default=60)
    option("--events", type=int, default=100_000)
    option("--empty-days", type=int, default=0)
    option("--daylight-saving", action="store_true", help="with a change of the clock in the middle")
    option("--shifts", action="store_true", help="somebody works early and late by turns")
    option("--harm", action="append", choices=EVERY, default=[], help="what happened to the history; repeat it")
    option("--harms", action="store_true", help="a table of all situations, each in turn")
    option("--replication", action="store_true", help="what the second half shows of what the first half shows")
    option("--reliability", action="store_true", help="how many of the patterns with a confidence are real")
    option("--explain", action="store_true", help="list what was false and what was missed")
    option("--json", action="store_true")
    return parser


if __name__ == "__main__":
    main()
