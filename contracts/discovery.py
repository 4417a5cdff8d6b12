"""How Home Assistant sees HomeIQ: the document of its MQTT discovery, in Home Assistant's own names.

The topics here are Home Assistant's: they stand beside our root, not below it.
"""

import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer

from contracts.model import Message
from contracts.operation import ROOT, State

PREFIX = "homeassistant"
"""Home Assistant's discovery prefix, as it is unless somebody has changed it there."""

STATUS_TOPIC = f"{PREFIX}/status"
"""Where Home Assistant says that it has come and gone."""

ONLINE = b"online"
"""What it says when it has come."""

_PLAIN = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)*")
_OTHER = re.compile(r"[^a-z0-9]+")
_DIGEST, _LONGEST = 6, 48


class Platform(StrEnum):
    """What kind of entity a component is."""

    BINARY_SENSOR = "binary_sensor"
    BUTTON = "button"
    EVENT = "event"
    SENSOR = "sensor"


class Described(Message):
    """Part of a discovery document; what is not said stays out, since Home Assistant refuses null."""

    @model_serializer(mode="wrap")
    def _said(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {name: value for name, value in serialize(self).items() if value is not None}


class Availability(Described):
    """Where it is said whether the device can be reached, and how to read that."""

    topic: str
    value_template: str
    payload_available: str
    payload_not_available: str


class Device(Described):
    """The device that the entities belong to."""

    identifiers: list[str] = Field(min_length=1)
    name: str
    manufacturer: str
    model: str
    sw_version: str


class Origin(Described):
    """The program that announces."""

    name: str
    sw_version: str


class Component(Described):
    """One entity. Templates are Jinja; `expire_after` is in seconds without a message, then it is unavailable."""

    platform: Platform
    unique_id: str
    default_entity_id: str
    name: str
    icon: str | None = None
    entity_category: str | None = None
    device_class: str | None = None
    state_class: str | None = None
    unit_of_measurement: str | None = None
    state_topic: str | None = None
    value_template: str | None = None
    expire_after: int | None = None
    json_attributes_topic: str | None = None
    json_attributes_template: str | None = None
    command_topic: str | None = None
    payload_press: str | None = None
    event_types: list[str] | None = None


class Discovery(Described):
    """A device with all its entities, by key; what stands beside them holds for each."""

    device: Device
    origin: Origin
    availability: list[Availability]
    qos: int = Field(ge=0, le=1)
    components: dict[str, Component]


def device_id(root: str = ROOT) -> str:
    """The id of the device: letters, digits and `_`. Homes with other roots on one broker have others."""
    if root == ROOT:
        return ROOT
    if _PLAIN.fullmatch(root) and len(root) <= _LONGEST:
        return f"{ROOT}_{root}"
    digest = hashlib.sha256(root.encode()).hexdigest()[:_DIGEST]
    plain = _OTHER.sub("_", root.lower()[:_LONGEST]).strip("_")
    return "_".join(part for part in (ROOT, plain, digest) if part)


@dataclass(frozen=True)
class DiscoveryState(State[Discovery]):
    """The document, retained where Home Assistant looks for it."""

    def topic(self, root: str = ROOT, **levels: str) -> str:  # noqa: ARG002 - its name has no levels
        """The full topic."""
        return f"{PREFIX}/device/{device_id(root)}/config"

    def topic_filter(self, root: str = ROOT) -> str:
        """The same: there is one."""
        return self.topic(root)


DISCOVERY = DiscoveryState("discovery", Discovery, worker="data", summary="HomeIQ as a device of Home Assistant.")
