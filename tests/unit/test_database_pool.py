import asyncio
import gc
import random
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack, closing
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from shared import database_pool
from shared.database_pool import (
    create_shared_db_engine,
    create_shared_session_maker,
    dispose_engines,
    file_lock,
    pool_statistics,
    reading,
    writing,
)
from shared.errors import DatabaseError

ROOT = Path(__file__).parents[2]
COUNT = text("SELECT n FROM counter")
ADD = text("UPDATE counter SET n = n + 1")


@pytest.fixture
async def file(tmp_path: Path) -> AsyncIterator[Path]:
    yield tmp_path / "homeiq.db"
    await dispose_engines()


@pytest.fixture
async def engine(file: Path) -> AsyncEngine:
    engine = create_shared_db_engine(str(file))
    async with writing(engine) as connection:
        await connection.execute(text("CREATE TABLE counter (n INTEGER NOT NULL)"))
        await connection.execute(text("INSERT INTO counter VALUES (0)"))
    return engine


def put(file: Path, data: bytes) -> None:
    file.write_bytes(data)


def damage(file: Path, after: int) -> None:
    data = file.read_bytes()
    file.write_bytes(data[:after] + b"\xff" * (len(data) - after))


async def write(engine: AsyncEngine, *statements: str) -> None:
    async with writing(engine) as connection:
        for statement in statements:
            await connection.execute(text(statement))


async def count(engine: AsyncEngine) -> int:
    async with reading(engine) as connection:
        return int((await connection.execute(COUNT)).scalar_one())


async def test_one_engine_a_database(file: Path, tmp_path: Path) -> None:
    engine = create_shared_db_engine(f"sqlite:///{file}")
    assert create_shared_db_engine(SecretStr(f"sqlite+aiosqlite:///{file}")) is engine
    assert create_shared_db_engine(str(tmp_path / "other.db")) is not engine
    await dispose_engines()
    assert create_shared_db_engine(str(file)) is not engine


def test_each_loop_has_its_own_engine(tmp_path: Path) -> None:
    async def use() -> AsyncEngine:
        engine = create_shared_db_engine(str(tmp_path / "homeiq.db"))
        async with writing(engine) as connection:
            await connection.execute(text("CREATE TABLE IF NOT EXISTS t (n)"))
        await dispose_engines()
        return engine

    assert asyncio.run(use()) is not asyncio.run(use())


def test_without_a_loop_there_is_no_engine(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="no running event loop"):
        create_shared_db_engine(str(tmp_path / "homeiq.db"))


async def test_every_pooled_connection_is_set_up(engine: AsyncEngine) -> None:
    expected = {
        "journal_mode": "wal",
        "synchronous": 1,
        "cache_size": -65536,
        "temp_store": 2,
        "foreign_keys": 1,
        "busy_timeout": 30000,
    }
    async with AsyncExitStack() as stack:
        connections = [await stack.enter_async_context(reading(engine)) for _ in range(14)]  # and one writes
        busy = {"size": 10, "in_use": 14, "idle": 0, "overflow": 5, "limit": 15}
        assert pool_statistics(engine).items() >= busy.items()
        for connection in connections:
            found = {name: (await connection.execute(text(f"PRAGMA {name}"))).scalar() for name in expected}
            assert found == expected
            driver = (await connection.get_raw_connection()).driver_connection
            assert driver is not None
            assert driver.isolation_level is None
    assert pool_statistics(engine).items() >= {"size": 10, "in_use": 0, "idle": 10, "limit": 15}.items()


async def test_a_worker_takes_no_more_than_its_share(file: Path) -> None:
    with pytest.raises(ValueError, match="at most 20 connections"):
        create_shared_db_engine(str(file), pool_size=16, max_overflow=5)


async def test_folders_and_files_are_private(tmp_path: Path) -> None:
    file = tmp_path / "a" / "b" / "homeiq.db"
    engine = create_shared_db_engine(str(file))
    async with writing(engine) as connection:
        await connection.execute(text("CREATE TABLE t (n)"))
        files = [path for path in file.parent.iterdir() if path.is_file()]
        assert {path.name for path in files} >= {"homeiq.db", "homeiq.db-wal", "homeiq.db-shm"}
        assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert stat.S_IMODE(file.parent.stat().st_mode) == stat.S_IMODE(file.parent.parent.stat().st_mode) == 0o700
    await dispose_engines()


async def test_only_durable_transactions_are_synced_and_counted_as_such(engine: AsyncEngine) -> None:
    modes = []
    for durable in (False, True, True, False):
        async with writing(engine, durable=durable) as connection:
            modes.append((await connection.execute(text("PRAGMA synchronous"))).scalar_one())
    assert modes == [1, 2, 2, 1]
    # One write, the table's, came before.
    assert pool_statistics(engine).items() >= {"writes": 5, "durable_writes": 2, "in_use": 0}.items()


async def test_an_error_rolls_back(engine: AsyncEngine) -> None:
    async def fail() -> None:
        async with writing(engine) as connection:
            await connection.execute(ADD)
            raise KeyError

    with pytest.raises(KeyError):
        await fail()
    assert await count(engine) == 0


async def test_cancelling_rolls_back_and_frees_the_lock(engine: AsyncEngine) -> None:
    begun = asyncio.Event()

    async def write_for_ever() -> None:
        async with writing(engine) as connection:
            await connection.execute(ADD)
            begun.set()
            await asyncio.Event().wait()

    writer = asyncio.create_task(write_for_ever())
    await begun.wait()
    waiting = asyncio.create_task(write_for_ever())
    for task in (waiting, writer):
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    async with asyncio.timeout(5), writing(engine) as connection:
        await connection.execute(ADD)
    assert await count(engine) == 1


async def test_cancelling_in_the_middle_of_a_statement_frees_the_lock_at_once(engine: AsyncEngine, file: Path) -> None:
    """SQLite keeps a closed connection's transaction for as long as anything holds one of its cursors."""
    chance = random.Random(7)
    kept: list[object] = []

    async def write() -> None:
        while True:
            async with writing(engine) as connection:
                added = text("UPDATE counter SET n = n + 1 RETURNING n")
                kept.append((await connection.execute(added)).scalar_one())

    gc.disable()
    try:
        for _ in range(60):
            writer = asyncio.create_task(write())
            await asyncio.sleep(chance.uniform(0.001, 0.01))
            writer.cancel()
            kept.extend(await asyncio.gather(writer, return_exceptions=True))
            with closing(sqlite3.connect(file, timeout=0.5, isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
    finally:
        gc.enable()


async def test_cancelling_while_another_process_holds_the_lock(engine: AsyncEngine, file: Path) -> None:
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    async def write() -> None:
        async with writing(engine) as connection:
            await connection.execute(ADD)

    writer = asyncio.create_task(write())
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.shield(writer), 0.1)
    writer.cancel()
    other.execute("COMMIT")
    other.close()
    with pytest.raises(asyncio.CancelledError):
        await writer
    async with asyncio.timeout(5), writing(engine) as connection:
        await connection.execute(ADD)
    assert await count(engine) == 1
    assert pool_statistics(engine)["in_use"] == 0


async def test_readers_see_one_moment_and_do_not_wait(engine: AsyncEngine) -> None:
    async with reading(engine) as reader:
        assert (await reader.execute(COUNT)).scalar() == 0
        async with writing(engine) as writer:
            await writer.execute(ADD)
            assert (await reader.execute(COUNT)).scalar() == 0
        assert (await reader.execute(COUNT)).scalar() == 0
    assert await count(engine) == 1


async def test_what_a_reader_writes_is_lost(engine: AsyncEngine) -> None:
    async with reading(engine) as connection:
        await connection.execute(ADD)
    assert await count(engine) == 0


async def test_writers_of_one_process_wait_in_order_and_hold_one_connection(engine: AsyncEngine) -> None:
    order: list[int] = []
    in_use: set[int] = set()

    async def add(number: int) -> None:
        async with writing(engine) as connection:
            now = (await connection.execute(COUNT)).scalar_one()
            await connection.execute(text("UPDATE counter SET n = :n"), {"n": now + 1})
            in_use.add(pool_statistics(engine)["in_use"])
            order.append(number)

    await asyncio.gather(*(add(number) for number in range(60)))
    assert await count(engine) == 60
    assert order == list(range(60))
    assert in_use == {1}


async def test_sessions_hold_the_write_lock_unless_they_only_read(engine: AsyncEngine) -> None:
    sessions = create_shared_session_maker(engine)

    async def add() -> None:
        async with sessions.begin() as session:
            now = (await session.execute(COUNT)).scalar_one()
            await session.execute(text("UPDATE counter SET n = :n"), {"n": now + 1})

    await asyncio.gather(*(add() for _ in range(8)))
    async with create_shared_session_maker(engine, read_only=True)() as session:
        assert (await session.execute(COUNT)).scalar_one() == 8


async def test_sessions_by_url_share_the_engine(engine: AsyncEngine, file: Path) -> None:
    async with create_shared_session_maker(str(file), read_only=True)() as session:
        assert session.bind is engine
        assert (await session.execute(COUNT)).scalar_one() == 0


READ_MODIFY_WRITE = """
import asyncio, sys
from sqlalchemy import text
from shared.database_pool import create_shared_db_engine, dispose_engines, writing

async def main():
    engine = create_shared_db_engine(sys.argv[1])
    for _ in range(200):
        async with writing(engine) as connection:
            n = (await connection.execute(text("SELECT n FROM counter"))).scalar_one()
            await connection.execute(text("UPDATE counter SET n = :n"), {"n": n + 1})
    await dispose_engines()

asyncio.run(main())
"""


async def test_four_processes_lose_no_update(engine: AsyncEngine, file: Path) -> None:
    processes = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", READ_MODIFY_WRITE, str(file), cwd=ROOT)
        for _ in range(4)
    ]
    assert [await process.wait() for process in processes] == [0, 0, 0, 0]
    assert await count(engine) == 800


PREPARE = """
import sys
from pathlib import Path
from shared.database_pool import prepare_sqlite_file
print("ready", flush=True)
sys.stdin.readline()
for n in range(40):
    prepare_sqlite_file(Path(sys.argv[1]) / f"{n}.db")
"""


def test_processes_may_make_the_file_at_the_same_time(tmp_path: Path) -> None:
    command, pipe = [sys.executable, "-c", PREPARE, str(tmp_path)], subprocess.PIPE
    with ExitStack() as stack:
        processes = [
            stack.enter_context(subprocess.Popen(command, cwd=ROOT, text=True, stdin=pipe, stdout=pipe))
            for _ in range(4)
        ]
        assert [process.stdout.readline() for process in processes if process.stdout] == ["ready\n"] * 4
        for process in processes:
            assert process.stdin
            process.stdin.write("go\n")
            process.stdin.flush()
    assert [process.returncode for process in processes] == [0, 0, 0, 0]


async def test_a_file_that_is_no_database(file: Path) -> None:
    put(file, b"It was a dark and stormy night. " * 200)
    with pytest.raises(DatabaseError, match=r"homeiq\.db is not a SQLite database: move it away, or set DATABASE_PATH"):
        create_shared_db_engine(str(file))


async def test_a_file_cut_in_half(engine: AsyncEngine, file: Path) -> None:
    async with writing(engine) as connection:
        await connection.execute(text("CREATE TABLE filler AS SELECT hex(randomblob(3000)) AS x FROM counter"))
        for _ in range(6):
            await connection.execute(text("INSERT INTO filler SELECT hex(randomblob(3000)) FROM filler"))
    await dispose_engines()
    damage(file, after=4096)
    damaged = create_shared_db_engine(str(file))
    with pytest.raises(DatabaseError, match=r"homeiq\.db is damaged: restore a backup, or move it away"):
        await count(damaged)
    assert pool_statistics(damaged)["in_use"] == 0


async def test_a_damaged_schema_is_seen_at_once(engine: AsyncEngine, file: Path) -> None:
    await dispose_engines()
    assert engine
    damage(file, after=100)
    with pytest.raises(DatabaseError, match="is damaged"):
        create_shared_db_engine(str(file))


async def test_a_folder_in_its_place(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match=r" can't be used \(Is a directory\)"):
        create_shared_db_engine(str(tmp_path))


async def test_a_file_in_the_place_of_its_folder(file: Path) -> None:
    put(file, b"")
    with pytest.raises(DatabaseError, match=r"can't be used \(Not a directory\)"):
        create_shared_db_engine(str(file / "x.db"))


async def test_a_file_that_may_not_be_opened(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("shared.database_pool.os.open", refuse)
    with pytest.raises(DatabaseError, match=r"can't be used \(Permission denied\): check the path"):
        create_shared_db_engine(str(file))


async def test_a_file_that_may_only_be_read(engine: AsyncEngine) -> None:
    with pytest.raises(DatabaseError, match="can't be written: give this user write access"):
        await write(engine, "PRAGMA query_only=ON", "UPDATE counter SET n = n + 1")


async def test_a_full_disk(engine: AsyncEngine) -> None:
    with pytest.raises(DatabaseError, match="can't grow: free some space"):
        await write(engine, "PRAGMA max_page_count=1", "CREATE TABLE filler AS SELECT hex(zeroblob(100000))")


async def test_a_lock_that_is_never_released(file: Path, monkeypatch: pytest.MonkeyPatch, engine: AsyncEngine) -> None:
    await dispose_engines()
    monkeypatch.setattr(database_pool, "BUSY_TIMEOUT", 0.05)
    engine = create_shared_db_engine(str(file))
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseError, match="held by another process for too long"):
        async with writing(engine):
            pytest.fail("the lock was given twice")
    other.close()
    async with writing(engine) as connection:
        await connection.execute(ADD)
    assert await count(engine) == 1


async def test_a_file_system_without_shared_memory(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_pool, "_journal_mode", lambda _file, _change="": "delete")
    with pytest.raises(DatabaseError, match="must lie on a local disk"):
        create_shared_db_engine(str(file))


async def test_mistakes_in_a_statement_stay_what_they_are(engine: AsyncEngine) -> None:
    async with reading(engine) as connection:
        with pytest.raises(OperationalError, match="no such table"):
            await connection.execute(text("SELECT 1 FROM nowhere"))
        with pytest.raises(IntegrityError):
            await connection.execute(text("INSERT INTO counter VALUES (NULL)"))


async def test_a_wrong_url_is_told_without_it() -> None:
    with pytest.raises(DatabaseError, match="The URL of the database must be a file") as caught:
        create_shared_db_engine("mysql://u:hunter2@h/d")
    assert "hunter2" not in str(caught.value)


async def test_postgresql_without_its_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    with pytest.raises(DatabaseError, match="install the package asyncpg"):
        create_shared_db_engine("postgresql://u:hunter2@127.0.0.1:1/d")


def test_the_lock_of_a_file_keeps_others_out_for_a_while(tmp_path: Path) -> None:
    file = tmp_path / "homeiq.db"
    with file_lock(file):
        with pytest.raises(DatabaseError, match="is being set up by another process"), file_lock(file, timeout=0.1):
            pytest.fail("the lock was given twice")
        got = threading.Event()

        def wait() -> None:
            with file_lock(file, timeout=10):
                got.set()

        thread = threading.Thread(target=wait)
        thread.start()
        assert not got.is_set()
    thread.join(10)
    assert got.is_set()
