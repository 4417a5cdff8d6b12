import importlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.database_pool import create_shared_db_engine, dispose_engines, writing

REVISIONS = ("r0003_patterns", "r0004_pattern_days")


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    """A database with the revisions' own tables, and not those of the code."""
    engine = create_shared_db_engine(str(tmp_path / "homeiq.db"))
    async with writing(engine) as connection:
        await connection.run_sync(upgrade)
    yield engine
    await dispose_engines()


def upgrade(connection: Connection, revisions: Sequence[str] = REVISIONS) -> None:
    with Operations.context(MigrationContext.configure(connection)):
        for name in revisions:
            importlib.import_module(f"shared.migrations.versions.{name}").upgrade()
