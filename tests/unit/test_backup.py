import fcntl
import io
import json
import os
import random
import shutil
import sqlite3
import stat
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from shared import restore as restore_module
from shared.backup import MANIFEST, back_up, in_use, locked, restore_marker, running_file, stored_files
from shared.broker.process import BrokerFiles
from shared.errors import DatabaseError
from shared.migrations import HEAD, REVISIONS, migrate
from shared.restore import restore
from shared.settings import Settings, load_settings

ROOT = Path(__file__).parents[2]
AT = datetime(2026, 11, 21, 3, 4, 5, tzinfo=UTC)
NAME = "homeiq-20261121T030405Z.backup.zip"
SEED = 20261121
CHANGES = ("os.rename", "os.remove")
PASSWORDS = '{"admin": "correct-horse"}'

WRITER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)
for n in range(1, 1_000_000):
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("INSERT INTO home_states VALUES (?, 'on', '{}', NULL, NULL)", (f"light.a{n}",))
    connection.execute("INSERT INTO home_registry VALUES ('area', ?, 0, '{}')", (f"a{n}",))
    connection.execute("COMMIT")
    if n % 10 == 0:
        print(n, flush=True)
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A data folder with all files in it."""
    chosen = load_settings(env_file=None, homeiq_data=tmp_path / "data", database_url=str(tmp_path / "data/homeiq.db"))
    furnish(chosen)
    return chosen


def furnish(settings: Settings, word: str = "first") -> None:
    files = stored_files(settings)
    migrate(settings.database_url)
    with closing(sqlite3.connect(files["homeiq.db"], isolation_level=None)) as connection:
        connection.execute("DELETE FROM home_states")
        connection.execute("INSERT INTO home_states VALUES ('light.a', ?, '{}', NULL, NULL)", (word,))
    for name in ("history.db", "correlation_cache.db"):
        with closing(sqlite3.connect(files[name], isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("CREATE TABLE IF NOT EXISTS words (word)")
            connection.execute("DELETE FROM words")
            connection.execute("INSERT INTO words VALUES (?)", (word,))
    files["credentials.json"].write_text(PASSWORDS)


def words(settings: Settings, suffix: str = "") -> dict[str, Any]:
    """The word that each file holds; None where it is not there."""
    files = {name: Path(f"{file}{suffix}") for name, file in stored_files(settings).items() if name.endswith("db")}
    return {name: value(file) if file.exists() else None for name, file in files.items()}


def value(file: Path) -> Any:
    table, column = ("home_states", "state") if file.name.startswith("homeiq.db") else ("words", "word")
    return rows(file, f"SELECT {column} FROM {table}")[0][0]


def rows(file: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(query).fetchall()


def everywhere(word: str | None) -> dict[str, Any]:
    return dict.fromkeys(("homeiq.db", "history.db", "correlation_cache.db"), word)


def listed(settings: Settings) -> set[str]:
    locks = {"homeiq.db.lock", "homeiq.db.running", "up.lock"}
    return {each.name for each in settings.homeiq_data.iterdir()} - locks


def unpacked(archive: Path, folder: Path) -> Path:
    with zipfile.ZipFile(archive) as container:
        container.extractall(folder)
    return folder


def killed(step: int, work: Callable[[], object], *events: str) -> bool:
    """Do the work in a process that dies without a word before its `step`-th such event; whether it did."""
    child = os.fork()
    if child == 0:
        left = step

        def count(event: str, _arguments: tuple[Any, ...]) -> None:
            nonlocal left
            if event in events:
                left -= 1
                if left < 0:
                    os._exit(9)

        sys.addaudithook(count)
        try:
            work()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9


# -- backup ------------------------------------------------------------------------------------------------------------


def test_a_backup_holds_each_file_as_it_is(settings: Settings, tmp_path: Path) -> None:
    before = listed(settings)
    made = back_up(settings, at=AT)
    assert made.file == settings.homeiq_data / "backups" / NAME
    assert (made.size, made.notes) == (made.file.stat().st_size, [])
    assert stat.S_IMODE(made.file.stat().st_mode) == 0o600
    assert stat.S_IMODE(made.file.parent.stat().st_mode) == 0o700
    assert [each.name for each in made.file.parent.iterdir()] == [NAME]
    assert before <= listed(settings)
    folder = unpacked(made.file, tmp_path / "out")
    assert {each.name for each in folder.iterdir()} == {*everywhere(""), MANIFEST}
    assert {name: value(folder / name) for name in everywhere("")} == everywhere("first")
    manifest = json.loads((folder / MANIFEST).read_text())
    assert (manifest["format"], manifest["at"], manifest["schema_revision"]) == (1, "2026-11-21T03:04:05Z", HEAD)
    assert b"correct-horse" not in made.file.read_bytes()


def test_passwords_only_where_they_are_wanted(settings: Settings, tmp_path: Path) -> None:
    made = back_up(settings, tmp_path / "mine.zip", credentials=True)
    with zipfile.ZipFile(made.file) as container:
        assert container.read("credentials.json").decode() == PASSWORDS
        assert {stat.S_IMODE(each.external_attr >> 16) for each in container.infolist()} == {0o600}


def test_what_another_process_has_only_in_its_log_is_saved(settings: Settings, tmp_path: Path) -> None:
    file = stored_files(settings)["homeiq.db"]
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("PRAGMA wal_autocheckpoint=0")
        other.execute("UPDATE home_states SET state = 'in the log'")
        whole = file.read_bytes()
        folder = unpacked(back_up(settings, tmp_path, at=AT).file, tmp_path / "out")
        assert file.read_bytes() == whole, "a backup writes nothing to what it copies"
    assert value(folder / "homeiq.db") == "in the log"


def test_writers_go_on_and_each_copy_is_one_moment(settings: Settings, tmp_path: Path) -> None:
    file = stored_files(settings)["homeiq.db"]
    rows(file, "SELECT 1")
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("DELETE FROM home_states")
    command = [sys.executable, "-c", WRITER, str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        try:
            assert writer.stdout is not None
            for number in range(5):
                written = int(writer.stdout.readline())
                made = back_up(settings, tmp_path / f"{number}.zip")
                copy = unpacked(made.file, tmp_path / f"out{number}") / "homeiq.db"
                assert rows(copy, "PRAGMA integrity_check") == [("ok",)]
                states = {
                    int(name.removeprefix("light.a")) for (name,) in rows(copy, "SELECT entity_id FROM home_states")
                }
                areas = {int(name.removeprefix("a")) for (name,) in rows(copy, "SELECT item_id FROM home_registry")}
                assert states == areas == set(range(1, len(states) + 1))
                assert len(states) >= written
        finally:
            writer.kill()


def test_a_file_that_is_there_is_not_overwritten(settings: Settings, tmp_path: Path) -> None:
    database = stored_files(settings)["homeiq.db"]
    whole = database.read_bytes()
    with pytest.raises(DatabaseError, match=r"homeiq\.db exists already: name another file"):
        back_up(settings, database)
    assert database.read_bytes() == whole
    back_up(settings, tmp_path, at=AT)
    with pytest.raises(DatabaseError, match="exists already"):
        back_up(settings, tmp_path, at=AT)


def test_a_place_that_is_none(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match=r"x\.zip can't be written \(No such file or directory\)"):
        back_up(settings, tmp_path / "away" / "x.zip")


def test_without_a_database_nothing_is_made(tmp_path: Path) -> None:
    chosen = load_settings(env_file=None, homeiq_data=tmp_path / "data", database_url=str(tmp_path / "data/homeiq.db"))
    with pytest.raises(DatabaseError, match="There is no database in"):
        back_up(chosen)
    assert not chosen.homeiq_data.exists()


@pytest.mark.parametrize("content", [b"no database " * 1000, b""])
def test_a_database_that_is_none_is_named(settings: Settings, tmp_path: Path, content: bytes) -> None:
    stored_files(settings)["homeiq.db"].write_bytes(content)
    with pytest.raises(DatabaseError, match=r"data/homeiq\.db is (not a SQLite database|no database of HomeIQ)"):
        back_up(settings, tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["data"]


def damage(file: Path) -> None:
    """Make the last pages garbage, as a disk does: the header and the schema stay readable."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("CREATE TABLE filler (x)")
        connection.executemany("INSERT INTO filler VALUES (?)", [(b"x" * 900,)] * 200)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(file.read_bytes())
    content[-8 * 4096 :] = b"\xa5" * (8 * 4096)
    file.write_bytes(content)


def test_a_damaged_history_is_not_saved_as_if_it_were_whole(settings: Settings, tmp_path: Path) -> None:
    damage(stored_files(settings)["history.db"])
    with pytest.raises(DatabaseError, match=r"data/history\.db is damaged: restore a backup"):
        back_up(settings, tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["data"]


def test_a_damaged_cache_is_left_out_and_told(settings: Settings, tmp_path: Path) -> None:
    damage(stored_files(settings)["correlation_cache.db"])
    made = back_up(settings, tmp_path)
    assert set(made.manifest.files) == {"homeiq.db", "history.db"}
    assert len(made.notes) == 1
    assert "correlation_cache.db is damaged" in made.notes[0]
    done = restore(settings, made.file)
    assert done.untouched == [settings.correlation_cache_db, BrokerFiles(settings.homeiq_data).credentials]


def test_with_postgresql_the_other_files_are_saved(settings: Settings, tmp_path: Path) -> None:
    server = settings.model_copy(
        update={"database_url": load_settings(env_file=None, database_url="postgresql://u:hunter2@h/d").database_url}
    )
    made = back_up(server, tmp_path)
    assert set(made.manifest.files) == {"history.db", "correlation_cache.db"}
    assert made.notes == ["The database is PostgreSQL and not in this backup: save it with pg_dump."]
    with pytest.raises(DatabaseError, match="DATABASE_URL names PostgreSQL") as caught:
        restore(server, back_up(settings, tmp_path / "sqlite.zip").file)
    assert "hunter2" not in str(caught.value)
    furnish(settings, "second")
    restore(server, made.file)
    assert words(settings) == everywhere("first") | {"homeiq.db": "second"}


def test_what_a_killed_backup_left_is_taken_away_a_day_later(settings: Settings, tmp_path: Path) -> None:
    old, young = tmp_path / ".homeiq-old.draft", tmp_path / ".homeiq-young.draft"
    for folder in (old, young):
        folder.mkdir()
        (folder / "homeiq.db").write_text("half")
    os.utime(old, (time.time() - 90_000,) * 2)
    back_up(settings, tmp_path)
    assert (old.exists(), young.exists()) == (False, True)


def test_a_backup_cut_short_anywhere_has_no_name(settings: Settings, tmp_path: Path) -> None:
    target, cut = tmp_path / "out", 0
    target.mkdir()
    for step in range(200):
        if not killed(step, lambda: back_up(settings, target, at=AT), "open", "os.mkdir", *CHANGES):
            break
        if (whole := target / NAME).exists():
            restore(settings, whole)
            whole.unlink()
        cut += bool(list(target.glob(".homeiq-*.draft/archive")))
    assert 5 < cut <= step < 200
    restore(settings, target / NAME)


# -- restore -----------------------------------------------------------------------------------------------------------


def test_a_restore_brings_back_each_file_and_keeps_the_others(settings: Settings, tmp_path: Path) -> None:
    made = back_up(settings, tmp_path, credentials=True)
    furnish(settings, "second")
    stored_files(settings)["credentials.json"].write_text('{"admin": "other"}')
    done = restore(settings, made.file)
    assert words(settings) == everywhere("first")
    assert words(settings, ".before-restore") == everywhere("second")
    assert stored_files(settings)["credentials.json"].read_text() == PASSWORDS
    assert done.kept == [Path(f"{file}.before-restore") for file in stored_files(settings).values()]
    assert done.untouched == []
    assert {stat.S_IMODE(file.stat().st_mode) for file in done.files.values()} == {0o600}
    assert not [name for name in listed(settings) if "restor" in name and not name.endswith(".before-restore")]
    migrate(settings.database_url)


def test_a_restore_elsewhere(settings: Settings, tmp_path: Path) -> None:
    made = back_up(settings, tmp_path)
    other = load_settings(
        env_file=None,
        homeiq_data=tmp_path / "elsewhere" / "data",
        database_url=str(tmp_path / "db" / "other.sqlite"),
        correlation_cache_db=tmp_path / "cache" / "c.db",
    )
    done = restore(other, made.file)
    assert (done.kept, done.untouched) == ([], [])
    assert rows(tmp_path / "db" / "other.sqlite", "SELECT state FROM home_states") == [("first",)]
    assert rows(tmp_path / "cache" / "c.db", "SELECT word FROM words") == [("first",)]


def test_a_log_that_was_left_stays_with_its_database(settings: Settings, tmp_path: Path) -> None:
    made = back_up(settings, tmp_path)
    file = stored_files(settings)["history.db"]
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("UPDATE words SET word = 'only in the log'")
        log, content = Path(f"{file}-wal").read_bytes(), file.read_bytes()
    # As a crash leaves it; and damaged, so that it can't be folded in.
    file.write_bytes(b"x" * 100 + content[100:])
    Path(f"{file}-wal").write_bytes(log)
    restore(settings, made.file)
    assert words(settings) == everywhere("first")
    assert Path(f"{file}.before-restore-wal").read_bytes() == log


@pytest.mark.parametrize("state", ["missing", "empty", "garbage", "no folder"])
def test_it_works_where_the_database_does_not(settings: Settings, tmp_path: Path, state: str) -> None:
    made = back_up(settings, tmp_path)
    file = stored_files(settings)["homeiq.db"]
    match state:
        case "missing":
            file.unlink()
        case "empty":
            file.write_bytes(b"")
        case "garbage":
            file.write_bytes(b"\xff" * 10_000)
        case _:
            shutil.rmtree(settings.homeiq_data)
    restore(settings, made.file)
    assert words(settings) == everywhere("first")


def test_nothing_is_replaced_while_somebody_works(settings: Settings, tmp_path: Path) -> None:
    made = back_up(settings, tmp_path)
    furnish(settings, "second")
    refused = pytest.raises(DatabaseError, match="HomeIQ runs with these databases: end `homeiq up`")
    with in_use(settings), in_use(settings), refused:
        restore(settings, made.file)
    with locked(BrokerFiles(settings.homeiq_data).lock, fcntl.LOCK_EX), refused:
        restore(settings, made.file)
    assert words(settings) == everywhere("second")
    restore(settings, made.file)


@pytest.mark.parametrize("name", ["homeiq.db", "history.db", "correlation_cache.db"])
def test_a_program_that_only_has_the_file_open_counts(settings: Settings, tmp_path: Path, name: str) -> None:
    made = back_up(settings, tmp_path)
    code = "import sqlite3, sys\nc = sqlite3.connect(sys.argv[1])\n"
    code += "c.execute('SELECT * FROM sqlite_master').fetchall()\nprint('open', flush=True)\nsys.stdin.read()"
    command = [sys.executable, "-c", code, str(stored_files(settings)[name])]  # type: ignore[index]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        with pytest.raises(DatabaseError, match="HomeIQ runs with these databases"):
            restore(settings, made.file)
        assert other.stdin is not None
        other.stdin.close()
    restore(settings, made.file)


def test_nobody_starts_during_a_restore(settings: Settings) -> None:
    with (
        locked(running_file(settings), fcntl.LOCK_EX),
        pytest.raises(DatabaseError, match="are being restored"),
        in_use(settings),
    ):
        pytest.fail("the databases were given away")
    with pytest.raises(DatabaseError, match="are being restored"), locked(running_file(settings), fcntl.LOCK_EX):
        back_up(settings)


def test_an_older_schema_is_fine_a_newer_one_is_not(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = back_up(settings, tmp_path / "old.zip")
    file = stored_files(settings)["homeiq.db"]
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0999'")
    newer = back_up(settings, tmp_path / "new.zip")
    expected = rf"^\S+new\.zip has schema 0999, this HomeIQ knows {HEAD} at most: restore it with the newer HomeIQ\.$"
    with pytest.raises(DatabaseError, match=expected):
        restore(settings, newer.file)
    assert rows(file, "SELECT version_num FROM alembic_version") == [("0999",)]
    monkeypatch.setattr(restore_module, "REVISIONS", (*REVISIONS, "next"))
    monkeypatch.setattr(restore_module, "HEAD", "next")
    restore(settings, made.file)
    assert rows(file, "SELECT version_num FROM alembic_version") == [(HEAD,)]


def test_a_disk_without_room_is_told_before(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = back_up(settings, tmp_path)
    monkeypatch.setattr(restore_module.shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9, 0))
    with unchanged(settings), pytest.raises(DatabaseError, match=r"\(No space left on device\): nothing was changed"):
        restore(settings, made.file)


# -- a crash in the middle ---------------------------------------------------------------------------------------------


def test_a_restore_cut_short_anywhere_is_ended_by_the_next(settings: Settings, tmp_path: Path) -> None:
    made = back_up(settings, tmp_path, credentials=True)
    furnish(settings, "second")
    restore(settings, made.file)  # so that an older `.before-restore` is there
    furnish(settings, "third")
    whole, marked = tmp_path / "whole", 0
    shutil.copytree(settings.homeiq_data, whole)
    for step in range(100):
        shutil.rmtree(settings.homeiq_data)
        shutil.copytree(whole, settings.homeiq_data)
        if not killed(step, lambda: restore(settings, made.file), *CHANGES):
            break
        if begun := restore_marker(settings).exists():
            marked += 1
            for use in (lambda: in_use(settings).__enter__(), lambda: back_up(settings)):
                with pytest.raises(DatabaseError, match="A restore was cut short: run `homeiq restore`"):
                    use()
            killed(step // 2, lambda: restore(settings, made.file), *CHANGES)
        else:
            assert words(settings) in (everywhere("third"), everywhere("first")), step
        restore(settings, made.file)
        assert words(settings) == everywhere("first"), step
        assert not restore_marker(settings).exists(), step
        if begun:
            assert words(settings, ".before-restore") == everywhere("third"), step
    assert 8 < marked < step < 100


def test_a_restore_cut_short_is_not_ended_by_a_backup_of_other_files(settings: Settings, tmp_path: Path) -> None:
    less = back_up(settings, tmp_path / "less.zip")
    restore_marker(settings).write_text('["credentials.json", "homeiq.db"]')
    with pytest.raises(DatabaseError, match=r"A restore of credentials\.json was cut short: first restore a backup"):
        restore(settings, less.file)


# -- archives from elsewhere -------------------------------------------------------------------------------------------


@contextmanager
def unchanged(settings: Settings) -> Iterator[None]:
    """Nothing that counts in the data folder is another afterwards."""
    before = contents(settings)
    yield
    assert contents(settings) == before


def contents(settings: Settings) -> dict[str, bytes]:
    """All files but locks, SQLite's shared memory and empty logs."""
    files = {name: settings.homeiq_data / name for name in listed(settings)}
    read = {name: file.read_bytes() for name, file in files.items() if file.is_file()}
    return {name: content for name, content in read.items() if content and not name.endswith("-shm")}


def entry(name: str, kind: int = stat.S_IFREG) -> zipfile.ZipInfo:
    made = zipfile.ZipInfo(name)
    made.external_attr = (kind | 0o600) << 16
    made.compress_type = zipfile.ZIP_DEFLATED
    return made


@pytest.mark.parametrize(
    ("hostile", "told"),
    [
        (entry("../homeiq.db"), "files that are not ours"),
        (entry("/etc/passwd"), "files that are not ours"),
        (entry("sub/homeiq.db"), "files that are not ours"),
        (entry("homeiq.db"), "two files of one name"),
        (entry(MANIFEST), "two files of one name"),
        (entry("credentials.json", stat.S_IFLNK), "a link"),
        (entry("credentials.json", stat.S_IFIFO), "a link"),
        (entry("credentials.json"), "not those of its manifest"),
    ],
)
@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
def test_an_entry_that_no_backup_has(settings: Settings, tmp_path: Path, hostile: zipfile.ZipInfo, told: str) -> None:
    made = back_up(settings, tmp_path)
    with zipfile.ZipFile(made.file, "a") as container:
        container.writestr(hostile, "{}")
    with unchanged(settings), pytest.raises(DatabaseError, match=rf"is no whole backup \(.*{told}.*\): take another"):
        restore(settings, made.file)


def rebuilt(file: Path, target: Path, change: Callable[[dict[str, bytes], dict[str, Any]], None]) -> Path:
    """The archive with other content and another manifest."""
    with zipfile.ZipFile(file) as container:
        content = {name: container.read(name) for name in container.namelist()}
    manifest = json.loads(content.pop(MANIFEST))
    change(content, manifest)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as container:
        for name, data in content.items():
            container.writestr(name, data)
        container.writestr(MANIFEST, json.dumps(manifest))
    return target


def other_bytes(content: dict[str, bytes], _manifest: dict[str, Any]) -> None:
    content["history.db"] = content["history.db"][:-1] + b"?"


def bomb(content: dict[str, bytes], manifest: dict[str, Any]) -> None:
    content["history.db"] = bytes(80 * 1024 * 1024)
    manifest["files"]["history.db"]["size"] = len(content["history.db"])


def large_manifest(_content: dict[str, bytes], manifest: dict[str, Any]) -> None:
    manifest["more"] = "x" * 100_000


def newer_format(_content: dict[str, bytes], manifest: dict[str, Any]) -> None:
    manifest["format"] = 2


def no_files(content: dict[str, bytes], manifest: dict[str, Any]) -> None:
    content.clear()
    manifest["files"] = {}


def unknown_file(content: dict[str, bytes], manifest: dict[str, Any]) -> None:
    content["../x"] = content["history.db"]
    manifest["files"]["../x"] = manifest["files"]["history.db"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (other_bytes, r"its history\.db is not the one that was saved"),
        (bomb, "larger than any database so packed"),
        (large_manifest, "its manifest is too large"),
        (newer_format, "or one of a newer version"),
        (no_files, "is no backup of HomeIQ"),
        (unknown_file, "files that are not ours"),
    ],
)
def test_an_archive_that_was_tampered_with(
    settings: Settings, tmp_path: Path, change: Callable[[dict[str, bytes], dict[str, Any]], None], told: str
) -> None:
    hostile = rebuilt(back_up(settings, tmp_path).file, tmp_path / "hostile.zip", change)
    with unchanged(settings), pytest.raises(DatabaseError, match=told):
        restore(settings, hostile)


def test_a_saved_file_that_is_no_database_is_told(settings: Settings, tmp_path: Path) -> None:
    made = back_up(settings, tmp_path)

    def swapped(content: dict[str, bytes], manifest: dict[str, Any]) -> None:
        content["homeiq.db"], files = content["history.db"], manifest["files"]
        files["homeiq.db"] = files["history.db"]

    hostile = rebuilt(made.file, tmp_path / "hostile.zip", swapped)
    with unchanged(settings), pytest.raises(DatabaseError, match=r"holds a homeiq\.db that can't be used"):
        restore(settings, hostile)


def test_a_directory_of_a_million_entries_is_not_read(settings: Settings, tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as container:
        for number in range(20_000):
            container.writestr(f"{number:050d}", b"")
    hostile = tmp_path / "hostile.zip"
    hostile.write_bytes(out.getvalue())
    with unchanged(settings), pytest.raises(DatabaseError, match="its directory is too large"):
        restore(settings, hostile)


def test_what_is_no_archive_at_all(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "x.zip"
    file.write_bytes(b"")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with unchanged(settings):
        for archive in (file, pipe, tmp_path, tmp_path / "missing.zip", stored_files(settings)["homeiq.db"]):
            with pytest.raises(DatabaseError, match="is no whole backup"):
                restore(settings, archive)


def test_no_damage_to_an_archive_is_taken_for_data(settings: Settings, tmp_path: Path) -> None:
    whole = back_up(settings, tmp_path).file.read_bytes()
    chance, hostile, accepted = random.Random(SEED), tmp_path / "hostile.zip", 0
    for _ in range(300):
        content = bytearray(whole)
        if chance.random() < 0.3:
            del content[chance.randrange(len(content)) :]
        else:
            # The directory at the end is what decides; half of the damage goes there.
            start = len(content) - 500 if chance.random() < 0.5 else 0
            for _ in range(chance.randint(1, 4)):
                content[chance.randrange(start, len(content))] = chance.randrange(256)
        hostile.write_bytes(content)
        with suppress(DatabaseError):
            restore(settings, hostile)
            accepted += 1
        assert words(settings) == everywhere("first")
    assert accepted < 100
