"""A power cut at every byte of the last commits: what was acknowledged is there, and nothing is there in part."""

from __future__ import annotations

import os
import random
import sqlite3
import struct
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import text

from shared.database_pool import create_shared_db_engine, dispose_engines, writing

SEED = 20261121
PAGE = 512
"""The smallest there is, so that every byte can be tried."""
WAL_HEADER, FRAME_HEADER = 32, 24
FULL = 2
Damage = Callable[[bytes, int], bytes]


class Journal:
    """Database and log as the disk held them, and how long the log was when each commit was acknowledged."""

    def __init__(self, file: Path) -> None:
        self.file, self.log = file, Path(f"{file}-wal")
        self.acknowledged: list[int] = []

    def keep(self) -> None:
        self.database, self.content = self.file.read_bytes(), self.log.read_bytes()


def prepare(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(f"PRAGMA page_size={PAGE}")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE commits (n INTEGER PRIMARY KEY, filler BLOB)")
        connection.execute("CREATE TABLE latest (n INTEGER)")
        connection.execute("INSERT INTO latest VALUES (0)")
        connection.commit()


async def commit(file: Path, n: int, filler: bytes) -> None:
    """One acknowledged commit of two tables, synced to the disk."""
    async with writing(create_shared_db_engine(str(file)), durable=True) as connection:
        assert (await connection.execute(text("PRAGMA synchronous"))).scalar() == FULL
        await connection.execute(text("INSERT INTO commits VALUES (:n, :filler)"), {"n": n, "filler": filler})
        await connection.execute(text("UPDATE latest SET n = :n"), {"n": n})


def valid_length(log: bytes) -> int:
    """Where the last commit in a log ends, by the frames that bear the salt of its header."""
    salt, end = log[16:24], 0
    for start in range(WAL_HEADER, len(log), FRAME_HEADER + PAGE):
        if log[start + 8 : start + 16] != salt:
            break
        if struct.unpack_from(">I", log, start + 4)[0]:  # the size of the database: this frame ends a commit
            end = start + FRAME_HEADER + PAGE
    return end


@pytest.fixture(params=["first", "used before"])
async def journal(request: pytest.FixtureRequest, tmp_path: Path) -> Journal:
    """Commits in a new log; or in one that is written over, with an older, longer one's frames behind the end."""
    chance, made = random.Random(SEED), Journal(tmp_path / "homeiq.db")
    prepare(made.file)
    n = 0
    if request.param == "used before":
        n = 30
        for earlier in range(1, n + 1):
            await commit(made.file, earlier, chance.randbytes(200))
        with closing(sqlite3.connect(made.file, isolation_level=None)) as other:
            assert other.execute("PRAGMA wal_checkpoint(RESTART)").fetchone()[0] == 0
    made.acknowledged = [0] * (n + 1)
    for later in range(n + 1, n + 7):
        await commit(made.file, later, chance.randbytes(chance.randrange(40)))
        made.acknowledged.append(valid_length(made.log.read_bytes()))
    made.keep()
    await dispose_engines()
    return made


@pytest.fixture
def fast(tmp_path: Path) -> Iterator[Path]:
    """Memory where there is any: thousands of files are made, and no disk has a part in it."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else tmp_path) as folder:
        yield Path(folder)


def cut(log: bytes, at: int) -> bytes:
    """The log's end is not there."""
    return log[:at]


def torn(log: bytes, at: int) -> bytes:
    """The log is as long as it was; behind the cut lie zeros, not yet written, or anything, a sector half written."""
    length = min(len(log) - at, 2 * PAGE)
    other = bytes(length) if at % 2 else random.Random(SEED + at).randbytes(length)
    return log[:at] + other + log[at + length :]


@pytest.mark.parametrize("damage", [cut, torn])
def test_the_last_commits_survive_a_cut_at_every_byte(journal: Journal, fast: Path, damage: Damage) -> None:
    last = journal.acknowledged[-1]
    assert all(before < after for before, after in pairwise(journal.acknowledged[-4:]))
    file = fast / "after.db"
    seen = set()
    for at in range(journal.acknowledged[-4], last + 1):
        file.write_bytes(journal.database)
        Path(f"{file}-wal").write_bytes(damage(journal.content, at))
        Path(f"{file}-shm").unlink(missing_ok=True)
        found = recovered(file)
        promised = sum(0 < end <= at for end in journal.acknowledged) + journal.acknowledged.count(0) - 1
        assert promised <= found, at
        # One more only where what was cut off is the same as what came in its place.
        assert promised == found or damage(journal.content, at)[:last] == journal.content[:last], at
        seen.add(found)
    assert seen == set(range(len(journal.acknowledged) - 4, len(journal.acknowledged)))


def recovered(file: Path) -> int:
    """How many commits there are, after it was seen that they are the first ones, and each is whole."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous=OFF")  # of the reader
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        numbers = [n for (n,) in connection.execute("SELECT n FROM commits ORDER BY n")]
        assert numbers == list(range(1, len(numbers) + 1))
        assert connection.execute("SELECT n FROM latest").fetchone() == (len(numbers),)
    return len(numbers)
