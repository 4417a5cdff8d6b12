"""Keeps a home fresh from Home Assistant's streams over MQTT."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from shared.bus.connection import Connection
from shared.bus.transport import Message, Subscription
from shared.home import Home, StateChange
from shared.homeassistant.eventstream import read_event
from shared.homeassistant.statestream import StateStream

OnChange = Callable[[StateChange], None]

AHEAD: Final = timedelta(hours=1)
"""By how much Home Assistant's clock may be ahead of ours."""
_COLLECT = 0.1
"""Seconds for which the pieces of a state stream are collected."""


class HomeFeed:
    """Applies what Home Assistant says to a home. `on_change` is called after each change that made a difference."""

    def __init__(self, home: Home, *, events_topic: str, states_topic: str, on_change: OnChange | None = None) -> None:
        self._home, self._on_change = home, on_change
        self._events_topic, self._states_topic = events_topic, states_topic
        self._stream = StateStream(states_topic)
        self._collecting: asyncio.TimerHandle | None = None
        self.heard_at: datetime | None = None
        """When Home Assistant last said anything of a state."""

    async def follow(self, connection: Connection) -> None:
        """Subscribe to both streams, now and at every reconnect."""
        await connection.subscribe([Subscription(self._events_topic)], self._event)
        # What is retained is told from what is said now by the flag, which the broker then sets itself.
        states = Subscription(f"{self._states_topic}/#", retain_as_published=False)
        await connection.subscribe([states], self._piece)

    def _event(self, message: Message) -> None:
        message.acknowledge()
        if message.packet.retain or (told := read_event(message.packet.payload)) is None:
            return
        self._stream.told_by_event(told.change)
        self.apply(told.change)

    def _piece(self, message: Message) -> None:
        """Deleted entities leave their last state on the broker: where the home is complete, they are known by that."""
        message.acknowledge()
        topic = message.packet.topic
        if message.packet.retain and self._home.complete and not self._home.knows(self._stream.entity_of(topic)):
            return
        if self._stream.take(topic, message.packet.payload) and self._collecting is None:
            self._collecting = asyncio.get_running_loop().call_later(_COLLECT, self._collect)

    def _collect(self) -> None:
        self._collecting = None
        for change in self._stream.collected(datetime.now(UTC)):
            self.apply(change)
        if self._stream.waiting:
            self._collecting = asyncio.get_running_loop().call_later(_COLLECT, self._collect)

    def apply(self, change: StateChange) -> None:
        """Take a change, whoever told it. One from the future is left out: it would hide all that comes before it."""
        self.heard_at = now = datetime.now(UTC)
        told = change.state.last_updated if change.state else None
        if told is not None and told > now + AHEAD:
            return
        if self._home.apply(change) and self._on_change is not None:
            self._on_change(change)
