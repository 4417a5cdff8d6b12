"""The points that a batch of events becomes, where some of it may be in InfluxDB already. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from shared.errors import InvalidRequest
from shared.history.batch import DAY_TICKS, MILLISECOND, Batch, Rows
from shared.history.event import Context, Event
from shared.history.influx.answer import Part
from shared.history.influx.line_protocol import line, nanoseconds, series, tags_of, ticks_of

Describe: TypeAlias = Callable[[str], Mapping[str, str]]
"""What is known of an entity: `area_id`, `device_class`, `device_id`."""

LINES_AT_ONCE: Final = 5_000
"""Lines of one write, as InfluxDB's makers advise."""
RANGES: Final = 16
"""The most stretches of time that a batch is looked up in."""
_QUIET = 3_600_000_000
"""Microseconds: a batch that says nothing for so long is looked up in two stretches."""
# A write makes the files that it needs, one a week, and gives up after 10 s: that was 1,500 weeks.
_LONG = 200 * 86_400_000_000_000


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Events on their way to InfluxDB, each once, in the order of entity and time."""

    ticks: NDArray[np.int64]
    entity_ids: Sequence[str]
    states: Sequence[str]
    contexts: Sequence[Context]

    @classmethod
    def of(cls, events: Sequence[Event]) -> Arrivals:
        """At least one event. Raises InvalidRequest for a time that is none, and for what is no text."""
        batch = Batch.of(events)
        entity_ids, entities = _numbered(batch.entity_ids)
        names, states = _numbered(batch.states)
        rows = Rows.of(batch, entities, states)
        return cls(
            rows.day * DAY_TICKS + rows.at,
            [entity_ids[each] for each in rows.entity.tolist()],
            [names[each] for each in rows.state.tolist()],
            [batch.context_list[each] for each in rows.context.tolist()],
        )

    def ranges(self) -> list[tuple[int, int]]:
        """The stretches of time that hold what may be the same: from, and up to before, in microseconds since 1970."""
        moments = np.unique(self.ticks - self.ticks % MILLISECOND)
        gaps = np.diff(moments)
        widest = np.argsort(-gaps, kind="stable")[: RANGES - 1]
        cuts = np.sort(widest[gaps[widest] > _QUIET]) + 1
        starts, ends = np.append(0, cuts), np.append(cuts, len(moments)) - 1
        return list(zip(moments[starts].tolist(), (moments[ends] + MILLISECOND).tolist(), strict=True))


class _Point(NamedTuple):
    """An event that is stored: the beginning of its line, when, and who was behind it."""

    beginning: str
    time: int
    context: Context


@dataclass(slots=True)
class Stored:
    """The points that are in InfluxDB already, within the ranges of a batch."""

    _times: defaultdict[str, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))
    _points: defaultdict[tuple[str, str, int], dict[int, _Point]] = field(default_factory=lambda: defaultdict(dict))

    @classmethod
    def of(cls, found: Iterable[Part]) -> Stored:
        """The points of an answer."""
        stored = cls()
        for part in found:
            if (entity_id := part.entity_id) is not None:
                beginning = series(dict(sorted(part.tags.items())))
                for time, state, context in zip(part.times, part.states, part.contexts, strict=True):
                    stored.add(entity_id, state, _Point(beginning, time, context))
        return stored

    def add(self, entity_id: str, state: str, point: _Point) -> None:
        """Know one point more. Of the same event in two series, the one with the weightier context counts."""
        ticks = ticks_of(point.time)
        self._times[entity_id][point.time] = state
        near = self._points[entity_id, state, ticks // MILLISECOND]
        if ticks not in near or near[ticks].context.weight < point.context.weight:
            near[ticks] = point

    def same(self, entity_id: str, state: str, ticks: int) -> _Point | None:
        """The stored point of an event: of its time, or else of its whole millisecond or the first one in that."""
        near = self._points.get((entity_id, state, ticks // MILLISECOND))
        if near is None:
            return None
        moment = ticks - ticks % MILLISECOND
        return near.get(ticks) or (near.get(moment) if ticks > moment else near[min(near)])

    def take_time(self, entity_id: str, state: str, ticks: int) -> int:
        """A time for a new point, in nanoseconds, which is then taken."""
        taken = self._times[entity_id]
        time = nanoseconds(ticks, state, taken)
        taken[time] = state
        return time


def lines(arrivals: Arrivals, stored: Stored, describe: Describe) -> tuple[list[tuple[int, str]], int]:
    """The times and lines to write, in order, and how many are new events: others bring a weightier context."""
    written: list[tuple[int, str]] = []
    beginnings: dict[str, str] = {}
    filled = 0
    rows = zip(arrivals.ticks.tolist(), arrivals.entity_ids, arrivals.states, arrivals.contexts, strict=True)
    for ticks, entity_id, state, context in rows:
        point = stored.same(entity_id, state, ticks)
        if point is None:
            if (beginning := beginnings.get(entity_id)) is None:
                beginning = beginnings[entity_id] = series(tags_of(entity_id, describe(entity_id)))
            time = stored.take_time(entity_id, state, ticks)
            written.append((time, line(beginning, state, context, time)))
        elif context.weight > point.context.weight:
            written.append((point.time, line(point.beginning, state, context, point.time)))
            filled += 1
    return sorted(written), len(written) - filled


def writes(written: Sequence[tuple[int, str]]) -> Iterator[list[str]]:
    """Lines in their order, parted as InfluxDB can take them at once."""
    part: list[str] = []
    begin = 0
    for time, text in written:
        if part and (len(part) == LINES_AT_ONCE or time - begin > _LONG):
            yield part
            part = []
        begin = begin if part else time
        part.append(text)
    if part:
        yield part


def _numbered(texts: Sequence[str]) -> tuple[list[str], NDArray[np.int64]]:
    """The different ones in order, and the place of each text in them."""
    names = sorted(set(texts))
    for name in names:
        try:
            name.encode()
        except UnicodeEncodeError as error:
            raise InvalidRequest(f"{error.object!r} is no text that can be stored: leave this event out.") from error
    places = {name: place for place, name in enumerate(names)}
    return names, np.fromiter(map(places.__getitem__, texts), dtype=np.int64, count=len(texts))
