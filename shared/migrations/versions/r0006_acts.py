"""What was ordered, and what became of it. All times are ISO 8601 text in UTC."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "acts",
        sa.Column("act_id", sa.Text, primary_key=True),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("correlation_id", sa.Text, nullable=False),
        sa.Column("caller", sa.Text, nullable=False),
        sa.Column("query_id", sa.Text),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("actions", sa.JSON, nullable=False),  # as they were ordered
        sa.Column("message", sa.Text, nullable=False),
    )
    op.create_index("acts_at", "acts", ["at"])
