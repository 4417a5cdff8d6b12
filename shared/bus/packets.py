"""MQTT 5 PUBLISH and PUBACK packets, to bytes and back. Pure.

Source: OASIS MQTT 5.0, sections 2.2 and 3.3. Written here because nearly all our traffic is these two packets, and
paho takes some 75 µs to build or read the properties of one.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from struct import Struct

PUBLISH = 0x30
PUBACK = 0x40

_EXPIRY = 0x02
_CONTENT_TYPE = 0x03
_RESPONSE_TOPIC = 0x08
_CORRELATION_DATA = 0x09
_USER_PROPERTY = 0x26
_VARIABLE = 0x0B  # subscription identifier, a variable byte integer
_FIXED = {0x01: 1, 0x23: 2}  # payload format indicator, topic alias

_U16 = Struct("!H")
_U32 = Struct("!I")
_PUBACK_PACKET = Struct("!BBH")


class MalformedPacketError(ValueError):
    """Bytes that are no MQTT 5 packet."""


@dataclass(slots=True)
class Publish:
    """One PUBLISH packet. `expiry` is in whole seconds; `mid` is 0 at QoS 0."""

    topic: str
    payload: bytes = b""
    qos: int = 1
    retain: bool = False
    response_topic: str | None = None
    correlation_data: bytes | None = None
    expiry: int | None = None
    content_type: str | None = None
    user_properties: tuple[tuple[str, str], ...] = ()
    mid: int = 0
    duplicate: bool = False


def encode_publish(packet: Publish) -> bytes:
    """The bytes of a PUBLISH."""
    topic = packet.topic.encode()
    properties = _encode_properties(packet)
    head = b"".join(
        (
            _U16.pack(len(topic)),
            topic,
            _U16.pack(packet.mid) if packet.qos else b"",
            encode_length(len(properties)),
            properties,
        )
    )
    flags = PUBLISH | (packet.duplicate << 3) | (packet.qos << 1) | packet.retain
    return b"".join((bytes((flags,)), encode_length(len(head) + len(packet.payload)), head, packet.payload))


def decode_publish(flags: int, body: bytes) -> Publish:
    """A PUBLISH from its first byte and what follows the remaining length. Raises MalformedPacketError."""
    try:
        qos = (flags >> 1) & 3
        at = 2 + _U16.unpack_from(body)[0]
        packet = Publish(str(body[2:at], "utf-8"), qos=qos, retain=bool(flags & 1), duplicate=bool(flags & 8))
        if qos:
            packet.mid = _U16.unpack_from(body, at)[0]
            at += 2
        length, at = decode_length(body, at)
        end = at + length
        if length:
            _decode_properties(packet, body, at, end)
    except (IndexError, ValueError, struct.error) as error:
        raise MalformedPacketError(f"a PUBLISH can't be read: {error}") from None
    if end > len(body):
        raise MalformedPacketError("a PUBLISH is shorter than its properties say")
    packet.payload = body[end:]
    return packet


def encode_puback(mid: int) -> bytes:
    """The bytes of a successful PUBACK."""
    return _PUBACK_PACKET.pack(PUBACK, 2, mid)


def decode_puback(body: bytes) -> tuple[int, int]:
    """Packet id and reason code of a PUBACK; a short one means success."""
    if len(body) < _U16.size:
        raise MalformedPacketError("a PUBACK is cut short")
    return _U16.unpack_from(body)[0], body[2] if len(body) > _U16.size else 0


def encode_length(number: int) -> bytes:
    """A variable byte integer."""
    if number < 0x80:  # noqa: PLR2004 - the usual case, one byte
        return bytes((number,))
    out = bytearray()
    while True:
        number, low = number >> 7, number & 0x7F
        out.append(low | (0x80 if number else 0))
        if not number:
            return bytes(out)


def decode_length(data: bytes | bytearray, at: int) -> tuple[int, int]:
    """A variable byte integer and the position after it. Raises IndexError where bytes are missing."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004 - the continuation bit
            return value, at
        shift += 7
        if shift > 21:  # noqa: PLR2004 - four bytes at most
            raise MalformedPacketError("a length has more than four bytes")


def _encode_properties(packet: Publish) -> bytes:
    parts: list[bytes] = []
    if packet.expiry is not None:
        parts += (b"\x02", _U32.pack(packet.expiry))
    if packet.content_type is not None:
        parts += (b"\x03", _sized(packet.content_type.encode()))
    if packet.response_topic is not None:
        parts += (b"\x08", _sized(packet.response_topic.encode()))
    if packet.correlation_data is not None:
        parts += (b"\x09", _sized(packet.correlation_data))
    for name, value in packet.user_properties:
        parts += (b"\x26", _sized(name.encode()), _sized(value.encode()))
    return b"".join(parts)


def _sized(data: bytes) -> bytes:
    return _U16.pack(len(data)) + data


def _decode_properties(packet: Publish, body: bytes, at: int, end: int) -> None:
    while at < end:
        kind = body[at]
        at += 1
        if kind == _EXPIRY:
            packet.expiry = _U32.unpack_from(body, at)[0]
            at += 4
        elif kind == _VARIABLE:
            _, at = decode_length(body, at)
        elif kind in _FIXED:
            at += _FIXED[kind]
        else:
            at = _decode_sized_property(packet, kind, body, at)


def _decode_sized_property(packet: Publish, kind: int, body: bytes, at: int) -> int:
    value, at = _take(body, at)
    if kind == _CORRELATION_DATA:
        packet.correlation_data = value
    elif kind == _RESPONSE_TOPIC:
        packet.response_topic = value.decode()
    elif kind == _CONTENT_TYPE:
        packet.content_type = value.decode()
    elif kind == _USER_PROPERTY:
        other, at = _take(body, at)
        packet.user_properties = (*packet.user_properties, (value.decode(), other.decode()))
    else:
        raise MalformedPacketError(f"property 0x{kind:02x} does not belong into a PUBLISH")
    return at


def _take(body: bytes, at: int) -> tuple[bytes, int]:
    size: int = _U16.unpack_from(body, at)[0]
    if at + 2 + size > len(body):
        raise MalformedPacketError("a property is cut short")
    return bytes(body[at + 2 : at + 2 + size]), at + 2 + size
