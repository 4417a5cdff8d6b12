"""That a worker reaches the broker, told by the age of a file: a health check for containers, local and cheap.

`python -m shared.liveness FILE --within SECONDS` ends with status 0 where the file was touched so lately, else with 1.
It loads nothing of HomeIQ's but this file, since it runs every half minute beside each worker.
"""

from __future__ import annotations

import argparse
import logging
import sys
import time
from pathlib import Path

WITHIN = 90.0
"""Seconds. A worker renews its presence, and so measures the broker, every 30."""

log = logging.getLogger(__name__)


class Liveness:
    """The file of one process. `touch` is to be called after each round trip to the broker."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._told = False

    def touch(self) -> None:
        """Say that the broker was reached now. Never raises: what can't be touched is told once and grows old."""
        try:
            self.path.touch(mode=0o600)
        except OSError as error:
            if not self._told:
                log.warning("HOMEIQ_ALIVE_FILE: %s can't be touched: %s", self.path, error.strerror)
            self._told = True

    def age(self) -> float | None:
        """Seconds since the last touch; None where there was none."""
        try:
            return max(0.0, time.time() - self.path.stat().st_mtime)
        except OSError:
            return None


def main(arguments: list[str] | None = None) -> int:
    """The exit status of the check, whose finding is one line on stdout."""
    parser = argparse.ArgumentParser(prog="python -m shared.liveness", description="Was this file touched lately?")
    parser.add_argument("file", type=Path)
    parser.add_argument("--within", type=float, default=WITHIN, metavar="SECONDS")
    given = parser.parse_args(arguments)
    age = Liveness(given.file).age()
    if age is None:
        print("not alive: the broker was not reached yet")  # noqa: T201 - what the container's engine shows
        return 1
    print(f"the broker was reached {age:.0f} s ago")  # noqa: T201 - the same
    return int(age > given.within)


if __name__ == "__main__":
    sys.exit(main())
