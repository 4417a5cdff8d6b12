"""Restoring a backup: an archive is read as an enemy's, checked in full, and put in place while nobody works.

What was there stays beside each file as `<file>.before-restore`. From the first file put in place to the last a marker
lies beside the database: no worker starts meanwhile, and after a crash the same restore, run again, ends what it began.
"""

import errno
import fcntl
import hashlib
import io
import json
import os
import shutil
import stat
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, get_args

from pydantic import ValidationError

from shared.backup import (
    CHUNK,
    CREDENTIALS,
    DATABASE,
    MANIFEST,
    FileRecord,
    Manifest,
    Name,
    check_database,
    give_to_owner_of_folder,
    locked,
    restore_marker,
    revision_of,
    running_file,
    stored_files,
    sync_folder,
)
from shared.broker.credentials import load_credentials, write_private
from shared.broker.process import BrokerFiles
from shared.database_pool import translated
from shared.errors import BrokerError, DatabaseError
from shared.migrations import HEAD, REVISIONS
from shared.settings import Settings

SUFFIX: Final = ".before-restore"
"""What is added to the name of a file that a restore replaces."""

_LARGEST_MANIFEST = 65536
_LARGEST_CREDENTIALS = 1024 * 1024
_LARGEST_RATIO = 200
_RATIO_COUNTS_FROM = 64 * CHUNK
_SPARE = 16 * CHUNK
_ENCRYPTED = 0x1
# What zipfile raises for bytes that are no zip, found by changing bytes at random.
_UNREADABLE = (
    *(zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, struct.error),
    *(EOFError, NotImplementedError, OverflowError, RuntimeError, ValueError),
)
# The bytes that whoever has a database in WAL mode open keeps a shared lock on (SQLite's os.h).
_SHARED_FIRST, _SHARED_SIZE = 0x40000002, 510
# SQLite takes them for a part of the file that they are named after, so they go where it goes.
_LOGS = ("-wal", "-journal")


@dataclass(frozen=True, slots=True)
class Restored:
    """What a backup was, which files were put in place, which were kept, and which it did not hold."""

    manifest: Manifest
    files: dict[Name, Path]
    kept: list[Path]
    untouched: list[Path]


def restore(settings: Settings, archive: Path) -> Restored:
    """Put the files of a backup in the place of today's, all or none.

    Blocks. Raises DatabaseError, with everything as it was, where workers run, the archive is not whole or its schema
    is a newer one. Only a crash between the files leaves some of them old: see the module.
    """
    with ExitStack() as stack:
        stack.enter_context(_nobody_works(settings))
        manifest, drafts = stack.enter_context(_unpacked(settings, archive))
        places = stored_files(settings)
        kept = _swap(restore_marker(settings), {name: (draft, places[name]) for name, draft in drafts.items()})
        untouched = [file for name, file in places.items() if name not in drafts and file.exists()]
        return Restored(manifest, {name: places[name] for name in drafts}, kept, untouched)


@contextmanager
def _nobody_works(settings: Settings) -> Iterator[None]:
    """Keep workers out, `homeiq up` with its broker too. Raises DatabaseError where one is there already."""
    refused = DatabaseError("HomeIQ runs with these databases: end `homeiq up`, workers and backups, then restore.")
    with ExitStack() as stack:
        for file in (BrokerFiles(settings.homeiq_data).lock, running_file(settings)):
            if not stack.enter_context(locked(file, fcntl.LOCK_EX)):
                raise refused
        for name, file in stored_files(settings).items():
            if name != CREDENTIALS and file.exists() and _is_open(file):
                raise refused
        yield


def _is_open(file: Path) -> bool:
    """Whether another process has this database open, one that knows nothing of our locks too; reads nothing of it.

    SQLite would fold the log into the database, or throw it away where the database is damaged.
    """
    with translated(file), file.open("r+b") as database:
        try:
            fcntl.lockf(database, fcntl.LOCK_EX | fcntl.LOCK_NB, _SHARED_SIZE, _SHARED_FIRST)
        except OSError as error:
            if error.errno in {errno.EACCES, errno.EAGAIN}:
                return True
            raise
    return False


@contextmanager
def _unpacked(settings: Settings, archive: Path) -> Iterator[tuple[Manifest, dict[Name, Path]]]:
    """The files of an archive, checked, each beside its place; what was not put in place is taken away at the end."""
    places, drafts = stored_files(settings), dict[Name, Path]()
    try:
        with _opened(archive) as (container, manifest):
            _check_places(manifest, places)
            for name, record in manifest.files.items():
                drafts[name] = _draft_of(places[name])
                _unpack(container, name, record, drafts[name])
        for name, draft in drafts.items():
            _check(name, draft, archive)
        yield manifest, drafts
    finally:
        for draft in drafts.values():
            draft.unlink(missing_ok=True)


@contextmanager
def _opened(archive: Path) -> Iterator[tuple[zipfile.ZipFile, Manifest]]:
    """The archive and its manifest, which name the same files; turns what is wrong with it into DatabaseError."""
    try:
        if not archive.is_file():
            raise zipfile.BadZipFile("it is no regular file")
        with _Frugal(archive) as content, zipfile.ZipFile(content) as container:
            entries = _entries(container)
            if entries.pop(MANIFEST).file_size > _LARGEST_MANIFEST:
                raise DatabaseError(f"{archive} is no backup of HomeIQ: its manifest is too large.")
            manifest = Manifest.model_validate_json(container.read(MANIFEST))
            if {name: entry.file_size for name, entry in entries.items()} != {
                name: record.size for name, record in manifest.files.items()
            }:
                raise zipfile.BadZipFile("its files are not those of its manifest")
            yield container, manifest
    except (KeyError, ValidationError):
        raise DatabaseError(
            f"{archive} is no backup of HomeIQ, or one of a newer version: install that one to restore it."
        ) from None
    except _UNREADABLE as error:
        raise DatabaseError(f"{archive} is no whole backup ({error}): take another one.") from error
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        raise DatabaseError(f"{archive} can't be restored ({error.strerror}{where}): nothing was changed.") from error


class _Frugal(io.FileIO):
    """A file that gives no more at once than a directory of our few entries takes, whatever it says of its size."""

    def read(self, size: int | None = -1, /) -> bytes:
        left = os.fstat(self.fileno()).st_size - self.tell()
        if (left if size is None or size < 0 else min(size, left)) > CHUNK:
            raise zipfile.BadZipFile("its directory is too large")
        return super().read(size)


def _entries(container: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The entries by name, which is never used as a path. Raises BadZipFile for what no backup has."""
    listed = container.infolist()
    entries = {entry.orig_filename: entry for entry in listed}
    if len(entries) < len(listed):
        raise zipfile.BadZipFile("it holds two files of one name")
    if entries.keys() - {*get_args(Name), MANIFEST}:
        raise zipfile.BadZipFile("it holds files that are not ours")
    for entry in listed:
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if kind not in {0, stat.S_IFREG} or entry.flag_bits & _ENCRYPTED:
            raise zipfile.BadZipFile("it holds a link, or a file that is encrypted")
        if entry.file_size > max(_RATIO_COUNTS_FROM, _LARGEST_RATIO * entry.compress_size):
            raise zipfile.BadZipFile("it would become larger than any database so packed")
    return entries


def _check_places(manifest: Manifest, places: dict[Name, Path]) -> None:
    """Whether all that the archive holds has a place here, and room there."""
    if DATABASE in manifest.files and DATABASE not in places:
        raise DatabaseError("DATABASE_URL names PostgreSQL, the backup is of SQLite: unset it to restore this backup.")
    if CREDENTIALS in manifest.files and manifest.files[CREDENTIALS].size > _LARGEST_CREDENTIALS:
        raise zipfile.BadZipFile("its credentials are too large")
    wanted = Counter[Path]()
    for name, record in manifest.files.items():
        places[name].parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        wanted[places[name].parent] += record.size
    for folder, size in wanted.items():
        if shutil.disk_usage(folder).free < size + _SPARE:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _unpack(container: zipfile.ZipFile, name: Name, record: FileRecord, draft: Path) -> None:
    digest = hashlib.sha256()
    draft.unlink(missing_ok=True)
    with (
        os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as out,
        container.open(name) as content,
    ):
        while chunk := content.read(CHUNK):
            digest.update(chunk)
            out.write(chunk)
        out.flush()
        os.fsync(out.fileno())
    give_to_owner_of_folder(draft)
    if digest.hexdigest() != record.sha256:
        raise zipfile.BadZipFile(f"its {name} is not the one that was saved")


def _check(name: Name, draft: Path, archive: Path) -> None:
    """Whether a file is what its name says, and this program can work with it."""
    try:
        if name == CREDENTIALS:
            load_credentials(draft)
            return
        check_database(draft, draft)
        revision = revision_of(draft, draft) if name == DATABASE else HEAD
    except (BrokerError, DatabaseError):
        raise DatabaseError(f"{archive} holds a {name} that can't be used: take another backup.") from None
    if revision not in REVISIONS:
        raise DatabaseError(
            f"{archive} has schema {revision}, this HomeIQ knows {HEAD} at most: restore it with the newer HomeIQ."
        )


def _swap(marker: Path, files: dict[Name, tuple[Path, Path]]) -> list[Path]:
    """Put each draft in its place, under the marker; gives what was kept.

    What an earlier restore kept is given up, but never where that restore was cut short: then it is the only original.
    """
    begun = _begun(marker)
    if unfinished := begun - files.keys():
        raise DatabaseError(f"A restore of {min(unfinished)} was cut short: first restore a backup that holds it.")
    try:
        for name, (_, file) in files.items():
            if name not in begun:
                _forget(_kept(file))
        write_private(marker, json.dumps(sorted(files)))
        give_to_owner_of_folder(marker)
        sync_folder(marker.parent)
        for name, (draft, file) in files.items():
            _put_in_place(draft, file, again=name in begun)
        marker.unlink()
    except OSError as error:
        raise DatabaseError(f"The restore was cut short ({error.strerror}): run it again to end it.") from error
    return [_kept(file) for _, file in files.values() if _kept(file).exists()]


def _put_in_place(draft: Path, file: Path, *, again: bool) -> None:
    kept = _kept(file)
    if again and kept.exists():
        _forget(file)
    else:
        # The logs first: cut short after them, the next time they are kept already and the file follows.
        for log in _LOGS:
            if Path(f"{file}{log}").exists():
                Path(f"{file}{log}").replace(f"{kept}{log}")
        if file.exists():
            file.replace(kept)
    Path(f"{file}-shm").unlink(missing_ok=True)
    draft.replace(file)
    sync_folder(file.parent)


def _forget(file: Path) -> None:
    for log in ("", *_LOGS, "-shm"):
        Path(f"{file}{log}").unlink(missing_ok=True)


def _begun(marker: Path) -> set[Name]:
    """The files of a restore that was cut short."""
    try:
        named = json.loads(marker.read_text())
    except FileNotFoundError:
        return set()
    except (OSError, ValueError):
        named = []
    known = set(get_args(Name))
    return {name for name in named if name in known} if isinstance(named, list) else known


def _kept(file: Path) -> Path:
    return Path(f"{file}{SUFFIX}")


def _draft_of(file: Path) -> Path:
    return Path(f"{file}.restoring")
