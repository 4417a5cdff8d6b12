"""Descriptors of what is on the wire: operations, events and retained states, with their topics.

A topic here has no root; `topic(root)` gives the full one.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Generic, TypeVar

from pydantic import Field, TypeAdapter, create_model

from contracts.envelope import Envelope, Failed, Ok
from contracts.model import Fact, Message, Request

Req = TypeVar("Req", bound=Request)
Res = TypeVar("Res", bound=Message)
F = TypeVar("F", bound=Fact)
S = TypeVar("S", bound=Message)

ROOT = "homeiq"


class Role(StrEnum):
    """Who may stand behind a broker user, apart from the workers themselves and `admin`, who may do all."""

    HOME_ASSISTANT = "homeassistant"
    DASHBOARD = "dashboard"


EVERYBODY: frozenset[Role] = frozenset(Role)
ADMIN_ONLY: frozenset[Role] = frozenset()


@dataclass(frozen=True)
class Operation(Generic[Req, Res]):
    """Something that can be asked of a worker, on `<root>/<name>/request`.

    `timeout` (seconds) is the deadline of a request that brings none. `effect` marks what changes something and
    happens once though delivered twice. `callers` are the roles that may ask, beside `admin`; `by` the workers.
    A long operation answers at once with its id; `progress` and `done` are the events that tell how it goes and ends.
    """

    name: str
    request: type[Req]
    response: type[Res]
    worker: str
    summary: str
    timeout: float = 5.0
    effect: bool = False
    callers: frozenset[Role] = EVERYBODY
    by: frozenset[str] = frozenset()
    progress: "Event[Any] | None" = None
    done: "Event[Any] | None" = None

    def __hash__(self) -> int:
        return hash(self.name)

    def request_topic(self, root: str = ROOT) -> str:
        """Where it is asked."""
        return f"{root}/{self.name}/request"

    def response_topic(self, root: str = ROOT) -> str:
        """Where those are answered who name no topic of their own; `…/<correlation_id>` below it."""
        return f"{root}/{self.name}/response"

    @property
    def long(self) -> bool:
        """Whether it answers at once, and an event tells its end."""
        return self.done is not None

    @cached_property
    def text_field(self) -> str | None:
        """The one required field, where there is just one and it is text: a bare payload is taken as it."""
        required = [name for name, info in self.request.model_fields.items() if info.is_required()]
        if len(required) == 1 and self.request.model_fields[required[0]].annotation is str:
            return required[0]
        return None

    @cached_property
    def incoming(self) -> type[Req]:
        """The request model with the fields of the envelope beside its own."""
        fields = {name: (info.annotation, info) for name, info in Envelope.model_fields.items()}
        return create_model(self.request.__name__, __base__=self.request, **fields)  # type: ignore[call-overload,no-any-return]

    @cached_property
    def reply(self) -> TypeAdapter[Ok[Res] | Failed]:
        """Reads a reply of this operation."""
        ok = Ok[self.response]  # type: ignore[name-defined]
        return TypeAdapter(Annotated[ok | Failed, Field(discriminator="status")])


@dataclass(frozen=True)
class Event(Generic[F]):
    """A fact that is published once on `<root>/<name>`, not retained, after it has happened."""

    name: str
    model: type[F]
    worker: str
    summary: str
    readers: frozenset[str] = frozenset()
    """Workers that act on it."""
    listeners: frozenset[Role] = EVERYBODY
    """Roles that may hear it, beside `admin`."""

    def __hash__(self) -> int:
        return hash(self.name)

    def topic(self, root: str = ROOT) -> str:
        """Where it is published."""
        return f"{root}/{self.name}"


@dataclass(frozen=True)
class State(Generic[S]):
    """The latest state of a thing, retained on `<root>/<name>`; `{…}` in the name is one topic level each.

    `worker` owns it; `*` stands for every worker, each for the part that carries its own name.
    """

    name: str
    model: type[S]
    worker: str
    summary: str
    readers: frozenset[str] = field(default_factory=frozenset)

    def topic(self, root: str = ROOT, **levels: str) -> str:
        """The full topic, with the levels of the name filled in."""
        return f"{root}/{self.name.format(**levels)}"

    def topic_filter(self, root: str = ROOT) -> str:
        """A subscription that matches all of them."""
        levels = ("+" if level.startswith("{") else level for level in self.name.split("/"))
        return "/".join([root, *levels])


def names(operations: Iterable[Operation[Request, Message]]) -> list[str]:
    """The names of operations, sorted."""
    return sorted(operation.name for operation in operations)
