"""Which workers are there: telling it, and knowing it of others."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from pydantic import ValidationError

from contracts.health import OFFLINE_EXPIRY, PRESENCE, PRESENCE_EXPIRY, Presence, PresenceStatus
from shared.bus.packets import Publish
from shared.bus.transport import Message, Subscription, Will


class Reach(Enum):
    """Whether somebody serves an operation."""

    ONLINE = "online"
    OFFLINE = "offline"
    NOBODY = "nobody"


@dataclass(frozen=True)
class Announcement:
    """The presence of one instance, as messages. `now` gives ISO 8601 in UTC."""

    root: str
    worker: str
    instance: str
    version: str
    operations: tuple[str, ...]
    started: str
    now: Callable[[], str]
    connected: str = ""
    leads: bool = False

    @property
    def topic(self) -> str:
        """Where it is retained."""
        return PRESENCE.topic(self.root, worker=self.worker, instance=self.instance)

    def _payload(self, status: PresenceStatus) -> bytes:
        presence = Presence(
            worker=self.worker,
            instance=self.instance,
            status=status,
            version=self.version,
            operations=list(self.operations),
            started=self.started,
            connected=self.connected or self.started,
            renewed=self.now(),
            leads=self.leads and status is PresenceStatus.ONLINE,
        )
        return presence.model_dump_json().encode()

    def online(self) -> Publish:
        """The word that this instance is there; to be renewed before it expires."""
        return Publish(self.topic, self._payload(PresenceStatus.ONLINE), retain=True, expiry=PRESENCE_EXPIRY)

    def offline(self) -> Publish:
        """The word that it has left."""
        return Publish(self.topic, self._payload(PresenceStatus.OFFLINE), retain=True, expiry=OFFLINE_EXPIRY)

    def will(self) -> Will:
        """What the broker says when the instance dies."""
        return Will(self.topic, self._payload(PresenceStatus.OFFLINE), OFFLINE_EXPIRY)


class PresenceBoard:
    """Who is there, as far as the broker has told this client. `clock` gives monotonic seconds."""

    def __init__(self, root: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._root, self._clock = root, clock
        self._known: dict[str, tuple[Presence, float]] = {}

    def subscription(self) -> Subscription:
        """What to subscribe to."""
        return Subscription(PRESENCE.topic_filter(self._root))

    def doubt(self) -> None:
        """The connection is gone, and the broker may have lost what it knew: who was there counts as offline."""
        until = self._clock() + OFFLINE_EXPIRY
        gone = {"status": PresenceStatus.OFFLINE}
        self._known = {topic: (presence.model_copy(update=gone), until) for topic, (presence, _) in self._known.items()}

    def hear(self, message: Message) -> None:
        """Take in one presence message; what can't be read is nobody's."""
        message.acknowledge()
        packet = message.packet
        try:
            presence = Presence.model_validate_json(packet.payload)
        except ValidationError:
            self._known.pop(packet.topic, None)
            return
        until = self._clock() + packet.expiry if packet.expiry is not None else math.inf
        self._known[packet.topic] = (presence, until)

    def everybody(self) -> list[Presence]:
        """All that is known and has not expired, by worker and instance."""
        now = self._clock()
        there = [presence for presence, until in self._known.values() if until > now]
        return sorted(there, key=lambda presence: (presence.worker, presence.instance))

    def reach(self, operation: str) -> Reach:
        """Whether somebody serves this operation."""
        now, found = self._clock(), Reach.NOBODY
        for presence, until in self._known.values():
            if until > now and operation in presence.operations:
                if presence.status is PresenceStatus.ONLINE:
                    return Reach.ONLINE
                found = Reach.OFFLINE
        return found
