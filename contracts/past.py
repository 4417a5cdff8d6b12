"""Asking for what happened: the events of the home's past."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, field_validator

from contracts.home import EntityId
from contracts.model import Message, Request
from contracts.operation import Operation

MOST_ENTITIES = 100
MOST_EVENTS = 2_000


class EventsRequest(Request):
    """Which events to list: without `since` those of the day before `until`, without `until` up to the newest.

    A time without an offset is one of the home's clock. `limit` is at most 2,000; without it as many as fit.
    """

    entity_id: Annotated[list[EntityId], Field(max_length=MOST_ENTITIES)] = Field(default_factory=list)
    domain: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,64}\z")] | None = None
    state: Annotated[str, Field(max_length=255)] | None = None
    since: datetime | None = None
    until: datetime | None = None
    newest_first: bool = False
    limit: int | None = Field(default=None, ge=1, le=MOST_EVENTS)
    offset: int = Field(default=0, ge=0, le=1_000_000)

    @field_validator("entity_id", mode="before")
    @classmethod
    def _one_or_several(cls, value: object) -> object:
        """Home Assistant, too, takes one id in the place of a list."""
        return [value] if isinstance(value, str) else value


class PastEvent(Message):
    """A change of state. `at` is ISO 8601 in UTC; the contexts say who was behind it, where that is known."""

    at: str
    entity_id: str
    state: str
    context_user_id: str | None = None
    context_parent_id: str | None = None
    context_id: str | None = None


class EventsResponse(Message):
    """Events in the order of time, or the newest first; `next_offset` is null at the end."""

    events: list[PastEvent]
    next_offset: int | None = None


LIST = Operation(
    "data/events",
    EventsRequest,
    EventsResponse,
    worker="data",
    summary="List what happened in the home, as its history has it.",
)

OPERATIONS = (LIST,)
EVENTS = ()
STATES = ()
