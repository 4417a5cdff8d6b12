"""The reply envelope and the errors it may carry: one shape for everybody."""

import re
from enum import StrEnum
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

REQUEST_LIMIT = 256 * 1024
"""Bytes of the largest request, and of the largest listing in a reply."""

CORRELATION_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")

CorrelationId = Annotated[str, StringConstraints(pattern=rf"^{CORRELATION_ID.pattern}\z", max_length=128)]
"""An id that a caller may choose: 1 to 128 of `[A-Za-z0-9._:-]`, so that it can stand in a topic."""

T = TypeVar("T")


class ErrorCode(StrEnum):
    """Why a request was not answered."""

    INVALID_REQUEST = "invalid_request"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    FORBIDDEN = "forbidden"
    OVERLOADED = "overloaded"
    DEADLINE_EXCEEDED = "deadline_exceeded"
    UNAVAILABLE = "unavailable"
    INTERNAL = "internal"


class ErrorBody(BaseModel):
    """The error of a reply. `details` has one entry a finding; for `invalid_request`: `{path, message}` a field."""

    code: ErrorCode
    message: str
    details: list[dict[str, Any]] = Field(default_factory=list)


class Ok(BaseModel, Generic[T]):
    """A reply that carries the operation's response."""

    model_config = ConfigDict(extra="ignore")

    correlation_id: str
    status: Literal["ok"]
    data: T


class Failed(BaseModel):
    """A reply that carries an error."""

    model_config = ConfigDict(extra="ignore")

    correlation_id: str
    status: Literal["error"]
    error: ErrorBody


class Envelope(BaseModel):
    """What stands beside a request's own fields in its payload."""

    model_config = ConfigDict(extra="ignore")

    correlation_id: CorrelationId | None = None
    reply_to: Annotated[str, StringConstraints(min_length=1, max_length=512)] | None = None
