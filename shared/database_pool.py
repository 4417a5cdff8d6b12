"""The database: one engine per URL, process and event loop; reads side by side, writes one at a time.

SQLite is set up as several processes need it: WAL, a busy timeout, and transactions that SQLAlchemy opens itself, since
with the driver's own ones concurrent read-modify-writes are lost without an error. What goes wrong with the file comes
as DatabaseError with one sentence, from wherever the engine is used.
"""

import asyncio
import errno
import fcntl
import os
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any, Final
from weakref import WeakKeyDictionary

from pydantic import SecretStr
from sqlalchemy import Connection, event, text
from sqlalchemy.engine import Engine, ExceptionContext
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.pool import QueuePool

from shared.errors import DatabaseError
from shared.settings import database_file, database_url
from shared.sqlite_driver import OneHopConnection

POOL_SIZE: Final = 10
MAX_OVERFLOW: Final = 5
CONNECTION_LIMIT: Final = 20
"""The most connections of one worker."""
BUSY_TIMEOUT: Final = 30.0
"""Seconds that a connection waits for another process's write."""
RECYCLE_SECONDS: Final = 1800
"""Age at which a pooled connection is closed and replaced."""
PAGE_CACHE_KIB: Final = 65536

_PRAGMAS = f"""
PRAGMA synchronous=NORMAL;
PRAGMA cache_size=-{PAGE_CACHE_KIB};
PRAGMA temp_store=MEMORY;
PRAGMA foreign_keys=ON;
"""
_BEGIN = "homeiq_begin"
_IMMEDIATE = "BEGIN IMMEDIATE"
_WRITER_LOCK_KEY = 0x686F6D65
_LOCK_PAUSE = 0.05

_REMEDIES = {
    sqlite3.SQLITE_NOTADB: "is not a SQLite database: move it away, or set DATABASE_PATH to another file",
    sqlite3.SQLITE_CORRUPT: "is damaged: restore a backup, or move it away to start with an empty one",
    sqlite3.SQLITE_READONLY: "can't be written: give this user write access to it and to its folder",
    sqlite3.SQLITE_PERM: "can't be written: give this user write access to it and to its folder",
    sqlite3.SQLITE_CANTOPEN: "can't be opened: check that its folder exists and that this user may write there",
    sqlite3.SQLITE_FULL: "can't grow: free some space on its disk",
    sqlite3.SQLITE_IOERR: "can't be read or written: check its disk, which must be local and no network share",
    sqlite3.SQLITE_BUSY: "is held by another process for too long: end that process and try again",
    sqlite3.SQLITE_LOCKED: "is held by another process for too long: end that process and try again",
}

_engines: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, AsyncEngine]] = WeakKeyDictionary()
_writers: WeakKeyDictionary[Engine, "_Writer"] = WeakKeyDictionary()


def create_shared_db_engine(
    url: str | SecretStr, *, pool_size: int = POOL_SIZE, max_overflow: int = MAX_OVERFLOW
) -> AsyncEngine:
    """The engine of a database: the same one for the same URL in this process and running event loop.

    A connection belongs to the loop it was made in, so a second loop (a test's, a thread's) gets an engine of its own,
    and each loop ends with `dispose_engines()`. Sizes count at the first call. A SQLite file that is missing is made,
    mode 0600, in a folder of mode 0700. Raises DatabaseError where the database can't be used.
    """
    if pool_size + max_overflow > CONNECTION_LIMIT:
        raise ValueError(f"a worker takes at most {CONNECTION_LIMIT} connections")
    engines = _engines.setdefault(asyncio.get_running_loop(), {})
    name = normalised_url(url)
    if name not in engines:
        engines[name] = _create(name, pool_size, max_overflow)
    return engines[name]


def create_shared_session_maker(
    database: AsyncEngine | str | SecretStr, *, read_only: bool = False
) -> async_sessionmaker[AsyncSession]:
    """Makes sessions on the shared engine. Unless `read_only`, they open with the write lock: keep them short."""
    engine = database if isinstance(database, AsyncEngine) else create_shared_db_engine(database)
    bind = engine if read_only else engine.execution_options(**{_BEGIN: _IMMEDIATE})
    return async_sessionmaker(bind, expire_on_commit=False)


async def dispose_engines() -> None:
    """Close all connections of the running event loop's engines. The next call for an engine makes a new one."""
    for engine in _engines.pop(asyncio.get_running_loop(), {}).values():
        if (writer := _writers.pop(engine.sync_engine, None)) is not None:
            await writer.close()
        await engine.dispose()


@asynccontextmanager
async def reading(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection that sees the database as it was at its first query. What is written with it is rolled back."""
    connection = await _connect(engine)
    try:
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def writing(engine: AsyncEngine, *, durable: bool = False) -> AsyncIterator[AsyncConnection]:
    """A transaction that holds the write lock from its start: commits at the end, rolls back on any error.

    All writers of this process go through one connection, one after the other, in order: SQLite's own waiting is a
    lottery. Await nothing but the database inside. What a `durable` transaction commits survives a power cut
    (synchronous FULL); of the others a power cut may take the last ones, and never a part of one.
    """
    async with _writer(engine).transaction(durable=durable) as connection:
        yield connection


def write_trouble(engine: AsyncEngine) -> DatabaseError | None:
    """Why the last write of this process failed, where the database was to blame."""
    return _writer(engine).trouble


def pool_statistics(engine: AsyncEngine) -> dict[str, int]:
    """How the engine stands: its pool's connections (in use, idle, above its size, the most it may have), and writing.

    `writes` counts the transactions of this process, `durable_writes` those of them that were synced to the disk,
    `writers_waiting` how many wait for their turn now.
    """
    pool = engine.sync_engine.pool
    if not isinstance(pool, QueuePool):
        return {}
    writer = _writer(engine)
    return writer.statistics() | {
        "size": pool.size(),
        "in_use": pool.checkedout() - writer.resting,
        "idle": pool.checkedin(),
        "overflow": max(0, pool.overflow()),
        "limit": pool.size() + pool._max_overflow,  # noqa: SLF001 - the pool tells it nowhere else
    }


class _Writer:
    """The one connection by which this process writes to a database; opened at the first write, and after an error."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine.execution_options(**{_BEGIN: _IMMEDIATE})
        self._lock = asyncio.Lock()
        self._connection: AsyncConnection | None = None
        self._durable = False
        self._writes = self._durable_writes = self._waiting = 0
        self.trouble: DatabaseError | None = None

    @asynccontextmanager
    async def transaction(self, *, durable: bool) -> AsyncIterator[AsyncConnection]:
        self._waiting += 1
        try:
            await self._lock.acquire()
        finally:
            self._waiting -= 1
        try:
            connection = await self._ready(durable=durable)
            async with connection.begin():
                yield connection
            self._writes += 1
            self._durable_writes += durable
            self.trouble = None
        except BaseException as error:
            if isinstance(error, DatabaseError):
                self.trouble = error
            # Whatever state it is in: the pool rolls back and checks, the next write takes another.
            await self._let_go()
            raise
        finally:
            self._lock.release()

    async def _ready(self, *, durable: bool) -> AsyncConnection:
        if self._connection is None:
            self._connection = await _connect(self._engine)
            self._durable = False
        if durable != self._durable and self._engine.dialect.name == "sqlite":
            await _set_synchronous(self._connection, "FULL" if durable else "NORMAL")
            self._durable = durable
        return self._connection

    async def _let_go(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(DBAPIError, DatabaseError):
                # Back in the pool it may be used by a reader: the speed of its commits is nobody's business there.
                await connection.close()

    async def close(self) -> None:
        async with self._lock:
            await self._let_go()

    @property
    def resting(self) -> bool:
        """Whether it keeps a connection that it does not use now."""
        return self._connection is not None and not self._lock.locked()

    def statistics(self) -> dict[str, int]:
        return {
            "writes": self._writes,
            "durable_writes": self._durable_writes,
            "writers_waiting": self._waiting,
        }


def _writer(engine: AsyncEngine) -> _Writer:
    writer = _writers.get(engine.sync_engine)
    if writer is None:
        writer = _writers[engine.sync_engine] = _Writer(engine)
    return writer


async def _set_synchronous(connection: AsyncConnection, mode: str) -> None:
    """Outside a transaction, and so past SQLAlchemy, which would open one."""
    driver = (await connection.get_raw_connection()).driver_connection
    assert driver is not None  # noqa: S101 - for the type checker
    cursor = await driver.execute(f"PRAGMA synchronous={mode}")
    await cursor.close()


def normalised_url(url: str | SecretStr) -> str:
    """The URL with its async driver, as engines are kept by. Raises DatabaseError."""
    try:
        return database_url(url.get_secret_value() if isinstance(url, SecretStr) else url)
    except ValueError as error:
        raise DatabaseError(f"The URL of the database {error}.") from None


def prepare_sqlite_file(file: Path) -> None:
    """Make a SQLite file usable by several processes: it exists, is a sound database, and in WAL mode.

    Raises DatabaseError with one sentence.
    """
    _make_file(file)
    with translated(file):
        if _journal_mode(file) == "wal":
            return
        # SQLite lets no two processes switch at once: the second fails at once, whatever its timeout.
        with file_lock(file):
            if _journal_mode(file, "=WAL") != "wal":
                raise DatabaseError(f"{file} must lie on a local disk: its file system has no shared memory.")


@contextmanager
def file_lock(file: Path, timeout: float = 60.0) -> Iterator[None]:
    """Hold the lock of a database file against other processes; the lock is a file beside it, and goes with us.

    Blocks the thread, `timeout` seconds at most, then raises DatabaseError.
    """
    handle = os.open(f"{file}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _acquire(handle, file, time.monotonic() + timeout)
        yield
    finally:
        os.close(handle)


@contextmanager
def translated(file: Path) -> Iterator[None]:
    """Turn what SQLite and the file system say of a file into DatabaseError."""
    try:
        yield
    except sqlite3.Error as error:
        known = explain(error, file)
        if known is None:
            raise
        raise known from error
    except OSError as error:
        raise DatabaseError(
            f"{file} can't be used ({error.strerror}): check the path and this user's rights."
        ) from error


def explain(error: BaseException | None, file: Path) -> DatabaseError | None:
    """What an error of SQLite means for whoever runs this, or None where it is about the statement."""
    # The low byte is the error, the rest its variety.
    remedy = _REMEDIES.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
    return DatabaseError(f"{file} {remedy}.") if remedy else None


def _create(url: str, pool_size: int, max_overflow: int) -> AsyncEngine:
    file = database_file(url)
    if file is not None:
        prepare_sqlite_file(file)
    # The driver opens no transaction of its own: `_begin` does.
    driver: dict[str, Any] = {} if file is None else {"async_creator": _opener(file)}
    try:
        engine = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=max_overflow,
            pool_pre_ping=file is None,  # a server may have gone; a local file has not, and asking costs 0.8 ms
            pool_recycle=RECYCLE_SECONDS,
            **driver,
        )
    except ModuleNotFoundError as error:
        raise DatabaseError("PostgreSQL needs a driver: install the package asyncpg.") from error
    if file is None:
        event.listen(engine.sync_engine, "begin", _lock_out_writers)
    else:
        _listen(engine.sync_engine, file)
    return engine


def _opener(file: Path) -> Callable[[], Awaitable[OneHopConnection]]:
    async def opened() -> OneHopConnection:
        connection = OneHopConnection.to(file, BUSY_TIMEOUT)
        await connection
        return connection

    return opened


def _listen(engine: Engine, file: Path) -> None:
    def explained(context: ExceptionContext) -> DatabaseError | None:
        return None if context.is_pre_ping else explain(context.original_exception, file)

    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "invalidate", _roll_back)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "handle_error", explained)


def _set_pragmas(connection: Any, _record: object) -> None:
    # One hop to the connection's thread instead of one a pragma.
    connection.run_async(lambda driver: driver.executescript(_PRAGMAS))


def _roll_back(connection: Any, _record: object, _error: BaseException | None) -> None:
    """Let go of the write lock before a connection is given up, as one is whose statement was cancelled.

    SQLite closes a connection only when the last cursor is gone, which an exception's traceback may hold for long:
    until then its transaction would stay open, and nobody could write.
    """
    with suppress(sqlite3.Error, ValueError):
        connection.run_async(lambda driver: driver.rollback())


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN, "BEGIN"))


def _lock_out_writers(connection: Connection) -> None:
    """PostgreSQL's BEGIN IMMEDIATE: one writer at a time, among all processes, until the transaction ends."""
    if connection.get_execution_options().get(_BEGIN) == _IMMEDIATE:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _WRITER_LOCK_KEY})


async def _connect(engine: AsyncEngine) -> AsyncConnection:
    """A connection of the pool. Cancelling never leaves a half-opened one behind, whose thread would go on."""
    with _reachable(engine):
        pool = engine.sync_engine.pool
        if isinstance(pool, QueuePool) and pool.checkedin():
            return await engine.connect()
        opening = asyncio.ensure_future(_open(engine))
        try:
            return await asyncio.shield(opening)
        except asyncio.CancelledError:
            with suppress(DBAPIError, DatabaseError, OSError):
                await (await opening).close()
            raise


async def _open(engine: AsyncEngine) -> AsyncConnection:
    return await engine.connect()


@contextmanager
def _reachable(engine: AsyncEngine) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DatabaseError(
            f"The database at {engine.url.host} can't be reached: start it, or check DATABASE_URL."
        ) from error
    except DBAPIError as error:
        raise DatabaseError(
            f"The database at {engine.url.host or engine.url.database} refused the connection: "
            "check user, password and database in DATABASE_URL."
        ) from error


def _make_file(file: Path) -> None:
    with translated(file):
        missing = [folder for folder in file.parents if not folder.exists()]
        for folder in reversed(missing):
            folder.mkdir(mode=0o700, exist_ok=True)
        # Only to make it: closing a file drops all POSIX locks that this process has on it, SQLite's too.
        try:
            os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        except FileExistsError:
            if file.is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR)) from None


def _journal_mode(file: Path, change: str = "") -> str:
    """The journal mode; reading it, and the schema, tells at once whether this is a sound database."""
    connection = sqlite3.connect(file, timeout=BUSY_TIMEOUT, isolation_level=None)
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        return str(connection.execute(f"PRAGMA journal_mode{change}").fetchone()[0])
    finally:
        connection.close()


def _acquire(handle: int, file: Path, until: float) -> None:
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                raise DatabaseError(f"{file} is being set up by another process: wait for it or end it.") from None
            time.sleep(_LOCK_PAUSE)
        else:
            return
