"""A folder on a real disk to measure in: what is synced to a file system in memory costs nothing, and shows nothing."""

from __future__ import annotations

import tempfile
from pathlib import Path

_IN_MEMORY = ("tmpfs", "ramfs")
_MOUNTS = Path("/proc/self/mountinfo")


def disk_folder() -> Path:
    """Where to make folders: the usual place for temporary ones unless it is in memory, else one beside it."""
    # Only to choose from: the folder itself gets a name that nobody knows.
    places = [Path(tempfile.gettempdir()), Path("/var/tmp"), Path.home(), Path.cwd()]  # noqa: S108
    return next((place for place in places if place.is_dir() and file_system(place) not in _IN_MEMORY), places[0])


def file_system(place: Path) -> str:
    """The kind of file system that a folder is on, such as `ext4`; empty where the system does not tell."""
    try:
        mounts = [line.split() for line in _MOUNTS.read_text().splitlines()]
    except OSError:
        return ""
    folder = place.resolve()
    # Source: proc_pid_mountinfo(5). The fifth field is the mount point, the kind follows the dash; the last one counts.
    kinds = {Path(fields[4]): fields[fields.index("-") + 1] for fields in mounts}
    return next((kinds[each] for each in (folder, *folder.parents) if each in kinds), "")
