"""`record` and `replay`: keeping what is said, and asking again what was asked."""

from __future__ import annotations

import asyncio
import secrets
import signal
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shared.bus.topics import is_filter
from shared.errors import SettingsError
from workers.cli import terminal
from workers.cli.terminal import Json

if TYPE_CHECKING:
    from shared.bus.connection import Connection
    from shared.bus.exchanges import Exchange
    from shared.bus.recording import DamagedLineError, RecordingWriter
    from shared.bus.replay import Replayed
    from shared.bus.transport import Message
    from shared.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    app.command()(record)
    app.command()(replay)


def record(
    file: Annotated[Path, typer.Argument(help="The recording to write, as NDJSON.", metavar="FILE")],
    topic: Annotated[
        list[str] | None,
        typer.Option("--topic", help="A topic or filter instead of everything of HomeIQ's; may be given again."),
    ] = None,
    home_assistant: Annotated[
        bool, typer.Option("--home-assistant", help="Record what Home Assistant says of the home, too.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
    json_: Json = False,
) -> None:
    """Record messages as they come, with what is retained first. Ctrl-C ends it."""
    chosen = terminal.settings("error")
    filters = _filters(chosen, topic, home_assistant=home_assistant)
    terminal.run(_record(chosen, file, filters, force=force, json_=json_))


def _filters(chosen: Settings, given: list[str] | None, *, home_assistant: bool) -> list[str]:
    """What to subscribe to; what another filter holds already is left out, since it would come twice."""
    filters = given or [f"{chosen.homeiq_root}/#"]
    if wrong := [each for each in filters if not is_filter(each)]:
        raise SettingsError(
            f"{wrong[0][:80]!r} is no topic filter: `#` stands alone at the end, `+` alone in its level"
        )
    if home_assistant:
        filters = [*filters, chosen.ha_events_topic, f"{chosen.ha_states_topic}/#"]
    return [each for each in dict.fromkeys(filters) if not any(_holds(tree, each) for tree in filters)]


def _holds(tree: str, other: str) -> bool:
    """Whether one filter, ending in `#`, brings all that another one brings."""
    branch = other.removesuffix("#").removesuffix("/") + "/"
    return tree.endswith("#") and tree != other and branch.startswith(tree.removesuffix("#"))


async def _record(chosen: Settings, file: Path, filters: list[str], *, force: bool, json_: bool) -> None:
    from shared.bus.connection import Connection
    from shared.bus.mqtt import mqtt_connector

    address = terminal.broker_address(chosen, terminal.ADMIN)
    listening = Connection(mqtt_connector(address), f"homeiq-record-{secrets.token_hex(4)}")
    recorder = _Recorder(listening, file, filters, json_=json_)
    await terminal.speaking(recorder.run(force=force), listening)


class _Recorder:
    """Writes what comes by a connection until it is told to stop."""

    def __init__(self, connection: Connection, file: Path, filters: list[str], *, json_: bool) -> None:
        self._connection, self._file, self._filters, self._json = connection, file, filters, json_
        self._stop = asyncio.Event()
        self._broken: Exception | None = None

    async def run(self, *, force: bool) -> None:
        """Record. The file is touched only once there is a broker."""
        from shared.bus.recording import RecordingWriter
        from shared.bus.transport import Subscription

        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._stop.set)
        with RecordingWriter(self._file, force=force) as writer:
            self._connection.when_down(self._lost)
            self._connection.when_up(self._back)
            # Without retain-as-published, as mosquitto_sub listens: `retain` marks what was there before.
            subscriptions = [Subscription(each, retain_as_published=False) for each in self._filters]
            await self._connection.subscribe(subscriptions, lambda message: self._take(message, writer))
            self._say("listening", f"recording {', '.join(self._filters)} into {self._file}; Ctrl-C ends it")
            await self._stop.wait()
        if self._broken is not None:
            raise self._broken
        self._say("ended", f"recorded {writer.written} messages into {self._file}", messages=writer.written)

    def _take(self, message: Message, writer: RecordingWriter) -> None:
        from shared.bus.recording import Recorded, RecordingError

        message.acknowledge()
        if self._stop.is_set():
            return
        try:
            writer.write(Recorded(datetime.now(UTC), message.packet))
        except RecordingError as error:
            self._broken = error
            self._stop.set()

    def _lost(self) -> None:
        if not self._stop.is_set():
            self._say("lost", "the connection is lost: what is said until it is back is not recorded")

    async def _back(self) -> None:
        self._say("listening", "the connection is back: recording goes on")

    def _say(self, event: str, text: str, **more: Any) -> None:
        if self._json:
            terminal.print_json({"event": event, "file": str(self._file), "topics": self._filters, **more})
            sys.stdout.flush()
        else:
            print(f"homeiq: {text}", file=sys.stderr, flush=True)


def replay(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="A recording.", metavar="FILE")
    ],
    speed: Annotated[
        float | None, typer.Option("--speed", min=0.001, max=1_000_000, help="A factor on the recorded pace.")
    ] = None,
    at_once: Annotated[bool, typer.Option("--at-once", help="Ask without pauses, several at a time.")] = False,
    timeout: Annotated[
        float, typer.Option("--timeout", min=0.1, max=3600, help="Seconds to wait for each reply.")
    ] = 10.0,
    json_: Json = False,
) -> None:
    """Ask again what was asked in a recording, and compare the replies with the recorded ones.

    What the requests do, they do again. Exit status 1 where a reply is missing, or is an error where the record has
    none.
    """
    from shared.bus.exchanges import exchanges_of
    from shared.bus.recording import RecordingError, read_recording

    if at_once and speed is not None:
        raise SettingsError("--speed and --at-once exclude each other")
    chosen = terminal.settings()
    damaged: list[DamagedLineError] = []
    exchanges = exchanges_of(read_recording(file, damaged=damaged.append), chosen.homeiq_root)
    for error in damaged:
        print(f"homeiq: {error}; it is left out", file=sys.stderr)
    if not exchanges:
        raise RecordingError(f"{file} holds no request below {chosen.homeiq_root}/")
    pace = None if at_once else speed or 1.0
    replayed = terminal.run(_replay(chosen, exchanges, pace, timeout, told=None if json_ else _show))
    _sum_up(replayed, damaged, json_=json_)
    if any(each.failed for each in replayed):
        raise typer.Exit(terminal.FAILED)


async def _replay(
    chosen: Settings,
    exchanges: Sequence[Exchange],
    speed: float | None,
    timeout: float,
    told: Callable[[Replayed], None] | None,
) -> list[Replayed]:
    from shared.bus.connection import Connection
    from shared.bus.mqtt import mqtt_connector
    from shared.bus.replay import replay as ask_again

    address = terminal.broker_address(chosen, terminal.ADMIN)
    asking = Connection(mqtt_connector(address), f"homeiq-replay-{secrets.token_hex(4)}")
    user = address.username or "anonymous"
    work = ask_again(exchanges, asking, root=chosen.homeiq_root, user=user, speed=speed, timeout=timeout, told=told)
    return await terminal.speaking(work, asking)


def _show(replayed: Replayed) -> None:
    """One line: where it stood, what was asked, the status of the reply, and how it stands to the recorded one."""
    exchange, reply = replayed.exchange, replayed.reply
    status = "-" if reply is None else reply["status"] if reply["status"] == "ok" else reply["error"].get("code")
    why = f" ({replayed.problem})" if replayed.problem else ""
    print(f"line {exchange.request.line:<6} {exchange.operation:<24} {status:<18} {replayed.outcome}{why}", flush=True)


def _sum_up(replayed: Sequence[Replayed], damaged: Sequence[DamagedLineError], *, json_: bool) -> None:
    from shared.bus.replay import Outcome

    counts = {str(outcome): sum(each.outcome is outcome for each in replayed) for outcome in Outcome}
    failed = sum(each.failed for each in replayed)
    if not json_:
        print(
            f"{len(replayed)} requests: "
            + ", ".join(f"{n} {name}" for name, n in counts.items())
            + f"; {failed} failed"
        )
        return
    terminal.print_json(
        {
            "requests": [_as_json(each) for each in replayed],
            "counts": {**counts, "failed": failed},
            "damaged": [{"line": error.line, "reason": error.reason} for error in damaged],
        }
    )


def _as_json(replayed: Replayed) -> dict[str, Any]:
    exchange = replayed.exchange
    return {
        "line": exchange.request.line,
        "operation": exchange.operation,
        "outcome": str(replayed.outcome),
        "failed": replayed.failed,
        "problem": replayed.problem,
        "recorded": exchange.reply,
        "reply": replayed.reply,
    }
