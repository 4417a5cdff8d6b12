"""The floor: libmosquitto at both ends, no models, no properties; the payload begins with the number of its request."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.bench.child import Login, Measure, run
from tests.bench.contenders.libmosquitto import RawClient
from tests.bench.contenders.saying import TEXT
from tests.bench.figures import Figures

REQUEST, REPLY = "bench/raw/request", "bench/raw/reply"
_NUMBER = 8
_PADDING = TEXT.encode()


class _Requester:
    """Sends the next request when a reply comes, in the thread of the library."""

    def __init__(self, login: Login) -> None:
        self.client = RawClient(login, REPLY, self._take)
        self._latencies: list[float] = []
        self._began: dict[bytes, float] = {}
        self._number = 0
        self._until = 0.0
        self._idle = threading.Event()

    def measure(self, concurrency: int, seconds: float) -> Figures:
        self._latencies = []
        self._idle.clear()
        cpu, start = time.process_time(), time.perf_counter()
        self._until = start + seconds
        for _ in range(concurrency):
            self._send()
        if not self._idle.wait(seconds + 10):
            raise RuntimeError(f"{len(self._began)} replies did not come")
        return Figures.of(self._latencies, time.perf_counter() - start, time.process_time() - cpu)

    def _send(self) -> None:
        self._number += 1
        number = self._number.to_bytes(_NUMBER)
        self._began[number] = time.perf_counter()
        self.client.publish(REQUEST.encode(), number + _PADDING)

    def _take(self, payload: bytes) -> None:
        now = time.perf_counter()
        self._latencies.append(now - self._began.pop(payload[:_NUMBER]))
        if now < self._until:
            self._send()
        elif not self._began:
            self._idle.set()


@asynccontextmanager
async def responder(login: Login) -> AsyncIterator[None]:
    topic = REPLY.encode()
    client = RawClient(login, REQUEST, lambda payload: client.publish(topic, payload))
    with client:
        yield


@asynccontextmanager
async def requester(login: Login) -> AsyncIterator[Measure]:
    one = _Requester(login)
    with one.client:
        yield lambda concurrency, seconds: asyncio.to_thread(one.measure, concurrency, seconds)


if __name__ == "__main__":
    run(responder, requester)
