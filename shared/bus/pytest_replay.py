"""The pytest fixture `replay`: a recording straight into a worker's handlers, with no broker.

In a conftest: `from shared.bus.pytest_replay import replay`. Nothing else of HomeIQ imports pytest.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Awaitable, Iterable, Mapping
from contextlib import AsyncExitStack
from typing import Any, Protocol

import pytest

from contracts.operation import ROOT
from shared.bus.connection import Connection
from shared.bus.exchanges import exchanges_of
from shared.bus.memory import MemoryBroker
from shared.bus.recording import Recorded, read_recording
from shared.bus.replay import TIMEOUT, Replayed
from shared.bus.replay import replay as _replay
from shared.bus.serving import Serving
from shared.bus.worker import Worker


class Replay(Protocol):
    """What the fixture gives.

    `recording` is a file or the messages themselves; `workers` serve it with `resources`, which their handlers ask for
    by type, and with what else `Serving` takes by name, such as the `engine` that a worker with effects needs. The
    requests are asked one after the other, unless told.
    """

    def __call__(
        self,
        recording: str | os.PathLike[str] | Iterable[Recorded],
        *workers: Worker,
        resources: Mapping[type, Any] | None = None,
        root: str = ROOT,
        timeout: float = TIMEOUT,
        concurrency: int = 1,
        **serving: Any,
    ) -> Awaitable[list[Replayed]]:
        """What came back, in the recorded order."""


@pytest.fixture
def replay() -> Replay:
    """Replays a recording into workers.

    In a test: `await replay("evening.ndjson", worker, resources={Home: home})`.
    """
    return _into_workers


async def _into_workers(
    recording: str | os.PathLike[str] | Iterable[Recorded],
    *workers: Worker,
    resources: Mapping[type, Any] | None = None,
    root: str = ROOT,
    timeout: float = TIMEOUT,
    concurrency: int = 1,
    **serving: Any,
) -> list[Replayed]:
    messages = read_recording(recording) if isinstance(recording, str | os.PathLike) else recording
    connector = MemoryBroker().connector()
    async with AsyncExitStack() as stack:
        for worker in workers:
            await stack.enter_async_context(Serving(worker, connector, resources or {}, root=root, **serving))
        asking = Connection(connector, f"homeiq-replay-{secrets.token_hex(4)}")
        await stack.enter_async_context(asking)
        exchanges = exchanges_of(messages, root)
        return await _replay(exchanges, asking, root=root, speed=None, timeout=timeout, concurrency=concurrency)
