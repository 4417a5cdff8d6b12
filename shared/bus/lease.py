"""The lease: of all instances of a worker one does its effects, the one whose connection has the worker's client id.

The broker is the arbiter: whoever connects with the id takes over its session, and the connection of the one before
ends. That one stands by, and takes the lease again when nobody holds it any more.
"""

from __future__ import annotations

import asyncio
import random

import structlog

from contracts.health import PRESENCE, Presence, PresenceStatus
from shared.bus.connection import Connection
from shared.bus.presence import PresenceBoard
from shared.bus.sessions import SESSION
from shared.bus.transport import Connector, Message, Subscription

log = structlog.get_logger(__name__)

_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.1, 0.5
_LOOK_AGAIN = 5.0


class Lease:
    """One instance's part in leading its worker. Effects are subscribed to on `connection`.

    `won` is set while this instance leads, `lost` while it does not, `settled` once it is known which. Whoever does
    something under the lease clears `rested` meanwhile: before it is set again, the lease is not taken again.
    """

    def __init__(self, connector: Connector, main: Connection, *, root: str, worker: str, instance: str) -> None:
        self.connection = Connection(
            connector, f"{root.replace('/', '.')}-{worker}", session=SESSION, turn=self._turn, patient=True
        )
        self.won, self.lost, self.rested = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.settled = asyncio.Event()
        self.lost.set()
        self.rested.set()
        self._main, self._worker, self._instance = main, worker, instance
        self._board = PresenceBoard(root)
        self._others = PRESENCE.topic(root, worker=worker, instance="+")
        self._changed = asyncio.Event()
        self._started = False
        self.connection.when_up(self._won)
        self.connection.when_down(self._lost)
        main.when_down(self._board.doubt)

    @property
    def leads(self) -> bool:
        """Whether this instance holds the lease."""
        return self.won.is_set()

    async def watch(self) -> None:
        """Hear of the other instances. Call it before the main connection is entered."""
        await self._main.subscribe([Subscription(self._others)], self._hear)

    def _hear(self, message: Message) -> None:
        self._board.hear(message)
        self._changed.set()

    def holder(self) -> Presence | None:
        """Another instance that says it leads."""
        return next(
            (
                each
                for each in self._board.everybody()
                if each.leads and each.status is PresenceStatus.ONLINE and each.instance != self._instance
            ),
            None,
        )

    async def _turn(self) -> None:
        """Wait until this instance may take the lease. One that has just started takes it over at once."""
        if not self._started:
            self._started = True
            return
        while True:
            await self._main.wait_up()
            # Who took over says so as soon as it is connected; who waits as we do pauses for another time.
            await asyncio.sleep(random.uniform(_SHORTEST_PAUSE, _LONGEST_PAUSE))  # noqa: S311
            await self.rested.wait()
            holder = self.holder()
            if holder is not None:
                log.info("another instance leads", worker=self._worker, holder=holder.instance)
                self.settled.set()
                await self._wait_for_change()
            elif self._main.up:
                return

    async def _wait_for_change(self) -> None:
        while self._main.up and self.holder() is not None:
            self._changed.clear()
            try:
                async with asyncio.timeout(_LOOK_AGAIN):  # what expires is not told
                    await self._changed.wait()
            except TimeoutError:
                continue

    async def _won(self) -> None:
        self.lost.clear()
        self.won.set()
        self.settled.set()

    def _lost(self) -> None:
        self.won.clear()
        self.lost.set()
