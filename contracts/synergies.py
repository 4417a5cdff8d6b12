"""Synergies: devices that would make a good automation together."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from contracts.home import EntityId, Identifier
from contracts.model import Message, Request
from contracts.operation import Event, Operation, State


class SynergyStatus(StrEnum):
    """Where a synergy stands. `rejected` and `gone` are listed only when asked for."""

    NEW = "new"
    ACTIVE = "active"
    FADING = "fading"
    REJECTED = "rejected"
    GONE = "gone"


class Synergy(Message):
    """Two to four devices that would make a good automation, in the order of the chain.

    `relationship` says what the first and the last are to each other, such as `motion_light`, `door_climate` or
    `presence_light`, else `follows`, or `together` where neither comes first. `area` is that of most of the devices,
    or null. `confidence` is the probability that the relation is real, `impact` how much handwork an automation would
    save, `score` both together with how likely such an automation is wanted; all are 0 to 1. `evidence` is from the
    events: `states` (one per device), `lag_seconds` and `step_shares` (one per link), `support` of so many
    `opportunities`, on so many `days` of `of_days`, how often each step after the first was done `by_hand`, and the
    `pattern_ids` that it rests on: none where the two go together commonly and are not yet a pattern.
    """

    synergy_id: str
    devices: list[str] = Field(min_length=2, max_length=4)
    depth: int = Field(ge=2, le=4)
    relationship: str
    area: str | None = None
    confidence: float = Field(ge=0.0, le=1.0)
    impact: float = Field(ge=0.0, le=1.0)
    score: float = Field(ge=0.0, le=1.0)
    evidence: dict[str, Any] = Field(default_factory=dict)
    status: SynergyStatus


class SynergiesRequest(Request):
    """Which synergies to list; `area` is an area id. Without `limit` as many as fit into 256 KiB."""

    area: Identifier | None = None
    entity_id: EntityId | None = None
    depth: Annotated[int, Field(ge=2, le=4)] | None = None
    status: SynergyStatus | None = None
    minimum_score: Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)] | None = None
    limit: Annotated[int, Field(ge=1, le=10_000)] | None = None
    offset: int = Field(default=0, ge=0, le=1_000_000_000)


class SynergiesResponse(Message):
    """Synergies, the best first. `total` counts all that were asked for; `next_offset` is null at the end."""

    synergies: list[Synergy]
    total: int
    next_offset: int | None = None


SYNERGIES = Operation(
    "synergies",
    SynergiesRequest,
    SynergiesResponse,
    worker="pattern",
    summary="List devices that would make a good automation together.",
    by=frozenset({"query"}),
)

OPERATIONS = (SYNERGIES,)
EVENTS: tuple[Event[Any], ...] = ()
STATES: tuple[State[Message], ...] = ()
