"""The figures of an evaluation, for people and for JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from rich.table import Table

from contracts.analysis import PatternType
from shared.simulator.scoring import Counts
from shared.simulator.truth import TYPES
from tests.bench.routines.outcome import Outcome, figures, together
from tests.bench.routines.reliability import Reliability
from tests.bench.routines.replication import Replication


def accuracy_table(outcomes: list[Outcome], title: str) -> Table:
    """Precision and recall by type."""
    made = Table("type", "right", "false", "missed", "neutral", "precision (95 %)", "recall (95 %)", title=title)
    for kind, each in figures(outcomes)["types"].items():
        cells = [
            f"{each[name]:.2f} ({each[f'{name}_95'][0]:.2f}-{each[f'{name}_95'][1]:.2f})"
            if each[name] is not None
            else "-"
            for name in ("precision", "recall")
        ]
        made.add_row(kind, str(each["tp"]), str(each["fp"]), str(each["fn"]), str(each["neutral"]), *cells)
    return made


def harms_table(by_situation: Mapping[str, list[Outcome]], title: str) -> Table:
    """What is found in each situation: precision and recall by type, and false patterns a home."""
    made = Table("situation", *TYPES, "false a home", title=title)
    for name, outcomes in by_situation.items():
        counts = together(outcomes)
        false = sum(outcome.score.false for outcome in outcomes) / max(1, len(outcomes))
        made.add_row(name, *(_short(counts[kind]) for kind in TYPES), f"{false:.2f}")
    return made


def line(outcomes: list[Outcome]) -> str:
    """Right, false and missed by type in one line, and how many false patterns there are a home."""
    counts = together(outcomes)
    numbers = ", ".join(f"{kind} {counts[kind].tp}/{counts[kind].fp}/{counts[kind].fn}" for kind in TYPES)
    return f"{numbers}; false a home {figures(outcomes)['false_a_home']:.2f}"


def _short(counts: Counts) -> str:
    told, there = counts.tp + counts.fp, counts.tp + counts.fn
    shares = (f"{counts.tp / of:.2f}" if of else "-" for of in (told, there))
    return f"{' '.join(shares)} ({counts.tp}/{counts.fp}/{counts.fn})"


def replication_table(found: Mapping[PatternType, Replication], title: str) -> Table:
    """What the second half of a history shows of what the first shows."""
    made = Table("type", "first half", "same id", "same entities", "at random", title=title)
    for kind, each in found.items():
        shares = [f"{number / max(each.found, 1):.2f}" for number in (each.same_id, each.same_entities)]
        made.add_row(kind, str(each.found), *shares, f"{each.base_rate:.5f}")
    return made


def reliability_table(rows: Iterable[Reliability], title: str) -> Table:
    """How many of the patterns with a confidence are real."""
    made = Table("confidence", "patterns", "mean", "real (95 %)", "planted", title=title)
    for each in rows:
        low, high = each.share_95
        share = f"{each.share:.3f} ({low:.2f}-{high:.2f})" if each.count else "-"
        made.add_row(f"{each.low:g}-{each.high:g}", str(each.count), f"{each.confidence:.3f}", share, str(each.planted))
    return made


def plain(rows: Iterable[Reliability]) -> Iterator[dict[str, Any]]:
    """A table of reliability for JSON."""
    return ({**asdict(each), "share": each.share, "share_95": each.share_95} for each in rows)
