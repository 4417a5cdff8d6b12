"""What a recording asked and what it was answered: its requests, each with its reply. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from contracts import catalogue
from contracts.model import Message, Request
from contracts.operation import ROOT, Operation
from shared.bus.packets import Publish
from shared.bus.recording import Recorded
from shared.bus.requests import Call, RejectedRequestError, read_request

Reply = dict[str, Any]
"""A reply envelope: `correlation_id`, `status`, and `data` or `error`."""

VOLATILE = frozenset(
    {"id", "correlation_id", "correlation_ids", "query_id", "event_id", "at", "execution_time", "duration_seconds"}
)
"""Fields, at any depth of a reply's data, that differ each time the same is asked: ids, and times taken or told."""


@dataclass(slots=True)
class Exchange:
    """A recorded request and its reply. Without one, either none came or it can't be told whose it was.

    `call` is equal for repetitions of one call, which a worker may join.
    """

    operation: str
    request: Recorded
    call: tuple[str, str] | int
    reply: Reply | None = None


def requests_of(recording: Iterable[Recorded], root: str = ROOT) -> Iterator[Recorded]:
    """The requests in a recording, save retained ones: they were old when they were recorded, and are never run."""
    return (each for each in recording if operation_of(each.packet, root) is not None and not each.packet.retain)


def operation_of(packet: Publish, root: str = ROOT) -> str | None:
    """The name of the operation that a packet asks for; None for what is no request."""
    topic = packet.topic
    if not topic.startswith(f"{root}/") or not topic.endswith("/request"):
        return None
    return topic[len(root) + 1 : -len("/request")] or None


def exchanges_of(recording: Iterable[Recorded], root: str = ROOT) -> list[Exchange]:
    """The requests in a recording in their order, each with the reply that the recording has for it.

    A reply is told by the correlation data that it echoes, else by its correlation id, else, for a request that has
    neither, by its topic. Where it may answer several different requests, none of them is given it.
    """
    exchanges: list[Exchange] = []
    waiting: dict[str, list[_Waiting]] = {}
    ids: set[str] = set()
    for recorded in recording:
        packet = recorded.packet
        if packet.retain:
            continue
        if (name := operation_of(packet, root)) is not None:
            one = _Waiting.begin(name, recorded, root, len(exchanges))
            exchanges.append(one.exchange)
            waiting.setdefault(one.call.route.topic, []).append(one)
            ids.add(one.call.correlation_id)
        elif (here := waiting.get(packet.topic)) and (reply := read_reply(packet.payload)) is not None:
            waiting[packet.topic] = _settle(here, packet, reply, ids)
    return exchanges


def read_reply(payload: bytes) -> Reply | None:
    """The envelope in a payload, or None where it is none."""
    try:
        reply = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    if not isinstance(reply, dict):
        return None
    failed = reply.get("status") == "error" and isinstance(reply.get("error"), dict)
    return reply if failed or reply.get("status") == "ok" else None


def agree(recorded: Reply, reply: Reply) -> bool:
    """Whether a reply says what the recorded one said: status and data, or the error's code and details.

    What VOLATILE names is left out, and so are fields that the record does not have: contracts grow, and readers
    ignore what they do not know.
    """
    if recorded["status"] != reply["status"]:
        return False
    if recorded["status"] == "ok":
        return _agree(recorded.get("data"), reply.get("data"))
    return all(_agree(recorded["error"].get(part), reply["error"].get(part)) for part in ("code", "details"))


def _agree(recorded: Any, now: Any) -> bool:
    if isinstance(recorded, dict) and isinstance(now, dict):
        return all(name in now and _agree(value, now[name]) for name, value in recorded.items() if name not in VOLATILE)
    if isinstance(recorded, list) and isinstance(now, list):
        return len(recorded) == len(now) and all(map(_agree, recorded, now))
    return isinstance(recorded, bool) is isinstance(now, bool) and bool(recorded == now)


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    """A request whose reply has not been met yet. `named` says that its caller gave it a correlation id."""

    exchange: Exchange
    call: Call
    named: bool

    @classmethod
    def begin(cls, name: str, recorded: Recorded, root: str, number: int) -> _Waiting:
        call = _call(name, recorded.packet, root)
        named = call.key is not None
        repeated = (call.route.caller, call.correlation_id) if named else number
        return cls(Exchange(name, recorded, repeated), call, named)

    def fits(self, packet: Publish, reply: Reply, ids: set[str]) -> bool:
        """Whether this may be its reply. `ids` are all that requests were given."""
        if packet.correlation_data != self.call.route.correlation_data:
            return False
        if packet.correlation_data is not None:
            return True
        told = reply.get("correlation_id")
        return told == self.call.correlation_id if self.named else told not in ids


def _call(name: str, packet: Publish, root: str) -> Call:
    """What the worker knows of a request beside its fields: the reply's way and its correlation."""
    operation = catalogue.operation(name) or Operation(name, Request, Message, worker="", summary="")
    try:
        return read_request(operation, packet, root)[1]
    except RejectedRequestError as rejected:
        return rejected.call


def _settle(waiting: list[_Waiting], packet: Publish, reply: Reply, ids: set[str]) -> list[_Waiting]:
    """Give a reply to whom it answers, a call with its repetitions; gives those that still wait.

    Where it may answer different requests, none of them is given it, and none waits for another.
    """
    fitting = [each for each in waiting if each.fits(packet, reply, ids)]
    if len({each.exchange.request.packet.payload for each in fitting}) == 1:
        for each in fitting:
            each.exchange.reply = reply
    return [each for each in waiting if each not in fitting]
