"""aiosqlite with one hop to the connection's thread for each statement, where it takes four: the hop is what costs.

A cursor is made, executed, fetched and closed in one go. None outlives its statement, which would keep a transaction
open behind a closed connection.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Self

import aiosqlite

_ITER_CHUNK = 64


class OneHopConnection(aiosqlite.Connection):
    """A connection whose cursors know their rows as soon as they are executed. For SQLAlchemy's `async_creator`."""

    @classmethod
    def to(cls, file: Path, timeout: float) -> OneHopConnection:
        """A connection to a file, to be awaited; the driver opens no transaction of its own. `timeout` in seconds."""
        connection = cls(lambda: sqlite3.connect(file, timeout=timeout, isolation_level=None), _ITER_CHUNK)
        connection._thread.daemon = True  # as SQLAlchemy has it: a connection left open must not keep the process
        return connection

    def cursor(self) -> OneHopCursor:  # type: ignore[override]
        """A cursor, without asking the thread for one."""
        return OneHopCursor(self)

    async def in_thread(self, function: Any, *arguments: Any) -> Any:
        """Call a function with the sqlite3 connection, in its thread."""
        return await self._execute(function, self._conn, *arguments)  # type: ignore[no-untyped-call]


class OneHopCursor:
    """What SQLAlchemy asks of a cursor of aiosqlite."""

    arraysize = 1

    def __init__(self, connection: OneHopConnection) -> None:
        self._connection = connection
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self._rows: list[Any] = []

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, statement: str, parameters: Sequence[Any] | None = None) -> None:
        """Execute a statement and take its rows."""
        self._take(await self._connection.in_thread(_execute, statement, parameters or ()))

    async def executemany(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        """Execute a statement for each row of parameters."""
        self._take(await self._connection.in_thread(_executemany, statement, rows))

    def _take(self, done: tuple[Any, int, int | None, list[Any]]) -> None:
        self.description, self.rowcount, self.lastrowid, self._rows = done

    async def fetchall(self) -> list[Any]:
        """The rows, once."""
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        """Is closed already."""


def _execute(connection: sqlite3.Connection, statement: str, parameters: Sequence[Any]) -> Any:
    cursor = connection.cursor()
    try:
        cursor.execute(statement, parameters)
        return _outcome(cursor)
    finally:
        cursor.close()


def _executemany(connection: sqlite3.Connection, statement: str, rows: Iterable[Sequence[Any]]) -> Any:
    cursor = connection.cursor()
    try:
        cursor.executemany(statement, rows)
        return _outcome(cursor)
    finally:
        cursor.close()


def _outcome(cursor: sqlite3.Cursor) -> tuple[Any, int, int | None, list[Any]]:
    rows = cursor.fetchall() if cursor.description else []  # only then is the row count known of what returns rows
    return cursor.description, cursor.rowcount, cursor.lastrowid, rows
