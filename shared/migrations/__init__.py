"""The schema of the database, step by step, and what brings a database up to it."""

from shared.migrations.schema import HEAD, REVISIONS, MigrationOutcome, check_schema, migrate

__all__ = ["HEAD", "REVISIONS", "MigrationOutcome", "check_schema", "migrate"]
