"""Home Assistant's `mqtt_statestream`: state, times and every attribute on a retained topic each. Pure.

The pieces of one change come one after the other, and at a subscribe in any order, so they are collected for a moment
(`take`) and handed out as whole changes (`collected`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from contracts.home import ENTITY_ID
from shared.home import EntityState, StateChange
from shared.homeassistant.eventstream import read_json, read_time

_ROUNDS_TO_WAIT = 10


@dataclass
class _Pieces:
    state: str | None = None
    attributes: dict[str, Any] = field(default_factory=dict)
    last_updated: datetime | None = None
    last_changed: datetime | None = None
    state_came: bool = False
    time_came: bool = False
    rounds: int = 0


class StateStream:
    """Puts the pieces together, and knows which entities the event stream speaks of as well."""

    def __init__(self, base_topic: str) -> None:
        self._base = base_topic + "/"
        self._pieces: dict[str, _Pieces] = {}
        self._touched: set[str] = set()
        self._told_by_events: dict[str, datetime | None] = {}

    def told_by_event(self, change: StateChange) -> None:
        """The event stream has told a change; of this entity only what is newer is taken from here."""
        self._told_by_events[change.entity_id] = change.state.last_updated if change.state else None
        if change.state is None:
            self._pieces.pop(change.entity_id, None)

    def entity_of(self, topic: str) -> str:
        """The entity that a topic speaks of, where it is one of the stream."""
        return ".".join(topic.removeprefix(self._base).split("/", 2)[:2])

    def take(self, topic: str, payload: bytes) -> bool:
        """Take in one message. Gives whether there is something to collect."""
        levels = topic.removeprefix(self._base).split("/")
        if not topic.startswith(self._base) or len(levels) != 3:  # noqa: PLR2004 - domain, object, piece
            return bool(self._touched)
        entity_id, piece = f"{levels[0]}.{levels[1]}", levels[2]
        if not ENTITY_ID.fullmatch(entity_id):
            return bool(self._touched)
        try:
            self._put(self._pieces.setdefault(entity_id, _Pieces()), piece, payload.decode())
        except ValueError:
            return bool(self._touched)
        self._touched.add(entity_id)
        return True

    def _put(self, pieces: _Pieces, piece: str, text: str) -> None:
        if piece == "state":
            pieces.state, pieces.state_came = text, True
        elif piece == "last_updated":
            pieces.last_updated, pieces.time_came = read_time(text), True
        elif piece == "last_changed":
            pieces.last_changed = read_time(text)
        else:
            pieces.attributes[piece] = read_json(text)

    def collected(self, now: datetime) -> list[StateChange]:
        """The changes whose pieces are all there. `now` stands for their time where Home Assistant tells none."""
        changes: list[StateChange] = []
        for entity_id in sorted(self._touched):
            pieces = self._pieces.get(entity_id)
            if pieces is None or pieces.state is None:
                self._touched.discard(entity_id)
            elif not self._waits(pieces):
                self._touched.discard(entity_id)
                if (change := self._change(entity_id, pieces, now)) is not None:
                    changes.append(change)
        return changes

    @property
    def waiting(self) -> bool:
        """Whether `collected` is worth another call."""
        return bool(self._touched)

    def _waits(self, pieces: _Pieces) -> bool:
        """Whether a new state still waits for its time, which follows it where times are published at all."""
        pieces.rounds += 1
        timed = pieces.last_updated is not None
        return timed and pieces.state_came and not pieces.time_came and pieces.rounds < _ROUNDS_TO_WAIT

    def _change(self, entity_id: str, pieces: _Pieces, now: datetime) -> StateChange | None:
        timed = pieces.last_updated is not None and (pieces.time_came or not pieces.state_came)
        pieces.state_came = pieces.time_came = False
        pieces.rounds = 0
        updated = pieces.last_updated if timed else now
        if entity_id in self._told_by_events:
            told = self._told_by_events[entity_id]
            if not timed or told is None or updated is None or updated <= told:
                return None
        state = EntityState(pieces.state or "", dict(pieces.attributes), pieces.last_changed, updated)
        return StateChange(entity_id, state)
