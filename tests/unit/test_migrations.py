import asyncio
import sqlite3
import stat
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from shared.database_pool import create_shared_db_engine, dispose_engines
from shared.errors import DatabaseError
from shared.migrations import HEAD, REVISIONS, MigrationOutcome, check_schema, migrate, schema

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "shared/migrations"
TABLES = {
    "home_registry": ["kind", "item_id", "position", "document"],
    "home_states": ["entity_id", "state", "attributes", "last_changed", "last_updated"],
    "queries": [
        *("query_id", "at", "correlation_id", "caller", "session_id", "user_id", "language", "query", "status"),
        *("query_type", "response", "execution_seconds"),
    ],
    "acts": ["act_id", "at", "correlation_id", "caller", "query_id", "status", "actions", "message"],
}
NEXT = """
import sqlalchemy as sa
from alembic import op
revision, down_revision = "9999", "0007"
def upgrade():
    with op.batch_alter_table("home_states") as batch:
        batch.add_column(sa.Column("extra", sa.Text))
        batch.alter_column("state", new_column_name="value")
    {end}
"""


@pytest.fixture
async def file(tmp_path: Path) -> AsyncIterator[Path]:
    yield tmp_path / "data" / "homeiq.db"
    await dispose_engines()


def rows(file: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(query).fetchall()


def columns(file: Path, table: str) -> list[object]:
    return [name for _, name, *_ in rows(file, f"PRAGMA table_info({table})")]


def set_revision(file: Path, revision: str) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))


def next_revision(folder: Path, monkeypatch: pytest.MonkeyPatch, end: str = "") -> None:
    """Pretend that there is a revision after the first."""
    for path in SCRIPTS.rglob("*.py"):
        copy = folder / "scripts" / path.relative_to(SCRIPTS)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "scripts/versions/r0002.py").write_text(NEXT.format(end=end), encoding="utf-8")
    monkeypatch.setattr(schema, "_SCRIPTS", folder / "scripts")
    monkeypatch.setattr(schema, "REVISIONS", (HEAD, "9999"))
    monkeypatch.setattr(schema, "HEAD", "9999")


def test_the_list_of_revisions_is_alembics() -> None:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    scripts = ScriptDirectory.from_config(config)
    assert tuple(each.revision for each in scripts.walk_revisions())[::-1] == REVISIONS
    assert scripts.get_heads() == [HEAD]


def test_an_empty_database_gets_the_schema_once(file: Path) -> None:
    assert migrate(str(file)) == MigrationOutcome(None, HEAD)
    assert {table: columns(file, table) for table in TABLES} == TABLES
    assert rows(file, "SELECT name FROM sqlite_master WHERE tbl_name = 'queries' AND sql LIKE '%INDEX%'") == [
        ("queries_at",),
        ("queries_session",),
    ]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert rows(file, "PRAGMA journal_mode") == [("wal",)]
    again = migrate(f"sqlite:///{file}")
    assert again == MigrationOutcome(HEAD, HEAD)
    assert not again.changed
    assert not list(file.parent.glob("*before*"))


def test_a_database_that_is_up_to_date_costs_no_alembic(file: Path) -> None:
    migrate(str(file))
    code = "import sys; from shared.migrations import migrate\n"
    code += "print(migrate(sys.argv[1]).changed, 'alembic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code, str(file)], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_three_processes_migrate_once(file: Path) -> None:
    code = "import sys; from shared.migrations import migrate; print(migrate(sys.argv[1]).before)"
    processes = [
        subprocess.Popen([sys.executable, "-c", code, str(file)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    said = [process.communicate()[0].strip() for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert sorted(said) == [HEAD, HEAD, "None"]
    assert rows(file, "SELECT version_num FROM alembic_version") == [(HEAD,)]


async def test_it_may_run_beside_a_loop(file: Path) -> None:
    outcome = await asyncio.to_thread(migrate, str(file))
    assert outcome.changed
    await check_schema(create_shared_db_engine(str(file)))


async def test_a_newer_schema_is_refused(file: Path) -> None:
    migrate(str(file))
    set_revision(file, "0999")
    expected = (
        rf"^The database has schema 0999, this HomeIQ knows {HEAD} at most: install the newer HomeIQ again[^\n]*$"
    )
    with pytest.raises(DatabaseError, match=expected):
        migrate(str(file))
    with pytest.raises(DatabaseError, match=expected):
        await check_schema(create_shared_db_engine(str(file)))
    assert rows(file, "SELECT version_num FROM alembic_version") == [("0999",)]
    assert not list(file.parent.glob("*before*"))


async def test_a_database_without_schema_is_no_place_to_work(file: Path) -> None:
    with pytest.raises(DatabaseError, match=rf"has schema none, not {HEAD}: start `homeiq up`"):
        await check_schema(create_shared_db_engine(str(file)))


async def test_an_older_database_is_copied_and_upgraded(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate(str(file))
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("INSERT INTO home_states VALUES ('light.a', 'on', '{}', NULL, NULL)")
    next_revision(tmp_path, monkeypatch)
    with pytest.raises(DatabaseError, match=rf"has schema {HEAD}, not 9999"):
        await check_schema(create_shared_db_engine(str(file)))
    outcome = migrate(str(file))
    assert outcome == MigrationOutcome(HEAD, "9999", file.with_name("homeiq.db.before-9999"))
    assert rows(file, "SELECT entity_id, value, extra FROM home_states") == [("light.a", "on", None)]
    assert outcome.backup is not None
    assert rows(outcome.backup, "SELECT entity_id, state FROM home_states") == [("light.a", "on")]
    assert rows(outcome.backup, "SELECT version_num FROM alembic_version") == [(HEAD,)]
    assert stat.S_IMODE(outcome.backup.stat().st_mode) == 0o600
    assert not list(file.parent.glob("*.draft*"))


def test_an_upgrade_that_fails_leaves_all_as_it_was(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate(str(file))
    next_revision(tmp_path, monkeypatch, end='op.execute("INSERT INTO nowhere VALUES (1)")')
    with pytest.raises(DatabaseError, match=r"^The database could not be upgraded, and is as it was before"):
        migrate(str(file))
    assert columns(file, "home_states") == TABLES["home_states"]
    assert rows(file, "SELECT version_num FROM alembic_version") == [(HEAD,)]


def test_the_database_of_another_program_is_left_alone(file: Path) -> None:
    file.parent.mkdir()
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("CREATE TABLE states_meta (entity_id)")
    with pytest.raises(DatabaseError, match="is the database of another program: set DATABASE_PATH"):
        migrate(str(file))
    assert rows(file, "SELECT name FROM sqlite_master") == [("states_meta",)]


def test_a_file_that_is_no_database(file: Path) -> None:
    file.parent.mkdir()
    file.write_bytes(b"x" * 5000)
    with pytest.raises(DatabaseError, match="is not a SQLite database"):
        migrate(str(file))


def test_a_folder_with_percent_signs(tmp_path: Path) -> None:
    assert migrate(str(tmp_path / "100%s" / "homeiq.db")).changed
