"""Dead letters: the word that a worker has given a message up."""

from typing import Any

from pydantic import Field

from contracts.model import Fact
from contracts.operation import ADMIN_ONLY, Event


class DeadLetterKept(Fact):
    """A message that could not be read, or was begun twice without an end; `homeiq dead-letters` shows it by its `id`.

    The payload is `payload` where it is text, else `payload_base64`; at most its first 256 KiB.
    """

    id: int
    topic: str
    reason: str
    attempts: int
    payload: str | None = None
    payload_base64: str | None = None
    properties: dict[str, Any] = Field(default_factory=dict)


def dead_letters_of(worker: str) -> Event[DeadLetterKept]:
    """The event that tells of a worker's dead letters."""
    return Event(
        f"dead-letter/{worker}",
        DeadLetterKept,
        worker=worker,
        summary=f"The {worker} worker gave a message up.",
        listeners=ADMIN_ONLY,
    )
