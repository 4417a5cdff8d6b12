"""Whether the folders that HomeIQ writes to can hold its databases."""

import os
import shutil
from pathlib import Path

from shared.settings import Settings, database_file
from shared.validation_result import ValidationResult

NETWORK_FILE_SYSTEMS = frozenset(
    {
        "9p",
        "afs",
        "cephfs",
        "cifs",
        "davfs",
        "fakeowner",
        "glusterfs",
        "nfs",
        "nfs4",
        "smb3",
        "smbfs",
        "vboxsf",
        "virtiofs",
    }
)
"""File systems without shared memory between processes, on which SQLite's WAL loses data or fails."""

_LOCAL_FUSE = frozenset({"fuseblk", "fuse.ext2", "fuse.mergerfs", "fuse.ntfs"})
_MIB = 1024**2
_LEAST_DISK, _GOOD_DISK = 100 * _MIB, 1024 * _MIB


def written_folders(settings: Settings) -> list[tuple[str, Path]]:
    """The folders that are written to, each under the variable that says where it is."""
    database = database_file(settings.database_url.get_secret_value())
    folders = {settings.homeiq_data: "HOMEIQ_DATA"}
    if database:
        folders.setdefault(
            database.parent, "DATABASE_URL" if "database_url" in settings.model_fields_set else "DATABASE_PATH"
        )
    folders.setdefault(settings.correlation_cache_db.parent, "CORRELATION_CACHE_DB")
    return [(variable, folder) for folder, variable in folders.items()]


def check_storage(variable: str, folder: Path) -> ValidationResult:
    """Whether a folder can be written to, has room, and lies on a local file system."""
    found = ValidationResult()
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        found.critical_errors.append(f"{variable}: {existing} is no folder that this user may write to: change it.")
        return found
    free = shutil.disk_usage(existing).free
    if free < _LEAST_DISK:
        found.critical_errors.append(f"{variable}: {existing} has {free // _MIB} MB free: free at least 1 GB.")
    elif free < _GOOD_DISK:
        found.warnings.append(f"{variable}: {existing} has {free // _MIB} MB free: a year of history needs 1 GB.")
    kind = file_system(existing, _mounts())
    if kind in NETWORK_FILE_SYSTEMS or (kind.startswith("fuse") and kind not in _LOCAL_FUSE):
        found.critical_errors.append(
            f"{variable}: {existing} lies on a shared file system ({kind}), where databases break: use a local disk."
        )
    return found


def file_system(folder: Path, mounts: str) -> str:
    """The type of the file system a folder lies on, by the text of Linux's mountinfo; empty where that says nothing."""
    place, kind = Path(), ""
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        fields = before.split()
        point = Path(fields[4].replace("\\040", " ")) if len(fields) > 4 and after else None  # noqa: PLR2004 - man 5 proc
        if point and folder.resolve().is_relative_to(point) and len(point.parts) >= len(place.parts):
            place, kind = point, after.split()[0]
    return kind


def _mounts() -> str:
    try:
        return Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""  # not Linux
