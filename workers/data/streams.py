"""What Home Assistant says of the home's past: over MQTT by both of its streams at once, and by its websocket."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from shared.bus.connection import Connection
from shared.bus.transport import Message, Subscription
from shared.history import Event
from shared.home import Home, StateChange
from shared.homeassistant.eventstream import Told, read_change, read_event
from shared.homeassistant.statestream import StateStream
from workers.data.ingestion import Ingestion

_COLLECT = 0.1
"""Seconds for which the pieces of a state stream are collected."""
_NO_RETAINED = 2


class Streams:
    """Hands changes of state to the ingestion, each once, whoever tells them; `on_change` is told of all of them.

    The event stream is the better one: it brings contexts, and is acknowledged when its events are safe. The state
    stream is heard for entities of which the event stream says nothing; what the broker has retained of it counts where
    the time of a change is told and the home knows the entity: deleted ones leave their last state there.
    """

    def __init__(
        self,
        ingestion: Ingestion,
        home: Home,
        *,
        events_topic: str,
        states_topic: str,
        on_change: Callable[[StateChange], None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._ingestion, self._home, self._on_change, self._clock = ingestion, home, on_change, clock
        self._events_topic, self._states_topic = events_topic, states_topic
        self._stream = StateStream(states_topic)
        self._replayed: set[str] = set()
        self._collecting: asyncio.TimerHandle | None = None

    async def follow(self, connection: Connection) -> None:
        """Subscribe to both streams. On a session that outlives its connection nothing is missed meanwhile."""
        events = Subscription(self._events_topic, retain_handling=_NO_RETAINED)
        # What is retained is told from what is said now by the flag, which the broker then sets itself.
        states = Subscription(f"{self._states_topic}/#", retain_as_published=False)
        await connection.subscribe([events], self._hear_event)
        await connection.subscribe([states], self._hear_piece)

    def tell(self, data: Any) -> None:
        """Take the data of a `state_changed` event, as the websocket API gives it."""
        if (told := read_change(data)) is not None:
            self._take(told, _nothing)

    def _hear_event(self, message: Message) -> None:
        told = None if message.packet.retain else read_event(message.packet.payload)
        if told is None:
            message.acknowledge()
        else:
            self._take(told, message.acknowledge)

    def _take(self, told: Told, acknowledge: Callable[[], None]) -> None:
        self._stream.told_by_event(told.change)
        self._on_change(told.change)
        if (event := told.event) is None:
            acknowledge()
        else:
            self._ingestion.offer(event, acknowledge, told.before)

    def _hear_piece(self, message: Message) -> None:
        message.acknowledge()
        packet = message.packet
        entity_id = self._stream.entity_of(packet.topic)
        if packet.retain:
            self._replayed.add(entity_id)
        elif packet.topic.endswith("/state"):
            self._replayed.discard(entity_id)
        if self._stream.take(packet.topic, packet.payload):
            self._collect_later()

    def _collect_later(self) -> None:
        if self._collecting is None:
            self._collecting = asyncio.get_running_loop().call_later(_COLLECT, self._collect)

    def _collect(self) -> None:
        self._collecting = None
        now = datetime.fromtimestamp(self._clock(), UTC)
        for change in self._stream.collected(now):
            self._take_whole(change, now)
        if self._stream.waiting:
            self._collect_later()

    def _take_whole(self, change: StateChange, now: datetime) -> None:
        state = change.state
        if state is None:
            return
        replayed = change.entity_id in self._replayed
        if replayed and (state.last_changed is None or not self._home.knows(change.entity_id)):
            return
        self._on_change(change)
        at = state.last_changed or state.last_updated or now
        self._ingestion.offer(Event(at.timestamp(), change.entity_id, state.state), _nothing)


def _nothing() -> None:
    """Nobody waits to hear that it is safe."""
