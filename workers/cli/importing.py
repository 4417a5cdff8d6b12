"""`import`: bringing in what people have elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shared.errors import InvalidRequest, SettingsError
from workers.cli import terminal
from workers.cli.terminal import Json, Timeout

if TYPE_CHECKING:
    from contracts.history import ImportDone
    from contracts.home import ImportRequest
    from shared.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    group = typer.Typer(no_args_is_help=True, help="Bring in a home, or its past.")
    group.command("home")(import_home)
    group.command("csv")(import_csv)
    app.add_typer(group, name="import")


def import_home(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="A home as JSON.")],
    timeout: Timeout = 60.0,
    json_: Json = False,
) -> None:
    """Import a home: areas, floors, devices, entities with their states, services. It replaces the one before."""
    from contracts.home import ImportRequest, ImportSource
    from workers.data.imports import LARGEST_HOME, ImportFolder, read_home

    _check_regular(file)
    if file.stat().st_size > LARGEST_HOME:
        raise InvalidRequest(f"{file} is larger than {LARGEST_HOME // 1024 // 1024} MB")
    content = file.read_bytes()
    read_home(content)
    chosen = terminal.settings()
    name = ImportFolder(chosen.homeiq_data).lay_down(content)
    done = _import(ImportRequest(source=ImportSource.HOME, file=name), chosen, timeout)
    if json_:
        print(done.model_dump_json())
    else:
        told = ", ".join(f"{count} {kind}" for kind, count in done.counts.items())
        terminal.console().print(f"Imported {file.name}: {told}.", markup=False)


def import_csv(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="A history as CSV.")],
    timeout: Timeout = 3600.0,
    json_: Json = False,
) -> None:
    """Import the past from what Home Assistant's history panel exports. Importing it twice changes nothing."""
    from contracts.home import ImportRequest, ImportSource
    from workers.data.csv_file import LONGEST_LINE, read_header
    from workers.data.imports import ImportFolder

    _check_regular(file)
    with file.open("rb") as lines:
        read_header((1, lines.readline(LONGEST_LINE)))
    chosen = terminal.settings()
    name = ImportFolder(chosen.homeiq_data).copy(file)
    done = _import(ImportRequest(source=ImportSource.CSV, file=name), chosen, timeout)
    if json_:
        print(done.model_dump_json())
        return
    counts, out = done.counts, terminal.console()
    out.print(
        f"Imported {file.name}: {counts['imported']} events of {counts['rows']} rows ({counts['duplicates']} were "
        f"there already, {counts['skipped']} have no state, {counts['bad']} can't be read).",
        markup=False,
    )
    for bad in done.bad_lines:
        out.print(f"  line {bad.line}: {bad.reason}", style="yellow", markup=False)


def _check_regular(file: Path) -> None:
    if not file.is_file():
        raise SettingsError(f"{file} is no regular file")


def _import(wanted: ImportRequest, chosen: Settings, timeout: float) -> ImportDone:
    """Have it imported, and give the end of it. Raises InvalidRequest where it failed."""
    from contracts.history import ImportDone
    from contracts.home import IMPORT
    from contracts.jobs import JobStatus

    speaker = terminal.client(chosen)
    with terminal.progress("Importing") as told:
        running = speaker.run(IMPORT, wanted, timeout=timeout, progress=lambda fact: told(fact.done, fact.message))
        done = terminal.run(terminal.speaking(running, speaker))
    if done.status is not JobStatus.COMPLETED or not isinstance(done, ImportDone):
        raise InvalidRequest(f"the import {done.status.value}: {'; '.join(done.errors) or 'nothing more is known'}")
    return done
