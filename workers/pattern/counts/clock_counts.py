"""What time of day and anomalies need of the past: the changes of each UTC day, made small. Pure."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from shared.errors import DatabaseError
from shared.history import Columns

CHATTER: Final = 2_000
"""Changes of an entity on one day, from which on they are chatter: more than one a minute."""

_FORMAT = 1
_LARGEST = 1 << 28
_LATEST = float(1 << 32)
_HOUR, _DAY = 3_600, 86_400
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_Kind = TypeVar("_Kind", bound=np.generic)
_READINGS_BEGIN = frozenset("+-.0123456789nNiI")


@dataclass(frozen=True, slots=True, eq=False)
class ClockCounts:
    """The changes of some UTC days. Of two days it is their concatenation, so a new day costs that day alone.

    `times` (whole seconds since 1970, UTC), `entities`, `states` and `automated` are one row a state told, in the order
    of time; `unknown` and `unavailable` are told too. What is a reading (a number, a date) or chatter of an entity that
    changes more often than once a minute is only counted: `hours` (since 1970, UTC), `sources` (entities), `amounts`.
    Entities and states are places in `entity_ids` and `state_names`, which are sorted.
    """

    entity_ids: tuple[str, ...]
    state_names: tuple[str, ...]
    times: NDArray[np.int64]
    entities: NDArray[np.int32]
    states: NDArray[np.int32]
    automated: NDArray[np.bool_]
    hours: NDArray[np.int64]
    sources: NDArray[np.int32]
    amounts: NDArray[np.int64]

    @classmethod
    def of(cls, day: Columns) -> Self:
        """What one part of the history says; nothing of another part is needed."""
        sane = (day.times >= 0) & (day.times < _LATEST)
        reading = np.array([_reads(name) for name in day.state_names], dtype=np.bool_)[day.states]
        most = np.bincount(day.entities[sane & ~reading], minlength=len(day.entity_ids))
        told = sane & ~reading & (most <= CHATTER)[day.entities]
        counted = sane & ~told
        keys = (day.times[counted].astype(np.int64) // _HOUR) * len(day.entity_ids) + day.entities[counted]
        keys, amounts = np.unique(keys, return_counts=True)
        hours, sources = np.divmod(keys, max(len(day.entity_ids), 1))
        return cls(
            day.entity_ids,
            day.state_names,
            day.times[told].astype(np.int64),
            day.entities[told],
            day.states[told],
            day.automated[told],
            hours,
            sources.astype(np.int32),
            amounts.astype(np.int64),
        ).named()

    @classmethod
    def joined(cls, parts: Iterable[Self]) -> Self:
        """Several days as one, in the order of time; each day must be in one of the parts only."""
        chosen = sorted((each for each in parts if each), key=lambda each: each.first)
        entity_ids = tuple(sorted({name for each in chosen for name in each.entity_ids}))
        state_names = tuple(sorted({name for each in chosen for name in each.state_names}))
        entities = [_places(each.entity_ids, entity_ids) for each in chosen]
        states = [_places(each.state_names, state_names) for each in chosen]
        whole = cls(
            entity_ids,
            state_names,
            _joined([each.times for each in chosen], np.int64),
            _joined([new[each.entities] for each, new in zip(chosen, entities, strict=True)], np.int32),
            _joined([new[each.states] for each, new in zip(chosen, states, strict=True)], np.int32),
            _joined([each.automated for each in chosen], np.bool_),
            _joined([each.hours for each in chosen], np.int64),
            _joined([new[each.sources] for each, new in zip(chosen, entities, strict=True)], np.int32),
            _joined([each.amounts for each in chosen], np.int64),
        )
        return whole.named()

    def __bool__(self) -> bool:
        """Whether there is anything."""
        return bool(len(self.times) or len(self.hours))

    @property
    def first(self) -> int:
        """The time of the first change, in whole seconds; a reading counts from the start of its hour."""
        return int(min([*self.times[:1].tolist(), *(self.hours[:1] * _HOUR).tolist()], default=0))

    def to_bytes(self) -> bytes:
        """The same for a database: a line of JSON, then the arrays; compressed, 3 to 8 bytes a change."""
        base = self.first // _DAY * _DAY
        header = {
            "format": _FORMAT,
            "base": base,
            "entities": self.entity_ids,
            "states": self.state_names,
            "changes": len(self.times),
            "readings": len(self.hours),
        }
        steps = np.diff(self.times, prepend=base)
        hours = self.hours - base // _HOUR
        columns: list[NDArray[Any]] = [steps, self.entities, self.states, hours, self.sources, self.amounts]
        body = b"".join(each.astype("<u4").tobytes() for each in columns) + np.packbits(self.automated).tobytes()
        return zlib.compress(json.dumps(header).encode() + b"\n" + body, 6)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """What `to_bytes` gave. Raises DatabaseError where it is something else."""
        try:
            return cls._read(data)
        except (zlib.error, ValueError, KeyError, TypeError, IndexError) as error:
            raise DatabaseError("a day's statistics are damaged: run a full analysis to count it anew") from error

    @classmethod
    def _read(cls, data: bytes) -> Self:
        line, _, body = zlib.decompressobj().decompress(data, _LARGEST).partition(b"\n")
        header = json.loads(line)
        if header["format"] != _FORMAT:
            raise ValueError(header["format"])
        changes, readings, base = int(header["changes"]), int(header["readings"]), int(header["base"])
        lengths = [changes, changes, changes, readings, readings, readings]
        if min(lengths) < 0 or len(body) != 4 * sum(lengths) + -(-changes // 8):
            raise ValueError(len(body))
        numbers = np.split(np.frombuffer(body, "<u4", sum(lengths)).astype(np.int64), np.cumsum(lengths)[:-1])
        bits = np.frombuffer(body, np.uint8, offset=4 * sum(lengths))
        steps, entities, states, hours, sources, amounts = numbers
        entity_ids, state_names = tuple(map(str, header["entities"])), tuple(map(str, header["states"]))
        return cls(
            entity_ids,
            state_names,
            base + np.cumsum(steps),
            _within(entities, len(entity_ids)),
            _within(states, len(state_names)),
            np.unpackbits(bits, count=changes).astype(np.bool_),
            base // _HOUR + hours,
            _within(sources, len(entity_ids)),
            amounts,
        )

    def named(self) -> Self:
        """The same with sorted names, without those of nothing, and readings in the order of hours and entities."""
        entity_ids = sorted(self.entity_ids[each] for each in np.union1d(self.entities, self.sources).tolist())
        state_names = sorted(self.state_names[each] for each in np.unique(self.states).tolist())
        entities, states = _places(self.entity_ids, entity_ids), _places(self.state_names, state_names)
        order = np.lexsort((entities[self.sources], self.hours))
        return type(self)(
            tuple(entity_ids),
            tuple(state_names),
            self.times,
            entities[self.entities],
            states[self.states],
            self.automated,
            self.hours[order],
            entities[self.sources][order],
            self.amounts[order],
        )


def _reads(state: str) -> bool:
    """Whether a state is a number or a date, and no state of a thing."""
    if state[:1] not in _READINGS_BEGIN:
        return False
    try:
        float(state)
    except ValueError:
        return _DATE.match(state) is not None
    return True


def _places(names: Sequence[str], among: Sequence[str]) -> NDArray[np.int32]:
    """Where each name stands among others; -1 where it does not."""
    where = {name: place for place, name in enumerate(among)}
    return np.array([where.get(name, -1) for name in names], dtype=np.int32)


def _within(places: NDArray[np.int64], amount: int) -> NDArray[np.int32]:
    if len(places) and int(places.max()) >= amount:
        raise ValueError(int(places.max()))
    return places.astype(np.int32)


def _joined(arrays: list[NDArray[_Kind]], kind: type[_Kind]) -> NDArray[_Kind]:
    return np.concatenate(arrays) if arrays else np.zeros(0, dtype=kind)
