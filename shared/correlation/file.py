"""The files of the correlation cache, as the file system has them: which one lies there, and the stamp beside it."""

from __future__ import annotations

import mmap
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

Place = tuple[int, int]
"""A file, whatever its name: its device and inode."""
NOWHERE: Final[Place] = (0, 0)

_BYTES = 8


def stamp(file: Path) -> memoryview:
    """The number in the file, in memory that is shared with every process that maps it; made where it is missing."""
    handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if os.fstat(handle).st_size < _BYTES:
            os.pwrite(handle, bytes(_BYTES), 0)  # not a hole: a full disk would show when it is written to
        return memoryview(mmap.mmap(handle, _BYTES)).cast("Q")
    finally:
        os.close(handle)


def no_stamp() -> memoryview:
    """A number that nobody changes."""
    return memoryview(bytearray(_BYTES)).cast("Q")


def make_folder(folder: Path) -> None:
    """Make a folder, and those that it lies in, for this user alone."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir(mode=0o700, exist_ok=True)


def move_aside(file: Path, kept: Path) -> None:
    """Rename a SQLite file, over what was kept before."""
    with suppress(FileNotFoundError):
        file.replace(kept)
    for suffix in ("-wal", "-shm"):  # they belong to it, and would be taken for the new file's
        Path(f"{file}{suffix}").unlink(missing_ok=True)


def place(file: Path) -> Place:
    """Which file it is that lies there now."""
    try:
        found = file.stat()
    except OSError:
        return NOWHERE
    return found.st_dev, found.st_ino


def size(file: Path) -> int:
    """Its bytes; 0 where it is missing."""
    try:
        return file.stat().st_size
    except OSError:
        return 0
