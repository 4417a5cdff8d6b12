"""The figures beside those that were promised, as a table and as JSON."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench.database import DatabaseFigures
from tests.bench.figures import Figures
from tests.bench.roundtrips import (
    COMMIT,
    CONCURRENCIES,
    EFFECT_FULL,
    EFFECT_NORMAL,
    EFFECTS,
    FASTSTREAM,
    HOMEIQ,
    RAW,
    READ,
)
from tests.bench.roundtrips import Table as RoundTrips
from tests.bench.system import SystemFigures


@dataclass(frozen=True, slots=True)
class Row:
    """One figure; `target` is what it is to hold, `most` whether less is better."""

    section: str
    name: str
    value: float | None
    unit: str
    target: float | None = None
    most: bool = True
    note: str = ""

    @property
    def held(self) -> bool | None:
        """Whether the target holds; None where there is none, or no figure."""
        if self.target is None or self.value is None:
            return None
        return self.value <= self.target if self.most else self.value >= self.target

    def document(self) -> dict[str, Any]:
        """For JSON."""
        known = self.value is not None and math.isfinite(self.value)
        value = round(self.value, 4) if known and self.value is not None else None
        fields = {"section": self.section, "name": self.name, "value": value, "unit": self.unit}
        return {**fields, "target": self.target, "held": self.held, **({"note": self.note} if self.note else {})}


def missing(section: str, name: str, why: str) -> Row:
    """The row of a figure that could not be measured."""
    return Row(section, name, None, "", note=f"not available: {why}")


def round_trip_rows(found: RoundTrips) -> list[Row]:
    """Latency with one caller, requests a second with many, and the ratios."""
    raw, faststream, ours = found[RAW], found[FASTSTREAM], found[HOMEIQ]
    rows: list[Row] = []
    for contender, figures in found.items():
        p50, p99 = (1.0, 5.0) if figures is ours else (None, None)
        rows.append(Row("round trip, 1 caller", f"{contender.name} P50", figures[1].p50, "ms", p50))
        rows.append(Row("round trip, 1 caller", f"{contender.name} P99", figures[1].p99, "ms", p99))
    rows.append(Row("round trip, 1 caller", "P50, HomeIQ / FastStream", ours[1].p50 / faststream[1].p50, "x", 1.0))
    rows.append(Row("round trip, 1 caller", "P50, HomeIQ / raw", ours[1].p50 / raw[1].p50, "x"))
    for callers in CONCURRENCIES[1:]:
        section = f"round trip, {callers} callers"
        rows += [Row(section, each.name, figures[callers].per_second, "/s") for each, figures in found.items()]
        mine = ours[callers].per_second
        ratio = mine / faststream[callers].per_second
        rows.append(Row(section, "rate, HomeIQ / FastStream", ratio, "x", 1.0, most=False))
        rows.append(Row(section, "rate, HomeIQ / raw", mine / raw[callers].per_second, "x"))
    return rows


def effect_rows(found: RoundTrips, file_system: str) -> list[Row]:
    """What an effect takes beside a read, and beside the commits to the disk that it consists of."""
    section = f"effect, 1 caller, on {file_system or 'a file system that is not told'}"
    full, normal, commit, read = (found[each] for each in (EFFECT_FULL, EFFECT_NORMAL, COMMIT, READ))
    rows = [
        Row(section, f"{each.name} {name}", getattr(found[each][1], name.lower()), "ms")
        for each in EFFECTS
        for name in ("P50", "P99")
    ]
    rows += [
        Row(section, "effect, FULL P50, less the bare commits", _own(full[1], commit[1]), "ms"),
        Row(section, "P50, effect (FULL) / read", full[1].p50 / read[1].p50, "x"),
        Row(section, "P50, effect (NORMAL) / read", normal[1].p50 / read[1].p50, "x"),
    ]
    for callers in CONCURRENCIES:
        section = f"effects, {callers} caller{'s' * (callers > 1)}"
        rows += [
            Row(section, "FULL", full[callers].per_second, "/s"),
            Row(section, "NORMAL", normal[callers].per_second, "/s"),
            Row(section, "read", read[callers].per_second, "/s"),
            Row(section, "synced commits per effect (FULL)", full[callers].commits, ""),
            Row(section, "commits per effect (NORMAL)", normal[callers].commits, ""),
        ]
    return rows


def _own(effect: Figures, commit: Figures) -> float:
    return effect.p50 - effect.commits * commit.p50


def system_rows(found: SystemFigures | str) -> list[Row]:
    """What the running system does; a text says why it does not run."""
    if isinstance(found, str):
        return [missing("the system", name, found) for name in ("health", "query", "rest")]
    rest = found.rest
    return [
        Row("the system", "health P50", found.health.p50, "ms"),
        Row("the system", "health P99", found.health.p99, "ms", 5.0),
        Row("the system", "query answered locally P50", found.questions.p50, "ms"),
        Row("the system", "query answered locally P95", found.questions.p95, "ms", 25.0),
        Row("at rest", "memory, all workers", rest.homeiq_mb, "MB"),
        Row("at rest", "memory, Mosquitto", rest.broker_mb, "MB"),
        Row("at rest", "memory, both", rest.homeiq_mb + rest.broker_mb, "MB", 250.0),
        Row("at rest", "memory, both, after the questions", found.homeiq_mb_after + rest.broker_mb, "MB"),
        Row("at rest", "CPU, both", rest.cpu_percent, "% of a core"),
        Row("at rest", "empty folder to ready, demo home loaded", rest.start_seconds, "s"),
    ]


def database_rows(found: DatabaseFigures) -> list[Row]:
    """The database's figures."""
    return [
        Row("database", "connection from the pool P95", found.connection.p95, "ms", 1.0),
        Row("database", "query by key P95", found.query.p95, "ms", 5.0),
        Row("database", "committed write P95, NORMAL", found.write.p95, "ms"),
        Row("database", "committed write P95, FULL", found.durable.p95, "ms"),
    ]


def footprint_rows(seconds: float, interpreter: float, megabytes: float, packages: int) -> list[Row]:
    """Command line and disk."""
    return [
        Row("installation", "homeiq --version", seconds, "s"),
        Row("installation", "an empty Python", interpreter, "s"),
        Row("installation", f"size of the {packages} base packages", megabytes, "MB"),
    ]


def show(rows: list[Row]) -> None:
    """Print the table."""
    table = Table("", "figure", "measured", "to hold", "", box=None, pad_edge=False)
    table.columns[1].no_wrap = True
    for index in (2, 3):
        table.columns[index].justify = "right"
    section = ""
    for row in rows:
        if section and row.section != section:
            table.add_section()
            table.add_row()
        head, section = (row.section if row.section != section else ""), row.section
        mark = {True: "yes", False: "NO", None: ""}[row.held]
        told = ": ".join(each for each in (mark, row.note) if each)
        table.add_row(head, row.name, _number(row.value, row.unit), _target(row), told)
    Console(width=None if Console().is_terminal else 130, highlight=False).print(table)


def _target(row: Row) -> str:
    return "" if row.target is None else f"{'≤' if row.most else '≥'} {row.target:g} {row.unit}"


def _number(value: float | None, unit: str) -> str:
    if value is None:
        return "-"
    if not unit and value == int(value):
        return f"{value:,.0f}"
    digits = 0 if value >= 100 else 1 if value >= 10 else 2 if value >= 1 else 3
    return f"{value:,.{digits}f} {unit}"
