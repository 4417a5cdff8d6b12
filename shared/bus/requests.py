"""Reading a request: from a packet that anybody may have sent to a checked model and the way back. Pure."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import secrets
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from contracts.envelope import REQUEST_LIMIT, Envelope
from contracts.model import Request
from contracts.operation import Operation
from shared.bus.packets import Publish
from shared.bus.replies import ReplyRoute, is_reply_topic, public_route
from shared.errors import InvalidRequest

_MOST_DETAILS = 20


@dataclass(frozen=True, slots=True)
class Call:
    """What is known of a request beside its fields.

    `key` (operation, caller, correlation id, digest of the payload) is equal for repetitions, and None where they can't
    be told because the caller gave no correlation id. `effect_id` names an effect for good, through crashes and
    repetitions: under it things are done outside of the database. Reads have none.
    """

    correlation_id: str
    route: ReplyRoute
    key: tuple[str, str, str, bytes] | None
    digest: bytes = b""
    effect_id: str = ""


class RejectedRequestError(Exception):
    """A request that can't be run, with the way to tell its caller so."""

    def __init__(self, error: InvalidRequest, call: Call) -> None:
        super().__init__(error.message)
        self.error, self.call = error, call


def read_request(operation: Operation[Any, Any], packet: Publish, root: str) -> tuple[Request, Call]:
    """The request in a packet. Raises RejectedRequestError."""
    if len(packet.payload) > REQUEST_LIMIT:
        error = InvalidRequest(
            f"the request has {len(packet.payload)} bytes; at most {REQUEST_LIMIT} are read",
            [{"path": "$", "message": "too large"}],
        )
        raise RejectedRequestError(error, _call(operation, packet, root, Envelope())[0])
    try:
        request = (
            operation.incoming.model_validate(_bare(operation, packet.payload))
            if _is_bare(packet.payload)
            else operation.incoming.model_validate_json(packet.payload)
        )
    except (ValidationError, InvalidRequest) as error:
        call, _ = _call(operation, packet, root, _salvaged(packet.payload))
        raise RejectedRequestError(_explained(error), call) from None
    call, hostile = _call(operation, packet, root, request)
    if hostile is not None:
        raise RejectedRequestError(_refused_topic(operation, root, hostile), call)
    if packet.retain:
        raise RejectedRequestError(
            InvalidRequest("a retained request is never run: publish it without the retain flag"), call
        )
    return request, call


def _is_bare(payload: bytes) -> bool:
    return payload.lstrip()[:1] not in {b"{", b"["}


def _bare(operation: Operation[Any, Any], payload: bytes) -> dict[str, str]:
    """The fields of a payload that is no JSON: the one text field, or nothing at all."""
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        raise InvalidRequest("the payload is not UTF-8", [{"path": "$", "message": "not UTF-8"}]) from None
    if operation.text_field is not None:
        return {operation.text_field: text.strip()}
    if text.strip():
        raise InvalidRequest(f"{operation.name} takes a JSON object", [{"path": "$", "message": "no JSON object"}])
    return {}


def _salvaged(payload: bytes) -> Envelope:
    """What can be read of the envelope where the request itself can't, so that the caller hears of it."""
    with contextlib.suppress(ValueError, RecursionError):
        fields = json.loads(payload)
        if isinstance(fields, dict):
            return Envelope(**{name: fields[name] for name in Envelope.model_fields if _valid(name, fields.get(name))})
    return Envelope()


def _valid(name: str, value: Any) -> bool:
    try:
        Envelope.model_validate({name: value})
    except ValidationError:
        return False
    return value is not None


def _call(operation: Operation[Any, Any], packet: Publish, root: str, envelope: Any) -> tuple[Call, str | None]:
    """Correlation and reply route, and where a reply topic was named that is not allowed: then it is the public one."""
    named = envelope.correlation_id or _text(packet.correlation_data)
    hostile: str | None = None
    route: ReplyRoute | None = None
    if packet.response_topic is not None:
        hostile = None if is_reply_topic(packet.response_topic, operation, root) else "response topic"
        route = None if hostile else ReplyRoute(packet.response_topic, packet.correlation_data)
    elif envelope.reply_to is not None:
        hostile = None if is_reply_topic(envelope.reply_to, operation, root) else "$.reply_to"
        route = None if hostile else ReplyRoute(envelope.reply_to)
    route = route or public_route(operation, root, named)
    digest = hashlib.blake2b(packet.payload, digest_size=16).digest()
    key = (operation.name, route.caller, named, digest) if named else None
    return Call(named or secrets.token_hex(16), route, key, digest), hostile


def _text(data: bytes | None) -> str | None:
    """Correlation data as it stands in payloads: as text where it is UTF-8, else as base64."""
    if not data:
        return None
    try:
        return data.decode()
    except UnicodeDecodeError:
        return base64.b64encode(data).decode()


def _refused_topic(operation: Operation[Any, Any], root: str, path: str) -> InvalidRequest:
    allowed = f"{operation.response_topic(root)}/… or {root}/reply/<user>/…"
    return InvalidRequest(
        f"replies are not sent to the topic named: use {allowed}, without wildcards",
        [{"path": path, "message": "not a reply topic"}],
    )


def _explained(error: ValidationError | InvalidRequest) -> InvalidRequest:
    if isinstance(error, InvalidRequest):
        return error
    details = [
        {"path": json_path(entry["loc"]), "message": entry["msg"]}
        for entry in error.errors(include_url=False, include_input=False, include_context=False)[:_MOST_DETAILS]
    ]
    summary = "; ".join(f"{detail['path']}: {detail['message']}" for detail in details[:3])
    return InvalidRequest(f"the request can't be read: {summary}", details)


def json_path(location: tuple[int | str, ...]) -> str:
    """A pydantic location as a JSON path: `$.actions[0].target`."""
    return "$" + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
