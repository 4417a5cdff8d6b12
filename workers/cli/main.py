"""The `homeiq` command: puts the groups together, and turns every error into one line and an exit status."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from shared.version import VERSION
from workers.cli import (
    analysing,
    asking,
    backing,
    checking,
    dead_lettering,
    importing,
    installing,
    operating,
    recording,
    running,
    validating,
)
from workers.cli.terminal import exit_status, say_error

app = typer.Typer(
    name="homeiq",
    help="The AI of a home that runs Home Assistant, over MQTT and without any cloud.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for group in (
    running,
    asking,
    analysing,
    validating,
    importing,
    recording,
    dead_lettering,
    backing,
    checking,
    operating,
    installing,
):
    group.register(app)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"homeiq {VERSION}")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Options before the command."""


def main() -> None:
    """Run the command line; never shows a traceback."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except Exception as error:  # noqa: BLE001 - a person gets one line, whatever went wrong
        say_error(error)
        sys.exit(exit_status(error))
