"""What every long operation shares: it is answered at once, tells how far it is, and ends with an event."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from contracts.model import Fact, Message, Request

JobId = Annotated[str, StringConstraints(min_length=1, max_length=128)]


class JobState(StrEnum):
    """Where a long operation stands: it waits for its turn, it runs, or it ran already and the caller joined it."""

    ACCEPTED = "accepted"
    RUNNING = "running"
    JOINED = "joined"


class JobStatus(StrEnum):
    """How a long operation ended."""

    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class CancelState(StrEnum):
    """What a cancellation met: a job that will stop soon, one that never began, or one that had ended before."""

    CANCELLING = "cancelling"
    CANCELLED = "cancelled"
    ENDED = "ended"


class Started(Message):
    """A long operation has begun, or will; its event carries the same `id`."""

    id: str
    state: JobState


class Finished(Fact):
    """A long operation has ended. `correlation_ids` are those of all who asked for it or joined it."""

    id: str
    status: JobStatus
    correlation_ids: list[str] = Field(default_factory=list)
    duration_seconds: float = Field(default=0.0, ge=0.0)
    errors: list[str] = Field(default_factory=list)


class Progress(Fact):
    """How far a long operation is: `done` goes from 0 to 1, `message` says what it does."""

    id: str
    done: float = Field(default=0.0, ge=0.0, le=1.0)
    message: str = ""


class CancelRequest(Request):
    """End a long operation before its time, by the `id` that it was started with."""

    id: JobId


class CancelResponse(Message):
    """What became of the cancellation. The job's own event tells its end."""

    id: str
    state: CancelState
