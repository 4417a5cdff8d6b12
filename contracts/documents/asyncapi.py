"""`docs/asyncapi.json`: every channel, operation and message, as AsyncAPI 3.0.0.

Source: https://www.asyncapi.com/docs/reference/specification/v3.0.0 and the MQTT bindings 0.2.0. HomeIQ is the
application, so that it receives requests and sends replies, events and states. Addresses are written out.
"""

import json
from typing import Any

from contracts.catalogue import EVENTS, OPERATIONS, STATES, WORKERS
from contracts.documents.schemas import PREFIX, schemas
from contracts.envelope import CORRELATION_ID
from contracts.operation import ROOT, Operation, State

WIRE_VERSION = "0.1.0"
"""The version of the messages."""
RETAINED_REPLY_SECONDS = 60
PRIVATE = "reply.private"

Node = dict[str, Any]


def asyncapi_json() -> str:
    """The text of the document."""
    return json.dumps(asyncapi(), indent=2, ensure_ascii=False) + "\n"


def asyncapi() -> Node:
    """The document."""
    channels: Node = {PRIVATE: _private_channel()}
    operations: Node = {}
    messages: Node = {}
    for operation in OPERATIONS:
        messages |= _request_messages(operation)
        channels |= _request_channels(operation)
        operations |= _request_operations(operation)
    for event in EVENTS:
        messages[event.name] = _message(event.name, event.model.__name__, event.summary)
        channels[_key(event.name)] = _channel(event.topic(), event.summary, [event.name])
        operations |= _sending(event.name, event.name, event.summary, retain=False, worker=event.worker)
    for state in STATES:
        messages[state.name] = _message(state.name, state.model.__name__, state.summary)
        for worker in WORKERS if state.worker == "*" else (state.worker,):
            name = state.name.replace("{worker}", worker)
            channels[_key(name)] = _state_channel(state, name)
            operations |= _sending(name, state.name, state.summary, retain=True, worker=worker)
    operations |= _private_reply()
    return {
        "asyncapi": "3.0.0",
        "info": _info(),
        "defaultContentType": "application/json",
        "servers": {"broker": _server()},
        "channels": channels,
        "operations": operations,
        "components": {
            "schemas": schemas() | {_reply_name(each): _reply_schema(each) for each in OPERATIONS},
            "messages": {_key(name): message for name, message in messages.items()},
            "parameters": _parameters(),
            "securitySchemes": {"user": {"type": "userPassword", "description": "A user of the broker."}},
        },
    }


def _info() -> Node:
    return {
        "title": "HomeIQ",
        "version": WIRE_VERSION,
        "description": "The AI of a home that runs Home Assistant. Every capability is asked, and answers, over MQTT.",
        "license": {"name": "MIT"},
        "externalDocs": {"url": "topics.md", "description": "The same for people"},
    }


def _server() -> Node:
    return {
        "host": "{host}:{port}",
        "protocol": "mqtt",
        "protocolVersion": "5.0",
        "description": "The Mosquitto that `homeiq up` starts, the one in compose, or one of your own.",
        "variables": {"host": {"default": "127.0.0.1"}, "port": {"default": "1883"}},
        "security": [{"$ref": "#/components/securitySchemes/user"}],
    }


def _parameters() -> Node:
    return {
        "correlation_id": {"description": f"That of the request, where it matches `{CORRELATION_ID.pattern}`."},
        "user": {"description": "The broker user who asks, and who alone can read there."},
        "instance": {"description": "One running program of that user, or one running instance of a worker."},
    }


# -- requests and replies ----------------------------------------------------------------------------------------------


def _request_messages(operation: Operation[Any, Any]) -> Node:
    asked, answered = f"{operation.name}/request", f"{operation.name}/response"
    request = _message(asked, operation.request.__name__, operation.summary)
    request["correlationId"] = {"location": "$message.payload#/correlation_id"}
    request["headers"] = {
        "type": "object",
        "description": "Properties of an MQTT 5 PUBLISH.",
        "properties": {"response_topic": {"type": "string"}, "correlation_data": {"type": "string"}},
    }
    reply = _message(answered, _reply_name(operation), f"The reply to `{operation.name}`.")
    reply["correlationId"] = {"location": "$message.payload#/correlation_id"}
    return {asked: request, answered: reply}


def _request_channels(operation: Operation[Any, Any]) -> Node:
    asked, answered = f"{operation.name}/request", f"{operation.name}/response"
    kept = _channel(
        f"{operation.response_topic()}/{{correlation_id}}",
        f"Replies to `{operation.name}`, each on a topic of its own, retained for {RETAINED_REPLY_SECONDS} s.",
        [answered],
        "correlation_id",
    )
    return {
        _key(asked): _channel(operation.request_topic(), f"Where `{operation.name}` is asked.", [asked]),
        _key(answered): _channel(operation.response_topic(), f"Public replies to `{operation.name}`.", [answered]),
        _key(f"{answered}/kept"): kept,
        _key(f"{answered}/named"): {
            "address": None,
            "description": "The response topic that the request named.",
            "messages": {_key(answered): _reference("messages", answered)},
        },
    }


def _request_operations(operation: Operation[Any, Any]) -> Node:
    asked, answered = f"{operation.name}/request", f"{operation.name}/response"
    return {
        _key(asked): {
            "action": "receive",
            "summary": operation.summary,
            **_performed(asked, asked),
            "bindings": _binding(retain=False),
            "reply": {
                "address": {
                    "location": "$message.header#/response_topic",
                    "description": "Without one: `reply_to` of the payload; without that: the public topic.",
                },
                **_performed(f"{answered}/named", answered),
            },
            "x-worker": operation.worker,
            "x-effect": operation.effect,
            "x-deadline-seconds": operation.timeout,
            "x-callers": [*sorted(str(role) for role in operation.callers), "admin", *sorted(operation.by)],
        },
        **_sending(answered, answered, f"Answer `{operation.name}`.", retain=False, worker=operation.worker),
        **_sending(
            f"{answered}/kept",
            answered,
            f"Answer `{operation.name}`, for callers that listen late.",
            retain=True,
            worker=operation.worker,
            expiry=RETAINED_REPLY_SECONDS,
        ),
    }


def _private_channel() -> Node:
    replies = [f"{each.name}/response" for each in OPERATIONS]
    return _channel(
        f"{ROOT}/reply/{{user}}/{{instance}}",
        "Replies that only the asking user can read.",
        replies,
        "user",
        "instance",
    )


def _private_reply() -> Node:
    return {
        PRIVATE: {
            "action": "send",
            "summary": "Answer on a topic of the caller.",
            "channel": {"$ref": f"#/channels/{PRIVATE}"},
            "bindings": _binding(retain=False),
        }
    }


def _reply_name(operation: Operation[Any, Any]) -> str:
    return f"Reply.{operation.response.__name__}"


def _reply_schema(operation: Operation[Any, Any]) -> Node:
    """Written here, since AsyncAPI's discriminator is another one than pydantic's."""
    ok = {
        "type": "object",
        "required": ["correlation_id", "status", "data"],
        "properties": {
            "correlation_id": {"type": "string"},
            "status": {"const": "ok"},
            "data": {"$ref": f"{PREFIX}{operation.response.__name__}"},
        },
    }
    return {"oneOf": [ok, {"$ref": f"{PREFIX}Failed"}]}


# -- the parts ---------------------------------------------------------------------------------------------------------


def _state_channel(state: State[Any], name: str) -> Node:
    parameters = ["instance"] if "{instance}" in name else []
    return _channel(f"{ROOT}/{name}", state.summary, [state.name], *parameters)


def _channel(address: str, description: str, messages: list[str], *parameters: str) -> Node:
    channel: Node = {
        "address": address,
        "description": description,
        "messages": {_key(each): _reference("messages", each) for each in messages},
    }
    if parameters:
        channel["parameters"] = {each: {"$ref": f"#/components/parameters/{each}"} for each in parameters}
    return channel


def _message(name: str, schema: str, summary: str) -> Node:
    return {
        "name": _key(name),
        "summary": summary,
        "contentType": "application/json",
        "payload": {"$ref": f"{PREFIX}{schema}"},
    }


def _sending(channel: str, message: str, summary: str, *, retain: bool, worker: str, expiry: int | None = None) -> Node:
    """A send operation on a channel."""
    return {
        _key(channel): {
            "action": "send",
            "summary": summary,
            **_performed(channel, message),
            "bindings": _binding(retain=retain, expiry=expiry),
            "x-worker": worker,
        }
    }


def _performed(channel: str, message: str) -> Node:
    where = f"#/channels/{_key(channel)}"
    return {"channel": {"$ref": where}, "messages": [{"$ref": f"{where}/messages/{_key(message)}"}]}


def _binding(*, retain: bool, expiry: int | None = None) -> Node:
    mqtt: Node = {"qos": 1, "retain": retain}
    if expiry is not None:
        mqtt["messageExpiryInterval"] = expiry
    return {"mqtt": {**mqtt, "bindingVersion": "0.2.0"}}


def _reference(kind: str, name: str) -> Node:
    return {"$ref": f"#/components/{kind}/{_key(name)}"}


def _key(name: str) -> str:
    """A topic as the key of a component, which takes no slash and no brace."""
    return name.replace("/", ".").replace("{", "").replace("}", "")
