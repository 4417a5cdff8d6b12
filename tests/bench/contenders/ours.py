"""HomeIQ's own: `Client.request` against a worker that only answers."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pydantic import SecretStr

from contracts.operation import Operation
from shared.bus.client import Client
from shared.bus.mqtt import mqtt_connector
from shared.bus.serving import Limits, Serving
from shared.bus.worker import Worker
from shared.settings import BrokerAddress
from tests.bench.child import Login, Measure, run
from tests.bench.contenders.saying import TEXT, Said, Saying
from tests.bench.figures import closed_loop

SAY = Operation("query", Saying, Said, worker="query", summary="Say it again.")
worker = Worker("query")


@worker.handles(SAY)
async def say(request: Saying) -> Said:
    return Said(text=request.text)


def address_of(login: Login) -> BrokerAddress:
    """Where the broker is, for HomeIQ."""
    return BrokerAddress(login.host, login.port, username=login.user, password=SecretStr(login.password))


@asynccontextmanager
async def responder(login: Login) -> AsyncIterator[None]:
    async with Serving(worker, mqtt_connector(address_of(login)), {}, limits=Limits()):
        yield


@asynccontextmanager
async def requester(login: Login) -> AsyncIterator[Measure]:
    request = Saying(text=TEXT)
    async with Client(address_of(login)) as client:
        yield functools.partial(closed_loop, lambda: client.request(SAY, request))


if __name__ == "__main__":
    run(responder, requester)
