"""`backup` and `restore`: the databases in one file, and back."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from workers.cli import terminal
from workers.cli.terminal import Json


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    app.command()(backup)
    app.command()(restore)


def backup(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="A new file, or a folder; else HOMEIQ_DATA/backups.")
    ] = None,
    with_credentials: Annotated[
        bool, typer.Option("--with-credentials", help="Also save the passwords of the broker's users.")
    ] = False,
    json_: Json = False,
) -> None:
    """Save the databases in one file, while HomeIQ runs."""
    from shared.backup import back_up

    made = back_up(terminal.settings(), file, credentials=with_credentials)
    files = {name: record.size for name, record in made.manifest.files.items()}
    if json_:
        document = made.manifest.model_dump(mode="json")
        terminal.print_json({"file": str(made.file), "size": made.size, **document, "notes": made.notes})
        return
    told = ", ".join(f"{name} ({_shown(size)})" for name, size in files.items())
    print(f"Saved {told} in {made.file} ({_shown(made.size)}).")
    for note in made.notes:
        print(note, file=sys.stderr)


def restore(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="What `backup` made.")],
    json_: Json = False,
) -> None:
    """Put a backup in the place of today's databases, which stay beside it. HomeIQ must not run."""
    from shared.restore import SUFFIX
    from shared.restore import restore as restore_archive

    done = restore_archive(terminal.settings(), file.absolute())
    if json_:
        document = {
            "archive": str(file.absolute()),
            "at": done.manifest.at.isoformat(),
            "homeiq": done.manifest.homeiq,
            "files": {name: str(place) for name, place in done.files.items()},
            "kept": [str(place) for place in done.kept],
            "untouched": [str(place) for place in done.untouched],
        }
        terminal.print_json(document)
        return
    print(f"Restored {', '.join(done.files)} as of {done.manifest.at:%Y-%m-%d %H:%M:%S} UTC; start `homeiq up`.")
    if done.kept:
        print(f"What was there is kept beside it, as *{SUFFIX}.")
    for place in done.untouched:
        print(f"{place} is not in the backup and stays as it is.", file=sys.stderr)


def _shown(size: int) -> str:
    return f"{size / 1024**2:.1f} MB"
