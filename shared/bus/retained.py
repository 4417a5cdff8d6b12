"""Retained states: published again at every connect, since no broker is trusted with state."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import structlog

from contracts.operation import State
from shared.bus.connection import Connection
from shared.bus.packets import Publish
from shared.bus.worker import Bound

log = structlog.get_logger(__name__)


class RetainedStates:
    """The states that a worker owns; a handler renews one when it has changed: `transaction.after_commit(...)`."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._functions: dict[State[Any], Bound] = {}
        self._stale: set[State[Any]] = set()
        self._wake = asyncio.Event()

    def owns(self, functions: Mapping[State[Any], Bound]) -> None:
        """Say by which functions the states are known."""
        self._functions.update(functions)

    def renew(self, state: State[Any]) -> None:
        """It has changed: publish it again."""
        self._stale.add(state)
        self._wake.set()

    async def renew_all(self) -> None:
        """Publish all of them again."""
        for state in self._functions:
            self.renew(state)

    async def run(self, connection: Connection) -> None:
        """Publish what was renewed, until cancelled; at first, everything."""
        await self.renew_all()
        while True:
            await self._wake.wait()
            self._wake.clear()
            await connection.wait_up()
            stale, self._stale = self._stale, set()
            for state in stale:
                await self._publish(connection, state)

    async def _publish(self, connection: Connection, state: State[Any]) -> None:
        try:
            value = await self._functions[state].call()
        except Exception:
            log.exception("a retained state is not known", state=state.name)
            return
        if value is not None:
            connection.tell(Publish(state.topic(self._root), value.model_dump_json().encode(), retain=True))
