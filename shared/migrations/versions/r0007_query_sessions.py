"""The last query of a session is found at once."""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the index."""
    op.create_index("queries_session", "queries", ["session_id", "at"])
