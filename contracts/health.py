"""Presence and health: which workers are there, and how they do."""

from enum import StrEnum
from typing import Any

from pydantic import Field

from contracts.model import Message, Request
from contracts.operation import Operation, State

PRESENCE_EXPIRY = 90
"""Seconds after which an `online` that nobody renews is gone."""
OFFLINE_EXPIRY = 3600
"""Seconds for which an `offline` is told."""
RENEWAL = 30
"""Seconds between two renewals of presence and health."""


class PresenceStatus(StrEnum):
    """Whether an instance can be reached."""

    ONLINE = "online"
    OFFLINE = "offline"


class Presence(Message):
    """One running instance of a worker. Times are ISO 8601, UTC; `operations` are names.

    `connected` is when it came to the broker, again after each lost connection: it may have
    missed what was said before. `leads`: of several instances it is the one that does the effects.
    """

    worker: str
    instance: str
    status: PresenceStatus
    version: str
    operations: list[str]
    started: str
    connected: str
    renewed: str
    leads: bool = False


class HealthStatus(StrEnum):
    """`degraded`: answers, but something it wants is missing. `failed`: can't do its work."""

    OK = "ok"
    DEGRADED = "degraded"
    FAILED = "failed"


class Check(Message):
    """What one background probe found last; `age_seconds` says when."""

    status: HealthStatus
    message: str = ""
    age_seconds: float = 0.0
    figures: dict[str, Any] = Field(default_factory=dict)


class RequestFigures(Message):
    """Requests of one operation since the start; latencies in milliseconds over the last 1,000."""

    received: int = 0
    answered: int = 0
    errors: dict[str, int] = Field(default_factory=dict)
    expired: int = 0
    joined: int = 0
    p50_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None


class HealthRequest(Request):
    """Nothing needs to be said."""


class HealthReport(Message):
    """How one instance does; the worst check decides the status."""

    worker: str
    instance: str
    version: str
    status: HealthStatus
    at: str
    uptime_seconds: float
    memory_mb: float
    running: int
    queued: int
    checks: dict[str, Check] = Field(default_factory=dict)
    requests: dict[str, RequestFigures] = Field(default_factory=dict)


def health_of(worker: str) -> Operation[HealthRequest, HealthReport]:
    """The health operation that every worker answers."""
    return Operation(
        f"{worker}/health",
        HealthRequest,
        HealthReport,
        worker=worker,
        summary=f"How the {worker} worker does.",
        timeout=2.0,
    )


PRESENCE = State(
    "workers/{worker}/{instance}",
    Presence,
    worker="*",
    summary="Which instances of a worker are there; offline is told by the broker's will.",
)
HEALTH = State("{worker}/health", HealthReport, worker="*", summary="The health report, every 30 seconds.")

OPERATIONS = ()
EVENTS = ()
STATES = (PRESENCE, HEALTH)
