"""The correlation cache: what was computed for an ordered pair of entities, in memory and on disk, for all processes.

Memory answers in a microsecond, the file behind it (`shared/correlation/store.py`) in ten or so; another process's
writes and invalidations are seen at the next call. Writes are gathered, and put on disk by a thread a quarter of a
second later.
"""

from __future__ import annotations

import atexit
import json
import math
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, Self
from weakref import WeakSet

from shared.correlation.entry import Entry, check_names, entry_of, new_entry, weight
from shared.correlation.rows import CLOCK_SLACK, Drop, Key
from shared.correlation.store import Change, CorrelationStore, Moment

MEMORY_SIZE: Final = 10_000
"""Entries in memory unless told otherwise."""
MEMORY_BYTES: Final = 32 * 1024 * 1024
"""The most that names and values in memory take, however few they are."""
DEFAULT_TTL: Final = 86_400.0
"""Seconds from one nightly analysis to the next."""
FLUSH_SECONDS: Final = 0.25
FLUSH_ENTRIES: Final = 2000
UNWRITTEN_LIMIT: Final = 5000
"""Unwritten entries at which `set` waits for the disk."""

_LONGEST_PAUSE = 60.0
_OWED_LIMIT = 1000
_LARGE_ENTRY = 1024


class CorrelationCache:
    """A cache of JSON values by ordered pairs of names: (a, b) is another entry than (b, a).

    For any thread and any task: `get` of what is in memory, and `set`, wait for no disk; an invalidation and `flush`
    have written when they return. `max_memory_size` entries stay in memory, the least recently used go first. On disk
    are 200,000 entries or 64 MB, and a tenth more at most; the oldest go first.

    - **Other processes** see a value when it is on disk (after 0.25 s, or `flush`), an invalidation when it returns.
    - **A process that is killed** (`kill -9`, SIGTERM without a handler, `os._exit`) loses what it set in its last
      quarter of a second. At the interpreter's exit and at `close` everything is written.
    - **The disk** is never an error. A damaged file, or one of another version, is renamed to `….damaged` and begun
      anew; a database of something else is left alone. Where the disk can't be used, this is logged, once, the cache
      goes on in memory, and the disk is tried again every minute.
    - **A clock that goes back**: what is stamped later than the new time counts as stored when that is noticed, which
      is at the next lookup. So nothing vanishes, and nothing lives longer from then on than something new would.
    - **After a fork** parent and child open the file anew; what was unwritten is the parent's to write.
    """

    def __init__(
        self,
        cache_db_path: str | Path,
        max_memory_size: int = MEMORY_SIZE,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if max_memory_size < 0:
            raise ValueError("max_memory_size must not be negative")
        self._most, self._clock = max_memory_size, clock
        self._store = CorrelationStore(Path(cache_db_path).absolute())
        self._flushing, self._lock = threading.Lock(), threading.Lock()  # taken in this order, the store's between them
        self._memory: OrderedDict[Key, Entry] = OrderedDict()
        self._unwritten: OrderedDict[Key, Entry] = OrderedDict()
        self._owed: list[Drop] = []
        self._bytes, self._waiting = 0, 0
        # An entry of an earlier epoch may have been changed by another process, and is read again.
        self._epoch, self._turn = 0, 0
        self._known: Moment = (0, 0)
        self._stamp, self._seen, self._looked = self._store.stamp, 0, -math.inf
        self._memory_hits, self._disk_hits, self._misses = 0, 0, 0
        self._untidy, self._scheduled = False, False
        self._hurry = threading.Event()
        with _registry_lock:
            _caches.add(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def get(self, a: str, b: str, ttl_seconds: float | None = None, default: Any = None) -> Any:
        """The value of the pair, or `default`; the caller may change what it gets.

        An entry is a miss when it is older than it was stored for, and also when it is older than this call's
        `ttl_seconds`; it stays for readers that take older ones. None: what it was stored with decides. A longer one
        does not prolong.
        """
        now = self._clock()
        if self._stamp[0] != self._seen or not -1.0 < now - self._looked < 1.0:
            self._look(now)
        key = (a, b)
        with self._lock:
            entry = self._memory.get(key)
            if entry is not None and entry.epoch == self._epoch:
                age = now - entry.stored_at
                if age < entry.lifetime and (ttl_seconds is None or age < ttl_seconds):
                    self._memory.move_to_end(key)
                    self._memory_hits += 1
                    return json.loads(entry.value) if entry.is_json else entry.value
            else:
                entry = self._unwritten.get(key)
            if entry is not None:
                found = entry.fresh(now, ttl_seconds)
                self._memory_hits, self._misses = self._memory_hits + found, self._misses + (not found)
                return entry.content() if found else default
        return self._get_from_disk(key, now, ttl_seconds, default)

    def set(self, a: str, b: str, value: Any, ttl_seconds: float | None = DEFAULT_TTL) -> None:
        """Keep a value for so many seconds (a day unless told; None: until it is dropped).

        The value is what JSON can say: None, true, false, finite numbers, text, lists, and dicts with text as keys.
        Names are any text. Raises CacheError for anything else (NaN, tuples, sets, objects), for more than 64 KiB, and
        for a lifetime that is not above 0.
        """
        now = self._clock()
        if self._stamp[0] != self._seen or not -1.0 < now - self._looked < 1.0:
            self._look(now)
        entry = new_entry(a, b, value, now, ttl_seconds)
        key = (a, b)
        with self._lock:
            entry.epoch = self._epoch
            self._keep(key, entry)
            self._unwritten.pop(key, None)
            self._unwritten[key] = entry
            self._waiting += 1 + weight(key, entry) // _LARGE_ENTRY
            waiting = self._waiting
        if waiting >= UNWRITTEN_LIMIT:
            self._make_room()
        self._schedule(hurry=waiting >= FLUSH_ENTRIES)

    def invalidate(self, a: str, b: str) -> None:
        """Forget one ordered pair, in all processes."""
        check_names(a, b)
        self._drop(Drop(a, b))

    def invalidate_entity(self, entity: str) -> None:
        """Forget every pair that the entity is in, on either side, in all processes."""
        check_names(entity, "")
        self._drop(Drop(entity))

    def clear(self) -> None:
        """Forget all pairs, in all processes."""
        self._drop(Drop())

    def get_stats(self) -> dict[str, Any]:
        """How the cache does: lookups of this object, and what it holds.

        `hit_rate_percent` (0 before the first lookup), `memory_hits`, `disk_hits`, `misses`; `memory_entries`,
        `unwritten`; `entries` and `bytes` on disk, and whether the disk is in use (`on_disk`). Counting reads the disk.
        """
        with self._lock:
            hits = self._memory_hits + self._disk_hits
            lookups = hits + self._misses
            found = {
                "hit_rate_percent": round(100 * hits / lookups, 2) if lookups else 0.0,
                "memory_hits": self._memory_hits,
                "disk_hits": self._disk_hits,
                "misses": self._misses,
                "memory_entries": len(self._memory),
                "unwritten": len(self._unwritten),
            }
        entries, size = self._store.count(), self._store.size()
        return {**found, "entries": entries, "bytes": size, "on_disk": self._store.available}

    def flush(self) -> None:
        """Put on disk what was set so far. Where the disk can't be used, it waits for the next time."""
        with self._flushing:
            now = self._clock()
            with self._lock:
                self._waiting = 0
                batch, owed, tidy, known = dict(self._unwritten), list(self._owed), self._untidy, self._known
            if not (batch or owed or tidy):
                return
            rows = ((key, entry.row()) for key, entry in batch.items())
            change = self._store.write(known, owed, rows, now=now, clean=tidy)
            if change is None:
                return
            with self._lock:
                self._absorb(change)
                for key, entry in batch.items():
                    if self._unwritten.get(key) is entry:
                        del self._unwritten[key]
                        entry.epoch = self._epoch
                done = set(owed)
                self._owed = [drop for drop in self._owed if drop not in done]
                self._untidy, self._turn = self._untidy and not tidy, self._turn + 1

    def close(self) -> None:
        """Write what is unwritten, and let go of file and memory. A later call opens the cache again."""
        self.flush()
        with self._lock:
            self._memory.clear()
            self._unwritten.clear()
            self._owed.clear()
            self._bytes, self._untidy, self._turn = 0, False, self._turn + 1
        self._hurry.set()
        self._store.close()

    def _get_from_disk(self, key: Key, now: float, ttl_seconds: float | None, default: Any) -> Any:
        check_names(*key)
        with self._lock:
            owed = any(drop.covers(key) for drop in self._owed)
            epoch, turn = self._epoch, self._turn
        row = None if owed else self._store.read(key)
        entry = None if row is None else entry_of(row)
        from_the_future = entry is not None and entry.stored_at > now + CLOCK_SLACK
        if entry is not None and from_the_future:
            entry.stored_at, self._untidy = now, True
        with self._lock:
            found = entry is not None and entry.fresh(now, ttl_seconds)
            self._disk_hits, self._misses = self._disk_hits + found, self._misses + (not found)
            # What was set, dropped or written while we read is newer than what we have read.
            unchanged = (epoch, turn) == (self._epoch, self._turn) and key not in self._unwritten
            if entry is not None and unchanged and entry.fresh(now, None):
                entry.epoch = epoch
                self._keep(key, entry)
        if from_the_future:
            self._schedule()
        return entry.content() if entry is not None and found else default

    def _keep(self, key: Key, entry: Entry) -> None:
        self._forget(key)
        self._memory[key] = entry
        self._bytes += weight(key, entry)
        while self._memory and (len(self._memory) > self._most or self._bytes > MEMORY_BYTES):
            self._forget(next(iter(self._memory)))

    def _forget(self, key: Key) -> None:
        entry = self._memory.pop(key, None)
        if entry is not None:
            self._bytes -= weight(key, entry)

    def _drop(self, drop: Drop) -> None:
        self._look(self._clock())
        with self._lock:
            for key in _covered(drop, self._memory):
                self._forget(key)
            for key in _covered(drop, self._unwritten):
                del self._unwritten[key]
            self._owed = [*self._owed, drop] if len(self._owed) < _OWED_LIMIT else [Drop()]
            self._turn += 1
        self.flush()
        if self._owed:
            self._schedule()

    def _look(self, now: float) -> None:
        """Take in what other processes did, and whether the clock went back."""
        self._stamp = self._store.stamp
        seen = self._stamp[0]
        change = self._store.look(self._known)
        with self._lock:
            if change is not None:
                self._absorb(change)
            went_back = now < self._looked - CLOCK_SLACK
            if went_back:
                for entry in (*self._memory.values(), *self._unwritten.values()):
                    entry.stored_at = min(entry.stored_at, now)
                self._untidy = True
            self._seen, self._looked = seen, now
        if went_back:
            self._schedule()

    def _absorb(self, change: Change) -> None:
        if change.before > self._known:
            self._epoch += 1
            drops = [drop for number, drop in change.drops if number > self._known[1]]
            for drop in drops:
                for key in _covered(drop, self._unwritten):
                    del self._unwritten[key]
        self._known = max(self._known, change.after)

    def _make_room(self) -> None:
        """Write now; of what can't be written, the older half is too much to remember."""
        self.flush()
        with self._lock:
            self._waiting = 0
            while len(self._unwritten) > UNWRITTEN_LIMIT // 2:
                self._unwritten.popitem(last=False)

    def _schedule(self, *, hurry: bool = False) -> None:
        """Have everything written soon, by a thread that ends when it is."""
        with self._lock:
            start, self._scheduled = not self._scheduled, True
        if hurry:
            self._hurry.set()
        if start:
            try:
                threading.Thread(target=self._flush_soon, name="correlation-cache", daemon=True).start()
            except RuntimeError:  # the interpreter is ending, or there are too many threads: at exit, then
                self._scheduled = False

    def _flush_soon(self) -> None:
        pause = FLUSH_SECONDS
        while True:
            self._hurry.wait(pause)
            self._hurry.clear()
            self.flush()
            with self._lock:
                if not (self._unwritten or self._owed or self._untidy):
                    self._scheduled = False
                    return
            pause = FLUSH_SECONDS if self._store.available else min(2 * pause, _LONGEST_PAUSE)

    def _hold(self) -> None:
        self._flushing.acquire()
        self._store.hold()
        self._lock.acquire()

    def _release(self, *, child: bool) -> None:
        if child:
            self._unwritten.clear()
            self._owed.clear()
            self._scheduled, self._hurry = False, threading.Event()
        self._lock.release()
        self._store.release()
        self._flushing.release()


def get_correlation_cache(cache_db_path: str | Path, max_memory_size: int = MEMORY_SIZE) -> CorrelationCache:
    """The cache of a file: the same one for the same path in this process. The size counts at the first call."""
    path = Path(os.path.realpath(cache_db_path))
    with _registry_lock:
        if path not in _shared:
            _shared[path] = CorrelationCache(path, max_memory_size)
        return _shared[path]


def _covered(drop: Drop, entries: Mapping[Key, Entry]) -> list[Key]:
    if drop.a is not None and drop.b is not None:
        return [key] if (key := (drop.a, drop.b)) in entries else []
    return [key for key in entries if drop.covers(key)]


_registry_lock = threading.RLock()
_shared: dict[Path, CorrelationCache] = {}
_caches: WeakSet[CorrelationCache] = WeakSet()
_held: list[CorrelationCache] = []


def _before_fork() -> None:
    _registry_lock.acquire()
    _held.extend(_caches)
    for cache in _held:
        cache._hold()  # noqa: SLF001 - this module's own


def _after_fork(*, child: bool) -> None:
    for cache in _held:
        cache._release(child=child)  # noqa: SLF001 - this module's own
    _held.clear()
    _registry_lock.release()


def _close_all() -> None:
    with _registry_lock:
        caches = list(_caches)
    for cache in caches:
        cache.close()


atexit.register(_close_all)
os.register_at_fork(
    before=_before_fork,
    after_in_parent=lambda: _after_fork(child=False),
    after_in_child=lambda: _after_fork(child=True),
)
