"""The node that every part of a plan is."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Node(BaseModel):
    """A part of a plan, frozen.

    `path` is where it stood in the document, in the current spelling (`actions[1].choose[0].sequence[2]`). Equality,
    hashes and dumps ignore it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    path: str = Field(default="", exclude=True, repr=False)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Node) and type(self) is type(other) and self._said() == other._said()

    def __hash__(self) -> int:
        return hash((type(self), self._said()))

    def _said(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in _fields(type(self)))


@cache
def _fields(kind: type[Node]) -> tuple[str, ...]:
    return tuple(name for name in kind.model_fields if name != "path")
