"""An import of a long past while the home is asked and read: how fast it is, and what it costs the others."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import random
import sqlite3
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts import query
from contracts.health import HealthRequest, health_of
from contracts.query import QueryRequest
from shared.broker.access import ADMIN
from shared.broker.process import own_broker
from shared.bus.client import Client
from shared.database_pool import create_shared_db_engine, dispose_engines, reading
from shared.history import History
from shared.history.sqlite import SqliteHistory
from tests.bench.figures import Figures
from tests.bench.past import DAY, DAYS, START, write_past
from tests.bench.processes import command
from tests.bench.report import Row
from tests.bench.system import SENTENCES
from workers.data.csv_file import CsvFile
from workers.data.extract import Extract
from workers.data.filters import Filter
from workers.data.importing import Bookmark, Sieve, Source, import_events
from workers.data.moments import LATEST
from workers.data.recorder_file import extract

_PAUSE = 0.01
_HOUR = 3600.0
_STATE = text("SELECT state FROM home_states WHERE entity_id = :entity_id")
_ENTITY = {"entity_id": "light.kitchen"}
_WORKERS = ("data", "query", "pattern")
_RECORDER = """
    CREATE TABLE states_meta (metadata_id INTEGER PRIMARY KEY, entity_id VARCHAR(255));
    CREATE TABLE states (
        state_id INTEGER PRIMARY KEY, entity_id CHAR(0), state VARCHAR(255), last_changed CHAR(0),
        last_changed_ts FLOAT, last_updated CHAR(0), last_updated_ts FLOAT, context_id_bin BLOB,
        context_user_id_bin BLOB, context_parent_id_bin BLOB, metadata_id INTEGER
    );
"""
_STATE_ROW = "INSERT INTO states (state, last_updated_ts, metadata_id, context_id_bin) VALUES (?, ?, ?, ?)"


@dataclass(frozen=True, slots=True)
class ImportFigures:
    """One import, and what was measured of the others while it ran, one call at a time.

    `alone` has the CPU seconds of the same work without anything else: of the importers, and of the least to do.
    """

    rows: int
    seconds: float
    command_seconds: float
    alone: dict[str, float]
    database: Figures
    history: Figures
    health: Figures
    questions: Figures


async def importing(folder: Path, file: Path, *, rows: int) -> ImportFigures:
    """Have a running `homeiq up` import so many rows of CSV, made up in `file`, and ask and read meanwhile."""
    await asyncio.to_thread(write_past, file, rows)
    async with _watch(folder) as watch:
        began = time.perf_counter()
        running = asyncio.create_task(command(folder, "import", "csv", str(file)))
        try:
            while not running.done():
                await watch.look()
        finally:
            running.cancel()
            await asyncio.wait([running])
        done, took = running.result(), time.perf_counter() - began
    alone = await asyncio.to_thread(_alone, file)
    return ImportFigures(done["counts"]["imported"], done["duration_seconds"], took, alone, **watch.figures())


def _alone(file: Path) -> dict[str, float]:
    """CPU seconds of each importer into an empty history, and of reading and keeping rows with nothing between."""
    with tempfile.TemporaryDirectory(dir=file.parent) as name:
        folder = Path(name)
        took = {"floor": _cpu(lambda: _floor(file, folder / "floor.db"))}
        took["csv"] = _cpu(lambda: _bring(CsvFile(file, "UTC"), folder / "csv"))
        _write_recorder(file, folder / "recorder.db")
        took["extract"] = _cpu(lambda: extract(folder / "recorder.db", folder / "changes", lambda done, what: None))
        took["recorder"] = took["extract"] + _cpu(lambda: _bring(Extract(folder / "changes"), folder / "again"))
    return took


def _floor(file: Path, database: Path) -> None:
    with file.open() as lines, contextlib.closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("CREATE TABLE events (entity_id TEXT, state TEXT, at REAL)")
        connection.executemany("INSERT INTO events VALUES (?, ?, ?)", csv.reader(lines))


def _bring(source: Source, folder: Path) -> None:
    folder.mkdir()
    with SqliteHistory(folder / "history.db") as past:
        bookmark = Bookmark(folder / "bookmark", "bench", LATEST)
        import_events(source, past, Sieve(Filter(), past), bookmark, lambda done, what: None)


def _write_recorder(file: Path, database: Path) -> None:
    """The same past as Home Assistant's recorder has it, in the order of time."""
    with file.open() as lines:
        rows = sorted((float(at), entity_id, state) for entity_id, state, at in islice(csv.reader(lines), 1, None))
    places = {name: place for place, name in enumerate(dict.fromkeys(row[1] for row in rows))}
    told = ((state, at, places[entity_id], at.hex().encode()[-16:]) for at, entity_id, state in rows)
    with contextlib.closing(sqlite3.connect(database)) as connection, connection:
        connection.executescript(_RECORDER)
        connection.executemany("INSERT INTO states_meta VALUES (?, ?)", [(at, name) for name, at in places.items()])
        connection.executemany(_STATE_ROW, told)


def _cpu(work: Callable[[], None]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


@dataclass(slots=True)
class _Watch:
    """Asks and reads as others do: health and questions by the broker, rows from the files."""

    client: Client
    engine: AsyncEngine
    past: History
    random_: random.Random = field(default_factory=lambda: random.Random(1))
    looks: int = 0
    took: dict[str, list[float]] = field(
        default_factory=lambda: {"database": [], "history": [], "health": [], "questions": []}
    )

    async def look(self) -> None:
        """Each of the four once, one after the other, and a pause."""
        for name, call in (
            ("database", self._state),
            ("history", self._hour),
            ("health", self._health),
            ("questions", self._question),
        ):
            self.took[name].append(await _timed(call))
        self.looks += 1
        await asyncio.sleep(_PAUSE)

    def figures(self) -> dict[str, Figures]:
        return {name: Figures.of(each, sum(each), 0.0) for name, each in self.took.items()}

    async def _state(self) -> None:
        async with reading(self.engine) as connection:
            (await connection.execute(_STATE, _ENTITY)).all()

    async def _hour(self) -> None:
        since = START + self.random_.uniform(0, DAYS * DAY - _HOUR)
        self.past.read(since, since + _HOUR)

    async def _health(self) -> None:
        await self.client.request(health_of(_WORKERS[self.looks % len(_WORKERS)]), HealthRequest(), timeout=20)

    async def _question(self) -> None:
        asked = QueryRequest(query=SENTENCES[self.looks % len(SENTENCES)])
        await self.client.request(query.ASK, asked, timeout=20)


async def _timed(call: Callable[[], Awaitable[Any]]) -> float:
    began = time.perf_counter()
    await call()
    return time.perf_counter() - began


@contextlib.asynccontextmanager
async def _watch(folder: Path) -> AsyncIterator[_Watch]:
    """Warm before the import: the first look opens connections and loads what a question needs."""
    address = own_broker(folder, ADMIN)
    assert address is not None
    try:
        with SqliteHistory(folder / "history.db") as past:
            async with Client(address) as client:
                watch = _Watch(client, create_shared_db_engine(str(folder / "homeiq.db")), past)
                for _ in SENTENCES:
                    await watch.look()
                for each in watch.took.values():
                    each.clear()
                yield watch
    finally:
        await dispose_engines()


def import_rows(found: ImportFigures) -> list[Row]:
    """The figures for the table."""
    section = f"import of {found.rows:,} rows of CSV"
    rate, alone = found.rows / found.seconds, found.alone
    return [
        Row(section, "rows per second, in the worker, while others ask", rate, "/s"),
        Row(section, "rows per second of CPU, CSV", found.rows / alone["csv"], "/s", 200_000.0, most=False),
        Row(
            section,
            "rows per second of CPU, recorder database",
            found.rows / alone["recorder"],
            "/s",
            100_000.0,
            most=False,
        ),
        Row(section, "rows per second of CPU, csv.reader into a bare table", found.rows / alone["floor"], "/s"),
        Row(section, "CPU, CSV / csv.reader into a bare table", alone["csv"] / alone["floor"], "x"),
        Row(section, "CPU, recorder database / csv.reader into a bare table", alone["recorder"] / alone["floor"], "x"),
        Row(section, "`homeiq import csv`, all of it", found.command_seconds, "s"),
        Row(section, "meanwhile, a row of homeiq.db P95", found.database.p95, "ms", 50.0),
        Row(section, "meanwhile, an hour of history.db P95", found.history.p95, "ms", 50.0),
        Row(section, "meanwhile, health P99", found.health.p99, "ms"),
        Row(section, "meanwhile, query answered locally P50", found.questions.p50, "ms"),
        Row(section, "meanwhile, query answered locally P95", found.questions.p95, "ms"),
    ]
