"""`make demo`: the main job on a demo home, from a question on the broker to an answer with its evidence."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console

from contracts.analysis import PATTERNS, RUN, AnalysisDone, AnalysisRequest, Pattern, PatternsRequest, PatternType
from contracts.jobs import JobStatus
from contracts.query import ASK, QueryRequest, QueryResponse
from shared.broker.access import ADMIN, HOME_ASSISTANT
from shared.broker.process import own_broker
from shared.bus.client import Client
from shared.bus.packets import Publish
from shared.errors import HomeIQError
from shared.settings import BrokerAddress
from shared.simulator.demo import DAYS, DemoPast, demo_home, demo_past, yesterday
from shared.simulator.scoring import Verdict, score
from workers.cli.patterns import chart
from workers.pattern.pictures.past import Past
from workers.pattern.pictures.sparkline import can_draw
from workers.pattern.pictures.wording import sentence

CHANGES = (
    ("light.kitchen_light", "off", "somebody turns the kitchen light off"),
    ("binary_sensor.bedroom_window", "off", "the bedroom window is closed"),
    ("person.tobias", "home", "Tobias comes home"),
)
QUESTIONS = (
    "Which lights are on?",
    "Is a window open upstairs?",
    "How warm is it in the living room?",
    "Who is at home?",
    "Is the front door locked?",
)

KINDS = (
    PatternType.TRIGGER,
    PatternType.SEQUENCE,
    PatternType.CO_OCCURRENCE,
    PatternType.TIME_OF_DAY,
    PatternType.ANOMALY,
)
BEST = 2
"""Patterns of each type that are shown."""
PATIENCE = 60.0

out = Console(highlight=False, soft_wrap=True)


async def demo() -> None:
    """Start everything in a folder of its own, play, ask, and end."""
    with tempfile.TemporaryDirectory(prefix="homeiq-demo-") as folder:
        data = Path(folder)
        began, past = time.monotonic(), demo_past(yesterday())
        up = await _start(data)
        try:
            out.print(
                f"Started a broker and all workers in {time.monotonic() - began:.1f} s, with a home of 60 entities and "
                f"{DAYS} simulated days of its past."
            )
            await _play(_login(data, HOME_ASSISTANT))
            await _ask(_login(data, ADMIN))
            await _find(_login(data, ADMIN), past)
        finally:
            up.send_signal(signal.SIGTERM)
            await up.wait()
    _where_to_go()


async def _start(data: Path) -> asyncio.subprocess.Process:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MQTT_", "DATABASE_", "HOMEIQ_"))}
    up = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("homeiq"),
        *("up", "--demo", "--json"),
        stdout=asyncio.subprocess.PIPE,
        env=kept | {"HOMEIQ_DATA": str(data), "HOMEIQ_LOG_LEVEL": "warning"},
        cwd=data,
    )
    assert up.stdout is not None  # noqa: S101 - for the type checker
    if not await up.stdout.readline():
        raise HomeIQError("the demo did not start: its error stands above")
    return up


def _login(data: Path, user: str) -> BrokerAddress:
    address = own_broker(data, user)
    if address is None:
        raise HomeIQError("the demo's broker left no word of where it is")
    return address


async def _play(home_assistant: BrokerAddress) -> None:
    """Say what Home Assistant would say, as its `mqtt_eventstream` does."""
    out.print("\nHome Assistant tells of three changes:")
    async with Client(home_assistant) as client:
        for entity_id, state, what in CHANGES:
            await client.connection.publish(Publish("hass/events", json.dumps(_event(entity_id, state)).encode()))
            out.print(f"  [dim]hass/events[/]  {entity_id} is {state}: {what}")


def _event(entity_id: str, state: str) -> dict[str, Any]:
    now = datetime.now(UTC).isoformat()
    attributes = next(
        each["attributes"] for each in json.loads(demo_home())["entities"] if each["entity_id"] == entity_id
    )
    new = {"entity_id": entity_id, "state": state, "attributes": attributes, "last_changed": now, "last_updated": now}
    return {"event_type": "state_changed", "event_data": {"entity_id": entity_id, "old_state": None, "new_state": new}}


async def _ask(admin: BrokerAddress) -> None:
    out.print("\nFive questions on [bold]homeiq/query/request[/]:")
    async with Client(admin) as client:
        for question in QUESTIONS:
            began = time.perf_counter()
            response = await client.request(ASK, QueryRequest(query=question))
            _show(question, response, 1000 * (time.perf_counter() - began))


def _show(question: str, response: QueryResponse, milliseconds: float) -> None:
    out.print(f"\n  {question}", markup=False)
    out.print(f"  {response.answer}", style="bold", markup=False)
    out.print(f"  {milliseconds:.1f} ms, from {', '.join(response.entities[:6])}", style="dim", markup=False)


async def _find(admin: BrokerAddress, past: DemoPast) -> None:
    """Show what an analysis finds in the home's past, which ended last midnight."""
    async with Client(admin) as client:
        began = time.monotonic()
        done = await client.run(RUN, AnalysisRequest(days=DAYS + 1), timeout=PATIENCE)
        took = time.monotonic() - began
        found = (await client.request(PATTERNS, PatternsRequest())).patterns
    if not isinstance(done, AnalysisDone) or done.status is not JobStatus.COMPLETED:
        raise HomeIQError(f"the demo's past was not analysed: {'; '.join(done.errors) or done.status.value}")
    out.print(
        f"\nIts past, {done.events} events, was analysed in {took:.1f} s: {len(found)} patterns, "
        f"{done.synergies_detected} synergies. The best patterns of each kind:\n"
    )
    _show_best(found, past, ZoneInfo(json.loads(demo_home())["time_zone"]))
    _compare(found, past)


def _show_best(found: Sequence[Pattern], past: DemoPast, zone: ZoneInfo) -> None:
    """The first two patterns of each type, with their evidence."""
    times, ascii_only = past.events.times, not can_draw(sys.stdout.encoding)
    seen = Past(past.events, zone, float(times[0]), float(times[-1]))
    for kind in KINDS:
        for each in [pattern for pattern in found if pattern.pattern_type is kind][:BEST]:
            out.print(f"  {kind.value}: {sentence(each, zone)}", markup=False)
            out.print(f"    {chart(each, seen, ascii_only=ascii_only)}", style="dim", markup=False)


def _compare(found: Sequence[Pattern], past: DemoPast) -> None:
    """What was found of what the simulator planted, and what is not so at all."""
    result = score(found, past.truth)
    planted = [each for each in past.truth.planted if each.required]
    false = [", ".join(each.entities) for each, verdict in result.verdicts if verdict is Verdict.FALSE]
    out.print(
        f"\n[bold]Of {len(planted)} routines and anomalies that the simulator planted, "
        f"{len(planted) - len(result.missed)} were found.[/]"
    )
    for each in result.missed:
        out.print(f"  missed: {each.pattern_type} of {', '.join(each.entities)}", markup=False)
    natural = sum(verdict is Verdict.NEUTRAL for _, verdict in result.verdicts)
    out.print(f"{natural} others are true without having been planted: the people there live like that.")
    if false:
        out.print(f"{len(false)} are chance: {'; '.join(false)}.", markup=False)


def _where_to_go() -> None:
    out.print(
        "\nNext: `make up` starts it for your own home; docs/home-assistant/README.md connects Home Assistant,\n"
        "and `.venv/bin/homeiq --help` shows what else there is."
    )


if __name__ == "__main__":
    try:
        asyncio.run(demo())
    except HomeIQError as error:
        print(f"homeiq: {error}", file=sys.stderr)
        sys.exit(1)
