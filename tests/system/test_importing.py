"""`homeiq import` as people run it: from each source, twice, killed in between, and with what is none."""

from __future__ import annotations

import asyncio
import json
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import AsyncExitStack, closing, suppress
from pathlib import Path

import pytest

from shared.history.influx.server import InfluxServer
from shared.history.sqlite import SqliteHistory
from tests.system.conftest import Installation
from tests.unit.history.influxd import Influxd, installed

NOON = 1_772_366_400.0
HEADER = "entity_id,state,last_changed\n"
RECORDER = """
    CREATE TABLE states (state_id INTEGER PRIMARY KEY, state TEXT, last_updated_ts FLOAT, last_changed_ts FLOAT,
        context_user_id_bin BLOB, context_parent_id_bin BLOB, context_id_bin BLOB, metadata_id INTEGER);
    CREATE TABLE states_meta (metadata_id INTEGER PRIMARY KEY, entity_id TEXT);
    INSERT INTO states_meta VALUES (1, 'light.a');
"""


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Path]:
    """A database that somebody has open."""
    path = tmp_path / "home-assistant_v2.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(RECORDER)
        rows = ((("on", "off")[n % 2], NOON + n) for n in range(30))
        connection.executemany("INSERT INTO states (state, last_updated_ts, metadata_id) VALUES (?, ?, 1)", rows)
        connection.commit()
        yield path


async def failing(installation: Installation, *arguments: str, **environment: str) -> tuple[int, str]:
    status, out, error = await installation.run(*arguments, **environment)
    assert status != 0
    assert out == ""
    assert "Traceback" not in error
    (line,) = error.strip().splitlines()
    return status, line


def left(installation: Installation) -> list[str]:
    return [each.name for each in (installation.data / "imports").iterdir()]


async def test_a_past_from_each_source(installation: Installation, recorder: Path, tmp_path: Path) -> None:
    file = tmp_path / "history.csv"
    file.write_text(HEADER + f"light.a,on,{NOON}\nlight.b,on,{NOON}\nlight.b,off,when\n")
    async with installation.up():
        status, out, error = await installation.run("import", "recorder", str(recorder))
        assert (status, error.strip()) == (0, "")
        assert out.startswith("Imported home-assistant_v2.db: 30 events of 30 rows (0 were there already")
        again = await installation.json("import", "recorder", str(recorder))
        assert (again["counts"]["imported"], again["counts"]["duplicates"]) == (0, 30)
        status, out, error = await installation.run("import", "csv", str(file))
        assert out.splitlines()[0].startswith("Imported history.csv: 1 events of 3 rows (1 were there already")
        assert out.splitlines()[1].strip().startswith("line 4: 'when' is no time")
        if installed():
            await influx(installation, tmp_path)
    assert left(installation) == []


async def influx(installation: Installation, tmp_path: Path) -> None:
    with Influxd(tmp_path / "influxd") as server:
        server.ask("CREATE DATABASE home")
        with closing(InfluxServer(server.url, None, None, "home")) as writer:
            writer.write([f'light.c,domain=light,entity_id=c state="on",value=1 {round(NOON)}000000000'])
        told = await installation.json("import", "influx", server.url, "--bucket", "home")
        assert told["counts"]["imported"] == 1
        again = await installation.json("import", "influx", server.url, "--bucket", "home")
        assert (again["counts"]["imported"], again["counts"]["duplicates"]) == (0, 1)


def end(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        process.kill()


async def test_an_import_that_was_killed_goes_on(
    installation: Installation, tmp_path: Path, entered: AsyncExitStack
) -> None:
    rows = 150_000
    file = tmp_path / "history.csv"
    with file.open("w") as out:
        out.write(HEADER)
        out.writelines(f"light.l{n % 7},{('on', 'off')[n // 7 % 2]},{NOON + n / 4}\n" for n in range(rows))
    bookmarks = installation.data / "imports"
    async with installation.up() as up:
        importing = await installation.start("import", "csv", str(file), "--json")
        async with asyncio.timeout(40):
            while not list(bookmarks.glob("*.at")):
                assert importing.returncode is None
                await asyncio.sleep(0.01)
        importing.send_signal(signal.SIGSTOP)  # a slow one: the end is told while it is not there
        entered.callback(end, importing)
        up.process.kill()
        await up.process.wait()
        with closing(sqlite3.connect(installation.data / "homeiq.db")) as database:
            assert database.execute("SELECT state FROM jobs").fetchone() == ("running",)
        async with installation.up():
            async with asyncio.timeout(60):
                while left(installation):
                    await asyncio.sleep(0.05)
            importing.send_signal(signal.SIGCONT)
            out, error = await asyncio.wait_for(importing.communicate(), 60)
    assert importing.returncode == 0, error
    assert json.loads(out)["counts"]["rows"] == rows
    with SqliteHistory(installation.data / "history.db") as history:
        assert history.span().rows == rows


async def test_what_is_none_is_one_line(installation: Installation, recorder: Path, tmp_path: Path) -> None:
    junk = tmp_path / "junk.db"
    junk.write_bytes(bytes(range(256)) * 100)
    assert "is no SQLite database" in (await failing(installation, "import", "recorder", str(junk)))[1]
    cut = tmp_path / "cut.db"
    cut.write_bytes(b"SQLite format 3\0" + bytes(3000))
    assert (await failing(installation, "import", "recorder", str(cut)))[0] == 1
    status, line = await failing(installation, "import", "influx", "ftp://nowhere")
    assert (status, "INFLUXDB_URL must look like http://host:port" in line) == (2, True)
    secret = "a-token-that-nobody-sees"
    _, line = await failing(installation, "import", "influx", "http://127.0.0.1:9", INFLUXDB_TOKEN=secret)
    assert "is not reachable" in line
    assert secret not in line
    status, line = await failing(installation, "import", "recorder", str(recorder))
    assert (status, "start `homeiq up`" in line) == (4, True)
    assert left(installation) == []
