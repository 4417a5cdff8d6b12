"""The home as it is, and the questions asked. All times are ISO 8601 text in UTC."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the first tables."""
    op.create_table(
        "home_registry",
        sa.Column("kind", sa.Text, primary_key=True),  # home, floor, area, device, entity, service
        sa.Column("item_id", sa.Text, primary_key=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("document", sa.JSON, nullable=False),
    )
    op.create_table(
        "home_states",
        sa.Column("entity_id", sa.Text, primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attributes", sa.JSON, nullable=False),
        sa.Column("last_changed", sa.Text),
        sa.Column("last_updated", sa.Text),
    )
    op.create_table(
        "queries",
        sa.Column("query_id", sa.Text, primary_key=True),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("correlation_id", sa.Text, nullable=False),
        sa.Column("caller", sa.Text),
        sa.Column("session_id", sa.Text),
        sa.Column("user_id", sa.Text),
        sa.Column("language", sa.Text),
        sa.Column("query", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("query_type", sa.Text),
        sa.Column("response", sa.JSON, nullable=False),
        sa.Column("execution_seconds", sa.Float, nullable=False),
    )
    op.create_index("queries_at", "queries", ["at"])
