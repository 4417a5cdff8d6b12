"""`make bench`: measures this checkout against the figures it is to hold. Asserts nothing.

Round trips run on one Mosquitto, the contenders in turns; what is shown is the median of the rounds. An import, the
first analysis of what it brought, live events, the writing of a history, and the cache are measured once a run.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import signal
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.errors import HomeIQError
from tests.bench.analysis import analysis, analysis_rows
from tests.bench.asking import HOMES, asking, asking_rows
from tests.bench.cache import cache, cache_rows
from tests.bench.counting import counting, counting_rows
from tests.bench.database import database
from tests.bench.disk import disk_folder, file_system
from tests.bench.footprint import command_line_seconds, installed_megabytes, interpreter_seconds
from tests.bench.history import sqlite_rows
from tests.bench.importing import import_rows, importing
from tests.bench.influx import influx_rows
from tests.bench.ingestion import ingestion, ingestion_rows
from tests.bench.previous import previous_rows
from tests.bench.processes import NotAvailableError, up
from tests.bench.report import (
    Row,
    database_rows,
    effect_rows,
    footprint_rows,
    missing,
    round_trip_rows,
    show,
    system_rows,
)
from tests.bench.roundtrips import EFFECTS, READS, round_trips
from tests.bench.searching import search_rows, searched
from tests.bench.system import SystemFigures, system
from tests.bench.takeover import takeover_rows, takeovers
from tests.bench.validating import validating, validating_rows

_PATIENCE = 1_500.0


@dataclass(frozen=True, slots=True)
class Size:
    """How long each part is measured."""

    rounds: int
    seconds: float
    effect_rounds: int
    idle: float
    questions: int
    lookups: int
    queries: int
    events: int
    live: int
    in_influx: int
    takeovers: int
    starts: int
    searched: tuple[int, ...]
    asked: float


FULL = Size(7, 1.0, 5, 5.0, 40, 20_000, 1_000, 1_000_000, 30_000, 100_000, 5, 7, (100_000, 1_000_000, 10_000_000), 1.0)
QUICK = Size(2, 0.4, 2, 1.0, 5, 2_000, 200, 50_000, 3_000, 10_000, 2, 3, (20_000,), 0.2)


def main() -> None:
    """Measure, print, and end with 0 whatever the figures are."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--quick", action="store_true", help="short runs, for a first impression")
    options = parser.parse_args()
    try:
        rows = asyncio.run(_measure(QUICK if options.quick else FULL))
    except (HomeIQError, TimeoutError) as error:
        sys.exit(f"bench: {error or 'took too long'}")
    except asyncio.CancelledError:
        sys.exit("bench: ended before its time")
    machine = _machine()
    if options.json:
        document = {"machine": machine, "figures": [row.document() for row in rows]}
        sys.stdout.write(json.dumps(document, indent=2) + "\n")
        return
    show(rows)
    sys.stdout.write(
        f"\nPython {machine['python']}, {machine['cpus']} CPUs, load {machine['load']}, on {machine['file_system']}.\n"
    )


def _machine() -> dict[str, Any]:
    return {
        "python": platform.python_version(),
        "cpus": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "system": platform.platform(),
        "file_system": file_system(disk_folder()) or "a file system that is not told",
    }


async def _measure(size: Size) -> list[Row]:
    task = asyncio.current_task()
    assert task is not None
    # What was started is ended by the blocks that it was started in.
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    with tempfile.TemporaryDirectory(prefix="homeiq-bench-", dir=disk_folder()) as name:
        async with asyncio.timeout(_PATIENCE):
            return await _parts(Path(name), size)


async def _parts(folder: Path, size: Size) -> list[Row]:
    reads = await round_trips(folder / "reads", READS, rounds=size.rounds, seconds=size.seconds, say=_say)
    rows = round_trip_rows(reads) + previous_rows(reads)
    effects = await round_trips(folder / "effects", EFFECTS, rounds=size.effect_rounds, seconds=size.seconds, say=_say)
    rows += effect_rows(effects, file_system(folder))
    rows += system_rows(await _system(folder / "data", size))
    rows += await _past(folder, size)
    rows += takeover_rows(await takeovers(folder / "takeover", rounds=size.takeovers, say=_say))
    rows += await _live(folder / "live", size)
    _say(f"history of {size.events:,} events in SQLite, {size.in_influx:,} in InfluxDB")
    rows += sqlite_rows(folder / "history" / "history.db", size.events)
    rows += influx_rows(folder / "influx", size.in_influx)
    for events in size.searched:
        _say(f"search for patterns in {events:,} events")
        rows += search_rows(await asyncio.to_thread(searched, folder / f"searched-{events}", events))
    rows += await _validating(folder, size)
    rows += await _asking(folder, size)
    _say("database and cache")
    rows += database_rows(await database(folder, times=size.queries))
    rows += counting_rows(await counting(folder))
    rows += cache_rows(cache(folder, rounds=size.lookups))
    _say("command line")
    start, interpreter = command_line_seconds(size.starts), interpreter_seconds(size.starts)
    return [*rows, *footprint_rows(start, interpreter, *installed_megabytes())]


async def _system(folder: Path, size: Size) -> SystemFigures | str:
    try:
        return await system(folder, idle=size.idle, rounds=size.questions, say=_say)
    except (NotAvailableError, HomeIQError, TimeoutError) as error:
        return _words(error)


async def _past(folder: Path, size: Size) -> list[Row]:
    """An import, and an analysis of what it brought, by one `homeiq up`."""
    rows: list[Row] = []
    try:
        async with up(folder / "past") as pids:
            _say(f"import of {size.events:,} events")
            rows += import_rows(await importing(folder / "past", folder / "past.csv", rows=size.events))
            _say(f"analysis of {size.events:,} events")
            rows += analysis_rows(await analysis(folder / "past", pids))
    except (NotAvailableError, HomeIQError, TimeoutError) as error:
        rows.append(missing("the past", "import and analysis", _words(error)))
    return rows


async def _live(folder: Path, size: Size) -> list[Row]:
    try:
        return ingestion_rows(await ingestion(folder, events=size.live, idle=2 * size.idle, say=_say))
    except (NotAvailableError, HomeIQError, TimeoutError) as error:
        return [missing("live events over MQTT", "all of it", _words(error))]


async def _validating(folder: Path, size: Size) -> list[Row]:
    _say("automation/validate")
    try:
        return validating_rows(await validating(folder / "validating" / "data", size.questions))
    except (NotAvailableError, HomeIQError, TimeoutError) as error:
        return [missing("automation/validate over MQTT", "all of it", _words(error))]


async def _asking(folder: Path, size: Size) -> list[Row]:
    rows: list[Row] = []
    for home in HOMES:
        _say(f"sentences about the home {home}")
        try:
            rows += asking_rows(await asking(folder / "asking" / home, home, size.asked))
        except (NotAvailableError, HomeIQError, TimeoutError) as error:
            rows.append(missing("asking over MQTT", home, _words(error)))
    return rows


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__


def _say(what: str) -> None:
    sys.stderr.write(f"bench: {what} (load {os.getloadavg()[0]:.1f})\n")


if __name__ == "__main__":
    main()
