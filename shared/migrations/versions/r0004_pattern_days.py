"""What the pattern worker counted of each day. All times are ISO 8601 text in UTC."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the tables, one function for each thing that is kept."""
    _days()
    _learning()
    _synergies()


def _days() -> None:
    op.create_table(
        "pattern_days",
        sa.Column("day", sa.Integer, primary_key=True),  # UTC days since 1970
        sa.Column("version", sa.Integer, nullable=False),  # of the statistics
        sa.Column("fingerprint", sa.Text, nullable=False),  # of the events that were counted
        sa.Column("counts", sa.LargeBinary, nullable=False),
    )


def _learning() -> None:
    with op.batch_alter_table("patterns") as table:
        table.add_column(sa.Column("parts", sa.JSON))  # of the quality
    with op.batch_alter_table("pattern_feedback") as table:
        table.add_column(sa.Column("number", sa.Integer))  # in the order in which it came
        table.add_column(sa.Column("status_before", sa.Text, nullable=False, server_default="active"))
        table.add_column(sa.Column("undone_at", sa.Text))
    op.execute(
        "UPDATE pattern_feedback SET number = (SELECT count(*) FROM pattern_feedback AS other"
        " WHERE other.at < pattern_feedback.at"
        " OR (other.at = pattern_feedback.at AND other.feedback_id <= pattern_feedback.feedback_id))"
    )
    op.create_index("pattern_feedback_number", "pattern_feedback", ["number"], unique=True)
    op.create_table(
        "pattern_exclusions",
        sa.Column("entity_id", sa.Text, primary_key=True),
        sa.Column("reason", sa.Text, nullable=False),
    )


def _synergies() -> None:
    op.create_table(
        "synergies",
        sa.Column("synergy_id", sa.Text, primary_key=True),
        sa.Column("devices", sa.JSON, nullable=False),  # entity ids, in the order of the chain
        sa.Column("depth", sa.Integer, nullable=False),
        sa.Column("relationship", sa.Text, nullable=False),
        sa.Column("area", sa.Text),
        sa.Column("confidence", sa.Float, nullable=False),
        sa.Column("impact", sa.Float, nullable=False),
        sa.Column("score", sa.Float, nullable=False),
        sa.Column("evidence", sa.JSON, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("found_at", sa.Text, nullable=False),
        sa.Column("confirmed_at", sa.Text, nullable=False),
    )
    op.create_table(
        "synergy_devices",
        sa.Column("entity_id", sa.Text, primary_key=True),
        sa.Column("synergy_id", sa.Text, sa.ForeignKey("synergies.synergy_id", ondelete="CASCADE"), primary_key=True),
    )
