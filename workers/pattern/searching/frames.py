"""What a search in a process of its own and its parent say to each other: frames of a kind and bytes. No pickle."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from pydantic import TypeAdapter

from shared.home import Registry
from workers.pattern.analysis import Findings
from workers.pattern.counts.day_counts import VERSION
from workers.pattern.counts.pair_memory import Lookups
from workers.pattern.searching.search import Found, KeptDay

HEADER: Final = struct.Struct("<BQ")
"""Before each frame: its kind, and how many bytes follow."""
FRAME_LIMIT: Final = 1 << 30

_DAY = struct.Struct("<qH")


class Kind(IntEnum):
    """What a frame says."""

    PROGRESS = 1
    DAY = 2
    FOUND = 3
    FAILED = 4
    END = 5


@dataclass(frozen=True, slots=True)
class Task:
    """What the process is to do: its history, its home, and for how many days. Travels by a pipe, as JSON."""

    homeiq_data: str
    influxdb_url: str | None
    influxdb_token: str | None = field(repr=False)
    influxdb_org: str | None
    influxdb_bucket: str
    cache: str | None
    registry: Registry
    days: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How much is done (0 to 1), and what."""

    done: float
    message: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was found, beside the days."""

    findings: Findings
    lookups: Lookups


@dataclass(frozen=True, slots=True)
class Failure:
    """An error that says in one sentence what to do."""

    message: str


TASK: Final = TypeAdapter(Task)
PROGRESS: Final = TypeAdapter(Progress)
OUTCOME: Final = TypeAdapter(Outcome)
FAILURE: Final = TypeAdapter(Failure)


def frame(kind: Kind, content: bytes) -> bytes:
    """One frame."""
    return HEADER.pack(kind, len(content)) + content


def day_frames(days: Mapping[int, KeptDay]) -> Iterator[bytes]:
    """Days that were counted, those of another version left out."""
    for day, each in days.items():
        mark = each.mark.encode()
        if each.version == VERSION:
            yield frame(Kind.DAY, _DAY.pack(day, len(mark)) + mark + each.counts)


def found_frames(found: Found) -> Iterator[bytes]:
    """The days that were counted, and then what was found in all."""
    yield from day_frames(found.days)
    yield frame(Kind.FOUND, OUTCOME.dump_json(Outcome(found.findings, found.lookups)))


def read_day(content: bytes) -> tuple[int, KeptDay]:
    """A day and its counts."""
    day, size = _DAY.unpack_from(content)
    start = _DAY.size + size
    return day, KeptDay(content[_DAY.size : start].decode(), content[start:])
