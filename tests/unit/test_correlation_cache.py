import enum
import gc
import os
import random
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from shared import correlation_cache
from shared.correlation import rows as correlation_rows
from shared.correlation import store as correlation_store
from shared.correlation.entry import LARGEST_ENTRY, CacheError
from shared.correlation_cache import CorrelationCache, get_correlation_cache

ROOT = Path(__file__).parents[2]
LAMP, DOOR, HEAT = "light.hall", "binary_sensor.door", "climate.hall"


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


class Colour(enum.StrEnum):
    RED = "red"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "data" / "correlation_cache.db"


@pytest.fixture
def opened(file: Path, clock: Clock) -> Iterator[Callable[..., CorrelationCache]]:
    """Opens the file as another process would: with a memory of its own."""
    caches: list[CorrelationCache] = []

    def another(max_memory_size: int = 100) -> CorrelationCache:
        caches.append(CorrelationCache(file, max_memory_size, clock=clock))
        return caches[-1]

    yield another
    for cache in caches:
        cache.close()


@pytest.fixture
def cache(opened: Callable[..., CorrelationCache]) -> CorrelationCache:
    return opened()


def program(source: str, *arguments: object) -> subprocess.Popen[str]:
    head = "import os, random, signal, sys, time\nfrom shared.correlation_cache import CorrelationCache\n"
    command = [sys.executable, "-W", "error", "-c", head + source, *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def finished(process: subprocess.Popen[str]) -> tuple[str, str]:
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return out, err


def until(true: Callable[[], bool]) -> None:
    patience = time.monotonic() + 20
    while not true():
        assert time.monotonic() < patience
        time.sleep(0.01)


def rows(file: Path) -> int:
    connection = sqlite3.connect(file)
    try:
        return int(connection.execute("SELECT count(*) FROM pair").fetchone()[0])
    finally:
        connection.close()


def sound(file: Path) -> bool:
    connection = sqlite3.connect(file)
    try:
        return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    finally:
        connection.close()


def test_a_leads_b_is_not_b_leads_a(cache: CorrelationCache) -> None:
    cache.set(LAMP, DOOR, 0.75)
    assert cache.get(LAMP, DOOR) == 0.75
    assert cache.get(DOOR, LAMP) is None
    assert cache.get(DOOR, LAMP, default=-1) == -1


VALUES = [None, True, 0, -3, 2**53, 10**400, 0.1, -0.0, 1e-300, "", "0.5", "\x00\ud800é", [], [1, [None]], {"r": 0.5}]


@pytest.mark.parametrize("value", VALUES)
def test_a_value_comes_back_as_it_was(value: Any, opened: Callable[..., CorrelationCache]) -> None:
    cache, other, no_memory = opened(), opened(), opened(0)
    cache.set(LAMP, DOOR, value)
    cache.flush()
    missing = object()
    for found in (each.get(LAMP, DOOR, default=missing) for each in (cache, other, other, no_memory)):
        assert found == value
        assert type(found) is type(value)


def test_what_is_a_number_or_text_at_heart_becomes_one(cache: CorrelationCache) -> None:
    cache.set(LAMP, DOOR, Colour.RED)
    assert type(cache.get(LAMP, DOOR)) is str


def test_nobody_changes_what_is_cached(cache: CorrelationCache) -> None:
    value = {"lags": [1, 2]}
    cache.set(LAMP, DOOR, value)
    value["lags"].append(3)
    cache.get(LAMP, DOOR)["lags"].append(4)
    assert cache.get(LAMP, DOOR) == {"lags": [1, 2]}


@pytest.mark.parametrize(
    "value",
    [float("nan"), [float("inf")], (1, 2), [(1, 2)], {1: 2}, {1, 2}, b"x", object(), 10**5000, "x" * LARGEST_ENTRY],
    ids=lambda value: type(value).__name__,
)
def test_what_json_cannot_say_is_refused(value: Any, cache: CorrelationCache) -> None:
    with pytest.raises(CacheError, match="keep a smaller one|can't be kept"):
        cache.set(LAMP, DOOR, value)
    assert cache.get(LAMP, DOOR) is None


def test_a_value_that_is_too_deep_is_refused(cache: CorrelationCache) -> None:
    value: list[Any] = []
    for _ in range(10_000):
        value = [value]
    with pytest.raises(CacheError):
        cache.set(LAMP, DOOR, value)


@pytest.mark.parametrize("ttl", [0, -1, float("nan"), "60"])
def test_a_lifetime_is_above_nothing(ttl: Any, cache: CorrelationCache) -> None:
    with pytest.raises(CacheError, match="lifetime"):
        cache.set(LAMP, DOOR, 0.5, ttl)


def test_names_are_text(cache: CorrelationCache) -> None:
    wrong: Any = 7
    for use in (
        lambda: cache.get(wrong, DOOR),
        lambda: cache.set(LAMP, wrong, 1),
        lambda: cache.invalidate_entity(wrong),
    ):
        with pytest.raises(CacheError, match="ids"):
            use()


def test_names_are_any_text(opened: Callable[..., CorrelationCache]) -> None:
    names = ["", " ", "\x00", "a\x00b", "'; DROP TABLE pair; --", "é", "e\u0301", "\ud800", "💡" * 50]
    with opened() as cache:
        for number, (a, b) in enumerate((a, b) for a in names for b in names):
            cache.set(a, b, number)
    cache = opened()
    found = [cache.get(a, b) for a in names for b in names]
    assert found == list(range(len(names) ** 2))
    cache.invalidate_entity("\ud800")
    assert cache.get_stats()["entries"] == (len(names) - 1) ** 2


@pytest.mark.parametrize("from_disk", [False, True])
@pytest.mark.parametrize(
    ("stored", "asked", "age", "hit"),
    [
        (100, None, 99, True),
        (100, None, 100, False),
        (100, 50, 49, True),
        (100, 50, 50, False),
        (100, 500, 100, False),
        (None, None, 10**9, True),
        (None, 60, 60, False),
        (100, 0, 0, False),
        (100, float("nan"), 1, False),
    ],
)
def test_how_long_an_entry_holds(
    stored: float | None,
    asked: float | None,
    age: float,
    hit: bool,
    from_disk: bool,
    opened: Callable[..., CorrelationCache],
    clock: Clock,
) -> None:
    cache = opened()
    cache.set(LAMP, DOOR, 0.5, stored)
    cache.flush()
    clock.now += age
    cache = opened() if from_disk else cache
    assert cache.get(LAMP, DOOR, asked) == (0.5 if hit else None)


def test_too_old_for_one_reader_is_there_for_the_next(cache: CorrelationCache, clock: Clock) -> None:
    cache.set(LAMP, DOOR, 0.5, 100)
    clock.now += 50
    assert cache.get(LAMP, DOOR, 10) is None
    assert cache.get(LAMP, DOOR) == 0.5


@pytest.mark.parametrize("where", ["memory", "unwritten", "disk"])
@pytest.mark.parametrize("ttl", [600, 7200])
def test_a_clock_that_goes_back_an_hour(
    ttl: float, where: str, opened: Callable[..., CorrelationCache], clock: Clock
) -> None:
    cache = opened(0 if where == "unwritten" else 100)
    cache.set(LAMP, DOOR, 0.5, ttl)
    if where != "unwritten":
        cache.flush()
    clock.now -= 3600
    cache = opened() if where == "disk" else cache
    cache.get("another", "pair")
    assert cache.get(LAMP, DOOR) == 0.5
    cache.flush()
    clock.now += ttl - 1
    assert cache.get(LAMP, DOOR) == 0.5
    assert opened().get(LAMP, DOOR) == 0.5
    clock.now += 2
    assert cache.get(LAMP, DOOR) is None
    assert opened().get(LAMP, DOOR) is None


def test_a_clock_that_trembles_changes_nothing(cache: CorrelationCache, clock: Clock) -> None:
    cache.set(LAMP, DOOR, 0.5, 100)
    for step in (-0.4, 0.4, -0.4, 0.4):
        clock.now += step
        assert cache.get(LAMP, DOOR) == 0.5
    clock.now += 100
    assert cache.get(LAMP, DOOR) is None


def test_memory_keeps_what_was_used_last(cache: CorrelationCache, opened: Callable[..., CorrelationCache]) -> None:
    small = opened(2)
    for name in "ab":
        small.set(name, "x", name)
    small.flush()
    assert small.get("a", "x") == "a"
    small.set("c", "x", "c")
    small.flush()
    assert small.get_stats()["memory_entries"] == 2
    for name in "ac":
        small.get(name, "x")
    assert small.get_stats()["disk_hits"] == 0
    assert small.get("b", "x") == "b"
    assert small.get_stats()["disk_hits"] == 1


def test_memory_is_bounded_in_bytes_too(monkeypatch: pytest.MonkeyPatch, cache: CorrelationCache) -> None:
    monkeypatch.setattr(correlation_cache, "MEMORY_BYTES", 50_000)
    for number in range(10):
        cache.set(LAMP, str(number), "x" * 10_000)
    assert cache.get_stats()["memory_entries"] == 4
    assert all(cache.get(LAMP, str(number)) for number in range(10))


def test_the_hit_rate(cache: CorrelationCache, opened: Callable[..., CorrelationCache]) -> None:
    assert cache.get_stats()["hit_rate_percent"] == 0
    cache.set(LAMP, DOOR, 0.5)
    cache.flush()
    other = opened()
    for a, b in [(LAMP, DOOR), (LAMP, DOOR), (DOOR, LAMP)]:
        other.get(a, b)
    found = other.get_stats()
    assert found["hit_rate_percent"] == 66.67
    assert [found[name] for name in ("disk_hits", "memory_hits", "misses")] == [1, 1, 1]
    assert [found[name] for name in ("entries", "memory_entries", "unwritten", "on_disk")] == [1, 1, 0, True]
    assert found["bytes"] >= 4096


def test_one_object_a_file(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with get_correlation_cache(file, 10) as cache:
        (tmp_path / "link.db").symlink_to(file)
        monkeypatch.chdir(tmp_path)
        for path in (str(file), "data/correlation_cache.db", tmp_path / "link.db"):
            assert get_correlation_cache(path, 99) is cache
        assert get_correlation_cache(tmp_path / "other.db", 10) is not cache
        cache.set(LAMP, DOOR, 0.5)
    assert get_correlation_cache(file, 10).get(LAMP, DOOR) == 0.5
    get_correlation_cache(file, 10).close()
    get_correlation_cache(tmp_path / "other.db", 10).close()


def test_the_file_is_for_this_user_alone(cache: CorrelationCache, file: Path) -> None:
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_it_is_on_disk_soon_without_being_told(cache: CorrelationCache, file: Path) -> None:
    cache.set(LAMP, DOOR, 0.5)
    until(lambda: rows(file) == 1)
    until(lambda: cache.get_stats()["unwritten"] == 0)
    cache.set(DOOR, LAMP, 0.5)
    until(lambda: rows(file) == 2)


def test_many_at_once_are_all_written(cache: CorrelationCache, file: Path) -> None:
    for number in range(25_000):
        cache.set(LAMP, str(number), number)
    cache.flush()
    assert rows(file) == 25_000


def test_what_another_wrote_is_seen(opened: Callable[..., CorrelationCache]) -> None:
    ours, theirs = opened(), opened()
    for value in range(5):
        theirs.set(LAMP, DOOR, value)
        theirs.flush()
        assert ours.get(LAMP, DOOR) == value
        assert ours.get(LAMP, DOOR) == value
    assert ours.get_stats()["memory_hits"] == 5


@pytest.mark.parametrize("drop", ["invalidate", "invalidate_entity", "clear"])
def test_an_invalidation_is_seen_at_once(drop: str, opened: Callable[..., CorrelationCache]) -> None:
    ours, theirs = opened(), opened()
    pairs = [(LAMP, DOOR), (DOOR, LAMP), (DOOR, HEAT), (LAMP, LAMP), (HEAT, HEAT)]
    for pair in pairs:
        ours.set(*pair, 1)
    ours.flush()
    assert all(theirs.get(*pair) for pair in pairs)
    {
        "invalidate": lambda: theirs.invalidate(LAMP, DOOR),
        "invalidate_entity": lambda: theirs.invalidate_entity(LAMP),
        "clear": theirs.clear,
    }[drop]()
    left = {"invalidate": pairs[1:], "invalidate_entity": [(DOOR, HEAT), (HEAT, HEAT)], "clear": []}[drop]
    for cache in (ours, theirs, opened()):
        assert [pair for pair in pairs if cache.get(*pair)] == left


def test_what_was_dropped_before_it_was_written_stays_away(
    opened: Callable[..., CorrelationCache], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(correlation_cache, "FLUSH_SECONDS", 3600)
    ours, theirs = opened(), opened()
    ours.set(LAMP, DOOR, "old")
    ours.set(HEAT, DOOR, "kept")
    theirs.invalidate_entity(LAMP)
    ours.set(LAMP, HEAT, "new")
    ours.flush()
    for cache in (ours, theirs):
        assert [cache.get(LAMP, DOOR), cache.get(HEAT, DOOR), cache.get(LAMP, HEAT)] == [None, "kept", "new"]


def test_what_was_dropped_before_it_was_written_is_not_written(
    opened: Callable[..., CorrelationCache], file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(correlation_cache, "FLUSH_SECONDS", 3600)
    ours, theirs = opened(), opened()
    ours.set(LAMP, DOOR, "old")
    ours.set(HEAT, DOOR, "kept")
    theirs.invalidate(LAMP, DOOR)
    ours.flush()
    assert rows(file) == 1
    assert [ours.get(LAMP, DOOR), ours.get(HEAT, DOOR)] == [None, "kept"]


@pytest.mark.parametrize("meanwhile", ["invalidated", "set"])
def test_what_changes_while_it_is_read_is_not_kept(
    meanwhile: str, opened: Callable[..., CorrelationCache], monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened() as writer:
        writer.set(LAMP, DOOR, "old")
    cache = opened()
    read = cache._store.read

    def slowly(key: tuple[str, str]) -> Any:
        row = read(key)
        cache.invalidate(*key) if meanwhile == "invalidated" else cache.set(*key, "new")
        return row

    with monkeypatch.context() as patch:
        patch.setattr(cache._store, "read", slowly)
        cache.get(LAMP, DOOR)
    assert cache.get(LAMP, DOOR) == (None if meanwhile == "invalidated" else "new")


def test_an_invalidation_that_cannot_be_written_yet_holds_here(
    cache: CorrelationCache, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(correlation_cache, "FLUSH_SECONDS", 3600)
    monkeypatch.setattr(correlation_store, "_BUSY_TIMEOUT", 0.05)
    cache.set(LAMP, DOOR, 0.5)
    cache.close()  # the next connection has the short timeout
    assert cache.get(LAMP, DOOR) == 0.5
    blocker = sqlite3.connect(file, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    with capture_logs() as logs:
        cache.invalidate(LAMP, DOOR)
    assert [line["log_level"] for line in logs] == ["warning"]
    assert cache.get(LAMP, DOOR) is None
    cache.set(LAMP, HEAT, 1)
    blocker.execute("COMMIT")
    blocker.close()
    cache.flush()
    assert rows(file) == 1


def test_what_is_too_much_goes_oldest_first(
    opened: Callable[..., CorrelationCache], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(correlation_store, "_TIDY_EVERY", 1)
    monkeypatch.setattr(correlation_rows, "MOST_ENTRIES", 100)
    cache = opened()
    for number in range(130):
        clock.now += 1
        cache.set(LAMP, str(number), number)
        if number % 10 == 9:
            cache.flush()
    cache.flush()
    assert 90 <= cache.get_stats()["entries"] <= 100
    fresh = opened()
    found = [number for number in range(130) if fresh.get(LAMP, str(number)) is not None]
    assert found == list(range(130 - len(found), 130))


def test_what_is_too_large_goes_oldest_first(
    opened: Callable[..., CorrelationCache], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(correlation_store, "_TIDY_EVERY", 100)
    monkeypatch.setattr(correlation_rows, "MOST_BYTES", 1_000_000)
    cache = opened()
    for number in range(300):
        cache.set(LAMP, str(number), "x" * 20_000)
        if number % 5 == 0:
            cache.flush()
    assert cache.get_stats()["bytes"] < 6_000_000
    assert 10 < cache.get_stats()["entries"] < 60


def test_what_has_expired_goes(
    opened: Callable[..., CorrelationCache], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(correlation_store, "_TIDY_EVERY", 1)
    cache = opened()
    cache.set(LAMP, DOOR, 1, 60)
    cache.set(LAMP, HEAT, 1, None)
    cache.flush()
    clock.now += 61
    cache.set(HEAT, DOOR, 1)
    cache.flush()
    assert cache.get_stats()["entries"] == 2


def test_ten_thousand_entries_are_small(opened: Callable[..., CorrelationCache], file: Path) -> None:
    with opened() as cache:
        for number in range(10_000):
            cache.set(f"sensor.room_{number // 100}_motion", f"light.room_{number % 100}_ceiling", number / 7)
        cache.flush()
        assert cache.get_stats()["bytes"] < 10_000_000
    assert file.stat().st_size < 2_000_000


def fill(file: Path, entries: int = 3000) -> None:
    with CorrelationCache(file) as cache:
        for number in range(entries):
            cache.set(f"sensor.{number % 50}", f"light.{number}", {"of": number, "r": number / 7})


def wrong_answers(cache: CorrelationCache, entries: int = 3000) -> list[Any]:
    asked = ((cache.get(f"sensor.{number % 50}", f"light.{number}"), number) for number in range(entries))
    return [found for found, number in asked if found not in (None, {"of": number, "r": number / 7})]


def works(file: Path) -> bool:
    with CorrelationCache(file) as cache:
        cache.set(LAMP, DOOR, 0.5)
    with CorrelationCache(file) as cache:
        return cache.get(LAMP, DOOR) == 0.5


@pytest.mark.parametrize("seed", range(15))
def test_damage_anywhere_is_never_fatal_and_never_a_wrong_answer(seed: int, file: Path) -> None:
    fill(file)
    draw = random.Random(seed)
    with file.open("r+b") as handle:
        size = file.stat().st_size
        for _ in range(draw.choice([1, 10, 1000])):
            handle.seek(draw.randrange(size if seed % 5 else 100))
            handle.write(draw.randbytes(draw.choice([1, 4, 64])))
    with capture_logs() as logs, CorrelationCache(file) as cache:
        assert wrong_answers(cache) == []
        cache.set(LAMP, DOOR, 0.25)
    assert {line["log_level"] for line in logs} <= {"warning"}
    assert works(file)


@pytest.mark.parametrize("seed", range(6))
def test_damage_under_a_running_process(seed: int, file: Path) -> None:
    fill(file)
    draw = random.Random(seed)
    with capture_logs(), CorrelationCache(file, 10) as cache, CorrelationCache(file, 10) as other:
        cache.get("sensor.0", "light.0")
        content = bytearray(file.read_bytes())
        for _ in range(2000):
            content[draw.randrange(100, len(content))] = draw.randrange(256)
        with file.open("r+b") as handle:
            handle.write(content)
        assert wrong_answers(cache) == []
        assert wrong_answers(other) == []
        cache.set(LAMP, DOOR, 0.25)
        cache.flush()
        assert other.get(LAMP, DOOR) == 0.25
    assert works(file)
    assert sound(file)


@pytest.mark.parametrize("content", [b"", b"no database", b"x" * 50_000, b"SQLite format 3\x00" + bytes(4080)])
def test_a_file_that_is_no_database(content: bytes, file: Path) -> None:
    file.parent.mkdir()
    file.write_bytes(content)
    with capture_logs() as logs:
        assert works(file)
    assert len(logs) == (1 if content else 0)
    if content:
        assert file.with_name(file.name + ".damaged").read_bytes() == content


@pytest.mark.parametrize("left", [0.1, 0.5, 0.99])
def test_a_truncated_file(left: float, file: Path) -> None:
    fill(file)
    os.truncate(file, int(file.stat().st_size * left))
    with capture_logs() as logs, CorrelationCache(file) as cache:
        assert wrong_answers(cache) == []
    assert {line["log_level"] for line in logs} <= {"warning"}
    assert works(file)


@pytest.mark.parametrize("change", ["PRAGMA user_version=2", "DROP TABLE pair", "DELETE FROM change"])
def test_another_version_is_replaced(change: str, file: Path) -> None:
    fill(file, 10)
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute(change)
    connection.close()
    with capture_logs() as logs:
        with CorrelationCache(file) as cache:
            assert cache.get("sensor.0", "light.0") is None
        assert works(file)
    assert [line["log_level"] for line in logs] == ["warning"]


def test_a_database_of_something_else_is_left_alone(file: Path) -> None:
    file.parent.mkdir()
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("CREATE TABLE states (state TEXT)")
    connection.close()
    before = file.read_bytes()
    with capture_logs() as logs, CorrelationCache(file) as cache:
        cache.set(LAMP, DOOR, 0.5)
        cache.flush()
        assert cache.get(LAMP, DOOR) == 0.5
        assert not cache.get_stats()["on_disk"]
    assert len(logs) == 1
    assert "CORRELATION_CACHE_DB" in logs[0]["error"]
    assert file.read_bytes() == before


def test_without_a_disk_it_goes_on_in_memory_and_comes_back(
    file: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.mkdir(parents=True)
    with capture_logs() as logs, CorrelationCache(file, clock=clock) as cache:
        for number in range(100):
            cache.set(LAMP, str(number), number)
            cache.flush()
        cache.invalidate(LAMP, "0")
        assert [cache.get(LAMP, str(number)) for number in range(100)] == [None, *range(1, 100)]
        assert not cache.get_stats()["on_disk"]
        file.rmdir()
        monkeypatch.setattr(time, "monotonic", lambda now=time.monotonic: now() + correlation_store.RETRY_SECONDS)
        cache.flush()
        assert rows(file) == 99
    assert len(logs) == 1


@pytest.mark.skipif(not hasattr(os, "setuid"), reason="needs users")
def test_a_folder_that_may_not_be_written_to(tmp_path: Path) -> None:
    folder = tmp_path / "locked"
    folder.mkdir()
    folder.chmod(0o555)
    source = """
cache = CorrelationCache(sys.argv[1])
for number in range(100):
    cache.set("a", str(number), number)
    cache.flush()
assert [cache.get("a", str(number)) for number in range(100)] == list(range(100))
assert not cache.get_stats()["on_disk"]
"""
    # Root may write anywhere; who is nobody may perhaps not read the tests, so it becomes nobody after the import.
    drop = "" if os.geteuid() else "os.chdir('/')\nos.setgroups([])\nos.setgid(65534)\nos.setuid(65534)\n"
    for parent in (tmp_path, *tmp_path.parents[:2]):
        parent.chmod(parent.stat().st_mode | 0o111)
    out, _ = finished(program(drop + source, folder / "cache.db"))
    assert out.count("in memory only") == 1
    assert list(folder.iterdir()) == []


def test_a_full_disk(file: Path) -> None:
    source = """
import resource
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
cache = CorrelationCache(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
for number in range(5000):
    cache.set("a", str(number), "x" * 100)
cache.flush()
cache.flush()
assert all(cache.get("a", str(number)) for number in range(5000))
assert not cache.get_stats()["on_disk"]
"""
    out, _ = finished(program(source, file))
    assert out.count("in memory only") == 1
    with CorrelationCache(file) as cache:
        cache.set(LAMP, DOOR, 0.5)
    assert sound(file)


def test_a_file_that_is_deleted_is_made_again(
    opened: Callable[..., CorrelationCache], file: Path, clock: Clock
) -> None:
    ours, theirs = opened(), opened()
    ours.set(LAMP, DOOR, 0.5)
    ours.flush()
    assert theirs.get(LAMP, DOOR) == 0.5
    for each in file.parent.iterdir():
        each.unlink()
    clock.now += 2
    assert theirs.get(LAMP, DOOR) is None
    theirs.set(LAMP, DOOR, 0.7)
    theirs.flush()
    clock.now += 2
    assert ours.get(LAMP, DOOR) == 0.7
    assert sound(file)


def test_threads(file: Path) -> None:
    cache, wrong = CorrelationCache(file, 50), []

    def work(seed: int) -> None:
        draw = random.Random(seed)
        for count in range(1500):
            a, b = str(draw.randrange(15)), str(draw.randrange(15))
            found = cache.get(a, b)
            if found is not None and found[:2] != [a, b]:
                wrong.append((a, b, found))
            cache.set(a, b, [a, b, count])
            own = f"own {seed}"
            cache.set(own, "x", count)
            if cache.get(own, "x") != count:
                wrong.append((own, count))
            match draw.randrange(200):
                case 0:
                    cache.invalidate(own, "x")
                    wrong.extend([own] if cache.get(own, "x") is not None else [])
                case 1:
                    cache.invalidate_entity(b)
                case 2:
                    cache.flush()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))
    cache.close()
    assert wrong == []
    assert sound(file)


PROCESS = """
file, seed = sys.argv[1], int(sys.argv[2])
draw, own, last = random.Random(seed), f"own {seed}", None
with CorrelationCache(file, 40) as cache:
    for count in range(800):
        a, b = str(draw.randrange(12)), str(draw.randrange(12))
        found = cache.get(a, b)
        assert found is None or found[:2] == [a, b], (a, b, found)
        cache.set(a, b, [a, b, count])
        found = cache.get(own, "x")
        assert found == last, (found, last)
        last = count
        cache.set(own, "x", count)
        match draw.randrange(60):
            case 0:
                cache.invalidate(own, "x")
                last = None
            case 1:
                cache.invalidate_entity(b)
            case 2:
                cache.flush()
print(last)
"""


def test_processes(file: Path) -> None:
    running = [program(PROCESS, file, seed) for seed in range(4)]
    lasts = [finished(each)[0].strip() for each in running]
    with CorrelationCache(file) as cache:
        assert [str(cache.get(f"own {seed}", "x")) for seed in range(4)] == lasts
        assert cache.get_stats()["entries"] <= 12 * 12 + 4
    assert sound(file)


def test_an_invalidation_reaches_another_process_at_once(file: Path) -> None:
    source = """
cache = CorrelationCache(sys.argv[1])
for line in sys.stdin:
    print(cache.get("a", "b"), flush=True)
"""
    head = "import sys\nfrom shared.correlation_cache import CorrelationCache\n"
    command = [sys.executable, "-c", head + source, str(file)]
    with (
        CorrelationCache(file) as cache,
        subprocess.Popen(command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other,
    ):
        assert other.stdin is not None
        assert other.stdout is not None

        def told() -> str:
            assert other.stdin is not None
            assert other.stdout is not None
            other.stdin.write("?\n")
            other.stdin.flush()
            return other.stdout.readline().strip()

        for number in range(200):
            cache.set("a", "b", number)
            cache.flush()
            assert told() == str(number)
            cache.invalidate_entity("b")
            assert told() == "None"
        other.stdin.close()


def test_a_writer_that_is_killed(file: Path) -> None:
    source = """
cache = CorrelationCache(sys.argv[1])
print("here", flush=True)
count = 0
while True:
    count += 1
    a, b = str(count % 40), str(count % 37)
    cache.set(a, b, [a, b, "x" * (count % 300)])
    if count % 50 == 0:
        cache.flush()
    if count % 500 == 0:
        cache.invalidate_entity(a)
"""
    draw = random.Random(7)
    with capture_logs() as logs, CorrelationCache(file, 0) as cache:
        for _ in range(4):
            writer = program(source, file)
            assert writer.stdout is not None
            writer.stdout.readline()
            time.sleep(draw.uniform(0.05, 0.25))
            writer.send_signal(signal.SIGKILL)
            writer.communicate()
            for a in map(str, range(40)):
                for b in map(str, range(37)):
                    found = cache.get(a, b)
                    assert found is None or found[:2] == [a, b]
            cache.set(LAMP, DOOR, 0.5)
            cache.flush()
        assert cache.get(LAMP, DOOR) == 0.5
    assert logs == []
    assert sound(file)


def test_it_is_on_disk_when_the_interpreter_ends(file: Path) -> None:
    source = """
CorrelationCache(sys.argv[1]).set("a", "b", 1)
cache = CorrelationCache(sys.argv[1])
cache.set("b", "c", 2)
"""
    finished(program(source, file))
    with CorrelationCache(file) as cache:
        assert [cache.get("a", "b"), cache.get("b", "c")] == [1, 2]


def test_after_a_fork_both_go_on(file: Path) -> None:
    source = """
import threading
cache = CorrelationCache(sys.argv[1])
cache.set("before", "x", 1)
stop = threading.Event()

def busy():
    count = 0
    while not stop.is_set():
        count += 1
        cache.set("thread", str(count % 20), count)
        cache.get("thread", str(count % 19))
        cache.flush()

thread = threading.Thread(target=busy)
thread.start()
for number in range(10):
    child = os.fork()
    if child == 0:
        assert cache.get_stats()["unwritten"] == 0
        cache.set("child", str(number), number)
        cache.flush()
        assert cache.get("child", str(number)) == number
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    cache.set("parent", str(number), number)
    assert cache.get("child", str(number)) == number
stop.set()
thread.join()
"""
    finished(program(source, file))
    with CorrelationCache(file) as cache:
        assert cache.get("before", "x") == 1
        for who in ("child", "parent"):
            assert [cache.get(who, str(number)) for number in range(10)] == list(range(10))
    assert sound(file)


def test_nothing_is_left_running(file: Path) -> None:
    cache = CorrelationCache(file)
    cache.set(LAMP, DOOR, 0.5)
    cache.close()
    until(lambda: not any(thread.name == "correlation-cache" for thread in threading.enumerate()))
    held = len(correlation_cache._caches)
    del cache
    gc.collect()
    assert len(correlation_cache._caches) < held


@pytest.mark.parametrize("seed", range(5))
def test_three_processes_and_a_dictionary(seed: int, opened: Callable[..., CorrelationCache], clock: Clock) -> None:
    """Whatever is done, in whatever order: when it is on disk, all see the same."""
    draw, truth = random.Random(seed), dict[tuple[str, str], tuple[float, int]]()
    caches = [opened(0), opened(3), opened(100)]
    names = ["a", "b", "c", "d"]
    for count in range(600):
        cache, a, b = draw.choice(caches), draw.choice(names), draw.choice(names)
        match draw.randrange(12):
            case 0:
                cache.invalidate(a, b)
                truth.pop((a, b), None)
            case 1:
                cache.invalidate_entity(a)
                truth = {pair: entry for pair, entry in truth.items() if a not in pair}
            case 2:
                clock.now += draw.choice([0.1, 5, 40])
            case 3 | 4 | 5 | 6:
                ttl = draw.choice([10, 100])
                cache.set(a, b, count, ttl)
                cache.flush()
                truth[a, b] = (clock.now + ttl, count)
            case _:
                until_when, value = truth.get((a, b), (0.0, 0))
                assert cache.get(a, b) == (value if clock.now < until_when else None)
