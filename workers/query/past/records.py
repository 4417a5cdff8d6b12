"""What the history has of some entities in a range: their states, and what was so before it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from shared.history import Columns, Event, Span
from workers.query.past.steps import FALSE, TRUE, UNKNOWN, Steps, Times

Judge = Callable[[str], bool | None]
"""Whether a raw state is what was asked for; None where it does not tell."""


class Past(Protocol):
    """What is asked of a history. Its calls block."""

    def read(
        self, since: float | None = None, until: float | None = None, entity_ids: Collection[str] | None = None
    ) -> Columns:
        """A range as arrays."""

    def last_before(self, at: float, entity_ids: Collection[str]) -> dict[str, Event]:
        """The last event of each of some entities before a moment."""

    def span(self) -> Span:
        """From when to when the history goes."""


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """The changes of one entity in a range, and the state it had before; None where nothing is known of that."""

    entity_id: str
    times: Times
    places: NDArray[np.int32]
    names: tuple[str, ...]
    before: Event | None

    def __len__(self) -> int:
        return len(self.times)

    @property
    def states(self) -> list[str]:
        """The raw state that came with each time."""
        return [self.names[each] for each in self.places]

    @property
    def nothing(self) -> bool:
        """Whether the history knows nothing of it up to the end of the range."""
        return self.before is None and not len(self.times)

    @property
    def known_from(self) -> float:
        """From when on its state is known; minus infinity where it was known before the range."""
        return -np.inf if self.before is not None else float(self.times[0]) if len(self.times) else np.inf

    def steps(self, judge: Judge) -> Steps:
        """When its states were what was asked for."""
        before = UNKNOWN if self.before is None else _code(judge(self.before.state))
        used, inverse = np.unique(self.places, return_inverse=True)
        codes = np.array([_code(judge(self.names[each])) for each in used], dtype=np.int8)
        return Steps.of(before, self.times, codes[inverse] if len(used) else np.zeros(0, dtype=np.int8))

    def numbers(self, number: Callable[[str], float | None]) -> tuple[float | None, Times, Times]:
        """The reading before, and the times with their readings; states that are no numbers are left out."""
        used, inverse = np.unique(self.places, return_inverse=True)
        read = [number(self.names[each]) for each in used]
        values = np.array([np.nan if each is None else each for each in read], dtype=np.float64)
        of_all = values[inverse] if len(used) else np.zeros(0)
        there = ~np.isnan(of_all)
        return number(self.before.state) if self.before else None, self.times[there], of_all[there]


def records(past: Past, entity_ids: Iterable[str], since: float, until: float) -> list[Record]:
    """The records of some entities from `since` up to before `until`, in their order; one read, one look before."""
    ids = list(dict.fromkeys(entity_ids))
    columns = past.read(since, until, ids)
    before = past.last_before(since, ids)
    return list(_split(columns, ids, before))


def record_at(past: Past, entity_ids: Iterable[str], moment: float) -> list[Record]:
    """The states of some entities at a moment, one that came right then included."""
    ids = list(dict.fromkeys(entity_ids))
    before = past.last_before(moment + _TICK, ids)
    return list(_split(Columns.of(()), ids, before))


_TICK = 1e-6
"""Times are exact to the microsecond."""


def _split(columns: Columns, ids: list[str], before: dict[str, Event]) -> Iterable[Record]:
    order = np.argsort(columns.entities, kind="stable")
    places = {entity_id: place for place, entity_id in enumerate(columns.entity_ids)}
    bounds = np.searchsorted(columns.entities[order], np.arange(len(columns.entity_ids) + 1))
    for entity_id in ids:
        place = places.get(entity_id)
        part = order[:0] if place is None else order[bounds[place] : bounds[place + 1]]
        yield Record(entity_id, columns.times[part], columns.states[part], columns.state_names, before.get(entity_id))


def _code(held: bool | None) -> int:
    return UNKNOWN if held is None else TRUE if held else FALSE
