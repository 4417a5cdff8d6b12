"""The replies of the last minute: a repeated read joins the call in flight, or is answered from here."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from shared.bus.replies import REPLY_EXPIRY

_MOST_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Entry:
    until: float
    payload: bytes


class RecentReplies:
    """What was asked and answered lately, by the key of the call. Bounded in time and in bytes."""

    def __init__(self, seconds: float = REPLY_EXPIRY, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._clock = seconds, clock
        self._running: set[Hashable] = set()
        self._finished: OrderedDict[Hashable, _Entry] = OrderedDict()
        self._bytes = 0

    def running(self, key: Hashable) -> bool:
        """Whether this very call is in flight."""
        return key in self._running

    def answered(self, key: Hashable) -> bytes | None:
        """The reply that this call got, if that is not long ago."""
        entry = self._finished.get(key)
        return entry.payload if entry is not None and entry.until > self._clock() else None

    def begin(self, key: Hashable) -> None:
        """A call is in flight from now on."""
        self._drop(key)
        self._running.add(key)

    def finish(self, key: Hashable, payload: bytes | None) -> None:
        """A call has ended; with None its repetition is to run anew."""
        self._running.discard(key)
        if payload is not None:
            self._finished[key] = _Entry(self._clock() + self._seconds, payload)
            self._bytes += len(payload)
        self._make_room()

    def _drop(self, key: Hashable) -> None:
        if (entry := self._finished.pop(key, None)) is not None:
            self._bytes -= len(entry.payload)

    def _make_room(self) -> None:
        """Drop from the oldest end what is too old, or too much. Finished calls stand in the order of their end."""
        now = self._clock()
        while self._finished:
            key, entry = next(iter(self._finished.items()))
            if entry.until > now and self._bytes <= _MOST_BYTES:
                return
            self._drop(key)
