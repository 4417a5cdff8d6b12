"""A store of the home's past: how fast it takes events and gives them back as arrays, and the room that they take."""

from __future__ import annotations

import gc
import sqlite3
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from shared.history import Event, History
from shared.history.sqlite import SqliteHistory
from tests.bench.past import DAY, DAYS, START, past_events
from tests.bench.report import Row

_ROUNDS = 3
_LIVE = 100
"""Events of one live batch."""
_LAST_OF = 100
_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class HistoryFigures:
    """Seconds for `events` events: writing, writing them again, reading all, an hour, an entity; `live` a batch."""

    events: int
    write: float
    again: float
    live: float
    read: float
    month: float
    hour: float
    entity: float
    last_before: float
    span: float
    counts: float
    size_mb: float | None


def history(store: History, events: int, size_mb: Callable[[], float] | None = None) -> HistoryFigures:
    """Measure an empty store, and close it. Its size is what it says in its figures, unless `size_mb` knows."""
    # Made before, so that only the store is measured, and kept out of the garbage collector's rounds.
    past = list(past_events(events))
    gc.freeze()
    try:
        with store:
            return _measured(store, past, size_mb or (lambda: store.figures().get("size_mb")))
    finally:
        gc.unfreeze()


def _measured(store: History, past: list[Event], size_mb: Callable[[], float | None]) -> HistoryFigures:
    end, middle = START + DAYS * DAY, START + DAYS * DAY / 2
    entities = sorted({event.entity_id for event in past[:5_000]})
    write, again = (_seconds(lambda: store.append(past)) for _ in range(2))
    size = size_mb()
    return HistoryFigures(
        events=len(past),
        write=write,
        again=again,
        read=_best(store.read),
        month=_best(lambda: store.read(end - DAYS * DAY, end)),
        hour=_best(lambda: store.read(middle, middle + 3600)),
        entity=_best(lambda: store.read(entity_ids=entities[:1])),
        last_before=_best(lambda: store.last_before(end, entities[:_LAST_OF])),
        span=_best(store.span),
        counts=_best(store.counts),
        size_mb=size,
        live=median(_seconds(lambda batch=batch: store.append(batch)) for batch in _live(end)),
    )


def _live(end: float) -> Iterable[list[Event]]:
    for start in range(0, 20 * _LIVE, _LIVE):
        yield [
            Event(round(end + number / 50, 6), f"sensor.thing_{number % 130}", str(number % 7))
            for number in range(start, start + _LIVE)
        ]


def _seconds(call: Callable[[], Any]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def _best(call: Callable[[], Any]) -> float:
    return min(_seconds(call) for _ in range(_ROUNDS))


def bare_read(file: Path) -> float:
    """Seconds of SQLite alone for reading all events of a history as arrays, without a name or an order."""
    joined = "SELECT group_concat(at), group_concat(entity), group_concat(state), group_concat(coalesce(context, 0))"
    with closing(sqlite3.connect(file)) as connection:
        days = connection.execute("SELECT day FROM days").fetchall()

        def read() -> None:
            for day in days:
                ((*texts,),) = connection.execute(f"{joined} FROM events WHERE day = ?", day).fetchall()
                for text in texts:
                    np.fromstring(text, dtype=np.int64, sep=",")

        return _best(read)


def sqlite_rows(file: Path, events: int) -> list[Row]:
    """The figures of a SQLite history in this file, and how far its reading is from what SQLite takes by itself."""
    found = history(SqliteHistory(file), events)
    rows = history_rows("SQLite", found)
    return [*rows, Row(rows[0].section, "reading all, over bare arrays of numbers", found.read / bare_read(file), "x")]


def history_rows(name: str, found: HistoryFigures) -> list[Row]:
    """The figures for the table; those to hold are of a million events."""
    section = f"history in {name}, {found.events:,} events, 30 % with contexts"
    whole = found.events >= _MILLION
    return [
        Row(section, "writing", found.events / found.write, "/s"),
        Row(section, "writing them again, which changes nothing", found.events / found.again, "/s"),
        Row(section, f"a live batch of {_LIVE}, P50", 1_000 * found.live, "ms"),
        Row(section, "reading all as arrays", found.read, "s", 1.0 if whole else None),
        Row(section, "reading a month as arrays", found.month, "s", 1.0 if whole else None),
        Row(section, "reading an hour", 1_000 * found.hour, "ms", 50.0),
        Row(section, "reading one entity", 1_000 * found.entity, "ms"),
        Row(section, f"the last events of {_LAST_OF} entities", 1_000 * found.last_before, "ms", 100.0),
        Row(section, "span", 1_000 * found.span, "ms"),
        Row(section, "counts", 1_000 * found.counts, "ms"),
        Row(section, "size", found.size_mb, "MB", 40.0 * found.events / _MILLION if whole else None),
    ]
