"""`up` and `worker`: running the system, all of it or a part."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Annotated

import typer

from workers.cli import listening, terminal
from workers.cli.terminal import Json

if TYPE_CHECKING:
    from shared.broker.configuration import SecureListener
    from shared.settings import Settings
    from workers.bootstrap import Login, Running

_READY_PATIENCE = 30.0


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    app.command()(up)
    app.command()(worker)


def up(
    demo: Annotated[bool, typer.Option("--demo", help="Load the demo home into an empty data folder.")] = False,
    listen: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS[:PORT]", help="Listen there too, with TLS, for a Home Assistant elsewhere."),
    ] = None,
    json_: Json = False,
) -> None:
    """Start everything: a broker if none is given, and all workers in this process. Ctrl-C ends it."""
    chosen = listening.chosen(terminal.settings("info"), listen)
    terminal.run(_until_stopped(lambda stop: _up(stop, chosen, demo=demo, json_=json_)))


def worker(
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="Workers to run in this process.")],
    json_: Json = False,
) -> None:
    """Run one or several workers on a broker that is there."""
    chosen = terminal.settings("info")
    terminal.run(_until_stopped(lambda stop: _work(stop, names, chosen, json_=json_)))


async def _up(stop: _Stop, settings: Settings, *, demo: bool, json_: bool) -> None:
    from contracts.catalogue import WORKERS
    from shared.broker.process import MosquittoProcess
    from workers.bootstrap import naming

    async with AsyncExitStack() as stack:
        login: Login
        secure: SecureListener | None = None
        if (own := settings.mqtt_url) is not None:
            login = lambda _user: own  # noqa: E731 - one account for everybody
        else:
            host, port, secure = await asyncio.to_thread(listening.listeners, settings)
            broker = MosquittoProcess(settings.homeiq_data, naming(settings), host=host, port=port, secure=secure)
            login = (await stack.enter_async_context(broker)).address
        await _serve(stop, list(WORKERS), settings, login, everything=True, demo=demo, json_=json_, secure=secure)


async def _work(stop: _Stop, names: list[str], settings: Settings, *, json_: bool) -> None:
    await _serve(stop, names, settings, lambda user: terminal.broker_address(settings, user), json_=json_)


async def _serve(
    stop: _Stop,
    names: list[str],
    settings: Settings,
    login: Login,
    *,
    everything: bool = False,
    demo: bool = False,
    json_: bool,
    secure: SecureListener | None = None,
) -> None:
    """Serve until told to stop, and say when it can be spoken with."""
    from shared.history.opening import HISTORY_FILE
    from workers.bootstrap import serving

    lived = settings.influxdb_url is not None or (settings.homeiq_data / HISTORY_FILE).exists()
    async with serving(names, settings, login) as running:
        if everything:
            await _all_answer(running, settings, login)
            if demo and not running.home.registry.entities:
                await _load_demo_home(settings, login, lived=lived)
        address = login(names[0])
        if json_:
            told = {"event": "ready", "mqtt_url": str(address), "workers": names}
            terminal.print_json(told | ({"secure": listening.facts(secure, settings.homeiq_ha_user)} if secure else {}))
        else:
            print(f'HomeIQ is ready on {address} with {", ".join(names)}. Try: homeiq ask "which lights are on?"')
            if secure is not None:
                print(listening.advice(secure, settings.homeiq_ha_user))
        sys.stdout.flush()
        await stop.wait()


async def _all_answer(running: Running, settings: Settings, login: Login) -> None:
    """Ask every worker for its health, as anybody would."""
    from contracts.health import HealthRequest, health_of
    from shared.bus.client import Client

    async with Client(login(terminal.ADMIN), root=settings.homeiq_root) as client:
        for one in running.servings:
            await client.request(health_of(one.worker.name), HealthRequest(), timeout=_READY_PATIENCE)


async def _load_demo_home(settings: Settings, login: Login, *, lived: bool) -> None:
    """Import the demo home, and thirty days of its past where there is no other history."""
    from contracts.home import IMPORT, ImportRequest, ImportSource
    from shared.bus.client import Client
    from shared.simulator.demo import demo_home, demo_past, yesterday
    from workers.data.imports import ImportFolder

    contents = [(ImportSource.HOME, demo_home)]
    if not lived:
        contents.append((ImportSource.CSV, lambda: demo_past(yesterday()).csv()))
    async with Client(login(terminal.ADMIN), root=settings.homeiq_root) as client:
        for source, content in contents:
            file = ImportFolder(settings.homeiq_data).lay_down(await asyncio.to_thread(content))
            await client.run(IMPORT, ImportRequest(source=source, file=file), timeout=_READY_PATIENCE)


class _Stop:
    """SIGTERM and Ctrl-C: what still starts is cancelled, what serves is told; a second one ends it at once."""

    def __init__(self) -> None:
        self.told = asyncio.Event()
        self._starting = asyncio.current_task()
        self._loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            self._loop.add_signal_handler(number, self._tell, number)

    def _tell(self, number: int) -> None:
        self.told.set()
        self._loop.remove_signal_handler(number)
        if self._starting is not None:
            self._starting.cancel()

    async def wait(self) -> None:
        """All is started: wait until it is told to stop."""
        self._starting = None
        await self.told.wait()


async def _until_stopped(work: Callable[[_Stop], Awaitable[None]]) -> None:
    """Run it; being told to stop while it starts is an orderly end."""
    stop = _Stop()
    try:
        await work(stop)
    except asyncio.CancelledError:
        if not stop.told.is_set():
            raise
