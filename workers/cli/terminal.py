"""How commands speak: results on stdout (`--json`: one document), everything else on stderr, errors in one line."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from pydantic import BaseModel, ValidationError

from shared.errors import (
    BrokerError,
    DeadlineExceeded,
    HomeIQError,
    LoginRefused,
    NoWorker,
    SettingsError,
)

if TYPE_CHECKING:
    from rich.console import Console

    from shared.bus.client import Client
    from shared.bus.connection import Connection
    from shared.settings import BrokerAddress, Settings

T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)

ADMIN = "admin"
"""The broker user that the command line speaks as."""

FAILED, USAGE, LOGIN_REFUSED, NOBODY_ANSWERS = 1, 2, 3, 4

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Timeout = Annotated[float, typer.Option("--timeout", min=0.1, max=3600, help="Seconds to wait for the answer.")]


class NobodyThereError(BrokerError):
    """There is no broker to speak to."""


def exit_status(error: BaseException) -> int:
    """The exit status that an error stands for."""
    if isinstance(error, LoginRefused):
        return LOGIN_REFUSED
    if isinstance(error, NobodyThereError | NoWorker | DeadlineExceeded):
        return NOBODY_ANSWERS
    return USAGE if isinstance(error, SettingsError) else FAILED


def say_error(error: BaseException) -> None:
    """One line on stderr. What nobody foresaw is named by its kind; HOMEIQ_LOG_LEVEL=debug shows where it was."""
    if isinstance(error, HomeIQError):
        print(f"homeiq: {_one_line(str(error))}", file=sys.stderr)
        return
    print(f"homeiq: unexpected {type(error).__name__}: {_one_line(str(error))}", file=sys.stderr)
    if os.environ.get("HOMEIQ_LOG_LEVEL", "").lower() == "debug":
        sys.excepthook(type(error), error, error.__traceback__)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a command's coroutine."""
    return asyncio.run(work)


def settings(level: str = "warning") -> Settings:
    """The settings, with logging set up. A command that answers people logs from `level` on, unless told."""
    from shared.logs import configure
    from shared.settings import load_settings

    loaded = load_settings()
    configure(loaded.homeiq_log_level if "HOMEIQ_LOG_LEVEL" in os.environ else level, loaded.homeiq_log_format)
    return loaded


def broker_address(chosen: Settings, user: str) -> BrokerAddress:
    """Where the broker is, for one of its users. Raises NobodyThereError."""
    from shared.broker.process import own_broker

    address = chosen.mqtt_url or own_broker(chosen.homeiq_data, user)
    if address is None:
        raise NobodyThereError(
            f"no broker is known in {chosen.homeiq_data}: start `homeiq up`, or name your own by MQTT_URL"
        )
    return address


def client(chosen: Settings, *, session: int = 0) -> Client:
    """A client that speaks as the admin, to be entered by `speaking`."""
    from shared.bus.client import Client as _Client

    return _Client(broker_address(chosen, ADMIN), root=chosen.homeiq_root, session=session)


def connection(chosen: Settings) -> Connection:
    """A connection of the admin's that only sends, to be entered by `speaking`."""
    from secrets import token_hex

    from shared.bus.connection import Connection as _Connection
    from shared.bus.mqtt import mqtt_connector

    return _Connection(mqtt_connector(broker_address(chosen, ADMIN)), f"homeiq-cli-{token_hex(4)}")


def request_of(model: type[M], fields: dict[str, Any]) -> M:
    """A request from what was given on the command line. Raises SettingsError."""
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        found = error.errors()[0]
        raise SettingsError(f"{'.'.join(map(str, found['loc']))}: {found['msg']}") from None


async def speaking(work: Coroutine[Any, Any, T], speaker: Client | Connection) -> T:
    """Run work over a connection. A broker that can't be reached means that nobody answers."""
    try:
        await speaker.__aenter__()
    except BaseException as error:
        work.close()
        if isinstance(error, BrokerError) and not isinstance(error, LoginRefused):
            raise NobodyThereError(str(error)) from None
        raise
    try:
        return await work
    finally:
        await speaker.__aexit__(None, None, None)


def console() -> Console:
    """Where people read."""
    from rich.console import Console as _Console

    return _Console(highlight=False, soft_wrap=True)


@contextmanager
def progress(title: str) -> Iterator[Callable[[float, str], None]]:
    """A bar on stderr, gone in the end; what is given is told how far it is (0 to 1), and what is being done.

    Where stderr is no terminal there is none: it would leave an empty line.
    """
    from rich.console import Console as _Console
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} % {task.fields[what]}"),
    )
    console = _Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_interactive) as bar:
        task = bar.add_task(title, total=1.0, what="")
        yield lambda done, what: bar.update(task, completed=done, what=what)


def print_json(document: Any) -> None:
    """Print one document."""
    print(json.dumps(document, ensure_ascii=False))
