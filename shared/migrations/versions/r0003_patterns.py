"""Patterns, what people think of them, and how analyses ended. All times are ISO 8601 text in UTC."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the tables of the pattern worker."""
    op.create_table(
        "patterns",
        sa.Column("pattern_id", sa.Text, primary_key=True),
        sa.Column("pattern_type", sa.Text, nullable=False),
        sa.Column("entities", sa.JSON, nullable=False),
        sa.Column("confidence", sa.Float, nullable=False),
        sa.Column("support", sa.Integer, nullable=False),
        sa.Column("first_seen", sa.Text, nullable=False),
        sa.Column("last_seen", sa.Text, nullable=False),
        sa.Column("detail", sa.JSON, nullable=False),
        sa.Column("quality", sa.Float, nullable=False),
        sa.Column("replicated", sa.Boolean),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("found_at", sa.Text, nullable=False),
        sa.Column("confirmed_at", sa.Text, nullable=False),  # when an analysis found it last
    )
    op.create_index("patterns_quality", "patterns", ["quality"])
    op.create_table(
        "pattern_entities",
        sa.Column("entity_id", sa.Text, primary_key=True),
        sa.Column("pattern_id", sa.Text, sa.ForeignKey("patterns.pattern_id", ondelete="CASCADE"), primary_key=True),
    )
    op.create_table(
        "pattern_feedback",
        sa.Column("feedback_id", sa.Text, primary_key=True),
        sa.Column("pattern_id", sa.Text, sa.ForeignKey("patterns.pattern_id", ondelete="CASCADE"), nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("changes", sa.JSON),
    )
    op.create_index("pattern_feedback_pattern", "pattern_feedback", ["pattern_id"])
    op.create_table(
        "analyses",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("document", sa.JSON, nullable=False),
    )
    op.create_index("analyses_at", "analyses", ["at"])
