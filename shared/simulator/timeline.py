"""What is to happen to each entity, and what of it does: a light that is on can't go on again. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

NOBODY_KNOWN: Final = 0
BY_APP: Final = 1
"""A person did it by Home Assistant: the event has a context with a user."""
BY_AUTOMATION: Final = 2
NONE: Final = -1
QUIET: Final = 60.0
"""Seconds in the beginning, in which all tell the state that they have."""

Row = tuple[float, int, int, int, int, int]


@dataclass(frozen=True, slots=True)
class Track:
    """What became of one entity, in the order of time.

    `states` are places in the timeline's `state_names`; `persons`, `origins` and `routines` are numbers, -1 for none;
    `means` says by what it was done.
    """

    times: NDArray[np.float64]
    states: NDArray[np.int64]
    persons: NDArray[np.int64]
    origins: NDArray[np.int64]
    routines: NDArray[np.int64]
    means: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.times)

    def where(self, chosen: NDArray[np.bool_]) -> Track:
        """Some of it."""
        return Track(*(getattr(self, each.name)[chosen] for each in fields(self)))


class Timeline:
    """Intentions by entity, and the names of states."""

    def __init__(self, start: float, end: float) -> None:
        self.start, self.end = start, end
        self.state_names: list[str] = []
        self.initial: dict[str, str] = {}
        self._numbers: dict[str, int] = {}
        self._rows: dict[str, list[Row]] = {}

    def state(self, name: str) -> int:
        """The number of a state."""
        if name not in self._numbers:
            self._numbers[name] = len(self.state_names)
            self.state_names.append(name)
        return self._numbers[name]

    @property
    def entity_ids(self) -> Sequence[str]:
        """Those that have anything."""
        return list(self.initial)

    def begin(self, entity_id: str, state: str) -> None:
        """An entity, and the state that it has in the beginning."""
        self.initial[entity_id] = state
        self._rows.setdefault(entity_id, [])

    def add(
        self,
        entity_id: str,
        at: float,
        state: str,
        *,
        person: int = NONE,
        origin: int = NONE,
        routine: int = NONE,
        means: int = NOBODY_KNOWN,
    ) -> None:
        """Something is to happen; outside the time of the history it does not, nor in its first minute."""
        if self.start + QUIET <= at < self.end:
            self._rows[entity_id].append((at, self.state(state), person, origin, routine, means))

    def track(self, entity_id: str) -> Track:
        """What happened: intentions in order, without those that change nothing, after the state of the beginning."""
        first = (self.start - 1.0, self.state(self.initial[entity_id]), NONE, NONE, NONE, NOBODY_KNOWN)
        rows = np.array([first, *sorted(self._rows[entity_id])], dtype=np.float64)
        kept = np.concatenate(([True], (np.diff(rows[:, 1]) != 0) & (np.diff(rows[:, 0]) > 0)))
        while not kept.all():  # what followed a row that is dropped may now repeat the one before
            rows = rows[kept]
            kept = np.concatenate(([True], np.diff(rows[:, 1]) != 0))
        rows = rows[1:]
        return Track(np.round(rows[:, 0], 6), *(rows[:, column].astype(np.int64) for column in range(1, 6)))

    def clear(self, entity_id: str, since: float, until: float) -> None:
        """Nothing happens to an entity in this time."""
        self._rows[entity_id] = [row for row in self._rows[entity_id] if not since <= row[0] < until]
