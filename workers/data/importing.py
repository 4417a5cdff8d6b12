"""What turns a file that was laid down into events of the history, and goes on where it was ended."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self

from shared.history import Event, History
from workers.data.filters import Filter
from workers.data.tally import Tally

_MOST_QUESTIONS = 2_000
"""That an import asks the history. Some take a request to a server each."""


class Source(Protocol):
    """A file of the past: a `CsvFile` or an `Extract`."""

    tally: Tally

    @property
    def done(self) -> float:
        """How much of it was read, from 0 to 1."""

    def batches(self) -> Iterator[list[Event]]:
        """Its events, many at once."""


@dataclass(slots=True)
class Bookmark:
    """How far one job has come with a file; kept beside it. `rows` of it are in the history, `new` of them were new.

    It is written when a batch is in the history. Where the process was killed between the two, that batch is imported
    again, which changes nothing but that its events count as duplicates.
    """

    path: Path
    job: str
    latest: float
    """The time after which a row lies in the future: the same one whenever the job goes on."""
    rows: int = 0
    new: int = 0

    @classmethod
    def of(cls, path: Path, job: str, latest: float) -> Self:
        """What the job has left there, or the beginning; what another job has left is not believed."""
        with suppress(OSError, ValueError, TypeError, KeyError):
            left = json.loads(path.read_text(encoding="utf-8"))
            if left["job"] == job:
                return cls(path, job, float(left["latest"]), int(left["rows"]), int(left["new"]))
        return cls(path, job, latest)

    def keep(self, rows: int, new: int) -> None:
        """Say how far it is now."""
        self.rows, self.new = rows, self.new + new
        draft = self.path.with_name(f".{self.path.name}")
        told = {"job": self.job, "latest": self.latest, "rows": self.rows, "new": self.new}
        draft.write_text(json.dumps(told), encoding="utf-8")
        draft.replace(self.path)


class Sieve:
    """Passes the events of a file through a filter, which wants each entity's events in the order of time.

    What comes out of order is kept as it is, and counted. Before an entity's first event the filter learns what the
    history has of it: an export begins with the states that were there already.
    """

    def __init__(self, filter_: Filter, history: History) -> None:
        self.out_of_order = 0
        self._filter, self._history = filter_, history
        self._asked = 0
        self._last: dict[str, float] = {}

    def kept(self, events: Sequence[Event]) -> list[Event]:
        """Those of a batch that are to be kept, and others held back before."""
        if strangers := self._filter.strangers(events):
            self._learn(events, strangers)
        in_order, late = self._in_order(events)
        self.out_of_order += len(late)
        return self._filter.passed(in_order) + late

    def _in_order(self, events: Sequence[Event]) -> tuple[list[Event], list[Event]]:
        """Those that go on from what came before of their entity, and those that lie before it."""
        in_order: list[Event] = []
        late: list[Event] = []
        last = self._last
        for event in events:
            at, entity_id = event[0], event[1]
            if last.get(entity_id, at) <= at:
                last[entity_id] = at
                in_order.append(event)
            else:
                late.append(event)
        return in_order, late

    def _learn(self, events: Sequence[Event], strangers: set[str]) -> None:
        """Ask the history once for each moment at which entities begin, as long as these are not too many."""
        begins = {event.entity_id: event.at for event in reversed(events) if event.entity_id in strangers}
        moments: defaultdict[float, list[str]] = defaultdict(list)
        for entity_id, at in begins.items():
            moments[at].append(entity_id)
        for at, entity_ids in moments.items():
            self._asked += 1
            asked = self._asked <= _MOST_QUESTIONS
            self._filter.learn(entity_ids, self._history.last_before(at, entity_ids) if asked else {})

    def rest(self) -> list[Event]:
        """What was held back, when all events have come."""
        return self._filter.settled()

    def dropped(self) -> int:
        """How many were left out."""
        return self._filter.dropped.total()


def import_events(
    source: Source, history: History, sieve: Sieve, bookmark: Bookmark, tell: Callable[[float, str], None]
) -> dict[str, int]:
    """Bring the events of a file into the history, and count them. What the bookmark knows is read, but not kept again.

    Read again it is, since the filter must know what was before. Raises what the source, the store and `tell` raise.
    """
    tally = source.tally
    for batch in source.batches():
        kept = sieve.kept(batch)
        if tally.rows > bookmark.rows:
            bookmark.keep(tally.rows, history.append(kept))
        tell(source.done, f"{tally.rows} rows, {bookmark.new} new")
    if bookmark.rows <= tally.rows:
        bookmark.keep(tally.rows + 1, history.append(sieve.rest()))
    return {
        "rows": tally.rows,
        "imported": bookmark.new,
        "duplicates": tally.events - sieve.dropped() - bookmark.new,
        "skipped": tally.skipped + sieve.dropped(),
        "bad": tally.bad,
        "out_of_order": sieve.out_of_order,
    }
