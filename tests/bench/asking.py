"""Sentences over MQTT, put to three homes of the corpora by `homeiq up`: how long an answer takes, by kind.

python -m tests.bench.asking

What is said is the shown half of each corpus, turn by turn, each dialogue in a session of its own; nothing is executed.
Orders and wishes take their verdict from the automation worker with them. The homes have no history: what a long one
costs is measured in `past_questions`.
"""

from __future__ import annotations

import asyncio
import json
import runpy
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any, Final

from contracts import query
from contracts.query import QueryContext, QueryRequest, QueryResponse, RefineRequest
from shared.broker.access import ADMIN
from shared.broker.process import own_broker
from shared.bus.client import Client
from tests.bench.figures import Figures
from tests.bench.processes import command, up
from tests.bench.report import Row
from tests.bench.sentences import HERE, cases
from tests.bench.usage import memory

HOMES: Final = {"birch": 25.0, "maple": 25.0, "estate": 100.0}
"""The homes, and the milliseconds within which 95 of 100 answers are to come."""
IN_A_ROW: Final = 500
AT_ONCE: Final = 20
CROWD: Final = 200
"""How many dialogues those who ask at once have together."""
_LARGEST = "estate"

Said = tuple[str, float]
"""The kind of a sentence, and the seconds until its answer."""


@dataclass(frozen=True, slots=True)
class AskingFigures:
    """What asking one home came to; latencies in milliseconds, memory of HomeIQ in MB."""

    home: str
    entities: int
    first: float
    """Until the answer to the very first sentence, for which the names of the home are read."""
    kinds: dict[str, Figures]
    row: Figures
    crowd: Figures
    before_mb: float
    after_mb: float


async def asking(folder: Path, home: str, share: float = 1.0) -> AskingFigures:
    """Import a home, start the system with it, and ask a share of the sentences. Raises NotAvailableError."""
    dialogues = [each.get("dialog") or [each] for each in cases(home, "shown")]
    async with _home(folder, home) as (client, pid, entities):
        began = time.perf_counter()
        await client.request(query.ASK, QueryRequest(query="is anybody home?"))
        first = 1_000 * (time.perf_counter() - began)
        before = memory(pid)
        row, seconds, cpu = await _in_a_row(client, dialogues, int(IN_A_ROW * share))
        crowd = await _at_once(client, dialogues, int(CROWD * share))
        took = [each for _, each in row]
        kinds = {kind: [each for one, each in row if one == kind] for kind in sorted({one for one, _ in row})}
        return AskingFigures(
            home,
            entities,
            first,
            {kind: Figures.of(each, sum(each), 0.0) for kind, each in kinds.items()},
            Figures.of(took, seconds, cpu),
            crowd,
            before,
            memory(pid),
        )


@asynccontextmanager
async def _home(folder: Path, name: str) -> AsyncIterator[tuple[Client, int, int]]:
    """The system with a home: a client of it, its process id, and how many entities there are."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    document, file = _document(name), folder.parent / f"{folder.name}.json"
    file.write_text(json.dumps(document))
    async with up(folder):
        await command(folder, "import", "home", str(file))
    async with up(folder) as (pid, _):
        address = own_broker(folder, ADMIN)
        assert address is not None
        async with Client(address) as client:
            yield client, pid, len(document["entities"])


def _document(name: str) -> dict[str, Any]:
    """A home as it is imported: the large one is made, the others are in files."""
    if name == _LARGEST:
        return dict(runpy.run_path(str(HERE / "corpus" / f"{name}.py"))[name]())
    return dict(json.loads((HERE / "homes" / f"{name}.json").read_bytes()))


async def _in_a_row(
    client: Client, dialogues: list[list[dict[str, Any]]], count: int
) -> tuple[list[Said], float, float]:
    """So many sentences one after the other, the corpus over and over; and the seconds, and those of CPU here."""
    found: list[Said] = []
    cpu, began = time.process_time(), time.perf_counter()
    for number, dialogue in enumerate(cycle(dialogues)):
        if len(found) >= count:
            break
        found += await _talk(client, dialogue, f"row-{number}")
    return found, time.perf_counter() - began, time.process_time() - cpu


async def _at_once(client: Client, dialogues: list[list[dict[str, Any]]], count: int) -> Figures:
    """As many, by 20 callers at once; each waits for its answer before it goes on."""
    waiting: Iterator[tuple[int, list[dict[str, Any]]]] = enumerate(islice(cycle(dialogues), count))
    found: list[Said] = []

    async def caller() -> None:
        for number, dialogue in waiting:
            found.extend(await _talk(client, dialogue, f"crowd-{number}"))

    cpu, began = time.process_time(), time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(caller())
    took = [each for _, each in found]
    return Figures.of(took, time.perf_counter() - began, time.process_time() - cpu)


async def _talk(client: Client, dialogue: list[dict[str, Any]], name: str) -> list[Said]:
    session_id = name if len(dialogue) > 1 else None
    found: list[Said] = []
    last: QueryResponse | None = None
    for turn in dialogue:
        began = time.perf_counter()
        last = await _turn(client, turn, session_id, last)
        found.append((turn["kind"], time.perf_counter() - began))
    return found


async def _turn(
    client: Client, turn: dict[str, Any], session_id: str | None, last: QueryResponse | None
) -> QueryResponse:
    if "answer" in turn and last is not None:
        return await client.request(query.REFINE, RefineRequest(query_id=last.query_id, answer=turn["answer"]))
    context = QueryContext(area_id=turn["area"]) if "area" in turn else None
    request = QueryRequest(query=turn["say"], session_id=session_id, context=context)
    return await client.request(query.ASK, request)


def asking_rows(found: AskingFigures) -> list[Row]:
    """The figures for the table."""
    section, limit = f"asking over MQTT, {found.home}, {found.entities:,} entities", HOMES[found.home]
    rows: list[Row] = []
    for kind, each in found.kinds.items():
        rows += [
            Row(section, f"{kind} ({each.calls}), P50", each.p50, "ms"),
            Row(section, f"{kind} ({each.calls}), P95", each.p95, "ms", limit),
            Row(section, f"{kind} ({each.calls}), P99", each.p99, "ms"),
        ]
    return [
        *rows,
        Row(section, f"{found.row.calls} in a row, P95", found.row.p95, "ms", limit),
        Row(section, f"{found.row.calls} in a row", found.row.per_second, "/s"),
        Row(section, f"{AT_ONCE} at once, P50", found.crowd.p50, "ms"),
        Row(section, f"{AT_ONCE} at once, P95", found.crowd.p95, "ms"),
        Row(section, f"{AT_ONCE} at once", found.crowd.per_second, "/s"),
        Row(section, "the first answer of all", found.first, "ms"),
        Row(section, "memory, before", found.before_mb, "MB"),
        Row(section, "memory, after", found.after_mb, "MB"),
    ]


async def main() -> None:
    """What the command line says."""
    with tempfile.TemporaryDirectory() as folder:
        for home in HOMES:
            for row in asking_rows(await asking(Path(folder) / home, home)):
                value = float("nan") if row.value is None else row.value
                print(f"{row.section}: {row.name}: {value:.1f} {row.unit}")


if __name__ == "__main__":
    asyncio.run(main())
