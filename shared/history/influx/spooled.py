"""The history in InfluxDB, which may be down: what can't be written now waits in a file beside it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from hashlib import blake2b
from itertools import groupby, islice
from threading import Lock
from typing import Any, Final

from shared.errors import DatabaseError
from shared.history.batch import DAY_TICKS
from shared.history.columns import Columns
from shared.history.event import Event, Span
from shared.history.history import History
from shared.history.influx.errors import InfluxRefused
from shared.history.influx.merging import merged
from shared.history.influx.spool import Spool, Waiting
from shared.history.influx.store import InfluxHistory
from shared.history.sqlite.reading import ticks

EVENTS_AT_ONCE: Final = 5_000
"""Events that are sent together."""

_DAY_SECONDS = 86_400


class SpooledHistory(History):
    """InfluxDB and its spool as one history, which takes ownership of both.

    `append` succeeds whether InfluxDB is there or not; while anything waits, new events go to the spool too. Somebody
    calls `flush` every few seconds, and less often while `trouble` tells something. Reads ask InfluxDB and add what
    waits; where it is not reachable they raise DatabaseError, since the spool alone is not the past.
    """

    def __init__(self, influx: InfluxHistory, spool: Spool) -> None:
        self._influx, self._spool = influx, spool
        self._flushing = Lock()
        self._reason: str | None = None
        self._again = True

    def close(self) -> None:
        """Let go of the connections and of the file."""
        self._influx.close()
        self._spool.close()

    def append(self, events: Iterable[Event]) -> int:
        """Keep events that come in any order; they are safe when it returns.

        Gives how many were new: to InfluxDB, or to the spool where it is down.
        """
        source, new = iter(events), 0
        while batch := list(islice(source, EVENTS_AT_ONCE)):
            new += self._append(batch)
        return new

    def flush(self) -> int:
        """Send what waits, for a background beat. Gives how many events InfluxDB has taken; 0 where it is down.

        What InfluxDB will never take is put aside, and tried once more after the next start. Raises DatabaseError where
        the spool can't be used.
        """
        if not self._flushing.acquire(blocking=False):
            return 0
        try:
            if self._again:
                self._spool.try_rejected_again()
                self._again = False
            sent = 0
            while waiting := self._spool.first(EVENTS_AT_ONCE):
                taken = self._send(waiting)
                if taken is None:
                    break
                sent += taken
            return sent
        finally:
            self._flushing.release()

    def read(
        self, since: float | None = None, until: float | None = None, entity_ids: Collection[str] | None = None
    ) -> Columns:
        """A range as arrays; of some entities only, where they are named."""
        # The spool first: what is sent meanwhile is then seen twice, and not missed.
        waiting = self._spool.events(since, until, entity_ids)
        found = self._influx.read(since, until, entity_ids)
        return merged([found, Columns.of(waiting)]) if waiting else found

    def days(self, since: float | None = None, until: float | None = None) -> Iterator[Columns]:
        """A range as arrays, one UTC day after the other; days without events are left out."""
        events = self._spool.events(since, until)
        waiting = {day: Columns.of(each) for day, each in groupby(events, lambda event: event.at // _DAY_SECONDS)}
        for columns in self._influx.days(since, until):
            day = columns.times[0] // _DAY_SECONDS
            for earlier in [each for each in waiting if each < day]:
                yield waiting.pop(earlier)
            more = waiting.pop(day, None)
            yield columns if more is None else merged([columns, more])
        yield from waiting.values()

    def last_before(self, at: float, entity_ids: Collection[str]) -> dict[str, Event]:
        """The last event of each of these entities before a moment; those that have none are left out."""
        waiting = self._spool.events(None, at, entity_ids)
        found = self._influx.last_before(at, entity_ids)
        together = merged([Columns.of(found.values()), Columns.of(waiting)]) if waiting else Columns.of(found.values())
        return {event.entity_id: event for event in together.events()}

    def span(self) -> Span:
        """From when to when the history goes, and how many events it has; one that is sent again counts twice."""
        waiting = self._spool.events()
        first, last, rows = self._influx.span()
        times = [at for at in (first, last) if at is not None] + [event.at for event in waiting]
        return Span(min(times, default=None), max(times, default=None), rows + len(waiting))

    def counts(self) -> dict[str, int]:
        """How many events each entity has; one that is sent again counts twice."""
        waiting = self._spool.events()
        found = self._influx.counts()
        for event in waiting:
            found[event.entity_id] = found.get(event.entity_id, 0) + 1
        return found

    def marks(self, since: float | None = None) -> dict[int, str]:
        """A mark for each UTC day with events; of what waits, each event counts."""
        begin = None if since is None else since - since % _DAY_SECONDS
        marks: dict[int, str] = {}
        waiting = groupby(self._spool.events(begin), lambda event: int(event.at // _DAY_SECONDS))
        for day, events in waiting:
            marks[day] = blake2b(repr(list(events)).encode(), digest_size=8).hexdigest()
        for day, mark in self._influx.marks(since).items():
            marks[day] = f"{mark} {marks[day]}" if day in marks else mark
        return dict(sorted(marks.items()))

    def forget(self, before: float) -> int:
        """Retention: forget the whole UTC days that end at or before this moment. Gives how many events went."""
        gone = self._influx.forget(before)
        end = ticks(before, 0)
        return gone + self._spool.forget(end - end % DAY_TICKS)

    def figures(self) -> dict[str, Any]:
        """What InfluxDB's store reports, how many events wait, and how many it will never take."""
        return {**self._influx.figures(), "waiting": self._spool.count(), "rejected": self._spool.rejected()}

    def trouble(self) -> str | None:
        """How many events wait, and why; None where InfluxDB has them all and answers."""
        waiting = self._spool.count()
        if not waiting:
            return self._influx.trouble()
        reason = self._reason or self._influx.trouble() or f"InfluxDB at {self._influx.url} has not taken them yet."
        return f"{waiting} events wait in {self._spool.path}: {reason}"

    def _append(self, batch: Sequence[Event]) -> int:
        if self._spool.any():
            return self._spool.keep(batch)
        try:
            return self._influx.append(batch)
        except DatabaseError as error:
            self._reason = str(error)
            return self._spool.keep(batch)

    def _send(self, waiting: Sequence[Waiting]) -> int | None:
        """Send some of what waits, and take it from the spool. Gives how many were taken; None where it is down."""
        try:
            self._influx.append(each.event for each in waiting)
        except InfluxRefused as refused:
            return self._put_aside(waiting, refused)
        except DatabaseError as error:
            self._reason = str(error)
            return None
        self._reason = None
        self._spool.remove(waiting)
        return len(waiting)

    def _put_aside(self, waiting: Sequence[Waiting], refused: InfluxRefused) -> int | None:
        """Find the ones that are refused, by halves; all of them where InfluxDB took none."""
        if len(waiting) == 1 or refused.dropped == len(waiting):
            self._spool.reject(waiting, str(refused))
            return 0
        half = len(waiting) // 2
        first = self._send(waiting[:half])
        second = None if first is None else self._send(waiting[half:])
        return None if second is None else (first or 0) + second
