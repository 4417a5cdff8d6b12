"""What the bus needs of a connection to a broker: the one seam behind which MQTT clients can be exchanged.

A `Transport` is one connection, from login until it ends; another connection is another object. A late
acknowledgement therefore can't reach the wrong connection.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from shared.bus.packets import Publish
from shared.errors import ConnectionLost

SUCCESS = 0x00
NO_SUBSCRIBERS = 0x10
NOT_AUTHORISED = 0x87
SESSION_TAKEN_OVER = 0x8E


@dataclass(slots=True)
class Message:
    """A message that came in, with the connection it came by."""

    packet: Publish
    transport: Transport

    def acknowledge(self) -> None:
        """Tell the broker that the message is safe here. On a connection that is gone: nothing."""
        if self.packet.qos:
            self.transport.acknowledge(self.packet.mid)


@dataclass(frozen=True, slots=True)
class Subscription:
    """What to subscribe to. `retain_handling`: 0 sends what is retained, 2 does not."""

    topic_filter: str
    qos: int = 1
    retain_handling: int = 0
    retain_as_published: bool = True


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker says when the connection dies. Times in seconds."""

    topic: str
    payload: bytes
    expiry: int


OnMessage = Callable[[Message], None]
Told = Callable[[int | ConnectionLost], None]
"""Called once for a packet: with the broker's reason code, or with the error that there will be none."""


class Transport(Protocol):
    """One connection to a broker."""

    @property
    def ended_by(self) -> int | None:
        """The reason code with which the broker ended the connection, where it gave one."""

    async def connect(self, on_message: OnMessage) -> None:
        """Log in. Raises LoginRefused or BrokerError. From then on `on_message` is called, on the loop."""

    def publish(self, packet: Publish, told: Told) -> None:
        """Send a packet, and tell what became of it."""

    def acknowledge(self, mid: int) -> None:
        """Acknowledge a received QoS 1 packet."""

    async def subscribe(self, subscriptions: Sequence[Subscription]) -> list[int]:
        """Subscribe. Gives one reason code each: a granted QoS, or an error of 0x80 and above."""

    async def unsubscribe(self, topic_filters: Sequence[str]) -> None:
        """Unsubscribe."""

    async def closed(self) -> None:
        """Wait until the connection has ended, for whatever reason."""

    async def close(self) -> None:
        """Disconnect cleanly; the broker keeps the will to itself."""


class Connector(Protocol):
    """Makes the next connection for a client id and a will.

    `session` is for how many seconds the broker keeps the client's subscriptions and what it was not told meanwhile,
    after the connection has ended; 0 ends them with it.
    """

    def __call__(self, client_id: str, will: Will | None, session: int = 0) -> Transport:
        """A connection, not yet made."""
