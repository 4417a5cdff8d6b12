"""What is kept of one sentence and its answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from contracts.query import Clarification


@dataclass(frozen=True, slots=True)
class Turn:
    """One sentence of a conversation, as it was understood in the end.

    `entities` is what it was about, `chosen` which of some candidates were meant. `clarifications` is what was asked
    back; empty where nothing was.
    """

    query_id: str
    sentence: str
    area_id: str | None = None
    language: str | None = None
    entities: tuple[str, ...] = ()
    chosen: Mapping[frozenset[str], tuple[str, ...]] = field(default_factory=dict)
    clarifications: tuple[Clarification, ...] = ()
    session_id: str | None = None
    user_id: str | None = None
    execute: bool = False
    at: float = 0.0
