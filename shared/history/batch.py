"""Events on their way into a table: arrays in the table's order, each event once. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shared.errors import InvalidRequest
from shared.history.event import NOBODY, Context, Event

DAY_TICKS: Final = 86_400_000_000
MILLISECOND: Final = 1_000
"""In ticks, which are microseconds; so is a day."""

_TICKS_A_SECOND = 1_000_000
_LATEST = 253_402_300_800.0
"""The end of the year 9999: the last that a calendar knows."""


def ticks_of(times: Sequence[float]) -> NDArray[np.int64]:
    """Times as microseconds since 1970, so that one moment is one value however it was computed.

    Raises InvalidRequest for what is no time.
    """
    seconds = np.array(times, dtype=np.float64)
    wrong = ~(np.abs(seconds) < _LATEST)
    if wrong.any():
        raise InvalidRequest(f"{seconds[wrong][0]} is no time of an event: give seconds since 1970.")
    # As Python's datetime does it: multiplied whole, a time may come out in the next microsecond.
    fractions, whole = np.modf(seconds)
    found: NDArray[np.int64] = np.rint(fractions * _TICKS_A_SECOND).astype(np.int64)
    found += whole.astype(np.int64) * _TICKS_A_SECOND
    return found


@dataclass(slots=True)
class Batch:
    """Events by columns. `contexts` are places in `context_list`, where place 0 is NOBODY."""

    ticks: NDArray[np.int64]
    entity_ids: list[str]
    states: list[str]
    contexts: NDArray[np.int64]
    context_list: list[Context]

    @classmethod
    def of(cls, events: Sequence[Event]) -> Batch:
        """At least one event. Raises InvalidRequest for a time that is none."""
        places: dict[tuple[str | None, ...], int] = {NOBODY: 0}
        contexts = [
            0 if each[3] is None and each[4] is None else places.setdefault(each[3:], len(places)) for each in events
        ]
        return cls(
            ticks_of([each[0] for each in events]),
            [each[1] for each in events],
            [each[2] for each in events],
            np.array(contexts, dtype=np.int64),
            [Context(*each) for each in places],
        )


@dataclass(slots=True)
class Rows:
    """Rows in the order of the table; all arrays have one length."""

    day: NDArray[np.int64]
    entity: NDArray[np.int64]
    at: NDArray[np.int64]
    state: NDArray[np.int64]
    context: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.day)

    @classmethod
    def of(
        cls, batch: Batch, entities: NDArray[np.int64], states: NDArray[np.int64], *, each_once: bool = True
    ) -> Rows:
        """A batch, whose entities and states have got these numbers."""
        days, at = np.divmod(batch.ticks, DAY_TICKS)
        order = np.lexsort((states, at, entities, days))
        rows = cls(*(each[order] for each in (days, entities, at, states, batch.contexts)))
        return rows._each_once([each.weight for each in batch.context_list]) if each_once else rows

    def at_places(self, places: NDArray[np.int64]) -> Rows:
        """Some of them."""
        if len(places) == len(self):
            return self
        return Rows(*(each[places] for each in (self.day, self.entity, self.at, self.state, self.context)))

    @property
    def starts(self) -> NDArray[np.int64]:
        """The places at which another entity or another day begins."""
        if not len(self):
            return np.zeros(0, dtype=np.int64)
        other = (np.diff(self.entity) != 0) | (np.diff(self.day) != 0)
        return np.flatnonzero(np.concatenate(([True], other)))

    def _each_once(self, weights: Sequence[int]) -> Rows:
        """Without the same event twice, and without those of whole milliseconds that are told more exactly."""
        moment = self.at // MILLISECOND
        near = (np.diff(moment) == 0) & (np.diff(self.entity) == 0) & (np.diff(self.day) == 0)
        if not near.any():
            return self
        groups: defaultdict[tuple[int, ...], list[int]] = defaultdict(list)
        places = np.flatnonzero(np.append(near, False) | np.insert(near, 0, False))
        keys = zip(*(each[places].tolist() for each in (self.day, self.entity, moment, self.state)), strict=True)
        for place, key in zip(places.tolist(), keys, strict=True):
            groups[key].append(place)
        kept = np.ones(len(self), dtype=np.bool_)
        for group in groups.values():
            if len(group) > 1:
                self._merge(group, kept, weights)
        return self.at_places(np.flatnonzero(kept))

    def _merge(self, group: list[int], kept: NDArray[np.bool_], weights: Sequence[int]) -> None:
        """Keep each time once; and the whole millisecond, which is the first, only where it is the only one."""
        exact = next((place for place in group if self.at[place] % MILLISECOND), None)
        first: dict[int, int] = {}
        for place in group:
            at = int(self.at[place])
            stays = first.setdefault(at, place) if exact is None or at % MILLISECOND else exact
            if stays != place:
                kept[place] = False
                self.context[stays] = max(self.context[stays], self.context[place], key=lambda each: weights[each])
