"""What administrators allow in spite of the safety rules. All times are ISO 8601 text in UTC."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "automation_overrides",
        sa.Column("number", sa.Integer, primary_key=True),  # in the order in which they came
        sa.Column("override_id", sa.Text, nullable=False, unique=True),
        sa.Column("fingerprint", sa.Text, nullable=False),  # of what the automation does
        sa.Column("arrangement", sa.Text),  # of how it is put together; only with a path
        sa.Column("alias", sa.Text),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("when", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("codes", sa.JSON, nullable=False),
        sa.Column("path", sa.Text),
        sa.Column("revoked_at", sa.Text),
    )
    op.create_index("automation_overrides_fingerprint", "automation_overrides", ["fingerprint"])
