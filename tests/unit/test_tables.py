"""The tables that the code names are those that the migrations make."""

from __future__ import annotations

import importlib
import pkgutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from sqlalchemy import JSON, Boolean, Column, Float, Integer, LargeBinary, String, Table, create_engine, inspect
from sqlalchemy.engine import Inspector
from sqlalchemy.sql.type_api import TypeEngine

import shared
import workers
from shared.migrations import migrate

_OF_ALEMBIC = {"alembic_version"}
_KINDS: tuple[type[TypeEngine[object]], ...] = (JSON, LargeBinary, Boolean, Float, Integer, String)
"""What is told apart: JSON, bytes, truth, fractions, whole numbers, text. The order matters where one is another."""


def declared() -> dict[str, Table]:
    """Every table in a module of ours, by name."""
    found: dict[str, Table] = {}
    for package in (shared, workers):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if ".migrations." in module.name:
                continue
            for value in vars(importlib.import_module(module.name)).values():
                if isinstance(value, Table):
                    assert found.setdefault(value.name, value) is value, f"{value.name} is declared twice"
    return found


TABLES = declared()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inspector]:
    """The database that the migrations make."""
    file = tmp_path_factory.mktemp("tables") / "homeiq.db"
    migrate(str(file))
    engine = create_engine(f"sqlite:///{file}")
    yield inspect(engine)
    engine.dispose()


def kind(type_: TypeEngine[object]) -> str:
    return next(each.__name__ for each in _KINDS if isinstance(type_, each))


def shape(column: Column[object]) -> tuple[str, str, bool]:
    return column.name, kind(column.type), bool(column.nullable)


def test_they_are_looked_for_in_the_right_places() -> None:
    assert {"inbox", "events", "jobs", "cursors", "daily_runs", "dead_letters", "patterns", "queries"} <= set(TABLES)


def test_each_table_of_the_migrations_has_its_declaration(made: Inspector) -> None:
    assert set(made.get_table_names()) - _OF_ALEMBIC == set(TABLES)


@pytest.mark.parametrize("name", sorted(TABLES))
def test_columns_and_keys_are_those_of_the_migrations(made: Inspector, name: str) -> None:
    table = TABLES[name]
    # SQLite lets a primary key be null unless it is said; nobody gives it one.
    expected = [shape(column) for column in table.columns]
    there = [
        (str(each["name"]), kind(each["type"]), bool(each["nullable"]) and not each["primary_key"])
        for each in made.get_columns(name)
    ]
    assert there == expected
    assert made.get_pk_constraint(name)["constrained_columns"] == [column.name for column in table.primary_key]
    keys = {
        (tuple(each["constrained_columns"]), each["referred_table"], tuple(each["referred_columns"]))
        for each in made.get_foreign_keys(name)
    }
    assert keys == {
        (tuple(key.column_keys), key.referred_table.name, tuple(each.column.name for each in key.elements))
        for key in table.foreign_key_constraints
    }


@pytest.mark.parametrize("name", sorted(TABLES))
def test_numbers_that_must_not_come_again_do_not(made: Inspector, name: str) -> None:
    """AUTOINCREMENT, where the code says so: a cursor past the last row would else miss the next one."""
    with closing(sqlite3.connect(str(made.engine.url.database))) as connection:
        (statement,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = ?", (name,)).fetchone()
    says_so = TABLES[name].dialect_options["sqlite"]["autoincrement"]
    assert ("AUTOINCREMENT" in statement) == bool(says_so)
