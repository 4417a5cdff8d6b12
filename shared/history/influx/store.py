"""The history in InfluxDB: HomeIQ's layout in one bucket, which other programs may read and write too."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from threading import Lock
from typing import Any, Final

from pydantic import SecretStr

from shared.errors import DatabaseError
from shared.history.batch import DAY_TICKS
from shared.history.columns import Columns
from shared.history.event import Event, Span
from shared.history.history import History
from shared.history.influx.answer import Part, columns_of, counts_by_day, number, parts
from shared.history.influx.errors import InfluxRefused
from shared.history.influx.line_protocol import EVENTS, MEASUREMENT, STATE, select, ticks_of, within
from shared.history.influx.points import Arrivals, Describe, Stored, lines, writes
from shared.history.influx.server import InfluxServer
from shared.history.sqlite.file import ROWS_AT_ONCE
from shared.history.sqlite.reading import ticks

NAMED_AT_ONCE: Final = 100
"""Entities that one query names: they stand in its URL."""

_TICKS_A_SECOND = 1_000_000
_AT_ONE_TIME = 20
_BY_ENTITY = ' GROUP BY "entity_id"'


def _nothing(_entity_id: str) -> dict[str, str]:
    return {}


class InfluxHistory(History):
    """The history in a bucket (or a version 1 database) that is there. Nothing is asked before it is used.

    `describe` gives what is known of an entity: its `area_id`, `device_class` and `device_id` become tags of what is
    written. Nothing that is read depends on them. Raises InfluxRefused for events that InfluxDB will never take, and
    InvalidRequest for those that have no time or are no text.
    """

    def __init__(
        self,
        url: str,
        token: SecretStr | None = None,
        org: str | None = None,
        bucket: str = MEASUREMENT,
        *,
        describe: Describe = _nothing,
    ) -> None:
        self._server = InfluxServer(url, token, org, bucket)
        self._describe = describe
        self._appending = Lock()
        self._trouble: str | None = None
        self._new = self._dropped = 0

    @property
    def url(self) -> str:
        """Where the server is."""
        return self._server.url

    def close(self) -> None:
        """Let go of the connections. Reads that run go on to their end."""
        self._server.close()

    def append(self, events: Iterable[Event]) -> int:
        """Keep events that come in any order; they are safe when it returns. Gives how many were new.

        What is there already is looked up first. What the bucket's own retention forgets at once does not count.
        """
        source, new = iter(events), 0
        while batch := list(islice(source, ROWS_AT_ONCE)):
            # What two threads bring at once would be new to both.
            with self._appending, self._watched():
                new += self._append(Arrivals.of(batch))
        return new

    def read(
        self, since: float | None = None, until: float | None = None, entity_ids: Collection[str] | None = None
    ) -> Columns:
        """A range as arrays; of some entities only, where they are named."""
        with self._watched():
            return columns_of(self._points(_ticks(since), _ticks(until), entity_ids))

    def days(self, since: float | None = None, until: float | None = None) -> Iterator[Columns]:
        """A range as arrays, one UTC day after the other; days without events are left out."""
        at, end = self._first(_ticks(since), _ticks(until)), _ticks(until)
        while at is not None and (end is None or at < end):
            next_day = at - at % DAY_TICKS + DAY_TICKS
            with self._watched():
                columns = columns_of(self._points(at, next_day if end is None else min(next_day, end)))
            yield columns
            at = self._first(next_day, end)

    def last_before(self, at: float, entity_ids: Collection[str]) -> dict[str, Event]:
        """The last event of each of these entities before a moment; those that have none are left out."""
        # Several states of one time are told apart by the state, not by InfluxDB's order.
        rest = f"{_BY_ENTITY} ORDER BY time DESC LIMIT {_AT_ONE_TIME}"
        with self._watched():
            columns = columns_of(self._points(None, _ticks(at), entity_ids, rest))
        return {event.entity_id: event for event in columns.events()}

    def span(self) -> Span:
        """From when to when the history goes, and how many points it has.

        Three questions, one after the other. An event that another program wrote under two sets of tags counts twice.
        """
        first, last = self._first(None, None), self._first(None, None, "last")
        if first is None or last is None:
            return Span(None, None, 0)
        return Span(first / _TICKS_A_SECOND, last / _TICKS_A_SECOND, self._count(None))

    def counts(self) -> dict[str, int]:
        """How many points each entity has."""
        with self._watched():
            found = list(self._server.query(select(f'count("{STATE}") AS "{STATE}"', rest=_BY_ENTITY)))
            each = ((part.entity_id, sum(map(int, part.states))) for part in parts(found))
            return {entity_id: count for entity_id, count in each if entity_id and count}

    def marks(self, since: float | None = None) -> dict[int, str]:
        """A mark for each UTC day with events: how many values each of the fields has.

        An event of a context that is told a weightier one later changes no number, and so no mark.
        """
        first, last = self._first(None, None), self._first(None, None, "last")
        if first is None or last is None:
            return {}
        begin = max(first, ticks(since, first) if since is not None else first)
        where = within(begin - begin % DAY_TICKS, last + 1)
        with self._watched():
            return counts_by_day(self._server.query(select("count(*)", where, " GROUP BY time(1d) fill(none)")))

    def forget(self, before: float) -> int:
        """Retention: forget the whole UTC days that end at or before this moment. Gives how many points went.

        Version 3 forgets by its own rule only: there it is 0, and nothing happens.
        """
        end = ticks(before, 0)
        end -= end % DAY_TICKS
        with self._watched():
            if self._server.keeps_own_retention:
                return 0
            gone = self._count(end)
            if gone:
                self._server.delete(MEASUREMENT, end)
        return gone

    def figures(self) -> dict[str, Any]:
        """The store and its server, how many events were new since the start, and how many its retention refused."""
        return {
            "store": "influxdb",
            "url": self.url,
            "version": self._server.version,
            "new_events": self._new,
            "too_old": self._dropped,
        }

    def trouble(self) -> str | None:
        """Why the last request failed; None where it did not."""
        return self._trouble

    def _append(self, arrivals: Arrivals) -> int:
        names = set(arrivals.entity_ids)
        known = names if len(names) <= NAMED_AT_ONCE else None
        found = (part for each in arrivals.ranges() for part in self._points(*each, known, " GROUP BY *"))
        written, new = lines(arrivals, Stored.of(found), self._describe)
        dropped = 0
        for part in writes(written):
            dropped += self._server.write(part)
        self._new += max(new - dropped, 0)
        self._dropped += dropped
        return max(new - dropped, 0)

    def _points(
        self, since: int | None, until: int | None, entity_ids: Collection[str] | None = None, rest: str = _BY_ENTITY
    ) -> Iterator[Part]:
        if entity_ids is None:
            yield from parts(self._server.query(select(EVENTS, within(since, until), rest)))
            return
        names = sorted(set(entity_ids))
        for start in range(0, len(names), NAMED_AT_ONCE):
            where = within(since, until, names[start : start + NAMED_AT_ONCE])
            yield from parts(self._server.query(select(EVENTS, where, rest)))

    def _first(self, since: int | None, until: int | None, which: str = "first") -> int | None:
        """The time of the first event of a range, or of the last."""
        with self._watched():
            query = select(f'{which}("{STATE}") AS "{STATE}"', within(since, until))
            times = [time for part in parts(self._server.query(query)) for time in part.times]
        return ticks_of(times[0]) if times else None

    def _count(self, until: int | None) -> int:
        with self._watched():
            return number(self._server.query(select(f'count("{STATE}")', within(None, until))))

    @contextmanager
    def _watched(self) -> Iterator[None]:
        try:
            yield
        except InfluxRefused:
            raise
        except DatabaseError as error:
            self._trouble = str(error)
            raise
        self._trouble = None


def _ticks(seconds: float | None) -> int | None:
    return None if seconds is None else ticks(seconds, 0)
