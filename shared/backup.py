"""Backups: one archive of the databases, taken while workers run and write.

An archive is a zip of whole SQLite files and of `manifest.json`, which says what they are. It holds no passwords unless
asked for. Each file is one moment's; the database comes first, so that the history is never older than what was learnt
from it.
"""

import fcntl
import hashlib
import os
import shutil
import sqlite3
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, BaseModel, Field

from shared.broker.process import BrokerFiles
from shared.database_pool import BUSY_TIMEOUT, translated
from shared.errors import DatabaseError
from shared.settings import Settings, database_file
from shared.version import VERSION

Name = Literal["homeiq.db", "history.db", "correlation_cache.db", "credentials.json"]

DATABASE: Final = "homeiq.db"
HISTORY: Final = "history.db"
CACHE: Final = "correlation_cache.db"
CREDENTIALS: Final = "credentials.json"
MANIFEST: Final = "manifest.json"
CHUNK: Final = 1024 * 1024
"""Bytes that are read at once."""

_DRAFT_AGE = 86400.0
# A third of level 6's time for 7 % more bytes, measured on a history of a million events.
_LEVEL = 1
_ABOUT_THE_COPY = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY}


class FileRecord(BaseModel):
    """One file of an archive: its size in bytes, and the SHA-256 of its content in hex."""

    size: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class Manifest(BaseModel):
    """What an archive holds: by which HomeIQ, when (UTC), with which schema of the database, and the files by name."""

    format: Literal[1] = 1
    homeiq: Annotated[str, Field(max_length=64)] = VERSION
    at: AwareDatetime
    schema_revision: Annotated[str | None, Field(max_length=64)] = None
    files: dict[Name, FileRecord] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Backup:
    """An archive that was made, its size in bytes, and sentences about what is not in it."""

    file: Path
    size: int
    manifest: Manifest
    notes: list[str]


def stored_files(settings: Settings) -> dict[Name, Path]:
    """Where the files of an archive live here, by their name there, in the order in which they are copied."""
    database = database_file(settings.database_url.get_secret_value())
    files: dict[Name, Path] = {DATABASE: database} if database else {}
    return files | {
        HISTORY: settings.homeiq_data / HISTORY,
        CACHE: settings.correlation_cache_db,
        CREDENTIALS: BrokerFiles(settings.homeiq_data).credentials,
    }


def running_file(settings: Settings) -> Path:
    """The file whose lock says that these databases are in use: shared by who works, exclusive by a restore."""
    return Path(f"{_main_file(settings)}.running")


def restore_marker(settings: Settings) -> Path:
    """A file that is there from the first to the last file that a restore puts in place."""
    return Path(f"{_main_file(settings)}.restore-begun")


@contextmanager
def in_use(settings: Settings) -> Iterator[None]:
    """Use the databases: while this is entered, by any number of processes, no restore replaces them.

    To be entered before a database is opened or migrated; it waits for nothing. Raises DatabaseError where a restore is
    under way or was cut short.
    """
    with locked(running_file(settings), fcntl.LOCK_SH) as held:
        if not held:
            raise DatabaseError("The databases are being restored: wait for the end of `homeiq restore`.")
        if restore_marker(settings).exists():
            raise DatabaseError("A restore was cut short: run `homeiq restore` with the same backup again.")
        yield


@contextmanager
def locked(file: Path, kind: int) -> Iterator[bool]:
    """Try for the lock of a file, `LOCK_SH` or `LOCK_EX`, and say whether it is held. Raises DatabaseError."""
    with translated(file):
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        with translated(file):
            give_to_owner_of_folder(file)
        try:
            fcntl.flock(handle, kind | fcntl.LOCK_NB)
            held = True
        except BlockingIOError:
            held = False
        yield held
    finally:
        os.close(handle)


def give_to_owner_of_folder(file: Path) -> None:
    """What root makes in the folder of a user shall not lock out that user."""
    if os.geteuid() == 0:
        folder = file.parent.stat()
        os.chown(file, folder.st_uid, folder.st_gid, follow_symlinks=False)


def back_up(
    settings: Settings, target: Path | None = None, *, credentials: bool = False, at: datetime | None = None
) -> Backup:
    """Make an archive of all files that are there, while others write.

    `target` is a new file, or a folder for one of the usual name; else it is `HOMEIQ_DATA/backups`. Until it is whole,
    the archive has no name; beside it there must be room for the largest of the files. Blocks. Raises DatabaseError.
    """
    moment = (at or datetime.now(UTC)).astimezone(UTC).replace(microsecond=0)
    found = {name: file for name, file in stored_files(settings).items() if file.is_file()}
    if not found.keys() - {CREDENTIALS}:
        raise DatabaseError(f"There is no database in {settings.homeiq_data}: start `homeiq up` once.")
    if not credentials:
        found.pop(CREDENTIALS, None)
    with in_use(settings):
        file = _destination(settings, target, moment)
        with _written(file), _drafts(file.parent) as drafts:
            manifest, notes = _write_archive(drafts / "archive", found, moment)
            size = (drafts / "archive").stat().st_size
            (drafts / "archive").rename(file)
            sync_folder(file.parent)
    if DATABASE not in stored_files(settings):
        notes.append("The database is PostgreSQL and not in this backup: save it with pg_dump.")
    return Backup(file, size, manifest, notes)


def check_database(file: Path, called: Path) -> None:
    """Whether a SQLite file that nobody writes is sound; raises DatabaseError, which names it `called`."""
    with translated(called), closing(_connect(file, "mode=ro&immutable=1")) as connection:
        found = connection.execute("PRAGMA quick_check(1)").fetchone()
    if found != ("ok",):
        raise DatabaseError(f"{called} is damaged: restore a backup, or move it away to start with an empty one.")


def revision_of(file: Path, called: Path) -> str:
    """The revision of the schema in a database of ours that nobody writes. Raises DatabaseError."""
    with translated(called), closing(_connect(file, "mode=ro&immutable=1")) as connection:
        try:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        except sqlite3.OperationalError:
            row = None
    if row is None:
        raise DatabaseError(f"{called} is no database of HomeIQ, or an empty one.")
    return str(row[0])


def sync_folder(folder: Path) -> None:
    """Have the names in a folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _main_file(settings: Settings) -> Path:
    return stored_files(settings).get(DATABASE, settings.homeiq_data / DATABASE)


def _destination(settings: Settings, target: Path | None, moment: datetime) -> Path:
    name = f"homeiq-{moment:%Y%m%dT%H%M%SZ}.backup.zip"
    if target is None:
        target = settings.homeiq_data / "backups"
        with translated(target):
            target.mkdir(mode=0o700, exist_ok=True)
            give_to_owner_of_folder(target)
    file = (target / name if target.is_dir() else target).absolute()
    if file.exists() or file.is_symlink():
        raise DatabaseError(f"{file} exists already: name another file, or none.")
    return file


@contextmanager
def _written(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DatabaseError(
            f"{file} can't be written ({error.strerror}): free some space there, or name another file."
        ) from error


@contextmanager
def _drafts(folder: Path) -> Iterator[Path]:
    """A folder of our own on the same file system; takes away what a killed backup left there a day ago."""
    for left in folder.glob(".homeiq-*.draft"):
        if time.time() - left.stat().st_mtime > _DRAFT_AGE:
            shutil.rmtree(left, ignore_errors=True)
    drafts = Path(tempfile.mkdtemp(prefix=".homeiq-", suffix=".draft", dir=folder))
    try:
        yield drafts
    finally:
        shutil.rmtree(drafts, ignore_errors=True)


def _write_archive(draft: Path, found: dict[Name, Path], moment: datetime) -> tuple[Manifest, list[str]]:
    """Write the archive, one file after the other, so that only one copy lies beside it."""
    records, notes, revision = dict[Name, FileRecord](), list[str](), None
    with draft.open("xb") as out:
        draft.chmod(0o600)
        give_to_owner_of_folder(draft)
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
            for name, source in found.items():
                copy = draft.with_name(name)
                try:
                    _copy(name, source, copy)
                except DatabaseError as error:
                    if name != CACHE:
                        raise
                    notes.append(f"Left out, since it is rebuilt by itself: {error}")
                else:
                    records[name] = _add(archive, name, copy)
                    revision = revision_of(copy, source) if name == DATABASE else revision
                copy.unlink(missing_ok=True)
            manifest = Manifest(at=moment, schema_revision=revision, files=records)
            archive.writestr(MANIFEST, manifest.model_dump_json(indent=2))
        out.flush()
        os.fsync(out.fileno())
    return manifest, notes


def _copy(name: Name, source: Path, copy: Path) -> None:
    if name == CREDENTIALS:
        shutil.copyfile(source, copy)
        return
    _copy_database(source, copy)
    check_database(copy, source)


def _copy_database(source: Path, copy: Path) -> None:
    """Copy one moment of a database. In one step: between several, each commit of another process starts it anew."""
    with (
        translated(source),
        closing(_connect(source, "mode=ro")) as live,
        # Beside the target, which may be a network share: without locks, and with nothing to recover.
        closing(_connect(copy, "nolock=1")) as draft,
    ):
        live.execute("SELECT count(*) FROM sqlite_master").fetchone()
        draft.execute("PRAGMA journal_mode=OFF")
        draft.execute("PRAGMA synchronous=OFF")
        try:
            live.backup(draft)
        except sqlite3.Error as error:
            if error.sqlite_errorcode & 0xFF in _ABOUT_THE_COPY:
                raise DatabaseError(
                    f"{copy.parents[1]} has no room for a copy of {source}: free some space."
                ) from error
            raise


def _connect(file: Path, parameters: str) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{file.as_uri()}?{parameters}", uri=True, timeout=BUSY_TIMEOUT, isolation_level=None)
    # A file from elsewhere may bring views and defaults that call functions.
    connection.execute("PRAGMA trusted_schema=OFF")
    return connection


def _add(archive: zipfile.ZipFile, name: str, file: Path) -> FileRecord:
    digest, size = hashlib.sha256(), 0
    with file.open("rb") as content, archive.open(name, "w", force_zip64=True) as entry:
        while chunk := content.read(CHUNK):
            digest.update(chunk)
            size += entry.write(chunk)
    return FileRecord(size=size, sha256=digest.hexdigest())
