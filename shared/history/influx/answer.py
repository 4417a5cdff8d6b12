"""What InfluxDB answers, as the home's events. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from shared.errors import DatabaseError
from shared.history.columns import Columns
from shared.history.event import NOBODY, Context
from shared.history.influx.line_protocol import CONTEXT, STATE, told_by_tag
from shared.history.influx.merging import merged

_TICKS_A_SECOND = 1_000_000
_NANOSECONDS_A_DAY = 86_400_000_000_000
_Name = TypeVar("_Name")
_KNOWN = frozenset({"time", STATE, *CONTEXT})


@dataclass(frozen=True, slots=True)
class Part:
    """Points of one series, or of several that have the named tags in common. Times are in nanoseconds."""

    tags: Mapping[str, str]
    times: Sequence[int]
    states: Sequence[str]
    contexts: Sequence[Context]

    @property
    def entity_id(self) -> str | None:
        """The entity that these are the events of."""
        value = self.tags.get("entity_id")
        return None if value is None else told_by_tag(value)

    @classmethod
    def of(cls, tags: Mapping[str, str], table: Mapping[str, Sequence[Any]]) -> Self:
        """Of a table's columns. Points without a state are no events."""
        states = table[STATE]
        nothing = (None,) * len(states)
        told = zip(*(table.get(name, nothing) for name in CONTEXT), strict=True)
        contexts = _contexts(list(told))
        times = table["time"]
        if not all(isinstance(each, str) for each in states):
            chosen = [place for place, state in enumerate(states) if state is not None]
            times, contexts = [times[each] for each in chosen], [contexts[each] for each in chosen]
            states = [str(states[each]) for each in chosen]
        return cls(tags, times, states, contexts)


def parts(series: Iterable[Mapping[str, Any]]) -> Iterator[Part]:
    """The points of an answer. Raises DatabaseError where it has another shape than asked for.

    Versions 1 and 2 name the tags that were grouped by beside the columns, version 3 as columns.
    """
    try:
        for each in series:
            tags = {name: str(value) for name, value in (each.get("tags") or {}).items() if value}
            columns = each["columns"]
            extra = [place for place, name in enumerate(columns) if name not in _KNOWN]
            for more, rows in _grouped(each["values"], extra).items():
                told = {columns[place]: value for place, value in zip(extra, more, strict=True) if value}
                table = {name: [row[place] for row in rows] for place, name in enumerate(columns)}
                yield Part.of(tags | told, table)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise DatabaseError("InfluxDB gave an answer that nobody asked for: check INFLUXDB_URL.") from error


def columns_of(found: Iterable[Part]) -> Columns:
    """The events of all parts, each once."""
    return merged([_columns(part) for part in found if part.entity_id and part.times])


def number(series: Iterable[Mapping[str, Any]]) -> int:
    """The sum of what an aggregate found, in all series."""
    return sum(row[-1] or 0 for each in series for row in each["values"])


def counts_by_day(series: Iterable[Mapping[str, Any]]) -> dict[int, str]:
    """How many values each field has a day, as text, by the number of the day since 1970; without days of nothing."""
    found: dict[int, str] = {}
    for each in series:
        names = each["columns"][1:]
        for time, *numbers in each["values"]:
            counted = [f"{name} {number}" for name, number in zip(names, numbers, strict=True) if number]
            if counted:
                found[time // _NANOSECONDS_A_DAY] = ", ".join(counted)
    return found


def _grouped(rows: Sequence[Sequence[Any]], extra: Sequence[int]) -> dict[tuple[str, ...], Sequence[Sequence[Any]]]:
    """The rows, by what they have in the columns that are tags."""
    if not extra:
        return {(): rows} if rows else {}
    groups: defaultdict[tuple[str, ...], list[Sequence[Any]]] = defaultdict(list)
    for row in rows:
        groups[tuple(row[place] or "" for place in extra)].append(row)
    return dict(groups)


def _contexts(told: list[tuple[str | None, ...]]) -> list[Context]:
    """The context of each point; one that names nobody is nobody's."""
    different = {each: NOBODY if each[0] is None and each[1] is None else Context(*each) for each in set(told)}
    return [different[each] for each in told]


def _columns(part: Part) -> Columns:
    ticks = np.array(part.times, dtype=np.int64) // 1000
    state_names, states = _places(part.states, [])
    context_list, contexts = _places(part.contexts, [NOBODY])
    entities = np.zeros(len(ticks), dtype=np.int32)
    return Columns(
        ticks / _TICKS_A_SECOND, entities, states, contexts, (part.entity_id or "",), state_names, context_list
    )


def _places(names: Sequence[_Name], first: list[_Name]) -> tuple[tuple[_Name, ...], NDArray[np.int32]]:
    """The different names, and the place of each in them."""
    different = tuple(dict.fromkeys(chain(first, names)))
    numbers = {name: place for place, name in enumerate(different)}
    return different, np.fromiter(map(numbers.__getitem__, names), dtype=np.int32, count=len(names))
