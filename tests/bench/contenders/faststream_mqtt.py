"""FastStream's `request()` on MQTT 5, at QoS 1 in both directions, with pydantic models at both ends.

It subscribes to a reply topic of its own for each request and unsubscribes after it: that is how its `request()` works.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from faststream.mqtt import MQTTBroker, QoS
from faststream.mqtt.response import MQTTResponse

from tests.bench.child import Login, Measure, run
from tests.bench.contenders.saying import TEXT, Said, Saying
from tests.bench.figures import closed_loop

TOPIC = "bench/faststream"
WORKERS = 32
"""As many requests at a time as one of our workers takes on."""


def _broker(login: Login) -> MQTTBroker:
    url = f"mqtt://{login.user}:{login.password}@{login.host}:{login.port}"
    return MQTTBroker(url, version="5.0", logger=None, log_level=logging.ERROR)


@asynccontextmanager
async def responder(login: Login) -> AsyncIterator[None]:
    broker = _broker(login)

    @broker.subscriber(TOPIC, qos=QoS.AT_LEAST_ONCE, max_workers=WORKERS)
    async def say(request: Saying) -> MQTTResponse:
        return MQTTResponse(Said(text=request.text), qos=QoS.AT_LEAST_ONCE)

    async with broker:
        await broker.start()
        yield


@asynccontextmanager
async def requester(login: Login) -> AsyncIterator[Measure]:
    request = Saying(text=TEXT)
    async with _broker(login) as broker:
        await broker.start()

        async def call() -> Said:
            reply = await broker.request(request, TOPIC, timeout=5, qos=QoS.AT_LEAST_ONCE)
            return Said.model_validate(await reply.decode())

        yield functools.partial(closed_loop, call)


if __name__ == "__main__":
    run(responder, requester)
