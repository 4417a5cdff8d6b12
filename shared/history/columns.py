"""A part of the past as arrays, a column each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.history.contexts import masks
from shared.history.event import NOBODY, Context, Event


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Events in the order of time, those of one moment by entity and state; all four arrays have one length.

    `times` are seconds since 1970 (UTC). `entities`, `states` and `contexts` are places in `entity_ids`, `state_names`
    and `context_list`; place 0 of `context_list` is NOBODY. No place is named that no event has, save that one.
    """

    times: NDArray[np.float64]
    entities: NDArray[np.int32]
    states: NDArray[np.int32]
    contexts: NDArray[np.int32]
    entity_ids: tuple[str, ...] = ()
    state_names: tuple[str, ...] = ()
    context_list: Sequence[Context] = (NOBODY,)

    def __len__(self) -> int:
        return len(self.times)

    @classmethod
    def of(cls, events: Iterable[Event]) -> Columns:
        """The columns of some events, in any order."""
        rows = sorted(events, key=lambda each: each[:3])
        entities, states, contexts = _Numbers(), _Numbers(), _Numbers([NOBODY])
        places = [(entities.of(row.entity_id), states.of(row.state), contexts.of(Context(*row[3:]))) for row in rows]
        numbers = np.array(places, dtype=np.int32).reshape(len(rows), 3)
        return cls(
            np.array([row.at for row in rows], dtype=np.float64),
            numbers[:, 0].copy(),
            numbers[:, 1].copy(),
            numbers[:, 2].copy(),
            tuple(entities.names),
            tuple(states.names),
            tuple(contexts.names),
        )

    def events(self) -> Iterator[Event]:
        """The same, one by one."""
        columns = (self.times.tolist(), self.entities.tolist(), self.states.tolist(), self.contexts.tolist())
        for at, entity, state, context in zip(*columns, strict=True):
            user, parent, context_id = self.context_list[context]
            yield Event(at, self.entity_ids[entity], self.state_names[state], user, parent, context_id)

    @property
    def automated(self) -> NDArray[np.bool_]:
        """Which events another context caused: an automation or a script."""
        return masks(self.context_list)[0][self.contexts]

    @property
    def by_person(self) -> NDArray[np.bool_]:
        """Which events a person caused by Home Assistant."""
        return masks(self.context_list)[1][self.contexts]


class _Numbers:
    """Gives each name a number, in the order in which they come."""

    def __init__(self, names: Sequence[object] = ()) -> None:
        self.names: list = [*names]  # type: ignore[type-arg]
        self._places = {name: place for place, name in enumerate(self.names)}

    def of(self, name: object) -> int:
        place = self._places.get(name)
        if place is None:
            place = self._places[name] = len(self.names)
            self.names.append(name)
        return place
