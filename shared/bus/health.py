"""What a worker knows of its own health: probes in the background, request figures, memory."""

from __future__ import annotations

import asyncio
import resource
import sys
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import structlog

from contracts.health import Check, HealthStatus, RequestFigures

log = structlog.get_logger(__name__)

Probe = Callable[[], Awaitable[Check]]
"""Looks at one dependency, in the background. What it raises is a failed check."""

Glance = Callable[[], Check]
"""Looks at something in memory, whenever a report is made."""

_WINDOW = 1_000
_PROBE_TIMEOUT = 5.0


class RequestMeter:
    """Counts the requests of one operation, and keeps the latencies of the last 1,000."""

    def __init__(self) -> None:
        self.received = self.answered = self.expired = self.joined = 0
        self.errors: Counter[str] = Counter()
        self._seconds: deque[float] = deque(maxlen=_WINDOW)

    def took(self, seconds: float) -> None:
        """One more request was answered, after so many seconds."""
        self.answered += 1
        self._seconds.append(seconds)

    def figures(self) -> RequestFigures:
        """The counts, and percentiles in milliseconds by nearest rank."""
        ordered = sorted(self._seconds)

        def rank(share: float) -> float | None:
            return round(1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))], 3) if ordered else None

        return RequestFigures(
            received=self.received,
            answered=self.answered,
            errors=dict(self.errors),
            expired=self.expired,
            joined=self.joined,
            p50_ms=rank(0.50),
            p95_ms=rank(0.95),
            p99_ms=rank(0.99),
        )


class HealthMonitor:
    """Runs the probes of a worker in turn and remembers what they found."""

    def __init__(
        self, probes: Mapping[str, Probe], glances: Mapping[str, Glance] | None = None, interval: float = 10.0
    ) -> None:
        self._probes, self._glances, self._interval = probes, glances or {}, interval
        self._found: dict[str, tuple[Check, float]] = {}

    async def run(self) -> None:
        """Probe for ever."""
        while True:
            await self.probe()
            await asyncio.sleep(self._interval)

    async def probe(self) -> None:
        """Run every probe once."""
        for name, probe in self._probes.items():
            try:
                async with asyncio.timeout(_PROBE_TIMEOUT):
                    check = await probe()
            except TimeoutError:
                check = Check(status=HealthStatus.FAILED, message=f"no answer within {_PROBE_TIMEOUT:.0f} s")
            except Exception as error:  # noqa: BLE001 - whatever a dependency raises is what the check reports
                log.warning("health check failed", check=name, error=str(error))
                check = Check(status=HealthStatus.FAILED, message=f"{type(error).__name__}: {error}")
            self._found[name] = (check, time.monotonic())

    def checks(self) -> dict[str, Check]:
        """What was found last, with its age."""
        now = time.monotonic()
        probed = {
            name: check.model_copy(update={"age_seconds": round(now - at, 1)})
            for name, (check, at) in self._found.items()
        }
        return probed | {name: glance() for name, glance in self._glances.items()}


def worst(checks: Mapping[str, Check]) -> HealthStatus:
    """The status of a worker with these checks."""
    found = {check.status for check in checks.values()}
    return next((bad for bad in (HealthStatus.FAILED, HealthStatus.DEGRADED) if bad in found), HealthStatus.OK)


def memory_mb() -> float:
    """Resident memory of this process in MB; where the system tells only the peak, that."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, IndexError, ValueError):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return round(peak / (1024 * 1024 if sys.platform == "darwin" else 1024), 1)
    return round(pages * resource.getpagesize() / 1024 / 1024, 1)
