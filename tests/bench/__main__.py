"""`make bench`: measures this checkout against the figures it is to hold. Asserts nothing.

Round trips run on one Mosquitto, the contenders in turns; what is shown is the median of the rounds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import sys
import tempfile
from pathlib import Path

from shared.errors import HomeIQError
from tests.bench.database import database
from tests.bench.footprint import command_line_seconds, installed_megabytes, interpreter_seconds
from tests.bench.report import Row, database_rows, footprint_rows, round_trip_rows, show, system_rows
from tests.bench.roundtrips import round_trips
from tests.bench.system import NotAvailableError, SystemFigures, system

_PATIENCE = 235.0


def main() -> None:
    """Measure, print, and end with 0 whatever the figures are."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--quick", action="store_true", help="short runs, for a first impression")
    options = parser.parse_args()
    try:
        rows = asyncio.run(asyncio.wait_for(_measure(quick=options.quick), _PATIENCE))
    except (HomeIQError, TimeoutError) as error:
        sys.exit(f"bench: {error or 'took too long'}")
    if options.json:
        machine = {"python": platform.python_version(), "cpus": os.cpu_count(), "system": platform.platform()}
        document = {"machine": machine, "figures": [row.document() for row in rows]}
        sys.stdout.write(json.dumps(document, indent=2) + "\n")
        return
    show(rows)
    load = "" if not hasattr(os, "getloadavg") else f", load {os.getloadavg()[0]:.1f}"
    sys.stdout.write(f"\nPython {platform.python_version()}, {os.cpu_count()} CPUs{load}.\n")


async def _measure(*, quick: bool) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="homeiq-bench-") as name:
        folder = Path(name)
        rounds, seconds = (2, 0.4) if quick else (7, 1.0)
        rows = round_trip_rows(await round_trips(folder / "broker", rounds=rounds, seconds=seconds, say=_say))
        rows += system_rows(await _system(folder / "data", quick=quick))
        _say("database")
        rows += database_rows(await database(folder, rounds=200 if quick else 2_000))
        _say("command line")
        times = 3 if quick else 7
        start, interpreter = command_line_seconds(times), interpreter_seconds(times)
        return [*rows, *footprint_rows(start, interpreter, *installed_megabytes())]


async def _system(folder: Path, *, quick: bool) -> SystemFigures | str:
    try:
        return await system(folder, idle=1.0 if quick else 5.0, rounds=5 if quick else 40, say=_say)
    except (NotAvailableError, HomeIQError, TimeoutError) as error:
        return str(error) or type(error).__name__


def _say(what: str) -> None:
    sys.stderr.write(f"bench: {what}\n")


if __name__ == "__main__":
    main()
