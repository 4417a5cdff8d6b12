"""`import`: bringing in what people have elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shared.errors import InvalidRequest, NoWorker, SettingsError
from workers.cli import terminal
from workers.cli.terminal import Json, NobodyThereError, Timeout

if TYPE_CHECKING:
    from collections.abc import Callable

    from contracts.history import ImportDone
    from contracts.home import ImportSource
    from shared.settings import Settings
    from workers.data.imports import ImportFolder

    Write = Callable[[Path, Callable[[float, str], None]], None]

_LONG = 3600.0
_SESSION = 300
"""Seconds for which the end of an import waits for a command that has lost the broker."""


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    group = typer.Typer(no_args_is_help=True, help="Bring in a home, or its past.")
    group.command("home")(import_home)
    group.command("csv")(import_csv)
    group.command("recorder")(import_recorder)
    group.command("influx")(import_influx)
    app.add_typer(group, name="import")


def import_home(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="A home as JSON.")],
    timeout: Timeout = 60.0,
    json_: Json = False,
) -> None:
    """Import a home: areas, floors, devices, entities with their states, services. It replaces the one before."""
    from contracts.home import ImportSource
    from workers.data.imports import LARGEST_HOME, ImportFolder, read_home

    _check_regular(file)
    if file.stat().st_size > LARGEST_HOME:
        raise InvalidRequest(f"{file} is larger than {LARGEST_HOME // 1024 // 1024} MB")
    content = file.read_bytes()
    read_home(content)
    chosen = terminal.settings()
    folder = ImportFolder(chosen.homeiq_data)
    done = _import(ImportSource.HOME, folder.lay_down(content), folder, chosen, timeout)
    if json_:
        print(done.model_dump_json())
    else:
        told = ", ".join(f"{count} {kind}" for kind, count in done.counts.items())
        terminal.console().print(f"Imported {file.name}: {told}.", markup=False)


def import_csv(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="A history as CSV.")],
    timeout: Timeout = _LONG,
    json_: Json = False,
) -> None:
    """Import the past from what Home Assistant's history panel exports. Importing it twice changes nothing."""
    from contracts.home import ImportSource
    from workers.data.csv_rows import LONGEST_LINE, read_header
    from workers.data.imports import ImportFolder

    _check_regular(file)
    with file.open("rb") as lines:
        read_header(lines.readline(LONGEST_LINE + 1))
    chosen = terminal.settings()
    folder = ImportFolder(chosen.homeiq_data)
    done = _import(ImportSource.CSV, folder.copy(file), folder, chosen, timeout)
    _say(done, file.name, json_=json_)


def import_recorder(
    file: Annotated[
        Path,
        typer.Argument(exists=True, dir_okay=False, readable=True, help="Its home-assistant_v2.db, in use or not."),
    ],
    timeout: Timeout = _LONG,
    json_: Json = False,
) -> None:
    """Import the past from Home Assistant's own database, of any age. Importing it twice changes nothing."""
    from contracts.home import ImportSource
    from workers.data.recorder_file import extract

    _check_regular(file)
    chosen = terminal.settings()
    done = _import_extract(ImportSource.RECORDER, lambda target, tell: extract(file, target, tell), chosen, timeout)
    _say(done, file.name, json_=json_)


def import_influx(
    url: Annotated[str, typer.Argument(help="Where InfluxDB is, such as http://localhost:8086.")],
    bucket: Annotated[
        str, typer.Option("--bucket", help="The bucket, or the database of a version 1: INFLUXDB_BUCKET, unless named.")
    ] = "",
    timeout: Timeout = _LONG,
    json_: Json = False,
) -> None:
    """Import the past from an InfluxDB, in HomeIQ's or in Home Assistant's own layout. INFLUXDB_TOKEN lets it in."""
    from contextlib import closing

    from contracts.home import ImportSource
    from shared.history.influx.server import InfluxServer
    from shared.settings import load_settings
    from workers.data.influx_source import extract

    chosen = terminal.settings()
    asked = load_settings(influxdb_url=url, influxdb_bucket=bucket)
    address = asked.influxdb_url or url
    with closing(InfluxServer(address, asked.influxdb_token, asked.influxdb_org, asked.influxdb_bucket)) as server:
        done = _import_extract(ImportSource.INFLUX, lambda target, tell: extract(server, target, tell), chosen, timeout)
    _say(done, asked.influxdb_bucket, json_=json_)


def _check_regular(file: Path) -> None:
    if not file.is_file():
        raise SettingsError(f"{file} is no regular file")


def _import_extract(source: ImportSource, write: Write, chosen: Settings, timeout: float) -> ImportDone:
    """Take out what is needed, lay it down for the worker, and have it imported."""
    from workers.data.imports import ImportFolder

    folder = ImportFolder(chosen.homeiq_data)
    with terminal.progress("Reading") as told:
        name = folder.extract(lambda target: write(target, told))
    return _import(source, name, folder, chosen, timeout)


def _import(source: ImportSource, name: str, folder: ImportFolder, chosen: Settings, timeout: float) -> ImportDone:
    """Have it imported, and give the end of it. Raises InvalidRequest where it failed."""
    from contracts.history import ImportDone
    from contracts.home import IMPORT, ImportRequest
    from contracts.jobs import JobStatus

    wanted = ImportRequest(source=source, file=name)
    try:
        speaker = terminal.client(chosen, session=_SESSION)
        with terminal.progress("Importing") as told:
            running = speaker.run(IMPORT, wanted, timeout=timeout, progress=lambda fact: told(fact.done, fact.message))
            done = terminal.run(terminal.speaking(running, speaker))
    except (NobodyThereError, NoWorker):
        folder.remove(name)
        raise
    if done.status is not JobStatus.COMPLETED or not isinstance(done, ImportDone):
        raise InvalidRequest(f"the import {done.status.value}: {'; '.join(done.errors) or 'nothing more is known'}")
    return done


def _say(done: ImportDone, what: str, *, json_: bool) -> None:
    if json_:
        print(done.model_dump_json())
        return
    counts, out = done.counts, terminal.console()
    place = "line" if done.source == "csv" else "row"
    out.print(
        f"Imported {what}: {counts['imported']} events of {counts['rows']} rows ({counts['duplicates']} were there "
        f"already, {counts['skipped']} say nothing new or are left out, {counts['bad']} can't be read).",
        markup=False,
    )
    if late := counts.get("out_of_order"):
        out.print(f"  {late} stood after a later one of their entity.", markup=False)
    for bad in done.bad_lines:
        out.print(f"  {place} {bad.line}: {bad.reason}", style="yellow", markup=False)
