"""What the bus remembers: effects, events, cursors, long operations, dead letters. Times are ISO 8601 text in UTC."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "inbox",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("effect_id", sa.Text, nullable=False),
        sa.Column("worker", sa.Text, nullable=False),
        sa.Column("operation", sa.Text, nullable=False),
        sa.Column("caller", sa.Text, nullable=False),
        sa.Column("correlation_id", sa.Text),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.Column("properties", sa.JSON, nullable=False),
        sa.Column("accepted_at", sa.Text, nullable=False),
        sa.Column("deadline_at", sa.Float),
        sa.Column("state", sa.Text, nullable=False),  # accepted, done, dead
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("reply", sa.LargeBinary),
        sa.Column("finished_at", sa.Text),
        sqlite_autoincrement=True,
    )
    op.create_index("inbox_caller", "inbox", ["operation", "caller", "correlation_id"], unique=True)
    _partial_index("inbox_unfinished", "inbox", ["worker", "id"], "state = 'accepted'")
    op.create_index("inbox_finished", "inbox", ["finished_at"])
    op.create_table(
        "events",
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("event_id", sa.Text, nullable=False, unique=True),
        sa.Column("worker", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("published", sa.Boolean, nullable=False),
        sqlite_autoincrement=True,
    )
    _partial_index("events_waiting", "events", ["worker", "seq"], "NOT published")
    op.create_index("events_name", "events", ["name", "seq"])
    op.create_index("events_at", "events", ["at"])
    op.create_table(
        "cursors",
        sa.Column("consumer", sa.Text, primary_key=True),
        sa.Column("seq", sa.Integer, nullable=False),
    )
    op.create_table(
        "jobs",
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("worker", sa.Text, nullable=False),
        sa.Column("operation", sa.Text, nullable=False),
        sa.Column("request", sa.Text, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("correlation_ids", sa.JSON, nullable=False),
        sa.Column("state", sa.Text, nullable=False),  # accepted, running, cancelling, completed, failed, cancelled
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("accepted_at", sa.Text, nullable=False),
        sa.Column("ended_at", sa.Text),
        sqlite_autoincrement=True,
    )
    op.create_index("jobs_state", "jobs", ["operation", "state", "seq"])
    op.create_table(
        "daily_runs",
        sa.Column("worker", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("local_date", sa.Text, primary_key=True),
        sa.Column("at", sa.Text, nullable=False),
    )
    op.create_table(
        "dead_letters",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("worker", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("properties", sa.JSON, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "outside_calls",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("intent", sa.JSON, nullable=False),
        sa.Column("state", sa.Text, nullable=False),  # intended, done, failed, unknown
        sa.Column("result", sa.JSON),
        sa.Column("at", sa.Text, nullable=False),
    )


def _partial_index(name: str, table: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, sqlite_where=condition, postgresql_where=condition)
