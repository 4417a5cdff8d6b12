"""Imports of a past: counted, going on where they were ended, and changing nothing a second time."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import AsyncExitStack, closing
from pathlib import Path

import pytest

from contracts import home
from contracts.history import ImportDone
from contracts.home import ImportRequest, ImportSource
from contracts.jobs import JobStatus
from shared.broker.access import ADMIN
from shared.bus.client import Client
from shared.bus.jobs import JobCancelledError
from shared.errors import DatabaseError
from shared.history import Event, History
from shared.history.sqlite import SqliteHistory
from shared.settings import Settings, load_settings
from tests.conftest import MosquittoBus
from workers.bootstrap import Running, serving
from workers.data.csv_file import CsvFile
from workers.data.extract import Extract
from workers.data.filters import Excluded, Filter
from workers.data.importing import Bookmark, Sieve, import_events
from workers.data.imports import ImportFolder
from workers.data.recorder_file import extract
from workers.data.tally import BATCH

NOON = 1_772_366_400.0
HEADER = "entity_id,state,last_changed\n"
LATER = NOON + 86_400 * 365
RECORDER = """
    CREATE TABLE states (state_id INTEGER PRIMARY KEY, state TEXT, last_updated_ts FLOAT, last_changed_ts FLOAT,
        context_user_id_bin BLOB, context_parent_id_bin BLOB, context_id_bin BLOB, metadata_id INTEGER);
    CREATE TABLE states_meta (metadata_id INTEGER PRIMARY KEY, entity_id TEXT);
    INSERT INTO states_meta VALUES (1, 'light.a');
"""


class KilledError(Exception):
    """The process ends here."""


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    with SqliteHistory(tmp_path / "history.db") as history:
        yield history


@pytest.fixture
def folder(tmp_path: Path) -> ImportFolder:
    return ImportFolder(tmp_path / "data")


def lights(rows: int) -> str:
    """On, off, on, off: nothing that a filter leaves out."""
    return HEADER + "".join(f"light.l{n % 7},{('on', 'off')[n // 7 % 2]},{NOON + n / 4}\n" for n in range(rows))


def laid(folder: ImportFolder, tmp_path: Path, text: str) -> str:
    (tmp_path / "past.csv").write_text(text)
    return folder.copy(tmp_path / "past.csv")


def bring(
    folder: ImportFolder,
    name: str,
    history: History,
    *,
    job: str = "one",
    until: float = 2.0,
    excluded: Iterable[str] = (),
) -> dict[str, int]:
    """An import that is killed when so much of it (0 to 1) was told."""

    def tell(done: float, _: str) -> None:
        if done >= until:
            raise KilledError

    bookmark = Bookmark.of(folder.bookmark(name), job, LATER)
    source = CsvFile(folder.path(name), "UTC", latest=bookmark.latest)
    return import_events(source, history, Sieve(Filter(Excluded(excluded)), history), bookmark, tell)


def everything(history: History) -> list[Event]:
    return list(history.read().events())


def test_a_second_import_changes_nothing(folder: ImportFolder, tmp_path: Path, history: History) -> None:
    name = laid(folder, tmp_path, lights(500))
    first = bring(folder, name, history)
    assert first == {"rows": 500, "imported": 500, "duplicates": 0, "skipped": 0, "bad": 0, "out_of_order": 0}
    before = everything(history)
    assert bring(folder, name, history, job="two") == first | {"imported": 0, "duplicates": 500}
    assert everything(history) == before


@pytest.mark.parametrize("until", [0.01, 0.4, 0.9])
def test_what_was_killed_goes_on_and_counts_as_if_it_had_not_been(
    folder: ImportFolder, tmp_path: Path, history: History, until: float
) -> None:
    text = lights(3 * BATCH)
    name = laid(folder, tmp_path, text)
    with SqliteHistory(tmp_path / "other.db") as other:
        expected, whole = bring(folder, name, other, job="other"), everything(other)
    with pytest.raises(KilledError):
        bring(folder, name, history, until=until)
    left = history.span().rows
    assert 0 < left < 3 * BATCH or until > 0.5
    appended: list[int] = []
    append = history.append
    history.append = lambda events: appended.append(len(events := list(events))) or append(events)  # type: ignore[method-assign]
    assert bring(folder, name, history) == expected
    assert everything(history) == whole
    assert sum(appended) == 3 * BATCH - left, "what was done is not done again"


def test_a_batch_that_was_not_written_down_is_imported_again(
    folder: ImportFolder, tmp_path: Path, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KilledError

    name = laid(folder, tmp_path, lights(200))
    with monkeypatch.context() as patched:
        patched.setattr(Bookmark, "keep", killed)
        with pytest.raises(KilledError):
            bring(folder, name, history)
    counts = bring(folder, name, history)
    assert (counts["imported"], counts["duplicates"]) == (0, 200)
    assert history.span().rows == 200


@pytest.mark.parametrize(
    "left", ["", "{", "[]", '{"job": "one"}', '{"job": "one", "latest": "x", "rows": 1, "new": 1}']
)
def test_a_bookmark_that_cannot_be_read_means_the_beginning(folder: ImportFolder, tmp_path: Path, left: str) -> None:
    name = laid(folder, tmp_path, lights(3))
    folder.bookmark(name).write_text(left)
    found = Bookmark.of(folder.bookmark(name), "one", LATER)
    assert (found.rows, found.new, found.latest) == (0, 0, LATER)


def test_the_bookmark_of_another_job_is_not_believed(folder: ImportFolder, tmp_path: Path, history: History) -> None:
    name = laid(folder, tmp_path, lights(100))
    bring(folder, name, history)
    with SqliteHistory(tmp_path / "new.db") as new:
        assert bring(folder, name, new, job="two")["imported"] == 100


def test_rows_out_of_order_are_kept_and_counted(folder: ImportFolder, tmp_path: Path, history: History) -> None:
    events = [Event(NOON + n, "light.a", ("on", "off")[n % 2]) for n in range(300)]
    mixed = random.Random(5).sample(events, len(events))
    text = HEADER + "".join(f"{each.entity_id},{each.state},{each.at}\n" for each in mixed)
    counts = bring(folder, laid(folder, tmp_path, text), history)
    assert everything(history)[-1] == events[-1]
    assert counts["out_of_order"] > 250
    assert counts["rows"] == counts["imported"] + counts["duplicates"] + counts["skipped"] + counts["bad"]


def test_what_says_nothing_new_is_left_out_and_counted(folder: ImportFolder, tmp_path: Path, history: History) -> None:
    history.append([Event(NOON - 9, "light.a", "on")])
    rows = ["light.a,on,1", "light.a,unavailable,2", "light.a,on,3", "light.a,off,4", "light.a,off,4", "sun.sun,up,5"]
    text = HEADER + "".join(f"{row[:-1]}{NOON + int(row[-1])}\n" for row in rows) + "light.a,on,soon\n"
    counts = bring(folder, laid(folder, tmp_path, text), history, excluded=["sun"])
    assert counts == {"rows": 7, "imported": 1, "duplicates": 0, "skipped": 5, "bad": 1, "out_of_order": 0}
    assert [each.state for each in everything(history)] == ["on", "off"]


def test_the_last_values_of_a_chatty_sensor_are_kept_when_the_file_ends(
    folder: ImportFolder, tmp_path: Path, history: History
) -> None:
    text = HEADER + "".join(f"sensor.power,{n},{NOON + n}\n" for n in range(100))
    counts = bring(folder, laid(folder, tmp_path, text), history)
    assert everything(history)[-1] == Event(NOON + 99, "sensor.power", "99")
    assert counts["imported"] == history.span().rows < 60
    assert counts["imported"] + counts["skipped"] == 100


def test_a_hundred_thousand_entities(folder: ImportFolder, tmp_path: Path, history: History) -> None:
    text = HEADER + "".join(f"light.number_{n},on,{NOON}\n" for n in range(100_000))
    counts = bring(folder, laid(folder, tmp_path, text), history)
    assert (counts["imported"], counts["bad"]) == (100_000, 0)
    assert len(history.counts()) == 100_000


def test_a_recorder_and_a_csv_of_the_same_past_are_the_same_events(
    folder: ImportFolder, tmp_path: Path, history: History
) -> None:
    source = tmp_path / "home-assistant_v2.db"
    with closing(sqlite3.connect(source)) as recorder:
        recorder.executescript(RECORDER)
        rows = [(("on", "off")[n % 2], NOON + n / 8) for n in range(50)]
        recorder.executemany("INSERT INTO states (state, last_updated_ts, metadata_id) VALUES (?, ?, 1)", rows)
        recorder.commit()
    name = folder.extract(lambda target: extract(source, target, lambda done, what: None))
    bookmark = Bookmark.of(folder.bookmark(name), "one", LATER)
    sieve = Sieve(Filter(), history)
    assert import_events(Extract(folder.path(name)), history, sieve, bookmark, lambda *_: None)["imported"] == 50
    text = HEADER + "".join(f"light.a,{state},{at}\n" for state, at in rows)
    counts = bring(folder, laid(folder, tmp_path, text), history)
    assert (counts["imported"], counts["duplicates"]) == (0, 50)


def test_drafts_of_commands_that_were_killed_are_swept(
    folder: ImportFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def torn(target: Path) -> None:
        target.write_bytes(b"half")
        target.rename(target.with_name(".left"))
        raise JobCancelledError

    with pytest.raises(JobCancelledError):
        folder.extract(torn)
    left = tmp_path / "data" / "imports" / ".left"
    laid(folder, tmp_path, HEADER)
    assert left.exists(), "it may be at work"
    monkeypatch.setattr("workers.data.imports._DRAFT_SECONDS", -1)
    laid(folder, tmp_path, HEADER)
    assert not left.exists()


# -- through the worker ------------------------------------------------------------------------------------------------


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(env_file=None, homeiq_data=tmp_path / "data", homeiq_history_exclude="light.l6")


@pytest.fixture
async def running(mosquitto: MosquittoBus, settings: Settings) -> AsyncIterator[Running]:
    async with serving(["data"], settings, mosquitto.process.address) as running:
        yield running


@pytest.fixture
async def admin(mosquitto: MosquittoBus, running: Running, entered: AsyncExitStack) -> Client:
    return await entered.enter_async_context(Client(mosquitto.process.address(ADMIN)))


async def imported(admin: Client, source: ImportSource, file: str) -> ImportDone:
    done = await admin.run(home.IMPORT, ImportRequest(source=source, file=file), timeout=60)
    assert isinstance(done, ImportDone)
    return done


async def test_a_csv_by_message(admin: Client, folder: ImportFolder, tmp_path: Path) -> None:
    name = laid(folder, tmp_path, lights(70) + "light.a,on,never\nlight.a,on,4000000000\n")
    done = await imported(admin, ImportSource.CSV, name)
    assert done.status is JobStatus.COMPLETED
    assert done.counts == {"rows": 72, "imported": 60, "duplicates": 0, "skipped": 10, "bad": 2, "out_of_order": 0}
    assert [each.line for each in done.bad_lines] == [72, 73]
    assert list((tmp_path / "data" / "imports").iterdir()) == []


async def test_a_recorder_by_message(admin: Client, folder: ImportFolder, tmp_path: Path) -> None:
    source = tmp_path / "home-assistant_v2.db"
    with closing(sqlite3.connect(source)) as recorder:
        recorder.executescript(RECORDER)
        recorder.execute("INSERT INTO states (state, last_updated_ts, metadata_id) VALUES ('on', ?, 1)", (NOON,))
        recorder.commit()
    for new in (1, 0):
        name = await asyncio.to_thread(folder.extract, lambda target: extract(source, target, lambda done, what: None))
        done = await imported(admin, ImportSource.RECORDER, name)
        assert (done.counts["rows"], done.counts["imported"], done.counts["duplicates"]) == (1, new, 1 - new)
    assert list((tmp_path / "data" / "imports").iterdir()) == []


@pytest.mark.parametrize("source", [ImportSource.CSV, ImportSource.RECORDER, ImportSource.INFLUX])
async def test_what_cannot_be_read_fails_in_one_line_and_is_forgotten(
    admin: Client, folder: ImportFolder, tmp_path: Path, source: ImportSource
) -> None:
    name = laid(folder, tmp_path, "a;b;c\n" * 2000)
    done = await imported(admin, source, name)
    assert (done.status, len(done.errors)) == (JobStatus.FAILED, 1)
    assert "\n" not in done.errors[0]
    assert not folder.path(name).exists()
    done = await imported(admin, source, name)
    assert "import it again" in done.errors[0]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (DatabaseError("history.db can't be written: the disk is full."), "the disk is full."),
        (ZeroDivisionError(), "its log says why"),
    ],
)
async def test_a_history_that_cannot_be_written_fails_the_import(
    admin: Client, folder: ImportFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, told: str
) -> None:
    def full(*_: object) -> int:
        raise error

    monkeypatch.setattr(SqliteHistory, "append", full)
    name = laid(folder, tmp_path, lights(10))
    done = await imported(admin, ImportSource.CSV, name)
    assert (done.status, len(done.errors)) == (JobStatus.FAILED, 1)
    assert done.errors[0].endswith(told)
    assert not folder.path(name).exists()
