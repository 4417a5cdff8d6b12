"""Bring a database to the schema of this program, or say why that can't be."""

import asyncio
import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import SecretStr
from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.database_pool import (
    BUSY_TIMEOUT,
    create_shared_db_engine,
    dispose_engines,
    explain,
    file_lock,
    normalised_url,
    prepare_sqlite_file,
    reading,
    translated,
    writing,
)
from shared.errors import DatabaseError
from shared.settings import database_file

REVISIONS: Final = ("0001", "0002", "0003", "0004", "0005", "0006", "0007")
"""All revisions, oldest first. Kept beside Alembic's own list, whose import takes half a second at each start."""
HEAD: Final = REVISIONS[-1]

_VERSION_TABLE = "alembic_version"
_SCRIPTS = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class MigrationOutcome:
    """From which revision (None: an empty database) to which, and the copy that was made before."""

    before: str | None
    after: str
    backup: Path | None = None

    @property
    def changed(self) -> bool:
        """Whether anything was done."""
        return self.before != self.after


def migrate(url: str | SecretStr) -> MigrationOutcome:
    """Make or upgrade the schema, once, whoever else tries at the same time; all of it or nothing.

    Blocks: from a coroutine, `await asyncio.to_thread(migrate, url)`. An older SQLite file is copied first, beside it,
    as `<file>.before-<revision>`. Raises DatabaseError in one line, for a newer schema too.
    """
    name = normalised_url(url)
    file = database_file(name)
    if file is None:
        return asyncio.run(_migrate_server(name))
    prepare_sqlite_file(file)
    with translated(file), file_lock(file):
        return _migrate_file(file)


async def check_schema(engine: AsyncEngine) -> None:
    """Raise DatabaseError unless the database has the schema that this program was written for."""
    async with reading(engine) as connection:
        revision = await connection.run_sync(_server_revision)
    _refuse_unknown(revision)
    if revision != HEAD:
        raise DatabaseError(
            f"The database has schema {revision or 'none'}, not {HEAD}: start `homeiq up`, which upgrades it."
        )


def _migrate_file(file: Path) -> MigrationOutcome:
    before = _file_revision(file)
    _refuse_unknown(before)
    if before == HEAD:
        return MigrationOutcome(before, HEAD)
    backup = _back_up(file) if before else None
    engine = create_engine(f"sqlite:///{file}", connect_args={"timeout": BUSY_TIMEOUT, "isolation_level": None})
    # The driver's own transactions leave DDL outside. Foreign keys are off here: batch mode replaces whole tables.
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    try:
        with engine.begin() as connection:
            _upgrade(connection)
    except SQLAlchemyError as error:
        raise explain(getattr(error, "orig", None), file) or _failed(error) from error
    finally:
        engine.dispose()
    return MigrationOutcome(before, HEAD, backup)


async def _migrate_server(url: str) -> MigrationOutcome:
    engine = create_shared_db_engine(url)
    try:
        async with writing(engine) as connection:
            before = await connection.run_sync(_server_revision)
            _refuse_unknown(before)
            if before != HEAD:
                await connection.run_sync(_upgrade)
    except SQLAlchemyError as error:
        raise _failed(error) from error
    finally:
        await dispose_engines()
    return MigrationOutcome(before, HEAD)


def _upgrade(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415 - half a second, and seldom needed
    from alembic.config import Config  # noqa: PLC0415 - the same

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, HEAD)


def _file_revision(file: Path) -> str | None:
    with closing(sqlite3.connect(file, timeout=BUSY_TIMEOUT)) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if not tables:
            return None
        if _VERSION_TABLE not in tables:
            raise DatabaseError(
                f"{file} is the database of another program: set DATABASE_PATH to a file of HomeIQ's own."
            )
        row = connection.execute(f"SELECT version_num FROM {_VERSION_TABLE}").fetchone()  # noqa: S608 - a constant
    return str(row[0]) if row else None


def _server_revision(connection: Connection) -> str | None:
    if not connection.dialect.has_table(connection, _VERSION_TABLE):
        return None
    return connection.execute(text(f"SELECT version_num FROM {_VERSION_TABLE}")).scalar()  # noqa: S608 - a constant


def _refuse_unknown(revision: str | None) -> None:
    if revision is not None and revision not in REVISIONS:
        raise DatabaseError(
            f"The database has schema {revision}, this HomeIQ knows {HEAD} at most: install the newer HomeIQ again, or "
            "restore a backup from before its upgrade."
        )


def _back_up(file: Path) -> Path:
    target = file.with_name(f"{file.name}.before-{HEAD}")
    draft = file.with_name(f"{target.name}.draft")
    draft.unlink(missing_ok=True)
    os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(draft)) as copy:
        source.backup(copy)
    draft.replace(target)
    return target


def _failed(error: SQLAlchemyError) -> DatabaseError:
    return DatabaseError(f"The database could not be upgraded, and is as it was before ({type(error).__name__}).")
