"""What the installation costs before anything is asked of it: starting the command line, and space on the disk."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def command_line_seconds(times: int) -> float:
    """Median wall time of `homeiq --version`."""
    program = Path(sys.executable).with_name("homeiq")
    taken: list[float] = []
    for _ in range(times):
        began = time.perf_counter()
        subprocess.run([program, "--version"], check=True, capture_output=True)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def interpreter_seconds(times: int) -> float:
    """Median wall time of a Python that does nothing, for comparison."""
    taken: list[float] = []
    for _ in range(times):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", "pass"], check=True)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def installed_megabytes(name: str = "homeiq") -> tuple[float, int]:
    """The size of what this package needs, all the way down and without itself, and the number of packages."""
    found: dict[str, Distribution] = {}
    _collect(distribution(name), frozenset(), found)
    return sum(_size(each) for each in found.values()) / 1e6, len(found)


def _collect(package: Distribution, extras: frozenset[str], found: dict[str, Distribution]) -> None:
    for line in package.requires or ():
        needed = Requirement(line)
        if needed.marker and not any(needed.marker.evaluate({"extra": extra}) for extra in extras or {""}):
            continue
        try:
            dependency = distribution(needed.name)
        except PackageNotFoundError:
            continue
        known = canonicalize_name(needed.name) in found
        found[canonicalize_name(needed.name)] = dependency
        if not known or needed.extras:
            _collect(dependency, frozenset(needed.extras), found)


def _size(package: Distribution) -> int:
    files = (Path(str(package.locate_file(each))) for each in package.files or ())
    return sum(file.stat().st_size for file in files if file.is_file())
