"""`ask`, `request`, `status`, `watch`: speaking with the workers."""

from __future__ import annotations

import asyncio
import json
import secrets
import sys
import time
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from pydantic import BaseModel, ValidationError

from contracts.envelope import CORRELATION_ID
from shared.bus.topics import is_filter
from shared.errors import SettingsError
from workers.cli import terminal
from workers.cli.terminal import Json, Timeout

if TYPE_CHECKING:
    from contracts.health import HealthReport, Presence
    from contracts.operation import Operation
    from contracts.query import QueryResponse
    from shared.bus.client import Client
    from shared.bus.transport import Message
    from shared.settings import Settings

R = TypeVar("R", bound=BaseModel)

_COLOURS = {"ok": "green", "online": "green", "degraded": "yellow", "failed": "red", "offline": "red"}


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    app.command()(ask)
    app.command()(request)
    app.command()(status)
    app.command()(watch)


def ask(
    sentence: Annotated[list[str], typer.Argument(help="What you say, quoted or not.", metavar="SENTENCE")],
    area: Annotated[str | None, typer.Option("--area", help="Area id of where you stand.")] = None,
    language: Annotated[str | None, typer.Option("--language", help="A code such as en.")] = None,
    session: Annotated[str | None, typer.Option("--session", help="Any word: what is said under it goes on.")] = None,
    refine: Annotated[str | None, typer.Option("--refine", help="Answer the question back of this query id.")] = None,
    execute: Annotated[bool, typer.Option("--execute", help="Do it, where this deployment allows that.")] = False,
    explain: Annotated[bool, typer.Option("--explain", help="Show how it was read.")] = False,
    timeout: Timeout = 5.0,
    json_: Json = False,
) -> None:
    """Say a sentence to the home: a question, an order, a wish for an automation."""
    from contracts.query import ASK, REFINE, QueryRequest, RefineRequest

    text = " ".join(sentence)
    common = {"session_id": session, "execute": execute or None, "explain": explain or None}
    context = {"area_id": area} if area else None
    question = {"query": text, "language": language, "context": context, **common}
    answer = {"query_id": refine, "answer": text, **common}
    checked = _checked(QueryRequest, question) if refine is None else _checked(RefineRequest, answer)
    speaker = terminal.client(terminal.settings())
    began = time.perf_counter()
    if isinstance(checked, RefineRequest):
        asked = speaker.request(REFINE, checked, timeout=timeout)
    else:
        asked = speaker.request(ASK, checked, timeout=timeout)
    response = terminal.run(terminal.speaking(asked, speaker))
    if json_:
        print(response.model_dump_json())
    else:
        _show(response, time.perf_counter() - began)


def _checked(model: type[R], said: dict[str, Any]) -> R:
    """A request of what was said, without what was not."""
    try:
        return model(**{name: value for name, value in said.items() if value is not None})
    except ValidationError as error:
        raise SettingsError(f"this can't be asked: {error.errors()[0]['msg']}") from None


def _show(response: QueryResponse, seconds: float) -> None:
    out = terminal.console()
    out.print(response.answer, style="bold" if response.status == "answered" else "yellow", markup=False)
    for option in (each for clarification in response.clarifications for each in clarification.options):
        out.print(f"  {option.label}  {option.entity_id or ''}".rstrip(), markup=False)
    for action in response.actions:
        told = ", ".join(f"{key} {_listed(value)}" for key, value in {**action.target, **action.data}.items())
        out.print(f"  {action.action}  {told}", markup=False)
    if response.automation is not None:
        out.print_json(json.dumps(response.automation))
    for step in response.steps:
        out.print(f"  {step.step:8} {step.confidence:4.2f}  {step.found}  ({step.reason})", style="dim", markup=False)
    for line in (*response.suggestions, *_next(response)):
        out.print(f"  {line}", style="dim", markup=False)
    evidence = ", ".join(response.entities[:8]) + (" …" if len(response.entities) > 8 else "")  # noqa: PLR2004
    told = f"{1000 * response.execution_time:.1f} ms in the worker, {1000 * seconds:.0f} ms in all"
    out.print(f"{evidence}  ({told})" if evidence else f"({told})", style="dim", markup=False)


def _listed(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _next(response: QueryResponse) -> list[str]:
    """What can be typed next, or that it is done."""
    if response.clarifications:
        return [f"answer by: homeiq ask --refine {response.query_id} …"]
    if response.executed:
        return ["done"]
    if response.actions:
        return [f'have it done by: homeiq request home/act \'{{"query_id": "{response.query_id}"}}\'']
    return []


def _names() -> list[str]:
    from contracts.catalogue import OPERATIONS

    return sorted(each.name for each in OPERATIONS)


def request(
    operation: Annotated[str, typer.Argument(help="Its name: `homeiq topics` lists them.", autocompletion=_names)],
    payload: Annotated[
        str | None, typer.Argument(help="The request as JSON or bare text; `-` reads it from stdin.")
    ] = None,
    timeout: Annotated[float | None, typer.Option("--timeout", min=0.1, max=3600, help="Seconds to wait.")] = None,
    correlation_id: Annotated[str | None, typer.Option("--correlation-id", help="An id of your own.")] = None,
    json_: Json = False,
) -> None:
    """Send any request, and print what comes back."""
    if correlation_id is not None and not CORRELATION_ID.fullmatch(correlation_id):
        raise SettingsError("a correlation id is 1 to 128 characters of [A-Za-z0-9._:-]")
    speaker = terminal.client(terminal.settings())
    content = sys.stdin.buffer.read() if payload == "-" else (payload or "{}").encode(errors="surrogateescape")
    asked = speaker.exchange(_operation(operation), content, timeout=timeout, correlation_id=correlation_id)
    reply = terminal.run(terminal.speaking(asked, speaker))
    envelope = json.loads(reply)
    failed = envelope.get("status") != "ok"
    if json_:
        print(reply.decode())
    elif failed:
        error = envelope["error"]
        print(f"homeiq: {error['code']}: {error['message']}", file=sys.stderr)
    else:
        terminal.console().print_json(json.dumps(envelope["data"]))
    if failed:
        raise typer.Exit(terminal.FAILED)


def _operation(name: str) -> Operation[Any, Any]:
    """The operation of this name; one that only a newer worker knows can be asked for too."""
    from contracts import catalogue
    from contracts.model import Message as Data
    from contracts.model import Request
    from contracts.operation import Operation as _Operation

    name = name.removesuffix("/request") if name.endswith("/request") else name
    known = catalogue.operation(name) or catalogue.operation(name.partition("/")[2])
    if known is not None:
        return known
    if not name or any(not level or not level.isprintable() or set(level) & set("+#$ ") for level in name.split("/")):
        raise SettingsError(f"{name!r} can't be the name of an operation; `homeiq topics` lists them")
    return _Operation(name, Request, Data, worker=name.partition("/")[0], summary="")


def status(json_: Json = False) -> None:
    """Show the workers and how they do. Exit status 1 where one has failed, 4 where nobody is there."""
    speaker = terminal.client(terminal.settings())
    presences, reports = terminal.run(terminal.speaking(reports_of(speaker), speaker))
    if not presences:
        raise terminal.NobodyThereError("no worker is there: start `homeiq up`")
    if json_:
        terminal.print_json(
            {
                "workers": [each.model_dump(mode="json") for each in presences],
                "health": {name: report.model_dump(mode="json") for name, report in reports.items()},
            }
        )
    else:
        _table(presences, reports)
    online = {each.worker for each in presences if each.status == "online"}
    gone = {each.worker for each in presences} - online
    if gone or any(report.status == "failed" for report in reports.values()):
        raise typer.Exit(terminal.FAILED)


async def reports_of(speaker: Client) -> tuple[list[Presence], dict[str, HealthReport]]:
    """Who is there, and the health of each worker that answered."""
    from contracts.health import HealthRequest, health_of
    from shared.errors import RequestError

    presences = await speaker.workers()
    names = sorted({each.worker for each in presences if each.status == "online"})
    asked = (speaker.request(health_of(name), HealthRequest()) for name in names)
    answers = await asyncio.gather(*asked, return_exceptions=True)
    reports = {}
    for name, answer in zip(names, answers, strict=True):
        if isinstance(answer, BaseException):
            if not isinstance(answer, RequestError):
                raise answer
        else:
            reports[name] = answer
    return presences, reports


def _table(presences: list[Presence], reports: dict[str, HealthReport]) -> None:
    from rich.table import Table

    table = Table("worker", "instance", "presence", "health", "up", "memory", "requests", "what to know", box=None)
    for presence in presences:
        report = reports.get(presence.worker) if presence.status == "online" else None
        if report is not None and report.instance != presence.instance:
            report = None  # one instance answers for its worker
        health = report.status.value if report else "-"
        table.add_row(
            presence.worker,
            presence.instance,
            _coloured(presence.status.value),
            _coloured(health),
            f"{report.uptime_seconds:.0f} s" if report else "-",
            f"{report.memory_mb:.0f} MB" if report else "-",
            str(sum(each.received for each in report.requests.values())) if report else "-",
            "; ".join(f"{name}: {check.message}" for name, check in report.checks.items() if check.message)
            if report
            else "",
        )
    terminal.console().print(table)


def _coloured(word: str) -> str:
    return f"[{_COLOURS[word]}]{word}[/]" if word in _COLOURS else word


def watch(
    topic: Annotated[str | None, typer.Argument(help="A topic or filter; everything of HomeIQ's unless told.")] = None,
    count: Annotated[int | None, typer.Option("--count", "-n", min=1, help="End after so many messages.")] = None,
    json_: Json = False,
) -> None:
    """Show messages as they come, with what is retained first. Ctrl-C ends it."""
    chosen = terminal.settings()
    wanted = topic or f"{chosen.homeiq_root}/#"
    if not is_filter(wanted):
        raise SettingsError(f"{wanted[:80]!r} is no topic filter: `#` stands alone at the end, `+` alone in its level")
    terminal.run(_watch(chosen, wanted, count, json_=json_))


async def _watch(chosen: Settings, topic: str, count: int | None, *, json_: bool) -> None:
    """Listen on a connection of its own: filters of one connection must not overlap."""
    from shared.bus.connection import Connection
    from shared.bus.mqtt import mqtt_connector
    from shared.bus.transport import Subscription

    enough = asyncio.Event()
    seen = 0

    def show(message: Message) -> None:
        nonlocal seen
        message.acknowledge()
        if enough.is_set():
            return
        print(_as_json(message) if json_ else _as_line(message), flush=True)
        seen += 1
        if seen == count:
            enough.set()

    address = terminal.broker_address(chosen, terminal.ADMIN)
    watching = Connection(mqtt_connector(address), f"homeiq-watch-{secrets.token_hex(4)}")
    await watching.subscribe([Subscription(topic)], show)
    await terminal.speaking(enough.wait(), watching)


def _as_line(message: Message) -> str:
    packet = message.packet
    marks = " (retained)" if packet.retain else ""
    return f"{time.strftime('%H:%M:%S')} {packet.topic}{marks} {packet.payload.decode(errors='replace')}"


def _as_json(message: Message) -> str:
    packet = message.packet
    fields = {
        "topic": packet.topic,
        "retain": packet.retain,
        "qos": packet.qos,
        "payload": packet.payload.decode(errors="replace"),
    }
    return json.dumps(fields, ensure_ascii=False)
