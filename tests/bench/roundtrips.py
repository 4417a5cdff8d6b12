"""Request and reply on one Mosquitto: the raw floor, FastStream, and ours, in turns."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from shared.broker.access import ADMIN, Naming
from shared.broker.process import BrokerFiles, MosquittoProcess
from tests.bench.child import Child, Login, child
from tests.bench.figures import Figures

CONCURRENCIES = (1, 10, 100)
_FOREIGN_TOPICS = f"user {ADMIN}\ntopic readwrite bench/#\ntopic readwrite _zmqtt/#\n"


@dataclass(frozen=True, slots=True)
class Contender:
    """One way to ask; `responder` is the broker user that answers."""

    name: str
    module: str
    responder: str = ADMIN


CONTENDERS = (
    Contender("raw (libmosquitto)", "tests.bench.contenders.raw"),
    Contender("FastStream", "tests.bench.contenders.faststream_mqtt"),
    Contender("HomeIQ", "tests.bench.contenders.ours", responder="query"),
)

Table = dict[str, dict[int, Figures]]
"""Figures by contender and concurrency."""


async def round_trips(folder: Path, *, rounds: int, seconds: float, say: Callable[[str], None]) -> Table:
    """Measure all contenders in turns, `rounds` times, and give the median of each figure."""
    files = BrokerFiles(folder)
    files.folder.mkdir(parents=True, mode=0o700)
    (files.folder / "acl.local").write_text(_FOREIGN_TOPICS)
    found: dict[str, dict[int, list[Figures]]] = defaultdict(lambda: defaultdict(list))
    async with MosquittoProcess(folder, Naming()) as broker, AsyncExitStack() as stack:
        requesters: dict[str, Child] = {}
        for each in CONTENDERS:
            await stack.enter_async_context(child(each.module, "responder", _login(broker, each.responder)))
            started = await stack.enter_async_context(child(each.module, "requester", _login(broker, ADMIN)))
            await started.measure(10, min(seconds, 0.5))  # imports, caches and the broker's tables are warm
            requesters[each.name] = started
        for number in range(rounds):
            say(f"round trips, round {number + 1} of {rounds}")
            for concurrency in CONCURRENCIES:
                for name, requester in requesters.items():
                    found[name][concurrency].append(await requester.measure(concurrency, seconds))
    return {name: {level: _median(each) for level, each in levels.items()} for name, levels in found.items()}


def _login(broker: MosquittoProcess, user: str) -> Login:
    address = broker.address(user)
    return Login(address.host, address.port, user, broker.passwords[user])


def _median(rounds: list[Figures]) -> Figures:
    return Figures(
        calls=sum(each.calls for each in rounds),
        **{
            name: statistics.median(getattr(each, name) for each in rounds)
            for name in ("per_second", "p50", "p95", "p99", "cpu_us")
        },
    )
