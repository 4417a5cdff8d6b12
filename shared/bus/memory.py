"""A broker in memory with the same transport: for tests and for replaying messages without Mosquitto.

It does what HomeIQ relies on: QoS 0 and 1, retained messages, shared subscriptions, message expiry, wills, retain
handling and retain as published. It passes the same behaviour suite as Mosquitto.
"""

from __future__ import annotations

import asyncio
import itertools
import math
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from shared.bus.packets import Publish
from shared.bus.topics import SHARE, has_wildcards, matches, unshared
from shared.bus.transport import (
    NO_SUBSCRIBERS,
    SESSION_TAKEN_OVER,
    SUCCESS,
    Connector,
    Message,
    OnMessage,
    Subscription,
    Told,
    Will,
)
from shared.errors import BrokerError, ConnectionLost


@dataclass(frozen=True)
class _Retained:
    packet: Publish
    until: float


class MemoryBroker:
    """A broker for the clients of one event loop. `clock` gives monotonic seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._clients: dict[str, MemoryTransport] = {}
        self._sessions: dict[str, MemoryTransport] = {}
        self._retained: dict[str, _Retained] = {}
        self._turns: Counter[str] = Counter()
        self._up = True

    def connector(self) -> Connector:
        """A maker of connections to this broker."""
        return lambda client_id, will, session=0: MemoryTransport(self, client_id, will, session)

    def stop(self) -> None:
        """Die: every connection ends, sessions and retained messages are forgotten, nobody can log in."""
        self._up = False
        self._retained.clear()
        self._sessions.clear()
        for client in list(self._clients.values()):
            client.end()
        self._clients.clear()

    def start(self) -> None:
        """Come back, empty."""
        self._up = True

    def login(self, client: MemoryTransport) -> None:
        """Accept a client; one of the same id before it is sent away."""
        if not self._up:
            raise BrokerError("the broker in memory is stopped")
        if (before := self._clients.pop(client.client_id, None)) is not None:
            before.end(SESSION_TAKEN_OVER)
            self._publish_will(before)
            self._keep(before)
        self._clients[client.client_id] = client
        if (session := self._sessions.pop(client.client_id, None)) is not None and client.session:
            client.resume(session)

    def logout(self, client: MemoryTransport, *, cleanly: bool) -> None:
        """Forget a client; unless it left cleanly, its will is published."""
        if self._clients.get(client.client_id) is client:
            del self._clients[client.client_id]
            self._keep(client)
            if not cleanly:
                self._publish_will(client)

    def _keep(self, client: MemoryTransport) -> None:
        """Remember a session after its connection; for how long, only a real broker cares."""
        if client.session and self._up:
            self._sessions[client.client_id] = client

    def _publish_will(self, client: MemoryTransport) -> None:
        if (will := client.will) is not None:
            self.publish(Publish(will.topic, will.payload, retain=True, expiry=will.expiry))

    def publish(self, packet: Publish) -> int:
        """Take a packet from a client and give the reason code."""
        if has_wildcards(packet.topic) or not packet.topic:
            raise BrokerError(f"{packet.topic!r} is no topic to publish to")
        until = self._clock() + packet.expiry if packet.expiry is not None else math.inf
        if packet.retain:
            if packet.payload:
                self._retained[packet.topic] = _Retained(packet, until)
            else:
                self._retained.pop(packet.topic, None)
        receivers = self._receivers(packet.topic)
        for client, subscription in receivers:
            retain = packet.retain and subscription.retain_as_published
            client.deliver(replace(packet, retain=retain, qos=min(packet.qos, subscription.qos)), until)
        return SUCCESS if receivers else NO_SUBSCRIBERS

    def _receivers(self, topic: str) -> list[tuple[MemoryTransport, Subscription]]:
        everybody: list[tuple[MemoryTransport, Subscription]] = []
        groups: dict[str, list[tuple[MemoryTransport, Subscription]]] = {}
        for client in (*self._clients.values(), *self._sessions.values()):
            for subscription in client.subscriptions.values():
                if matches(unshared(subscription.topic_filter), topic):
                    shared = subscription.topic_filter.startswith(SHARE)
                    group = groups.setdefault(subscription.topic_filter, []) if shared else everybody
                    group.append((client, subscription))
        self._turns.update(groups.keys())
        return everybody + [members[self._turns[group] % len(members)] for group, members in groups.items()]

    def send_retained(self, client: MemoryTransport, subscription: Subscription) -> None:
        """Send what is retained to a new subscription, and drop what has expired."""
        now = self._clock()
        self._retained = {topic: kept for topic, kept in self._retained.items() if kept.until > now}
        if subscription.retain_handling == 2 or subscription.topic_filter.startswith(SHARE):  # noqa: PLR2004
            return
        for topic, kept in self._retained.items():
            if matches(subscription.topic_filter, topic):
                client.deliver(replace(kept.packet, qos=min(kept.packet.qos, subscription.qos)), kept.until)

    def remaining(self, until: float) -> float:
        """Seconds until then."""
        return until - self._clock()


class MemoryTransport:
    """One connection to a broker in memory."""

    def __init__(self, broker: MemoryBroker, client_id: str, will: Will | None, session: int = 0) -> None:
        self.client_id, self.will, self.session = client_id, will, session
        self.subscriptions: dict[str, Subscription] = {}
        self.unacknowledged: dict[int, tuple[Publish, float]] = {}
        self._queued: list[tuple[Publish, float]] = []
        self._broker = broker
        self._on_message: OnMessage | None = None
        self._ended = asyncio.Event()
        self._reason: int | None = None
        self._mids = itertools.count(1)

    @property
    def ended_by(self) -> int | None:
        """The reason code with which the broker ended the connection, where it gave one."""
        return self._reason

    async def connect(self, on_message: OnMessage) -> None:
        """Log in. Raises BrokerError where the broker is stopped."""
        self._broker.login(self)
        self._on_message = on_message

    def resume(self, session: MemoryTransport) -> None:
        """Go on where an earlier connection of this client ended: what it did not acknowledge comes again."""
        self.subscriptions = session.subscriptions
        for packet, until in (*session.unacknowledged.values(), *session.queued()):
            self.deliver(packet, until)

    def queued(self) -> list[tuple[Publish, float]]:
        """What came while nobody was connected."""
        return self._queued

    def publish(self, packet: Publish, told: Told) -> None:
        """Send a packet; it arrives in the next turn of the loop."""
        if self._on_message is None or self._ended.is_set():
            told(ConnectionLost("the connection to the broker is gone"))
        else:
            asyncio.get_running_loop().call_soon(self._hand_over, packet, told)

    def _hand_over(self, packet: Publish, told: Told) -> None:
        if self._ended.is_set():
            told(ConnectionLost("the connection to the broker ended before it acknowledged"))
            return
        try:
            reason = self._broker.publish(packet)
        except BrokerError:
            self.drop()
            told(ConnectionLost("the broker ended the connection"))
        else:
            told(reason)

    def deliver(self, packet: Publish, until: float) -> None:
        """Called by the broker: a packet for this client, unless it expires on the way."""
        asyncio.get_running_loop().call_soon(self._arrive, packet, until)

    def _arrive(self, packet: Publish, until: float) -> None:
        remaining = self._broker.remaining(until)
        if remaining <= 0:
            return
        if self._ended.is_set() or self._on_message is None:
            if packet.qos and self.session:
                self._queued.append((packet, until))
            return
        packet.expiry = None if math.isinf(until) else math.ceil(remaining)
        if packet.qos:
            packet.mid = next(self._mids)
            self.unacknowledged[packet.mid] = (packet, until)
        self._on_message(Message(packet, self))

    def acknowledge(self, mid: int) -> None:
        """Acknowledge a received QoS 1 packet."""
        self.unacknowledged.pop(mid, None)

    async def subscribe(self, subscriptions: Sequence[Subscription]) -> list[int]:
        """Subscribe; retained messages follow."""
        self._check()
        for each in subscriptions:
            self.subscriptions[each.topic_filter] = each
            self._broker.send_retained(self, each)
        return [each.qos for each in subscriptions]

    async def unsubscribe(self, topic_filters: Sequence[str]) -> None:
        """Unsubscribe."""
        self._check()
        for topic_filter in topic_filters:
            self.subscriptions.pop(topic_filter, None)

    def _check(self) -> None:
        if self._on_message is None or self._ended.is_set():
            raise ConnectionLost("the connection to the broker is gone")

    async def closed(self) -> None:
        """Wait until the connection has ended."""
        await self._ended.wait()

    async def close(self) -> None:
        """Disconnect cleanly, with what was sent before."""
        await asyncio.sleep(0)
        self._broker.logout(self, cleanly=True)
        self.end()

    def drop(self) -> None:
        """Lose the connection, as by a cut cable: the broker publishes the will."""
        self.end()
        self._broker.logout(self, cleanly=False)

    def end(self, reason: int | None = None) -> None:
        """The broker ends the connection."""
        self._reason = reason
        self._ended.set()
