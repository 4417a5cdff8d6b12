"""The history in a real InfluxDB server, where one is installed."""

from __future__ import annotations

from pathlib import Path

from shared.errors import HomeIQError
from shared.history.influx.line_protocol import MEASUREMENT
from shared.history.influx.store import InfluxHistory
from tests.bench.history import history, history_rows
from tests.bench.report import Row, missing
from tests.unit.history.influxd import Influxd, installed

_NAME = "InfluxDB 1"
_BLOCK = 512


def influx_rows(folder: Path, events: int) -> list[Row]:
    """Measure on a server of its own, which is ended afterwards; its size is that of its data and its log."""
    if not installed():
        return [missing(f"history in {_NAME}", "all of it", "install the package `influxdb`")]
    try:
        with Influxd(folder) as server:
            server.ask(f'CREATE DATABASE "{MEASUREMENT}"')
            return history_rows(_NAME, history(InfluxHistory(server.url), events, lambda: _megabytes(folder)))
    except (HomeIQError, AssertionError) as error:
        return [missing(f"history in {_NAME}", "all of it", str(error).strip() or type(error).__name__)]


def _megabytes(folder: Path) -> float:
    files = (each for part in ("data", "wal") for each in (folder / part).rglob("*"))
    return sum(_BLOCK * each.stat().st_blocks for each in files if each.is_file()) / 1_000_000
