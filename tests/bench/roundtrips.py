"""Request and reply on one Mosquitto, the contenders in turns: reads (the raw floor, FastStream, ours), and effects."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from shared.broker.access import ADMIN, Naming
from shared.broker.process import BrokerFiles, MosquittoProcess
from tests.bench.child import Child, Login, child
from tests.bench.figures import Figures, median

CONCURRENCIES = (1, 10, 100)
_FOREIGN_TOPICS = f"user {ADMIN}\ntopic readwrite bench/#\ntopic readwrite _zmqtt/#\n"


@dataclass(frozen=True, slots=True)
class Contender:
    """One way to ask; `responder` is the broker user that answers, `arguments` are those of its two processes."""

    name: str
    module: str
    responder: str = ADMIN
    arguments: tuple[str, ...] = ()
    levels: tuple[int, ...] = CONCURRENCIES


RAW = Contender("raw (libmosquitto)", "tests.bench.contenders.raw")
FASTSTREAM = Contender("FastStream", "tests.bench.contenders.faststream_mqtt")
HOMEIQ = Contender("HomeIQ", "tests.bench.contenders.ours", responder="query")
READS = (RAW, FASTSTREAM, HOMEIQ)

READ = Contender("read", "tests.bench.contenders.ours", responder="query")
EFFECT_FULL = Contender("effect, FULL", "tests.bench.contenders.effects", "data", ("FULL",))
EFFECT_NORMAL = Contender("effect, NORMAL", "tests.bench.contenders.effects", "pattern", ("NORMAL",))
COMMIT = Contender("bare commit, FULL", "tests.bench.contenders.commits", levels=(1,))
EFFECTS = (COMMIT, READ, EFFECT_NORMAL, EFFECT_FULL)

Table = dict[Contender, dict[int, Figures]]
"""Figures by contender and concurrency."""


async def round_trips(
    folder: Path, contenders: Sequence[Contender], *, rounds: int, seconds: float, say: Callable[[str], None]
) -> Table:
    """Measure the contenders in turns, `rounds` times, and give the median of each figure."""
    files = BrokerFiles(folder)
    files.folder.mkdir(parents=True, mode=0o700)
    (files.folder / "acl.local").write_text(_FOREIGN_TOPICS)
    found: dict[Contender, dict[int, list[Figures]]] = defaultdict(lambda: defaultdict(list))
    async with MosquittoProcess(folder, Naming()) as broker, AsyncExitStack() as stack:
        requesters: dict[Contender, Child] = {}
        for each in contenders:
            await stack.enter_async_context(_started(each, "responder", _login(broker, each.responder)))
            started = await stack.enter_async_context(_started(each, "requester", _login(broker, ADMIN)))
            await started.measure(10, min(seconds, 0.5))  # imports, caches and the broker's tables are warm
            requesters[each] = started
        for number in range(rounds):
            say(f"round {number + 1} of {rounds}: {', '.join(each.name for each in contenders)}")
            for concurrency in CONCURRENCIES:
                for each, requester in requesters.items():
                    if concurrency in each.levels:
                        found[each][concurrency].append(await requester.measure(concurrency, seconds))
    return {each: {level: median(stretches) for level, stretches in levels.items()} for each, levels in found.items()}


@asynccontextmanager
async def _started(contender: Contender, role: str, login: Login) -> AsyncIterator[Child]:
    async with child(contender.module, role, *contender.arguments) as process:
        await process.tell(asdict(login))
        yield process


def _login(broker: MosquittoProcess, user: str) -> Login:
    address = broker.address(user)
    return Login(address.host, address.port, user, broker.passwords[user], str(broker.data))
