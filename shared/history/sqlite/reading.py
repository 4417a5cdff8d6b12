"""Reads ranges of a SQLite history as arrays, a day at a time, in transactions as short as a day."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from shared.history.batch import DAY_TICKS
from shared.history.columns import Columns
from shared.history.contexts import LateContexts
from shared.history.event import NOBODY, Context
from shared.history.sqlite.file import numbers
from shared.history.sqlite.packed_ids import Packed, unpack_hex, unpack_ulids

ROWS_A_PAGE: Final = 2_000_000
"""Rows of a day that are read at once."""

_TICKS_A_SECOND = 1_000_000
_BEFORE_ALL, _AFTER_ALL = -(2**61), 2**61
_MOST_NAMED = 500
"""Entities that are sought one by one; of more, whole days are read."""

_JOINED = """
    SELECT group_concat(at), group_concat(entity), group_concat(state), group_concat(coalesce(context, 0))
    FROM events WHERE day = ? AND at >= ? AND at < ?
"""
_JOINED_OF = f"{_JOINED} AND entity IN (SELECT value FROM json_each(?))"  # noqa: S608 - a constant
_PAGE = """
    SELECT group_concat(at), group_concat(entity), group_concat(state), group_concat(coalesce(context, 0)) FROM (
        SELECT at, entity, state, context FROM events
        WHERE day = ? AND at >= ? AND at < ? AND (entity, at, state) > (?, ?, ?)
        ORDER BY entity, at, state LIMIT ?
    )
"""
_CONTEXTS = "SELECT id, user_id, parent_id, context_id FROM contexts WHERE day = ? ORDER BY id"
_CONTEXTS_OF = _CONTEXTS.replace("ORDER", "AND id IN (SELECT value FROM json_each(?)) ORDER")
_ENTITY_NAMES = "SELECT id, entity_id FROM entities WHERE id IN (SELECT value FROM json_each(?))"
_STATE_NAMES = "SELECT id, state FROM states WHERE id IN (SELECT value FROM json_each(?))"
_DAYS = "SELECT day, events FROM days WHERE day BETWEEN ? AND ? ORDER BY day"
_DAYS_OF = """
    SELECT day, sum(events) FROM entity_days
    WHERE entity IN (SELECT value FROM json_each(?)) AND day BETWEEN ? AND ? GROUP BY day ORDER BY day
"""

Numbers = NDArray[np.int64]


def ticks(seconds: float | None, otherwise: int) -> int:
    """A time in microseconds since 1970."""
    if seconds is None:
        return otherwise
    return round(min(max(seconds * _TICKS_A_SECOND, _BEFORE_ALL), _AFTER_ALL))


@dataclass(slots=True)
class Part:
    """Rows as they were read; `contexts` are places in the list of the reading."""

    ticks: Numbers
    entities: NDArray[np.int32]
    states: NDArray[np.int32]
    contexts: NDArray[np.int32]

    def where(self, chosen: NDArray[np.bool_]) -> Part:
        """Some of them."""
        return Part(self.ticks[chosen], self.entities[chosen], self.states[chosen], self.contexts[chosen])


@dataclass(slots=True)
class Reading:
    """One range that is read, by a connection of its own; `named` are the numbers of the entities it is of."""

    connection: sqlite3.Connection
    since: int
    until: int
    named: list[int] | None = None
    _places: dict[tuple[Packed, ...], int] = field(default_factory=lambda: {NOBODY: 0})
    """The contexts that were read, as they are stored."""

    @classmethod
    def of(
        cls,
        connection: sqlite3.Connection,
        since: float | None,
        until: float | None,
        entity_ids: Collection[str] | None = None,
    ) -> Reading:
        """From `since` up to before `until`, in seconds."""
        named = None if entity_ids is None else [*numbers_of(connection, entity_ids).values()]
        return cls(connection, ticks(since, _BEFORE_ALL), ticks(until, _AFTER_ALL), named)

    def days(self) -> list[tuple[int, int]]:
        """The days in the range that have events, each with how many there are at most."""
        between = (self.since // DAY_TICKS, (self.until - 1) // DAY_TICKS)
        if self.named is None or len(self.named) > _MOST_NAMED:
            return self.connection.execute(_DAYS, between).fetchall()
        return self.connection.execute(_DAYS_OF, (_json(self.named), *between)).fetchall()

    def parts(self) -> Iterator[Part]:
        """The rows, day by day."""
        for day, events in self.days():
            yield from self.day(day, events)

    def day(self, day: int, events: int) -> Iterator[Part]:
        """The rows of one day, which has about so many events."""
        begin = day * DAY_TICKS
        pages = self._pages if events > ROWS_A_PAGE else self._whole
        for at, entities, states, contexts in pages(day, self.since - begin, self.until - begin):
            part = Part(at + begin, *(each.astype(np.int32) for each in (entities, states, contexts)))
            if self.named is not None:
                part = part.where(np.isin(entities, np.array(self.named, dtype=np.int64)))
            if len(part.ticks):
                yield part

    def columns(self, parts: Sequence[Part]) -> Columns:
        """The rows of some parts together, in the order of time."""
        if not parts:
            return Columns.of(())
        at, entities, states, contexts = (
            np.concatenate([getattr(part, each) for part in parts])
            for each in ("ticks", "entities", "states", "contexts")
        )
        entity_places, entity_ids = self._named(entities, _ENTITY_NAMES)
        state_places, state_names = self._named(states, _STATE_NAMES)
        order = _in_order(at, entity_places, entity_ids, state_places, state_names)
        known = (entity_places >= 0) & (state_places >= 0)
        if not known.all():  # forgotten since the rows were read
            order = order[known[order]]
        context_places, used = _compact(contexts[order])
        every = list(self._places)
        return Columns(
            at[order] / _TICKS_A_SECOND,
            entity_places[order],
            state_places[order],
            context_places,
            tuple(entity_ids),
            tuple(state_names),
            _contexts_of([every[place] for place in used]),
        )

    def _whole(self, day: int, since: int, until: int) -> Iterator[list[Numbers]]:
        if self.named is None or len(self.named) > _MOST_NAMED:
            yield self._read(day, _JOINED, (day, since, until))
        else:
            yield self._read(day, _JOINED_OF, (day, since, until, _json(self.named)))

    def _pages(self, day: int, since: int, until: int) -> Iterator[list[Numbers]]:
        last = (-1, -1, -1)
        while True:
            page = self._read(day, _PAGE, (day, since, until, *last, ROWS_A_PAGE))
            yield page
            if len(page[0]) < ROWS_A_PAGE:
                return
            at, entity, state = (int(each[-1]) for each in page[:3])
            last = (entity, at, state)

    def _read(self, day: int, statement: str, values: tuple[object, ...]) -> list[Numbers]:
        """The columns at, entity, state and context, with contexts that belong to them."""
        self.connection.execute("BEGIN")
        ((*texts,),) = self.connection.execute(statement, values).fetchall()
        columns = [numbers(text) for text in texts]
        columns[3] = self._contexts(day, columns[3])
        self.connection.execute("COMMIT")
        return columns

    def _contexts(self, day: int, contexts: Numbers) -> Numbers:
        used = np.unique(contexts[contexts > 0])
        if not len(used):
            return contexts
        if len(used) > _MOST_NAMED:
            rows = self.connection.execute(_CONTEXTS, (day,)).fetchall()
        else:
            rows = self.connection.execute(_CONTEXTS_OF, (day, _json(used.tolist()))).fetchall()
        places = np.zeros(1 + rows[-1][0], dtype=np.int64)
        taken = self._places
        places[[row[0] for row in rows]] = [taken.setdefault(row[1:], len(taken)) for row in rows]
        return places[contexts]

    def _named(self, ids: NDArray[Any], select: str) -> tuple[NDArray[np.int32], list[str]]:
        """Places in a list of names for numbers, and that list; -1 where the number has no name any more."""
        places, used = _compact(ids, first=0)
        found = dict(self.connection.execute(select, (_json(used),)))
        if len(found) == len(used):
            return places, [found[each] for each in used]
        kept = np.array([each in found for each in used])
        moved = np.where(kept, np.cumsum(kept) - 1, -1).astype(np.int32)
        return moved[places], [found[each] for each in used if each in found]


def numbers_of(connection: sqlite3.Connection, entity_ids: Collection[str]) -> dict[str, int]:
    """The numbers of those entities that are known."""
    select = "SELECT id FROM entities WHERE entity_id = ?"
    found = ((each, connection.execute(select, (each,)).fetchone()) for each in dict.fromkeys(entity_ids))
    return {entity_id: row[0] for entity_id, row in found if row is not None}


def _contexts_of(packed: list[tuple[Packed, ...]]) -> Sequence[Context]:
    if not packed:
        return (NOBODY,)
    automated, by_person = (np.array([False, *(each[place] is not None for each in packed)]) for place in (1, 0))
    return LateContexts(automated, by_person, lambda: (NOBODY, *_unpacked(packed)))


def _unpacked(contexts: list[tuple[Packed, ...]]) -> Iterator[Context]:
    users = {user: unpack_hex(user) for user in {each[0] for each in contexts}}
    parents, own = (unpack_ulids([each[place] for each in contexts]) for place in (1, 2))
    rows = zip([users[each[0]] for each in contexts], parents, own, strict=True)
    return map(tuple.__new__, repeat(Context), rows)  # a third of the time that calling Context takes


def _json(ids: list[int]) -> str:
    return f"[{','.join(map(str, ids))}]"


def _compact(ids: NDArray[Any], first: int = 1) -> tuple[NDArray[Any], list[int]]:
    """Each number's place among those that are there, and these; where `first` is 1, 0 is always the first, untold."""
    most = int(ids.max()) + 1
    if most > 8 * len(ids) + 1_000_000:
        used, inverse = np.unique(np.append(ids, 0) if first else ids, return_inverse=True)
        return inverse[: len(ids)].astype(np.int32), used[first:].tolist()
    there = np.zeros(most, dtype=np.bool_)
    there[ids] = True
    there[:first] = True
    places = (np.cumsum(there) - 1).astype(np.int32)
    return places[ids], np.flatnonzero(there)[first:].tolist()


def _in_order(
    at: Numbers, entities: NDArray[np.int32], entity_ids: list[str], states: NDArray[np.int32], state_names: list[str]
) -> NDArray[np.intp]:
    """The order of time, and by the names where times are the same."""
    order = np.argsort(at)
    same = np.diff(at[order]) == 0
    if same.any():
        ties = np.append(same, False) | np.insert(same, 0, False)
        rows = order[ties]
        by_name = np.lexsort((_ranks(state_names)[states[rows]], _ranks(entity_ids)[entities[rows]], at[rows]))
        order[ties] = rows[by_name]
    return order


def _ranks(names: list[str]) -> Numbers:
    ranks = np.zeros(len(names), dtype=np.int64)
    ranks[sorted(range(len(names)), key=names.__getitem__)] = np.arange(len(names))
    return ranks
