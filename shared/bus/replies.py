"""Where a reply goes, and its bytes. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from contracts.envelope import CORRELATION_ID, Failed
from contracts.model import Message
from contracts.operation import Operation
from shared.bus.packets import Publish
from shared.bus.topics import has_wildcards
from shared.errors import RequestError

REPLY_EXPIRY = 60
"""Seconds for which a reply without a topic of its own stays on the topic of its correlation id."""
_LONGEST_TOPIC = 512


@dataclass(frozen=True, slots=True)
class ReplyRoute:
    """Where the replies to one request go. `caller` is what stands for the asker when duplicates are looked for."""

    topic: str
    correlation_data: bytes | None = None
    retained_topic: str | None = None

    @property
    def caller(self) -> str:
        """Two requests are of one caller where their replies go to one topic."""
        return self.topic

    def packets(self, payload: bytes) -> list[Publish]:
        """The messages that carry a reply."""
        packets = [Publish(self.topic, payload, correlation_data=self.correlation_data)]
        if self.retained_topic is not None:
            # Only here can it wait for a client that publishes first and subscribes after.
            packets.append(Publish(self.retained_topic, payload, retain=True, expiry=REPLY_EXPIRY))
        return packets


def public_route(operation: Operation[Any, Any], root: str, correlation_id: str | None) -> ReplyRoute:
    """The route of a request that names no reply topic."""
    topic = operation.response_topic(root)
    fits = correlation_id is not None and CORRELATION_ID.fullmatch(correlation_id)
    return ReplyRoute(topic, retained_topic=f"{topic}/{correlation_id}" if fits else None)


def is_reply_topic(topic: str, operation: Operation[Any, Any], root: str) -> bool:
    """Whether a caller may have its reply sent there: below the operation's own, or a user's private replies."""
    if not topic or len(topic) > _LONGEST_TOPIC or has_wildcards(topic) or not topic.isprintable():
        return False
    own = operation.response_topic(root)
    if topic == own or topic.startswith(own + "/"):
        return True
    user, _, rest = topic.removeprefix(f"{root}/reply/").partition("/")
    return topic.startswith(f"{root}/reply/") and bool(user) and bool(rest)


def ok_reply(correlation_id: str, response: Message) -> bytes:
    """The payload of a successful reply."""
    return b'{"correlation_id":%b,"status":"ok","data":%b}' % (
        json.dumps(correlation_id).encode(),
        response.model_dump_json().encode(),
    )


def error_reply(correlation_id: str, error: RequestError) -> bytes:
    """The payload of a reply that carries an error."""
    return Failed(correlation_id=correlation_id, status="error", error=error.body()).model_dump_json().encode()
