"""A search for patterns by itself: how it grows with the events, what a night costs, and beside it a plain scan.

    python -m tests.bench.searching make FOLDER EVENTS      a month of a simulated home with 130 entities
    python -m tests.bench.searching search FOLDER           prints the figures as JSON

The plain scan sorts the same arrays by entity and time, takes the differences, and counts each entity by half hours.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np

from contracts.home import HomeDocument
from shared.correlation_cache import CorrelationCache
from shared.history import Columns
from shared.history.sqlite import SqliteHistory
from shared.home import Registry
from shared.simulator.simulation import simulate
from tests.bench.report import Row
from tests.bench.usage import peak_memory
from workers.pattern.counts.day_counts import DayCounts
from workers.pattern.counts.pair_counts import PairCounts
from workers.pattern.searching.search import Plan, Search

DAYS: Final = 30
ENTITIES: Final = 130
SEED: Final = 4

_TARGET_EVENTS = 1_000_000
_DAY, _HALF_HOUR = 86_400, 1_800


@dataclass(frozen=True, slots=True)
class SearchFigures:
    """Seconds of a search of everything, of the reading within it, of a plain scan, and of a night after it.

    `counting` is what the day that came takes within the night: all else looks at thirty days again.
    """

    events: int
    patterns: int
    whole: float
    reading: float
    scan: float
    night: float
    counting: float
    night_events: int
    hit_rate: float | None
    peak_mb: float


def make(folder: Path, events: int) -> None:
    """The past of a month, and of one day more, in files of their own."""
    home = simulate(SEED, days=DAYS + 1, entities=ENTITIES, events=events * (DAYS + 1) // DAYS)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "home.json").write_text(home.registry_document.model_dump_json())
    days = list(home.days())
    for name, part in (("history.db", days[:DAYS]), ("tomorrow.db", days[DAYS:])):
        with SqliteHistory(folder / name) as history:
            for day in part:
                history.append(day.events())


def search(folder: Path) -> SearchFigures:
    """Search it, let a day go by, and search again."""
    document = HomeDocument.model_validate_json((folder / "home.json").read_text())
    registry = Registry.from_document(document)
    with SqliteHistory(folder / "history.db") as history, CorrelationCache(folder / "cache.db") as cache:
        began = time.perf_counter()
        found = Search(history, registry, cache, afresh=True).run(Plan.of(history, DAYS, {}), {})
        whole = time.perf_counter() - began
        peak = peak_memory()
        reading, scan = _reading(history), _scan(history.days())
        with SqliteHistory(folder / "tomorrow.db") as tomorrow:
            day = tomorrow.read()
        night_events, counting = history.append(day.events()), _counting(day)
        began = time.perf_counter()
        night = Search(history, registry, cache).run(Plan.of(history, DAYS, found.days), found.days)
        took = time.perf_counter() - began
    rate, findings = night.lookups.hit_rate, found.findings
    return SearchFigures(
        findings.events, len(findings.patterns), whole, reading, scan, took, counting, night_events, rate, peak
    )


def _reading(history: SqliteHistory) -> float:
    began = time.perf_counter()
    for _ in history.days():
        pass
    return time.perf_counter() - began


def _counting(day: Columns) -> float:
    began = time.perf_counter()
    PairCounts.of(DayCounts.of(day).items)
    return time.perf_counter() - began


def _scan(days: Iterable[Columns]) -> float:
    took = 0.0
    for day in days:
        began = time.perf_counter()
        order = np.lexsort((day.times, day.entities))
        times, entities = day.times[order], day.entities[order]
        np.diff(times)
        halves = (times % _DAY // _HALF_HOUR).astype(np.int64)
        np.bincount(entities * (_DAY // _HALF_HOUR) + halves)
        took += time.perf_counter() - began
    return took


def searched(folder: Path, events: int) -> SearchFigures:
    """The figures, by processes of their own."""
    command = [sys.executable, "-m", "tests.bench.searching"]
    subprocess.run([*command, "make", str(folder), str(events)], check=True)
    done = subprocess.run([*command, "search", str(folder)], check=True, capture_output=True, text=True)
    return SearchFigures(**json.loads(done.stdout))


def search_rows(found: SearchFigures) -> list[Row]:
    """The figures for the table."""
    section = f"search for patterns, {found.events:,} events, {ENTITIES} entities"
    of_record = found.events >= _TARGET_EVENTS and found.events < 2 * _TARGET_EVENTS
    computing = found.whole - found.reading
    rate = None if found.hit_rate is None else 100 * found.hit_rate
    return [
        Row(
            section, "everything", found.whole, "s", 3.0 if of_record else None, note=f"reading: {found.reading:.2f} s"
        ),
        Row(section, "computing / plain scan of the arrays", computing / found.scan, "x"),
        Row(section, "a pattern of those found", 1_000 * found.whole / max(found.patterns, 1), "ms"),
        Row(section, "patterns found", found.patterns, ""),
        Row(section, "peak memory of the process", found.peak_mb, "MB"),
        Row(section, f"one day more ({found.night_events:,} events)", found.night, "s", 0.1 if of_record else None),
        Row(section, "of it counting that day", found.counting, "s"),
        Row(section, "cache hits of that night", rate, "%", 90.0, most=False),
    ]


def main() -> None:
    """What the command line says."""
    what, folder = sys.argv[1], Path(sys.argv[2])
    if what == "make":
        make(folder, int(sys.argv[3]))
    else:
        print(json.dumps(asdict(search(folder))))


if __name__ == "__main__":
    main()
