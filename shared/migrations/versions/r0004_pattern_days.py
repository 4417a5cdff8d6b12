"""What the pattern worker counted of each day. All times are ISO 8601 text in UTC."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the tables, one function for each thing that is kept."""
    _days()


def _days() -> None:
    op.create_table(
        "pattern_days",
        sa.Column("day", sa.Integer, primary_key=True),  # UTC days since 1970
        sa.Column("version", sa.Integer, nullable=False),  # of the statistics
        sa.Column("fingerprint", sa.Text, nullable=False),  # of the events that were counted
        sa.Column("counts", sa.LargeBinary, nullable=False),
    )
