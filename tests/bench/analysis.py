"""The first analysis of a long past by the running system, the same again, and the memory that it leaves behind."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.bench.past import ENTITIES
from tests.bench.processes import command
from tests.bench.report import Row
from tests.bench.usage import memory

_FULL = 1_000_000
"""Events of the analysis that the figure to hold is about."""


@dataclass(frozen=True, slots=True)
class AnalysisFigures:
    """Seconds of the first analysis and of one that finds nothing new; memory of HomeIQ and its broker in MB."""

    events: int
    patterns: int
    first: float
    again: float
    before_mb: float
    after_mb: float


async def analysis(folder: Path, pids: tuple[int, ...]) -> AnalysisFigures:
    """Have a running `homeiq up`, with these process ids, analyse what is in its history, twice."""
    before = sum(map(memory, pids))
    first = await command(folder, "analyze")
    after = sum(map(memory, pids))
    again = await command(folder, "analyze")
    seconds = (first["duration_seconds"], again["duration_seconds"])
    return AnalysisFigures(first["events"], first["patterns_detected"], *seconds, before, after)


def analysis_rows(found: AnalysisFigures) -> list[Row]:
    """The figures for the table."""
    section = f"analysis by the running system, {found.events:,} events, {ENTITIES} entities"
    target = 3.0 if found.events >= _FULL else None
    return [
        Row(section, "the first", found.first, "s", target),
        Row(section, "the same again", found.again, "s"),
        Row(section, "patterns found", found.patterns, ""),
        Row(section, "memory, both, after the import", found.before_mb, "MB"),
        Row(section, "memory, both, after the analysis", found.after_mb, "MB", 400.0),
    ]
