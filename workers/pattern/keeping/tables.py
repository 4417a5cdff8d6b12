"""The tables of the pattern worker. All times are ISO 8601 text in UTC."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import JSON, Boolean, Column, Float, ForeignKey, Integer, MetaData, String, Table

metadata = MetaData()

patterns = Table(
    "patterns",
    metadata,
    Column("pattern_id", String, primary_key=True),
    Column("pattern_type", String, nullable=False),
    Column("entities", JSON, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("support", Integer, nullable=False),
    Column("first_seen", String, nullable=False),
    Column("last_seen", String, nullable=False),
    Column("detail", JSON, nullable=False),
    Column("quality", Float, nullable=False),
    Column("replicated", Boolean),
    Column("status", String, nullable=False),
    Column("found_at", String, nullable=False),
    Column("confirmed_at", String, nullable=False),
    Column("parts", JSON(none_as_null=True)),
)
pattern_entities = Table(
    "pattern_entities",
    metadata,
    Column("entity_id", String, primary_key=True),
    Column("pattern_id", ForeignKey(patterns.c.pattern_id, ondelete="CASCADE"), primary_key=True),
)
pattern_feedback = Table(
    "pattern_feedback",
    metadata,
    Column("feedback_id", String, primary_key=True),
    Column("pattern_id", ForeignKey(patterns.c.pattern_id, ondelete="CASCADE"), nullable=False),
    Column("at", String, nullable=False),
    Column("verdict", String, nullable=False),
    Column("reason", String),
    Column("changes", JSON(none_as_null=True)),
    Column("number", Integer),
    Column("status_before", String, nullable=False),
    Column("undone_at", String),
)
pattern_exclusions = Table(
    "pattern_exclusions",
    metadata,
    Column("entity_id", String, primary_key=True),
    Column("reason", String, nullable=False),
)
analyses = Table(
    "analyses",
    metadata,
    Column("id", String, primary_key=True),
    Column("at", String, nullable=False),
    Column("status", String, nullable=False),
    Column("document", JSON, nullable=False),
)


def text_of(moment: datetime) -> str:
    """A moment as the tables keep it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")
