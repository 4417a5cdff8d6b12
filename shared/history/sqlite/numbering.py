"""Numbers in the place of names: an event has those of its entity, its state and its context."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from typing import Final, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from shared.history.event import Context
from shared.history.sqlite.packed_ids import pack_hex, pack_ulids

REMEMBERED: Final = 20_000
"""Names of one kind whose numbers are kept in memory, those that were used last."""

_NAMES_AT_ONCE = 500
_Key = TypeVar("_Key", str, tuple[int, Context])


class _Recent(Generic[_Key]):
    """The numbers that were used last."""

    def __init__(self) -> None:
        self._numbers: dict[_Key, int] = {}

    def take(self, keys: Collection[_Key]) -> dict[_Key, int]:
        """The numbers of those that are known, which leave this place until they are kept again."""
        known = self._numbers
        return {key: known.pop(key) for key in keys if key in known}

    def keep(self, numbers: dict[_Key, int]) -> None:
        self._numbers.update(numbers)
        excess = len(self._numbers) - REMEMBERED
        for key in list(islice(self._numbers, max(excess, 0))):
            del self._numbers[key]

    def clear(self) -> None:
        self._numbers.clear()


class Names:
    """The numbers of names in one table; a name that is new gets one. Use it within a transaction.

    Whoever rolls a transaction back, or hears that another process has changed the file, calls `clear`.
    """

    def __init__(self, table: str, column: str) -> None:
        self._insert = f"INSERT INTO {table} ({column}) VALUES (?) ON CONFLICT DO NOTHING"  # noqa: S608
        self._select = f"SELECT {column}, id FROM {table} WHERE {column} IN"  # noqa: S608
        self._recent: _Recent[str] = _Recent()

    def of(self, connection: sqlite3.Connection, names: Sequence[str]) -> NDArray[np.int64]:
        """The number of each of these names."""
        different = set(names)
        numbers = self._recent.take(different)
        if missing := sorted(different - numbers.keys()):
            connection.executemany(self._insert, ((each,) for each in missing))
            for part in _parts(missing):
                marks = ", ".join("?" * len(part))
                numbers.update(connection.execute(f"{self._select} ({marks})", part))
        self._recent.keep(numbers)
        return np.fromiter(map(numbers.__getitem__, names), dtype=np.int64, count=len(names))

    def clear(self) -> None:
        """Remember nothing."""
        self._recent.clear()


class Contexts:
    """The numbers of contexts, which each day has of its own. Used as `Names` are."""

    def __init__(self) -> None:
        self._recent: _Recent[tuple[int, Context]] = _Recent()

    def of(self, connection: sqlite3.Connection, wanted: Sequence[tuple[int, Context]]) -> list[int]:
        """The number of each of these contexts, which are different ones, on its day."""
        numbers = self._recent.take(wanted)
        if missing := [each for each in wanted if each not in numbers]:
            numbers.update(_keep_contexts(connection, missing))
        self._recent.keep(numbers)
        return [numbers[each] for each in wanted]

    def clear(self) -> None:
        """Remember nothing."""
        self._recent.clear()


def _keep_contexts(
    connection: sqlite3.Connection, contexts: Sequence[tuple[int, Context]]
) -> dict[tuple[int, Context], int]:
    next_of = {
        day: connection.execute("SELECT coalesce(max(id), 0) FROM contexts WHERE day = ?", (day,)).fetchone()[0] + 1
        for day in {day for day, _ in contexts}
    }
    numbers: dict[tuple[int, Context], int] = {}
    for each in contexts:
        numbers[each] = next_of[each[0]]
        next_of[each[0]] += 1
    rows = zip(
        (day for day, _ in contexts),
        numbers.values(),
        (pack_hex(context.user_id) for _, context in contexts),
        pack_ulids([context.parent_id for _, context in contexts]),
        pack_ulids([context.context_id for _, context in contexts]),
        strict=True,
    )
    connection.executemany("INSERT INTO contexts VALUES (?, ?, ?, ?, ?)", rows)
    return numbers


def _parts(names: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(names), _NAMES_AT_ONCE):
        yield names[start : start + _NAMES_AT_ONCE]
