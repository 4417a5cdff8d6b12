"""Base classes of all messages: strict on what we accept, lenient on what we read back."""

from pydantic import BaseModel, ConfigDict


class Request(BaseModel):
    """What a caller sends. An unknown field is an error, so that a typo is seen."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Message(BaseModel):
    """What a worker says: data of a reply, an event, a retained state. Readers ignore unknown fields."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Fact(Message):
    """An event: a fact that has happened. Delivered at least once; `event_id` tells a repetition.

    `at` is ISO 8601 in UTC; `correlation_id` is that of the request that caused it, or null.
    """

    event_id: str
    at: str
    correlation_id: str | None = None
