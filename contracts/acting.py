"""Doing what a person orders, now: calls of Home Assistant, judged first, and confirmed where they have to be."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator

from contracts.automation import MOST_ACTIONS, AutomationFinding
from contracts.home import Identifier
from contracts.model import Message, Request
from contracts.operation import Event, Operation, Role, State


class Action(Message):
    """A call as Home Assistant writes it: `data` holds only what was said."""

    action: str
    target: dict[str, Any] = Field(default_factory=dict)
    data: dict[str, Any] = Field(default_factory=dict)


def _without_typos(value: Any) -> Any:
    unknown = sorted(str(each) for each in value.keys() - Action.model_fields) if isinstance(value, Mapping) else []
    if unknown:
        raise ValueError(f"an action has no field {unknown[0][:60]!r}, only action, target and data")
    return value


Ordered = Annotated[Action, BeforeValidator(_without_typos)]
"""An action in a request, where an unknown field is an error."""


class ActStatus(StrEnum):
    """What became of an order."""

    DONE = "done"
    CONFIRMATION = "confirmation"
    REFUSED = "refused"
    FAILED = "failed"


class ActRequest(Request):
    """An order: `actions`, done in their order, or those that the answer to a query proposed (`query_id`); one of them.

    `confirm` says that a person has confirmed what has to be: locks, alarms, garage doors, gates.
    """

    actions: Annotated[list[Ordered], Field(min_length=1, max_length=MOST_ACTIONS)] | None = None
    query_id: Identifier | None = None
    confirm: bool = False

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.actions is None) == (self.query_id is None):
            raise ValueError("give either `actions` or `query_id`")
        return self


class ActResponse(Message):
    """What became of an order: `message` says it to people.

    `done`: all of it. `confirmation`: nothing yet; the same with `confirm` does it. `refused`: nothing, and `findings`
    say why. `failed`: Home Assistant did not do one of the actions, and none after it. `executed` is whether anything
    was done; `actions` is what was done, or would be after a confirmation. `act_id` names its record.
    """

    act_id: str
    status: ActStatus
    executed: bool
    message: str
    actions: list[Action] = Field(default_factory=list)
    findings: list[AutomationFinding] = Field(default_factory=list)


ACT = Operation(
    "home/act",
    ActRequest,
    ActResponse,
    worker="automation",
    summary="Do what a person orders: judged first, and nothing dangerous without a confirmation. The query worker "
    "may ask it where `HOMEIQ_EXECUTE_FROM_QUERY` is on.",
    timeout=15.0,
    effect=True,
    callers=frozenset({Role.HOME_ASSISTANT}),
)
EXECUTING = frozenset({"query"})
"""Workers that may ask `home/act` where the deployment has what was understood done at once."""

OPERATIONS = (ACT,)
EVENTS: tuple[Event[Any], ...] = ()
STATES: tuple[State[Message], ...] = ()
