"""A search in a process of its own: the same findings, and an end in any case."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import time
from asyncio.subprocess import Process
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from shared.errors import InternalError, Unavailable
from shared.history.opening import HISTORY_FILE
from shared.history.sqlite import SqliteHistory
from shared.home import Entity, Registry
from tests.unit.pattern.test_search import life
from workers.pattern.searching import process as process_module
from workers.pattern.searching.frames import TASK, Kind, Task, frame
from workers.pattern.searching.process import search_apart
from workers.pattern.searching.search import KeptDay, Plan, Search

REGISTRY = Registry(
    time_zone="Europe/Berlin", entities={"light.hall": Entity("light.hall", "Hall", ("corridor",), device_class="x")}
)


class Ended(Exception):
    """What a listener may raise."""


@pytest.fixture
def task(tmp_path: Path) -> Task:
    with SqliteHistory(tmp_path / HISTORY_FILE) as history:
        for day in life("apart", 12):
            history.append(day)
    return Task(str(tmp_path), None, None, None, "events", str(tmp_path / "cache.db"), REGISTRY, 10)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Process]]:
    """The processes that were started; none is left in the end."""
    found: list[Process] = []
    create = asyncio.create_subprocess_exec

    async def watched(*words: str, **how: Any) -> Process:
        found.append(await create(*words, **how))
        return found[-1]

    monkeypatch.setattr(process_module.asyncio, "create_subprocess_exec", watched)
    yield found
    assert found
    assert all(each.returncode is not None for each in found)


async def test_it_finds_what_a_thread_finds(task: Task, started: list[Process]) -> None:
    heard: list[tuple[float, str]] = []
    found = await search_apart(task, {}, lambda *each: heard.append(each))
    with SqliteHistory(Path(task.homeiq_data) / HISTORY_FILE) as history:
        here = Search(history, REGISTRY).run(Plan.of(history, task.days, {}), {})
    assert (found.findings, found.days) == (here.findings, here.days)
    assert found.findings.patterns
    assert [done for done, _ in heard] == sorted(done for done, _ in heard)
    assert heard[-1] == (1.0, "done")
    assert len(started) == 1


async def test_what_was_counted_before_is_not_counted_again(task: Task, started: list[Process]) -> None:
    whole = await search_apart(task, {}, lambda *_: None)
    first = min(whole.days)
    kept = {**whole.days, first - 1: KeptDay("of no day", b"")}
    del kept[first]
    again = await search_apart(task, kept, lambda *_: None)
    assert (again.findings, again.days) == (whole.findings, {first: whole.days[first]})
    assert len(started) == 2


async def test_it_ends_when_nobody_wants_it_any_more(task: Task, started: list[Process]) -> None:
    def tell(_done: float, _message: str) -> None:
        raise Ended

    with pytest.raises(Ended):
        await search_apart(task, {}, tell)
    assert [each.returncode for each in started] == [-signal.SIGKILL]


async def test_it_ends_when_it_is_cancelled(task: Task, started: list[Process]) -> None:
    begun = asyncio.Event()
    searching = asyncio.create_task(search_apart(task, {}, lambda *_: begun.set()))
    await asyncio.wait_for(begun.wait(), 60)
    searching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await searching
    assert len(started) == 1


async def test_a_process_that_is_killed_is_told(task: Task, started: list[Process]) -> None:
    def tell(_done: float, _message: str) -> None:
        os.kill(started[0].pid, signal.SIGKILL)

    with pytest.raises(InternalError, match="was ended by signal 9; the patterns are as they were"):
        await search_apart(task, {}, tell)


async def test_one_that_fails_says_so_in_the_log(
    task: Task, started: list[Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process_module, "_MODULE", "workers.pattern.searching.nothing")
    with pytest.raises(InternalError, match="failed with status 1; the log says why"):
        await search_apart(task, {}, lambda *_: None)
    assert len(started) == 1


async def test_what_it_can_say_in_a_sentence_comes_through(task: Task, started: list[Process]) -> None:
    with closing(sqlite3.connect(Path(task.homeiq_data) / HISTORY_FILE)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(Unavailable, match=r"was made by a newer HomeIQ \(version 99"):
        await search_apart(task, {}, lambda *_: None)
    assert len(started) == 1


def test_it_ends_with_its_parent(task: Task) -> None:
    command = [sys.executable, "-P", "-m", "workers.pattern.searching.child"]
    root = str(Path(__file__).parents[3])
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": root}
    ) as child:
        assert child.stdin is not None
        child.stdin.write(TASK.dump_json(task) + b"\n" + frame(Kind.END, b""))
        child.stdin.close()
        assert child.wait(60) == 1


def test_a_secret_is_in_no_representation(task: Task) -> None:
    secret = Task("data", "http://localhost", "user:secret-word", None, "events", None, REGISTRY, 10)
    assert "secret-word" not in repr(secret)
    assert TASK.validate_json(TASK.dump_json(secret)) == secret


def test_a_history_that_was_cut_off_in_the_middle_of_a_write_is_searched(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from shared.history import Event; from shared.history.sqlite import"
        " SqliteHistory\n"
        "with SqliteHistory(Path(sys.argv[1])) as history:\n"
        "    on = ('on', 'off')\n"
        "    history.append(Event(1.76e9 + n, f'light.l{n % 9}', on[n // 9 % 2]) for n in range(10_000_000))\n"
    )
    path = tmp_path / "history.db"
    with subprocess.Popen([sys.executable, "-c", program, str(path)], cwd=Path(__file__).parents[3]) as writer:
        log = path.with_name("history.db-wal")
        while not log.exists() or log.stat().st_size < 1 << 21:
            time.sleep(0.01)
        writer.kill()
    with SqliteHistory(path) as history:
        found = Search(history, Registry()).run(Plan.of(history, 30, {}), {})
        assert found.findings.events == history.span().rows > 10_000
