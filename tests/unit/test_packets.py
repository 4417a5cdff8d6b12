"""MQTT packets, against paho's own reading and writing of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from shared.bus.packets import (
    PUBLISH,
    MalformedPacketError,
    Publish,
    decode_length,
    decode_puback,
    decode_publish,
    encode_length,
    encode_puback,
    encode_publish,
)

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)
PACKETS = st.builds(
    Publish,
    topic=TEXT,
    payload=st.binary(max_size=300),
    qos=st.just(1),
    retain=st.booleans(),
    response_topic=st.none() | TEXT,
    correlation_data=st.none() | st.binary(max_size=300),
    expiry=st.none() | st.integers(0, 2**32 - 1),
    content_type=st.none() | TEXT,
    user_properties=st.lists(st.tuples(TEXT, TEXT), max_size=3).map(tuple),
    mid=st.integers(1, 0xFFFF),
    duplicate=st.booleans(),
)


def body_of(data: bytes) -> bytes:
    length, start = decode_length(data, 1)
    assert len(data) == start + length
    return data[start:]


@given(PACKETS)
def test_what_is_written_is_read_back(packet: Publish) -> None:
    data = encode_publish(packet)
    assert decode_publish(data[0], body_of(data)) == packet


@given(PACKETS)
def test_paho_reads_our_properties_the_same(packet: Publish) -> None:
    body = body_of(encode_publish(packet))
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    properties.unpack(body[2 + len(packet.topic.encode()) + 2 :])  # type: ignore[no-untyped-call]
    assert getattr(properties, "ResponseTopic", None) == packet.response_topic
    assert getattr(properties, "CorrelationData", None) == packet.correlation_data
    assert getattr(properties, "MessageExpiryInterval", None) == packet.expiry
    assert getattr(properties, "ContentType", None) == packet.content_type
    assert getattr(properties, "UserProperty", []) == list(packet.user_properties)


def test_we_read_what_paho_writes_and_what_we_do_not_use() -> None:
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    properties.PayloadFormatIndicator = 1
    properties.TopicAlias = 7
    properties.SubscriptionIdentifier = 300
    properties.ResponseTopic = "answer/here"
    body = b"\x00\x01t\x00\x05" + properties.pack() + b"payload"  # type: ignore[no-untyped-call]
    packet = decode_publish(PUBLISH | 2, body)
    assert (packet.topic, packet.mid, packet.response_topic, packet.payload) == ("t", 5, "answer/here", b"payload")


@given(PACKETS, st.data())
def test_a_packet_cut_short_is_malformed_and_nothing_else(packet: Publish, data: st.DataObject) -> None:
    whole = encode_publish(packet)
    body = body_of(whole)
    kept = data.draw(st.integers(0, max(len(body) - len(packet.payload) - 1, 0)))
    with pytest.raises(MalformedPacketError):
        decode_publish(whole[0], body[:kept])


@given(st.integers(0, 255), st.binary(max_size=200))
def test_any_bytes_at_all_are_a_packet_or_malformed(first: int, body: bytes) -> None:
    try:
        decode_publish(first, body)
    except MalformedPacketError:
        return


@given(st.integers(0, 268_435_455))
def test_lengths(number: int) -> None:
    data = encode_length(number)
    assert decode_length(data, 0) == (number, len(data))
    assert len(data) <= 4


def test_a_length_of_five_bytes_is_malformed() -> None:
    with pytest.raises(MalformedPacketError):
        decode_length(b"\xff\xff\xff\xff\x01", 0)
    with pytest.raises(IndexError):
        decode_length(b"\xff\xff", 0)


def test_acknowledgements() -> None:
    assert encode_puback(258) == b"\x40\x02\x01\x02"
    assert decode_puback(b"\x01\x02") == (258, 0)
    assert decode_puback(b"\x01\x02\x87") == (258, 0x87)
    assert decode_puback(b"\x01\x02\x10\x00") == (258, 0x10)
    with pytest.raises(MalformedPacketError):
        decode_puback(b"\x01")
