"""The little of libmosquitto that a round trip needs, by ctypes: MQTT 5, QoS 1, TCP_NODELAY.

Source: mosquitto.h of Mosquitto 2.0.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import threading
from collections.abc import Callable
from ctypes import POINTER, Structure, c_bool, c_char_p, c_int, c_void_p
from typing import Any, Self

from tests.bench.child import Login

_PROTOCOL_VERSION, _RECEIVE_MAXIMUM, _SEND_MAXIMUM, _NODELAY = 1, 4, 5, 11
_ON_CONNECT = ctypes.CFUNCTYPE(None, c_void_p, c_void_p, c_int)
_ON_SUBSCRIBE = ctypes.CFUNCTYPE(None, c_void_p, c_void_p, c_int, c_int, POINTER(c_int))


class _Message(Structure):
    _fields_ = (
        ("mid", c_int),
        ("topic", c_char_p),
        ("payload", c_void_p),
        ("payloadlen", c_int),
        ("qos", c_int),
        ("retain", c_bool),
    )


_ON_MESSAGE = ctypes.CFUNCTYPE(None, c_void_p, c_void_p, POINTER(_Message))
OnMessage = Callable[[bytes], None]


class LibmosquittoError(Exception):
    """A call into the library failed."""


def library() -> ctypes.CDLL | None:
    """The library, or None where it is not installed."""
    for name in ("libmosquitto.so.1", ctypes.util.find_library("mosquitto")):
        try:
            found = ctypes.CDLL(name) if name else None
        except OSError:
            continue
        if found is not None:
            found.mosquitto_new.restype = c_void_p
            found.mosquitto_publish.argtypes = (c_void_p, c_void_p, c_char_p, c_int, c_char_p, c_int, c_bool)
            return found
    return None


class RawClient:
    """One connection, subscribed to one topic, with its loop in a thread. `on_message` is called in that thread."""

    def __init__(self, login: Login, topic: str, on_message: OnMessage) -> None:
        found = library()
        if found is None:
            raise LibmosquittoError("libmosquitto is not installed")
        self._library, self._topic, self._on_message = found, topic.encode(), on_message
        self._publish = found.mosquitto_publish
        found.mosquitto_lib_init()
        self._client = c_void_p(found.mosquitto_new(None, c_bool(True), None))
        for option, value in ((_PROTOCOL_VERSION, 5), (_RECEIVE_MAXIMUM, 200), (_SEND_MAXIMUM, 200), (_NODELAY, 1)):
            self._check(found.mosquitto_int_option(self._client, option, value))
        self._check(found.mosquitto_username_pw_set(self._client, login.user.encode(), login.password.encode()))
        self._check(found.mosquitto_threaded_set(self._client, c_bool(True)))
        self._subscribed = threading.Event()
        # The library keeps only pointers: somebody has to keep the functions.
        self._functions: tuple[Any, ...] = (
            _ON_CONNECT(lambda _client, _data, _code: self._subscribe()),
            _ON_SUBSCRIBE(lambda *_: self._subscribed.set()),
            _ON_MESSAGE(self._receive),
        )
        found.mosquitto_connect_callback_set(self._client, self._functions[0])
        found.mosquitto_subscribe_callback_set(self._client, self._functions[1])
        found.mosquitto_message_callback_set(self._client, self._functions[2])
        self._check(found.mosquitto_connect(self._client, login.host.encode(), login.port, 60))
        self._loop = threading.Thread(target=lambda: found.mosquitto_loop_forever(self._client, -1, 1), daemon=True)

    def __enter__(self) -> Self:
        self._loop.start()
        if not self._subscribed.wait(10):
            raise LibmosquittoError(f"no subscription to {self._topic.decode()}")
        return self

    def __exit__(self, *_: object) -> None:
        self._library.mosquitto_disconnect(self._client)
        self._loop.join(5)

    def publish(self, topic: bytes, payload: bytes) -> None:
        """Publish at QoS 1."""
        self._check(self._publish(self._client, None, topic, len(payload), payload, 1, False))

    def _subscribe(self) -> None:
        self._library.mosquitto_subscribe(self._client, None, self._topic, 1)

    def _receive(self, _client: int, _data: int, message: Any) -> None:
        content = message.contents
        self._on_message(ctypes.string_at(content.payload, content.payloadlen))

    @staticmethod
    def _check(code: int) -> None:
        if code:
            raise LibmosquittoError(f"libmosquitto says {code}")
