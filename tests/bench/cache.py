"""The correlation cache: reading and writing it, a day's analysis on an empty one, and what it takes up."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate, permutations
from pathlib import Path

from shared.correlation_cache import CorrelationCache
from tests.bench.figures import Figures
from tests.bench.report import Row

_ROOT = Path(__file__).parents[2]
_ENTRIES = 10_000
_ENTITIES = 130
_EVENTS_A_DAY = 33_333
_PARTNERS = 8
_MB = 1_000_000
_FOOTPRINT = """
import sys
from pathlib import Path
from shared.correlation_cache import CorrelationCache
from tests.bench.cache import fill

def resident():
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024

cache = CorrelationCache(sys.argv[1])
before = resident()
fill(cache)
cache.flush()
print(resident() - before, sum(each.stat().st_size for each in Path(sys.argv[1]).parent.iterdir()))
"""

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class CacheFigures:
    """Latencies of one call; the hit rate in percent; memory (None: not Linux) and files of 10,000 entries in MB."""

    memory: Figures
    disk: Figures
    setting: Figures
    hit_rate: float
    memory_mb: float | None
    disk_mb: float


def cache(folder: Path, *, rounds: int) -> CacheFigures:
    """Measure on files of its own: so many lookups in memory, and up to 10,000 on disk."""
    file = folder / "cache" / "correlation_cache.db"
    draw = random.Random(1)
    pairs = [_pair(number) for number in range(_ENTRIES)]
    with CorrelationCache(file) as writer:
        setting = _each(pairs, lambda a, b: writer.set(a, b, 0.25))
        writer.flush()
        memory = _each(draw.choices(pairs, k=rounds), writer.get)
    with CorrelationCache(file, max_memory_size=0) as reader:
        disk = _each(draw.sample(pairs, k=min(rounds, _ENTRIES)), reader.get)
    return CacheFigures(memory, disk, setting, _hit_rate(folder), *_footprint(folder))


def cache_rows(found: CacheFigures) -> list[Row]:
    """The figures for the table."""
    memory = found.memory_mb
    both = None if memory is None else memory + found.disk_mb
    return [
        Row("cache", "get from memory P50", 1000 * found.memory.p50, "µs"),
        Row("cache", "get from memory P95", 1000 * found.memory.p95, "µs", 2.0),
        Row("cache", "get from SQLite P50", 1000 * found.disk.p50, "µs"),
        Row("cache", "get from SQLite P95", 1000 * found.disk.p95, "µs", 50.0),
        Row("cache", "set P50", 1000 * found.setting.p50, "µs"),
        Row("cache", "hit rate of a day's analysis, from empty", found.hit_rate, "%", 90.0, most=False),
        Row("cache", f"{_ENTRIES:,} entries on disk", found.disk_mb, "MB"),
        Row("cache", f"{_ENTRIES:,} entries on disk and in memory", both, "MB", 10.0),
    ]


def fill(cache: CorrelationCache) -> None:
    """Put in 10,000 correlations, each name and number an object of its own, as they come from a database."""
    draw = random.Random(1)
    for number in range(_ENTRIES):
        cache.set(*_pair(number), draw.random())


def _pair(number: int) -> Pair:
    return f"binary_sensor.room_{number // 100}_motion", f"light.room_{number % 100}_ceiling"


def _each(pairs: Sequence[Pair], call: Callable[[str, str], object]) -> Figures:
    latencies = []
    for a, b in pairs:
        began = time.perf_counter()
        call(a, b)
        latencies.append(time.perf_counter() - began)
    return Figures.of(latencies, sum(latencies), 0.0)


def _hit_rate(folder: Path) -> float:
    """A day of a home with a million events a month: each is looked up with the 8 entities that changed last.

    Which pair it is follows Zipf's law with exponent 1 over all ordered pairs of 130 entities.
    """
    draw = random.Random(1)
    names = [f"sensor.entity_{number}" for number in range(_ENTITIES)]
    pairs = list(permutations(names, 2))
    draw.shuffle(pairs)
    weights = list(accumulate(1 / rank for rank in range(1, len(pairs) + 1)))
    with CorrelationCache(folder / "day" / "correlation_cache.db") as cache:
        for pair in draw.choices(pairs, cum_weights=weights, k=_EVENTS_A_DAY * _PARTNERS):
            if cache.get(*pair) is None:
                cache.set(*pair, draw.random())
        return float(cache.get_stats()["hit_rate_percent"])


def _footprint(folder: Path) -> tuple[float | None, float]:
    file = folder / "footprint" / "correlation_cache.db"
    if not sys.platform.startswith("linux"):
        with CorrelationCache(file) as cache:
            fill(cache)
            cache.flush()
            return None, cache.get_stats()["bytes"] / _MB
    command = [sys.executable, "-c", _FOOTPRINT, str(file)]
    done = subprocess.run(command, cwd=_ROOT, check=True, capture_output=True, text=True)
    memory, disk = map(int, done.stdout.split())
    return memory / _MB, disk / _MB
