"""Disks that are full, read-only or wrong, and backups of a home that runs, with `homeiq` as people run it."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from contracts import analysis, query
from contracts.analysis import FeedbackRequest, Verdict
from contracts.query import QueryRequest
from shared.broker.access import ADMIN
from shared.broker.process import own_broker
from shared.bus.client import Client
from shared.errors import NotFound, Unavailable
from tests.system.conftest import HOMEIQ, Installation, Up

QUESTIONS = ("which lights are on?", "which windows are open?", "how warm is it in the kitchen?", "is a door open?")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 8 MB that may be filled up."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m,mode=755", "tmpfs", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"a small file system can't be mounted here: {error}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(disk: Path) -> Path:
    """Take all the room that is left."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as out:
        try:
            while out.write(b"x" * 4096) == 4096:
                pass
        except OSError:
            pass
    return filler


async def failing(installation: Installation, *arguments: str, **environment: str) -> str:
    """The one line of a command that must fail with status 1, without a traceback."""
    status, out, error = await installation.run(*arguments, HOMEIQ_LOG_LEVEL="error", **environment)
    assert (status, out) == (1, ""), (out, error)
    assert error.startswith("homeiq: ")
    assert error.count("\n") == 1, error
    return error


def client(installation: Installation) -> Client:
    """Somebody who asks without the second that a command takes to start."""
    address = own_broker(installation.data, ADMIN)
    assert address is not None
    return Client(address)


async def answers(installation: Installation) -> list[Any]:
    async with client(installation) as asking:
        requests = (QueryRequest(query=question) for question in QUESTIONS)
        replies = [await asking.request(query.ASK, request, timeout=10) for request in requests]
    return [(reply.status, reply.answer, reply.result, reply.entities) for reply in replies]


async def first_refused(asking: Client) -> str:
    """The id of the first effect that finds no room: it is told so, and was not accepted."""
    for number in range(60):
        try:
            await asking.request(analysis.FEEDBACK, LARGE, correlation_id=f"large-{number}")
        except NotFound:
            continue
        except Unavailable as error:
            if "free some space on its disk" in error.message:
                return f"large-{number}"
            raise
    raise AssertionError("the disk was not full")


def set_revision(installation: Installation, revision: str) -> None:
    with closing(sqlite3.connect(installation.data / "homeiq.db", isolation_level=None)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))


LARGE = FeedbackRequest(pattern_id="none", verdict=Verdict.REJECT, changes={"note": "x" * 200_000})


# -- disks -------------------------------------------------------------------------------------------------------------


async def test_a_disk_that_fills_up_while_it_runs(installation: Installation, small_disk: Path) -> None:
    installation.data = small_disk / "data"
    installation.environment["HOMEIQ_DATA"] = str(installation.data)
    async with installation.up("--demo") as up:
        before = await answers(installation)
        filler = fill(small_disk)
        for _ in range(20):
            assert await answers(installation) == before, "answers need no room"
        assert "No space left on device" in await failing(installation, "backup")
        assert not list(installation.data.glob("backups/*"))
        async with client(installation) as asking:
            refused = await first_refused(asking)
            filler.unlink()
            with pytest.raises(NotFound):
                await asking.request(analysis.FEEDBACK, LARGE, correlation_id=refused, timeout=20)
        assert await answers(installation) == before
        made = await installation.json("backup")
        assert up.process.returncode is None
    assert up.process.returncode == 0
    fill(small_disk)
    assert "nothing was changed" in await failing(installation, "restore", made["file"])
    assert not list(installation.data.glob("*.restor*"))
    assert "No space left on device" in await failing(installation, "up")


async def test_a_folder_that_may_only_be_read(installation: Installation, tmp_path: Path) -> None:
    async with installation.up("--demo"):
        made = await installation.json("backup", str(tmp_path / "home.zip"))
    reader = [] if os.geteuid() else shutil.which("setpriv") and ["--bounding-set", "-dac_override,-dac_read_search"]
    if reader is None:
        pytest.skip("root may write anywhere, and setpriv is not installed")
    elsewhere = tmp_path / "open"
    elsewhere.mkdir()
    for command in (["up"], ["restore", made["file"]], ["backup"]):
        before = {file.name: file.read_bytes() for file in installation.data.iterdir() if file.is_file()}
        for folder in (installation.data, installation.data / "mosquitto"):
            folder.chmod(0o500)
        try:
            status, error = run_as(installation, reader, *command)
        finally:
            for folder in (installation.data, installation.data / "mosquitto"):
                folder.chmod(0o700)
        assert status in {1, 2}, command
        assert error.count("\n") == 1, error
        assert "Permission denied" in error or "write" in error
        after = {file.name: file.read_bytes() for file in installation.data.iterdir() if file.is_file()}
        assert {name: after.get(name) for name in before} == before
    async with installation.up():
        assert len(await answers(installation)) == len(QUESTIONS)


def run_as(installation: Installation, wrapper: list[str], *arguments: str) -> tuple[int, str]:
    """Status and stderr of a command that has no rights beyond those of the files."""
    command = [*(["setpriv", *wrapper] if wrapper else []), str(HOMEIQ), *arguments]
    environment = installation.environment | {"HOMEIQ_LOG_LEVEL": "error"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == ""
    return done.returncode, done.stderr


async def test_a_database_that_is_broken_is_named_and_a_backup_brings_the_home_back(
    installation: Installation,
) -> None:
    content = b"this is no database" * 1000
    async with installation.up("--demo"):
        before = await answers(installation)
        made = await installation.json("backup")
    broken = installation.data / "homeiq.db"
    broken.write_bytes(content)
    assert "is not a SQLite database" in await failing(installation, "up")
    assert "is not a SQLite database" in await failing(installation, "backup")
    assert broken.read_bytes() == content
    done = await installation.json("restore", made["file"])
    assert f"{broken}.before-restore" in done["kept"]
    assert broken.with_name("homeiq.db.before-restore").read_bytes() == content
    async with installation.up():
        assert await answers(installation) == before


async def test_a_cache_that_is_broken_is_begun_anew(installation: Installation) -> None:
    installation.data.mkdir()
    cache = installation.data / "correlation_cache.db"
    cache.write_bytes(b"this is no database" * 1000)
    async with installation.up("--demo"):
        made = await installation.json("backup")
        assert len(await answers(installation)) == len(QUESTIONS)
    assert made["notes"] == []
    with closing(sqlite3.connect(cache)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


async def test_a_database_of_a_newer_homeiq_is_refused(installation: Installation) -> None:
    async with installation.up("--demo"):
        older = await installation.json("backup")
    set_revision(installation, "9999")
    assert "has schema 9999" in await failing(installation, "up")
    newer = await installation.json("backup", str(installation.data / "newer.zip"))
    assert newer["schema_revision"] == "9999"
    assert "restore it with the newer HomeIQ" in await failing(installation, "restore", newer["file"])
    await installation.json("restore", older["file"])
    async with installation.up():
        assert len(await answers(installation)) == len(QUESTIONS)


# -- backups of a home that runs ---------------------------------------------------------------------------------------


async def test_a_backup_under_load_gives_the_same_answers_elsewhere(installation: Installation, tmp_path: Path) -> None:
    asked = 0

    async def ask_for_ever(asking: Client) -> None:
        nonlocal asked
        while True:
            reply = await asking.request(query.ASK, QueryRequest(query=f"is a light on? {asked}"), timeout=10)
            assert reply.status
            asked += 1

    async with installation.up("--demo") as up:
        before = await answers(installation)
        async with client(installation) as asking:
            load = [asyncio.create_task(ask_for_ever(asking)) for _ in range(4)]
            made = [await installation.json("backup", str(tmp_path / f"{number}.zip")) for number in range(2)]
            made.append(await installation.json("backup", str(tmp_path / "all.zip"), "--with-credentials"))
            assert not [task for task in load if task.done()]
            for task in load:
                task.cancel()
            await asyncio.gather(*load, return_exceptions=True)
        login = own_broker(installation.data, ADMIN)
    assert (up.process.returncode, asked > 100) == (0, True)
    assert ["credentials.json" in each["files"] for each in made] == [False, False, True]
    elsewhere = Installation(tmp_path / "elsewhere" / "data")
    elsewhere.data.mkdir(parents=True)
    done = await elsewhere.json("restore", made[-1]["file"])
    assert (done["kept"], done["untouched"]) == ([], [])
    async with elsewhere.up():
        assert await answers(elsewhere) == before
        again = own_broker(elsewhere.data, ADMIN)
        assert login is not None
        assert again is not None
        assert again.password == login.password


async def test_nothing_is_restored_while_anybody_works(installation: Installation, tmp_path: Path) -> None:
    async with installation.up("--demo"):
        made = await installation.json("backup", str(tmp_path / "home.zip"))
        assert "end `homeiq up`" in await failing(installation, "restore", made["file"])
        worker = Up(await installation.start("worker", "query", "--json"))
        await worker.ready()
    # The broker is gone, and this worker waits for it, with the database open.
    assert "end `homeiq up`" in await failing(installation, "restore", made["file"])
    await worker.end()
    assert (await installation.json("restore", made["file"]))["files"].keys() == made["files"].keys()


async def test_what_is_no_backup_is_told(installation: Installation, tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text(json.dumps({"files": {}}))
    assert "is no whole backup" in await failing(installation, "restore", str(file))
    assert "start `homeiq up` once" in await failing(installation, "backup")
