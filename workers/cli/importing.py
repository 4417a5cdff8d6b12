"""`import`: bringing in what people have elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from shared.errors import InvalidRequest, SettingsError
from workers.cli import terminal
from workers.cli.terminal import Json, Timeout


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    group = typer.Typer(no_args_is_help=True, help="Bring in a home.")
    group.command("home")(import_home)
    app.add_typer(group, name="import")


def import_home(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="A home as JSON.")],
    timeout: Timeout = 60.0,
    json_: Json = False,
) -> None:
    """Import a home: areas, floors, devices, entities with their states, services. It replaces the one before."""
    from contracts.home import IMPORT, ImportRequest, ImportSource
    from workers.data.imports import LARGEST_HOME, ImportFolder, read_home

    if not file.is_file():
        raise SettingsError(f"{file} is no regular file")
    if file.stat().st_size > LARGEST_HOME:
        raise InvalidRequest(f"{file} is larger than {LARGEST_HOME // 1024 // 1024} MB")
    content = file.read_bytes()
    read_home(content)
    chosen = terminal.settings()
    speaker = terminal.client(chosen)
    wanted = ImportRequest(source=ImportSource.HOME, file=ImportFolder(chosen.homeiq_data).lay_down(content))
    response = terminal.run(terminal.speaking(speaker.request(IMPORT, wanted, timeout=timeout), speaker))
    if json_:
        print(response.model_dump_json())
    else:
        told = ", ".join(f"{count} {kind}" for kind, count in response.counts.items())
        terminal.console().print(f"Imported {file.name}: {told}.", markup=False)
