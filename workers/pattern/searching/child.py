"""The process of a search: a task and days come in, frames go out. It ends with its parent."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from threading import Thread
from typing import BinaryIO, Final

from shared.correlation_cache import CorrelationCache
from shared.errors import DatabaseError, RequestError
from shared.history.opening import open_history
from shared.settings import Settings
from workers.pattern.searching.frames import (
    FAILURE,
    HEADER,
    PROGRESS,
    TASK,
    Failure,
    Kind,
    Progress,
    Task,
    found_frames,
    frame,
    read_day,
)
from workers.pattern.searching.search import KeptDay, Plan, Search

_NICE: Final = 10
"""Others go first: a search has time."""


def main() -> None:
    """Do the task."""
    os.nice(_NICE)
    task = TASK.validate_json(sys.stdin.buffer.readline())
    kept = dict(_days(sys.stdin.buffer))
    Thread(target=_end_with_the_parent, args=(sys.stdin.buffer,), daemon=True).start()
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as out:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # where a log may be written to
        try:
            for each in _search(task, kept, out):
                out.write(each)
        except (DatabaseError, RequestError) as error:
            out.write(frame(Kind.FAILED, FAILURE.dump_json(Failure(str(error)))))


def _days(source: BinaryIO) -> Iterator[tuple[int, KeptDay]]:
    """The days that were counted before."""
    while True:
        kind, size = HEADER.unpack(source.read(HEADER.size))
        content = source.read(size)
        if kind != Kind.DAY:
            return
        yield read_day(content)


def _search(task: Task, kept: Mapping[int, KeptDay], out: BinaryIO) -> list[bytes]:
    def tell(done: float, message: str) -> None:
        out.write(frame(Kind.PROGRESS, PROGRESS.dump_json(Progress(done, message))))
        out.flush()

    cache = CorrelationCache(Path(task.cache)) if task.cache is not None else None
    with open_history(_settings(task)) as history:
        search = Search(history, task.registry, cache, tell, afresh=not kept)
        found = search.run(Plan.of(history, task.days, kept), kept)
    if cache is not None:
        cache.close()
    return list(found_frames(found))


def _settings(task: Task) -> Settings:
    """The history's settings are those of the parent, whatever the environment says."""
    return Settings(
        homeiq_data=Path(task.homeiq_data),
        influxdb_url=task.influxdb_url,
        influxdb_token=task.influxdb_token,
        influxdb_org=task.influxdb_org,
        influxdb_bucket=task.influxdb_bucket,
    )


def _end_with_the_parent(source: BinaryIO) -> None:
    """Nothing more comes: when it ends, the parent has."""
    source.read()
    os._exit(1)


if __name__ == "__main__":
    main()
