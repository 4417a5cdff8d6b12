"""What processes take: memory and CPU, from /proc where there is one, else from `ps`."""

from __future__ import annotations

import os
import resource
import subprocess
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def memory(pid: int) -> float:
    """Resident memory of a process in MB."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        return int(_ps(pid, "rss")) / 1024
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024 / 1024


def peak_memory() -> float:
    """The most resident memory that this process had, in MB. What `getrusage` tells begins with that of its parent."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 / 1024  # in bytes on macOS
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def cpu(pids: tuple[int, ...]) -> float:
    """CPU seconds that these processes have taken since they started."""
    return sum(_cpu_of(pid) for pid in pids)


def _cpu_of(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        seconds = 0.0
        for part in _ps(pid, "time").replace("-", ":").split(":"):
            seconds = 60 * seconds + float(part)
        return seconds
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _ps(pid: int, column: str) -> str:
    command = ["ps", "-o", f"{column}=", "-p", str(pid)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
