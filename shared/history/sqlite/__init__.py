"""The history in a SQLite file."""

from shared.history.sqlite.store import SqliteHistory

__all__ = ["SqliteHistory"]
