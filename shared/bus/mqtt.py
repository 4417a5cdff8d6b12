"""The transport to a real broker, on aiomqtt. This file, and only it, touches paho's inner client.

aiomqtt does login, TLS, keep-alive, subscriptions and the will. The two packets that make up the traffic, PUBLISH and
PUBACK, go past paho's queues: everything the socket holds is read and parsed at once, and everything that is to be sent
in one turn of the loop is written at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import ssl
import threading
from collections import deque
from collections.abc import Coroutine, Sequence
from typing import Any, cast

import aiomqtt
import paho.mqtt.client as paho
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.exception import MalformedPacket
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from shared.bus.packets import (
    PUBACK,
    PUBLISH,
    MalformedPacketError,
    Publish,
    decode_length,
    decode_puback,
    decode_publish,
    encode_puback,
    encode_publish,
)
from shared.bus.transport import SUCCESS, Connector, Message, OnMessage, Subscription, Told, Will
from shared.errors import BrokerError, ConnectionLost, LoginRefused, SettingsError
from shared.settings import BrokerAddress

_READ_AT_ONCE = 64 * 1024
"""Bytes. Five times faster than 256 KiB, for which each `recv` maps and unmaps memory."""
_LARGEST_PACKET = 8 * 1024 * 1024
_MIDS = 0xFFFF
_UNLIMITED = 0xFFFF
_REFUSED_LOGINS = frozenset({0x85, 0x86, 0x87, 0x8C})  # client id, user or password, not authorised, method
_NO_DELAY = ((socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),)
"""Without it every QoS 1 exchange waits 40 ms for a delayed acknowledgement of the kernel."""


def mqtt_connector(address: BrokerAddress, *, keepalive: int = 20, timeout: float = 10.0) -> Connector:
    """A maker of connections to a broker. `keepalive` and `timeout` (for logging in) in seconds."""

    def connect(client_id: str, will: Will | None, session: int = 0) -> MqttTransport:
        return MqttTransport(address, client_id, will, session=session, keepalive=keepalive, timeout=timeout)

    return connect


class MqttTransport:
    """One connection to an MQTT 5 broker."""

    def __init__(
        self,
        address: BrokerAddress,
        client_id: str,
        will: Will | None,
        *,
        session: int = 0,
        keepalive: int,
        timeout: float,
    ) -> None:
        self._address, self._client_id, self._will, self._session = address, client_id, will, session
        self._keepalive, self._timeout = keepalive, timeout
        self._client: _Client | None = None
        self._wire: _Wire | None = None
        self._unacknowledged: dict[int, Told] = {}
        self._waiting: deque[tuple[Publish, Told]] = deque()
        self._window = _UNLIMITED
        self._on_message: OnMessage | None = None

    @property
    def ended_by(self) -> int | None:
        """The reason code of the broker's DISCONNECT, where it sent one."""
        return self._client.ended_by if self._client else None

    async def connect(self, on_message: OnMessage) -> None:
        """Log in. Raises LoginRefused or BrokerError."""
        self._on_message = on_message
        client = self._client = _Client(
            self._address, self._client_id, self._will, self._session, self._keepalive, self._timeout
        )
        self._wire = client.wire(self)
        try:
            with _cancellation_kept():
                await client.__aenter__()
        except aiomqtt.MqttError as error:
            self._wire.abandon()
            self._client = self._wire = None
            raise self._explained(error) from None
        self._window = client.receive_maximum
        client.ended.add_done_callback(lambda _ended: self._forget())

    def _explained(self, error: aiomqtt.MqttError) -> BrokerError:
        where = f"the broker at {self._address.host}:{self._address.port}"
        reason = getattr(error, "rc", None)
        code = reason.value if isinstance(reason, ReasonCode) else None
        if code in _REFUSED_LOGINS:
            who = f"user {self._address.username!r}" if self._address.username else "a client without a user name"
            return LoginRefused(f"{where} refused {who} ({reason}): check user name and password")
        if code is not None:
            return BrokerError(f"{where} refused the connection: {reason}")
        return BrokerError(f"{where} can't be reached: {error}")

    def publish(self, packet: Publish, told: Told) -> None:
        """Send a packet, at most as many unacknowledged at a time as the broker takes."""
        wire = self._wire
        if wire is None or not wire.open:
            told(ConnectionLost("the connection to the broker is gone"))
        elif packet.qos == 0:
            wire.send(encode_publish(packet))
            told(SUCCESS)
        elif len(self._unacknowledged) >= self._window:
            self._waiting.append((packet, told))
        else:
            self._send(wire, packet, told)

    def _send(self, wire: _Wire, packet: Publish, told: Told) -> None:
        mid = wire.next_mid(self._unacknowledged)
        packet.mid = mid
        self._unacknowledged[mid] = told
        wire.send(encode_publish(packet))

    def acknowledge(self, mid: int) -> None:
        """Acknowledge a received QoS 1 packet."""
        if self._wire is not None and self._wire.open:
            self._wire.send_soon(encode_puback(mid))

    def received(self, packet: Publish) -> None:
        """Called by the wire for each PUBLISH."""
        if self._on_message is not None:
            self._on_message(Message(packet, self))

    def acknowledged(self, mid: int, reason: int) -> None:
        """Called by the wire for each PUBACK."""
        told = self._unacknowledged.pop(mid, None)
        if told is not None:
            told(reason)
        while self._waiting and self._wire is not None and len(self._unacknowledged) < self._window:
            self._send(self._wire, *self._waiting.popleft())

    async def subscribe(self, subscriptions: Sequence[Subscription]) -> list[int]:
        """Subscribe. Gives one reason code each."""
        topics = [
            (
                each.topic_filter,
                SubscribeOptions(
                    qos=each.qos,
                    retainAsPublished=each.retain_as_published,
                    retainHandling=each.retain_handling,
                ),
            )
            for each in subscriptions
        ]
        codes = await self._unless_it_ends(self._live().subscribe(topics))
        return [code.value if isinstance(code, ReasonCode) else int(code) for code in codes]

    async def unsubscribe(self, topic_filters: Sequence[str]) -> None:
        """Unsubscribe."""
        await self._unless_it_ends(self._live().unsubscribe(list(topic_filters)))

    async def _unless_it_ends(self, asking: Coroutine[Any, Any, Any]) -> Any:
        """Wait for an answer of the broker. aiomqtt would wait for it on a connection that has ended, too."""
        answer = asyncio.ensure_future(asking)
        try:
            await asyncio.wait([answer, self._live().ended], return_when=asyncio.FIRST_COMPLETED)
            if not answer.done():
                raise ConnectionLost("the connection to the broker ended before it answered")
            return answer.result()
        except aiomqtt.MqttError as error:
            raise ConnectionLost(f"the connection to the broker is gone: {error}") from None
        finally:
            answer.cancel()
            await asyncio.gather(answer, return_exceptions=True)

    def _live(self) -> _Client:
        if self._client is None:
            raise ConnectionLost("not connected to the broker")
        return self._client

    async def closed(self) -> None:
        """Wait until the connection has ended."""
        if self._client is not None:
            await asyncio.wait([self._client.ended])

    def _forget(self) -> None:
        """The connection has ended: whoever waits for an acknowledgement waits no longer."""
        lost = ConnectionLost("the connection to the broker ended before it acknowledged")
        left = [*self._unacknowledged.values(), *(told for _, told in self._waiting)]
        self._unacknowledged.clear()
        self._waiting.clear()
        for told in left:
            told(lost)

    async def close(self) -> None:
        """Disconnect cleanly, with all that was to be sent before."""
        client, self._wire = self._client, None
        if client is None:
            return
        with contextlib.suppress(aiomqtt.MqttError, TimeoutError):
            await client.__aexit__(None, None, None)
        client.release()
        self._forget()


@contextlib.contextmanager
def _cancellation_kept() -> Any:
    """Raise a cancellation that came inside of the block and was swallowed there.

    aiomqtt waits by `asyncio.wait_for`, which before Python 3.12 prefers a result that comes in the same turn.
    """
    task = asyncio.current_task()
    before = task.cancelling() if task is not None else 0
    yield
    if task is not None and task.cancelling() > before:
        raise asyncio.CancelledError


class _Client(aiomqtt.Client):
    """aiomqtt with a paho client of ours inside, and what CONNACK and DISCONNECT said."""

    def __init__(
        self,
        address: BrokerAddress,
        client_id: str,
        will: Will | None,
        session: int,
        keepalive: int,
        timeout: float,
    ) -> None:
        super().__init__(
            address.host,
            address.port,
            username=address.username,
            password=address.password.get_secret_value() if address.password else None,
            identifier=client_id,
            protocol=aiomqtt.ProtocolVersion.V5,
            clean_start=not session,
            will=_will(will),
            keepalive=keepalive,
            timeout=timeout,
            max_queued_incoming_messages=1,
            properties=_connect_properties(session),
            tls_context=_tls(address) if address.tls else None,
            socket_options=_NO_DELAY,
            logger=logging.getLogger("homeiq.mqtt"),
        )
        self.pending_calls_threshold = _MIDS
        self._loop_thread = threading.get_ident()
        self.receive_maximum = _UNLIMITED
        self.ended_by: int | None = None
        self._client.connect_timeout = min(timeout, 5.0)

    def wire(self, transport: MqttTransport) -> _Wire:
        """The inner client, made into one that hands PUBLISH and PUBACK to the transport."""
        # aiomqtt builds its own paho client and takes none from outside.
        self._client.__class__ = _Wire
        wire = cast("_Wire", self._client)
        wire.attach(transport, self._loop)
        return wire

    @property
    def ended(self) -> asyncio.Future[None]:
        """Done when the connection has ended."""
        return self._disconnected

    def release(self) -> None:
        """Let go of an error that nobody will ask for."""
        if self._disconnected.done() and not self._disconnected.cancelled():
            self._disconnected.exception()

    def _on_socket_register_write(self, client: paho.Client, userdata: Any, sock: Any) -> None:  # noqa: ARG002 - paho's
        # aiomqtt begins to watch a turn later, when all may be written or the socket closed: the loop would then spin.
        if threading.get_ident() == self._loop_thread:
            self._watch_for_writing(client, sock)
        else:
            self._loop.call_soon_threadsafe(self._watch_later, client, sock)

    def _watch_for_writing(self, client: paho.Client, sock: Any) -> None:
        # Also where paho has nothing to write yet: what the socket did not take of a burst follows at once.
        if sock.fileno() >= 0:
            self._loop.add_writer(sock.fileno(), client.loop_write)

    def _watch_later(self, client: paho.Client, sock: Any) -> None:
        if client.want_write():
            self._watch_for_writing(client, sock)

    def _on_connect(
        self, client: Any, userdata: Any, flags: Any, reason_code: ReasonCode, properties: Properties | None = None
    ) -> None:
        self.receive_maximum = getattr(properties, "ReceiveMaximum", _UNLIMITED)
        super()._on_connect(client, userdata, flags, reason_code, properties)

    def _on_disconnect(
        self, client: Any, userdata: Any, flags: Any, reason_code: ReasonCode, properties: Properties | None = None
    ) -> None:
        if getattr(flags, "is_disconnect_packet_from_server", False):
            self.ended_by = reason_code.value
        if not self._connected.cancelled():  # of a login that was given up, aiomqtt would ask for the outcome
            super()._on_disconnect(client, userdata, flags, reason_code, properties)
        self.release()


class _Wire(paho.Client):
    """paho's client with its own way for PUBLISH and PUBACK."""

    _burst: list[bytes]
    _unparsed: bytearray
    _receiver: MqttTransport

    def attach(self, transport: MqttTransport, loop: asyncio.AbstractEventLoop) -> None:
        """Give it the transport to speak to. In place of a constructor: the object is aiomqtt's."""
        self._receiver, self._event_loop = transport, loop
        self._burst, self._unparsed, self._flushing = [], bytearray(), False

    @property
    def open(self) -> bool:
        """Whether there is a socket."""
        return self._sock is not None

    def next_mid(self, taken: dict[int, Any]) -> int:
        """A packet id that is free."""
        mid: int = self._mid_generate()
        while mid in taken:
            mid = self._mid_generate()
        return mid

    def send(self, packet: bytes) -> None:
        """Send at the end of this turn of the loop, together with whatever else is sent until then."""
        self._burst.append(packet)
        if not self._flushing:
            self._flushing = True
            self._event_loop.call_soon(self._flush)

    def send_soon(self, packet: bytes) -> None:
        """Send one turn later: the reply of a quick handler then goes with the acknowledgement of its request."""
        if not self._burst:
            self._event_loop.call_soon(self._event_loop.call_soon, self._flush)
        self._burst.append(packet)

    def _flush(self) -> None:
        self._flushing = False
        if not self._burst:
            return
        data = b"".join(self._burst)
        self._burst.clear()
        if self._sock is None:
            return
        if not self._out_packet:
            data = data[self._written(data) :]
        if data:
            # The command of an acknowledgement: paho then only writes it, behind what it has to write itself.
            rest: Any = {"command": PUBACK, "mid": 0, "qos": 1, "pos": 0, "info": None}
            self._out_packet.append(rest | {"to_process": len(data), "packet": data})
            self.loop_write()

    def _written(self, data: bytes) -> int:
        """How many bytes the socket has taken at once; an error comes again, and is met, in paho's own writing."""
        try:
            count = self._sock_send(data)
        except OSError:
            return 0
        self._last_msg_out = paho.time_func()
        return count

    def _ssl_wrap_socket(self, tcp_sock: socket.socket) -> ssl.SSLSocket:
        # paho leaves the socket of a handshake that failed open.
        wrapped = cast("ssl.SSLContext", self._ssl_context).wrap_socket(
            tcp_sock, server_hostname=self._host, do_handshake_on_connect=False
        )
        try:
            wrapped.settimeout(self._connect_timeout)
            wrapped.do_handshake()
        except BaseException:
            wrapped.close()
            raise
        return wrapped

    def abandon(self) -> None:
        """Close the socket of a login that failed."""
        self._sock_close()

    def disconnect(self, *args: Any, **kwargs: Any) -> MQTTErrorCode:
        """What waits to be sent goes first."""
        self._flush()
        return super().disconnect(*args, **kwargs)

    def loop_read(self, max_packets: int = 1) -> MQTTErrorCode:  # noqa: ARG002 - all that is there is read
        """Read what the socket holds and handle every packet in it. Called by aiomqtt's reader."""
        if self._sock is None:
            return MQTTErrorCode.MQTT_ERR_NO_CONN
        try:
            data = self._sock_recv(_READ_AT_ONCE)
        except BlockingIOError:
            return MQTTErrorCode.MQTT_ERR_SUCCESS
        except OSError:
            data = b""
        if not data:
            return self._loop_rc_handle(MQTTErrorCode.MQTT_ERR_CONN_LOST)
        self._last_bytes_received = paho.time_func()
        self._unparsed += data
        try:
            rc = self._handle_packets()
        except (MalformedPacketError, MalformedPacket):
            rc = MQTTErrorCode.MQTT_ERR_PROTOCOL
        return self._loop_rc_handle(rc) if rc > 0 else rc

    def _handle_packets(self) -> MQTTErrorCode:
        data, at = self._unparsed, 0
        rc = MQTTErrorCode.MQTT_ERR_SUCCESS
        try:
            while len(data) - at >= 2 and rc == MQTTErrorCode.MQTT_ERR_SUCCESS:  # noqa: PLR2004 - the smallest packet
                try:
                    length, start = decode_length(data, at + 1)
                except IndexError:
                    break
                if length > _LARGEST_PACKET:
                    raise MalformedPacketError("a packet is larger than we told the broker to send")
                if len(data) < start + length:
                    break
                first, body = data[at], bytes(data[start : start + length])
                at = start + length
                rc = self._handle_packet(first, body)
        finally:
            del data[:at]
        return rc

    def _handle_packet(self, first: int, body: bytes) -> MQTTErrorCode:
        kind = first & 0xF0
        if kind == PUBLISH:
            self._receiver.received(decode_publish(first, body))
            return MQTTErrorCode.MQTT_ERR_SUCCESS
        if kind == PUBACK:
            self._receiver.acknowledged(*decode_puback(body))
            return MQTTErrorCode.MQTT_ERR_SUCCESS
        self._in_packet = {
            "command": first,
            "have_remaining": 1,
            "remaining_count": [],
            "remaining_mult": 1,
            "remaining_length": len(body),
            "packet": bytearray(body),
            "to_process": 0,
            "pos": 0,
        }
        return self._packet_handle()


def _tls(address: BrokerAddress) -> ssl.SSLContext:
    """TLS 1.2 or newer, which checks certificate and host name. Raises SettingsError for a CA that can't be used."""
    try:
        context = ssl.create_default_context(cafile=address.ca_file)
    except OSError as error:
        raise SettingsError(
            f"MQTT_CA_FILE: {address.ca_file} can't be used ({error}): it must be a certificate in PEM form."
        ) from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _will(will: Will | None) -> aiomqtt.Will | None:
    if will is None:
        return None
    properties = Properties(PacketTypes.WILLMESSAGE)  # type: ignore[no-untyped-call]
    properties.MessageExpiryInterval = will.expiry
    return aiomqtt.Will(will.topic, will.payload, qos=1, retain=True, properties=properties)


def _connect_properties(session: int) -> Properties:
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    if session:
        properties.SessionExpiryInterval = session
    properties.MaximumPacketSize = _LARGEST_PACKET
    return properties
